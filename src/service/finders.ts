import { setMaxListeners } from 'node:events';
import type { Clock } from '../core/ambient.ts';
import { Fault } from '../core/fault.ts';
import { addressBlock } from './attempts.ts';
import type { FoundValue } from './leakIntake.ts';
import { createRecent } from './recent.ts';

/**
 * Keys that people found and send in, whoever they are. They are answered before anything is looked up, so that neither
 * answer nor time tells whether a key is one; what becomes of it is done afterwards, one after the other, and
 * tried again for more than a minute. It is kept in memory alone: a crash loses it, and whoever found it may send it again.
 */
export interface Finders {
  /** Throws Fault `too_many_attempts`, by address and by what waits, whatever is sent. */
  submit(found: FoundValue, address: string | null): void;
  /** Tries what waits once more, now, and returns when nothing is left. */
  close(): Promise<void>;
}

/** Of one address in an hour. Of those that cannot be told, together. */
const MOST_IN_HOUR = 20;
const HOUR_MS = 3_600_000;
const MOST_WAITING = 1000;
const MOST_ADDRESSES = 20_000;
/** Between tries: a store that is away for a minute is waited for. */
const WAITS_MS = [1000, 4000, 15_000, 60_000];

export function createFinders(options: {
  /** Tells the id of the key, once it is known. */
  take: (found: FoundValue, onKey: (keyId: string) => void) => Promise<unknown>;
  clock: Clock;
  /** Returns after so many milliseconds, or as soon as the signal is given. */
  pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told of what was given up, without the value; null: it was not known whether it is a key. */
  report: (error: unknown, keyId: string | null) => void;
}): Finders {
  const { take, clock, pause, report } = options;
  const counts = createRecent<{ readonly count: number; readonly endsAtMs: number }>(MOST_ADDRESSES);
  let waiting = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const unfinished = new Set<Promise<void>>();
  const closing = new AbortController();
  // As many listen as wait.
  setMaxListeners(MOST_WAITING, closing.signal);

  /** One try at a time; what waits for its next one holds nobody up. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  }

  async function attempt(found: FoundValue): Promise<void> {
    let keyId: string | null = null;
    const attemptOnce = () => inTurn(() => take(found, (id) => (keyId = id)));
    for (const waitMs of WAITS_MS) {
      const isLast = closing.signal.aborted;
      try {
        await attemptOnce();
        return;
      } catch (error) {
        if (isLast) return report(error, keyId);
        await pause(waitMs, closing.signal);
      }
    }
    await attemptOnce().catch((error: unknown) => report(error, keyId));
  }

  return {
    submit(found, address) {
      const nowMs = clock();
      const block = addressBlock(address);
      const known = counts.get(block);
      const { count, endsAtMs } = known && nowMs < known.endsAtMs ? known : { count: 0, endsAtMs: nowMs + HOUR_MS };
      if (count >= MOST_IN_HOUR || waiting >= MOST_WAITING)
        throw new Fault('too_many_attempts', 'There were too many reports. Try again later.', {
          retryAfterSeconds: count >= MOST_IN_HOUR ? Math.max(1, Math.ceil((endsAtMs - nowMs) / 1000)) : 60,
        });
      counts.set(block, { count: count + 1, endsAtMs });
      waiting += 1;
      const work = attempt(found).finally(() => {
        waiting -= 1;
        unfinished.delete(work);
      });
      unfinished.add(work);
    },
    async close() {
      closing.abort();
      await Promise.all(unfinished);
    },
  };
}
