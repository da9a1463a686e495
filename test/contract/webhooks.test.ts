import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Delivery, Webhook } from '../../src/core/webhook.ts';
import { DAY_MS, deliveryTo, noticeIn, NOW_MS, webhookIn } from '../kit/notices.ts';
import { engines, newId, newTenant, useStore, type StorePlace } from '../kit/stores.ts';

describe.each(engines)('webhooks on %s', (engine) => {
  const used = useStore(engine);
  const made: Webhook[] = [];
  // What one test leaves due, no other should find.
  afterEach(async () => {
    for (const { id } of made.splice(0)) await used.store.webhooks.remove(id);
  });

  async function newWebhook(fields: Partial<Webhook> = {}): Promise<Webhook> {
    return create(webhookIn((await newTenant(used.store)).account.id, fields));
  }
  async function create(webhook: Webhook): Promise<Webhook> {
    made.push(webhook);
    await used.store.webhooks.create(webhook, 20);
    return webhook;
  }
  async function queue(webhook: Webhook, count: number, fields: Partial<Delivery> = {}): Promise<string[]> {
    const made = Array.from({ length: count }, () => deliveryTo(webhook, fields));
    for (const one of made) await used.store.webhooks.append(one);
    return made.map(({ id }) => id);
  }
  const claim = (store = used.store, fields: object = {}) =>
    store.webhooks.claim({
      nowMs: NOW_MS,
      untilMs: NOW_MS + 60_000,
      limit: 100,
      perWebhook: 100,
      except: [],
      ...fields,
    });
  /** Whatever will ever be due. */
  const later = () => claim(used.store, { nowMs: NOW_MS + 9999 * DAY_MS, untilMs: NOW_MS + 10_000 * DAY_MS });
  const rows = async (webhook: Webhook) =>
    (await used.store.webhooks.deliveries({ webhookId: webhook.id, limit: 1000 })).data;

  test('a webhook is read as it was written, its secrets are unreadable in the database, and only what is named changes', async () => {
    const webhook = await newWebhook({
      events: ['key.expiry'],
      previousSecret: 'whsec_b2xk',
      previousSecretUntilMs: 5,
      failingSinceMs: 7,
      pausedAtMs: 8,
      pausedReason: 'x',
    });
    expect(await used.store.webhooks.get(webhook.id)).toEqual(webhook);
    const raw = JSON.stringify(await read(used.place, 'select * from webhooks'));
    expect(raw).toContain(webhook.id);
    for (const secret of [webhook.secret, 'whsec_', webhook.secret.slice(6)]) expect(raw).not.toContain(secret);
    const changed = await used.other.webhooks.update(webhook.id, {
      secret: 'whsec_bmV3',
      events: null,
      updatedAtMs: 9,
    });
    expect(changed).toEqual({ ...webhook, secret: 'whsec_bmV3', events: null, updatedAtMs: 9 });
    expect(await used.store.webhooks.update('whk_none', { updatedAtMs: 1 })).toBeUndefined();
    expect(await used.store.webhooks.get('whk_none')).toBeUndefined();
  });

  test('an account has so many and no more, and sees its own', async () => {
    const first = await newWebhook();
    const second = webhookIn(first.accountId, { createdAtMs: NOW_MS + 1 });
    await used.store.webhooks.create(second, 2);
    await expect(used.store.webhooks.create(webhookIn(first.accountId), 2)).rejects.toMatchObject({ code: 'conflict' });
    const page = await used.store.webhooks.list({ accountId: first.accountId, limit: 1 });
    expect(page.data).toEqual([second]);
    expect(
      (await used.store.webhooks.list({ accountId: first.accountId, limit: 1, cursor: page.nextCursor! })).data,
    ).toEqual([first]);
  });

  test('a notice goes to the active webhooks of its account that want it', async () => {
    const every = await newWebhook();
    const others = [
      webhookIn(every.accountId, { events: ['limit.reached', 'key.expiry'] }),
      webhookIn(every.accountId, { events: ['webhook.paused'] }),
      webhookIn(every.accountId, { status: 'paused' }),
      await newWebhook(),
    ];
    for (const one of others.slice(0, 3)) await create(one);
    const entry = {
      notice: noticeIn(every.accountId),
      occasion: { mark: newId('m'), endsAtMs: null },
      body: '{"type":"limit.reached"}',
    };
    expect([
      await used.store.notices.record(entry, () => newId('msg')),
      await used.other.notices.record(entry, () => newId('msg')),
    ]).toEqual([true, false]);
    expect(await Promise.all([every, ...others].map(async (one) => (await rows(one)).length))).toEqual([1, 1, 0, 0, 0]);
    expect((await rows(every))[0]).toMatchObject({
      event: 'limit.reached',
      body: entry.body,
      status: 'pending',
      attempts: [],
      nextAttemptAtMs: NOW_MS,
    });
  });

  test('20 nodes claim at once: each delivery goes to one of them, and none is left', async () => {
    const webhooks = [await newWebhook(), await newWebhook(), await newWebhook()];
    const ids = (await Promise.all(webhooks.map((one) => queue(one, 40)))).flat();
    const taken: string[] = [];
    for (let round = 0; round < 20 && taken.length < ids.length; round++) {
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          claim(index % 2 ? used.store : used.other, { limit: 5, perWebhook: 3 }),
        ),
      );
      for (const one of claims) {
        expect(one.length).toBeLessThanOrEqual(5);
        taken.push(...one.map(({ delivery }) => delivery.id));
      }
    }
    expect(taken.toSorted()).toEqual(ids.toSorted());
    expect(await claim()).toEqual([]);
  });

  test('a claim brings the webhook along, keeps to its bounds, and runs out', async () => {
    const [busy, free] = [
      await newWebhook(),
      await newWebhook({ previousSecret: 'whsec_b2xk', previousSecretUntilMs: NOW_MS }),
    ];
    const ids = await queue(free, 3);
    await queue(busy, 3);
    await queue(free, 1, { nextAttemptAtMs: NOW_MS + 1 });
    const claimed = await claim(used.store, { perWebhook: 2, except: [busy.id] });
    expect(claimed.map(({ webhook }) => webhook)).toEqual([free, free]);
    expect(
      claimed.every(({ delivery }) => ids.includes(delivery.id) && delivery.nextAttemptAtMs === NOW_MS + 60_000),
    ).toBe(true);
    expect((await claim(used.other, { except: [busy.id] })).length).toBe(1);
    expect((await claim(used.other, { nowMs: NOW_MS + 59_999, except: [busy.id] })).length).toBe(1);
    expect(
      (await claim(used.other, { nowMs: NOW_MS + 60_000, untilMs: NOW_MS + 120_000, except: [busy.id] })).length,
    ).toBe(4);
  });

  test('what became of a delivery is written by who holds it', async () => {
    const webhook = await newWebhook();
    await queue(webhook, 1);
    const [late] = await claim();
    const [holder] = await claim(used.other, { nowMs: NOW_MS + 60_000, untilMs: NOW_MS + 120_000 });
    const attempts = [{ atMs: NOW_MS, status: null, error: 'No answer.', durationMs: 3 }];
    expect(
      await used.store.webhooks.settle(late!.delivery, { status: 'delivered', attempts, nextAttemptAtMs: null }),
    ).toBe(false);
    expect(
      await used.other.webhooks.settle(holder!.delivery, {
        status: 'pending',
        attempts,
        nextAttemptAtMs: NOW_MS + DAY_MS,
      }),
    ).toBe(true);
    expect((await rows(webhook))[0]).toMatchObject({ status: 'pending', attempts, nextAttemptAtMs: NOW_MS + DAY_MS });
    const [again] = await claim(used.store, { nowMs: NOW_MS + DAY_MS, untilMs: NOW_MS + 2 * DAY_MS });
    expect(
      await used.store.webhooks.settle(again!.delivery, { status: 'delivered', attempts, nextAttemptAtMs: null }),
    ).toBe(true);
    expect(
      await used.store.webhooks.settle(again!.delivery, { status: 'failed', attempts, nextAttemptAtMs: null }),
    ).toBe(false);
    expect(await later()).toEqual([]);
  });

  test('it is paused once, by one of several nodes; what waits is sent when it is resumed', async () => {
    const webhook = await newWebhook();
    const [first, ...waiting] = await queue(webhook, 3);
    const [claimed] = await claim(used.store, { limit: 1 });
    expect(await used.store.webhooks.fails(webhook.id, 100)).toBe(100);
    expect(await used.other.webhooks.fails(webhook.id, 200)).toBe(100);
    await used.store.webhooks.recovers(webhook.id);
    expect(await used.other.webhooks.fails(webhook.id, 300)).toBe(300);
    expect(await used.store.webhooks.fails('whk_none', 1)).toBeUndefined();
    const paused = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        (index % 2 ? used.store : used.other).webhooks.pause(webhook.id, 'it fails.', NOW_MS + 1),
      ),
    );
    expect(paused.filter(Boolean).length).toBe(1);
    expect(await used.store.webhooks.get(webhook.id)).toMatchObject({
      status: 'paused',
      pausedReason: 'it fails.',
      pausedAtMs: NOW_MS + 1,
      failingSinceMs: 300,
    });
    expect(await claim(used.other, { nowMs: NOW_MS + DAY_MS })).toEqual([]);
    await used.other.webhooks.update(webhook.id, { status: 'active', updatedAtMs: NOW_MS + 2 * DAY_MS });
    const resumed = await claim(used.other, { nowMs: NOW_MS + 2 * DAY_MS, untilMs: NOW_MS + 3 * DAY_MS });
    expect(resumed.map(({ delivery }) => delivery.id).toSorted()).toEqual([first!, ...waiting].toSorted());
    expect(
      await used.store.webhooks.settle(claimed!.delivery, { status: 'failed', attempts: [], nextAttemptAtMs: null }),
    ).toBe(false);
    await used.other.webhooks.update(webhook.id, { status: 'paused', updatedAtMs: NOW_MS });
    expect(await later()).toEqual([]);
  });

  test('deleted, it takes its deliveries along, and one under way is no trouble', async () => {
    const webhook = await newWebhook();
    await queue(webhook, 2);
    const [claimed] = await claim(used.store, { limit: 1 });
    expect([await used.other.webhooks.remove(webhook.id), await used.other.webhooks.remove(webhook.id)]).toEqual([
      true,
      false,
    ]);
    expect(
      await used.store.webhooks.settle(claimed!.delivery, { status: 'delivered', attempts: [], nextAttemptAtMs: null }),
    ).toBe(false);
    expect([await rows(webhook), await later()]).toEqual([[], []]);
  });

  test('deliveries are listed newest first and deleted in steps', async () => {
    const webhook = await newWebhook();
    const ids: string[] = [];
    for (const createdAtMs of [10, 20, 30])
      ids.unshift(...(await queue(webhook, 1, { createdAtMs, nextAttemptAtMs: null, status: 'delivered' })));
    const page = await used.store.webhooks.deliveries({ webhookId: webhook.id, limit: 2 });
    expect(page.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    await used.store.webhooks.pruneDeliveries(30, 1);
    expect((await rows(webhook)).length).toBe(2);
    await used.store.webhooks.pruneDeliveries(30, 100);
    expect((await rows(webhook)).map(({ id }) => id)).toEqual(ids.slice(0, 1));
  });
});

/** Rows as they lie in the database. */
async function read(place: StorePlace, text: string): Promise<unknown[]> {
  if (place.engine === 'postgres') return (await place.sql(text)).rows;
  const database = new DatabaseSync(join(place.dataDir, 'keyward.db'), { readOnly: true });
  const rows = database.prepare(text).all();
  database.close();
  return rows;
}
