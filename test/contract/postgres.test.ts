import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import type { Store } from '../../src/core/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { newKey, newPlace, newTenant, rowIn, testCipher, type StorePlace } from '../kit/stores.ts';

let place: StorePlace;
beforeEach(async () => {
  place = await newPlace('postgres');
});
afterEach(() => place.clear());

test('nodes that start at once on an empty database all start', async () => {
  const stores = await Promise.all(Array.from({ length: 6 }, () => place.open()));
  const { project } = await newTenant(stores[0]!);
  for (const store of stores) expect(await store.projects.get(project.id)).toEqual(project);
  await Promise.all(stores.map((store) => store.close()));
});

test('a server that does not answer is a fault that tells the caller nothing of it', async () => {
  const url = 'postgres://keyward:pass-word@127.0.0.1:1/none';
  const opening = openStore({ url, dataDir: place.dataDir, cipher: testCipher });
  await expect(opening).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.not.stringContaining('127.0.0.1') as string,
  });
  const wrong = openStore({
    url: inject('postgresUrl').replace('keyward:keyward', 'keyward:wrong') + '/postgres',
    dataDir: place.dataDir,
    cipher: testCipher,
  });
  await expect(wrong).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.not.stringContaining('wrong') as string,
  });
});

test('connections that the server cuts are a passing fault: idle ones unseen, busy ones as store_unavailable', async () => {
  const errors: Error[] = [];
  const store = await openStore({
    url: place.url,
    dataDir: place.dataDir,
    cipher: testCipher,
    onError: (error) => errors.push(error),
  });
  const { project } = await newTenant(store);
  await place.sql(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await settles(store);
  await expect.poll(() => errors.length, { timeout: 10_000 }).toBeGreaterThan(0);

  const busy = Array.from({ length: 4 }, () => store.ledger.append([rowIn(project)]));
  const cut = place.sql(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  const failures = (await Promise.allSettled(busy)).filter((outcome) => outcome.status === 'rejected');
  expect(failures.filter(({ reason }) => !isUnavailable(reason))).toEqual([]);
  await cut;
  // Each connection that was cut may still cost one call.
  await expect.poll(() => newKey(store, project).then(() => 'made', isUnavailable)).toBe('made');
  await store.close();
});

test('a statement that waits too long for a lock is a passing fault', { timeout: 20_000 }, async () => {
  const store = await place.open();
  const { project } = await newTenant(store);
  const key = await newKey(store, project);
  const holder = new pg.Client(place.url!);
  await holder.connect();
  await holder.query('begin');
  await holder.query('select * from keys for update');
  await expect(store.keys.remove(key.id, 1)).rejects.toMatchObject({ code: 'store_unavailable' });
  await holder.query('rollback');
  await holder.end();
  expect(await store.keys.remove(key.id, 1)).toMatchObject({ deletedAtMs: 1 });
  await store.close();
});

test('a read-only server can be read and is not ready', async () => {
  const store = await place.open();
  const { account } = await newTenant(store);
  await store.close();
  await place.sql(`alter database ${new URL(place.url!).pathname.slice(1)} set default_transaction_read_only = on`);
  const standby = await place.open();
  expect(await standby.accounts.get(account.id)).toEqual(account);
  await expect(standby.check()).rejects.toMatchObject({ code: 'store_unavailable' });
  await standby.close();
});

test('how other code in this process reads 64-bit integers is left alone', async () => {
  const store = await place.open();
  await store.close();
  expect((await place.sql('select 9007199254740993::int8 as big')).rows).toEqual([{ big: '9007199254740993' }]);
});

/** A cut connection may be noticed only by the call that meets it: the store is well again when a call passes. */
async function settles(store: Store): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      return await store.check();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }
  throw new Error('The store did not recover');
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Fault && error.code === 'store_unavailable';
}
