import { describe, expect, test } from 'vitest';
import type { Store } from '../../src/core/ports.ts';
import {
  PAUSE_AFTER_MS,
  RETRY_DELAYS_MS,
  type Attempt,
  type Delivery,
  type Webhook,
  type WebhookMessage,
} from '../../src/core/webhook.ts';
import { createDeliveries, type Deliveries } from '../../src/service/deliveries.ts';
import { DAY_MS, deliveryTo, noticesOver, NOW_MS, webhookIn } from '../kit/notices.ts';
import { engines, newTenant, newPlace } from '../kit/stores.ts';

type Outcome = Omit<Attempt, 'atMs'>;
const status = (code: number): Outcome => ({ status: code, error: null, durationMs: 10 });

/** Nodes over one store each test has to itself, with a clock and receivers that the test moves. */
async function arrange(engine: 'sqlite' | 'postgres') {
  const place = await newPlace(engine);
  const store = await place.open();
  const { account } = await newTenant(store);
  const webhook = webhookIn(account.id);
  await store.webhooks.create(webhook, 50);
  const world = {
    store,
    webhook,
    nowMs: NOW_MS,
    sent: [] as WebhookMessage[],
    reported: [] as unknown[],
    answer: (_message: WebhookMessage, _signal: AbortSignal): Promise<Outcome> => Promise.resolve(status(200)),
    node(over: Store = store): Deliveries {
      const notices = noticesOver(store, { nowMs: world.nowMs });
      return createDeliveries({
        webhooks: over.webhooks,
        send(message, signal) {
          world.sent.push(message);
          return world.answer(message, signal);
        },
        clock: () => world.nowMs,
        random: () => Uint8Array.of(128, 0),
        onPaused: (...paused) => notices.webhookPaused(...paused),
        report: (error) => void world.reported.push(error),
      });
    },
    async queue(to: Webhook = webhook, fields: Partial<Delivery> = {}): Promise<Delivery> {
      const delivery = deliveryTo(to, { nextAttemptAtMs: world.nowMs, createdAtMs: world.nowMs, ...fields });
      await store.webhooks.append(delivery);
      return delivery;
    },
    rows: async (of: Webhook = webhook) => (await store.webhooks.deliveries({ webhookId: of.id, limit: 1000 })).data,
    async end() {
      expect(world.reported).toEqual([]);
      await store.close();
      await place.clear();
    },
  };
  return world;
}

async function pumped(node: Deliveries): Promise<void> {
  await node.pump();
  await node.idle();
}

describe.each(engines)('deliveries on %s', (engine) => {
  test('a failing receiver is tried by the schedule, with the same id and body and a new time, over restarts, until it answers 2xx', async () => {
    const world = await arrange(engine);
    const delivery = await world.queue();
    world.answer = () => Promise.resolve(world.sent.length <= 5 ? status(500) : status(204));
    for (const [index, delayMs] of [0, ...RETRY_DELAYS_MS.slice(0, 5)].entries()) {
      // The middle of the jitter, from the end of the attempt before.
      const dueMs = world.nowMs + (index > 0 ? delayMs + 10 : 0);
      world.nowMs = dueMs - 1;
      if (index > 0) await pumped(world.node());
      expect(world.sent.length).toBe(index);
      world.nowMs = dueMs;
      await pumped(world.node());
      expect(world.sent.length).toBe(index + 1);
    }
    expect(new Set(world.sent.map(({ id, body }) => `${id} ${body}`))).toEqual(
      new Set([`${delivery.id} ${delivery.body}`]),
    );
    expect(world.sent.at(-1)!.timestampSeconds).toBe(Math.floor(world.nowMs / 1000));
    const [row] = await world.rows();
    expect(row).toMatchObject({ status: 'delivered', nextAttemptAtMs: null });
    expect(row!.attempts.map((one) => one.status)).toEqual([500, 500, 500, 500, 500, 204]);
    expect((await world.store.webhooks.get(world.webhook.id))!.failingSinceMs).toBeNull();
    world.nowMs += 365 * DAY_MS;
    await pumped(world.node());
    expect(world.sent.length).toBe(6);
    await world.end();
  });

  test('two nodes share the work and send nothing twice; what a node that died had taken is sent by another', async () => {
    const world = await arrange(engine);
    const ids: string[] = [];
    for (let index = 0; index < 60; index++) ids.push((await world.queue()).id);
    const [one, two] = [world.node(), world.node()];
    await Promise.all([one.pump(), two.pump(), one.pump(), two.pump()]);
    for (let round = 0; round < 40 && world.sent.length < 60; round++) await Promise.all([pumped(one), pumped(two)]);
    await Promise.all([one.idle(), two.idle()]);
    expect(world.sent.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());

    const lost = await world.queue();
    const dead = world.node({
      ...world.store,
      webhooks: { ...world.store.webhooks, settle: () => new Promise(() => undefined) },
    });
    await dead.pump();
    await pumped(one);
    world.nowMs += 59_999;
    await pumped(one);
    expect(world.sent.filter(({ id }) => id === lost.id).length).toBe(1);
    world.nowMs += 1;
    await pumped(one);
    expect(world.sent.filter(({ id }) => id === lost.id).length).toBe(2);
    expect((await world.rows()).every((row) => row.status === 'delivered')).toBe(true);
    await world.end();
  });

  test('after three days of failures it is paused and says so, to the other webhooks too; resumed, what waited is sent', async () => {
    const world = await arrange(engine);
    const watcher = webhookIn(world.webhook.accountId, { url: 'https://watch.example/path-secret' });
    await world.store.webhooks.create(watcher, 9);
    const first = await world.queue();
    world.answer = ({ url }) => Promise.resolve(status(url === world.webhook.url ? 503 : 200));
    const firstMs = world.nowMs;
    for (let at = 0; at < 200 && (await world.store.webhooks.get(world.webhook.id))!.status === 'active'; at++) {
      await pumped(world.node());
      world.nowMs += 30 * 60_000;
    }
    const paused = (await world.store.webhooks.get(world.webhook.id))!;
    expect(paused).toMatchObject({
      status: 'paused',
      pausedReason: 'nothing could be delivered to it for 3 days.',
      failingSinceMs: firstMs,
    });
    expect(paused.pausedAtMs! - firstMs).toBeGreaterThanOrEqual(PAUSE_AFTER_MS - 10);
    expect(paused.pausedAtMs! - firstMs).toBeLessThan(PAUSE_AFTER_MS + DAY_MS);
    const { data } = await world.store.notices.list({ accountId: world.webhook.accountId, projectId: null, limit: 9 });
    expect(data.map(({ kind, text }) => [kind, text])).toEqual([
      ['webhook.paused', 'Webhook "https://hooks.example" is paused: nothing could be delivered to it for 3 days.'],
    ]);

    await pumped(world.node());
    expect((await world.rows(watcher)).map((row) => [row.event, row.status])).toEqual([
      ['webhook.paused', 'delivered'],
    ]);
    const waiting = await world.queue(world.webhook, { nextAttemptAtMs: null });
    const before = world.sent.length;
    world.nowMs += 10 * DAY_MS;
    await pumped(world.node());
    expect(world.sent.length).toBe(before);
    world.answer = () => Promise.resolve(status(200));
    await world.store.webhooks.update(world.webhook.id, {
      status: 'active',
      failingSinceMs: null,
      updatedAtMs: world.nowMs,
    });
    await pumped(world.node());
    expect(world.sent.slice(before).map(({ id }) => id)).toContain(waiting.id);
    expect((await world.rows()).find(({ id }) => id === first.id)!.attempts.length).toBeLessThanOrEqual(
      RETRY_DELAYS_MS.length + 1,
    );
    await world.end();
  });

  test('410 Gone pauses at once, and what was taken while it was being paused waits with the rest', async () => {
    const world = await arrange(engine);
    for (let index = 0; index < 5; index++) await world.queue();
    world.answer = () => Promise.resolve(status(410));
    await pumped(world.node());
    expect(await world.store.webhooks.get(world.webhook.id)).toMatchObject({
      status: 'paused',
      pausedReason: 'its receiver answered 410 Gone.',
    });
    expect((await world.rows()).every((row) => row.status === 'pending' && row.nextAttemptAtMs === null)).toBe(true);
    await world.queue();
    const before = world.sent.length;
    await pumped(world.node());
    expect(world.sent.length).toBe(before);
    expect((await world.rows()).filter((row) => row.nextAttemptAtMs !== null)).toEqual([]);
    await world.end();
  });

  test('receivers that hang hold up neither others nor each other, and no more than a few of their own are under way', async () => {
    const world = await arrange(engine);
    const fine = webhookIn(world.webhook.accountId, { url: 'https://fine.example/' });
    await world.store.webhooks.create(fine, 50);
    const hanging = [world.webhook];
    for (let index = 0; index < 10; index++) {
      const one = webhookIn(world.webhook.accountId);
      await world.store.webhooks.create(one, 50);
      hanging.push(one);
    }
    for (const one of hanging)
      for (let index = 0; index < 30; index++) await world.queue(one, { nextAttemptAtMs: NOW_MS - 1000 });
    for (let index = 0; index < 50; index++) await world.queue(fine);
    world.answer = ({ url }, signal) =>
      url === fine.url
        ? Promise.resolve(status(200))
        : new Promise((resolve) =>
            signal.addEventListener('abort', () => resolve({ status: null, error: 'broken off', durationMs: 1 })),
          );
    const node = world.node();
    await node.pump();
    await expect.poll(async () => (await world.rows(fine)).filter((row) => row.status === 'delivered').length).toBe(50);
    expect(world.sent.filter(({ url }) => url !== fine.url).length).toBe(hanging.length * 4);
    // The stop breaks off what hangs, charges no attempt for it, and leaves it due.
    await node.stop();
    const left = (await Promise.all(hanging.map((one) => world.rows(one)))).flat();
    expect(
      left.every((row) => row.status === 'pending' && row.attempts.length === 0 && row.nextAttemptAtMs! <= world.nowMs),
    ).toBe(true);
    const before = world.sent.length;
    await node.pump();
    expect(world.sent.length).toBe(before);
    await world.end();
  });

  test('a store that is away is reported, and the attempt is made again when its claim runs out', async () => {
    const world = await arrange(engine);
    const delivery = await world.queue();
    const node = world.node({
      ...world.store,
      webhooks: { ...world.store.webhooks, settle: () => Promise.reject(new Error('away')) },
    });
    await pumped(node);
    expect(world.reported.splice(0).map(String)).toEqual(['Error: away']);
    world.nowMs += 60_000;
    await pumped(world.node());
    expect(world.sent.map(({ id }) => id)).toEqual([delivery.id, delivery.id]);
    await world.end();
  });
});
