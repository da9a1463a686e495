import type { Clock } from '../core/ambient.ts';
import type { CounterDifference, LimitStore } from '../core/limitStore.ts';

/** What a comparison of all counters with the ledger found. */
export interface LedgerCheck {
  readonly atMs: number;
  readonly differences: readonly CounterDifference[];
  /** Whether the counters hold now what the ledger says. */
  readonly repaired: boolean;
}

/** Compares every counter with ledger, corrections and calls under way; `repair` mends those that differ. */
export async function checkLedger(
  { limits, clock }: { limits: Pick<LimitStore, 'verify'>; clock: Clock },
  repair: boolean,
): Promise<LedgerCheck> {
  const atMs = clock();
  const differences = await limits.verify({ repair, nowMs: atMs });
  return { atMs, differences, repaired: repair && differences.length > 0 };
}
