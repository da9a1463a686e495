import type { Clock } from '../core/ambient.ts';
import type { LimitState } from '../core/limit.ts';
import type { CallOf, LimitStore } from '../core/limitStore.ts';

/**
 * Lets notices see where limits stand, off the request's way: at once with every decision, which tells what was used
 * before that call, and shortly after for keys that have used something since, so that the call which crosses a
 * threshold is noticed and not only the one after it.
 */
export interface LimitWatch {
  decided(place: CallOf, states: readonly LimitState[]): void;
  settled(place: CallOf): void;
  /** Looks at the keys that have settled something. Called every second. */
  flush(): Promise<void>;
}

/** Keys looked at in one flush: what is left over waits for the next. */
const MOST_KEYS = 50;
/** Keys known to have limits; past that they are forgotten, and known again with their next call. */
const MOST_KNOWN = 100_000;

export function createLimitWatch(options: {
  limits: Pick<LimitStore, 'statesOf'>;
  observe: (states: readonly LimitState[]) => void;
  clock: Clock;
}): LimitWatch {
  const { limits, observe, clock } = options;
  const limited = new Set<string>();
  const waiting = new Map<string, CallOf>();

  return {
    decided(place, states) {
      if (states.length === 0) return;
      if (limited.size >= MOST_KNOWN) limited.clear();
      limited.add(place.keyId);
      observe(states);
    },
    settled(place) {
      if (limited.has(place.keyId)) waiting.set(place.keyId, place);
    },
    async flush() {
      const places = [...waiting.values()].slice(0, MOST_KEYS);
      for (const place of places) {
        waiting.delete(place.keyId);
        observe(await limits.statesOf(place, clock()));
      }
    },
  };
}
