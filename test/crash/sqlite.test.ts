// Promise 3: kill -9 at any moment under load, then restart: what a client saw complete is in the ledger, the counters
// are what the ledger says, nothing stays reserved, no limit is passed.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOAD_MODEL, layOut, type LoadKey } from '../kit/crashLayout.ts';
import { CrashProof, readSqlite, verifyBy } from '../kit/crashProof.ts';
import { prepareServer, startServer, stopInOrder, type CrashServer, type PreparedServer } from '../kit/crashServer.ts';
import { callKey, newSeed, randomFrom, startLoad } from '../kit/load.ts';
import { startLoadUpstream, type LoadUpstream } from '../kit/loadUpstream.ts';

const ROUNDS = 30;
const seed = newSeed();
const random = randomFrom(seed);

let dataDir: string;
let upstream: LoadUpstream;
let keys: LoadKey[];
let free: LoadKey;
let proof: CrashProof;
let server: CrashServer | undefined;
let next: PreparedServer | undefined;

const options = () => ({ env: { KEYWARD_DATA_DIR: dataDir } });

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'keyward-crash-'));
  upstream = await startLoadUpstream();
  const first = await startServer(options());
  ({ keys, free } = await layOut(first, upstream.url));
  await stopInOrder(first);
  proof = new CrashProof(readSqlite(dataDir), keys);
});
afterAll(async () => {
  await next?.drop();
  await server?.kill();
  await upstream.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test(
  `kill -9 under load ${ROUNDS} times on one SQLite file loses nothing (SEED=${seed})`,
  { timeout: 300_000 },
  async () => {
    server = await startServer(options());
    for (let round = 0; round < ROUNDS; round += 1) {
      // Loads its code while this one is under load, and touches nothing.
      next = prepareServer(options());
      const load = startLoad({
        url: server.url,
        keys: keys.map(({ value }) => value),
        model: LOAD_MODEL,
        workers: 16,
        random,
      });
      // Mostly while calls are in every phase; now and then while the first are being admitted.
      while (random() < 0.8 && load.seen.length === 0) await wait(2);
      await wait(20 + random() * 380);
      await server.kill();
      await load.stop();

      server = await next.start();
      await proof.settled(2_000);
      await proof.prove(load.seen, verifyBy(server));
      expect(upstream.calls, 'calls that reached the upstream, and are not in the ledger').toBeLessThanOrEqual(
        proof.tally.rows,
      );
      expect(await callKey(server.url, free.value, LOAD_MODEL)).toMatchObject({ outcome: 'complete' });
    }
    const { mostOpen } = upstream;
    for (const [key, { mostAtOnce }] of keys.entries())
      if (mostAtOnce !== null) expect(mostOpen.get(key) ?? 0).toBeLessThanOrEqual(mostAtOnce);
    const { tally } = proof;
    process.stdout.write(`SQLite, SEED=${seed}: ${JSON.stringify(tally)}\n`);
    expect(tally.complete).toBeGreaterThan(ROUNDS);
    expect(tally.abandoned).toBeGreaterThan(0);
    expect(tally.refused).toBeGreaterThan(0);
  },
);

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
