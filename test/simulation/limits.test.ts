import { expect, test } from 'vitest';
import { MemoryLimits } from '../kit/memoryLimits.ts';
import { Dice } from '../kit/random.ts';
import { Simulation } from '../kit/simulation.ts';
import { placeOf } from '../kit/simWorld.ts';

// Promise 2: for every limit and every moment settled + reserved <= amount, and the ledger says the same. Lives that
// nobody would think of, each from a seed; one that fails is had again with KEYWARD_SIMULATION_SEED.

const STEPS = 150;
const LIVES = 640;

/** Ids in the order they are made. */
export function counting(): (prefix: string) => string {
  let made = 0;
  return (prefix) => `${prefix}_${String((made += 1)).padStart(8, '0')}`;
}

async function live(seed: number, steps: number): Promise<void> {
  const newId = counting();
  const place = placeOf('acc_1', ['prj_1', 'prj_2'], 'tpl_1', () => newId('key'));
  const limits = new MemoryLimits(place.keys);
  let nodes = 1;
  await Simulation.run(
    {
      dice: new Dice(seed),
      place,
      newId,
      limits,
      async restart(nowMs) {
        limits.nodeId = `node_${(nodes += 1)}`;
        await limits.abandonLost(nowMs);
      },
      rows: async () => limits.rows,
    },
    steps,
  );
}

const given = process.env['KEYWARD_SIMULATION_SEED'];
const fresh = Math.floor(Math.random() * 2 ** 31);
const seeds =
  given === undefined
    ? [...Array.from({ length: LIVES - 60 }, (_, at) => at + 1), ...Array.from({ length: 60 }, (_, at) => fresh + at)]
    : [Number(given)];

test(
  `${seeds.length * STEPS} steps through the real admission, relay and settlement, seeds ${seeds[0]} to ${seeds.at(-1)}`,
  { timeout: 240_000 },
  async () => {
    for (const seed of seeds) await live(seed, STEPS);
    expect(seeds.length * STEPS).toBeGreaterThanOrEqual(given === undefined ? 90_000 : STEPS);
  },
);
