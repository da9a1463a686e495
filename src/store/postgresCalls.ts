import { sql, type Kysely } from 'kysely';
import pg from 'pg';
import { allOf } from '../core/gather.ts';
import type { LedgerRow } from '../core/ledger.ts';
import type { ChargeAsk, ReserveAsk, Reserved, Soon } from '../core/limitStore.ts';
import { createApart } from './apart.ts';
import { decide, grantedOf } from './decide.ts';
import type { Engine } from './engine.ts';
import { bounded, toColumns } from './ledgerRow.ts';
import { createSettlingAlone } from './postgresAlone.ts';
import { openText, PostgresBooks, type BooksJson, type BusyJson } from './postgresBooks.ts';
import { lockCalls, lockText, releaseSql, SETTLE } from './postgresSettle.ts';
import { toReservationValues } from './reservation.ts';
import type { Tables } from './schema.ts';

/** Calls of one account that waited for a change of its limits and are then decided at once. */
const MOST_APART = 200;

/** How Postgres admits and settles calls: a batch is two round trips to admit and one to settle. */
export function createPostgresCalls(
  pool: pg.Pool,
  db: Kysely<Tables>,
  edits: Kysely<Tables>,
  nodeId: string,
): Pick<Engine, 'reserve' | 'charge' | 'settle' | 'release'> {
  let leased: Promise<unknown> | undefined;
  const prepared = new WeakSet<pg.PoolClient>();
  const { settleAlone, settleLate } = createSettlingAlone(edits);

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

  /** Decides the asks, or answers whose limits somebody is changing, unless it `waits` for them. */
  async function reserveOn(client: pg.PoolClient, asks: readonly ReserveAsk[], waits: boolean): Promise<Attempt> {
    const given = client.escapeLiteral(openText(nodeId, asks, waits));
    const answers = await client.query(`begin; select keyward_open(${given}) as books`);
    // One answer for each of the two statements.
    const [, opened] = answers as unknown as [pg.QueryResult, pg.QueryResult<{ books: BooksJson | BusyJson }>];
    const [{ books }] = opened.rows as [{ books: BooksJson | BusyJson }];
    if ('busy' in books) {
      await client.query('rollback');
      return { busy: new Set(books.busy) };
    }
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
    return { reserved };
  }

  async function onClient<T>(run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    try {
      const answer = await run(client);
      client.release();
      return answer;
    } catch (error) {
      await giveBack(client, error);
      throw error;
    }
  }

  /** Of one account each: whoever changes its limits keeps nobody else waiting. */
  const reservingApart = createApart(async (asks: readonly ReserveAsk[]) => {
    const { reserved } = await onClient((client) => reserveOn(client, asks, true));
    if (!reserved) throw new Error('keyward_open did not wait');
    return reserved;
  }, MOST_APART);
  const settlingApart = createApart(async ([row]: readonly LedgerRow[]) => {
    if (!row || (await settleAlone(row))) return [row !== undefined];
    await settleLate(row);
    return [false];
  }, 1);

  async function reserve(asks: readonly ReserveAsk[]): Promise<Soon<Reserved>[]> {
    if (asks.length === 0) return [];
    await firstLease();
    const answers = new Map<ReserveAsk, Soon<Reserved>>();
    let free = asks;
    while (free.length > 0) {
      const trying = free;
      const { reserved, busy } = await onClient((client) => reserveOn(client, trying, false));
      for (const [index, ask] of trying.entries()) {
        const answer = reserved?.[index];
        if (answer) answers.set(ask, answer);
        else if (busy && isBusy(ask, busy)) answers.set(ask, reservingApart.add(ask.call.accountId, ask));
      }
      free = trying.filter((ask) => !answers.has(ask));
      if (free.length === trying.length) throw new Error('keyward_open named nobody who is busy');
    }
    return asks.map((ask) => answers.get(ask) as Soon<Reserved>);
  }

  async function settle(rows: readonly LedgerRow[], { late }: { readonly late: boolean }): Promise<Soon<boolean>[]> {
    if (rows.length === 0) return [];
    // One that is named twice counts once.
    const held = new Map(rows.map((row) => [row.id, bounded(row)]));
    const done = await onClient((client) => settleOn(client, [...held.values()]));
    const answers = new Map<string, Soon<boolean>>();
    for (const { id, settled } of done) {
      const row = held.get(id);
      // An abandoned call that somebody holds is found again.
      if (row) answers.set(id, settled || (late && settlingApart.add(row.accountId, row)));
    }
    for (const row of held.values()) {
      if (answers.has(row.id)) continue;
      answers.set(row.id, late && settlingApart.add(row.accountId, row));
    }
    return rows.map(({ id }) => answers.get(id) ?? false);
  }

  /** Locks and settles in one round trip; the statement is prepared once for each connection. */
  async function settleOn(client: pg.PoolClient, rows: readonly LedgerRow[]): Promise<SettledRow[]> {
    if (!prepared.has(client)) {
      await client.query(`prepare keyward_settle (json) as ${SETTLE}`);
      prepared.add(client);
    }
    const ids = client.escapeLiteral(JSON.stringify(rows.map(({ id }) => id)));
    const given = client.escapeLiteral(JSON.stringify(rows.map(toColumns)));
    const answers = await client.query(`begin; ${lockText(ids)}; execute keyward_settle(${given}); commit`);
    const [, , settled] = answers as unknown as [unknown, unknown, pg.QueryResult<SettledRow>];
    return settled.rows;
  }

  async function settleAll(asks: readonly ChargeAsk[]): Promise<void> {
    const rows = asks.map(({ row }) => row);
    await allOf(await settle(rows, { late: true }));
  }

  return {
    reserve,
    settle,
    // Not one transaction here: what ends between the two is a reservation, which is found like any other.
    async charge(asks) {
      const answers = await reserve(asks);
      const granted = asks.filter((_ask, index) => isGranted(answers[index]));
      await settleAll(granted);
      return answers.map((answer, index) =>
        answer instanceof Promise
          ? answer.then(async (reserved) => {
              if (reserved.ok) await settleAll(asks.slice(index, index + 1));
              return reserved;
            })
          : answer,
      );
    },

    async release(ids) {
      if (ids.length === 0) return;
      await db.transaction().execute(async (transaction) => {
        // Waits for every reserve of this node that has not ended, whoever still waits for its answer: first for those
        // that may take long, so that it holds up the others for a moment only.
        for (const kind of [3, 2])
          await sql`select pg_advisory_xact_lock(hashtextextended(${nodeId}, ${kind}))`.execute(transaction);
        await lockCalls(ids).execute(transaction);
        await releaseSql(ids).execute(transaction);
      });
    },
  };
}

interface SettledRow {
  readonly id: string;
  /** False: it is left as it was, because somebody holds it or it used more than was reserved. */
  readonly settled: boolean;
}

type Attempt =
  | { readonly reserved: readonly Reserved[]; readonly busy?: undefined }
  | { readonly reserved?: undefined; readonly busy: ReadonlySet<string> };

function isGranted(answer: Soon<Reserved> | undefined): boolean {
  return answer !== undefined && !(answer instanceof Promise) && answer.ok;
}

function isBusy({ call }: ReserveAsk, busy: ReadonlySet<string>): boolean {
  const { keyId, parentKeyId, projectId, accountId } = call;
  return [keyId, parentKeyId, projectId, accountId].some((id) => id !== undefined && busy.has(id));
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
