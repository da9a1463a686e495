import { sql, type Insertable, type Kysely, type Transaction } from 'kysely';
import pg from 'pg';
import { stateOf } from '../core/allocate.ts';
import type { LedgerRow } from '../core/ledger.ts';
import type { ReserveAsk, Reserved } from '../core/limitStore.ts';
import { correctCounters, writeCorrections } from './corrections.ts';
import { decide, grantedOf } from './decide.ts';
import type { Engine } from './engine.ts';
import { MONEY_READ } from './ledger.ts';
import { bounded, toColumns } from './ledgerRow.ts';
import { limitsOfCaller, pairOf, readSlots } from './limitReads.ts';
import { locked } from './locks.ts';
import { openText, PostgresBooks, type BooksJson } from './postgresBooks.ts';
import { releaseSql, SETTLE } from './postgresSettle.ts';
import {
  correctionsOf,
  isSame,
  lesser,
  takesOf,
  takesThatCount,
  toReservationValues,
  withinRoom,
  type Charge,
  type HeldTake,
} from './reservation.ts';
import type { LedgerTable, Tables } from './schema.ts';

/** A prepared statement on a connection of its own. */
export type Run = (name: string, text: string, values: unknown[]) => Promise<pg.QueryResult>;

/** How Postgres admits and settles calls: a batch is two round trips to admit and one to settle. */
export function createPostgresCalls(
  pool: pg.Pool,
  db: Kysely<Tables>,
  nodeId: string,
  run: Run,
): Pick<Engine, 'reserve' | 'charge' | 'settle' | 'release'> {
  let leased: Promise<unknown> | undefined;

  /** Before its first call a node says that it lives; from then on somebody renews the lease. */
  function firstLease(): Promise<unknown> {
    leased ??= sql`insert into nodes (id, lease_until_ms) values (${nodeId}, keyward_now() + ${FIRST_LEASE_MS}::bigint)
      on conflict (id) do update set lease_until_ms = excluded.lease_until_ms where nodes.lease_until_ms < keyward_now()`
      .execute(db)
      .catch((error: unknown) => {
        leased = undefined;
        throw error;
      });
    return leased;
  }

  async function reserveOn(client: pg.PoolClient, asks: readonly ReserveAsk[]): Promise<Reserved[]> {
    const answers = await client.query(
      `begin; select keyward_open(${client.escapeLiteral(openText(nodeId, asks))}) as books`,
    );
    // One answer for each of the two statements.
    const [, opened] = answers as unknown as [pg.QueryResult, pg.QueryResult<{ books: BooksJson }>];
    const [{ books }] = opened.rows as [{ books: BooksJson }];
    const taken = new PostgresBooks(books);
    const reserved = decide(
      asks.map((ask) => ({ ...ask, nowMs: books.now })),
      taken,
    );
    const calls = grantedOf(asks, reserved, nodeId).map(toReservationValues);
    if (calls.length === 0) await client.query('rollback');
    else {
      const [held, takes] = [calls, taken.takes()].map((list) => client.escapeLiteral(JSON.stringify(list)));
      await client.query(`select keyward_hold(${held}, ${takes}); commit`);
    }
    return reserved;
  }

  /** A call that is in the ledger and used more than was reserved for it: charged for as much more as there is room. */
  async function chargeBeyond(given: LedgerRow, takes: readonly HeldTake[]): Promise<void> {
    await underLock(given, async (transaction) => {
      const found = await readCharge(transaction, given.id);
      if (!found || found.outcome === 'abandoned') return;
      const { startedAtMs, charge: was } = found;
      const limits = (await limitsOfCaller(transaction, given)).filter(({ limit }) => startedAtMs >= limit.sinceMs);
      const slots = await readSlots(transaction, limits, startedAtMs);
      const counting = takesThatCount(takes, limits);
      const states = counting.map(({ applied }) =>
        stateOf(applied, slots.get(pairOf(applied.limit.id, applied.subjectId)) ?? [], startedAtMs),
      );
      const now = withinRoom(was, chargeOf(given), states);
      if (isSame(now, was)) return;
      await transaction
        .updateTable('ledger')
        .set({ charged_tokens: Number(now.tokens), charged_cost_nano: now.costNano })
        .where('id', '=', given.id)
        .execute();
      await writeCorrections('postgres', transaction, correctionsOf(counting, now, was));
    });
  }

  function underLock(
    { accountId, projectId, keyId }: LedgerRow,
    run: (transaction: Transaction<Tables>) => Promise<void>,
  ): Promise<void> {
    const subjects = [
      { type: 'account', id: accountId } as const,
      { type: 'project', id: projectId } as const,
      { type: 'key', id: keyId } as const,
    ];
    return locked({ name: 'postgres', db }, subjects, 0, run);
  }

  async function settleLate(given: LedgerRow): Promise<void> {
    const earlier = await db.selectFrom('ledger').select('outcome').where('id', '=', given.id).executeTakeFirst();
    if (earlier && earlier.outcome !== 'abandoned') return;
    await underLock(given, async (transaction) => {
      const found = await readCharge(transaction, given.id);
      if (found && found.outcome !== 'abandoned') return;
      const charge = chargeOf(given);
      const was = found?.charge;
      // What somebody has decided stays decided; and it was held for that much, so it is never charged more.
      const now = found ? (found.isDecided ? found.charge : lesser(charge, found.charge)) : charge;
      const row: LedgerRow = {
        ...given,
        startedAtMs: found?.startedAtMs ?? given.startedAtMs,
        chargedTokens: Number(now.tokens),
        chargedCostNano: now.costNano,
      };
      if (found) await transaction.deleteFrom('ledger').where('id', '=', row.id).execute();
      await transaction
        .insertInto('ledger')
        .values(toColumns(row) as unknown as Insertable<LedgerTable>)
        .execute();
      await correctCounters('postgres', transaction, row, now, was);
    });
  }

  async function reserve(asks: readonly ReserveAsk[]): Promise<Reserved[]> {
    if (asks.length === 0) return [];
    await firstLease();
    const client = await pool.connect();
    try {
      const reserved = await reserveOn(client, asks);
      client.release();
      return reserved;
    } catch (error) {
      await giveBack(client, error);
      throw error;
    }
  }

  async function settle(rows: readonly LedgerRow[], { late }: { readonly late: boolean }): Promise<string[]> {
    if (rows.length === 0) return [];
    // One that is named twice counts once.
    const held = [...new Map(rows.map((row) => [row.id, bounded(row)])).values()];
    const { rows: done } = await run('calls_settle', SETTLE, [JSON.stringify(held.map(toColumns))]);
    const takes = new Map((done as SettledRow[]).map(({ id, beyond }) => [id, beyond]));
    const settled = [...takes.keys()];
    for (const row of held) {
      const beyond = takes.get(row.id);
      if (beyond) await chargeBeyond(row, takesOf(beyond));
    }
    if (late && settled.length < held.length) {
      const ids = new Set(settled);
      for (const row of held) if (!ids.has(row.id)) await settleLate(row);
    }
    return settled;
  }

  return {
    reserve,
    settle,
    // Not one transaction here: what ends between the two is a reservation, which is found like any other.
    async charge(asks) {
      const answers = await reserve(asks);
      await settle(
        asks.filter((_ask, index) => answers[index]?.ok).map(({ row }) => row),
        { late: true },
      );
      return answers;
    },

    async release(ids) {
      if (ids.length === 0) return;
      await db.transaction().execute(async (transaction) => {
        // Waits for every reserve of this node that has not ended, whoever still waits for its answer.
        await sql`select pg_advisory_xact_lock(hashtextextended(${nodeId}, 2))`.execute(transaction);
        await releaseSql(ids).execute(transaction);
      });
    },
  };
}

interface SettledRow {
  readonly id: string;
  /** The takes of a call that used more than was reserved; else null. */
  readonly beyond: string | null;
}

function chargeOf({ chargedTokens, chargedCostNano }: LedgerRow): Charge {
  return { tokens: BigInt(chargedTokens), costNano: chargedCostNano };
}

/** What a row of the ledger was charged, which then nobody else changes until the transaction ends. */
async function readCharge(transaction: Transaction<Tables>, id: string) {
  const found = await transaction
    .selectFrom('ledger')
    .select(['outcome', 'started_at_ms', 'charged_tokens'])
    .select(MONEY_READ)
    .select(sql<boolean>`exists (select 1 from adjustments where request_id = ledger.id)`.as('decided'))
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!found) return undefined;
  const { charged_tokens: tokens, charged_cost_nano: costNano } = found;
  const charge: Charge = { tokens: BigInt(tokens), costNano: costNano === null ? null : BigInt(costNano) };
  return { outcome: found.outcome, startedAtMs: found.started_at_ms, charge, isDecided: found.decided };
}

/** A connection that failed in any way but a refusal of the server is thrown away, and its transaction with it. */
async function giveBack(client: pg.PoolClient, error: unknown): Promise<void> {
  if (error instanceof pg.DatabaseError) {
    try {
      await client.query('rollback');
      return client.release();
    } catch {
      // Then it is of no more use.
    }
  }
  client.release(true);
}

const FIRST_LEASE_MS = 30_000;
