import type { Clock } from '../core/ambient.ts';
import { Fault } from '../core/fault.ts';
import type { LimitStore } from '../core/limitStore.ts';
import { patiently } from './patience.ts';
import type { Stopwatch } from './stopwatch.ts';

/** How a node says that it lives, and finds the calls of those that do not. */
export interface Lease {
  /** Called several times in each lease. */
  renew(): Promise<void>;
  /** Turns the calls of dead nodes into abandoned ones, and answers how many. */
  sweep(): Promise<number>;
  /**
   * Which unbroken time of holding the lease this is; null while it does not hold it. What began in one must not go on in
   * another: in between, other nodes may have taken its calls for lost and given their room away.
   */
  term(): number | null;
  /** The same, after one more try to renew it where it is not held, which all who ask meanwhile share. Throws faults. */
  regain(): Promise<number>;
}

/**
 * Where nodes share a store, one that was cut off from it judges nobody until it has held its own lease for a whole one:
 * the others were cut off with it, and still have to say that they live. Otherwise a store that was away for longer than a
 * lease would make abandoned calls of all that were under way, those included that were refused for want of the store.
 */
export function createLease(options: {
  limits: Pick<LimitStore, 'renewLease' | 'abandonLost'>;
  nodeId: string;
  leaseMs: number;
  shared: boolean;
  clock: Clock;
  stopwatch: Stopwatch;
  /** Called when it is noticed that the lease has run out: by `term`, or by a renewal that comes too late. */
  onLost: () => void;
}): Lease {
  const { limits, nodeId, leaseMs, shared, clock, stopwatch, onLost } = options;
  let lastMs = -Infinity;
  /** Since when it has never gone without a lease. */
  let steadyMs = Infinity;
  /** How long ago the renewal was asked for that counts now. */
  let ageMs = (): number => Infinity;
  let terms = 0;
  let isHeld = false;
  let trying: Promise<void> | undefined;

  /** Once it has run out it stays so until it is renewed, however the clocks go. */
  function holds(): boolean {
    if (isHeld && shared && ageMs() >= leaseMs) {
      isHeld = false;
      onLost();
    }
    return isHeld;
  }

  async function renew(): Promise<void> {
    const sinceAsked = stopwatch();
    try {
      await patiently(limits.renewLease(nodeId, leaseMs));
    } catch (error) {
      steadyMs = Infinity;
      throw error;
    }
    const nowMs = clock();
    if (steadyMs === Infinity || Math.abs(nowMs - lastMs) > leaseMs) steadyMs = nowMs;
    lastMs = nowMs;
    if (!holds()) terms += 1;
    isHeld = true;
    ageMs = sinceAsked;
  }

  return {
    term: () => (holds() ? terms : null),
    renew,

    async regain() {
      if (!holds()) await (trying ??= renew().finally(() => (trying = undefined)));
      if (!holds()) throw lostTouch();
      return terms;
    },

    async sweep() {
      const nowMs = clock();
      const isSteady = Math.abs(nowMs - lastMs) <= leaseMs && nowMs - steadyMs >= leaseMs;
      return shared && !isSteady ? 0 : limits.abandonLost(nowMs);
    },
  };
}

/** Why a node without its lease admits nobody. */
export function lostTouch(): Fault {
  return new Fault('store_unavailable', 'This server has lost touch with its store. Try again in a moment.');
}
