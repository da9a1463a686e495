import { sql } from 'kysely';
import { Fault, notFound } from '../core/fault.ts';
import type { QuotaRequest, QuotaStore } from '../core/quota.ts';
import { codec, plain } from './columns.ts';
import type { Engine } from './engine.ts';
import { locked } from './locks.ts';
import type { QuotaRequestsTable } from './memberSchema.ts';
import { newestFirst } from './page.ts';

/** Requests for more keys. */
export function createQuotas(engine: Engine): QuotaStore {
  const { db } = engine;

  async function get(id: string): Promise<QuotaRequest | undefined> {
    const row = await db.selectFrom('quota_requests').selectAll().where('id', '=', id).executeTakeFirst();
    return row && QUOTA_REQUEST.fromRow({ ...row });
  }

  return {
    get,

    async create(request) {
      await locked(engine, [{ type: 'account', id: request.accountId }], 0, async (transaction) => {
        const pending = await transaction
          .selectFrom('quota_requests')
          .select('id')
          .where('account_id', '=', request.accountId)
          .where('status', '=', 'pending')
          .executeTakeFirst();
        if (pending) throw new Fault('conflict', `The account has a request that is not decided yet: ${pending.id}.`);
        await transaction
          .insertInto('quota_requests')
          .values(QUOTA_REQUEST.toRow(request) as unknown as QuotaRequestsTable)
          .execute();
      });
    },

    async list(query) {
      let select = db.selectFrom('quota_requests').selectAll();
      if (query.accountId !== null) select = select.where('account_id', '=', query.accountId);
      if (query.askedBy !== undefined) select = select.where('asked_by', '=', query.askedBy);
      if (query.status !== undefined) select = select.where('status', '=', query.status);
      return newestFirst(query, select, (row) => QUOTA_REQUEST.fromRow({ ...row }));
    },

    async decide(id, decision) {
      const { grantedAmount } = decision;
      const found = await get(id);
      if (!found) throw notFound('quota request', id);
      return locked(engine, [{ type: 'account', id: found.accountId }], 0, async (transaction) => {
        const row = await transaction
          .updateTable('quota_requests')
          .set(QUOTA_REQUEST.toRow(decision))
          .where('id', '=', id)
          .where('status', '=', 'pending')
          .returningAll()
          .executeTakeFirst();
        if (!row) throw new Fault('conflict', 'This request has been decided or withdrawn already.');
        if (grantedAmount !== null)
          await transaction
            .updateTable('accounts')
            .set({ key_cap: sql<number>`case when key_cap < ${grantedAmount} then ${grantedAmount} else key_cap end` })
            .where('id', '=', found.accountId)
            .execute();
        return QUOTA_REQUEST.fromRow({ ...row });
      });
    },
  };
}

const QUOTA_REQUEST = codec<QuotaRequest>({
  id: plain('id'),
  accountId: plain('account_id'),
  status: plain('status'),
  amount: plain('amount'),
  reason: plain('reason'),
  askedBy: plain('asked_by'),
  createdAtMs: plain('created_at_ms'),
  grantedAmount: plain('granted_amount'),
  note: plain('note'),
  decidedBy: plain('decided_by'),
  decidedAtMs: plain('decided_at_ms'),
});
