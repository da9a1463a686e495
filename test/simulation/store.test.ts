import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LedgerRow } from '../../src/core/ledger.ts';
import type { Store } from '../../src/core/ports.ts';
import { MemoryLimits } from '../kit/memoryLimits.ts';
import { Dice } from '../kit/random.ts';
import { Simulation } from '../kit/simulation.ts';
import { placeOf } from '../kit/simWorld.ts';
import { newId, newKey, newPlace, newTenant, type StorePlace } from '../kit/stores.ts';
import { twinLimits } from '../kit/twinLimits.ts';

// The same lives on a real SQLite store, which is closed and opened again meanwhile, with the double of the other test
// beside it: every answer of the store has to be the double's, so that what the many lives there prove holds here.

const STEPS = 1500;
const given = process.env['KEYWARD_SIMULATION_SEED'];
const fresh = Math.floor(Math.random() * 2 ** 31);
const seeds = given === undefined ? [1, 2, 3, 4, 5, 6, fresh] : [Number(given)];

let where: StorePlace;
let store: Store;
// One each: a whole store is held against its ledger, as of the time at which the life in it ended.
beforeEach(async () => {
  where = await newPlace('sqlite');
  store = await where.open();
});
afterEach(async () => {
  await store.close();
  await where.clear();
});

/** In the order they are made, whichever life they are of. */
let made = 0;
const numbered = (prefix: string): string => `${prefix}_${String((made += 1)).padStart(10, '0')}`;

async function ledgerOf(accountId: string): Promise<readonly LedgerRow[]> {
  const rows: LedgerRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.ledger.requests({
      accountId,
      projectId: null,
      fromMs: 0,
      toMs: 4e12,
      limit: 100,
      ...(cursor !== undefined && { cursor }),
    });
    rows.push(...page.data);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

test.each(seeds)(
  `${STEPS} steps on SQLite, seed %i: the store answers as its double, counters are what the ledger says`,
  { timeout: 240_000 },
  async (seed) => {
    const { account, project } = await newTenant(store);
    const second = { ...project, id: newId('prj') };
    await store.projects.create(second);
    const template = { id: newId('tpl'), accountId: account.id, name: 'shared', createdAtMs: 0 };
    await store.limits.createTemplate(template, []);
    const place = placeOf(account.id, [project.id, second.id], template.id, () => newId('key'));
    for (const { keyId, projectId, templateId } of place.keys)
      await newKey(store, projectId === project.id ? project : second, { id: keyId, limitTemplateId: templateId });

    const double = new MemoryLimits(place.keys);
    let restarts = 0;
    const endMs = await Simulation.run(
      {
        dice: new Dice(seed),
        place,
        newId: numbered,
        limits: twinLimits(() => store.limits, double),
        async restart(nowMs) {
          restarts += 1;
          await store.close();
          store = await where.open();
          double.nodeId = `node_${restarts + 1}`;
          expect(await store.limits.abandonLost(nowMs)).toBe(await double.abandonLost(nowMs));
        },
        rows: () => ledgerOf(account.id),
        looksAtAll: false,
      },
      STEPS,
    );
    expect(restarts).toBeGreaterThan(0);
    expect(await store.limits.verify({ repair: false, nowMs: endMs })).toEqual([]);
  },
);
