import { Fault } from '../core/fault.ts';
import type { LedgerRow } from '../core/ledger.ts';
import type { ChargeAsk, LimitStore, ReserveAsk, Reserved, Soon } from '../core/limitStore.ts';
import { createGather, type Gather } from '../core/gather.ts';
import type { LimitWatch } from './limitWatch.ts';

/**
 * Room for calls in their limits: taken before a call is sent, exchanged for its ledger row after it. What the store
 * could not be told at once is owed to it, and told again until it takes it: a reservation must neither leak nor be
 * given back twice. If the process dies first, the reservation is found and becomes an abandoned call.
 */
export interface Reservations {
  /** A store that cannot be asked throws, and nothing stays reserved. */
  reserve(ask: ReserveAsk): Promise<Reserved>;
  /** Reserves and settles in one step; what is granted is durable. A store that cannot be asked throws, as in `reserve`. */
  charge(ask: ChargeAsk): Promise<Reserved>;
  /** Resolves when the row is durable. Rejects when it is not yet; it is then owed. */
  settle(row: LedgerRow): Promise<void>;
  /** Gives back what was reserved for a call that was never sent. */
  release(id: string): void;
  /** Pays what is owed. Called every second and at the stop. */
  flush(): Promise<void>;
  /** Rows and releases owed. */
  readonly owed: number;
  /** How many transactions there were of each size: by the power of two that the number of their calls begins with. */
  readonly groups: Readonly<Record<'reserve' | 'charge' | 'settle', readonly number[]>>;
  /** Resolves when all that was handed over is either durable or owed. */
  drain(): Promise<void>;
  /** Lets no more calls begin; those that have begun can end. */
  close(): void;
}

/** In one transaction at most: bounds how long one can take. */
const BATCH_SIZE = 200;
/** With so many releases owed, no more room is asked for until they are paid: a store in trouble must not fill the memory. */
const MOST_OWED = 10_000;

export function createReservations(options: {
  limits: Pick<LimitStore, 'reserveEach' | 'chargeEach' | 'settle' | 'settleEach' | 'release'>;
  /** Told of every decision and settlement. */
  watch: Pick<LimitWatch, 'decided' | 'settled'>;
}): Reservations {
  const { limits, watch } = options;
  const owedRows = new Map<string, LedgerRow>();
  const owedReleases = new Set<string>();
  let closed = false;

  /** Asks of a batch that failed: it may have been written all the same, with only the answer lost. */
  const doubtful = new Set<string>();

  const groups = { reserve: [] as number[], charge: [] as number[], settle: [] as number[] };
  const countIn =
    (sizes: number[]) =>
    (size: number): void => {
      const power = 31 - Math.clz32(size);
      sizes[power] = (sizes[power] ?? 0) + 1;
    };

  function gatherAsks<Ask extends ReserveAsk>(
    write: (asks: readonly Ask[]) => Promise<Soon<Reserved>[]>,
    onBatch: (size: number) => void,
  ) {
    return createGather({
      async write(asks: readonly Ask[]) {
        try {
          return await write(asks);
        } catch (error) {
          for (const { call } of asks) doubtful.add(call.id);
          throw error;
        }
      },
      most: BATCH_SIZE,
      isWhole: isTrouble,
      onBatch,
    });
  }

  const reserving = gatherAsks<ReserveAsk>((asks) => limits.reserveEach(asks), countIn(groups.reserve));
  const charging = gatherAsks<ChargeAsk>((asks) => limits.chargeEach(asks), countIn(groups.charge));
  const settling = createGather<LedgerRow, unknown>({
    write: (rows) => limits.settleEach(rows.map((row) => ({ row }))),
    most: BATCH_SIZE,
    isWhole: isTrouble,
    onBatch: countIn(groups.settle),
  });

  /** Answers what went wrong. A row that the store will not take does not keep the others waiting. */
  async function pay(rows: readonly LedgerRow[]): Promise<unknown[]> {
    try {
      await limits.settle(rows.map((row) => ({ row })));
      for (const { id } of rows) owedRows.delete(id);
      return [];
    } catch (error) {
      if (rows.length === 1 || isTrouble(error)) return [error];
      const failures: unknown[] = [];
      for (const row of rows) failures.push(...(await pay([row])));
      return failures;
    }
  }

  async function decideOn<Ask extends ReserveAsk>(gather: Gather<Ask, Reserved>, ask: Ask): Promise<Reserved> {
    const { id } = ask.call;
    if (closed) throw new Fault('store_unavailable', 'This server is stopping. Try again in a moment.');
    if (owedReleases.size >= MOST_OWED)
      throw new Fault('store_unavailable', 'The store cannot be reached. Try again in a moment.', {
        private: `${owedReleases.size} reservations are still to be given back`,
      });
    try {
      const reserved = await gather.add(ask);
      // Asked again alone, it may be refused for the very room that it was given, unheard, in a batch that failed.
      if (!reserved.ok && doubtful.has(id)) owedReleases.add(id);
      watch.decided(ask.call, reserved.states);
      return reserved;
    } catch (error) {
      owedReleases.add(id);
      throw error;
    } finally {
      doubtful.delete(id);
    }
  }

  return {
    reserve: (ask) => decideOn(reserving, ask),
    async charge(ask) {
      const reserved = await decideOn(charging, ask);
      if (reserved.ok) watch.settled(ask.row);
      return reserved;
    },
    async settle(row) {
      try {
        await settling.add(row);
        watch.settled(row);
      } catch (error) {
        owedRows.set(row.id, row);
        throw error;
      }
    },
    release: (id) => void owedReleases.add(id),
    async flush() {
      const failures: unknown[] = [];
      // What is owed when it begins: what comes meanwhile is for the next time.
      for (const rows of chunksOf([...owedRows.values()])) {
        failures.push(...(await pay(rows)));
        if (failures.some(isTrouble)) throw failures.find(isTrouble);
      }
      for (const ids of chunksOf([...owedReleases])) {
        await limits.release(ids);
        for (const id of ids) owedReleases.delete(id);
      }
      if (failures.length > 0) throw failures[0];
    },
    get owed() {
      return owedRows.size + owedReleases.size;
    },
    groups,
    async drain() {
      await reserving.drain();
      await charging.drain();
      await settling.drain();
    },
    close: () => void (closed = true),
  };
}

function chunksOf<T>(items: readonly T[]): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < items.length; at += BATCH_SIZE) chunks.push(items.slice(at, at + BATCH_SIZE));
  return chunks;
}

/** Whether it is the store that is in trouble, and not one item. */
function isTrouble(error: unknown): boolean {
  return error instanceof Fault && error.code === 'store_unavailable';
}
