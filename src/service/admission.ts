import { authenticate, authorise, type KeyRecord, type Wanted } from '../core/authorise.ts';
import { reaches, type Caller } from '../core/caller.ts';
import { deny, type Denial } from '../core/denial.ts';
import { isWellFormed } from '../core/key.ts';
import type { Clock } from '../core/ports.ts';
import type { Denials } from './denials.ts';
import type { Directory, Target } from './directory.ts';
import type { Keyring } from './keyring.ts';
import type { Uses } from './uses.ts';

/** What a request asks to reach, by the name its caller used. */
export type Ask =
  | { readonly kind: 'list' }
  | { readonly kind: 'model'; readonly name: string }
  | { readonly kind: 'service'; readonly name: string; readonly method: string };

/** Who asks: the value presented (null: none) and the client's address (null: it could not be told). */
export interface Attempt {
  /** Names the request everywhere: in headers, the log, and the ledger row if it is admitted. */
  readonly id: string;
  /** Route template, for the counts of refusals. */
  readonly route: string;
  readonly value: string | null;
  readonly address: string | null;
  /** Asks without leaving a trace: no use noted, no refusal counted. */
  readonly dryRun?: boolean;
  /** Who asks about the key on another's behalf: keys out of its reach are unknown to it. */
  readonly caller?: Caller;
}

/** An admitted request: what settlement and the ledger need to know of it. */
export interface Admitted {
  readonly ok: true;
  readonly id: string;
  readonly record: KeyRecord;
  readonly hash: string;
  readonly ask: Ask;
  /** Null when the ask names no resource. */
  readonly target: Target | null;
  readonly address: string | null;
  readonly startedAtMs: number;
}

/** A refusal, and whose key it was if it was anyone's. */
export type Refused = Denial & { readonly record?: KeyRecord };

type Maybe<T> = T | Promise<T>;

/**
 * The one decision behind the gateway, the verify call and the proxies' doors, so that they cannot disagree.
 * Answers at once when the key is in memory. A store that cannot be read throws: status is never guessed.
 */
export interface Admission {
  /** Key, status, expiry, address: enough to refuse before a body is read. Decides nothing for good: `admit` does. */
  check(attempt: Attempt): Maybe<Refused | undefined>;
  /** The whole decision. */
  admit(attempt: Attempt, ask: Ask): Maybe<Admitted | Refused>;
  /** Counts a refusal that a door made by itself, where there is no one key to decide about. */
  refuse(attempt: Attempt, denial: Denial): Refused;
  /** Decides again about a call under way: undefined while it may go on. */
  review(admitted: Admitted): Maybe<Denial | undefined>;
}

export function createAdmission(options: {
  keyring: Keyring;
  directory: Directory;
  hash: (value: string) => string;
  keyPrefix: string;
  clock: Clock;
  uses: Pick<Uses, 'note'>;
  denials: Pick<Denials, 'note'>;
}): Admission {
  const { keyring, directory, hash, keyPrefix, clock, uses, denials } = options;

  function check(record: KeyRecord | undefined, attempt: Attempt): Refused | undefined {
    const denial = authenticate(record, attempt.address, clock());
    return denial && refuse(denial, attempt, record);
  }

  function refuse(denial: Denial, attempt: Attempt, record?: KeyRecord): Refused {
    const refused = record ? { ...denial, record } : denial;
    if (!attempt.dryRun) denials.note(refused, attempt.route, attempt.address);
    return refused;
  }

  /** A value of the wrong shape or checksum is refused without a look-up. */
  function recognise(attempt: Attempt): Refused | undefined {
    if (attempt.value === null) return refuse(deny('missing_api_key'), attempt);
    return isWellFormed(attempt.value, keyPrefix) ? undefined : refuse(deny('invalid_api_key'), attempt);
  }

  function decide(found: KeyRecord | undefined, hashed: string, attempt: Attempt, ask: Ask): Admitted | Refused {
    const startedAtMs = clock();
    const record = found && (!attempt.caller || reaches(attempt.caller, found.key)) ? found : undefined;
    const target = record ? resolve(record, ask) : null;
    const denial = authorise(record, attempt.address, startedAtMs, wantedBy(ask, target));
    if (denial) return refuse(denial, attempt, record);
    if (!record) throw new Error('authorise admitted an unknown key');
    if (!attempt.dryRun) uses.note(record.key.id, attempt.address);
    return { ok: true, id: attempt.id, record, hash: hashed, ask, target, address: attempt.address, startedAtMs };
  }

  function resolve(record: KeyRecord, ask: Ask): Target | null {
    const projectId = record.key.projectId;
    if (ask.kind === 'list' || projectId === null) return null;
    return (ask.kind === 'model' ? directory.model(projectId, ask.name) : directory.service(projectId, ask.name)) ?? null;
  }

  return {
    check(attempt) {
      const presented = recognise(attempt);
      if (presented) return presented;
      const found = keyring.lookup(hash(attempt.value!));
      return found instanceof Promise ? found.then((record) => check(record, attempt)) : check(found, attempt);
    },
    admit(attempt, ask) {
      const presented = recognise(attempt);
      if (presented) return presented;
      const hashed = hash(attempt.value!);
      const found = keyring.lookup(hashed);
      return found instanceof Promise ? found.then((record) => decide(record, hashed, attempt, ask)) : decide(found, hashed, attempt, ask);
    },
    refuse: (attempt, denial) => refuse(denial, attempt),
    review(admitted) {
      const { address, hash: hashed, ask } = admitted;
      const again = (record: KeyRecord | undefined): Denial | undefined =>
        authorise(record, address, clock(), wantedBy(ask, record ? resolve(record, ask) : null));
      const found = keyring.lookup(hashed);
      return found instanceof Promise ? found.then(again) : again(found);
    },
  };
}

function wantedBy(ask: Ask, target: Target | null): Wanted {
  const resource = target?.resource ?? null;
  if (ask.kind === 'list') return { kind: 'list' };
  return ask.kind === 'model' ? { kind: 'model', resource } : { kind: 'service', resource, method: ask.method };
}
