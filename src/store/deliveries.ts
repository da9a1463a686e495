import { sql, type Kysely } from 'kysely';
import type { Claimed, WebhookStore } from '../core/noticeStore.ts';
import type { Delivery } from '../core/webhook.ts';
import type { Cipher } from './cipher.ts';
import type { Engine } from './engine.ts';
import { newestFirst } from './page.ts';
import type { WebhookDeliveriesTable } from './noticeSchema.ts';
import type { Tables } from './schema.ts';
import { DELIVERY, unseal } from './webhookRow.ts';

type Deliveries = Pick<WebhookStore, 'claim' | 'settle' | 'append' | 'deliveries' | 'pruneDeliveries'>;

/** Deliveries: a row is claimed by moving its next attempt to when the claim runs out, so that nothing has to be freed after a crash. */
export function createDeliveries({ name, db, reports }: Engine, cipher: Cipher): Deliveries {
  return {
    async claim({ nowMs, untilMs, limit, perWebhook, except }) {
      // A look first: nearly always nothing is due, and a write would wait its turn.
      const isDue = await db
        .selectFrom('webhook_deliveries')
        .select('id')
        .where('next_attempt_at_ms', '<=', nowMs)
        .limit(1)
        .executeTakeFirst();
      if (!isDue) return [];
      const busy = except.length === 0 ? sql`` : sql`and d.webhook_id not in (${sql.join(except)})`;
      const ranked = sql`select d.id, row_number() over (partition by d.webhook_id order by d.next_attempt_at_ms, d.id) as place
        from webhook_deliveries d where d.next_attempt_at_ms <= ${nowMs} ${busy}`;
      // The condition stands twice, because Postgres looks again at a row that another node changed meanwhile.
      const free = sql`select id from webhook_deliveries
        where next_attempt_at_ms <= ${nowMs} and id in (select id from (${ranked}) as ranked where place <= ${perWebhook})
        order by next_attempt_at_ms, id limit ${limit} ${name === 'postgres' ? sql`for update skip locked` : sql``}`;
      const { rows } = await sql<WebhookDeliveriesTable>`with free as materialized (${free})
        update webhook_deliveries set next_attempt_at_ms = ${untilMs}
        where id in (select id from free) and next_attempt_at_ms <= ${nowMs} returning *`.execute(db);
      return withWebhooks(
        db,
        cipher,
        rows.map((row) => DELIVERY.fromRow({ ...row })),
      );
    },

    async settle(claimed, change) {
      const { numUpdatedRows } = await db
        .updateTable('webhook_deliveries')
        .set(DELIVERY.toRow(change))
        .where('id', '=', claimed.id)
        .where('status', '=', 'pending')
        .where('next_attempt_at_ms', '=', claimed.nextAttemptAtMs)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },

    async append(delivery) {
      await db
        .insertInto('webhook_deliveries')
        .values(DELIVERY.toRow(delivery) as unknown as WebhookDeliveriesTable)
        .execute();
    },

    async deliveries(query) {
      const select = reports.selectFrom('webhook_deliveries').selectAll().where('webhook_id', '=', query.webhookId);
      return newestFirst(query, select, (row) => DELIVERY.fromRow({ ...row }));
    },

    async pruneDeliveries(beforeMs, most) {
      const old = db.selectFrom('webhook_deliveries').select('id').where('created_at_ms', '<', beforeMs).limit(most);
      await db
        .deleteFrom('webhook_deliveries')
        .where('id', 'in', name === 'postgres' ? old.forUpdate().skipLocked() : old)
        .execute();
    },
  };
}

/** In the order in which they were due. A delivery whose webhook has just gone is left out, as it is gone too. */
async function withWebhooks(db: Kysely<Tables>, cipher: Cipher, deliveries: readonly Delivery[]): Promise<Claimed[]> {
  if (deliveries.length === 0) return [];
  const ids = [...new Set(deliveries.map(({ webhookId }) => webhookId))];
  const rows = await db.selectFrom('webhooks').selectAll().where('id', 'in', ids).execute();
  const webhooks = new Map(rows.map((row) => [row.id, unseal(cipher, { ...row })]));
  return deliveries
    .toSorted((a, b) => (a.createdAtMs === b.createdAtMs ? 0 : a.createdAtMs - b.createdAtMs))
    .flatMap((delivery) => {
      const webhook = webhooks.get(delivery.webhookId);
      return webhook ? [{ delivery, webhook }] : [];
    });
}
