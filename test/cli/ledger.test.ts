import { DatabaseSync } from 'node:sqlite';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { made, ROOT_KEY, startTestApp, type TestApp } from '../kit/app.ts';
import { newPlace } from '../kit/stores.ts';
import { atTerminal, callStatus, keyward, operatorOf, type Ran } from './keyward.ts';

let folder: string;
let app: TestApp | undefined;
/** The limit that counts one call. */
let limitId: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyward-ledger-'));
});
afterEach(async () => {
  await app?.stop();
  app = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** A server whose first key has a limit and has been used once. */
async function startUsed(env: Record<string, string> = {}): Promise<TestApp> {
  app = await startTestApp({ dataDir: folder, env });
  const { body } = await app.api<{ data: { id: string }[] }>('GET', '/projects');
  const limits = [{ unit: 'requests', amount: 100, window: { kind: 'lifetime' } }];
  const key = await made(app, `/projects/${body.data[0]?.id}/keys`, { name: 'used', scope: { mode: 'all' }, limits });
  expect(await callStatus(app, key.value)).toBe(200);
  const listed = await app.api<{ data: { id: string }[] }>('GET', `/keys/${key.id}/limits`);
  limitId = listed.body.data[0]?.id ?? '';
  return app;
}

async function stop(): Promise<void> {
  await app?.stop();
  app = undefined;
}

/** What no code does: a counter that is not what the ledger says. */
function tamper(): void {
  const database = new DatabaseSync(join(folder, 'keyward.db'));
  expect(database.prepare('update counters set settled = 5 where limit_id = ?').run(limitId).changes).toBe(1);
  database.close();
}

const verify = (env: Record<string, string>, ...args: string[]): Promise<Ran> =>
  atTerminal(['ledger', 'verify', ...args], { KEYWARD_DATA_DIR: folder, ...env });

describe('ledger verify, where no server runs', () => {
  test('opens the store itself, without a key: 0 and one line where nothing differs', async () => {
    await startUsed();
    await stop();
    const ran = await keyward(['ledger', 'verify'], { env: { KEYWARD_DATA_DIR: folder } });
    expect(ran).toEqual({ code: 0, stdout: 'Every counter is what the ledger says.\n', stderr: '' });
  });

  test('1 and a report where a counter differs; nothing is changed until it is told to repair', async () => {
    await startUsed();
    await stop();
    tamper();
    const found = await verify({});
    expect(found.code).toBe(1);
    const line = found.stdout.split('\n').find((text) => text.startsWith(limitId));
    expect(line).toMatch(/ 5 +1$/);
    expect(found.stdout).toMatch(/1 counter differs?\. Nothing was changed; `keyward ledger verify --repair`/);
    const json = JSON.parse((await verify({}, '--json')).stdout);
    expect(json).toMatchObject({ differences: 1, repaired: false, data: [{ limitId, stored: { settled: '5' } }] });
    const repaired = await verify({}, '--repair');
    expect([repaired.code, repaired.stdout]).toEqual([0, expect.stringContaining('has been written')]);
    expect((await verify({})).code).toBe(0);
  });

  test('says what to do where there is no store and no server', async () => {
    const ran = await verify({});
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toMatch(/no store here.*--url/);
  });

  test('a store that cannot be opened fails', async () => {
    await startUsed();
    await stop();
    await writeFile(join(folder, 'keyward.db'), 'x'.repeat(8192));
    const ran = await verify({});
    expect([ran.code, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toMatch(/damaged/);
  });
});

describe('ledger verify, where a server holds the store', () => {
  test('asks that server, with an operator’s key', async () => {
    const server = await startUsed();
    const port = new URL(server.url).port;
    const without = await verify({ PORT: port });
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('operator’s key')]);
    const ran = await verify({ PORT: port, KEYWARD_ROOT_KEY: ROOT_KEY });
    expect([ran.code, ran.stdout]).toEqual([0, 'Every counter is what the ledger says.']);
    tamper();
    expect((await verify({ PORT: port, KEYWARD_ROOT_KEY: ROOT_KEY })).code).toBe(1);
    expect((await verify(operatorOf(server), '--repair')).code).toBe(0);
    expect((await verify({ KEYWARD_MANAGEMENT_KEY: ROOT_KEY }, '--url', server.url)).code).toBe(0);
  });

  test('is refused like any other call where the key may not', async () => {
    const server = await startUsed();
    const { body } = await server.api<{ data: { id: string }[] }>('GET', '/projects');
    const key = await made(server, `/projects/${body.data[0]?.id}/keys`, { name: 'm', class: 'management' });
    const ran = await verify({ KEYWARD_URL: server.url, KEYWARD_MANAGEMENT_KEY: key.value });
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('operator')]);
  });
});

test('ledger verify on Postgres needs no server to stop', async () => {
  const place = await newPlace('postgres');
  try {
    await startUsed({ DATABASE_URL: place.url ?? '' });
    const secret = 'a-secret-of-more-than-32-characters-for-all';
    const env = { DATABASE_URL: place.url ?? '', KEYWARD_SECRET: secret };
    expect((await verify(env)).code).toBe(0);
    await place.sql('update counters set settled = 5 where limit_id = $1', [limitId]);
    expect((await verify(env)).code).toBe(1);
    expect((await verify(env, '--repair')).code).toBe(0);
    expect((await verify(env)).code).toBe(0);
    await stop();
  } finally {
    await place.clear();
  }
});
