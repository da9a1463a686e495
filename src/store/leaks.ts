import type { Insertable, Kysely } from 'kysely';
import { changeByFind, type LeakReport, type LeakStore } from '../core/leak.ts';
import { codec, json, plain } from './columns.ts';
import type { Engine } from './engine.ts';
import type { LeakReportsTable, LeakValuesTable } from './leakSchema.ts';
import { newestFirst } from './page.ts';
import type { Tables } from './schema.ts';

/** Reports of leaked keys. Unique indexes say that there is one open report of a key, and that a value is in one report ever. */
export function createLeaks({ name, db, reports }: Pick<Engine, 'name' | 'db' | 'reports'>): LeakStore {
  /** The key first, as every change of it: who changes it or its reports at the same time waits here, and not in a circle. */
  async function holdKey(within: Kysely<Tables>, keyId: string): Promise<void> {
    const key = within.selectFrom('keys').select('id').where('id', '=', keyId);
    await (name === 'postgres' ? key.forUpdate() : key).execute();
  }

  async function hold(within: Kysely<Tables>, id: string): Promise<LeakReport | undefined> {
    const report = await one(within, 'id', id);
    if (!report) return undefined;
    await holdKey(within, report.keyId);
    return one(within, 'id', id);
  }

  return {
    create: (report) =>
      db.transaction().execute(async (transaction) => {
        await holdKey(transaction, report.keyId);
        if (await one(transaction, 'key_id', report.keyId)) return false;
        const { accountId, secretId } = report;
        if (secretId !== null && (await isReported(transaction, secretId))) return false;
        await transaction
          .insertInto('leak_reports')
          .values(LEAK.toRow(report) as unknown as Insertable<LeakReportsTable>)
          .execute();
        if (secretId !== null)
          await addValue(transaction, { account_id: accountId, report_id: report.id, secret_id: secretId });
        return true;
      }),
    addFind: (id, find) =>
      db.transaction().execute(async (transaction) => {
        const report = await hold(transaction, id);
        if (report?.status !== 'open' || (await isReported(transaction, find.secretId))) return false;
        await addValue(transaction, { account_id: report.accountId, report_id: id, secret_id: find.secretId });
        await transaction
          .updateTable('leak_reports')
          .set({ ...LEAK.toRow(changeByFind(report, find)), updated_at_ms: find.atMs })
          .where('id', '=', id)
          .execute();
        return true;
      }),
    hold: (id) => db.transaction().execute(async (transaction) => hold(transaction, id)),
    get: (id) => one(db, 'id', id),
    openOf: (keyId) => one(db, 'key_id', keyId),
    async list(query) {
      let select = reports.selectFrom('leak_reports').selectAll();
      if (query.accountId !== null) select = select.where('account_id', '=', query.accountId);
      if (query.projectId !== null) select = select.where('project_id', '=', query.projectId);
      if (query.keyId !== undefined) select = select.where('key_id', '=', query.keyId);
      if (query.status !== undefined) select = select.where('status', '=', query.status);
      if (query.origin !== undefined) select = select.where('origin', '=', query.origin);
      return newestFirst(query, select, (row) => LEAK.fromRow({ ...row }));
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

async function isReported(within: Kysely<Tables>, secretId: string): Promise<boolean> {
  const row = await within
    .selectFrom('leak_values')
    .select('report_id')
    .where('secret_id', '=', secretId)
    .executeTakeFirst();
  return row !== undefined;
}

async function addValue(within: Kysely<Tables>, value: LeakValuesTable): Promise<void> {
  await within.insertInto('leak_values').values(value).execute();
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
  finds: json('finds'),
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
