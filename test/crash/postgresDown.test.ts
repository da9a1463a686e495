// Postgres itself dies by kill -9 under load: no answer passes for whole that is not recorded, nothing is admitted that
// should not be, and when it is back Keyward goes on by itself and pays what it owes.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOAD_MODEL, layOut, type LoadKey } from '../kit/crashLayout.ts';
import { CrashProof, readPostgres, verifyBy } from '../kit/crashProof.ts';
import { startServer, until, type CrashServer } from '../kit/crashServer.ts';
import { callKey, newSeed, randomFrom, startLoad } from '../kit/load.ts';
import { startLoadUpstream, type LoadUpstream } from '../kit/loadUpstream.ts';
import { start, type PostgresServer } from '../kit/postgres.ts';

const ROUNDS = 4;
const LEASE_MS = 600;
const seed = newSeed();
const random = randomFrom(seed);

let postgres: PostgresServer;
let dataDir: string;
let upstream: LoadUpstream;
let keys: LoadKey[];
let free: LoadKey;
let nodes: CrashServer[] = [];

beforeAll(async () => {
  postgres = await start({ durable: true });
  dataDir = mkdtempSync(join(tmpdir(), 'keyward-crash-'));
  upstream = await startLoadUpstream();
  const env = {
    DATABASE_URL: `${postgres.url}/postgres`,
    KEYWARD_DATA_DIR: dataDir,
    KEYWARD_SECRET: 'a-secret-for-all-nodes-of-this-test-0123',
  };
  nodes = [await startServer({ env, leaseMs: LEASE_MS }), await startServer({ env, leaseMs: LEASE_MS })];
  ({ keys, free } = await layOut(nodes[0]!, upstream.url));
  // The other learns of the model a moment later.
  await untilServed();
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.kill()));
  await upstream.close();
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test(
  `Postgres killed ${ROUNDS} times under load of two nodes: both recover by themselves (SEED=${seed})`,
  { timeout: 180_000 },
  async () => {
    const proof = new CrashProof(readPostgres(`${postgres.url}/postgres`), keys);
    const values = keys.map(({ value }) => value);
    for (let round = 0; round < ROUNDS; round += 1) {
      const loads = nodes.map(({ url }) => startLoad({ url, keys: values, model: LOAD_MODEL, workers: 8, random }));
      while (loads.some(({ seen }) => seen.length < 10)) await wait(2);
      await wait(random() * 200);
      await postgres.kill();
      const downMs = performance.now();
      // Shorter and longer than what nodes are given to be silent.
      await wait(round % 2 === 0 ? 200 : LEASE_MS * 2);
      // What was under way may have been recorded just before. Without the store nothing is admitted, and nothing hangs.
      const during = loads.flatMap(({ seen }) => seen.filter(({ startedMs }) => startedMs > downMs));
      expect(during.filter(({ status, code }) => status !== 503 || code !== 'store_unavailable')).toEqual([]);
      await postgres.restart();
      await untilServed();
      await wait(100);
      await Promise.all(loads.map((load) => load.stop()));
      await proof.settled(20 * LEASE_MS);
      await proof.prove(
        loads.flatMap((load) => load.seen),
        verifyBy(nodes[0]!),
      );
    }
    process.stdout.write(`Postgres down, SEED=${seed}: ${JSON.stringify(proof.tally)}\n`);
    expect(proof.tally.failed).toBeGreaterThan(0);
    // Both nodes lived all the time, so no call of theirs was lost: one that was refused for want of the store costs nothing.
    expect(proof.tally.abandoned).toBe(0);
  },
);

async function untilServed(): Promise<void> {
  for (const { url } of nodes)
    await until(
      async () => ((await callKey(url, free.value, LOAD_MODEL)).outcome === 'complete' ? true : undefined),
      15_000,
    );
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
