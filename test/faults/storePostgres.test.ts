import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import type { Store } from '../../src/core/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { cutter, type Cutter } from '../kit/cutting.ts';
import { UNITS, WINDOWS, Ward } from '../kit/limits.ts';
import { newPlace, testCipher, type StorePlace } from '../kit/stores.ts';

let place: StorePlace;
let line: Cutter;
let direct: Store;
let store: Store;
let ward: Ward;

beforeEach(async () => {
  place = await newPlace('postgres');
  line = await cutter(place.url!);
  direct = await place.open();
  store = await openStore({
    url: line.url,
    dataDir: place.dataDir,
    cipher: testCipher,
    nodeId: 'node_a',
    maxConnections: 2,
  });
  ward = await Ward.open(direct, place);
  for (const [index, unit] of UNITS.entries()) await ward.add(unit, 350, { window: WINDOWS[index]! });
  await ward.add('tokens', 350, { subject: ward.subject('account'), window: WINDOWS[1]! });
});
afterEach(async () => {
  await store.close();
  await direct.close();
  await line.stop();
  await place.clear();
});

/** Tries until the store is reached again: a cut connection may be noticed only by the call that meets it. */
async function again<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (attempt === 20 || !(error instanceof Fault) || error.code !== 'store_unavailable') throw error;
    }
  }
}

describe.each(['client', 'server'] as const)('a connection cut at any message of the %s', (who) => {
  test('while calls are admitted: a passing fault, and nothing is left once they are given back', async () => {
    let failed = 0;
    let passed = 0;
    for (let at = 1; passed < 2; at++) {
      const asks = [ward.ask(), ward.ask(), ward.ask(), ward.ask()];
      line.cutAt(who, at);
      try {
        const answers = await store.limits.reserve(asks);
        expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, false]);
      } catch (error) {
        expect(error).toMatchObject({ code: 'store_unavailable' });
        failed++;
      }
      passed += line.hasCut ? 0 : 1;
      line.cutAt(who, Infinity);
      await again(() => store.limits.release(asks.map(({ call }) => call.id)));
      expect(await ward.states()).toEqual([
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ]);
      await ward.verify();
    }
    expect(failed).toBeGreaterThan(1);
    expect((await place.sql('select * from reservations')).rows).toEqual([]);
  });

  test('while calls are settled: each row counts once when it is settled again', async () => {
    let failed = 0;
    let passed = 0;
    let settled = 0;
    for (let at = 1; passed < 2; at++) {
      const asks = [ward.ask({ inputTokens: 1, outputTokens: 9 }), ward.ask({ inputTokens: 1, outputTokens: 9 })];
      const answers = await again(() => store.limits.reserve(asks));
      const rows = asks.map((ask, index) => ({ row: ward.row(ask, answers[index], 2) }));
      line.cutAt(who, at);
      try {
        await store.limits.settle(rows);
      } catch (error) {
        expect(error).toMatchObject({ code: 'store_unavailable' });
        failed++;
      }
      passed += line.hasCut ? 0 : 1;
      line.cutAt(who, Infinity);
      await again(() => store.limits.settle(rows));
      settled += 2;
      expect(await ward.states()).toEqual([
        [settled, 0],
        [settled * 2, 0],
        [settled * 2, 0],
        [0, 0],
        [settled * 2, 0],
      ]);
      await ward.verify();
    }
    expect(failed).toBeGreaterThan(0);
  });
});

test('a reserve whose end is not known is waited for by the release, and then given back', async () => {
  // Another transaction holds the counters, so that the reserve is under way when its node gives up.
  const asks = [ward.ask()];
  const [first] = await direct.limits.reserve([ward.ask()]);
  expect(first!.ok).toBe(true);
  const { default: pg } = await import('pg');
  const holder = new pg.Client(place.url!);
  await holder.connect();
  await holder.query('begin; select * from counters for update');
  const reserving = store.limits.reserve(asks);
  let released = false;
  const releasing = waitUntilBlocked()
    .then(() => store.limits.release([asks[0]!.call.id]))
    .then(() => (released = true));
  await waitUntilBlocked(2);
  expect(released).toBe(false);
  await holder.query('rollback');
  await holder.end();
  expect((await reserving)[0]!.ok).toBe(true);
  await releasing;
  expect((await place.sql('select id from reservations')).rows).toHaveLength(1);
  await ward.verify();
});

async function waitUntilBlocked(count = 1): Promise<void> {
  for (;;) {
    const { rows } = await place.sql(
      "select count(*) as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
    );
    if (Number(rows[0]!['n']) >= count) return;
  }
}
