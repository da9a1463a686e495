import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { made, ROOT_KEY, startTestApp, type TestApp } from '../kit/app.ts';
import { newPlace } from '../kit/stores.ts';
import { atTerminal, keyward } from './keyward.ts';

let folder: string;
let app: TestApp | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyward-doctor-'));
});
afterEach(async () => {
  await app?.stop();
  app = undefined;
  await rm(folder, { recursive: true, force: true });
});

interface Report {
  readonly code: number | null;
  readonly found: { check: string; outcome: string; detail: string; fix?: string }[];
}

async function doctor(env: Record<string, string> = {}, ...args: string[]): Promise<Report> {
  const { code, stdout } = await atTerminal(['doctor', '--json', ...args], { KEYWARD_DATA_DIR: folder, ...env });
  return { code, found: JSON.parse(stdout).findings };
}

function outcomes({ found }: Report): string[] {
  return found.map(({ check, outcome }) => `${check}: ${outcome}`);
}

/** A store as a first start leaves it. */
async function makeStore(): Promise<void> {
  const started = await startTestApp({ dataDir: folder });
  await started.stop();
}

test('before the first start all is well, and nothing is made', async () => {
  const ran = await keyward(['doctor'], {
    env: { KEYWARD_DATA_DIR: join(folder, 'none'), KEYWARD_ROOT_KEY: ROOT_KEY },
  });
  expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 0, stderr: '' });
  expect(ran.stdout).toMatch(/^ok {7}node {13}Node 26/m);
  expect(ran.stdout).toContain('set: KEYWARD_DATA_DIR, KEYWARD_ROOT_KEY;');
  expect(ran.stdout).toMatch(/no failures, no warnings\.\n$/);
  expect(ran.stdout).not.toContain(ROOT_KEY);
  expect(existsSync(join(folder, 'none'))).toBe(false);
  expect((await doctor()).code).toBe(0);
  expect(existsSync(join(folder, 'secret'))).toBe(false);
});

test('every fault of the settings is listed, without values of secrets, and exits 2', async () => {
  const env = { KEYWARD_SECRET: 'short-secret', PORT: 'eighty', KEYWARD_PROT: '1' };
  const report = await doctor(env);
  expect(report.code).toBe(2);
  expect(outcomes(report)).toEqual([
    'node: ok',
    'settings: failed',
    'settings: failed',
    'settings: failed',
    'the rest: skipped',
  ]);
  expect(JSON.stringify(report.found)).not.toContain('short-secret');
});

test('a stopped installation is checked through its files: store, secret, providers, every page', async () => {
  await makeStore();
  const report = await doctor({}, '--deep');
  expect(outcomes(report)).toEqual([
    'node: ok',
    'settings: ok',
    'data folder: ok',
    'disk: ok',
    'trusted proxies: ok',
    'store: ok',
    'server secret: ok',
    'provider demo: ok',
    'integrity: ok',
    'clock: ok',
  ]);
  expect(report.code).toBe(0);
  expect((await doctor()).code, 'the store is given back').toBe(0);
});

test('a running server that holds the store is no failure: its readiness and its providers are asked instead', async () => {
  app = await startTestApp({ dataDir: folder });
  const closed = await freePort();
  await made(app, '/providers', {
    name: 'down',
    kind: 'openai',
    baseUrl: `http://127.0.0.1:${closed}/v1`,
    credential: 'upstream-secret',
  });
  const env = { KEYWARD_URL: app.url };
  const without = await doctor(env);
  expect(outcomes(without)).toContain('store: ok');
  expect(outcomes(without)).toContain('providers: skipped');
  expect(without.code).toBe(0);
  const report = await doctor({ ...env, KEYWARD_MANAGEMENT_KEY: ROOT_KEY }, '--deep');
  for (const line of ['store: ok', 'provider demo: ok', 'provider down: failed', 'integrity: ok'])
    expect(outcomes(report)).toContain(line);
  expect(report.code).toBe(1);
  expect(JSON.stringify(report.found)).not.toMatch(new RegExp(`upstream-secret|${ROOT_KEY}`));
  const elsewhere = await doctor({ KEYWARD_URL: `http://127.0.0.1:${closed}` });
  expect(outcomes(elsewhere)).toContain('store: failed');
  expect(elsewhere.code).toBe(1);
});

test('a provider is called directly where no server runs', async () => {
  app = await startTestApp({ dataDir: folder });
  await made(app, '/providers', { name: 'down', kind: 'openai', baseUrl: `http://127.0.0.1:${await freePort()}/v1` });
  await app.stop();
  app = undefined;
  expect(outcomes(await doctor())).toContain('provider down: failed');
});

test('a wrong or lost server secret is a failure, and no new one is made', async () => {
  await makeStore();
  const wrong = await doctor({ KEYWARD_SECRET: 'another-secret-of-more-than-32-characters' });
  expect(outcomes(wrong)).toContain('server secret: failed');
  expect(JSON.stringify(wrong.found)).not.toContain('another-secret');
  await rename(join(folder, 'secret'), join(folder, 'kept'));
  const lost = await doctor();
  expect(outcomes(lost)).toContain('server secret: failed');
  expect(lost.code).toBe(1);
  expect(existsSync(join(folder, 'secret'))).toBe(false);
});

test('files that others may read are warned about, with the command that mends it', async () => {
  await makeStore();
  await chmod(join(folder, 'secret'), 0o644);
  const report = await doctor();
  expect(report.found).toContainEqual(
    expect.objectContaining({ check: 'data folder', outcome: 'warning', fix: `chmod 600 ${join(folder, 'secret')}` }),
  );
  expect(report.code, 'a warning is no failure').toBe(0);
});

test('a damaged database is a failure that says so', async () => {
  await makeStore();
  const file = await open(join(folder, 'keyward.db'), 'r+');
  await file.write(Buffer.alloc(16, 0x78), 0, 16, 0);
  await file.close();
  const report = await doctor();
  expect(report.found).toContainEqual(
    expect.objectContaining({ check: 'store', outcome: 'failed', detail: expect.stringContaining('is damaged') }),
  );
  expect(report.code).toBe(1);
});

/** Takes the last step of the schema for one that was never made. */
function forgetMigration(): string[] {
  const database = new DatabaseSync(join(folder, 'keyward.db'));
  database.exec('delete from keyward_migrations where name = (select max(name) from keyward_migrations)');
  const left = database.prepare('select name from keyward_migrations order by name').all();
  database.close();
  return left.map(({ name }) => String(name));
}

test('a store of an older version is not migrated: doctor says how many steps a start would make', async () => {
  await makeStore();
  const left = forgetMigration();
  const before = await readFile(join(folder, 'keyward.db'));
  const report = await doctor();
  expect(report.found).toContainEqual(
    expect.objectContaining({
      check: 'store',
      outcome: 'warning',
      detail: expect.stringMatching(/would migrate 1 step \(\d{3}_\w+\)/),
    }),
  );
  expect(outcomes(report)).toContain('providers: skipped');
  expect(report.code, 'a warning is no failure').toBe(0);
  const ledger = await atTerminal(['ledger', 'verify'], { KEYWARD_DATA_DIR: folder });
  expect([ledger.code, ledger.stderr]).toEqual([1, expect.stringContaining('would migrate 1 step')]);
  const database = new DatabaseSync(join(folder, 'keyward.db'));
  const names = database.prepare('select name from keyward_migrations order by name').all();
  database.close();
  expect(names.map(({ name }) => String(name))).toEqual(left);
  expect(before.equals(await readFile(join(folder, 'keyward.db')))).toBe(true);
});

test('an empty Postgres stays empty', async () => {
  const place = await newPlace('postgres');
  try {
    const secret = 'a-secret-of-more-than-32-characters-for-tests';
    const report = await doctor({ DATABASE_URL: place.url!, KEYWARD_SECRET: secret });
    expect(report.found).toContainEqual(
      expect.objectContaining({ check: 'store', outcome: 'ok', detail: expect.stringContaining('is empty') }),
    );
    const { rows } = await place.sql(`select tablename from pg_tables where schemaname = 'public'`);
    expect(rows).toEqual([]);
  } finally {
    await place.clear();
  }
});

test('a clock that runs behind the store is a failure', async () => {
  const started = await startTestApp({ dataDir: folder, clock: () => Date.now() + 3_600_000 });
  await started.stop();
  const report = await doctor();
  expect(outcomes(report)).toContain('clock: failed');
});

test('a Postgres that refuses is a failure that shows no password', async () => {
  const url = new URL(inject('postgresUrl'));
  url.password = 'wrong-password';
  url.pathname = '/no_such_database';
  const report = await doctor({ DATABASE_URL: url.href });
  expect(outcomes(report)).toContain('store: failed');
  expect(JSON.stringify(report.found)).not.toMatch(/wrong-password/);
});

test('a Postgres is checked while servers use it, and asks for a secret that other nodes can have', async () => {
  const place = await newPlace('postgres');
  try {
    app = await startTestApp({ dataDir: folder, env: { DATABASE_URL: place.url! } });
    const env = { DATABASE_URL: place.url! };
    const report = await doctor(env, '--deep');
    for (const line of ['store: ok', 'server secret: warning', 'provider demo: ok', 'integrity: skipped'])
      expect(outcomes(report)).toContain(line);
    expect(report.code).toBe(0);
    const secret = await readFile(join(folder, 'secret'), 'utf8');
    expect(outcomes(await doctor({ ...env, KEYWARD_SECRET: secret }))).toContain('server secret: ok');
    await app.stop();
    app = undefined;
  } finally {
    await place.clear();
  }
});

test('serve starts the server, says where it listens, and stops with 0; faulty settings exit 2', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/cli.ts'), 'serve'], {
    env: { PORT: '0', KEYWARD_DATA_DIR: folder, KEYWARD_LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const found = /serves on (\S+)/.exec(text);
      if (found?.[1]) resolve(found[1]);
    });
  });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect((await keyward(['serve'], { env: { PORT: 'eighty' } })).code).toBe(2);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
