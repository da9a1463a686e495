import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SqliteThread } from './sqliteThread.ts';

let folder: string;
let thread: SqliteThread;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyward-thread-'));
  thread = await SqliteThread.open({ path: join(folder, 'test.db'), readOnly: false });
  await thread.run('create table t (n integer) strict', []);
});
afterEach(async () => {
  await thread.close();
  rmSync(folder, { recursive: true, force: true });
});

const unavailable = { code: 'store_unavailable' };

test('when the thread dies, every waiting call fails, and so does every later one', async () => {
  // It ends by itself: a statement that the thread is at is not broken off, and the thread dies after it.
  const long =
    'with recursive c(n) as (select 1 union all select n + 1 from c where n < 3000000) select count(*) from c';
  const waiting = [
    thread.run(long, []),
    thread.run('select 1', []),
    thread.each('insert into t values (?)', '[[1]]'),
    thread.rollback(),
  ];
  const outcomes = Promise.allSettled(waiting);
  await thread.worker.terminate();
  for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: unavailable });
  await expect(thread.run('select 1', [])).rejects.toMatchObject(unavailable);
  await expect(thread.each('insert into t values (?)', '[[1]]')).rejects.toMatchObject(unavailable);
  await thread.close();
});

test('while one holds the connection, the others wait, and come in the order they asked', async () => {
  await thread.take();
  const order: string[] = [];
  const later = ['a', 'b', 'c'].map((name) => thread.between(async () => void order.push(name)));
  await thread.run('begin immediate', []);
  order.push('holder');
  await thread.run('commit', []);
  thread.leave();
  await Promise.all(later);
  expect(order).toEqual(['holder', 'a', 'b', 'c']);
  await thread.between(async () => void order.push('free'));
  expect(order.at(-1)).toBe('free');
});

test('a failed batch leaves nothing behind and no transaction open', async () => {
  await expect(thread.each('insert into t values (?)', '[[1],["x"]]')).rejects.toThrow(/cannot store TEXT/);
  await thread.each('insert into t values (?)', '[[2]]');
  expect((await thread.run('select n from t', [])).rows).toEqual([{ n: 2 }]);
});

test('more statements than are kept prepared still run', async () => {
  for (let index = 0; index < 450; index++)
    expect((await thread.run(`select ${index} as n`, [])).rows).toEqual([{ n: index }]);
  expect((await thread.run('select 0 as n', [])).rows).toEqual([{ n: 0 }]);
});

test('a file that cannot be opened is an error of opening', async () => {
  await expect(SqliteThread.open({ path: join(folder, 'none.db'), readOnly: true })).rejects.toThrow(/unable to open/);
});
