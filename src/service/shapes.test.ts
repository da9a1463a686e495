import { expect, test } from 'vitest';
import { createShapes } from './shapes.ts';

const GENERATED = 'kw_0000000000000000000000000000000GdL6k';
const CHOSEN = 'x7Kq2mVt9LwRb4Zs8PdN';

function setting() {
  const world = { nowMs: 0, asked: 0, stored: undefined as string | undefined };
  const shapes = createShapes({
    meta: {
      async get() {
        world.asked++;
        return world.stored;
      },
      putOnce: async (_name, value) => (world.stored ??= value),
    },
    keyPrefix: 'kw_',
    clock: () => world.nowMs,
  });
  return { world, shapes };
}

test('A04 a flood of made-up values asks the store once in half a second, and no shape but theirs asks at all', async () => {
  const { world, shapes } = setting();
  for (const value of [GENERATED.slice(0, -1), `kw_${CHOSEN}`, 'short', 'a:b', `${CHOSEN}.`])
    expect(shapes.mayBeKey(value)).toBe(false);
  expect(world.asked).toBe(0);
  expect(await Promise.all(Array.from({ length: 1000 }, async () => shapes.mayBeKey(CHOSEN)))).not.toContain(true);
  for (let at = 0; at < 1000; at++) expect(await shapes.mayBeKey(CHOSEN)).toBe(false);
  expect(world.asked).toBe(1);
  world.nowMs = 500;
  await shapes.mayBeKey(CHOSEN);
  expect(world.asked).toBe(2);
});

test('A04 what another node allows is known within half a second, and what this one allows at once', async () => {
  const { world, shapes } = setting();
  expect(await shapes.mayBeKey(CHOSEN)).toBe(false);
  world.stored = '1';
  world.nowMs = 500;
  expect(await shapes.mayBeKey(CHOSEN)).toBe(true);
  const own = setting();
  await own.shapes.allowCustom();
  expect(own.shapes.mayBeKey(CHOSEN)).toBe(true);
  expect(own.world.stored).toBe('1');
});

test('A04 a store that cannot be read refuses nothing by a guess, and is asked again', async () => {
  let fails = true;
  const shapes = createShapes({
    meta: {
      get: async () => (fails ? Promise.reject(new Error('down')) : '1'),
      putOnce: async (_name, value) => value,
    },
    keyPrefix: 'kw_',
    clock: () => 0,
  });
  await expect(shapes.mayBeKey(CHOSEN)).rejects.toThrow('down');
  fails = false;
  expect(await shapes.mayBeKey(CHOSEN)).toBe(true);
});
