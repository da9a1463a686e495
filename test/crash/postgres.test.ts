// Promise 3 on many nodes: one of two dies by kill -9 under load while the other goes on. Its calls are found when its
// lease has run out, and nothing that a client saw complete is lost, nothing stays reserved, no limit is passed.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOAD_MODEL, layOut, type LoadKey } from '../kit/crashLayout.ts';
import { CrashProof, readPostgres, verifyBy } from '../kit/crashProof.ts';
import { prepareServer, startServer, stopInOrder, type CrashServer, type PreparedServer } from '../kit/crashServer.ts';
import { callKey, newSeed, randomFrom, startLoad } from '../kit/load.ts';
import { startLoadUpstream, type LoadUpstream } from '../kit/loadUpstream.ts';
import { newPlace, type StorePlace } from '../kit/stores.ts';

const ROUNDS = 30;
const LEASE_MS = 400;
const seed = newSeed();
const random = randomFrom(seed);

let place: StorePlace;
let dataDir: string;
let upstream: LoadUpstream;
let keys: LoadKey[];
let free: LoadKey;
let proof: CrashProof;
const nodes: CrashServer[] = [];
let prepared: PreparedServer | undefined;

const options = () => ({
  env: {
    DATABASE_URL: place.url ?? '',
    KEYWARD_DATA_DIR: dataDir,
    KEYWARD_SECRET: 'a-secret-for-all-nodes-of-this-test-0123',
  },
  leaseMs: LEASE_MS,
});

beforeAll(async () => {
  place = await newPlace('postgres');
  dataDir = mkdtempSync(join(tmpdir(), 'keyward-crash-'));
  upstream = await startLoadUpstream();
  const first = await startServer(options());
  ({ keys, free } = await layOut(first, upstream.url));
  await stopInOrder(first);
  proof = new CrashProof(readPostgres(place.url ?? ''), keys);
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.kill()));
  await prepared?.drop();
  await upstream.close();
  await place.clear();
  rmSync(dataDir, { recursive: true, force: true });
});

test(
  `kill -9 of one of two nodes ${ROUNDS} times under load loses nothing (SEED=${seed})`,
  { timeout: 300_000 },
  async () => {
    nodes.push(...(await Promise.all([startServer(options()), startServer(options())])));
    for (let round = 0; round < ROUNDS; round += 1) {
      prepared = prepareServer(options());
      const values = keys.map(({ value }) => value);
      const loads = nodes.map(({ url }) => startLoad({ url, keys: values, model: LOAD_MODEL, workers: 8, random }));
      while (random() < 0.8 && loads.some(({ seen }) => seen.length === 0)) await wait(2);
      await wait(20 + random() * 380);
      const [dead] = nodes.splice(random() < 0.5 ? 0 : 1, 1);
      await dead?.kill();
      // The other goes on meanwhile.
      const next = prepared.start();
      await wait(100);
      await Promise.all(loads.map((load) => load.stop()));
      const [alive] = nodes as [CrashServer];
      await proof.settled(15_000);
      const seen = loads.flatMap((load) => load.seen);
      await proof.prove(seen, verifyBy(alive));
      expect(upstream.calls, 'calls that reached the upstream, and are not in the ledger').toBeLessThanOrEqual(
        proof.tally.rows,
      );
      nodes.push(await next);
      for (const { url } of nodes)
        expect(await callKey(url, free.value, LOAD_MODEL)).toMatchObject({ outcome: 'complete' });
    }
    const { tally } = proof;
    process.stdout.write(`Postgres, SEED=${seed}: ${JSON.stringify(tally)}\n`);
    expect(tally.complete).toBeGreaterThan(ROUNDS);
    expect(tally.abandoned).toBeGreaterThan(0);
    expect(tally.refused).toBeGreaterThan(0);
  },
);

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
