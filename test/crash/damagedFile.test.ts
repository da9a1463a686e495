// A SQLite file that has lost a byte, a page or its head is refused by the real server with a clear sentence and exit
// code 1, and stays as it is for whoever repairs it; so too when a crash left a journal beside it.

import {
  closeSync,
  cpSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { integrityErrors } from '../../src/store/sqliteFiles.ts';
import { LOAD_MODEL, layOut } from '../kit/crashLayout.ts';
import { runServer, startServer, stopInOrder, until } from '../kit/crashServer.ts';
import { randomFrom, startLoad } from '../kit/load.ts';
import { startLoadUpstream } from '../kit/loadUpstream.ts';

const PAGE = 4096;
let folder: string;
/** A data folder after an orderly stop, one after kill -9, and one whose journal holds next to nothing. */
let stopped: string;
let killed: string;
let changed: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyward-damaged-'));
  [stopped, killed, changed] = [join(folder, 'stopped'), join(folder, 'killed'), join(folder, 'changed')] as const;
  const upstream = await startLoadUpstream();
  const first = await startServer({ env: { KEYWARD_DATA_DIR: stopped } });
  const { keys } = await layOut(first, upstream.url);
  await stopInOrder(first);
  cpSync(stopped, killed, { recursive: true });
  const second = await startServer({ env: { KEYWARD_DATA_DIR: killed } });
  const load = startLoad({
    url: second.url,
    keys: keys.map(({ value }) => value),
    model: LOAD_MODEL,
    workers: 8,
    random: randomFrom(1),
  });
  await until(() => (load.seen.length > 30 ? true : undefined));
  await second.kill();
  await load.stop();
  await upstream.close();
  const open = new DatabaseSync(join(stopped, 'keyward.db'));
  open.exec(`insert into meta (name, value) values ('test.changed', '1')`);
  cpSync(stopped, changed, { recursive: true });
  open.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function overwrite(path: string, at: number, bytes: Buffer): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

test('the journals are what the cases below take them for', () => {
  expect(statSync(join(killed, 'keyward.db-wal')).size).toBeGreaterThan(10 * PAGE);
  const size = statSync(join(changed, 'keyward.db-wal')).size;
  expect(size).toBeGreaterThan(PAGE);
  expect(size).toBeLessThan(5 * PAGE);
});

test.each([
  ['a byte is missing', (path: string) => truncateSync(path, statSync(path).size - 1), /has \d+ bytes and should have/],
  [
    'a page is missing',
    (path: string) => truncateSync(path, statSync(path).size - PAGE),
    /has \d+ bytes and should have/,
  ],
  [
    'half of it is missing',
    (path: string) => truncateSync(path, Math.floor(statSync(path).size / 2)),
    /has \d+ bytes and should have/,
  ],
  ['its head is garbage', (path: string) => overwrite(path, 0, Buffer.alloc(100, 0xa5)), /is not a SQLite database/],
])(
  'a database of which %s is refused and not touched, with and without a journal',
  { timeout: 60_000 },
  async (_, damage, words) => {
    for (const from of [stopped, changed]) {
      const dataDir = mkdtempSync(join(folder, 'case-'));
      cpSync(from, dataDir, { recursive: true });
      const path = join(dataDir, 'keyward.db');
      damage(path);
      const before = readFileSync(path);
      const { code, output } = await runServer({ env: { KEYWARD_DATA_DIR: dataDir } });
      expect({ from, code, output }).toMatchObject({ code: 1 });
      expect(output).toMatch(
        /^keyward: The database .*keyward\.db is damaged: .*Nothing was changed\. Restore it from a backup/,
      );
      expect(output).toMatch(words);
      expect(output.trimEnd().split('\n')).toHaveLength(1);
      expect(readFileSync(path).equals(before), `${from}: the file was changed`).toBe(true);
      rmSync(dataDir, { recursive: true });
    }
  },
);

test(
  'a database that was killed and then lost its end is refused, or mended by its journal, and never half',
  { timeout: 60_000 },
  async () => {
    let refused = 0;
    for (const pages of [1, 3, 10, 30]) {
      const dataDir = mkdtempSync(join(folder, 'case-'));
      cpSync(killed, dataDir, { recursive: true });
      const path = join(dataDir, 'keyward.db');
      truncateSync(path, statSync(path).size - pages * PAGE);
      const before = readFileSync(path);
      const server = await startServer({ env: { KEYWARD_DATA_DIR: dataDir } }).catch((error: unknown) => String(error));
      if (typeof server === 'string') {
        refused += 1;
        expect(server).toMatch(/ended with 1:\nkeyward: The database .* is damaged: .*Nothing was changed/);
        expect(readFileSync(path).equals(before)).toBe(true);
      } else {
        expect((await server.stop()).code).toBe(0);
        expect(integrityErrors(dataDir)).toEqual([]);
      }
      rmSync(dataDir, { recursive: true });
    }
    expect(refused).toBeGreaterThan(0);
  },
);

test('a database and its journal as kill -9 leaves them are opened, and whole', async () => {
  const dataDir = mkdtempSync(join(folder, 'case-'));
  cpSync(killed, dataDir, { recursive: true });
  const server = await startServer({ env: { KEYWARD_DATA_DIR: dataDir } });
  expect(await server.api('POST', '/ledger/verify', {})).toMatchObject({ differences: 0 });
  expect((await server.stop()).code).toBe(0);
  expect(integrityErrors(dataDir)).toEqual([]);
});
