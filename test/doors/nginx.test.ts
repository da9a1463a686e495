import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AddressSet } from '../../src/core/network.ts';
import { deny, type DenialCode } from '../../src/core/denial.ts';
import { Fault } from '../../src/core/fault.ts';
import { createAuthz, type AuthzOptions } from '../../src/http/authz.ts';
import { made, startTestApp, type TestApp } from '../kit/app.ts';
import { rowsOf } from '../kit/doors.ts';
import { blocksOf, startNginx, type Nginx } from '../kit/nginx.ts';
import { send, type Lines } from '../kit/raw.ts';
import { startUpstream, type FakeUpstream } from '../kit/upstream.ts';

/* A real nginx, set up with the very blocks that docs/guide/proxies.md tells people to paste. */

const PAGE = 'docs/guide/proxies.md';
let app: TestApp;
let guarded: FakeUpstream;
let nginx: Nginx;
let behindBalancer: Nginx;
const keys: Record<string, { id: string; value: string }> = {};
let projectId: string;
let accountId: string;

beforeAll(async () => {
  guarded = await startUpstream((response, seen) => {
    response.writeHead(200, { 'x-seen': 'yes' });
    response.end(JSON.stringify({ method: seen.method, url: seen.url, length: seen.body.length }));
  });
  app = await startTestApp({ env: { KEYWARD_TRUSTED_PROXIES: '127.0.0.1' } });
  accountId = (await made(app, '/accounts', { name: 'Account' })).id;
  projectId = (await made(app, '/projects', { accountId, name: 'Project' })).id;
  const { id: providerId } = await made(app, '/providers', { name: 'http', kind: 'http', baseUrl: guarded.url });
  const { id } = await made(app, `/projects/${projectId}/services`, { name: 'vectors', providerId });
  const key = async (name: string, options: object = {}) =>
    (keys[name] = await made(app, `/projects/${projectId}/keys`, { name, scope: { mode: 'all' }, ...options }));
  await key('good');
  await key('disabled', { status: 'disabled' });
  await key('reader', { scope: { mode: 'range', resources: [{ type: 'service', id, access: 'read' }] } });
  await key('loopback', { ipAllow: ['127.0.0.1'] });
  await key('elsewhere', { ipAllow: ['203.0.113.0/24'] });
  const [server = '', balancer = ''] = await blocksOf(PAGE, 'nginx');
  const addresses = { '127.0.0.1:8080': new URL(app.url).host, '127.0.0.1:3000': new URL(guarded.url).host };
  nginx = await startNginx(server, addresses);
  behindBalancer = await startNginx(`${balancer}\n${server}`, addresses);
});
afterAll(async () => {
  await nginx?.stop();
  await behindBalancer?.stop();
  await app?.remove();
  await guarded?.close();
});

const bearer = (name: string): Lines => [['authorization', `Bearer ${keys[name]!.value}`]];
const lastSeen = (): IncomingHttpHeaders => guarded.seen.at(-1)!.headers;

describe('nginx lets through', () => {
  test('a request with a good key, with its method, address and body, and says who calls', async () => {
    const body = Buffer.alloc(300_000, 'x');
    const answer = await send(`${nginx.url}/collections/a?limit=1&key=42`, {
      method: 'POST',
      lines: bearer('good'),
      body,
    });
    expect([answer.status, answer.body]).toEqual([
      200,
      { method: 'POST', url: '/collections/a?limit=1&key=42', length: 300_000 },
    ]);
    expect(lastSeen()).toMatchObject({
      'x-key-id': keys['good']!.id,
      'x-project-id': projectId,
      'x-account-id': accountId,
    });
    expect([answer.headers['x-seen'], answer.headers['x-keyward-code']]).toEqual(['yes', undefined]);
  });

  test('never the key, in whichever header it came', async () => {
    for (const name of ['authorization', 'x-api-key', 'x-goog-api-key']) {
      const value = name === 'authorization' ? `Bearer ${keys['good']!.value}` : keys['good']!.value;
      expect((await send(`${nginx.url}/`, { lines: [[name, value]] })).status).toBe(200);
      expect(JSON.stringify(lastSeen())).not.toContain(keys['good']!.value);
    }
  });

  test('never what a client claims to be', async () => {
    const forged = ['x-key-id', 'x-project-id', 'x-account-id', 'X-KEY-ID'].map((name) => [name, 'forged'] as const);
    expect((await send(`${nginx.url}/`, { lines: [...bearer('good'), ...forged] })).status).toBe(200);
    expect(JSON.stringify(lastSeen())).not.toContain('forged');
    expect(lastSeen()['x-key-id']).toBe(keys['good']!.id);
  });

  test('Z11 reading with a key that may read', async () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS'])
      expect((await send(`${nginx.url}/`, { method, lines: bearer('reader') })).status).toBe(200);
  });
});

describe('nginx refuses, and the service sees nothing of it', () => {
  async function refused(lines: Lines, options: { method?: string; path?: string; body?: string } = {}) {
    const before = guarded.seen.length;
    const answer = await send(`${nginx.url}${options.path ?? '/'}`, {
      method: options.method ?? 'GET',
      lines,
      ...(options.body !== undefined && { body: options.body }),
    });
    expect(guarded.seen.length).toBe(before);
    return [answer.status, answer.headers['x-keyward-code'], answer.headers['www-authenticate']];
  }

  test('V02 without a key, or with one that is not good: 401 with its challenge', async () => {
    expect(await refused([])).toEqual([401, 'missing_api_key', 'Bearer realm="keyward"']);
    expect(await refused([['authorization', 'Bearer nonsense']])).toEqual([
      401,
      'invalid_api_key',
      expect.stringContaining('error="invalid_token"'),
    ]);
    expect(await refused(bearer('disabled'))).toEqual([
      401,
      'key_disabled',
      expect.stringMatching(
        /^Bearer realm="keyward", error="invalid_token", error_description="This API key is disabled\./,
      ),
    ]);
    expect(await refused(bearer('disabled'), { method: 'POST', body: 'x'.repeat(100_000) })).toEqual([
      401,
      'key_disabled',
      expect.anything(),
    ]);
  });

  test('Z11 writing with a key that may read, also when the client claims another method', async () => {
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect(await refused(bearer('reader'), { method })).toEqual([403, 'insufficient_scope', undefined]);
    expect(
      await refused([...bearer('reader'), ['x-original-method', 'GET'], ['x-http-method-override', 'GET']], {
        method: 'DELETE',
      }),
    ).toEqual([403, 'insufficient_scope', undefined]);
  });

  test('T04 a key in the address, also when the client claims another address', async () => {
    expect(
      await refused([...bearer('good'), ['x-original-uri', '/']], { path: `/?token=${keys['good']!.value}` }),
    ).toEqual([403, 'api_key_in_query', undefined]);
  });

  test('V10 a client whose address is not listed, whatever it claims', async () => {
    expect(await refused(bearer('elsewhere'))).toEqual([403, 'ip_not_allowed', undefined]);
    const forged = ['x-forwarded-for', 'x-real-ip', 'cf-connecting-ip'].map((name) => [name, '203.0.113.7'] as const);
    expect(await refused([...bearer('elsewhere'), ...forged, ['forwarded', 'for=203.0.113.7']])).toEqual([
      403,
      'ip_not_allowed',
      undefined,
    ]);
    expect((await send(`${nginx.url}/`, { lines: [...bearer('loopback'), ...forged] })).status).toBe(200);
    expect(lastSeen()['x-forwarded-for']).toBe('127.0.0.1');
  });

  test('the question cannot be asked from outside', async () => {
    expect((await send(`${nginx.url}/_keyward`, { lines: bearer('good') })).status).toBe(404);
  });

  test('V19 T13 a key disabled a moment ago, over connections that are kept open', async () => {
    const { id, value } = await made(app, `/projects/${projectId}/keys`, { name: 'short', scope: { mode: 'all' } });
    const ask = () => send(`${nginx.url}/`, { lines: [['x-api-key', value]] });
    expect((await Promise.all(Array.from({ length: 20 }, ask))).map(({ status }) => status)).toEqual(
      Array(20).fill(200),
    );
    await app.api('POST', `/keys/${id}/disable`);
    expect((await Promise.all(Array.from({ length: 20 }, ask))).map(({ status }) => status)).toEqual(
      Array(20).fill(401),
    );
  });
});

describe('behind a load balancer', () => {
  test('the client’s address is the one that the balancer names, and what stands before it is not believed', async () => {
    const ask = (name: string, xff: string) =>
      send(`${behindBalancer.url}/`, { lines: [...bearer(name), ['x-forwarded-for', xff]] });
    const answer = await ask('elsewhere', '203.0.113.7');
    expect(answer.status).toBe(200);
    expect(lastSeen()['x-forwarded-for']).toBe('203.0.113.7');
    expect(
      rowsOf(app.dataDir, 'ledger')
        .filter(({ route }) => route === 'authz/nginx')
        .map(({ address }) => address),
    ).toContain('203.0.113.7');
    expect((await ask('elsewhere', '203.0.113.7, 198.51.100.1')).status).toBe(403);
    expect((await ask('loopback', '203.0.113.7')).status).toBe(403);
  });
});

describe('what nginx makes of answers that a key alone does not bring about', () => {
  let asked: { method: string | undefined; headers: IncomingHttpHeaders; bytes: number }[];
  let answer: () => ReturnType<typeof deny>;
  let server: Server;
  let front: Nginx;

  beforeAll(async () => {
    asked = [];
    const admission = {
      admit: () => answer(),
      charge: () => answer(),
      check: () => undefined,
      review: () => undefined,
      holder: () => answer(),
      refuse: (_: unknown, denial: ReturnType<typeof deny>) => denial,
    };
    const door = createAuthz({
      admission,
      trust: { trusted: new AddressSet(['127.0.0.1']), header: 'x-forwarded-for' },
      keyPrefix: 'kw_',
      newId: (prefix) => `${prefix}_1`,
      clock: () => 0,
      log: () => undefined,
    } satisfies AuthzOptions);
    server = createServer((request, response) => {
      const one = { method: request.method, headers: request.headers, bytes: 0 };
      asked.push(one);
      request.on('data', (part: Buffer) => void (one.bytes += part.length));
      door(request, response, request.url!, '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const [block = ''] = await blocksOf(PAGE, 'nginx');
    front = await startNginx(block, {
      '127.0.0.1:8080': `127.0.0.1:${(server.address() as AddressInfo).port}`,
      '127.0.0.1:3000': new URL(guarded.url).host,
    });
  });
  afterAll(async () => {
    await front?.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test.each<[DenialCode, number, string | undefined]>([
    ['rate_limit_exceeded', 429, '30'],
    ['insufficient_quota', 429, '30'],
    ['concurrency_exceeded', 429, '30'],
    ['price_unknown', 403, undefined],
    ['account_suspended', 403, undefined],
  ])('%s: the question gets 403 and the client %d', async (code, status, wait) => {
    answer = () => deny(code, undefined, 29.5);
    const before = guarded.seen.length;
    const { headers, ...got } = await send(`${front.url}/x`, {
      method: 'POST',
      lines: [['x-api-key', 'k']],
      body: 'y'.repeat(5000),
    });
    expect([got.status, headers['x-keyward-code'], headers['retry-after']]).toEqual([status, code, wait]);
    expect(guarded.seen.length).toBe(before);
    // The question is about the request, and the request's body is not part of it.
    expect(asked.at(-1)).toMatchObject({
      method: 'GET',
      bytes: 0,
      headers: { 'x-original-method': 'POST', 'x-original-uri': '/x', 'x-forwarded-for': '127.0.0.1' },
    });
    expect(asked.at(-1)?.headers['content-length']).toBeUndefined();
  });

  test('when it cannot be decided, nothing is forwarded', async () => {
    answer = () => {
      throw new Fault('store_unavailable', 'The store cannot be reached.');
    };
    const before = guarded.seen.length;
    expect((await send(`${front.url}/x`, { lines: [['x-api-key', 'k']] })).status).toBe(500);
    expect(guarded.seen.length).toBe(before);
  });
});
