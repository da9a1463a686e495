import type { KeyRecord } from '../core/authorise.ts';
import { isPair } from '../core/clusterUser.ts';
import { deny, type Denial } from '../core/denial.ts';
import { isWellFormed } from '../core/keyValue.ts';
import type { Ask, Attempt } from './attempt.ts';
import type { Directory } from './directory.ts';
import type { Keyring } from './keyring.ts';
import type { Pairs } from './pairs.ts';
import type { Shapes } from './shapes.ts';

/** What was found under what is presented; the record is undefined where there is none of that name. */
export interface Found {
  /** What the keyring knows it by. */
  readonly hash: string;
  readonly record: KeyRecord | undefined;
}

type Maybe<T> = T | Promise<T>;

/** Finds whose credential an attempt presents: a key anywhere, a user name and password on the service it is presented to. */
export interface Finding {
  /** With an ask, it is read no earlier than the catalogue was found to be young enough. */
  find(attempt: Attempt, ask?: Ask): Maybe<Found | Denial>;
  /** The same credential later; undefined once it is another, or none. */
  again(found: { readonly hash: string; readonly record: KeyRecord }): Maybe<KeyRecord | undefined>;
}

export function createFinding(options: {
  keyring: Pick<Keyring, 'lookup'>;
  directory: Pick<Directory, 'current'>;
  hash: (value: string) => string;
  keyPrefix: string;
  /** Left out: every key's value is a generated one. */
  shapes?: Pick<Shapes, 'mayBeKey'> | undefined;
  /** Left out: there are no users of services. */
  pairs?: Pairs | undefined;
}): Finding {
  const { keyring, directory, hash, keyPrefix, pairs, shapes } = options;

  /** The hash of what may be a key. A value of the wrong shape or checksum is refused without a look-up. */
  function recognise(attempt: Attempt): Maybe<string | Denial> {
    const { value } = attempt;
    if (value === null) return deny('missing_api_key');
    if (attempt.hash !== undefined) return attempt.hash;
    const mayBe = isWellFormed(value, keyPrefix) || (shapes?.mayBeKey(value) ?? false);
    const hashed = (may: boolean): string | Denial => (may ? (attempt.hash = hash(value)) : deny('invalid_api_key'));
    return mayBe instanceof Promise ? mayBe.then(hashed) : hashed(mayBe);
  }

  function look(hashed: string | Denial, ask: Ask | undefined): Maybe<Found | Denial> {
    if (typeof hashed !== 'string') return hashed;
    const record = ask === undefined ? keyring.lookup(hashed) : current(() => keyring.lookup(hashed));
    return record instanceof Promise ? record.then((one) => ({ hash: hashed, record: one })) : { hash: hashed, record };
  }

  function current<T>(read: () => Maybe<T>): Maybe<T> {
    const reading = directory.current();
    return reading ? reading.then(read) : read();
  }

  function findPair(
    finder: Pairs,
    value: string,
    service: string,
    { address, caller }: Attempt,
  ): Maybe<Found | Denial> {
    const proven = current(() => finder.find({ value, service, address, caller }));
    return proven instanceof Promise ? proven.then(foundOf) : foundOf(proven);
  }

  return {
    find(attempt, ask) {
      const { value } = attempt;
      const service = ask === undefined ? attempt.service : ask.kind === 'service' ? ask.name : undefined;
      if (pairs && service !== undefined && value !== null && isPair(value))
        return findPair(pairs, value, service, attempt);
      const hashed = recognise(attempt);
      return hashed instanceof Promise ? hashed.then((one) => look(one, ask)) : look(hashed, ask);
    },
    again({ hash: hashed, record: before }) {
      const same = (record: KeyRecord | undefined): KeyRecord | undefined =>
        record?.user?.passwordHash === before.user?.passwordHash ? record : undefined;
      const record = current(() => keyring.lookup(hashed));
      return record instanceof Promise ? record.then(same) : same(record);
    },
  };
}

function foundOf(proven: Awaited<ReturnType<Pairs['find']>>): Found | Denial {
  return 'ok' in proven ? proven : { hash: proven.login, record: proven.record };
}
