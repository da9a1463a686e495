// Services: any HTTP service behind the project's keys.

import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { made } from '../kit/app.ts';
import { eventually, openWire, requestText, startBench, type Bench } from '../kit/gateway.ts';

let bench: Bench;
let server: Server;
let handler: (request: IncomingMessage, response: ServerResponse) => void;
let last: IncomingMessage | undefined;
let count = 0;
let service: { id: string };
let key: { id: string; value: string };

beforeAll(async () => {
  server = createServer((request, response) => {
    last = request;
    count += 1;
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  bench = await startBench();
  const { app, setting } = bench;
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`;
  const provider = await made(app, '/providers', {
    name: 'vectors',
    kind: 'http',
    baseUrl,
    credential: 'service-secret',
    idleTimeoutMs: 600,
  });
  service = await made(app, `/projects/${setting.projectId}/services`, { name: 'vectors', providerId: provider.id });
});
beforeEach(async () => {
  handler = (request, response) => {
    request.resume();
    response.end('served');
  };
  key = await newKey();
});
afterAll(async () => {
  await bench.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const newKey = (over: object = {}): Promise<{ id: string; value: string }> =>
  made(bench.app, `/projects/${bench.setting.projectId}/keys`, { name: 'services', scope: { mode: 'all' }, ...over });
const call = (
  path: string,
  init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
  value = key.value,
): Promise<Response> =>
  fetch(`${bench.app.url}/services/vectors${path}`, {
    ...init,
    headers: { authorization: `Bearer ${value}`, ...init.headers },
  });

test.each(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'QUERY'])(
  'V02, Z12: %s passes with path, query and answer as they are',
  async (method) => {
    const answer = await call('/a%20b/c;d=1?x=1&y=%2F', { method, ...(method === 'POST' && { body: 'data' }) });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(method === 'HEAD' ? '' : 'served');
    expect(last!.method).toBe(method);
    expect(last!.url).toBe('/base/a%20b/c;d=1?x=1&y=%2F');
    expect((await bench.rows(1, key.id))[0]).toMatchObject({
      route: '/services/*',
      resource: { type: 'service', name: 'vectors' },
      outcome: 'answered',
      status: 200,
      usageSource: 'none',
      cost: '0',
    });
  },
);

test('the service learns whose call it is, whatever the client claims, and never sees its key', async () => {
  await call('/', {
    headers: {
      'x-keyward-key-id': 'key_forged',
      x_keyward_project_id: 'prj_forged',
      'x-forwarded-for': '1.2.3.4',
      x_forwarded_for: '1.2.3.4',
      'cf-connecting-ip': '1.2.3.4',
      'x-copy': `token ${key.value}`,
      cookie: 'session=1',
      'x-own': 'kept',
    },
  });
  expect(last!.headers).toMatchObject({
    'x-keyward-key-id': key.id,
    'x-keyward-project-id': bench.setting.projectId,
    'x-own': 'kept',
    authorization: 'Bearer service-secret',
  });
  expect(last!.headers['x-keyward-account-id']).toMatch(/^acc_/);
  expect(JSON.stringify(last!.rawHeaders)).not.toMatch(/forged|1\.2\.3\.4|session=1/);
  expect(JSON.stringify(last!.rawHeaders)).not.toContain(key.value);
});

test.each(['?note=KEY', '/KEY/x', '/x?KEY'])(
  'T04: the key in the address (%j) is refused and reaches no service',
  async (where) => {
    const before = count;
    const answer = await call(where.replace('KEY', key.value));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('x-keyward-code')).toBe('api_key_in_query');
    expect(await answer.text()).not.toContain(key.value);
    expect(count).toBe(before);
  },
);

test('Z11: a key that may read is held to safe methods', async () => {
  const reader = await newKey({
    scope: { mode: 'range', resources: [{ type: 'service', id: service.id, access: 'read' }] },
  });
  for (const method of ['GET', 'HEAD', 'OPTIONS'])
    expect((await call('/x', { method }, reader.value)).status).toBe(200);
  const before = count;
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'QUERY']) {
    const answer = await call('/x', { method }, reader.value);
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'insufficient_scope' });
  }
  expect(count).toBe(before);
});

test('D22: a service of another project, an unknown one and one outside the scope are refused in the same words', async () => {
  const { app, setting } = bench;
  const project = await made(app, '/projects', {
    accountId: (await app.api<{ accountId: string }>('GET', `/projects/${setting.projectId}`)).body.accountId,
    name: 'Other',
  });
  const stranger = await made(app, `/projects/${project.id}/keys`, { name: 's', scope: { mode: 'all' } });
  const narrow = await newKey({ scope: { mode: 'range', resources: [{ type: 'model', id: setting.modelId }] } });
  const answers = await Promise.all([
    call('/x', {}, stranger.value),
    call('/x', {}, narrow.value),
    fetch(`${app.url}/services/unknown/x`, { headers: { authorization: `Bearer ${key.value}` } }),
  ]);
  const bodies = await Promise.all(
    answers.map(async (answer) => ({ status: answer.status, ...((await answer.json()) as { detail: string }) })),
  );
  for (const body of bodies)
    expect(body).toMatchObject({ status: 403, code: 'service_not_allowed', detail: bodies[0]!.detail });
});

test.each([
  '/../admin',
  '/a/../../admin',
  '/%2e%2e/admin',
  '/.%2E/x',
  '/%252e%252e/x',
  '/..%2fadmin',
  '/..%5cadmin',
  '/..\\admin',
  '/..;x=1/admin',
  '/..%3bx/admin',
  '/..%00/admin',
  '/..%00.png',
  '/%c0%ae%c0%ae/admin',
  '/%e0%80%ae%e0%80%ae/admin',
  '/..%c0%afadmin',
  '/%u002e%u002e/admin',
  '/..%20/admin',
  '/a/./b',
  '/a#b',
  `/%${'25'.repeat(200)}2e%2e/admin`,
])('a path that climbs is refused: %s', async (path) => {
  const before = count;
  const wire = await openWire(bench.port);
  wire.send(requestText(`/services/vectors${path}`, key.value, '', { method: 'GET' }));
  expect(await wire.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 400 /);
  wire.socket.destroy();
  expect(count).toBe(before);
});

test('TRACE is refused: its echo would show the provider’s credential', async () => {
  const wire = await openWire(bench.port);
  wire.send(requestText('/services/vectors/x', key.value, '', { method: 'TRACE' }));
  expect(await wire.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 405 /);
  wire.socket.destroy();
});

test('X03 a service that echoes its credential is refused, and is asked for what can be searched for it', async () => {
  handler = (request, response) => response.end(JSON.stringify(request.headers));
  const answer = await call('/echo', { headers: { 'accept-encoding': 'gzip' } });
  const text = await answer.text();
  expect([answer.status, answer.headers.get('x-keyward-code')]).toEqual([502, 'upstream_bad_answer']);
  expect(text).not.toContain('service-secret');
  expect(last!.headers['accept-encoding']).toBe('identity');
  handler = (request, response) => response.setHeader('x-echo', request.headers.authorization ?? '').end('served');
  const headers = await call('/echo');
  expect([headers.status, headers.headers.get('x-echo')]).toEqual([200, null]);
});

test('errors, redirects, empty answers and compressed ones pass as they are', async () => {
  const bytes = randomBytes(300);
  const answers: [number, Record<string, string>, Buffer][] = [
    [401, { 'content-type': 'text/plain', 'www-authenticate': 'Basic' }, Buffer.from('log in')],
    [302, { location: '/elsewhere' }, Buffer.alloc(0)],
    [404, { 'content-type': 'text/html' }, Buffer.from('<h1>no</h1>')],
    [204, {}, Buffer.alloc(0)],
    [304, { etag: '"1"' }, Buffer.alloc(0)],
    [500, { 'content-type': 'application/octet-stream', 'content-encoding': 'x-own' }, bytes],
  ];
  for (const [status, headers, body] of answers) {
    handler = (_request, response) => response.writeHead(status, headers).end(body);
    const answer = await call('/x', { redirect: 'manual' });
    expect(answer.status).toBe(status);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(body);
    expect(answer.headers.get('location')).toBe(headers['location'] ?? null);
    expect(answer.headers.get('www-authenticate')).toBeNull();
  }
  const rows = await bench.rows(answers.length, key.id);
  expect(rows.map((row) => row.status).toReversed()).toEqual(answers.map(([status]) => status));
});

test('a body streams up while the answer streams down', async () => {
  handler = (request, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    request.on('data', (chunk: Buffer) => response.write(Buffer.from(chunk.toString().toUpperCase())));
    request.on('end', () => response.end('!'));
  };
  const wire = await openWire(bench.port);
  wire.send(
    `POST /services/vectors/echo HTTP/1.1\r\nhost: k\r\nauthorization: Bearer ${key.value}\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
  wire.send('3\r\none\r\n');
  // The last byte of what has come waits for the next.
  await wire.until(/ON/);
  wire.send('3\r\ntwo\r\n');
  await wire.until(/TW/);
  wire.send('0\r\n\r\n');
  expect((await wire.until(/\r\n0\r\n\r\n$/)).replaceAll(/\r\n\w+\r\n/g, '')).toMatch(/ONETWO!/);
  expect(last!.headers['transfer-encoding']).toBe('chunked');
  wire.socket.destroy();
});

test('an upload of known length keeps its length, and 50 MB pass unchanged', async () => {
  const body = randomBytes(50 * 1024 * 1024);
  let received = '';
  handler = (request, response) => {
    const hash = createHash('sha256');
    request.on('data', (chunk: Buffer) => hash.update(chunk));
    request.on('end', () => {
      received = hash.digest('hex');
      response.end('ok');
    });
  };
  expect((await call('/upload', { method: 'PUT', body })).status).toBe(200);
  expect(received).toBe(createHash('sha256').update(body).digest('hex'));
  expect(last!.headers['content-length']).toBe(String(body.length));
});

test('a stream of events passes event by event', async () => {
  let step: (() => void) | undefined;
  handler = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
    step = () => response.end('data: 2\n\n');
  };
  const answer = await call('/events');
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toBe('data: 1\n\n');
  step!();
  expect((await reader.read()).value).toBe('data: 2\n\n');
  expect((await reader.read()).done).toBe(true);
});

test('a stream of events that breaks off in the middle of one: the last word stands apart from it', async () => {
  handler = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: ha');
    setTimeout(() => response.destroy(), 20);
  };
  const wire = await openWire(bench.port);
  wire.send(requestText('/services/vectors/events', key.value, '', { method: 'GET' }));
  expect(await wire.closed).toMatch(/data: ha\r\n\w+\r\n\n\nevent: error\ndata: {.*"code":"upstream_bad_answer"/);
});

test('a service that answers before it has read the body: the answer arrives, and the connection serves on', async () => {
  handler = (_request, response) => response.writeHead(413).end('too much');
  const wire = await openWire(bench.port);
  wire.send(requestText('/services/vectors/upload', key.value, Buffer.alloc(3 * 1024 * 1024, 65)));
  await wire.until(/too much/);
  expect(wire.text()).toMatch(/^HTTP\/1\.1 413 /);
  handler = (_request, response) => response.end('served');
  wire.send(requestText('/services/vectors/next', key.value, '', { method: 'GET' }));
  await wire.until(/served/);
  wire.socket.destroy();
});

test('a service that breaks off during an upload: 502, and the connection serves on', async () => {
  handler = (request) => request.once('data', () => request.socket.destroy());
  const wire = await openWire(bench.port);
  wire.send(requestText('/services/vectors/upload', key.value, Buffer.alloc(3 * 1024 * 1024, 65)));
  expect(await wire.until(/upstream_unreachable/)).toMatch(/^HTTP\/1\.1 502 /);
  wire.send(requestText('/v1/models', key.value, '', { method: 'GET' }));
  await wire.until(/"object":"list"/);
  wire.socket.destroy();
  expect((await bench.rows(1, key.id)).at(-1)).toMatchObject({ outcome: 'upstream_failed', status: 502 });
});

test('a client that leaves during its upload cancels the service within 100 ms, one row', async () => {
  let closedMs = 0;
  handler = (request) => {
    request.on('error', () => undefined);
    request.on('close', () => (closedMs = performance.now()));
    request.resume();
  };
  const before = count;
  const wire = await openWire(bench.port);
  wire.send(
    `POST /services/vectors/up HTTP/1.1\r\nhost: k\r\nauthorization: Bearer ${key.value}\r\ncontent-length: 1000\r\n\r\nsome`,
  );
  await eventually(() => (count > before ? true : undefined));
  const leftMs = performance.now();
  wire.socket.destroy();
  const rows = await bench.rows(1, key.id);
  expect((await eventually(() => closedMs || undefined)) - leftMs).toBeLessThan(100);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ outcome: 'aborted', status: 499 });
});

test('Expect: 100-continue on an upload: asked for only when admitted', async () => {
  const wire = await openWire(bench.port);
  wire.send(
    `PUT /services/vectors/up HTTP/1.1\r\nhost: k\r\nauthorization: Bearer ${key.value}\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n`,
  );
  await wire.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  wire.send('data');
  await wire.until(/served/);
  wire.socket.destroy();
  const refused = await openWire(bench.port);
  refused.send(
    `PUT /services/none/up HTTP/1.1\r\nhost: k\r\nauthorization: Bearer ${key.value}\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n`,
  );
  expect(await refused.closed).toMatch(/^HTTP\/1\.1 403 /);
});
