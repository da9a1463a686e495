import { argon2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Random } from '../core/ambient.ts';
import { Fault, invalidField } from '../core/fault.ts';
import { passwordComplaint } from '../core/password.ts';

/** Hashes passwords and decides which may be chosen. */
export interface Passwords {
  /** As `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. */
  hash(password: string): Promise<string>;
  /** With `null` for the hash it works as long and answers false, so that the time taken tells nothing. */
  verify(hash: string | null, password: string, before?: Turn): Promise<boolean>;
}

/** `known`: before all others, because it is a device that signed in before, or who is signed in. */
type Turn = 'known' | 'unknown';

/** OWASP ASVS (main branch): m >= 46 MiB, t = 1, p = 1. */
const COST = { memoryKib: 46 * 1024, passes: 1, parallelism: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** At once. Each takes 46 MiB and a thread of the pool that files are read by too. */
const MOST_AT_ONCE = 2;

const derive = promisify(argon2);

/** Off the event loop, few at once: what waits holds no memory. */
export function createPasswords({
  random,
  mostWaiting = Infinity,
}: {
  random: Random;
  /** Of the known, and of all others: one more is refused (Fault `too_many_attempts`). */
  mostWaiting?: number;
}): Passwords {
  const nobody = encoded(COST, random(SALT_BYTES), random(HASH_BYTES));
  const take = limited(MOST_AT_ONCE, mostWaiting);

  return {
    async hash(password) {
      const salt = random(SALT_BYTES);
      return encoded(COST, salt, await take('unknown', () => run(password, salt, COST, HASH_BYTES)));
    },
    async verify(hash, password, turn = 'unknown') {
      const { cost, salt, digest } = decoded(hash ?? nobody);
      const found = await take(turn, () => run(password, salt, cost, digest.length));
      return timingSafeEqual(found, digest) && hash !== null;
    },
  };
}

/** The fault of a password that may not be chosen; undefined when it may. */
export function refusedPassword(
  password: string,
  about: { readonly email: string; readonly name: string; readonly twoFactor: boolean },
  pointer = '/password',
): Fault | undefined {
  if (!password.isWellFormed()) return invalidField(pointer, 'The password holds half of a character. Type it anew.');
  const complaint = passwordComplaint(password, about);
  return complaint === undefined ? undefined : invalidField(pointer, complaint);
}

interface Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
}

function run(password: string, salt: Uint8Array, cost: Cost, length: number): Promise<Buffer> {
  return derive('argon2id', {
    // One form of what looks the same, whatever keyboard it is typed on (NIST SP 800-63B).
    message: password.normalize('NFC'),
    nonce: salt,
    memory: cost.memoryKib,
    passes: cost.passes,
    parallelism: cost.parallelism,
    tagLength: length,
  });
}

function encoded({ memoryKib, passes, parallelism }: Cost, salt: Uint8Array, digest: Uint8Array): string {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replaceAll('=', '');
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${text(salt)}$${text(digest)}`;
}

function decoded(hash: string): { cost: Cost; salt: Buffer; digest: Buffer } {
  const found = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(hash);
  if (!found) throw new Error('a stored password hash is not one of ours');
  const [, memory, passes, parallelism, salt = '', digest = ''] = found;
  return {
    cost: { memoryKib: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64'),
    digest: Buffer.from(digest, 'base64'),
  };
}

function limited(most: number, mostWaiting: number): <T>(turn: Turn, work: () => Promise<T>) => Promise<T> {
  const waiting: Record<Turn, (() => void)[]> = { known: [], unknown: [] };
  let running = 0;
  return async (turn, work) => {
    if (running >= most) {
      if (waiting[turn].length >= mostWaiting) throw crowded();
      await new Promise<void>((go) => waiting[turn].push(go));
    } else running++;
    try {
      return await work();
    } finally {
      const next = waiting.known.shift() ?? waiting.unknown.shift();
      if (next) next();
      else running--;
    }
  };
}

function crowded(): Fault {
  return new Fault('too_many_attempts', 'Too many sign in at this moment. Try again in a few seconds.', {
    retryAfterSeconds: 3,
  });
}
