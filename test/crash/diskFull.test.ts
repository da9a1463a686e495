// The disk fills up under load: answers that cannot be recorded are refused or broken off, nothing is half done, and
// when there is room again it goes on by itself.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { mountSmallDisk } from '../kit/crashDisk.ts';
import { LOAD_MODEL, layOut } from '../kit/crashLayout.ts';
import { CrashProof, readSqlite, verifyBy } from '../kit/crashProof.ts';
import { startServer, until, type CrashServer } from '../kit/crashServer.ts';
import { callKey, newSeed, randomFrom, startLoad } from '../kit/load.ts';
import { startLoadUpstream, type LoadUpstream } from '../kit/loadUpstream.ts';

interface Disk {
  readonly dataDir: string;
  /** Runs the server on it. */
  start(): Promise<CrashServer>;
  fill(): void;
  /** Makes room; answers the server to go on with. */
  free(server: CrashServer): Promise<CrashServer>;
  remove(): void;
}

/** A disk of its own where that can be had, which is then filled while the server runs. */
function smallDisk(): Disk | undefined {
  const disk = mountSmallDisk(24);
  if (!disk) return undefined;
  return {
    dataDir: disk.folder,
    start: () => startServer({ env: { KEYWARD_DATA_DIR: disk.folder } }),
    fill: () => disk.fill(64 * 1024),
    async free(server) {
      disk.free();
      return server;
    },
    remove: () => disk.remove(),
  };
}

/** Everywhere but on Windows: no file of the server may grow beyond this, from its start on. */
function limitedFiles(): Disk {
  const dataDir = mkdtempSync(join(tmpdir(), 'keyward-full-'));
  const env = { KEYWARD_DATA_DIR: dataDir };
  return {
    dataDir,
    // In blocks of 512 bytes.
    start: () => startServer({ env, under: ['sh', '-c', 'ulimit -f 16384 && exec "$0" "$@"'] }),
    fill: () => undefined,
    async free(server) {
      await server.kill();
      return startServer({ env });
    },
    remove: () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

let upstream: LoadUpstream;
let server: CrashServer | undefined;
let disk: Disk;

afterEach(async () => {
  await server?.kill();
  server = undefined;
  disk.remove();
  await upstream.close();
});

test.each([
  // Where nobody may mount, the second way is all there is.
  ['the disk is full', () => smallDisk() ?? limitedFiles()],
  ['no file may grow', limitedFiles],
])('where %s answers are refused or broken off, and nothing is half done', { timeout: 120_000 }, async (_, make) => {
  const seed = newSeed();
  disk = make();
  upstream = await startLoadUpstream();
  server = await disk.start();
  const { keys, free } = await layOut(server, upstream.url);
  const proof = new CrashProof(readSqlite(disk.dataDir), keys);
  const values = keys.map(({ value }) => value);
  const load = startLoad({
    url: server.url,
    keys: [...values, free.value],
    model: LOAD_MODEL,
    workers: 16,
    random: randomFrom(seed),
  });
  await until(() => (load.seen.length > 50 ? true : undefined));
  disk.fill();
  // Until it is full for good.
  await until(
    () => (load.seen.slice(-20).every(({ code }) => code === 'store_unavailable') ? true : undefined),
    60_000,
  );
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  // A page that is in the journal's last block still finds room now and then, but not for ever.
  await until(async () => ((await fetch(`${server?.url}/readyz`)).status === 503 ? true : undefined));
  const failed = load.seen.filter(({ outcome }) => outcome === 'failed');
  expect(
    failed.filter(({ status, code }) => status !== 503 || code !== 'store_unavailable'),
    `SEED=${seed}`,
  ).toEqual([]);
  await load.stop();

  server = await disk.free(server);
  const { url } = server;
  await until(
    async () => ((await callKey(url, free.value, LOAD_MODEL)).outcome === 'complete' ? true : undefined),
    15_000,
  );
  await proof.settled(15_000);
  const after = startLoad({ url, keys: values, model: LOAD_MODEL, workers: 8, random: randomFrom(seed + 1) });
  await until(() => (after.seen.filter(({ outcome }) => outcome === 'complete').length > 20 ? true : undefined));
  await after.stop();
  await proof.prove([...load.seen, ...after.seen], verifyBy(server));
  process.stdout.write(`Disk full, SEED=${seed}: ${JSON.stringify(proof.tally)}\n`);
});
