import type { Clock } from '../core/ambient.ts';
import type { LedgerRow, Outcome } from '../core/ledger.ts';
import { costNano } from '../core/price.ts';
import { NO_USAGE, type TokenUsage, type UsageSource } from '../core/usage.ts';
import type { Admitted } from './attempt.ts';
import type { Reservations } from './reservations.ts';

/** How an admitted request went. */
export interface Result {
  readonly route: string;
  readonly outcome: Outcome;
  readonly status: number;
  readonly streamed: boolean;
  readonly usage: TokenUsage;
  readonly usageSource: UsageSource;
  readonly firstByteMs: number | null;
  /** Instead of a cost computed from usage and prices: one given by the caller (a verify call), or null, unknown. */
  readonly costNano?: bigint | null;
}

/**
 * Turns what happened into one ledger row, in exchange for the call's reservation. `settle` returns the row when it is
 * durable; the last bytes of an answer wait for that.
 */
export interface Settlement {
  settle(admitted: Admitted, result: Result): Promise<LedgerRow>;
  /** Resolves when everything handed over so far is durable. */
  drain(): Promise<void>;
}

/** A call that used nothing that is billed: a list, a verify call, a proxy's question, one that failed before it was sent on. */
export function unbilled(route: string, status: number): Result {
  return {
    route,
    outcome: 'allowed',
    status,
    streamed: false,
    usage: NO_USAGE,
    usageSource: 'none',
    firstByteMs: null,
  };
}

export function createSettlement(options: {
  reservations: Pick<Reservations, 'settle' | 'drain'>;
  clock: Clock;
  /** Told of each row once it is durable. Throws nothing, and waits for nothing. */
  onSettled?: (row: LedgerRow) => void;
}): Settlement {
  const { reservations, clock, onSettled } = options;
  return {
    async settle(admitted, result) {
      const row = ledgerRow(admitted, result, clock());
      await reservations.settle(row);
      onSettled?.(row);
      return row;
    },
    drain: () => reservations.drain(),
  };
}

/** The row of a call that has ended. */
export function ledgerRow(
  admitted: Pick<Admitted, 'id' | 'record' | 'target' | 'address' | 'startedAtMs'>,
  result: Result,
  nowMs: number,
): LedgerRow {
  const { record, target } = admitted;
  const prices = target?.prices ?? null;
  const billed = result.usageSource !== 'none';
  const cost = result.costNano !== undefined ? result.costNano : billed ? prices && costNano(result.usage, prices) : 0n;
  return {
    id: admitted.id,
    accountId: record.key.accountId,
    projectId: record.key.projectId ?? '',
    keyId: record.key.id,
    ...(record.key.parentKeyId !== null && { parentKeyId: record.key.parentKeyId }),
    route: result.route,
    resourceType: target?.resource.type ?? null,
    resourceId: target?.resource.id ?? null,
    resourceName: target?.name ?? null,
    providerId: target?.provider.id ?? null,
    outcome: result.outcome,
    status: result.status,
    streamed: result.streamed,
    usage: result.usage,
    usageSource: result.usageSource,
    costNano: cost,
    chargedTokens: result.usage.inputTokens + result.usage.outputTokens,
    chargedCostNano: cost,
    prices: billed ? prices : null,
    address: admitted.address,
    startedAtMs: admitted.startedAtMs,
    firstByteMs: result.firstByteMs,
    durationMs: Math.max(0, nowMs - admitted.startedAtMs),
  };
}
