import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { displayWidth } from '../../src/cli/width.ts';
import { made, ROOT_KEY, startTestApp, type TestApp } from '../kit/app.ts';
import { atTerminal, callStatus, keyward, operatorOf } from './keyward.ts';

let app: TestApp;
/** Of a management key that sees one project, which therefore need not be named. */
let env: Record<string, string>;

beforeAll(async () => {
  app = await startTestApp();
  const { body } = await app.api<{ data: { id: string }[] }>('GET', '/projects');
  const { value } = await made(app, `/projects/${body.data[0]!.id}/keys`, { name: 'manager', class: 'management' });
  env = { ...operatorOf(app), KEYWARD_MANAGEMENT_KEY: value };
});
afterAll(() => app.remove());

const VALUE = /kw_[0-9A-Za-z]{36}/g;

async function json(...args: string[]) {
  const { code, stdout, stderr } = await atTerminal([...args, '--json'], env);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

test('V03 D05 D07 T04 V16: create prints a value that works, once, with a warning and the way to use it', async () => {
  const made = await keyward(['keys', 'create', 'test-key', '--scope', 'all'], { env });
  expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: '' });
  const values = made.stdout.match(VALUE) ?? [];
  expect(values).toHaveLength(1);
  expect(made.stdout).toContain('never share it');
  expect(made.stdout).toContain(`export OPENAI_BASE_URL=${app.url}/v1\n`);
  expect(made.stdout).toContain('export OPENAI_API_KEY=…');
  expect(await callStatus(app, values[0]!)).toBe(200);
});

test('D07 T10 V11 D09 D10: no other command shows the value, only its first 5 and last 4 characters', async () => {
  const { id, value } = await json('keys', 'create', 'masked-key', '--scope', 'all');
  const masked = `${value.slice(0, 5)}***${value.slice(-4)}`;
  for (const args of [
    ['list'],
    ['list', '--json'],
    ['show', id],
    ['show', id, '--json'],
    ['disable', id],
    ['enable', id, '--json'],
  ]) {
    const { code, stdout, stderr } = await atTerminal(['keys', ...args], env);
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(value);
    expect(stdout).toContain(masked);
  }
});

test('V12 V18 V19 V20 V21: disable says what it does and acts on the next call with 401; enable opens it again', async () => {
  const { id, value } = await json('keys', 'create', 'switched', '--scope', 'all');
  const disabled = await keyward(['keys', 'disable', 'switched'], { env });
  expect(disabled.stdout).toMatch(/^Disabled switched \(kw_.*\)\. Requests with it are refused from now on/);
  expect(await callStatus(app, value)).toBe(401);
  expect((await atTerminal(['keys', 'list', '--state', 'disabled'], env)).stdout).toMatch(/^switched .* disabled /m);
  expect((await atTerminal(['keys', 'show', id], env)).stdout).toMatch(/^State +disabled$/m);
  expect((await atTerminal(['keys', 'enable', id], env)).stdout).toMatch(/^Enabled switched/);
  expect(await callStatus(app, value)).toBe(200);
  expect((await json('keys', 'show', id)).state).toBe('active');
});

test('V13 V14 T14 T16 T21 T22 T24: show has the scope by name, address lists, expiry and last use', async () => {
  const made = await json(
    'keys',
    'create',
    'narrow',
    '--model',
    'demo',
    '--allow',
    '10.0.0.0/24',
    '--allow',
    '127.0.0.1',
    '--deny',
    '2001:db8::/32',
    '--expires',
    '30d',
    '--environment',
    'prod',
    '--description',
    'first\nsecond',
  );
  expect(made.scope).toEqual({ mode: 'range', resources: [{ type: 'model', id: expect.stringMatching(/^mdl_/) }] });
  expect(Date.parse(made.expiresAt) - Date.now()).toBeGreaterThan(29.9 * 86_400_000);
  expect(await callStatus(app, made.value)).toBe(200);
  const { stdout } = await atTerminal(['keys', 'show', made.id], env);
  expect(stdout).toMatch(/^Scope +model demo \(mdl_\w+\)$/m);
  expect(stdout).toMatch(/^Allowed from +10\.0\.0\.0\/24\n +127\.0\.0\.1$/m);
  expect(stdout).toMatch(/^Denied from +2001:db8::\/32$/m);
  expect(stdout).toMatch(/^Environment +prod$/m);
  expect(stdout).toMatch(/^Description +first second$/m);
  expect(stdout).toMatch(/^Expires +\d{4}-\d\d-\d\d \d\d:\d\d UTC$/m);
  expect(stdout).toMatch(/^Created +\d{4}-\d\d-\d\d \d\d:\d\d UTC by key_\w+$/m);
});

test('Z11: a service is opened for reading with NAME:read', async () => {
  const project = (await app.api<{ data: { id: string }[] }>('GET', '/projects')).body.data[0]!.id;
  const provider = await made(app, '/providers', { name: 'vectors', kind: 'http', baseUrl: 'http://127.0.0.1:9' });
  const service = await made(app, `/projects/${project}/services`, { name: 'vectors', providerId: provider.id });
  const { id, scope } = await json('keys', 'create', 'reader', '--service', 'vectors:read', '--model', 'demo');
  expect(scope.resources).toContainEqual({ type: 'service', id: service.id, access: 'read' });
  expect((await atTerminal(['keys', 'show', id], env)).stdout).toContain('service vectors (svc_');
});

test('A10 T20: the usual names are taken, in any script, and tables stay aligned within 80 columns', async () => {
  const names = [
    'prod-api',
    'staging-web',
    'dev-local',
    'billing-worker',
    'customer-support-tool',
    'Production Environment-Text Service',
    '生产环境-文本服务',
    '한국어 키 🔑',
    '生产环境-'.repeat(12),
  ];
  for (const name of names) expect((await atTerminal(['keys', 'create', name, '--scope', 'all'], env)).code).toBe(0);
  const { stdout } = await keyward(['keys', 'list', '--limit', '200'], { env });
  const lines = stdout.trimEnd().split('\n');
  const widths = lines.map((line) => displayWidth(line));
  expect(Math.max(...widths)).toBeLessThanOrEqual(80);
  // Ids have one length and stand last, so aligned rows are equally wide.
  expect(new Set(widths.slice(1)).size).toBe(1);
  expect(stdout).toContain('生产环境-文本服务');
  expect(stdout).not.toContain('\u001b');
});

test('a project is chosen by id or exact name, by itself when there is one, and asked for when there are more', async () => {
  const account = await made(app, '/accounts', { name: 'Second' });
  const project = await made(app, '/projects', { accountId: account.id, name: 'Zweites Projekt', defaultKey: false });
  const operator = operatorOf(app);
  const without = await atTerminal(['keys', 'list'], operator);
  expect(without.code).toBe(2);
  expect(without.stderr).toMatch(/^keyward: There are several projects, .*Default \(prj_\w+\)/);
  for (const given of ['Zweites Projekt', project.id]) {
    const { code, stdout } = await atTerminal(['keys', 'list', '--project', given], operator);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'No keys found. `keyward keys create` makes one.' });
  }
  const own = await made(app, `/projects/${project.id}/keys`, { name: 'second manager', class: 'management' });
  const seen = await atTerminal(['keys', 'list'], { ...operator, KEYWARD_MANAGEMENT_KEY: own.value });
  expect(seen.stdout).toContain('second manager');
  expect((await atTerminal(['keys', 'list', '--project', 'Nobody’s'], operator)).code).toBe(1);
});

test('list follows the pages up to --limit, says when there are more, and goes on from --cursor', async () => {
  const all = await json('keys', 'list', '--limit', '1000');
  expect(all.nextCursor).toBeNull();
  const first = await json('keys', 'list', '--limit', '2');
  const rest = await json('keys', 'list', '--limit', '1000', '--cursor', first.nextCursor);
  expect([...first.data, ...rest.data]).toEqual(all.data);
  const cut = await atTerminal(['keys', 'list', '--limit', '2'], env);
  expect(cut.stdout.split('\n')).toHaveLength(3);
  expect(cut.stderr).toBe('There are more: raise --limit (now 2), or narrow the list.');
});

test('list narrows by every filter of the API', async () => {
  const names = async (...filters: string[]) =>
    (await json('keys', 'list', ...filters)).data.map(({ name }: { name: string }) => name);
  expect(await names('--environment', 'prod')).toEqual(['narrow']);
  expect(await names('--search', 'WORKER')).toEqual(['billing-worker']);
  expect(await names('--created-by', 'system')).toEqual(['First key']);
  expect(await names('--created-by', 'me', '--search', 'billing')).toEqual(['billing-worker']);
  expect(await names('--older-than-days', '1')).toEqual([]);
  expect(await names('--unused-for-days', '0', '--search', 'prod-api')).toEqual(['prod-api']);
});

test('--json answers what the API answers, and problems as the API has them on stderr', async () => {
  const { id } = await json('keys', 'create', 'exact', '--scope', 'all');
  const shown = await keyward(['keys', 'show', id, '--json'], { env });
  expect(JSON.parse(shown.stdout)).toEqual((await app.api('GET', `/keys/${id}`)).body);
  const refused = await keyward(['keys', 'create', 'x', '--model', 'nope', '--allow', '10.0.0.1/24', '--json'], {
    env,
  });
  expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 1, stdout: '' });
  expect(JSON.parse(refused.stderr)).toMatchObject({
    status: 400,
    code: 'invalid_request',
    errors: [{ pointer: '/ipAllow/0' }],
  });
});

test('T22: faulty settings are named by their option, with the position of the entry', async () => {
  const refused = await atTerminal(
    ['keys', 'create', ' ', '--scope', 'all', '--allow', '10.0.0.7', '--allow', '10.0.0.1/24'],
    env,
  );
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('keyward: 2 things are wrong with this:');
  expect(refused.stderr).toContain('  --allow: Entry 2 ("10.0.0.1/24") has host bits set');
});

test('--disabled, --copy-from and --idempotency-key make what they say', async () => {
  const source = await json('keys', 'create', 'source', '--model', 'demo', '--environment', 'staging');
  const copy = await json(
    'keys',
    'create',
    'copy',
    '--copy-from',
    'source',
    '--disabled',
    '--idempotency-key',
    'once "quoted"',
  );
  expect(copy).toMatchObject({ scope: source.scope, environment: 'staging', status: 'disabled' });
  expect(await callStatus(app, copy.value)).toBe(401);
  const again = await atTerminal(
    ['keys', 'create', 'copy', '--copy-from', 'source', '--disabled', '--idempotency-key', 'once "quoted"'],
    env,
  );
  expect(again.code).toBe(0);
  expect(again.stdout).toContain('nothing was made');
  expect(again.stdout).toContain(copy.id);
  expect(again.stdout).not.toMatch(VALUE);
});

test('V07: the management key comes from a file or stdin as well, and is never printed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'keyward-cli-'));
  const path = join(folder, 'key');
  try {
    await writeFile(path, `${ROOT_KEY}\n`);
    const { KEYWARD_MANAGEMENT_KEY: _, ...without } = env;
    const asked = ['keys', 'list', '--project', 'Default', '--json'];
    const ways = [
      await keyward([...asked, '--key-file', path], { env: without }),
      await keyward([...asked, '--key-file', '-'], { env: without, input: ROOT_KEY }),
      await atTerminal(asked, { ...without, KEYWARD_ROOT_KEY: ROOT_KEY }),
    ];
    for (const way of ways) {
      expect({ code: way.code, stderr: way.stderr }).toEqual({ code: 0, stderr: '' });
      expect(way.stdout).not.toContain(ROOT_KEY);
    }
    await writeFile(path, 'two words of a secret');
    const faulty = await atTerminal([...asked, '--key-file', path], without);
    expect(faulty.code).toBe(2);
    expect(faulty.stderr).not.toContain('two words');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a key that is refused exits 1 and says so', async () => {
  const refused = await atTerminal(['keys', 'list'], { ...env, KEYWARD_MANAGEMENT_KEY: 'kw_nonsense' });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/^keyward: .*key/);
});

test('A03 D19 T19: a key is made in a group by name and in a region, shows both and its address, and is found by them', async () => {
  const regional = await startTestApp({
    env: { KEYWARD_REGION: 'eu-1', KEYWARD_REGIONS: 'eu-1=https://eu.example.com,us-1=https://us.example.com' },
  });
  try {
    const there = operatorOf(regional);
    const group = await made(regional, '/groups', { name: 'economy' });
    const args = ['keys', 'create', 'grouped', '--scope', 'all', '--group', 'economy', '--region', 'us-1'];
    const created = await atTerminal(args, there);
    expect(created.stdout).toContain('export OPENAI_BASE_URL=https://us.example.com/v1\n');
    for (const line of [`Group          ${group.id}`, 'Region         us-1', 'Base URL       https://us.example.com'])
      expect(created.stdout.replaceAll(/ {2,}/g, ' ')).toContain(line.replaceAll(/ {2,}/g, ' '));
    const list = async (...filter: string[]) => (await atTerminal(['keys', 'list', ...filter], there)).stdout;
    expect(await list('--group', group.id)).toContain('grouped');
    expect(await list('--region', 'us-1')).toContain('grouped');
    expect(await list('--region', 'eu-1')).not.toContain('grouped');
  } finally {
    await regional.remove();
  }
});
