import { Fault } from '../core/fault.ts';
import type { LedgerRow } from '../core/ledger.ts';
import type { LimitStore, ReserveAsk, Reserved } from '../core/limitStore.ts';
import { createGather } from './gather.ts';

/**
 * Room for calls in their limits: taken before a call is sent, exchanged for its ledger row after it. What the store
 * could not be told at once is owed to it, and told again until it takes it: a reservation must neither leak nor be
 * given back twice. If the process dies first, the reservation is found and becomes an abandoned call.
 */
export interface Reservations {
  /** A store that cannot be asked throws, and nothing stays reserved. */
  reserve(ask: ReserveAsk): Promise<Reserved>;
  /** Resolves when the row is durable. Rejects when it is not yet; it is then owed. */
  settle(row: LedgerRow): Promise<void>;
  /** Gives back what was reserved for a call that was never sent. */
  release(id: string): void;
  /** Pays what is owed. Called every second and at the stop. */
  flush(): Promise<void>;
  /** Rows and releases owed. */
  readonly owed: number;
  /** Resolves when all that was handed over is either durable or owed. */
  drain(): Promise<void>;
}

/** In one transaction at most: bounds how long one can take. */
const BATCH_SIZE = 200;

export function createReservations(options: { limits: Pick<LimitStore, 'reserve' | 'settle' | 'release'> }): Reservations {
  const { limits } = options;
  const owedRows = new Map<string, LedgerRow>();
  const owedReleases = new Set<string>();

  const reserving = createGather({ write: (asks: readonly ReserveAsk[]) => limits.reserve(asks), most: BATCH_SIZE, isWhole: isTrouble });
  const settling = createGather<LedgerRow, undefined>({
    async write(rows) {
      await limits.settle(rows.map((row) => ({ row })));
      return rows.map(() => undefined);
    },
    most: BATCH_SIZE,
    isWhole: isTrouble,
  });

  return {
    async reserve(ask) {
      try {
        return await reserving.add(ask);
      } catch (error) {
        // It may have been written all the same, with only the answer lost.
        owedReleases.add(ask.call.id);
        throw error;
      }
    },
    async settle(row) {
      try {
        await settling.add(row);
      } catch (error) {
        owedRows.set(row.id, row);
        throw error;
      }
    },
    release: (id) => void owedReleases.add(id),
    async flush() {
      const failures: unknown[] = [];
      // One by one, so that a row the store will not take does not keep the others waiting.
      for (const row of [...owedRows.values()].slice(0, BATCH_SIZE)) {
        try {
          await limits.settle([{ row }]);
          owedRows.delete(row.id);
        } catch (error) {
          failures.push(error);
          if (isTrouble(error)) break;
        }
      }
      const ids = [...owedReleases].slice(0, BATCH_SIZE);
      if (ids.length > 0 && !failures.some(isTrouble)) {
        await limits.release(ids);
        for (const id of ids) owedReleases.delete(id);
      }
      if (failures.length > 0) throw failures[0];
    },
    get owed() {
      return owedRows.size + owedReleases.size;
    },
    async drain() {
      await reserving.drain();
      await settling.drain();
    },
  };
}

/** Whether it is the store that is in trouble, and not one item. */
function isTrouble(error: unknown): boolean {
  return error instanceof Fault && error.code === 'store_unavailable';
}
