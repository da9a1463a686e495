// SIGTERM under load: calls under way may end within the drain time and are cut then, all are recorded, nothing is
// owed, and the process says 0.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { keyward } from '../cli/keyward.ts';
import { LOAD_MODEL, layOut } from '../kit/crashLayout.ts';
import { CrashProof, readPostgres, readSqlite } from '../kit/crashProof.ts';
import { startMain, type CrashServer } from '../kit/crashServer.ts';
import { callKey, newSeed, randomFrom, startLoad } from '../kit/load.ts';
import { startLoadUpstream, type LoadUpstream } from '../kit/loadUpstream.ts';
import { engines, newPlace, type StorePlace } from '../kit/stores.ts';

const DRAIN_SECONDS = 1;
const SECRET = 'a-secret-for-all-nodes-of-this-test-0123';

let place: StorePlace;
let dataDir: string;
let upstream: LoadUpstream;
let server: CrashServer | undefined;

afterEach(async () => {
  await server?.kill();
  server = undefined;
  await upstream.close();
  await place.clear();
  rmSync(dataDir, { recursive: true, force: true });
});

test.each(engines)('SIGTERM under load on %s leaves nothing unrecorded', { timeout: 120_000 }, async (engine) => {
  place = await newPlace(engine);
  dataDir = mkdtempSync(join(tmpdir(), 'keyward-stop-'));
  upstream = await startLoadUpstream();
  const env = {
    ...(place.url !== null && { DATABASE_URL: place.url }),
    KEYWARD_DATA_DIR: dataDir,
    KEYWARD_SECRET: SECRET,
    KEYWARD_DRAIN_SECONDS: String(DRAIN_SECONDS),
  };
  const reader = place.url === null ? readSqlite(dataDir) : readPostgres(place.url);
  const seed = newSeed();
  const random = randomFrom(seed);
  const started = await startMain({ env });
  server = started;
  const { keys, free } = await layOut(started, upstream.url);
  const proof = new CrashProof(reader, keys);
  const load = startLoad({
    url: started.url,
    keys: keys.map(({ value }) => value),
    model: LOAD_MODEL,
    workers: 24,
    random,
  });
  const call = (key: typeof free, parts: number) =>
    callKey(started.url, key.value, LOAD_MODEL, {
      streamed: true,
      plan: { key: keys.length, promptTokens: 20, completionTokens: 10, parts, delayMs: 50, ending: 'whole' },
    });
  await wait(400);
  // One that would end within the drain time, and some that would not.
  const short = call(free, 8);
  const long = [1, 2, 3].map(() => call(free, 100));
  await wait(200);
  const { code, tookMs } = await started.stop();
  await load.stop();
  expect({ code, seed, output: code === 0 ? '' : started.output() }).toEqual({ code: 0, seed, output: '' });
  expect(tookMs).toBeLessThan(DRAIN_SECONDS * 1000 + 4_000);

  const streams = await Promise.all([short, ...long]);
  expect(streams.map(({ outcome }) => outcome)).toEqual(['complete', 'broken', 'broken', 'broken']);
  const seen = [...load.seen, ...streams];
  expect(seen.filter(({ code }) => code === 'TIMEOUT')).toEqual([]);
  const reservations = await reader.read('select * from reservations');
  expect(reservations).toEqual([]);
  const ids = new Set(
    (await reader.read<{ id: string }>(`select id from ledger where outcome <> 'abandoned'`)).map(({ id }) => id),
  );
  expect(streams.filter(({ requestId }) => !ids.has(requestId ?? ''))).toEqual([]);
  await proof.prove(seen, async () => {
    const ran = await keyward(['ledger', 'verify', '--json'], { env });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    return JSON.parse(ran.stdout);
  });
  expect(proof.tally.abandoned).toBe(0);
  expect(proof.tally.complete).toBeGreaterThan(10);
});

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
