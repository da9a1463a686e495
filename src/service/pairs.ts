import { createHmac } from 'node:crypto';
import type { Clock, Random } from '../core/ambient.ts';
import type { KeyRecord } from '../core/authorise.ts';
import { reaches, type Caller } from '../core/caller.ts';
import { isLogin, loginOf, pairOf, SAID_OF_USERS, USERNAME_PATTERN } from '../core/clusterUser.ts';
import type { ClusterUserStore } from '../core/clusterUserStore.ts';
import { deny, type Denial } from '../core/denial.ts';
import type { KeyStore } from '../core/keyStore.ts';
import { addressBlock } from './attempts.ts';
import type { Directory } from './directory.ts';
import { createGuesses } from './guesses.ts';
import type { Keyring } from './keyring.ts';
import type { Passwords } from './passwords.ts';
import { createRecent } from './recent.ts';

/** Whose a user name and password are. `login` is what the keyring knows the user by. */
export interface Proven {
  readonly login: string;
  readonly record: KeyRecord;
}

/** Who asks: the pair, the service it was presented to, the client's address, and on whose behalf, if on another's. */
export interface Presented {
  readonly value: string;
  readonly service: string;
  readonly address: string | null;
  readonly caller?: Caller | undefined;
}

/**
 * User names and passwords, proven. Hashing a password takes long by design, so one that was right is remembered for
 * five minutes: not itself, but its HMAC under a secret of this process, together with the hash it was proven against.
 * A new password is another hash, so it ends what was remembered with the same look at the user that any other change
 * is seen by. One that was wrong is remembered too, as wrong against that hash: sent again it costs nothing.
 */
export interface Pairs {
  /** At once when the user is in memory and the password was proven of late. Unknown and wrong answer the same, after the same time. */
  find(presented: Presented): Proven | Denial | Promise<Proven | Denial>;
}

const PROVEN_FOR_MS = 5 * 60_000;
const MOST_REMEMBERED = 20_000;
/** Passwords that may be waiting to be hashed, in all and from one address: more would wait longer than clients do. */
const MOST_WAITING = 40;
const MOST_WAITING_OF_ADDRESS = 20;

interface Verdict {
  readonly isRight: boolean;
  /** What it was compared with; null: there was no such user. */
  readonly passwordHash: string | null;
  readonly atMs: number;
}

export function createPairs(options: {
  keyring: Pick<Keyring, 'lookup'>;
  directory: Pick<Directory, 'serviceNamed'>;
  passwords: Pick<Passwords, 'verify'>;
  clock: Clock;
  random: Random;
}): Pairs {
  const { keyring, directory, passwords, clock } = options;
  const secret = options.random(32);
  const guesses = createGuesses(clock);
  const verdicts = createRecent<Verdict>(MOST_REMEMBERED);
  /** Who has proven themselves from where. */
  const proofs = createRecent<number>(MOST_REMEMBERED);
  const underWay = new Map<string, Promise<boolean>>();
  const waitingFrom = new Map<string, number>();

  function digestOf(login: string, password: string): string {
    return createHmac('sha256', secret)
      .update(`${login}\n${password.normalize('NFC')}`)
      .digest('base64url');
  }

  function recall(digest: string, passwordHash: string | null): boolean | undefined {
    const verdict = verdicts.get(digest);
    if (!verdict || verdict.passwordHash !== passwordHash) return undefined;
    const ageMs = clock() - verdict.atMs;
    return ageMs >= 0 && ageMs < PROVEN_FOR_MS ? verdict.isRight : undefined;
  }

  function hasProven(login: string, address: string | null): boolean {
    const atMs = proofs.get(`${login} ${addressBlock(address)}`);
    return atMs !== undefined && clock() - atMs < PROVEN_FOR_MS;
  }

  /** Of those who come at once with the same, one is hashed. */
  function compare(digest: string, passwordHash: string | null, password: string, from: string): Promise<boolean> {
    const same = underWay.get(`${digest} ${passwordHash}`);
    if (same) return same;
    const waiting = (waitingFrom.get(from) ?? 0) + 1;
    waitingFrom.set(from, waiting);
    const run = passwords.verify(passwordHash, password).finally(() => {
      underWay.delete(`${digest} ${passwordHash}`);
      const rest = (waitingFrom.get(from) ?? 1) - 1;
      if (rest === 0) waitingFrom.delete(from);
      else waitingFrom.set(from, rest);
    });
    underWay.set(`${digest} ${passwordHash}`, run);
    return run;
  }

  function judge(
    login: string,
    password: string,
    address: string | null,
    found: KeyRecord | undefined,
  ): Proven | Denial | Promise<Proven | Denial> {
    const record = found?.user ? found : undefined;
    const passwordHash = record?.user?.passwordHash ?? null;
    const digest = digestOf(login, password);
    const known = recall(digest, passwordHash);
    const from = addressBlock(address);
    const waitMs = guesses.waitMs(login, address);
    if (known === true && record && (waitMs === 0 || !guesses.isHopeless(login, address))) {
      if (!hasProven(login, address)) proofs.set(`${login} ${from}`, clock());
      return { login, record };
    }
    if (known === false) guesses.again(login, address);
    else if (known === undefined && waitMs > 0) guesses.wrong(login, address);
    if (waitMs > 0) return tooMany(guesses.waitMs(login, address));
    if (known === false) return WRONG;
    const isSame = underWay.has(`${digest} ${passwordHash}`);
    if (!isSame && (underWay.size >= MOST_WAITING || (waitingFrom.get(from) ?? 0) >= MOST_WAITING_OF_ADDRESS))
      return tooMany(1000);
    return prove({ login, password, digest, passwordHash, address, from });
  }

  async function prove(one: {
    login: string;
    password: string;
    digest: string;
    passwordHash: string | null;
    address: string | null;
    from: string;
  }): Promise<Proven | Denial> {
    const { login, digest, passwordHash, address } = one;
    const isNew = !underWay.has(`${digest} ${passwordHash}`);
    const isRight = await compare(digest, passwordHash, one.password, one.from);
    verdicts.set(digest, { isRight, passwordHash, atMs: clock() });
    if (!isRight) {
      if (isNew) guesses.wrong(login, address);
      return WRONG;
    }
    guesses.right(login, address);
    proofs.set(`${login} ${one.from}`, clock());
    // Hashing takes long enough for the user to have been changed meanwhile.
    const record = await keyring.lookup(login);
    return record && record.user?.passwordHash === passwordHash ? { login, record } : WRONG;
  }

  return {
    find({ value, service: name, address, caller }) {
      const { username, password } = pairOf(value);
      const service = directory.serviceNamed(name);
      const isKnown = service !== undefined && USERNAME_PATTERN.test(username) && (!caller || reaches(caller, service));
      // What is nobody's is counted and compared all the same.
      const login = isKnown
        ? loginOf(service.id, username)
        : loginOf(`none ${name.slice(0, 64)}`, username.slice(0, 64));
      const waitMs = guesses.waitMs(login, address);
      if (waitMs > 0 && !hasProven(login, address)) return tooMany(waitMs);
      if (password.length > LONGEST) return WRONG;
      const found = isKnown ? keyring.lookup(login) : undefined;
      return found instanceof Promise
        ? found.then((record) => judge(login, password, address, record))
        : judge(login, password, address, found);
    },
  };
}

/** Longer than any password may be, in any encoding: not worth the time to hash it. */
const LONGEST = 1024;

const WRONG = deny('invalid_api_key', SAID_OF_USERS.invalid_api_key);

function tooMany(waitMs: number): Denial {
  return deny('rate_limit_exceeded', TOO_MANY, Math.max(1, Math.ceil(waitMs / 1000)));
}

const TOO_MANY = 'Too many user names and passwords from this address were wrong of late. Wait, and check both.';

/** Keys and cluster users in one, for what is kept in memory of both: users are told from keys by the form of their name. */
export function keysAndUsers(
  keys: Pick<KeyStore, 'findByHashes' | 'touch'>,
  users: Pick<ClusterUserStore, 'findByLogins' | 'touch'>,
): Pick<KeyStore, 'findByHashes' | 'touch'> {
  return {
    async findByHashes(names) {
      const logins = names.filter(isLogin);
      if (logins.length === 0) return keys.findByHashes(names);
      const hashes = names.filter((name) => !isLogin(name));
      const [ofKeys, ofUsers] = await Promise.all([keys.findByHashes(hashes), users.findByLogins(logins)]);
      return [...ofKeys, ...ofUsers];
    },
    async touch(uses) {
      const ofUsers = uses.filter(({ keyId }) => keyId.startsWith('cus_'));
      if (ofUsers.length > 0) await users.touch(ofUsers);
      if (ofUsers.length < uses.length) await keys.touch(uses.filter(({ keyId }) => !keyId.startsWith('cus_')));
    },
  };
}
