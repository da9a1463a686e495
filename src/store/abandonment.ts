import { sql } from 'kysely';
import { Fault } from '../core/fault.ts';
import { allOf } from '../core/gather.ts';
import type { AbandonedCall, Adjustment, LimitStore } from '../core/limitStore.ts';
import { correctCounters } from './corrections.ts';
import { oldestSlot } from './decide.ts';
import type { Engine } from './engine.ts';
import { MONEY_READ } from './ledger.ts';
import { fromRow, LEDGER_READ, type StoredLedgerRow } from './ledgerRow.ts';
import { applied, LIMIT_COLUMNS, limitFromRow, type LimitRow } from './limitRow.ts';
import { databaseNow, lockedForCaller } from './locks.ts';
import { abandonedRow, fromReservationRow, type ReservationRow } from './reservation.ts';

type Abandonment = Pick<
  LimitStore,
  'renewLease' | 'abandonLost' | 'abandoned' | 'getAbandoned' | 'adjust' | 'adjustments'
>;

/** Reservations turned into rows at a time. */
const CHUNK = 200;
/** Limits whose old counters are tidied away by one sweep. */
const TIDIED = 100;
/** How long counters stay after they stopped counting: a clock that was wrong by less than that, and set back, finds them. */
const KEPT_MS = 86_400_000;

/** Calls whose node died before they were settled. */
export function createAbandonment(engine: Engine): Abandonment {
  const { db, name, nodeId } = engine;
  let tidiedTo = '';

  /** Of nodes whose lease has run out; on SQLite, which one process owns, of every other. */
  async function lost(): Promise<ReservationRow[]> {
    const select = db.selectFrom('reservations').selectAll().orderBy('id').limit(CHUNK);
    if (name === 'sqlite') return select.where('node_id', '<>', nodeId).execute();
    return select
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('nodes')
              .select('nodes.id')
              .whereRef('nodes.id', '=', 'reservations.node_id')
              .where('lease_until_ms', '>=', sql<number>`keyward_now()`),
          ),
        ),
      )
      .execute();
  }

  /** Deletes nodes that have been dead for a day, and counters that have not counted for one, of the next few limits. */
  async function tidy(nowMs: number): Promise<void> {
    await db
      .deleteFrom('nodes')
      .where('lease_until_ms', '<', nowMs - KEPT_MS)
      .execute();
    const { rows } = await sql<LimitRow>`select ${sql.raw(LIMIT_COLUMNS)} from limits where id > ${tidiedTo}
      order by id limit ${TIDIED}`.execute(db);
    tidiedTo = rows.length < TIDIED ? '' : (rows.at(-1)?.id ?? '');
    for (const limit of rows.map(limitFromRow)) {
      if (limit.unit === 'concurrency') continue;
      const before = oldestSlot(applied(limit, 'account', ''), nowMs - KEPT_MS);
      const old = db
        .selectFrom('counters')
        .select(['limit_id', 'subject_id', 'slot_ms'])
        .where('limit_id', '=', limit.id)
        .where('slot_ms', '<', before)
        .where('reserved', '=', 0n)
        // The latest session stays: calls after it tell whether there was another.
        .where((eb) =>
          eb.exists(
            eb
              .selectFrom('counters as later')
              .select('later.slot_ms')
              .whereRef('later.limit_id', '=', 'counters.limit_id')
              .whereRef('later.subject_id', '=', 'counters.subject_id')
              .whereRef('later.slot_ms', '>', 'counters.slot_ms'),
          ),
        )
        .limit(1_000);
      if ((await old.executeTakeFirst()) === undefined) continue;
      await db
        .deleteFrom('counters')
        .where('reserved', '=', 0n)
        .where((eb) =>
          eb(eb.refTuple('limit_id', 'subject_id', 'slot_ms'), 'in', old.$asTuple('limit_id', 'subject_id', 'slot_ms')),
        )
        .execute();
    }
  }

  async function rowsWhere(condition: ReturnType<typeof sql>, limit: number): Promise<AbandonedCall[]> {
    const rows: StoredLedgerRow[] = await db
      .selectFrom('ledger')
      .select(LEDGER_READ)
      .select(MONEY_READ)
      .where('outcome', '=', 'abandoned')
      .where(sql<boolean>`${condition}`)
      .orderBy('started_at_ms', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return rows.map(fromRow).map((row) => ({ row, abandonedAtMs: row.startedAtMs + row.durationMs }));
  }

  return {
    async renewLease(id, forMs) {
      if (name === 'sqlite') return;
      await sql`insert into nodes (id, lease_until_ms) values (${id}, keyward_now() + ${forMs}::bigint)
        on conflict (id) do update set lease_until_ms = excluded.lease_until_ms`.execute(db);
    },

    async abandonLost(nowMs) {
      const atMs = name === 'sqlite' ? nowMs : await databaseNow(db);
      let count = 0;
      for (;;) {
        const rows = await lost();
        const settled = await allOf(
          await engine.settle(
            rows.map((row) => abandonedRow(fromReservationRow(row), atMs)),
            { late: false },
          ),
        );
        count += settled.filter(Boolean).length;
        if (rows.length < CHUNK) break;
      }
      await tidy(atMs);
      return count;
    },

    abandoned(accountId, limit) {
      const undecided = sql`not exists (select 1 from adjustments where request_id = ledger.id)`;
      return rowsWhere(accountId === null ? undecided : sql`account_id = ${accountId} and ${undecided}`, limit);
    },

    async getAbandoned(requestId) {
      return (await rowsWhere(sql`id = ${requestId}`, 1))[0];
    },

    async adjust(adjustment) {
      const { requestId, chargedTokens, chargedCostNano } = adjustment;
      const found = (await rowsWhere(sql`id = ${requestId}`, 1))[0];
      if (!found) return false;
      return lockedForCaller(engine, found.row, adjustment.atMs, async (transaction) => {
        const { rows } = await sql<{ charged_tokens: number; charged_cost_nano: string | null }>`select charged_tokens,
          cast(charged_cost_nano as text) as charged_cost_nano from ledger where id = ${requestId} and outcome = 'abandoned'
          and not exists (select 1 from adjustments where request_id = ledger.id)
          ${name === 'postgres' ? sql`for update` : sql``}`.execute(transaction);
        const [row] = rows;
        if (!row) return false;
        const was = {
          tokens: BigInt(row.charged_tokens),
          costNano: row.charged_cost_nano === null ? null : BigInt(row.charged_cost_nano),
        };
        if (BigInt(chargedTokens) > was.tokens || (was.costNano !== null && chargedCostNano > was.costNano))
          throw new Fault('invalid_request', 'A call cannot be charged more than was reserved for it.');
        await transaction
          .insertInto('adjustments')
          .values({ ...adjustmentRow(adjustment), account_id: found.row.accountId })
          .execute();
        const charge = { tokens: BigInt(chargedTokens), costNano: was.costNano === null ? null : chargedCostNano };
        await transaction
          .updateTable('ledger')
          .set({ charged_tokens: chargedTokens, charged_cost_nano: charge.costNano })
          .where('id', '=', requestId)
          .execute();
        await correctCounters(name, transaction, found.row, charge, was);
        return true;
      });
    },

    async adjustments(requestIds) {
      if (requestIds.length === 0) return [];
      const rows = await db
        .selectFrom('adjustments')
        .select(['request_id', 'charged_tokens', 'note', 'decided_by', 'at_ms'])
        .select(sql<string>`cast(charged_cost_nano as text)`.as('charged_cost_nano'))
        .where('request_id', 'in', [...requestIds])
        .execute();
      return rows.map((row) => ({
        requestId: row.request_id,
        chargedTokens: row.charged_tokens,
        chargedCostNano: BigInt(row.charged_cost_nano),
        note: row.note,
        by: row.decided_by,
        atMs: row.at_ms,
      }));
    },
  };
}

function adjustmentRow({ requestId, chargedTokens, chargedCostNano, note, by, atMs }: Adjustment) {
  return {
    request_id: requestId,
    charged_tokens: chargedTokens,
    charged_cost_nano: chargedCostNano,
    note,
    decided_by: by,
    at_ms: atMs,
  };
}
