import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { made, startTestApp, type TestApp } from '../kit/app.ts';
import type { Json } from '../kit/management.ts';
import { send, type Lines, type RawAnswer } from '../kit/raw.ts';
import { startUpstream, type FakeUpstream } from '../kit/upstream.ts';

/* User names and passwords of services, and the lists of addresses of whole projects: through the API and the gateway. */

const PASSWORD = 'fjord kestrel lantern';
const OTHER_PASSWORD = 'kestrel: lantern, fjord';

let app: TestApp;
let upstream: FakeUpstream;
let nowMs = Date.now();
let projectId: string;
let providerId: string;
let key: string;
let one: { id: string; name: string };
let two: { id: string; name: string };
let count = 0;

beforeAll(async () => {
  upstream = await startUpstream((response, { url }) => {
    if (!url.includes('/endless')) return void response.end('rows');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\n\n');
  });
  app = await startTestApp({ env: { KEYWARD_TRUSTED_PROXIES: '127.0.0.1' }, clock: () => nowMs });
  const provider = { name: 'http', kind: 'http', baseUrl: upstream.url, credential: 'upstream-secret' };
  providerId = (await made(app, '/providers', provider)).id;
});
beforeEach(async () => {
  const account = await made(app, '/accounts', { name: 'Account' });
  projectId = (await made(app, '/projects', { accountId: account.id, name: 'Project' })).id;
  key = (await made(app, `/projects/${projectId}/keys`, { name: 'key', scope: { mode: 'all' } })).value;
  one = await service();
  two = await service();
});
afterAll(async () => {
  await app.remove();
  await upstream.close();
});

async function service(): Promise<{ id: string; name: string }> {
  const name = `cluster-${++count}`;
  return { id: (await made(app, `/projects/${projectId}/services`, { name, providerId })).id, name };
}

async function user(fields: object = {}): Promise<{ id: string; path: string; password?: unknown }> {
  const path = `/services/${one.id}/users`;
  const answer = await made(app, path, { username: 'ann', password: PASSWORD, role: 'admin', ...fields });
  return { ...answer, path: `${path}/${answer.id}` };
}

interface Options {
  readonly at?: { name: string };
  readonly path?: string;
  readonly method?: string;
  readonly address?: string;
  readonly lines?: Lines;
}
const bearer = (value: string): Lines => [['authorization', `Bearer ${value}`]];
const basic = (value: string): Lines => [['authorization', `Basic ${Buffer.from(value).toString('base64')}`]];

function call(credential: string | Lines, options: Options = {}): Promise<RawAnswer> {
  const { at = one, path = '/collections', method = 'GET', address = '203.0.113.5', lines = [] } = options;
  const presented = typeof credential === 'string' ? bearer(credential) : credential;
  return send(`${app.url}/services/${at.name}${path}`, {
    method,
    lines: [...presented, ['x-forwarded-for', address], ...lines],
  });
}
const status = async (...args: Parameters<typeof call>) => (await call(...args)).status;
const code = async (...args: Parameters<typeof call>) => (await call(...args)).headers['x-keyward-code'];

describe('a user name and password', () => {
  test('Z07 open their one service, where a key opens all of the project', async () => {
    await user();
    expect(await status(`ann:${PASSWORD}`)).toBe(200);
    expect(await status(`ann:${PASSWORD}`, { at: two })).toBe(401);
    expect([await status(key), await status(key, { at: two })]).toEqual([200, 200]);
  });

  test('Z03 Z12 a key opens a service that is made after it, a user does not', async () => {
    await user();
    const later = await service();
    expect(await status(key, { at: later })).toBe(200);
    expect(await status(`ann:${PASSWORD}`, { at: later })).toBe(401);
  });

  test('Z08 are taken as Bearer and as Basic, with whatever characters', async () => {
    const password = 'mot de passe très long: да';
    await user({ username: 'A.b_c-9', password });
    const utf8 = Buffer.from(`A.b_c-9:${password}`).toString('latin1');
    expect(await status(basic(`A.b_c-9:${password}`))).toBe(200);
    expect(await status(bearer(utf8))).toBe(200);
    expect(await status([...basic(`A.b_c-9:${password}`), ['authorization', `bearer ${utf8}`]])).toBe(200);
    expect(await status([...basic(`A.b_c-9:${password}`), ...bearer(key)])).toBe(400);
    expect(await code(basic('A.b_c-9:other words altogether'))).toBe('invalid_api_key');
    expect(await code([['authorization', 'Basic not*base64']])).toBe('invalid_api_key');
  });

  test('Z09 Z11 are refused by method and by path, and the service sees none of it', async () => {
    const reader = await user({ role: 'read-only', paths: ['/collections/a/**'] });
    const before = upstream.seen.length;
    const pair = `ann:${PASSWORD}`;
    expect(await code(pair, { path: '/collections/a/points', method: 'POST' })).toBe('insufficient_scope');
    expect(await code(pair, { path: '/collections/b' })).toBe('insufficient_scope');
    expect(await code(pair, { path: '/collections/a/%2e%2e/b' })).toBe('invalid_request');
    expect(await status(pair, { path: '/collections/a//x' })).toBe(403);
    expect(upstream.seen).toHaveLength(before);
    expect(await status(pair, { path: '/collections/a/points' })).toBe(200);
    await app.api('PATCH', reader.path, { role: 'read-write', paths: ['/collections/*'] });
    expect(await status(pair, { path: '/collections/b', method: 'PUT' })).toBe(200);
    expect(await code(pair, { path: '/collections/b', method: 'DELETE' })).toBe('insufficient_scope');
    await app.api('PATCH', reader.path, { role: 'admin' });
    expect(await status(pair, { path: '/collections/b', method: 'DELETE' })).toBe(200);
  });

  test('tell the service who called, and never the password, wherever a client puts it', async () => {
    const { id } = await user({ role: 'read-write', password: OTHER_PASSWORD });
    const pair = `ann:${OTHER_PASSWORD}`;
    const copies: Lines = [
      ['x-copy', `a ${OTHER_PASSWORD} b`],
      ['x-form', basic(pair)[0]![1]],
      ['x-keyward-user', 'root'],
      ['x-other', 'kept'],
    ];
    expect(await status(basic(pair), { lines: copies })).toBe(200);
    const { headers } = upstream.seen.at(-1)!;
    expect(headers).toMatchObject({
      'x-keyward-key-id': id,
      'x-keyward-user': 'ann',
      'x-keyward-user-role': 'read-write',
      'x-other': 'kept',
    });
    expect(JSON.stringify(headers)).not.toContain('kestrel');
    expect(headers).not.toHaveProperty('x-form');
    const inQuery = `/collections?q=${encodeURIComponent(OTHER_PASSWORD)}`;
    expect(await code(basic(pair), { path: inQuery })).toBe('api_key_in_query');
    expect(await code(basic(pair), { path: `/${encodeURIComponent(OTHER_PASSWORD)}` })).toBe('api_key_in_query');
  });

  test('obey every change with the next request', async () => {
    const { path } = await user();
    const pair = `ann:${PASSWORD}`;
    expect(await status(pair)).toBe(200);
    expect((await app.api('POST', `${path}/disable`)).body).toMatchObject({ status: 'disabled', state: 'disabled' });
    expect(await code(pair)).toBe('key_disabled');
    expect(await code('ann:wrong password here')).toBe('invalid_api_key');
    expect((await app.api('POST', `${path}/enable`)).status).toBe(200);
    expect(await status(pair)).toBe(200);
    await app.api('PATCH', path, { ipAllow: ['198.51.100.0/24'] });
    expect([await code(pair), await status(pair, { address: '198.51.100.7' })]).toEqual(['ip_not_allowed', 200]);
    await app.api('PATCH', path, { ipAllow: [], expiresAt: new Date(nowMs + 1000).toISOString() });
    expect(await status(pair)).toBe(200);
    nowMs += 1000;
    expect(await code(pair)).toBe('key_expired');
    expect((await app.api('GET', path)).body).toMatchObject({ state: 'expired', status: 'active' });
    await app.api('PATCH', path, { expiresAt: null });
    const { body } = await app.api<{ password: string }>('POST', `${path}/reset-password`, {});
    expect([await status(pair), await status(`ann:${body.password}`)]).toEqual([401, 200]);
    expect((await app.api('POST', `${path}/reset-password`, { password: OTHER_PASSWORD })).body).toMatchObject({
      password: null,
    });
    expect([await status(`ann:${body.password}`), await status(`ann:${OTHER_PASSWORD}`)]).toEqual([401, 200]);
    expect((await app.api('DELETE', path)).status).toBe(204);
    expect(await status(`ann:${OTHER_PASSWORD}`)).toBe(401);
    expect((await app.api('GET', path)).status).toBe(404);
    await user();
    expect(await status(pair)).toBe(200);
    expect((await app.api('DELETE', `/services/${one.id}`)).status).toBe(204);
    expect(await status(pair)).toBe(401);
  });

  test.each([
    ['disable', 'POST', '/disable', undefined],
    ['a new password', 'POST', '/reset-password', {}],
    ['deletion', 'DELETE', '', undefined],
    ['a role that ends', 'PATCH', '', { paths: ['/other'] }],
  ])('a stream under way is cut by %s', async (_name, method, rest, body) => {
    const { path } = await user();
    const request = httpRequest(`${app.url}/services/${one.name}/endless`, {
      headers: { authorization: `Bearer ann:${PASSWORD}` },
    });
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response, 'data');
    const ended = new Promise((resolve) => response.on('error', resolve).on('close', resolve).resume());
    const startedAtMs = performance.now();
    expect((await app.api(method, path + rest, body)).status).toBeLessThan(300);
    await ended;
    expect(performance.now() - startedAtMs).toBeLessThan(1000);
  });

  test('count for the limits of the project, in the ledger and in usage, as what they are', async () => {
    const { id, path } = await user();
    const limit = { unit: 'requests', amount: 2, window: { kind: 'lifetime' } };
    await made(app, `/projects/${projectId}/limits`, limit);
    const pair = `ann:${PASSWORD}`;
    expect([await status(pair), await status(key), await status(pair), await status(key)]).toEqual([
      200, 200, 429, 429,
    ]);
    const usage = await app.api<Json>('GET', `/usage?projectId=${projectId}&groupBy=key`);
    expect(usage.body.data.find((row: Json) => row['group']?.key === id || row['key'] === id)).toMatchObject({
      requests: 1,
    });
    const { body } = await app.api<Json>('GET', `/requests?keyId=${id}`);
    expect(body.data).toMatchObject([{ keyId: id, projectId, route: '/services/*', status: 200 }]);
    await app.api('POST', `${path}/disable`);
    await status(pair);
    await expect
      .poll(async () => (await app.api<Json>('GET', `/denials?keyId=${id}`)).body.data.length, { timeout: 8000 })
      .toBeGreaterThan(0);
    expect((await app.api('GET', path)).body).toMatchObject({
      lastUsedAt: expect.any(String),
      lastUsedAddress: '203.0.113.5',
    });
  });

  test('guessing is slowed down from where it comes, with Retry-After, and not for anybody else', async () => {
    await user();
    const guesses = await Promise.all([1, 2, 3, 4, 5].map((number) => status(`ann:a wrong password ${number}`)));
    expect(guesses).toEqual([401, 401, 401, 401, 401]);
    const refused = await call(`ann:${PASSWORD}`);
    expect([refused.status, refused.headers['x-keyward-code']]).toEqual([429, 'rate_limit_exceeded']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(await status(`ann:${PASSWORD}`, { address: '203.0.113.6' })).toBe(200);
    expect(await status(key)).toBe(200);
    nowMs += 1000;
    expect(await status(`ann:${PASSWORD}`)).toBe(200);
  });
});

describe('looking after users of a service', () => {
  test('Z10 a user is made, shown without its password, listed and unique on its service', async () => {
    const created = await user({ password: undefined, description: 'reports' });
    expect(created).toMatchObject({
      username: 'ann',
      role: 'admin',
      paths: ['/**'],
      ipAllow: [],
      ipDeny: [],
      expiresAt: null,
      status: 'active',
      createdBy: 'root',
      lastUsedAt: null,
      password: expect.stringMatching(/^[A-Za-z0-9]{28}$/),
    });
    expect(await status(`ann:${String(created['password'])}`)).toBe(200);
    const shown = await app.api('GET', created.path);
    expect(shown.body).not.toHaveProperty('password');
    expect(JSON.stringify(shown.body)).not.toMatch(/argon2|asswordHash/);
    const again = await app.api('POST', `/services/${one.id}/users`, { username: 'ann', role: 'admin' });
    expect([again.status, again.body['code']]).toEqual([409, 'conflict']);
    expect((await made(app, `/services/${two.id}/users`, { username: 'ann', role: 'admin' })).id).toMatch(/^cus_/);
    nowMs++;
    expect((await made(app, `/services/${one.id}/users`, { username: 'Ann', role: 'admin' })).id).toMatch(/^cus_/);
    const list = await app.api<Json>('GET', `/services/${one.id}/users?limit=1`);
    expect(list.body.data.map((item: Json) => item['username'])).toEqual(['Ann']);
    const rest = await app.api<Json>('GET', `/services/${one.id}/users?cursor=${list.body.nextCursor}`);
    expect(rest.body).toMatchObject({ data: [{ username: 'ann' }], nextCursor: null });
    expect((await app.api('GET', `/services/${two.id}/users/${created.id}`)).status).toBe(404);
  });

  test.each([
    ['/username', { username: 'a b' }],
    ['/username', { username: '' }],
    ['/username', { username: 'x'.repeat(65) }],
    ['/password', { password: 'too short' }],
    ['/password', { password: 'passwordpassword' }],
    ['/password', { password: 'line\nbreaks in a password' }],
    ['/password', { password: ' spaces at both ends of it ' }],
    ['/password', { password: 'annabelle was here first', username: 'annabelle' }],
    ['/role', { role: 'owner' }],
    ['/paths', { paths: [] }],
    ['/paths/1', { paths: ['/a', 'b'] }],
    ['/paths/1', { paths: ['/a', '/a'] }],
    ['/paths', { paths: Array.from({ length: 51 }, (_, at) => `/p${at}`) }],
    ['/ipAllow/1', { ipAllow: ['10.0.0.0/8', '10.0.0.1/8'] }],
    ['/ipDeny', { ipDeny: Array.from({ length: 51 }, (_, at) => `10.0.0.${at}`) }],
    ['/expiresAt', { expiresAt: '2020-01-01T00:00:00Z' }],
    ['/unknown', { unknown: 1 }],
  ])('a fault is named by its place: %s %j', async (pointer, fields) => {
    const body = { username: 'ann', password: PASSWORD, role: 'admin', ...fields };
    const { status: answered, body: problem } = await app.api<Json>('POST', `/services/${one.id}/users`, body);
    expect([answered, problem['errors'][0].pointer]).toEqual([400, pointer]);
    expect(JSON.stringify(problem)).not.toContain(PASSWORD);
  });

  test('X03 a password is in no file, no log and no answer but the one that made it', async () => {
    const { path, ...created } = await user({ password: undefined });
    const passwords = [String(created['password']), PASSWORD, OTHER_PASSWORD];
    await app.api('POST', `${path}/reset-password`, { password: OTHER_PASSWORD });
    await app.api('POST', `${path}/reset-password`, { password: PASSWORD });
    for (const password of passwords) await call(basic(`ann:${password}`));
    const files = await readdir(app.dataDir, { recursive: true });
    const left = [app.logged.join('\n'), JSON.stringify((await app.api('GET', '/audit-events?limit=200')).body)];
    for (const file of files) left.push(await readFile(join(app.dataDir, file), 'latin1').catch(() => ''));
    for (const text of left)
      for (const password of passwords) {
        expect(text.includes(password)).toBe(false);
        expect(text.includes(Buffer.from(`ann:${password}`).toString('base64'))).toBe(false);
      }
  });
});

describe('Z17 the lists of a project', () => {
  const security = (body: object) => app.api<Json>('PATCH', `/projects/${projectId}/security`, body);

  test('count on top of those of its keys and users, from the next request on: both must pass', async () => {
    const { path } = await user();
    const pair = `ann:${PASSWORD}`;
    const listed = await made(app, `/projects/${projectId}/keys`, {
      name: 'listed',
      scope: { mode: 'all' },
      ipAllow: ['203.0.113.0/24', '198.51.100.7'],
    });
    for (const one_ of [pair, key, listed.value]) expect(await status(one_)).toBe(200);
    const { body } = await security({ ipAllow: ['203.0.113.5', '198.51.100.0/24'], ipDeny: ['198.51.100.9'] });
    expect(body).toMatchObject({
      memberAccess: 'all',
      ipAllow: ['203.0.113.5', '198.51.100.0/24'],
      ipDeny: ['198.51.100.9'],
    });
    for (const one_ of [pair, key, listed.value]) expect(await status(one_)).toBe(200);
    for (const one_ of [pair, key, listed.value])
      expect(await code(one_, { address: '203.0.113.6' })).toBe('ip_not_allowed');
    expect(await status(key, { address: '198.51.100.8' })).toBe(200);
    expect(await code(listed.value, { address: '198.51.100.8' })).toBe('ip_not_allowed');
    expect(await code(pair, { address: '198.51.100.9' })).toBe('ip_not_allowed');
    expect(await code(key, { address: 'unknown' })).toBe('ip_not_allowed');

    const explained = { service: one.name, ip: '203.0.113.6' };
    const why = await app.api<Json>('POST', `/keys/${listed.id}/explain`, explained);
    expect(why.body).toMatchObject({ allowed: false, code: 'ip_not_allowed' });
    await app.api('PATCH', path, { ipDeny: ['203.0.113.5'] });
    expect(await code(pair)).toBe('ip_not_allowed');
    await security({ ipAllow: [], ipDeny: [] });
    expect(await status(key, { address: '203.0.113.6' })).toBe(200);
    await security({ memberAccess: 'own' });
    expect((await app.api('GET', `/projects/${projectId}/security`)).body).toMatchObject({ ipAllow: [], ipDeny: [] });
  });

  test('cut what is under way from elsewhere', async () => {
    const request = httpRequest(`${app.url}/services/${one.name}/endless`, {
      headers: { authorization: `Bearer ${key}`, 'x-forwarded-for': '203.0.113.5' },
    });
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response, 'data');
    const ended = new Promise((resolve) => response.on('error', resolve).on('close', resolve).resume());
    expect((await security({ ipDeny: ['203.0.113.0/24'] })).status).toBe(200);
    await ended;
  });

  test('T23 hold fifty entries in canonical form, and name every fault', async () => {
    const many = Array.from({ length: 51 }, (_, at) => `10.0.0.${at}`);
    expect((await security({ ipAllow: many.slice(1) })).status).toBe(200);
    const tooMany = await security({ ipAllow: many });
    expect([tooMany.status, tooMany.body['errors'][0].pointer]).toEqual([400, '/ipAllow']);
    const faulty = await security({ ipAllow: ['::ffff:10.0.0.1'], ipDeny: ['10.0.0.1', '10.0.0.1', 'x'] });
    expect(faulty.body['errors'].map((error: Json) => error['pointer'])).toEqual(['/ipDeny/1', '/ipDeny/2']);
    expect((await security({ ipAllow: ['::ffff:10.0.0.1'] })).body).toMatchObject({ ipAllow: ['10.0.0.1'] });
  });
});

describe('at the doors of proxies', () => {
  const ask = (door: string, lines: Lines) =>
    send(`${app.url}/authz/${door}`, {
      lines: [...basic(`ann:${PASSWORD}`), ['x-forwarded-for', '203.0.113.5'], ...lines],
    });

  test('Z09 the path is the client’s, behind where the proxy has put the service', async () => {
    const { id } = await user({ role: 'read-write', paths: ['/collections/a/**'] });
    const nginx = (rest: string, uri: string, method = 'GET') =>
      ask(`nginx/${one.name}${rest}`, [
        ['x-original-uri', uri],
        ['x-original-method', method],
      ]);
    const answer = await nginx('', '/collections/a/points?limit=1', 'POST');
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'x-key-id': id, 'x-user': 'ann', 'x-user-role': 'read-write' });
    expect((await nginx('/db/v1', '/db/v1/collections/a')).status).toBe(200);
    for (const uri of [
      '/db/v1/collections/b',
      '/collections/a',
      '/db/v1/../v1/collections/a',
      '/db/v1x/collections/a',
      '',
    ])
      expect([uri, (await nginx('/db/v1', uri)).status]).toEqual([uri, 403]);
    expect((await nginx('', '/collections/a', 'DELETE')).status).toBe(403);
    expect(
      (
        await ask(`traefik/${one.name}`, [
          ['x-forwarded-uri', '/collections/a'],
          ['x-forwarded-method', 'GET'],
        ])
      ).status,
    ).toBe(200);
    expect((await ask(`envoy/${one.name}/collections/a/b`, [])).status).toBe(200);
    expect((await ask(`envoy/${one.name}/collections/b`, [])).status).toBe(403);
    expect((await ask(`nginx/${two.name}`, [['x-original-uri', '/collections/a']])).status).toBe(401);
  });
});
