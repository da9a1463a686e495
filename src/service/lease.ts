import type { LimitStore } from '../core/limitStore.ts';
import type { Clock } from '../core/ports.ts';

/** How a node says that it lives, and finds the calls of those that do not. */
export interface Lease {
  /** Called several times in each lease. */
  renew(): Promise<void>;
  /** Turns the calls of dead nodes into abandoned ones, and answers how many. */
  sweep(): Promise<number>;
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
}): Lease {
  const { limits, nodeId, leaseMs, shared, clock } = options;
  let lastMs = -Infinity;
  /** Since when it has never gone without a lease. */
  let steadyMs = Infinity;

  return {
    async renew() {
      try {
        await limits.renewLease(nodeId, leaseMs);
      } catch (error) {
        steadyMs = Infinity;
        throw error;
      }
      const nowMs = clock();
      if (steadyMs === Infinity || Math.abs(nowMs - lastMs) > leaseMs) steadyMs = nowMs;
      lastMs = nowMs;
    },

    async sweep() {
      const nowMs = clock();
      const isSteady = Math.abs(nowMs - lastMs) <= leaseMs && nowMs - steadyMs >= leaseMs;
      return shared && !isSteady ? 0 : limits.abandonLost(nowMs);
    },
  };
}
