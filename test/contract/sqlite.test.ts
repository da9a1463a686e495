import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../src/core/ports.ts';
import { integrityErrors } from '../../src/store/sqliteFiles.ts';
import { newPlace, newTenant, rowIn, type StorePlace } from '../kit/stores.ts';

let place: StorePlace;
const file = (name: string) => join(place.dataDir, name);
const everything = { accountId: null, projectId: null, fromMs: 0, toMs: 4_000_000_000_000 };

beforeEach(async () => {
  place = await newPlace('sqlite');
});
afterEach(() => place.clear());

describe('the data folder', () => {
  test('is made for its owner alone, and so is every file in it', async () => {
    place = { ...place, dataDir: join(place.dataDir, 'new', 'data') };
    const folder = await newPlaceIn(place);
    const store = await folder.open();
    await store.check();
    expect(statSync(folder.dataDir).mode & 0o777).toBe(0o700);
    const names = readdirSync(folder.dataDir);
    expect(names.toSorted()).toEqual(['keyward.db', 'keyward.db-shm', 'keyward.db-wal', 'keyward.lock', 'keyward.pid']);
    expect(names.filter((name) => (statSync(join(folder.dataDir, name)).mode & 0o777) !== 0o600)).toEqual([]);
    await store.close();
  });

  test('is refused to a second store of the same process, until the first is closed', async () => {
    const first = await place.open();
    await expect(place.open()).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringMatching(/already in use by this process/) as string,
    });
    await first.check();
    await first.close();
    const second = await place.open();
    await second.close();
  });

  test('is refused to a second process, naming folder, pid and ways out; free after kill -9, with every promised row', async () => {
    const first = startHolder(place.dataDir);
    await first.line('req_5_13');
    await expect(place.open()).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining(
        `${place.dataDir} is already in use by another Keyward process (pid ${first.process.pid}). Stop it first`,
      ) as string,
    });
    const second = startHolder(place.dataDir);
    expect(await second.ended()).toContain(`refused: The data folder ${place.dataDir} is already in use`);

    first.process.kill('SIGKILL');
    const promised = (await first.ended()).split('\n').filter((line) => /^req_\d+_\d+$/.test(line));
    expect(promised.length).toBeGreaterThanOrEqual(6 * 14);
    const store = await place.open();
    const stored = new Set<string>();
    let cursor: string | null = null;
    do {
      const page = await store.ledger.requests({ ...everything, limit: 500, ...(cursor !== null && { cursor }) });
      for (const { id } of page.data) stored.add(id);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(promised.filter((id) => !stored.has(id))).toEqual([]);
    // No batch was written in part.
    expect(stored.size % 14).toBe(0);
    await store.close();
  });

  test('that cannot be used says why', async () => {
    writeFileSync(file('occupied'), '');
    place = { ...place, dataDir: file('occupied') };
    await expect((await newPlaceIn(place)).open()).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('cannot be created') as string,
    });
  });
});

describe('a database file', () => {
  const refused = (words: string) => ({
    code: 'store_unavailable',
    message: expect.stringMatching(new RegExp(`keyward\\.db is damaged: .*${words}.*Nothing was changed`)) as string,
  });

  beforeEach(async () => {
    const store = await place.open();
    const { project } = await newTenant(store);
    await store.ledger.append(Array.from({ length: 500 }, () => rowIn(project)));
    await store.close();
  });

  test('that is whole opens again, with everything in it, and passes the full check', async () => {
    const store = await place.open();
    expect((await store.ledger.usage({ ...everything, groupBy: [] }))[0]).toMatchObject({ requests: 500 });
    expect(integrityErrors(place.dataDir)).toEqual([]);
    await store.check();
    await store.close();
  });

  test.each([
    [
      'has lost its end',
      () => truncateSync(file('keyward.db'), statSync(file('keyward.db')).size - 4096),
      'has \\d+ bytes and should have \\d+',
    ],
    ['ends within a page', () => truncateSync(file('keyward.db'), 6000), 'bytes and should have'],
    ['ends within its header', () => truncateSync(file('keyward.db'), 50), 'cut off'],
    ['is empty', () => truncateSync(file('keyward.db'), 0), 'empty'],
    ['is something else', () => writeFileSync(file('keyward.db'), 'x'.repeat(8192)), 'not a SQLite database'],
    [
      'is another program’s',
      () => {
        const other = new DatabaseSync(file('keyward.db'));
        other.exec('pragma application_id = 7');
        other.close();
      },
      'another program',
    ],
    ['has a broken first page', () => overwrite(file('keyward.db'), 100, 2000), 'malformed'],
  ])('that %s is refused, untouched, and the folder is free again', async (_, damage, words) => {
    damage();
    const before = readFileSync(file('keyward.db'));
    await expect(place.open()).rejects.toMatchObject(refused(words));
    expect(readFileSync(file('keyward.db')).equals(before)).toBe(true);
    await expect(place.open()).rejects.toMatchObject(refused(words));
  });

  test('damage further in is found by the full check', () => {
    overwrite(file('keyward.db'), statSync(file('keyward.db')).size - 4096 * 3, 4096);
    expect(integrityErrors(place.dataDir)).not.toEqual([]);
  });

  test('that is gone while its journal is there is not replaced by an empty one', async () => {
    const folder = join(place.dataDir, 'left');
    mkdirSync(folder);
    appendFileSync(join(folder, 'keyward.db-wal'), 'x');
    await expect((await newPlaceIn({ ...place, dataDir: folder })).open()).rejects.toMatchObject(refused('missing'));
    expect(existsSync(join(folder, 'keyward.db'))).toBe(false);
  });
});

test('a long report delays neither a commit nor a look-up', async () => {
  const store = await place.open();
  const { project } = await newTenant(store);
  const rows = Array.from({ length: 20_000 }, (_, index) =>
    rowIn(project, { keyId: `key_${index}`, startedAtMs: index * 60_000 }),
  );
  await store.ledger.append(rows);
  let reported = false;
  const report = usageOften(store).then(() => (reported = true));
  for (let index = 0; index < 20; index++) {
    await store.ledger.append([rowIn(project)]);
    await store.keys.findByHashes(['none']);
  }
  expect(reported).toBe(false);
  await report;
  await store.close();
});

/** Reports one after another on the same connection: some hundred milliseconds of work. */
async function usageOften(store: Store): Promise<void> {
  await Promise.all(Array.from({ length: 4 }, () => store.ledger.usage({ ...everything, groupBy: ['key', 'day'] })));
}

async function newPlaceIn(at: StorePlace): Promise<StorePlace> {
  const { openStore } = await import('../../src/store/open.ts');
  const { testCipher } = await import('../kit/stores.ts');
  return { ...at, open: () => openStore({ url: null, dataDir: at.dataDir, cipher: testCipher }) };
}

function overwrite(path: string, from: number, length: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, from, from + length);
  writeFileSync(path, bytes);
}

interface Holder {
  readonly process: ChildProcess;
  line(text: string): Promise<void>;
  ended(): Promise<string>;
}

function startHolder(dataDir: string): Holder {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./holder.ts', import.meta.url)), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => (said += part));
  const closed = once(child, 'close');
  return {
    process: child,
    async line(text) {
      while (!said.split('\n').slice(0, -1).includes(text)) {
        if (child.exitCode !== null) throw new Error(`The process ended: ${said}`);
        await Promise.race([once(child.stdout, 'data'), closed]);
      }
    },
    async ended() {
      await closed;
      return said;
    },
  };
}
