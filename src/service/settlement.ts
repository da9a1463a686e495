import { Fault } from '../core/fault.ts';
import type { LedgerRow, Outcome } from '../core/ledger.ts';
import type { Clock, LedgerStore } from '../core/ports.ts';
import { costNano } from '../core/price.ts';
import { NO_USAGE, type TokenUsage, type UsageSource } from '../core/usage.ts';
import type { Admitted } from './admission.ts';

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
 * Turns what happened into one ledger row. `settle` returns when the row is durable; the last bytes of an answer wait
 * for that. Rows that arrive while a batch is being written make up the next one, so that many answers share one
 * flush to disk and none waits for a timer.
 */
export interface Settlement {
  settle(admitted: Admitted, result: Result): Promise<void>;
  /** Resolves when everything handed over so far is durable. */
  drain(): Promise<void>;
}

/** A call that used nothing that is billed: a list, a verify call, a proxy's question, one that failed before it was sent on. */
export function unbilled(route: string, status: number): Result {
  return { route, outcome: 'allowed', status, streamed: false, usage: NO_USAGE, usageSource: 'none', firstByteMs: null };
}

interface Waiting {
  readonly row: LedgerRow;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Whether it is the store that is in trouble, and not a row. */
function isTrouble(error: unknown): boolean {
  return error instanceof Fault && error.code === 'store_unavailable';
}

/** Rows written in one transaction at most: bounds how long one flush can take. */
const BATCH_SIZE = 500;

export function createSettlement(options: { ledger: Pick<LedgerStore, 'append'>; clock: Clock }): Settlement {
  const { ledger, clock } = options;
  let waiting: Waiting[] = [];
  let writing: Promise<void> | undefined;

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.length <= BATCH_SIZE ? waiting : waiting.slice(0, BATCH_SIZE);
      waiting = waiting.length <= BATCH_SIZE ? [] : waiting.slice(BATCH_SIZE);
      try {
        await ledger.append(batch.map((one) => one.row));
        for (const one of batch) one.resolve();
      } catch (error) {
        if (batch.length === 1 || isTrouble(error)) for (const one of batch) one.reject(error);
        else await writeApart(batch);
      }
    }
    writing = undefined;
  }

  /** One row that the store cannot take must not cost the others theirs. */
  async function writeApart(batch: readonly Waiting[]): Promise<void> {
    let trouble: unknown;
    for (const one of batch) {
      try {
        if (trouble === undefined) await ledger.append([one.row]);
      } catch (error) {
        if (isTrouble(error)) trouble = error;
        else {
          one.reject(error);
          continue;
        }
      }
      if (trouble === undefined) one.resolve();
      else one.reject(trouble);
    }
  }

  return {
    settle(admitted, result) {
      return new Promise((resolve, reject) => {
        waiting.push({ row: toRow(admitted, result, clock()), resolve, reject });
        writing ??= write();
      });
    },
    async drain() {
      while (writing) await writing;
    },
  };
}

function toRow(admitted: Admitted, result: Result, nowMs: number): LedgerRow {
  const { record, target } = admitted;
  const prices = target?.prices ?? null;
  const billed = result.usageSource !== 'none';
  return {
    id: admitted.id,
    accountId: record.key.accountId,
    projectId: record.key.projectId ?? '',
    keyId: record.key.id,
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
    costNano: result.costNano !== undefined ? result.costNano : billed ? prices && costNano(result.usage, prices) : 0n,
    prices: billed ? prices : null,
    address: admitted.address,
    startedAtMs: admitted.startedAtMs,
    firstByteMs: result.firstByteMs,
    durationMs: Math.max(0, nowMs - admitted.startedAtMs),
  };
}
