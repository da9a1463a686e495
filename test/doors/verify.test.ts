import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateKeyValue } from '../../src/core/keyValue.ts';
import { VerifyAnswer } from '../../src/http/verify.ts';
import { made, ROOT_KEY, startTestApp, type TestApp } from '../kit/app.ts';
import { rowsOf } from '../kit/doors.ts';
import { send, type RawAnswer } from '../kit/raw.ts';

let app: TestApp;
let laterMs = 0;
const ids: Record<string, string> = {};
const keys: Record<string, { id: string; value: string }> = {};

beforeAll(async () => {
  app = await startTestApp({ clock: () => Date.now() + laterMs });
  const account = await made(app, '/accounts', { name: 'Account' });
  const other = await made(app, '/accounts', { name: 'Other' });
  const project = await made(app, '/projects', { accountId: account.id, name: 'Project' });
  const second = await made(app, '/projects', { accountId: account.id, name: 'Second' });
  const theirs = await made(app, '/projects', { accountId: other.id, name: 'Theirs' });
  const openai = await made(app, '/providers', { name: 'openai', kind: 'openai', baseUrl: 'http://127.0.0.1:1/v1' });
  const http = await made(app, '/providers', { name: 'http', kind: 'http', baseUrl: 'http://127.0.0.1:1' });
  ids['model'] = (await made(app, '/models', { name: 'vendor/model', providerId: openai.id })).id;
  ids['endpoint'] = (
    await made(app, `/projects/${project.id}/endpoints`, { name: 'endpoint', modelId: ids['model'] })
  ).id;
  ids['service'] = (await made(app, `/projects/${project.id}/services`, { name: 'vectors', providerId: http.id })).id;
  ids['account'] = account.id;
  ids['project'] = project.id;
  const all = { scope: { mode: 'all' } };
  keys['good'] = await made(app, `/projects/${project.id}/keys`, {
    name: 'good',
    environment: 'prod',
    expiresAt: '2126-01-02T03:04:05.678Z',
    ...all,
  });
  keys['listed'] = await made(app, `/projects/${project.id}/keys`, {
    name: 'listed',
    ipAllow: ['203.0.113.0/24', '2001:db8::/32'],
    ...all,
  });
  keys['reader'] = await made(app, `/projects/${project.id}/keys`, {
    name: 'reader',
    scope: { mode: 'range', resources: [{ type: 'service', id: ids['service'], access: 'read' }] },
  });
  keys['disabled'] = await made(app, `/projects/${project.id}/keys`, { name: 'disabled', status: 'disabled', ...all });
  keys['of the account'] = await made(app, `/accounts/${account.id}/keys`, { name: 'account manager' });
  keys['of the project'] = await made(app, `/projects/${project.id}/keys`, {
    name: 'project manager',
    class: 'management',
  });
  keys['of the second project'] = await made(app, `/projects/${second.id}/keys`, {
    name: 'second manager',
    class: 'management',
  });
  keys['of another account'] = await made(app, `/accounts/${other.id}/keys`, { name: 'other manager' });
  keys['theirs'] = await made(app, `/projects/${theirs.id}/keys`, { name: 'theirs', ...all });
});
afterAll(() => app.remove());

const value = (name: string): string => keys[name]!.value;
const model = { type: 'model', name: 'vendor/model' };
const service = (method?: string) => ({ type: 'service', name: 'vectors', ...(method !== undefined && { method }) });

function post(body: string, caller: string | null = ROOT_KEY): Promise<RawAnswer> {
  return send(`${app.url}/api/v1/keys/verify`, {
    method: 'POST',
    lines: caller === null ? [] : [['authorization', `Bearer ${caller}`]],
    body,
  });
}

/** Asks a well-formed question; the answer has to keep the published shape. */
async function verify(question: object, caller?: string): Promise<RawAnswer['body']> {
  const answer = await post(JSON.stringify(question), caller);
  expect(answer.status).toBe(200);
  expect(answer.headers['cache-control']).toBe('no-store');
  expect(VerifyAnswer.strict().parse(answer.body)).toEqual(answer.body);
  expect(answer.headers['x-request-id']).toBe(answer.body.requestId);
  return answer.body;
}

describe('the answer', () => {
  test('to a valid key says whose it is, and what the name stood for', async () => {
    const { requestId, ...answer } = await verify({ key: value('good'), resource: model });
    expect(requestId).toMatch(/^req_/);
    expect(answer).toEqual({
      valid: true,
      code: 'valid',
      status: 200,
      message: null,
      retryAfterSeconds: null,
      key: {
        id: keys['good']!.id,
        name: 'good',
        accountId: ids['account'],
        projectId: ids['project'],
        environment: 'prod',
        parentKeyId: null,
        expiresAt: '2126-01-02T03:04:05.678Z',
      },
      resource: { type: 'model', id: ids['model'], name: 'vendor/model' },
      limits: [],
    });
  });

  test('V09 Z12 knows models, endpoints by their name, and services; without a resource only the key is checked', async () => {
    expect((await verify({ key: value('good'), resource: { type: 'model', name: ids['endpoint'] } })).resource).toEqual(
      { type: 'endpoint', id: ids['endpoint'], name: ids['endpoint'] },
    );
    expect((await verify({ key: value('good'), resource: service('PUT') })).resource).toEqual({
      type: 'service',
      id: ids['service'],
      name: 'vectors',
    });
    expect(await verify({ key: value('reader') })).toMatchObject({ valid: true, resource: null });
  });

  test('to a refused key says status and sentence for the client, and still whose key it is', async () => {
    expect(await verify({ key: value('disabled'), resource: model })).toMatchObject({
      valid: false,
      code: 'key_disabled',
      status: 401,
      message: 'This API key is disabled. Ask its owner to enable it, or use another key.',
      key: { name: 'disabled' },
      resource: null,
    });
    expect(await verify({ key: value('reader'), resource: model })).toMatchObject({
      valid: false,
      code: 'model_not_found',
      status: 404,
      key: { name: 'reader' },
      resource: null,
    });
  });

  test('Z11 the method decides for a key that may read; without one the strictest is assumed', async () => {
    const codes = await Promise.all(
      ['GET', 'HEAD', 'OPTIONS', 'get', 'POST', 'DELETE', 'BREW', '', undefined].map(
        async (method) => (await verify({ key: value('reader'), resource: service(method) })).code,
      ),
    );
    expect(codes).toEqual(['valid', 'valid', 'valid', ...Array<string>(6).fill('insufficient_scope')]);
  });

  test('a deleted key is nobody’s any more, and answered like an unknown one', async () => {
    const doomed = await made(app, `/projects/${ids['project']}/keys`, { name: 'doomed', scope: { mode: 'all' } });
    expect(await verify({ key: doomed.value })).toMatchObject({ valid: true, key: { name: 'doomed' } });
    const { body } = await app.api<{ confirm: string }>('DELETE', `/keys/${doomed.id}`);
    await app.api('DELETE', `/keys/${doomed.id}?confirm=${body.confirm}`);
    const { requestId: _, ...deleted } = await verify({ key: doomed.value });
    const { requestId: __, ...unknown } = await verify({
      key: generateKeyValue('kw_', (size) => new Uint8Array(size).fill(7)),
    });
    expect(deleted).toEqual(unknown);
    expect(deleted).toMatchObject({ valid: false, code: 'invalid_api_key', key: null });
  });

  test('A08 an expired key is named as such', async () => {
    const { value: short } = await made(app, `/projects/${ids['project']}/keys`, {
      name: 'short',
      scope: { mode: 'all' },
      expiresAt: new Date(Date.now() + laterMs + 60_000).toISOString(),
    });
    expect((await verify({ key: short })).code).toBe('valid');
    laterMs += 60_001;
    expect((await verify({ key: short })).code).toBe('key_expired');
  });

  test('what the client presented may be anything: it is refused, and is no fault of the service that asks', async () => {
    for (const key of [
      null,
      '',
      ' ',
      'x'.repeat(20_000),
      `Bearer ${value('good')}`,
      '\u0000',
      '钥匙',
      value('good').toUpperCase(),
    ]) {
      expect(await verify({ key, resource: model })).toMatchObject({
        valid: false,
        code: key === null ? 'missing_api_key' : 'invalid_api_key',
        key: null,
      });
    }
    expect((await verify({ key: value('good'), resource: { type: 'model', name: 'x'.repeat(20_000) } })).code).toBe(
      'model_not_found',
    );
    expect(
      (await verify({ key: value('good'), resource: { type: 'service', name: '../\u0000', method: 'GET' } })).code,
    ).toBe('service_not_allowed');
  });

  test('T07 a management key is no key for models', async () => {
    expect(await verify({ key: value('of the project') })).toMatchObject({
      valid: false,
      code: 'insufficient_scope',
      status: 403,
    });
  });
});

describe('the address is the end client’s, never the caller’s', () => {
  test('V10 A05 a key with lists needs it, and the answer says so', async () => {
    expect(await verify({ key: value('listed') })).toMatchObject({
      valid: false,
      code: 'ip_not_allowed',
      message: expect.stringContaining('`ip`'),
    });
    const codes = await Promise.all(
      ['203.0.113.7', '::ffff:203.0.113.7', '2001:DB8::7', '198.51.100.1', '127.0.0.1'].map(
        async (ip) => (await verify({ key: value('listed'), ip })).code,
      ),
    );
    expect(codes).toEqual(['valid', 'valid', 'valid', 'ip_not_allowed', 'ip_not_allowed']);
    expect((await verify({ key: value('listed'), ip: '198.51.100.1' })).message).not.toMatch(/`ip`|198|203/);
  });
});

describe('faults of the question name their field', () => {
  test.each<[string, unknown, string]>([
    ['no key', {}, '/key'],
    ['a key of another type', { key: 42 }, '/key'],
    ['an unknown field', { key: 'x', adress: '127.0.0.1' }, '/adress'],
    ['an address that is none', { key: 'x', ip: 'localhost' }, '/ip'],
    ['an address with a port', { key: 'x', ip: '203.0.113.7:80' }, '/ip'],
    ['an address with a zone', { key: 'x', ip: 'fe80::1%eth0' }, '/ip'],
    ['a resource without type', { key: 'x', resource: { name: 'vendor/model' } }, '/resource/type'],
    ['a resource of another type', { key: 'x', resource: { type: 'endpoint', name: 'ep-1' } }, '/resource/type'],
    ['a resource without a name', { key: 'x', resource: { type: 'model' } }, '/resource/name'],
    [
      'a method where none belongs',
      { key: 'x', resource: { type: 'model', name: 'm', method: 'GET' } },
      '/resource/method',
    ],
    ['a cost as a number', { key: 'x', cost: 0.002 }, '/cost'],
    ['a negative cost', { key: 'x', cost: '-1' }, '/cost'],
    ['a cost that is no number', { key: 'x', cost: '1e3' }, '/cost'],
    ['dryRun as text', { key: 'x', dryRun: 'yes' }, '/dryRun'],
    ['a list', [], ''],
    ['null', null, ''],
  ])('%s', async (_name, question, pointer) => {
    const { status, body, headers } = await post(JSON.stringify(question));
    expect([status, headers['content-type'], body.code]).toEqual([400, 'application/problem+json', 'invalid_request']);
    expect(body.errors).toEqual([{ pointer, detail: expect.stringMatching(/^[A-Z].+\.$/) }]);
    expect(app.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
  });

  test('several at once are all named', async () => {
    const { body } = await post(JSON.stringify({ key: 1, cost: 1, dryRun: 1 }));
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(['/key', '/cost', '/dryRun']);
  });

  test('what is no JSON, too large, or sent with another method', async () => {
    expect((await post('{"key":')).body).toMatchObject({ status: 400, code: 'invalid_json' });
    expect((await post('')).body).toMatchObject({ status: 400, code: 'invalid_json' });
    const large = JSON.stringify({ key: value('good'), resource: { type: 'model', name: '' } });
    const padded = (size: number) => large.replace('"name":""', `"name":"${'x'.repeat(size - large.length)}"`);
    expect((await post(padded(64 * 1024))).body).toMatchObject({ code: 'model_not_found' });
    expect((await post(padded(64 * 1024 + 1))).body).toMatchObject({
      status: 413,
      code: 'body_too_large',
      detail: 'The question is larger than 64 KiB. Send less.',
    });
    const get = await send(`${app.url}/api/v1/keys/verify`, { lines: [['authorization', `Bearer ${ROOT_KEY}`]] });
    expect([get.status, get.headers.allow, get.body.code]).toEqual([405, 'POST', 'method_not_allowed']);
  });

  test('a client that waits for 100 Continue is told to go on', async () => {
    const lines = [
      ['authorization', `Bearer ${ROOT_KEY}`],
      ['expect', '100-continue'],
    ] as const;
    const answer = await send(`${app.url}/api/v1/keys/verify`, {
      method: 'POST',
      lines,
      body: JSON.stringify({ key: value('good') }),
    });
    expect(answer.body).toMatchObject({ valid: true });
  });
});

describe('who may ask', () => {
  test('nobody without a management key: a standard one does not ask, not even about itself', async () => {
    expect((await post('{}', null)).headers['www-authenticate']).toBe('Bearer realm="keyward"');
    expect((await post(JSON.stringify({ key: value('good') }), value('good'))).body).toMatchObject({
      status: 403,
      code: 'insufficient_scope',
      detail: expect.stringContaining('management key'),
    });
    expect((await post('{}', 'kw_x')).body).toMatchObject({ status: 401, code: 'invalid_api_key' });
    expect((await send(`${app.url}/api/v1/keys/verify?api_key=${ROOT_KEY}`, { method: 'POST' })).body).toMatchObject({
      status: 400,
      code: 'api_key_in_query',
    });
  });

  test('X06 a key out of the caller’s reach is unknown to it, word for word', async () => {
    const { requestId: _, ...unknown } = await verify({
      key: generateKeyValue('kw_', (size) => new Uint8Array(size).fill(9)),
    });
    for (const caller of ['of another account', 'of the second project']) {
      const { requestId: __, ...answer } = await verify(
        { key: value('good'), resource: model, cost: '1' },
        value(caller),
      );
      expect(answer, caller).toEqual(unknown);
    }
    for (const caller of ['of the account', 'of the project'])
      expect(await verify({ key: value('good'), dryRun: true }, value(caller))).toMatchObject({ valid: true });
    expect(await verify({ key: value('theirs') }, value('of the account'))).toMatchObject({ valid: false, key: null });
    expect(await verify({ key: value('theirs'), dryRun: true }, value('of another account'))).toMatchObject({
      valid: true,
    });
  });
});

describe('what it leaves behind', () => {
  test('one ledger row with the cost for a valid key; with dryRun, and for another tenant’s key, nothing under that key at all', async () => {
    const { id, value: fresh } = await made(app, `/projects/${ids['project']}/keys`, {
      name: 'fresh',
      scope: { mode: 'all' },
    });
    const { requestId } = await verify({ key: fresh, resource: model, ip: '203.0.113.9', cost: '0.002000001' });
    const untouched = await made(app, `/projects/${ids['project']}/keys`, {
      name: 'untouched',
      scope: { mode: 'all' },
    });
    await verify({ key: untouched.value, resource: model, cost: '5', dryRun: true });
    await verify({ key: untouched.value, resource: { type: 'model', name: 'none' }, dryRun: true });
    await verify({ key: untouched.value, resource: model, cost: '5' }, value('of another account'));
    await post(JSON.stringify({ key: untouched.value }), value('good'));
    await app.stop();
    expect(rowsOf(app.dataDir, 'ledger').filter((row) => row['key_id'] === id)).toEqual([
      expect.objectContaining({
        id: requestId,
        route: 'verify',
        outcome: 'allowed',
        status: 200,
        cost_nano: '2000001',
        address: '203.0.113.9',
        resource_id: ids['model'],
      }),
    ]);
    const of = (table: string) => rowsOf(app.dataDir, table).filter((row) => row['key_id'] === untouched.id);
    expect([of('ledger'), of('denials')]).toEqual([[], []]);
    const rows = rowsOf(app.dataDir, 'keys');
    expect(rows.find((row) => row['id'] === untouched.id)).toMatchObject({
      last_used_at_ms: null,
      last_used_address: null,
    });
    expect(rows.find((row) => row['id'] === id)).toMatchObject({ last_used_address: '203.0.113.9' });
    // What was refused to the other tenant and to the standard key is counted under no key.
    const counted = rowsOf(app.dataDir, 'denials')
      .filter((row) => row['route'] === 'verify' && row['key_id'] === '')
      .map((row) => row['code']);
    expect(new Set(counted)).toEqual(
      new Set(['api_key_in_query', 'insufficient_scope', 'invalid_api_key', 'missing_api_key']),
    );
  });
});
