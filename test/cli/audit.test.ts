import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { made, ROOT_KEY, startTestApp, type TestApp } from '../kit/app.ts';
import { disarm, sqlOn } from '../kit/audit.ts';
import { newPlace } from '../kit/stores.ts';
import { atTerminal, keyward, operatorOf } from './keyward.ts';

let folder: string;
let app: TestApp | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keyward-audit-'));
});
afterEach(async () => {
  await stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(env: Record<string, string> = {}): Promise<TestApp> {
  app = await startTestApp({ dataDir: folder, env });
  await made(app, '/accounts', { name: '=cmd' });
  return app;
}

async function stop(): Promise<void> {
  await app?.stop();
  app = undefined;
}

const place = () => ({ engine: 'sqlite', dataDir: folder }) as Parameters<typeof disarm>[0];

describe('keyward audit verify', () => {
  test('opens the store itself where no server runs: 0, and where the log ends; 1 and the first broken event', async () => {
    await start();
    await stop();
    const env = { KEYWARD_DATA_DIR: folder };
    const whole = await keyward(['audit', 'verify'], { env });
    expect([whole.code, whole.stdout]).toEqual([
      0,
      expect.stringMatching(/^The audit log is whole: \d+ events, up to \d+ \S+\.\n$/),
    ]);
    await disarm(place());
    await sqlOn(place(), `update audit_events set operation = 'x' where seq = 2`);
    const broken = await atTerminal(['audit', 'verify'], env);
    expect([broken.code, broken.stdout]).toEqual([1, expect.stringContaining('broken at event 2')]);
    const json = await atTerminal(['audit', 'verify', '--json'], env);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, brokenSeq: 2, problem: 'changed' });
  });

  test('asks the server that holds the store, and proves nothing with another secret', async () => {
    const server = await start();
    const port = new URL(server.url).port;
    const held = await atTerminal(['audit', 'verify'], {
      KEYWARD_DATA_DIR: folder,
      PORT: port,
      KEYWARD_ROOT_KEY: ROOT_KEY,
    });
    expect([held.code, held.stdout]).toEqual([0, expect.stringContaining('whole')]);
    await stop();
    const other = { KEYWARD_DATA_DIR: folder, KEYWARD_SECRET: 'another-secret-of-more-than-32-characters' };
    const ran = await atTerminal(['audit', 'verify'], other);
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('secret')]);
  });

  test('needs no server to stop on Postgres', async () => {
    const postgres = await newPlace('postgres');
    try {
      const env = { DATABASE_URL: postgres.url ?? '', KEYWARD_SECRET: 'a-secret-of-more-than-32-characters-for-all' };
      await start(env);
      expect((await atTerminal(['audit', 'verify'], env)).code).toBe(0);
      await disarm(postgres);
      await postgres.sql('delete from audit_events where seq = 3');
      const broken = await atTerminal(['audit', 'verify'], env);
      expect([broken.code, broken.stdout]).toEqual([1, expect.stringContaining('broken at event 3')]);
      await stop();
    } finally {
      await postgres.clear();
    }
  });
});

test('keyward audit list shows the newest first, what the first start made last, and takes filters', async () => {
  const server = await start();
  const all = await atTerminal(['audit', 'list'], operatorOf(server));
  expect([all.code, all.stderr]).toEqual([0, '']);
  const lines = all.stdout.split('\n');
  expect(lines[0]).toMatch(/^TIME +WHO +OPERATION +WHAT +OUTCOME/);
  expect(lines[1]).toMatch(/root +createAccount +=cmd +done/);
  expect(lines.at(-1)).toMatch(/server +firstStart +Platform +done/);
  const some = await atTerminal(['audit', 'list', '--operation', 'createAccount', '--json'], operatorOf(server));
  expect(JSON.parse(some.stdout)).toMatchObject({ data: [{ operation: 'createAccount', object: { name: '=cmd' } }] });
});

test('keyward audit export writes JSON Lines and CSV to stdout', async () => {
  const server = await start();
  const jsonl = await keyward(['audit', 'export'], { env: operatorOf(server) });
  const events = jsonl.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { seq: number });
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, at) => at + 1));
  const csv = await atTerminal(
    ['audit', 'export', '--format', 'csv', '--operation', 'createAccount'],
    operatorOf(server),
  );
  expect(csv.stdout.split('\n')).toEqual([expect.stringMatching(/^seq,/), expect.stringContaining(`,'=cmd,`)]);
  const wrong = await atTerminal(['audit', 'export'], { ...operatorOf(server), KEYWARD_MANAGEMENT_KEY: 'kw_wrong' });
  expect([wrong.code, wrong.stdout]).toEqual([1, '']);
});
