import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../src/core/ports.ts';
import { bounded, toValues } from '../../src/store/ledgerRow.ts';
import { AnswerReader, encodeAsks } from '../../src/store/limitWire.ts';
import { createSqliteCalls, type SqliteCalls } from '../../src/store/sqliteCalls.ts';
import { UNITS, WINDOWS, Ward } from '../kit/limits.ts';
import { newPlace, type StorePlace } from '../kit/stores.ts';

/** Statements of a batch fail one after another, as they do when the disk is full or breaks: before they act, or after. */
class Faults {
  failAt = Infinity;
  after = false;
  count = 0;

  run<T>(statement: () => T): T {
    const fails = ++this.count === this.failAt;
    if (fails && !this.after) throw new Error('injected');
    const result = statement();
    if (fails) throw new Error('injected');
    return result;
  }
}

let place: StorePlace;
let ward: Ward;
let database: DatabaseSync;
let faults: Faults;
let calls: SqliteCalls;

beforeEach(async () => {
  place = await newPlace('sqlite');
  const store = await place.open();
  ward = await Ward.open(store, place);
  for (const [index, unit] of UNITS.entries()) await ward.add(unit, 350, { window: WINDOWS[index]! });
  await ward.add('tokens', 350, { subject: ward.subject('account'), window: WINDOWS[1]! });
  await store.close();
  database = new DatabaseSync(join(place.dataDir, 'keyward.db'));
  faults = new Faults();
  calls = createSqliteCalls(failing(database), (_, run) => {
    try {
      faults.run(() => database.exec('begin immediate'));
      run();
      faults.run(() => database.exec('commit'));
    } catch (error) {
      if (database.isTransaction) database.exec('rollback');
      throw error;
    }
  });
});
afterEach(() => place.clear());

function failing(real: DatabaseSync): DatabaseSync {
  const prepare = (sql: string) => {
    const statement = real.prepare(sql);
    return {
      setReadBigInts: (on: boolean) => statement.setReadBigInts(on),
      run: (...values: never[]) => faults.run(() => statement.run(...values)),
      get: (...values: never[]) => faults.run(() => statement.get(...values)),
      all: (...values: never[]) => faults.run(() => statement.all(...values)),
    };
  };
  return { prepare } as unknown as DatabaseSync;
}

/** Closes the faulty connection and opens the store as the next process would; it finds the calls that were left. */
async function reopened<T>(look: (store: Store, ward: Ward) => Promise<T>): Promise<T> {
  database.close();
  const store = await place.open();
  try {
    return await look(store, new Ward(store, place, ward.key));
  } finally {
    await store.close();
  }
}

const rowsText = (rows: Parameters<typeof bounded>[0][]) => JSON.stringify(rows.map((row) => toValues(bounded(row))));

describe.each([
  ['before it acts', false],
  ['after it has acted', true],
])('a statement that fails %s', (_, after) => {
  test('while calls are admitted: none or all of the batch, nothing over a limit, nothing left behind', async () => {
    faults.after = after;
    const reader = new AnswerReader();
    let failed = 0;
    for (faults.failAt = 1; ; faults.failAt++) {
      faults.count = 0;
      const asks = [ward.ask(), ward.ask(), ward.ask(), ward.ask()];
      let admitted: boolean[] = [];
      try {
        admitted = reader.read(calls.reserve('node', encodeAsks(asks))).map(({ ok }) => ok);
      } catch {
        failed++;
      }
      const passed = faults.count < faults.failAt;
      faults.failAt = passed ? Infinity : faults.failAt;
      const at = faults.failAt;
      faults.failAt = Infinity;
      // Whether it was admitted or not is not known to the caller of a failed one.
      calls.release(asks.map(({ call }) => call.id));
      const again = [ward.ask(), ward.ask(), ward.ask(), ward.ask()];
      expect(reader.read(calls.reserve('node', encodeAsks(again))).map(({ ok }) => ok)).toEqual([
        true,
        true,
        true,
        false,
      ]);
      calls.release(again.map(({ call }) => call.id));
      faults.failAt = at;
      if (passed) {
        expect(admitted).toEqual([true, true, true, false]);
        break;
      }
    }
    expect(failed).toBeGreaterThan(8);
    await reopened(async (store, now) => {
      expect(await now.states()).toEqual([
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
      ]);
      await now.verify();
      expect(await store.limits.abandonLost(now.nowMs)).toBe(0);
    });
  });

  test('while calls are settled: each row counts once when it is settled again', async () => {
    faults.after = after;
    const reader = new AnswerReader();
    let settled = 0;
    let failed = 0;
    for (let failAt = 1; settled < 60; failAt++) {
      const asks = [ward.ask({ inputTokens: 1, outputTokens: 9 }), ward.ask({ inputTokens: 1, outputTokens: 9 })];
      faults.failAt = Infinity;
      const answers = reader.read(calls.reserve('node', encodeAsks(asks)));
      const text = rowsText(asks.map((ask, index) => ward.row(ask, answers[index], 2)));
      faults.count = 0;
      faults.failAt = failAt;
      let passed = true;
      try {
        calls.settle(text, true);
      } catch {
        passed = false;
        failed++;
        faults.failAt = Infinity;
        calls.settle(text, true);
      }
      faults.failAt = Infinity;
      calls.settle(text, true);
      settled += 2;
      if (passed) break;
    }
    expect(failed).toBeGreaterThan(8);
    await reopened(async (_store, now) => {
      expect(await now.states()).toEqual([
        [settled, 0],
        [settled * 2, 0],
        [settled * 2, 0],
        [0, 0],
        [settled * 2, 0],
      ]);
      await now.verify();
    });
  });

  test('and a process that dies there leaves calls that the next one finds, charged once', async () => {
    faults.after = after;
    for (let failAt = 1; failAt < 30; failAt += 3) {
      faults.count = 0;
      faults.failAt = failAt;
      try {
        calls.reserve('dead', encodeAsks([ward.ask({ inputTokens: 1, outputTokens: 1 })]));
      } catch {
        // It is not there any more to be told.
      }
    }
    await reopened(async (store, now) => {
      await now.verify();
      const lost = await store.limits.abandonLost(now.nowMs);
      expect(await now.states()).toEqual([
        [lost, 0],
        [lost * 2, 0],
        [lost * 2, 0],
        [0, 0],
        [lost * 2, 0],
      ]);
      expect(await store.limits.abandoned(null, 99)).toHaveLength(lost);
      await now.verify();
    });
  });
});
