import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, Random } from '../core/ambient.ts';
import { normalisedEmail } from '../core/email.ts';
import { Fault } from '../core/fault.ts';
import type { AttemptStore } from '../core/session.ts';

/** Who tries to sign in: an e-mail, from an address, perhaps with the mark of a device that has signed in before. */
export interface Attempt {
  readonly email: string;
  readonly address: string | null;
  readonly device: string | null;
}

/**
 * Slows down guessing without letting a stranger lock anyone out: failures are counted by e-mail and address together,
 * and by address over all e-mails. A device that signed in before is counted by itself, so that neither touches it.
 */
export interface Attempts {
  /** Counts the attempt before it is judged; throws Fault `too_many_attempts` when it comes too soon. Call what it answers when the attempt was right. */
  signIn(attempt: Attempt): Promise<() => Promise<void>>;
  /** The same for what only the signed-in user can get wrong: their own password or code, asked for again. */
  check(userId: string): Promise<() => Promise<void>>;
  /** Counts a change of e-mail, also one that was right: what is answered tells whether an e-mail is taken. */
  changeEmail(userId: string): Promise<void>;
  /** Counts a way to the identity provider, by address; `oidcReturned` takes one back that led somewhere. */
  oidcBegun(address: string | null): Promise<void>;
  oidcReturned(address: string | null): Promise<void>;
  /** Counts a token of a link, by address, before it is looked for. Call what it answers when there is such a link. */
  link(address: string | null): Promise<() => Promise<void>>;
  /** Whether a code of a user was not used before. A code is good for a step before and after its own 30 seconds. */
  spendCode(userId: string, code: string): Promise<boolean>;
  /** Whether a mark is of a device that signed in with this e-mail. */
  knows(device: string | null, email: string): boolean;
  /** The mark of a device, for the user it signed in. */
  deviceMark(userEmail: string): string;
}

const DAY_MS = 24 * 60 * 60_000;
const LONGEST_MS = 15 * 60_000;
const PAIR = { free: 5, longestMs: LONGEST_MS };
/** An office behind one address makes more mistakes than one person. */
const ADDRESS = { free: 30, longestMs: LONGEST_MS };
const CHECK = { free: 5, longestMs: LONGEST_MS };
/** About twenty in a day. */
const EMAILS = { free: 3, longestMs: DAY_MS };
const MARK_MS = 180 * DAY_MS;
/** Longer than any code is good for. */
const CODE_MS = 3 * 60_000;

export function createAttempts(deps: {
  attempts: AttemptStore;
  clock: Clock;
  random: Random;
  tokenKey: Uint8Array;
}): Attempts {
  const { attempts, clock, random } = deps;
  const markKey = createHmac('sha256', deps.tokenKey).update('keyward device mark').digest();

  async function take(
    names: readonly { readonly name: string; readonly free: number; readonly longestMs: number }[],
  ): Promise<void> {
    const nowMs = clock();
    for (const [at, { name, ...rules }] of names.entries()) {
      const taken = await attempts.take(name, { ...rules, nowMs, forgetBeforeMs: nowMs - DAY_MS });
      if (taken.ok) continue;
      await Promise.all(names.slice(0, at).map((earlier) => attempts.giveBack(earlier.name)));
      const seconds = Math.max(1, Math.ceil((taken.untilMs - nowMs) / 1000));
      throw new Fault('too_many_attempts', `There were too many attempts. Try again in ${seconds} seconds.`, {
        retryAfterSeconds: seconds,
      });
    }
  }

  return {
    async signIn({ email, address, device }) {
      const known = device === null ? null : deviceOf(device, email);
      const place = addressBlock(address);
      const own = known === null ? nameOf('pair', normalisedEmail(email), place) : nameOf('device', known);
      const whole = nameOf('address', place);
      await take([{ name: own, ...PAIR }, ...(known === null ? [{ name: whole, ...ADDRESS }] : [])]);
      return async () => {
        await attempts.clear(own);
        if (known === null) await attempts.giveBack(whole);
      };
    },

    knows: (device, email) => device !== null && deviceOf(device, email) !== null,

    async check(userId) {
      const name = nameOf('check', userId);
      await take([{ name, ...CHECK }]);
      return () => attempts.clear(name);
    },

    changeEmail: (userId) => take([{ name: nameOf('e-mail', userId), ...EMAILS }]),

    oidcBegun: (address) => take([{ name: nameOf('oidc', addressBlock(address)), ...ADDRESS }]),
    oidcReturned: (address) => attempts.giveBack(nameOf('oidc', addressBlock(address))),

    async link(address) {
      const name = nameOf('link', addressBlock(address));
      await take([{ name, ...ADDRESS }]);
      return () => attempts.giveBack(name);
    },

    spendCode: (userId, code) => attempts.spend(nameOf('code', userId, code), clock(), clock() + CODE_MS),

    deviceMark(userEmail) {
      const body = `${Buffer.from(random(16)).toString('base64url')}.${clock() + MARK_MS}`;
      return `${body}.${signature(body, userEmail)}`;
    },
  };

  function signature(body: string, email: string): string {
    return createHmac('sha256', markKey)
      .update(`${body}\n${normalisedEmail(email)}`)
      .digest('base64url');
  }

  /** The device's id where the mark is ours, for this e-mail, and not too old. */
  function deviceOf(mark: string, email: string): string | null {
    const [id = '', untilMs = '', given = ''] = mark.split('.');
    const expected = Buffer.from(signature(`${id}.${untilMs}`, email));
    const got = Buffer.from(given);
    if (expected.length !== got.length || !timingSafeEqual(expected, got)) return null;
    return Number(untilMs) > clock() ? id : null;
  }
}

/** Hashed: e-mails of people who do not exist, or passwords typed in the wrong field, are not to lie in the store. */
function nameOf(...parts: readonly string[]): string {
  return `${parts[0]}:${createHash('sha256').update(parts.join('\n')).digest('base64url')}`;
}

/** One customer has a whole /64 of IPv6, so that counts as one. */
export function addressBlock(address: string | null): string {
  if (address === null || !address.includes(':')) return address ?? '';
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups =
    tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return groups.slice(0, 4).join(':');
}
