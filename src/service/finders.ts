import { Fault } from '../core/fault.ts';
import type { Clock } from '../core/ports.ts';
import { addressBlock } from './attempts.ts';
import type { FoundValue } from './leakIntake.ts';
import { createRecent } from './recent.ts';

/**
 * Keys that people found and send in, whoever they are. They are answered before anything is looked up, so that neither
 * answer nor time tells whether a key is one; what becomes of it is done afterwards, one after the other.
 */
export interface Finders {
  /** Throws Fault `too_many_attempts`, by address and by what waits, whatever is sent. */
  submit(found: FoundValue, address: string | null): void;
  /** When all that was submitted is done. */
  idle(): Promise<void>;
}

/** Of one address in an hour. Of those that cannot be told, together. */
const MOST_IN_HOUR = 20;
const HOUR_MS = 3_600_000;
const MOST_WAITING = 1000;
const MOST_ADDRESSES = 20_000;
const TRIES = 3;

export function createFinders(options: {
  take: (found: FoundValue) => Promise<unknown>;
  clock: Clock;
  /** Told of what could not be done, without the value. */
  report: (error: unknown) => void;
}): Finders {
  const { take, clock, report } = options;
  const counts = createRecent<{ readonly count: number; readonly endsAtMs: number }>(MOST_ADDRESSES);
  let waiting = 0;
  let work: Promise<void> = Promise.resolve();

  async function attempt(found: FoundValue): Promise<void> {
    for (let left = TRIES; left > 0; left--) {
      try {
        await take(found);
        return;
      } catch (error) {
        if (left === 1) report(error);
      }
    }
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
      work = work.then(() => attempt(found)).finally(() => (waiting -= 1));
    },
    idle: () => work,
  };
}
