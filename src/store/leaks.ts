import type { Insertable, Kysely } from 'kysely';
import type { LeakReport, LeakStore } from '../core/leak.ts';
import { codec, json, plain } from './columns.ts';
import type { Engine } from './engine.ts';
import type { LeakReportsTable } from './leakSchema.ts';
import { CREATED, createdPosition, pageOf, positionOf } from './page.ts';
import type { Tables } from './schema.ts';

/** Reports of leaked keys. Two unique indexes say that there is one open report of a key, and one report ever of a value. */
export function createLeaks({ name, db, reports }: Pick<Engine, 'name' | 'db' | 'reports'>): LeakStore {
  return {
    create: (report) =>
      db.transaction().execute(async (transaction) => {
        // The key first, as every change of it: who changes it at the same time waits here, and not in a circle.
        const key = transaction.selectFrom('keys').select('id').where('id', '=', report.keyId);
        await (name === 'postgres' ? key.forUpdate() : key).execute();
        const { numInsertedOrUpdatedRows } = await transaction
          .insertInto('leak_reports')
          .values(LEAK.toRow(report) as unknown as Insertable<LeakReportsTable>)
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirstOrThrow();
        return numInsertedOrUpdatedRows === 1n;
      }),
    get: (id) => one(db, 'id', id),
    openOf: (keyId) => one(db, 'key_id', keyId),
    async list(query) {
      const after = positionOf(query, CREATED) as [number, string] | undefined;
      let select = reports.selectFrom('leak_reports').selectAll();
      if (query.accountId !== null) select = select.where('account_id', '=', query.accountId);
      if (query.projectId !== null) select = select.where('project_id', '=', query.projectId);
      if (query.keyId !== undefined) select = select.where('key_id', '=', query.keyId);
      if (query.status !== undefined) select = select.where('status', '=', query.status);
      if (query.origin !== undefined) select = select.where('origin', '=', query.origin);
      if (after) select = select.where((eb) => eb(eb.refTuple('created_at_ms', 'id'), '<', eb.tuple(...after)));
      const rows = await select
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(query.limit + 1)
        .execute();
      return pageOf(query, rows, (row) => LEAK.fromRow({ ...row }), createdPosition);
    },
    async update(id, change, nowMs) {
      const row = await db
        .updateTable('leak_reports')
        .set({ ...LEAK.toRow(change), updated_at_ms: nowMs })
        .where('id', '=', id)
        .where('status', '=', 'open')
        .returningAll()
        .executeTakeFirst();
      return row && LEAK.fromRow({ ...row });
    },
  };
}

async function one(db: Kysely<Tables>, column: 'id' | 'key_id', value: string): Promise<LeakReport | undefined> {
  let select = db.selectFrom('leak_reports').selectAll().where(column, '=', value);
  if (column === 'key_id') select = select.where('status', '=', 'open');
  const row = await select.executeTakeFirst();
  return row && LEAK.fromRow({ ...row });
}

const LEAK = codec<LeakReport>({
  id: plain('id'),
  accountId: plain('account_id'),
  projectId: plain('project_id'),
  keyId: plain('key_id'),
  secretId: plain('secret_id'),
  origin: plain('origin'),
  foundAt: plain('found_at'),
  status: plain('status'),
  sinceMs: plain('since_ms'),
  use: json('use_state'),
  replacement: json('replacement'),
  places: json('places'),
  reason: plain('reason'),
  createdBy: plain('created_by'),
  createdAtMs: plain('created_at_ms'),
  updatedAtMs: plain('updated_at_ms'),
  closedBy: plain('closed_by'),
  closedAtMs: plain('closed_at_ms'),
});
