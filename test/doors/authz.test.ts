import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { made, startTestApp, type TestApp } from '../kit/app.ts';
import { rowsOf } from '../kit/doors.ts';
import { blocksOf } from '../kit/nginx.ts';
import { send, type Lines } from '../kit/raw.ts';

/* The questions of Envoy and Traefik as those proxies put them, and what of nginx's a real nginx would not send. */

let app: TestApp;
let projectId: string;
let accountId: string;
const keys: Record<string, { id: string; value: string }> = {};

beforeAll(async () => {
  app = await startTestApp({ env: { KEYWARD_TRUSTED_PROXIES: '127.0.0.1' } });
  accountId = (await made(app, '/accounts', { name: 'Account' })).id;
  projectId = (await made(app, '/projects', { accountId, name: 'Project' })).id;
  const { id: providerId } = await made(app, '/providers', {
    name: 'http',
    kind: 'http',
    baseUrl: 'http://127.0.0.1:1',
  });
  const { id } = await made(app, `/projects/${projectId}/services`, { name: 'vectors', providerId });
  const key = async (name: string, options: object = {}) =>
    (keys[name] = await made(app, `/projects/${projectId}/keys`, { name, scope: { mode: 'all' }, ...options }));
  await key('good');
  await key('reader', { scope: { mode: 'range', resources: [{ type: 'service', id, access: 'read' }] } });
  await key('listed', { ipAllow: ['203.0.113.0/24', '127.0.0.1'] });
  await key('denied', { ipDeny: ['203.0.113.7'] });
});
afterAll(() => app.remove());

const bearer = (name: string): Lines => [['authorization', `Bearer ${keys[name]!.value}`]];
const NO_BODY: Lines = [['content-length', '0']];

describe('Envoy (ext_authz over HTTP)', () => {
  const ask = (name: string, options: { method?: string; suffix?: string; lines?: Lines; body?: string } = {}) =>
    send(`${app.url}/authz/envoy/vectors${options.suffix ?? '/'}`, {
      method: options.method ?? 'GET',
      lines: [...bearer(name), ...(options.lines ?? []), ...(options.body === undefined ? NO_BODY : [])],
      ...(options.body !== undefined && { body: options.body }),
    });

  test('only 200 allows: it is exactly that, empty, never kept, and says who calls', async () => {
    const { status, headers, text } = await ask('good');
    expect([status, text, headers['content-length'], headers['cache-control']]).toEqual([200, '', '0', 'no-store']);
    expect(headers).toMatchObject({
      'x-key-id': keys['good']!.id,
      'x-project-id': projectId,
      'x-account-id': accountId,
    });
  });

  test('the key stays with Envoy: the answer names every header it could have come in', async () => {
    expect((await ask('good')).headers['x-envoy-auth-headers-to-remove']).toBe(
      'authorization,x-api-key,x-goog-api-key',
    );
  });

  test('any method and any path behind the prefix', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'MERGE'])
      expect((await ask('good', { method })).status, method).toBe(200);
    for (const suffix of [
      '',
      '/',
      '/a/b/c',
      '/a//b',
      '/a/../../b',
      '/%2e%2e/x',
      '/a%2Fb',
      '/?q=%zz',
      '/a?x=1&x=2',
      '/v1/models',
      `/${'x'.repeat(8000)}`,
    ]) {
      expect((await ask('good', { suffix })).status, suffix).toBe(200);
    }
  });

  test('Z11 the method is the one Envoy uses, whatever headers claim', async () => {
    const claims: Lines = [
      ['x-forwarded-method', 'GET'],
      ['x-original-method', 'GET'],
      ['x-http-method-override', 'GET'],
    ];
    expect((await ask('reader', { method: 'GET' })).status).toBe(200);
    expect((await ask('reader', { method: 'DELETE', lines: claims })).body).toMatchObject({
      status: 403,
      code: 'insufficient_scope',
    });
  });

  test('a body is ignored, and what follows on the connection is not taken for it', async () => {
    expect((await ask('good', { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(200);
    const { host, port } = new URL(app.url);
    const head = (length: number) =>
      `POST /authz/envoy/vectors/ HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${keys['good']!.value}\r\ncontent-length: ${length}\r\n`;
    const socket = connect(Number(port), '127.0.0.1');
    let text = '';
    socket.on('data', (part: Buffer) => void (text += part.toString()));
    socket.write(
      `${head(70_000)}\r\n${'GET /forged HTTP/1.1\r\n'.repeat(10_000).slice(0, 70_000)}${head(0)}connection: close\r\n\r\n`,
    );
    await new Promise((resolve) => socket.once('close', resolve));
    expect(text.match(/^HTTP\/1\.1 .*$/gm)?.map((line) => line.trim())).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK']);
  });

  test('a refusal has its true status and reason for the client', async () => {
    const { status, headers, body } = await send(`${app.url}/authz/envoy/vectors/x`, { lines: NO_BODY });
    expect([status, headers['www-authenticate'], headers['content-type'], body.code]).toEqual([
      401,
      'Bearer realm="keyward"',
      'application/problem+json',
      'missing_api_key',
    ]);
    expect(headers).not.toHaveProperty('x-key-id');
    expect(headers).not.toHaveProperty('x-envoy-auth-headers-to-remove');
  });

  test('without x-forwarded-for the client is unknown, and not taken to be Envoy', async () => {
    expect((await ask('good')).status).toBe(200);
    expect((await ask('listed')).body).toMatchObject({
      code: 'ip_not_allowed',
      detail: expect.stringContaining('cannot be told'),
    });
    expect((await ask('denied')).body).toMatchObject({ code: 'ip_not_allowed' });
    const from = (address: string): { lines: Lines } => ({ lines: [['x-forwarded-for', address]] });
    expect((await ask('listed', from('203.0.113.7'))).status).toBe(200);
    expect((await ask('denied', from('203.0.113.7'))).body).toMatchObject({
      code: 'ip_not_allowed',
      detail: expect.not.stringContaining('cannot be told'),
    });
    expect((await ask('denied', from('203.0.113.8'))).status).toBe(200);
  });
});

describe('Traefik (ForwardAuth)', () => {
  const ask = (name: string, lines: Lines, suffix = '') =>
    send(`${app.url}/authz/traefik/vectors${suffix}`, {
      lines: [
        ['x-forwarded-host', 'vectors.example.com'],
        ['x-forwarded-proto', 'https'],
        ['x-forwarded-for', '203.0.113.7'],
        ...bearer(name),
        ...lines,
      ],
    });
  const asked = (method: string, uri = '/'): Lines => [
    ['x-forwarded-method', method],
    ['x-forwarded-uri', uri],
  ];

  test('a good key is allowed, and the answer says who calls', async () => {
    const { status, text, headers } = await ask('good', asked('POST', '/collections?limit=1'));
    expect([status, text, headers['x-key-id'], headers['x-project-id'], headers['x-account-id']]).toEqual([
      200,
      '',
      keys['good']!.id,
      projectId,
      accountId,
    ]);
  });

  test('Z11 the method is the one Traefik names; one that is not named, or twice, is taken for writing', async () => {
    expect((await ask('reader', asked('GET'))).status).toBe(200);
    for (const lines of [
      asked('PUT'),
      [],
      [...asked('GET'), ...asked('POST')],
      [...asked('GET'), ['x-forwarded-method', 'GET'] as const],
      [['x-original-method', 'GET'] as const],
    ]) {
      expect((await ask('reader', lines)).body).toMatchObject({ code: 'insufficient_scope', status: 403 });
    }
  });

  test('T04 a key in the client’s address is refused, and not one that is only a parameter of that name', async () => {
    expect((await ask('good', asked('GET', `/x?a=${keys['good']!.value}`))).body).toMatchObject({
      status: 400,
      code: 'api_key_in_query',
    });
    expect((await ask('good', asked('GET', '/x?key=42&api_key=7'))).status).toBe(200);
  });

  test('V10 the client’s address is the one Traefik names', async () => {
    expect((await ask('listed', asked('GET'))).status).toBe(200);
    expect((await ask('denied', asked('GET'))).body).toMatchObject({ code: 'ip_not_allowed' });
  });
});

describe('nginx (auth_request), what a misconfigured one would send', () => {
  test('without the method the strictest is assumed', async () => {
    const ask = (lines: Lines) => send(`${app.url}/authz/nginx/vectors`, { lines: [...bearer('reader'), ...lines] });
    expect((await ask([])).headers['x-keyward-code']).toBe('insufficient_scope');
    expect((await ask([['x-forwarded-method', 'GET']])).headers['x-keyward-code']).toBe('insufficient_scope');
    expect((await ask([['x-original-method', 'GET']])).status).toBe(200);
  });

  test('every refusal is 401 or 403, with the true status beside it', async () => {
    const { status, headers } = await send(`${app.url}/authz/nginx/vectors`, {
      lines: [...bearer('good'), ['x-original-uri', `/?a=${keys['good']!.value}`]],
    });
    expect([status, headers['x-keyward-status'], headers['x-keyward-code']]).toEqual([403, '400', 'api_key_in_query']);
  });
});

describe('which doors there are', () => {
  test('no service, another service and another proxy are told apart', async () => {
    const ask = (path: string) => send(app.url + path, { lines: [...bearer('good'), ['x-original-method', 'GET']] });
    expect((await ask('/authz/nginx')).headers['x-keyward-code']).toBe('service_not_allowed');
    expect((await ask('/authz/nginx/')).headers['x-keyward-code']).toBe('service_not_allowed');
    expect((await ask('/authz/nginx/none')).headers['x-keyward-code']).toBe('service_not_allowed');
    for (const path of ['/authz/caddy/vectors', '/authz/', '/authz/constructor/vectors', '/authz/__proto__/vectors']) {
      expect((await ask(path)).body, path).toMatchObject({
        status: 404,
        code: 'not_found',
        detail: expect.stringContaining('/authz/nginx'),
      });
    }
  });
});

describe('who is answered', () => {
  test('trusted proxies alone: another peer learns nothing of a key, and the refusal is counted', async () => {
    const closed = await startTestApp();
    for (const door of ['nginx', 'envoy', 'traefik']) {
      for (const key of [closed.first!.key, 'kw_nonsense']) {
        const { status, headers, body } = await send(`${closed.url}/authz/${door}/vectors/`, {
          lines: [
            ['x-api-key', key],
            ['x-forwarded-for', '127.0.0.1'],
          ],
        });
        expect([status, headers['x-keyward-code'], body.detail]).toEqual([
          403,
          'untrusted_proxy',
          expect.stringContaining('KEYWARD_TRUSTED_PROXIES'),
        ]);
      }
    }
    await closed.stop();
    expect(
      rowsOf(closed.dataDir, 'denials').map(({ key_id, code, route, address, count }) => [
        key_id,
        code,
        route,
        address,
        count,
      ]),
    ).toEqual(['envoy', 'nginx', 'traefik'].map((door) => ['', 'untrusted_proxy', `authz/${door}`, '127.0.0.1', 2]));
    await closed.remove();
  });
});

test('the pages of the guide name the doors and headers that there are', async () => {
  const [envoy = ''] = await blocksOf('docs/guide/proxies.md', 'yaml');
  const traefik = (await blocksOf('docs/guide/proxies.md', 'yaml'))[1] ?? '';
  const { headers } = await send(`${app.url}/authz/envoy/vectors/`, { lines: bearer('good') });
  const copied = (text: string) =>
    [...text.matchAll(/(?:exact: |- )(x-(?:key|project|account)-id)/gi)].map(([, name = '']) => name.toLowerCase());
  for (const block of [envoy, traefik]) {
    expect(copied(block)).toEqual(['x-key-id', 'x-project-id', 'x-account-id']);
    for (const name of copied(block)) expect(headers).toHaveProperty(name);
  }
  expect([envoy, traefik].map((block) => /\/authz\/\w+\/\w+/.exec(block)?.[0])).toEqual([
    '/authz/envoy/vectors',
    '/authz/traefik/vectors',
  ]);
});
