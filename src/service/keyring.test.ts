import { describe, expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { plainKey, type Key } from '../core/key.ts';
import type { KeyWithPlace } from '../core/keyStore.ts';
import { createKeyring, type Keyring } from './keyring.ts';

/** A key whose name tells which state of it was read. */
function found(id: string, name = 'first', change: Partial<Key> = {}): KeyWithPlace {
  const account = {
    id: 'acc_1',
    name: 'a',
    status: 'active' as const,
    nameEditable: false,
    defaultGroupId: null,
    createdAtMs: 0,
  };
  const key: Key = {
    ...plainKey({
      id,
      accountId: 'acc_1',
      projectId: 'prj_1',
      class: 'standard',
      name,
      masked: 'kw_zQ***Lq17',
      createdBy: 'root',
      createdAtMs: 0,
      region: null,
    }),
    ...change,
  };
  return { key, project: { id: 'prj_1', accountId: 'acc_1', name: 'p', createdAtMs: 0 }, account };
}

/** A store whose queries are answered when the test says so: `rows` is read when a query begins, as a snapshot is. */
function slowStore(options: { capacity?: number; maxAgeMs?: number; region?: string } = {}) {
  const rows = new Map<string, KeyWithPlace>();
  const queries: {
    readonly hashes: readonly string[];
    readonly answer: () => void;
    readonly fail: (error: unknown) => void;
  }[] = [];
  const clock = { nowMs: 1000 };
  const keyring = createKeyring({
    keys: {
      findByHashes(hashes) {
        const { promise, resolve, reject } = Promise.withResolvers<{ hash: string; found: KeyWithPlace }[]>();
        const snapshot = hashes.flatMap((hash) => (rows.has(hash) ? [{ hash, found: rows.get(hash)! }] : []));
        queries.push({ hashes, answer: () => resolve(snapshot), fail: reject });
        return promise;
      },
    },
    clock: () => clock.nowMs,
    capacity: options.capacity ?? 1000,
    maxAgeMs: options.maxAgeMs ?? Infinity,
    region: options.region ?? null,
  });
  return { rows, queries, clock, keyring };
}

const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

/** Looks up, letting the store answer at once. */
async function read({ keyring, queries }: Pick<ReturnType<typeof slowStore>, 'keyring' | 'queries'>, hash: string) {
  const before = queries.length;
  const record = keyring.lookup(hash);
  await turn();
  for (const query of queries.slice(before)) query.answer();
  return record;
}

const isInMemory = (keyring: Keyring, hash: string) => !(keyring.lookup(hash) instanceof Promise);

describe('what is remembered', () => {
  test('a key once read is answered at once, without the store', async () => {
    const store = slowStore();
    store.rows.set('h1', found('k1', 'first', { ipAllow: ['10.0.0.0/24'], ipDeny: ['10.0.0.7'] }));
    const record = await read(store, 'h1');
    expect(record?.key.id).toBe('k1');
    expect([record?.allow?.has('10.0.0.9'), record?.deny?.has('10.0.0.7'), record?.deny?.has('10.0.0.9')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(store.keyring.lookup('h1')).toBe(record);
    expect(store.queries).toHaveLength(1);
  });

  test('an unknown hash is not remembered: a key works as soon as it is made', async () => {
    const store = slowStore();
    expect(await read(store, 'h1')).toBeUndefined();
    store.rows.set('h1', found('k1'));
    expect((await read(store, 'h1'))?.key.id).toBe('k1');
  });

  test('misses of one turn share a query of bounded size, and the same hash is asked once', async () => {
    const store = slowStore();
    const wanted = Array.from({ length: 450 }, (_, at) => `h${at % 225}`);
    for (const hash of wanted) store.rows.set(hash, found(`k${hash}`));
    const records = wanted.map(async (hash) => store.keyring.lookup(hash));
    await turn();
    expect(store.queries.map(({ hashes }) => hashes.length).toSorted((a, b) => b - a)[0]).toBeLessThanOrEqual(200);
    for (const query of store.queries) expect(new Set(query.hashes).size).toBe(query.hashes.length);
    for (const query of store.queries) query.answer();
    expect((await Promise.all(records)).map((record) => record?.key.id)).toEqual(wanted.map((hash) => `k${hash}`));
  });

  test('memory is bounded: however many keys pass, no more than the capacity stay, and those in use stay', async () => {
    const store = slowStore({ capacity: 100 });
    for (let at = 0; at < 1000; at++) {
      store.rows.set(`h${at}`, found(`k${at}`));
      await read(store, `h${at}`);
      if (at % 20 === 0 && at > 0) expect(isInMemory(store.keyring, 'h0'), `the key in use, after ${at}`).toBe(true);
    }
    const kept = Array.from({ length: 1000 }, (_, at) => `h${at}`).filter((hash) => isInMemory(store.keyring, hash));
    expect(kept.length).toBeLessThanOrEqual(100);
    expect(kept).toContain('h0');
    expect(kept).toContain('h999');
  });

  test('an entry older than the bound is read again, also when the clock was put back', async () => {
    const store = slowStore({ maxAgeMs: 500 });
    store.rows.set('h1', found('k1'));
    await read(store, 'h1');
    store.clock.nowMs += 500;
    expect(isInMemory(store.keyring, 'h1')).toBe(true);
    store.clock.nowMs += 1;
    store.rows.set('h1', found('k1', 'second'));
    expect((await read(store, 'h1'))?.key.name).toBe('second');
    store.clock.nowMs -= 3_600_000;
    store.rows.set('h1', found('k1', 'third'));
    expect((await read(store, 'h1'))?.key.name).toBe('third');
  });

  test('the age counts from before the query, not from its answer', async () => {
    const store = slowStore({ maxAgeMs: 500 });
    store.rows.set('h1', found('k1'));
    const first = store.keyring.lookup('h1');
    await turn();
    store.clock.nowMs += 400;
    store.queries[0]?.answer();
    await first;
    store.clock.nowMs += 101;
    expect(isInMemory(store.keyring, 'h1')).toBe(false);
  });
});

describe('what is forgotten', () => {
  test('V17 T13 D15 a change evicted is seen by the very next look-up', async () => {
    const store = slowStore();
    store.rows.set('h1', found('k1'));
    store.rows.set('h2', found('k2'));
    await read(store, 'h1');
    await read(store, 'h2');
    store.rows.set('h1', found('k1', 'second'));
    store.keyring.evict('k1');
    expect((await read(store, 'h1'))?.key.name).toBe('second');
    expect(isInMemory(store.keyring, 'h2')).toBe(true);
  });

  test('both values of a key that is being rotated are forgotten together', async () => {
    const store = slowStore();
    for (const hash of ['old', 'new']) {
      store.rows.set(hash, found('k1'));
      await read(store, hash);
    }
    // Read twice, and from the older generation: neither may leave a hash behind.
    await read(store, 'old');
    store.keyring.evict('k1');
    expect([isInMemory(store.keyring, 'old'), isInMemory(store.keyring, 'new')]).toEqual([false, false]);
  });

  test('a key is forgotten in both generations', async () => {
    const store = slowStore({ capacity: 4 });
    for (const id of [1, 2, 3]) {
      store.rows.set(`h${id}`, found(`k${id}`));
      await read(store, `h${id}`);
    }
    expect(isInMemory(store.keyring, 'h1')).toBe(true);
    store.keyring.evict('k1');
    expect(isInMemory(store.keyring, 'h1')).toBe(false);
  });

  test('a read under way when its key is evicted is made again: it cannot bring the old state back', async () => {
    const store = slowStore();
    store.rows.set('h1', found('k1'));
    store.rows.set('h2', found('k2'));
    const first = store.keyring.lookup('h1');
    const other = store.keyring.lookup('h2');
    await turn();
    store.rows.set('h1', found('k1', 'second'));
    store.keyring.evict('k1');
    store.queries[0]?.answer();
    expect((await other)?.key.name).toBe('first');
    expect(isInMemory(store.keyring, 'h2')).toBe(true);
    await turn();
    expect(store.queries.map(({ hashes }) => hashes)).toEqual([['h1', 'h2'], ['h1']]);
    store.queries[1]?.answer();
    expect((await first)?.key.name).toBe('second');
    expect((store.keyring.lookup('h1') as { key: Key }).key.name).toBe('second');
  });

  test('evictions during the second read make a third, and so on', async () => {
    const store = slowStore();
    store.rows.set('h1', found('k1', 'state 0'));
    const record = store.keyring.lookup('h1');
    for (let at = 0; at < 5; at++) {
      await turn();
      store.rows.set('h1', found('k1', `state ${at + 1}`));
      if (at % 2 === 0) store.keyring.evict('k1');
      else store.keyring.evictAll();
      store.queries[at]?.answer();
    }
    await turn();
    store.queries[5]?.answer();
    expect((await record)?.key.name).toBe('state 5');
  });

  test('when all are evicted, reads under way are made again too', async () => {
    const store = slowStore();
    store.rows.set('h1', found('k1'));
    store.rows.set('h2', found('k2'));
    await read(store, 'h2');
    const first = store.keyring.lookup('h1');
    await turn();
    store.rows.set('h1', found('k1', 'second'));
    store.keyring.evictAll();
    store.queries.at(-1)?.answer();
    await turn();
    store.queries.at(-1)?.answer();
    expect((await first)?.key.name).toBe('second');
    expect(isInMemory(store.keyring, 'h2')).toBe(false);
  });

  test('an eviction before the query begins needs no second one', async () => {
    const store = slowStore();
    store.rows.set('h1', found('k1'));
    const first = store.keyring.lookup('h1');
    store.keyring.evict('k1');
    await turn();
    store.queries[0]?.answer();
    expect((await first)?.key.id).toBe('k1');
    expect(store.queries).toHaveLength(1);
  });

  test('every eviction is told to those who listen', () => {
    const { keyring } = slowStore();
    const heard: (string | undefined)[] = [];
    keyring.onEvict((id) => heard.push(id));
    keyring.evict('k1');
    keyring.evictAll();
    expect(heard).toEqual(['k1', undefined]);
  });
});

describe('when the store fails', () => {
  test('the fault is thrown to all who wait, never guessed over, and not remembered', async () => {
    const store = slowStore();
    store.rows.set('h1', found('k1'));
    const waiting = ['h1', 'h2'].map(async (hash) => store.keyring.lookup(hash));
    await turn();
    store.queries[0]?.fail(new Fault('store_unavailable', 'gone'));
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await read(store, 'h1'))?.key.id).toBe('k1');
  });

  test('past the bound a remembered key is not good enough either', async () => {
    const store = slowStore({ maxAgeMs: 500 });
    store.rows.set('h1', found('k1'));
    await read(store, 'h1');
    store.clock.nowMs += 501;
    const late = store.keyring.lookup('h1');
    await turn();
    store.queries.at(-1)?.fail(new Fault('store_unavailable', 'gone'));
    await expect(late).rejects.toThrow('gone');
  });

  test('a row that cannot be understood fails its own request and no other', async () => {
    const store = slowStore();
    store.rows.set('bad', found('k1', 'first', { ipAllow: ['not an address'] }));
    store.rows.set('good', found('k2'));
    const waiting = ['bad', 'good'].map(async (hash) => store.keyring.lookup(hash));
    await turn();
    store.queries[0]?.answer();
    const [bad, good] = await Promise.allSettled(waiting);
    expect([bad?.status, good?.status]).toEqual(['rejected', 'fulfilled']);
  });
});

describe('X01 A08 temporary keys are forgotten with the key they were made from', () => {
  const child = (id: string, name = 'first') =>
    found(id, name, { class: 'temporary', parentKeyId: 'k0', expiresAtMs: 1_000_000 });

  test('one that is in memory is read again after its parent changed', async () => {
    const store = slowStore();
    store.rows.set('h0', found('k0'));
    for (const [hash, key] of [
      ['h1', child('k1')],
      ['h2', child('k2')],
      ['h3', found('k3')],
    ] as const)
      store.rows.set(hash, key);
    for (const hash of ['h0', 'h1', 'h2', 'h3']) await read(store, hash);
    store.keyring.evict('k0');
    expect(['h0', 'h1', 'h2', 'h3'].map((hash) => isInMemory(store.keyring, hash))).toEqual([
      false,
      false,
      false,
      true,
    ]);
    // Also the second time, and of those whose own entry was dropped meanwhile.
    await turn();
    for (const query of store.queries) query.answer();
    await turn();
    store.keyring.evict('k1');
    await read(store, 'h1');
    store.keyring.evict('k0');
    expect(isInMemory(store.keyring, 'h1')).toBe(false);
  });

  test('one that is being read while its parent changes is read once more', async () => {
    const store = slowStore();
    store.rows.set('h1', child('k1', 'old'));
    const waiting = Promise.resolve(store.keyring.lookup('h1'));
    await turn();
    store.rows.set('h1', child('k1', 'new'));
    store.keyring.evict('k0');
    store.queries[0]!.answer();
    await turn();
    store.queries[1]!.answer();
    expect((await waiting)?.key.name).toBe('new');
  });

  test('the end of one leaves the others and the key itself in memory', async () => {
    const store = slowStore();
    store.rows.set('h0', found('k0')).set('h1', child('k1')).set('h2', child('k2'));
    for (const hash of ['h0', 'h1', 'h2']) await read(store, hash);
    store.keyring.evict('k1');
    expect(['h0', 'h1', 'h2'].map((hash) => isInMemory(store.keyring, hash))).toEqual([true, false, true]);
  });
});
