import type { Kysely } from 'kysely';
import type { WebhookStore } from '../core/noticeStore.ts';
import type { Cipher } from './cipher.ts';
import { createDeliveries } from './deliveries.ts';
import type { Engine } from './engine.ts';
import { newestFirst } from './page.ts';
import type { WebhooksTable } from './noticeSchema.ts';
import type { Tables } from './schema.ts';
import { seal, tooManyWebhooks, unseal, WEBHOOK } from './webhookRow.ts';

/** Webhooks, and with them what is on its way. */
export function createWebhooks(engine: Engine, cipher: Cipher): WebhookStore {
  const { db } = engine;
  return {
    ...createDeliveries(engine, cipher),

    async create(webhook, most) {
      await db.transaction().execute(async (transaction) => {
        const { count } = await transaction
          .selectFrom('webhooks')
          .select((eb) => eb.fn.countAll<number>().as('count'))
          .where('account_id', '=', webhook.accountId)
          .executeTakeFirstOrThrow();
        if (count >= most) throw tooManyWebhooks(most);
        const row = WEBHOOK.toRow(seal(cipher, webhook.id, webhook)) as unknown as WebhooksTable;
        await transaction.insertInto('webhooks').values(row).execute();
      });
    },

    async get(id) {
      const row = await db.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst();
      return row && unseal(cipher, { ...row });
    },

    async list(query) {
      const select = db.selectFrom('webhooks').selectAll().where('account_id', '=', query.accountId);
      return newestFirst(query, select, (row) => unseal(cipher, { ...row }));
    },

    async update(id, change) {
      return db.transaction().execute(async (transaction) => {
        const row = await transaction
          .updateTable('webhooks')
          .set(WEBHOOK.toRow(seal(cipher, id, change)))
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirst();
        if (change.status === 'active') await schedule(transaction, id, change.updatedAtMs);
        if (change.status === 'paused') await schedule(transaction, id, null);
        return row && unseal(cipher, { ...row });
      });
    },

    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom('webhooks').where('id', '=', id).executeTakeFirst();
      return numDeletedRows === 1n;
    },

    async fails(id, sinceMs) {
      const row = await db
        .updateTable('webhooks')
        .set((eb) => ({ failing_since_ms: eb.fn.coalesce('failing_since_ms', eb.val(sinceMs)) }))
        .where('id', '=', id)
        .returning('failing_since_ms')
        .executeTakeFirst();
      return row?.failing_since_ms ?? undefined;
    },

    async recovers(id) {
      await db.updateTable('webhooks').set({ failing_since_ms: null }).where('id', '=', id).execute();
    },

    async pause(id, reason, nowMs) {
      return db.transaction().execute(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('webhooks')
          .set({ status: 'paused', paused_reason: reason, paused_at_ms: nowMs, updated_at_ms: nowMs })
          .where('id', '=', id)
          .where('status', '=', 'active')
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        await schedule(transaction, id, null);
        return true;
      });
    },
  };
}

/** When all that waits for a webhook is tried next; null: not until it is resumed. */
async function schedule(db: Kysely<Tables>, webhookId: string, atMs: number | null): Promise<void> {
  await db
    .updateTable('webhook_deliveries')
    .set({ next_attempt_at_ms: atMs })
    .where('webhook_id', '=', webhookId)
    .where('status', '=', 'pending')
    .where('next_attempt_at_ms', atMs === null ? 'is not' : 'is', null)
    .execute();
}
