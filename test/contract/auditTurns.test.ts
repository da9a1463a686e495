// What the audit log costs others: neither refusals nor the changes of one account take the connections that others need.

import pg from 'pg';
import { describe, expect, test } from 'vitest';
import type { KeyChange } from '../../src/core/key.ts';
import type { Store } from '../../src/core/ports.ts';
import { workerAt } from '../kit/audit.ts';
import { keyIn, newTenant, newKey, secretOf, useStore } from '../kit/stores.ts';

describe('postgres: while a lock is held', () => {
  const used = useStore('postgres');

  /** Holds a lock until the work is done, and answers how long that took. */
  async function holding(statement: string, values: unknown[], work: () => Promise<unknown>): Promise<number> {
    const client = new pg.Client(used.place.url!);
    await client.connect();
    try {
      await client.query('begin');
      await client.query(statement, values);
      const begun = performance.now();
      await work();
      return performance.now() - begun;
    } finally {
      await client.query('rollback');
      await client.end();
    }
  }

  test('that of the chain, refusals that wait for it leave look-ups their connections', async () => {
    const { store } = used;
    const { account, project } = await newTenant(store);
    const key = await newKey(store, project);
    const by = workerAt('changeKey');
    const row = { ...by, atMs: 1, object: { type: 'key', id: key.id, name: null }, outcome: 'refused' } as const;
    const append = () =>
      store.audit.append({
        ...row,
        accountId: account.id,
        projectId: null,
        code: 'forbidden',
        before: null,
        after: null,
      });
    await append();
    let appends: Promise<unknown> = Promise.resolve();
    const tookMs = await holding(`select value from meta where name = 'audit.head' for update`, [], async () => {
      appends = Promise.allSettled(Array.from({ length: 30 }, append));
      await new Promise((resolve) => setImmediate(resolve));
      await store.keys.get(key.id);
    });
    await appends;
    expect(tookMs).toBeLessThan(1_500);
  });

  test('that of one account, its changes leave another’s a connection', async () => {
    const { store } = used;
    const [one, two] = [await newTenant(store), await newTenant(store)];
    const create = ({ account, project }: typeof one) => {
      const key = keyIn(project);
      const by = workerAt('createKey', { share: account.id });
      return store.audit.during(by, () => store.keys.create(key, secretOf(key), undefined, [], { capped: true }));
    };
    let waiting: Promise<PromiseSettledResult<unknown>[]> = Promise.resolve([]);
    const lock = 'select pg_advisory_xact_lock(hashtextextended($1, 1))';
    const tookMs = await holding(lock, [one.account.id], async () => {
      waiting = Promise.allSettled(Array.from({ length: 12 }, () => create(one)));
      await new Promise((resolve) => setTimeout(resolve, 100));
      await create(two);
    });
    expect((await waiting).filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(tookMs).toBeLessThan(1_500);
  });

  test('X02 that of a key, changes that wait for it on two nodes each say what they changed, and nothing of the other', async () => {
    const { store, other, place } = used;
    const { account, project } = await newTenant(store);
    const key = await newKey(store, project, { description: 'old', environment: null });
    const change = (node: Store, fields: KeyChange) =>
      node.audit.during(workerAt('changeKey', { share: account.id }), () => node.keys.update(key.id, fields, 2_000));
    let changes: Promise<unknown[]> = Promise.resolve([]);
    await holding('select id from keys where id = $1 for update', [key.id], async () => {
      changes = Promise.all([change(store, { description: 'new' }), change(other, { environment: 'staging' })]);
      const waiting = `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      await expect.poll(async () => (await place.sql(waiting)).rows[0]?.['count']).toBe(2);
    });
    await changes;
    const { data } = await store.audit.list({ accountId: account.id, projectId: null, limit: 10 });
    expect(data.map(({ before, after }) => ({ before, after }))).toEqual(
      expect.arrayContaining([
        { before: { description: 'old' }, after: { description: 'new' } },
        { before: { environment: null }, after: { environment: 'staging' } },
      ]),
    );
  });
});
