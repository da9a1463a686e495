import type { Clock } from '../core/ambient.ts';
import { addressBlock } from './attempts.ts';
import { createRecent } from './recent.ts';

/**
 * Wrong passwords of late, by user and address together, so that whoever guesses from one address keeps nobody out who
 * comes from another; and by address alone, so that guessing at many users, or at users that are not there, costs as
 * little. In memory: each node counts for itself.
 */
export interface Guesses {
  /** How long this user is not looked at from there; 0: it is. */
  waitMs(login: string, address: string | null): number;
  /** Whether it has come so far that not even a password that is known to be right may pass. */
  isHopeless(login: string, address: string | null): boolean;
  wrong(login: string, address: string | null): void;
  /** The same wrong password once more: a client that was not told of a new one, rather than somebody who guesses. */
  again(login: string, address: string | null): void;
  right(login: string, address: string | null): void;
}

/** Guesses before the first wait; it doubles with each more. */
const FREE_OF_USER = 5;
/** An address may be that of a whole company. */
const FREE_OF_ADDRESS = 30;
const LONGEST_WAIT_MS = 60_000;
const FORGOTTEN_AFTER_MS = 15 * 60_000;
/** Beyond that a right password from there waits too: else it would tell guesses apart for nothing (NIST SP 800-63B). */
const HOPELESS = 100;
const MOST_REMEMBERED = 20_000;

interface Count {
  readonly wrong: number;
  readonly lastAtMs: number;
}

export function createGuesses(clock: Clock): Guesses {
  const counts = createRecent<Count>(MOST_REMEMBERED);

  function countOf(name: string): Count | undefined {
    const count = counts.get(name);
    return count && clock() - count.lastAtMs < FORGOTTEN_AFTER_MS ? count : undefined;
  }

  function waitOf(name: string, free: number): number {
    const count = countOf(name);
    if (!count || count.wrong < free) return 0;
    const waitMs = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** Math.min(20, count.wrong - free));
    return Math.max(0, count.lastAtMs + waitMs - clock());
  }

  function add(name: string, most = Infinity): void {
    const wrong = countOf(name)?.wrong ?? 0;
    counts.set(name, { wrong: Math.max(wrong, Math.min(most, wrong + 1)), lastAtMs: clock() });
  }

  return {
    waitMs: (login, address) =>
      Math.max(
        waitOf(both(login, address), FREE_OF_USER),
        address === null ? 0 : waitOf(only(address), FREE_OF_ADDRESS),
      ),
    isHopeless: (login, address) => (countOf(both(login, address))?.wrong ?? 0) >= HOPELESS,
    wrong(login, address) {
      add(both(login, address));
      // Of those whose address cannot be told, one would make all the others wait.
      if (address !== null) add(only(address));
    },
    again: (login, address) => add(both(login, address), HOPELESS - 1),
    right: (login, address) => counts.delete(both(login, address)),
  };
}

function both(login: string, address: string | null): string {
  return `${login} ${addressBlock(address)}`;
}

function only(address: string): string {
  return addressBlock(address);
}
