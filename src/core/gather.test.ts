import { expect, test } from 'vitest';
import { createGather } from './gather.ts';

class Trouble extends Error {}

function setUp(most = 500) {
  const batches: { items: readonly string[]; done: () => void; fail: (error: unknown) => void }[] = [];
  const write = (items: readonly string[]): Promise<readonly string[]> =>
    new Promise(
      (resolve, reject) =>
        void batches.push({ items, done: () => resolve(items.map((item) => `${item}!`)), fail: reject }),
    );
  return { batches, gather: createGather({ write, most, isWhole: (error) => error instanceof Trouble }) };
}
const turn = () => new Promise(setImmediate);

test('what comes in one turn shares a batch; what comes while it is written makes up the next', async () => {
  const { gather, batches } = setUp();
  const first = Promise.all([gather.add('1'), gather.add('2')]);
  await turn();
  const second = Promise.all([gather.add('3'), gather.add('4')]);
  await turn();
  expect(batches.map(({ items }) => items)).toEqual([['1', '2']]);
  batches[0]!.done();
  expect(await first).toEqual(['1!', '2!']);
  await turn();
  expect(batches.map(({ items }) => items)).toEqual([
    ['1', '2'],
    ['3', '4'],
  ]);
  batches[1]!.done();
  expect(await second).toEqual(['3!', '4!']);
  await gather.drain();
});

test('a batch is bounded, and drain waits for all of them', async () => {
  const { gather, batches } = setUp(5);
  const all = Array.from({ length: 12 }, (_, at) => gather.add(String(at)));
  let drained = false;
  const draining = gather.drain().then(() => (drained = true));
  for (const size of [5, 5, 2]) {
    await turn();
    expect(drained).toBe(false);
    expect(batches.at(-1)!.items).toHaveLength(size);
    batches.at(-1)!.done();
  }
  expect(await Promise.all(all)).toHaveLength(12);
  await draining;
  await gather.drain();
});

test('trouble fails the batch at once and is not tried again for each; the next batch is tried', async () => {
  const { gather, batches } = setUp();
  const away = new Trouble('away');
  const failing = Promise.allSettled([gather.add('1'), gather.add('2')]);
  await turn();
  batches[0]!.fail(away);
  expect(await failing).toEqual([
    { status: 'rejected', reason: away },
    { status: 'rejected', reason: away },
  ]);
  expect(batches).toHaveLength(1);
  const next = gather.add('3');
  await turn();
  batches[1]!.done();
  expect(await next).toBe('3!');
});

test('one item that cannot be written is found by itself; the others are written', async () => {
  const { gather, batches } = setUp();
  const outcomes = Promise.allSettled(['1', '2', '3'].map((item) => gather.add(item)));
  await turn();
  batches[0]!.fail(new RangeError('2'));
  await turn();
  batches[1]!.done();
  await turn();
  batches[2]!.fail(new RangeError('2'));
  await turn();
  batches[3]!.done();
  expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(batches.slice(1).map(({ items }) => items)).toEqual([['1'], ['2'], ['3']]);
});

test('an answer that comes later keeps its own caller waiting, and drain, and no other batch', async () => {
  const slow = Promise.withResolvers<string>();
  const gather = createGather<string, string>({
    write: async (items) => items.map((item) => (item === 'slow' ? slow.promise : `${item}!`)),
    most: 500,
    isWhole: () => true,
  });
  const waiting = gather.add('slow');
  expect(await gather.add('1')).toBe('1!');
  expect(await gather.add('2')).toBe('2!');
  let drained = false;
  const draining = gather.drain().then(() => (drained = true));
  await turn();
  expect(drained).toBe(false);
  slow.reject(new Trouble());
  await expect(waiting).rejects.toThrow(Trouble);
  await draining;
  expect(drained).toBe(true);
});
