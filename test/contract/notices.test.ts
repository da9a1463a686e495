import { describe, expect, test } from 'vitest';
import { dueExpiries, limitOccasion } from '../../src/core/notice.ts';
import type { Notice } from '../../src/core/notice.ts';
import type { Store } from '../../src/core/ports.ts';
import { DAY_MS, noticeIn, noticesOver, NOW_MS, stateAt, webhookIn } from '../kit/notices.ts';
import { engines, newId, newKey, newTenant, useStore } from '../kit/stores.ts';

describe.each(engines)('notices on %s', (engine) => {
  const used = useStore(engine);

  async function all(accountId: string, store: Store = used.store): Promise<Notice[]> {
    return (await store.notices.list({ accountId, projectId: null, limit: 200 })).data;
  }
  const thresholds = async (accountId: string) =>
    (await all(accountId)).map(({ threshold }) => threshold).toSorted((a, b) => a! - b!);
  const record = (notice: Notice, mark = newId('mark')) =>
    used.store.notices.record({ notice, occasion: { mark, endsAtMs: null }, body: '{}' }, () => newId('msg'));

  test('a notice is read as it was written, and lists keep to account, project and key', async () => {
    const { account, project } = await newTenant(used.store);
    const other = await newTenant(used.store);
    const whole = noticeIn(account.id);
    const bare = noticeIn(account.id, {
      projectId: project.id,
      subjectId: 'key_2',
      limitId: null,
      unit: null,
      window: null,
      threshold: null,
      used: null,
      amount: null,
      expiresAtMs: 7,
      details: { address: '2001:db8::/64', others: 2 },
      masked: null,
      createdAtMs: NOW_MS + 1,
    });
    for (const one of [whole, bare, noticeIn(other.account.id)]) expect(await record(one)).toBe(true);
    expect(await all(account.id)).toEqual([bare, whole]);
    const list = (within: { projectId?: string; keyId?: string }) =>
      used.store.notices.list({ accountId: account.id, projectId: null, limit: 9, ...within }).then(({ data }) => data);
    expect(await list({ projectId: project.id })).toEqual([bare]);
    expect(await list({ keyId: 'key_1' })).toEqual([whole]);
    const first = await used.store.notices.list({ accountId: account.id, projectId: null, limit: 1 });
    expect([first.data, typeof first.nextCursor]).toEqual([[bare], 'string']);
    const second = await used.store.notices.list({
      accountId: account.id,
      projectId: null,
      limit: 1,
      cursor: first.nextCursor!,
    });
    expect(second).toEqual({ data: [whole], nextCursor: null });
  });

  test('A15 what is unread is told each reader apart; read in an account is read in its projects, and never unread again', async () => {
    const { account, project } = await newTenant(used.store);
    const [me, you] = [newId('usr'), newId('usr')];
    for (const [projectId, createdAtMs] of [
      [null, 10],
      [project.id, 20],
      [project.id, 30],
    ] as const)
      await record(noticeIn(account.id, { projectId, createdAtMs }));
    await record(noticeIn((await newTenant(used.store)).account.id, { createdAtMs: 15 }));
    const reader = (readerId: string, projectId: string | null) => ({ readerId, accountId: account.id, projectId });
    const unread = (readerId: string) =>
      Promise.all([null, project.id].map((at) => used.store.notices.unread(reader(readerId, at), 100)));
    expect(await unread(me)).toEqual([3, 2]);
    expect(await used.store.notices.unread(reader(me, null), 2)).toBe(2);
    await used.store.notices.markRead(reader(me, project.id), 20);
    expect([await unread(me), await unread(you)]).toEqual([
      [2, 1],
      [3, 2],
    ]);
    await Promise.all([25, 5].map((untilMs) => used.other.notices.markRead(reader(me, project.id), untilMs)));
    await used.other.notices.markRead(reader(me, null), 10);
    expect(await unread(me)).toEqual([1, 1]);
    await used.other.notices.markRead(reader(me, null), 30);
    expect([await unread(me), await unread(you)]).toEqual([
      [0, 0],
      [3, 2],
    ]);
    // Who has read what is there no more has read nothing.
    await used.store.notices.prune({ notices: 26, marks: 0 }, 1000);
    expect(await unread(me)).toEqual([0, 0]);
    await used.store.notices.prune({ notices: 31, marks: 0 }, 1000);
    await record(noticeIn(account.id, { createdAtMs: 29 }));
    expect(await unread(me)).toEqual([1, 0]);
  });

  test('50 observers on two nodes, all at once: one notice of each threshold, with one delivery', async () => {
    const { account, project } = await newTenant(used.store);
    const key = await newKey(used.store, project);
    const webhook = webhookIn(account.id);
    await used.store.webhooks.create(webhook, 9);
    const nodes = Array.from({ length: 50 }, (_, index) => noticesOver(index % 2 ? used.store : used.other));
    const subject = { type: 'key', id: key.id } as const;
    await Promise.all(
      nodes.map(async (node, index) => {
        for (const use of [10n, BigInt(50 + (index % 30)), 85n, 100n]) {
          node.observe([stateAt(subject, use)]);
          if (index % 3) await node.flush();
        }
        await node.flush();
      }),
    );
    expect(await thresholds(account.id)).toEqual([50, 80, 100]);
    const { data } = await used.store.webhooks.deliveries({ webhookId: webhook.id, limit: 99 });
    expect(data.map(({ event, status }) => [event, status])).toEqual(
      Array.from({ length: 3 }, () => ['limit.reached', 'pending']),
    );
  });

  test('after a restart nothing is said again; a reset, another amount and another period say it again', async () => {
    const { account, project } = await newTenant(used.store);
    const subject = { type: 'project', id: project.id } as const;
    const monthly = { window: { kind: 'calendar', period: 'month', timeZone: 'UTC' }, id: 'lim_2' } as const;
    const may = Date.parse('2026-06-01T00:00:00Z');
    const june = Date.parse('2026-07-01T00:00:00Z');
    const steps: readonly [Parameters<typeof stateAt>, number][] = [
      [[subject, 50n], 1],
      [[subject, 60n], 1],
      [[subject, 100n, { amount: 200n }], 2],
      [[subject, 50n, { amount: 200n, sinceMs: 6 }], 2],
      [[subject, 100n, { amount: 200n, sinceMs: 6 }], 3],
      [[subject, 50n, monthly, may], 4],
      [[subject, 51n, monthly, may], 4],
      [[subject, 51n, monthly, june], 5],
    ];
    const running = noticesOver(used.store);
    for (const [state, count] of steps) {
      for (const node of [running, running, noticesOver(used.other)]) {
        node.observe([stateAt(...state)]);
        await node.flush();
        expect([state, (await all(account.id)).length]).toEqual([state, count]);
      }
    }
  });

  test('a notice says what its owner needs, of keys, projects and accounts, and nothing secret', async () => {
    const { account, project } = await newTenant(used.store);
    const key = await newKey(used.store, project, { name: 'shop' });
    const node = noticesOver(used.store);
    const refs = [
      { type: 'key', id: key.id },
      { type: 'project', id: project.id },
      { type: 'account', id: account.id },
    ] as const;
    node.observe(
      [...refs, { type: 'key', id: 'key_nobody' } as const].map((ref) => stateAt(ref, 55n, { id: `lim_${ref.type}` })),
    );
    await node.flush();
    const found = await all(account.id);
    expect(
      found
        .map(({ subjectType, subjectName, projectId }) => [subjectType, subjectName, projectId])
        .toSorted(([a = ''], [b = '']) => (a! < b! ? -1 : 1)),
    ).toEqual([
      ['account', account.name, null],
      ['key', 'shop', project.id],
      ['project', project.name, project.id],
    ]);
    expect(found.find(({ subjectType }) => subjectType === 'key')).toMatchObject({
      kind: 'limit.reached',
      subjectId: key.id,
      masked: key.masked,
      limitId: 'lim_key',
      unit: 'tokens',
      threshold: 50,
      used: 55n,
      amount: 100n,
      createdAtMs: NOW_MS,
      text: 'Key "shop" (kw_Ab***wxyz) has used 50 % of its limit: 55 of 100 tokens in all.',
    });
  });

  test('what could not be written is kept, and written once', async () => {
    const { account, project } = await newTenant(used.store);
    let broken = true;
    const failing: Store = {
      ...used.store,
      notices: {
        ...used.store.notices,
        record: (...given) => (broken ? Promise.reject(new Error('away')) : used.store.notices.record(...given)),
      },
    };
    const node = noticesOver(failing);
    node.observe([stateAt({ type: 'project', id: project.id }, 80n)]);
    await expect(node.flush()).rejects.toThrow('away');
    expect(await all(account.id)).toEqual([]);
    broken = false;
    await node.stop();
    await node.flush();
    expect(await thresholds(account.id)).toEqual([50, 80]);
  });

  test('each key is announced 14, 3 and 0 days before it ends, once, by the nearest after a stop; not when disabled, deleted or short-lived', async () => {
    const { account, project } = await newTenant(used.store);
    const expiresAtMs = NOW_MS + 30 * DAY_MS;
    const key = (fields: object) => newKey(used.store, project, { createdAtMs: NOW_MS, expiresAtMs, ...fields });
    const watched = await key({ name: 'watched' });
    await key({ status: 'disabled' });
    await used.store.keys.remove((await key({})).id, NOW_MS);
    await key({ expiresAtMs: null });
    await key({ createdAtMs: expiresAtMs - DAY_MS + 1 });
    const seen = async (beforeMs: number) => {
      await Promise.all([
        noticesOver(used.store).sweep(expiresAtMs - beforeMs),
        noticesOver(used.other).sweep(expiresAtMs - beforeMs),
      ]);
      const found = await all(account.id);
      expect(new Set(found.map(({ subjectId }) => subjectId)).size).toBeLessThanOrEqual(1);
      return found.map(({ threshold }) => threshold);
    };
    expect(await seen(14 * DAY_MS + 1)).toEqual([]);
    expect(await seen(14 * DAY_MS)).toEqual([14]);
    expect(await seen(3 * DAY_MS + 1)).toEqual([14]);
    expect(await seen(3 * DAY_MS)).toEqual([3, 14]);
    expect(await seen(1)).toEqual([3, 14]);
    expect(await seen(0)).toEqual([0, 3, 14]);
    expect(await seen(-6 * DAY_MS)).toEqual([0, 3, 14]);
    expect((await all(account.id))[0]).toMatchObject({
      kind: 'key.expiry',
      expiresAtMs,
      text: 'Key "watched" (kw_Ab***wxyz) expired on 2026-03-31 at 12:00 UTC.',
    });
    // Extended, and then nobody ran until two days before the new end: one notice, not two.
    await used.store.keys.update(watched.id, { expiresAtMs: expiresAtMs + 40 * DAY_MS }, NOW_MS);
    expect(await seen(-38 * DAY_MS)).toEqual([3, 0, 3, 14]);
    expect((await all(account.id))[0]?.text).toMatch('expires in 2 days');
  });

  test('expiries are read page by page', async () => {
    const { account, project } = await newTenant(used.store);
    const expiresAtMs = NOW_MS + 400 * DAY_MS;
    await Promise.all(
      Array.from({ length: 450 }, (_, index) =>
        newKey(used.store, project, { expiresAtMs: expiresAtMs + (index % 3) }),
      ),
    );
    await noticesOver(used.store).sweep(expiresAtMs - 2 * DAY_MS);
    const pages = [await used.store.notices.list({ accountId: account.id, projectId: null, limit: 1000 })];
    expect(new Set(pages[0]!.data.map(({ subjectId }) => subjectId)).size).toBe(450);
    // Those that have had their notice are not even read again.
    for (const span of dueExpiries(expiresAtMs - 2 * DAY_MS))
      expect(await used.other.notices.expiring(span, 9)).toEqual([]);
  });

  test('notices are kept for 90 days and then deleted in steps, and a lifetime is not announced again for that', async () => {
    const { account, project } = await newTenant(used.store);
    const subject = { type: 'project', id: project.id } as const;
    const state = stateAt(subject, 50n);
    const node = noticesOver(used.store);
    node.observe([
      state,
      stateAt(
        subject,
        50n,
        { id: 'lim_day', window: { kind: 'calendar', period: 'day', timeZone: 'UTC' } },
        NOW_MS + DAY_MS,
      ),
    ]);
    await node.flush();
    await used.store.notices.prune({ notices: NOW_MS + 1, marks: NOW_MS + 2 * DAY_MS }, 0);
    expect((await all(account.id)).length).toBe(2);
    await noticesOver(used.store).sweep(NOW_MS + 90 * DAY_MS);
    expect((await all(account.id)).length).toBe(2);
    await noticesOver(used.store).sweep(NOW_MS + 90 * DAY_MS + 1);
    expect(await all(account.id)).toEqual([]);
    const again = noticesOver(used.store);
    again.observe([state]);
    await again.flush();
    expect(await all(account.id)).toEqual([]);
    const marks = [{ accountId: account.id, mark: limitOccasion(state, 50).mark }];
    expect((await used.store.notices.marked(marks)).size).toBe(1);
  });
});
