import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CounterDifference } from '../../src/core/limitStore.ts';
import type { Store } from '../../src/core/ports.ts';
import { HOUR_MS, NOON_MS, UNITS, WINDOWS, Ward, dump } from '../kit/limits.ts';
import { openStore } from '../../src/store/open.ts';
import { engines, newId, newPlace, testCipher, type StorePlace } from '../kit/stores.ts';

const NODE = 'node_1';

describe.each(engines)('the proof of the counters on %s', (engine) => {
  let place: StorePlace;
  let store: Store;
  let ward: Ward;

  beforeAll(async () => {
    place = await newPlace(engine);
    store = await open();
  });
  beforeEach(async () => {
    ward = await Ward.open(store, place);
  });
  afterAll(async () => {
    await store.close();
    await place.clear();
  });

  const open = () => openStore({ url: place.url, dataDir: place.dataDir, cipher: testCipher, nodeId: NODE });
  const verify = (repair: boolean) => store.limits.verify({ repair, nowMs: ward.nowMs });

  /** The differences of one limit: what is injected is everywhere. */
  async function found(limitId: string, repair = false): Promise<CounterDifference[]> {
    return (await verify(repair)).filter((difference) => difference.limitId === limitId);
  }

  /** Changes tables behind the store's back. */
  async function inject(text: string): Promise<void> {
    await store.close();
    if (engine === 'postgres') await place.sql(text);
    else {
      const database = new DatabaseSync(join(place.dataDir, 'keyward.db'));
      database.exec(text);
      database.close();
    }
    store = await open();
    ward = new Ward(store, place, ward.key);
    await ward.at(NOON_MS + 10);
  }

  describe.each(WINDOWS)('over a $kind window', (window) => {
    test.each([
      ['settled too high', 'update counters set settled = settled + 5'],
      ['settled too low', 'update counters set settled = settled - 5'],
      ['a leaked reservation', 'update counters set reserved = reserved + 7'],
      ['a lost reservation', 'update counters set reserved = 0'],
      ['a lost counter', 'delete from counters'],
      ['a counter in another slot', 'update counters set slot_ms = slot_ms + 3'],
      ['another charge', 'update ledger set charged_tokens = charged_tokens - 20'],
      ['a lost ledger row', 'delete from ledger'],
      ['a lost call', 'delete from reservations'],
    ])('%s is found, named and mended', async (_, text) => {
      const limit = await ward.add('tokens', 1_000, { window });
      await ward.call(30);
      const open = ward.ask();
      const [answer] = await ward.reserve(open);
      await inject(text);
      const differences = await found(limit.id);
      expect(differences.length).toBeGreaterThan(0);
      for (const { subjectId, stored, derived } of differences) {
        expect(subjectId).toBe(ward.key.id);
        expect(stored).not.toEqual(derived);
      }
      expect(await found(limit.id)).toEqual(differences);
      expect(await found(limit.id, true)).toEqual(differences);
      expect(await verify(true)).toEqual([]);
      await ward.settle(ward.row(open, answer, 10));
      await ward.call(10);
      await ward.verify();
    });
  });

  test('a counter of no limit, or of one that does not apply to its subject, is found and removed', async () => {
    const limit = await ward.add('requests', 5);
    await ward.call();
    const strays = [
      ['lim_none', ward.key.id],
      [limit.id, 'key_other'],
    ];
    for (const [limitId, subjectId] of strays)
      await inject(`insert into counters values ('${limitId}', '${subjectId}', 0, 3, 0)`);
    const all = await verify(true);
    expect(
      all.map(({ limitId, subjectId, derived }) => [limitId, subjectId, derived.settled]).toSorted(byText),
    ).toEqual(strays.map(([limitId, subjectId]) => [limitId, subjectId, 0n]).toSorted(byText));
    await ward.verify();
    expect(await ward.states()).toEqual([[1, 0]]);
  });

  test('it looks at keys, their templates, projects and accounts, and leaves what is right alone', async () => {
    const template = { id: newId('tpl'), accountId: ward.key.accountId, name: 't', createdAtMs: 1 };
    await store.limits.createTemplate(template, []);
    await store.keys.update(ward.key.id, { limitTemplateId: template.id }, NOON_MS);
    const other = await ward.sibling({ limitTemplateId: template.id });
    for (const unit of UNITS)
      for (const subject of [
        ward.subject(),
        ward.subject('project'),
        ward.subject('account'),
        { type: 'template', id: template.id } as const,
      ])
        await ward.add(unit, 1_000, { subject, window: WINDOWS[UNITS.indexOf(unit)]! });
    await ward.call(10);
    await other.call(20);
    await other.reserve(other.ask());
    await ward.verify();
    const before = await dump(place);
    expect(await verify(true)).toEqual([]);
    expect(await dump(place)).toEqual(before);
    await inject('update counters set settled = settled + 1');
    // Four subjects, the template's twice, and one unit that is never settled: for the key with nothing open it has no counter.
    expect(
      (await verify(true)).map(({ subjectId }) => subjectId).filter((id) => id === ward.key.accountId),
    ).toHaveLength(3);
    await ward.verify();
  });

  test('sessions whose counters are gone are told from the ledger, one after the other', async () => {
    const limit = await ward.add('requests', 9, { window: { kind: 'session', windowMs: HOUR_MS } });
    for (const minute of [0, 59, 61, 125, 190, 200]) {
      await ward.at(NOON_MS + minute * 60_000);
      await ward.call(1);
    }
    const before = await ward.states();
    await inject(`delete from counters where limit_id = '${limit.id}'`);
    await ward.at(NOON_MS + 201 * 60_000);
    expect(await ward.states()).toEqual([[0, 0]]);
    expect(await found(limit.id, true)).toMatchObject([{ slotMs: NOON_MS + 190 * 60_000, derived: { settled: 2n } }]);
    expect(await ward.states()).toEqual(before);
    await ward.verify();
  });

  test('it finds nothing while calls go on, and what it mends meanwhile stays right', async () => {
    for (const [index, unit] of UNITS.entries()) await ward.add(unit, 100_000, { window: WINDOWS[index]! });
    await ward.call();
    await inject('update counters set settled = settled + 3');
    let going = true;
    const load = Array.from({ length: 4 }, async () => {
      while (going) await ward.call(7);
    });
    expect((await verify(true)).length).toBeGreaterThan(0);
    for (let round = 0; round < 10; round++) expect(await verify(round % 2 === 0)).toEqual([]);
    going = false;
    await Promise.all(load);
    await ward.verify();
  });

  test('counters that have long stopped counting are tidied away, the others are not', async () => {
    const limits: string[] = [];
    for (const window of WINDOWS) limits.push((await ward.add('tokens', 1_000_000, { window })).id);
    const open = ward.ask();
    for (let day = 0; day < 6; day++) {
      await ward.at(NOON_MS + day * 24 * HOUR_MS);
      if (day === 2) await ward.reserve(open);
      await ward.call(10);
      await ward.call(10);
    }
    const slots = async () =>
      (await dump(place))['counters']!.filter((row) => limits.includes(String(row['limit_id']))).length;
    expect(await slots()).toBe(3 * 6 + 1);
    const before = await ward.states();
    await store.limits.renewLease(NODE, HOUR_MS);
    await store.limits.abandonLost(ward.nowMs);
    // The last two days of each, that of the open call, and the lifetime.
    expect(await slots()).toBe(3 * 3 + 1);
    expect(await ward.states()).toEqual(before);
    await ward.verify();
  });
});

function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1;
}
