import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Fault } from '../../src/core/fault.ts';
import type { TestManagement } from '../kit/management.ts';
import { pointers, startTenants, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;
let keysPath: string;

beforeAll(async () => {
  tenants = await startTenants();
  app = tenants.app;
  keysPath = `/projects/${tenants.mine.projectId}/keys`;
});
afterAll(() => app.close());

const body = { name: 'x', scope: { mode: 'all' } };

/** Sends bytes as they are and reads until the connection closes. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
    socket.write(text);
  });
}

describe('bad input is told clearly and changes nothing', () => {
  test.each([
    ['invalid JSON', '{"name":', {}, 400, 'invalid_json'],
    ['a prototype in the JSON', '{"__proto__":{"x":1},"name":"x","scope":{"mode":"all"}}', {}, 400, 'invalid_json'],
    [
      'a name in GBK',
      Buffer.from('{"name":"\xb2\xe2\xca\xd4","scope":{"mode":"all"}}', 'latin1'),
      {},
      400,
      'invalid_json',
    ],
    ['a body that is no object', '[]', {}, 400, 'invalid_request'],
    ['a body of null', 'null', {}, 400, 'invalid_request'],
    ['no body', undefined, { 'content-type': 'application/json' }, 400, 'invalid_request'],
    ['a form', 'name=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'unsupported_media_type'],
    ['text', 'x', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['more than 1 MiB', JSON.stringify({ ...body, description: 'x'.repeat(1024 * 1024) }), {}, 413, 'body_too_large'],
  ])('%s', async (_what, text, headers, status, code) => {
    const before = await app.snapshot();
    const answer = await app.call('POST', keysPath, text, { headers });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await app.snapshot()).toBe(before);
  });

  test('a problem document has all its members, and pointers are escaped', async () => {
    const answer = await app.call('POST', keysPath, { ...body, 'a/b~c': 1 });
    expect(Object.keys(answer.body).toSorted()).toEqual([
      'code',
      'detail',
      'errors',
      'requestId',
      'status',
      'title',
      'type',
    ]);
    expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
    expect(pointers(answer)).toEqual(['/a~1b~0c']);
  });

  test('an unknown field deep inside is refused with its pointer', async () => {
    const answer = await app.call('POST', keysPath, {
      name: 'x',
      scope: { mode: 'range', resources: [{ type: 'model', id: 'other', name: 'x' }], extra: 1 },
    });
    expect(pointers(answer).toSorted()).toEqual(['/scope/extra', '/scope/resources/0/name']);
  });

  test('unknown addresses answer 404, known ones with another method 405 and what they allow', async () => {
    for (const path of ['/nothing', '/keys', '/keys/x/y', '/keys/x/explode', '/']) {
      const answer = await app.call('GET', path);
      expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
    }
    const put = await app.call('PUT', keysPath, body);
    expect([put.status, put.body.code, put.headers.get('allow')]).toEqual([
      405,
      'method_not_allowed',
      'GET, HEAD, POST',
    ]);
    expect((await app.call('GET', '/keys/x/disable')).headers.get('allow')).toBe('POST');
  });

  test('parameters and bodies that an operation does not take are refused', async () => {
    expect(pointers(await app.call('GET', `/keys/${tenants.mine.keyId}?full=1`))).toEqual(['?full']);
    expect(pointers(await app.call('DELETE', `/endpoints/${tenants.mine.endpointId}`, { force: true }))).toEqual(['']);
  });

  test.each([
    '/api/v1/keys/%zz',
    '/api/v1/keys/..%2f..%2fetc%2fpasswd',
    `/api/v1/keys/${'k'.repeat(1000)}`,
    '/api/v1/keys/%00',
  ])('the address %s is answered with a problem', async (path) => {
    const answer = await raw(
      `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer root-key-for-tests-0123456789abcdefghij\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).toContain('application/problem+json');
  });

  test('a body far larger than is taken gets its answer, and its connection the next one', async () => {
    const large = 'x'.repeat(4 * 1024 * 1024);
    const head = (method: string, rest: string) =>
      `${method} /api/v1${keysPath} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer root-key-for-tests-0123456789abcdefghij\r\n${rest}\r\n`;
    const answer = await raw(
      `${head('POST', `content-type: application/json\r\ncontent-length: ${large.length}\r\n`)}${large}${head('GET', 'connection: close\r\n')}`,
    );
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
  });

  test('a body that is cut short is no creation', async () => {
    const before = await app.snapshot();
    const text = JSON.stringify(body);
    const answer = await raw(
      `POST /api/v1${keysPath} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${text.length - 3}\r\nauthorization: Bearer root-key-for-tests-0123456789abcdefghij\r\n\r\n${text.slice(0, -3)}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(await app.snapshot()).toBe(before);
  });
});

describe('every answer', () => {
  test('is never cached, names its request and is not sniffed', async () => {
    for (const path of [keysPath, '/nothing', '/openapi.json', '/keys/%zz']) {
      const { headers } = await app.call('GET', path);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-request-id')).toMatch(/^req_\w{20,}$/);
    }
  });

  test('HEAD asks for the same rights as GET', async () => {
    expect((await app.call('HEAD', keysPath, undefined, { key: null })).status).toBe(401);
    expect((await app.call('HEAD', keysPath)).status).toBe(200);
  });
});

describe('trouble', () => {
  /** Lets the store fail once. */
  const failing = (error: Error) => vi.spyOn(app.store.keys, 'get').mockRejectedValueOnce(error);

  test('a bug is 500 with the request’s id, logged whole and told as nothing', async () => {
    const secret = 'select secret from somewhere';
    failing(new Error(secret));
    const answer = await app.call('GET', `/keys/${tenants.mine.keyId}`);
    expect([answer.status, answer.body.code]).toEqual([500, 'internal']);
    expect(answer.text).not.toContain(secret);
    expect(answer.text).not.toContain('.ts');
    const line = app.logged.map((one) => JSON.parse(one)).find(({ reqId }) => reqId === answer.body.requestId);
    expect(line.err.stack).toContain(secret);
  });

  test('a store that cannot be reached is 503, and what went wrong stays in the log', async () => {
    failing(
      new Fault('store_unavailable', 'The store cannot be reached. Try again in a moment.', {
        private: 'db.internal:5432',
      }),
    );
    const answer = await app.call('GET', `/keys/${tenants.mine.keyId}`);
    expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
      503,
      'store_unavailable',
      '1',
    ]);
    expect(answer.text).not.toContain('db.internal');
    expect(app.logged.join('')).toContain('db.internal');
  });
});

test('an Idempotency-Key is refused where what is made would be made again, whoever asks, and taken for keys and projects', async () => {
  const headers = { 'idempotency-key': '"order-1"' };
  const { accountId, projectId, keyId } = tenants.mine;
  const before = await app.snapshot();
  for (const [path, sent] of [
    [`/keys/${keyId}/limits`, { unit: 'requests', amount: 5, window: { kind: 'lifetime' } }],
    [`/accounts/${accountId}/limit-templates`, { name: 'twice', limits: [] }],
    [`/accounts/${accountId}/webhooks`, { url: 'https://example.com/hook' }],
    ['/accounts', { name: 'twice' }],
    ['/providers', { name: 'twice', kind: 'demo' }],
    ['/models', { name: 'twice', providerId: 'prv_1' }],
    [`/projects/${projectId}/endpoints`, {}],
  ] as const) {
    const answer = await app.call('POST', path, sent, { headers });
    expect([path, answer.status, answer.body.code]).toEqual([path, 400, 'invalid_request']);
    expect(answer.body.detail).toContain('Idempotency-Key');
  }
  expect((await app.call('POST', '/accounts', { name: 'twice' }, { headers, key: null })).status).toBe(401);
  expect(await app.snapshot()).toBe(before);
  expect((await app.call('POST', `/keys/${keyId}/disable`, undefined, { headers })).status).toBe(200);
  expect((await app.call('POST', keysPath, { ...body, name: 'once' }, { headers })).status).toBe(201);
  expect((await app.call('POST', '/projects', { accountId, name: 'once' }, { headers })).status).toBe(201);
});
