import { expect, test } from 'vitest';
import type { KeyUse } from '../core/keyStore.ts';
import { createUses } from './uses.ts';

function setUp() {
  const written: KeyUse[][] = [];
  const clock = { nowMs: 1000 };
  const store = { failing: false, gate: undefined as Promise<void> | undefined };
  const uses = createUses({
    keys: {
      async touch(batch) {
        await store.gate;
        if (store.failing) throw new Error('the store is away');
        written.push([...batch]);
      },
    },
    clock: () => clock.nowMs,
  });
  return { uses, written, clock, store };
}

test('V14 the newest use of each key is what is written, once', async () => {
  const { uses, written, clock } = setUp();
  uses.note('key_1', '192.0.2.1');
  uses.note('key_2', null);
  clock.nowMs = 2000;
  uses.note('key_1', '192.0.2.2');
  await uses.flush();
  await uses.flush();
  expect(written).toEqual([
    [
      { keyId: 'key_1', atMs: 2000, address: '192.0.2.2' },
      { keyId: 'key_2', atMs: 1000, address: null },
    ],
  ]);
});

test('a store that fails keeps the notes, and a newer use beats a kept one', async () => {
  const { uses, written, clock, store } = setUp();
  uses.note('key_1', '192.0.2.1');
  uses.note('key_2', '192.0.2.1');
  store.failing = true;
  const failed = uses.flush();
  clock.nowMs = 2000;
  uses.note('key_1', '192.0.2.2');
  await expect(failed).rejects.toThrow('away');
  store.failing = false;
  await uses.flush();
  expect(written[0]?.toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1))).toEqual([
    { keyId: 'key_1', atMs: 2000, address: '192.0.2.2' },
    { keyId: 'key_2', atMs: 1000, address: '192.0.2.1' },
  ]);
});

test('a second flush waits for the first: what the last one at the stop returns from is written', async () => {
  const { uses, written, store } = setUp();
  const { promise, resolve } = Promise.withResolvers<void>();
  store.gate = promise;
  uses.note('key_1', null);
  void uses.flush();
  const last = uses.flush();
  expect(await Promise.race([last.then(() => 'done'), Promise.resolve('waiting')])).toBe('waiting');
  resolve();
  await last;
  expect(written).toHaveLength(1);
});
