import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateKeyValue } from '../../src/core/keyValue.ts';
import { made } from '../kit/app.ts';
import { rowsOf } from '../kit/doors.ts';
import { lifetime, startLimitBench, type LimitBench, type TestKey } from '../kit/limitBench.ts';
import { send, type RawAnswer } from '../kit/raw.ts';

// `GET /v1/usage`: what the holder of a key may know of it.

let bench: LimitBench;
beforeAll(async () => {
  bench = await startLimitBench();
});
afterAll(() => bench.close());

const usage = (key: TestKey | string, method = 'GET', name = 'authorization'): Promise<RawAnswer> => {
  const value = typeof key === 'string' ? key : key.value;
  return send(`${bench.app.url}/v1/usage`, {
    method,
    lines: [[name, name === 'authorization' ? `Bearer ${value}` : value]],
  });
};
const state = () => ['ledger', 'counters', 'reservations'].map((table) => rowsOf(bench.app.dataDir, table));

test('A18 what the key has used, by model, and where each limit stands; asking uses nothing', async () => {
  const key = await bench.newKey([
    { unit: 'requests', amount: 5, window: { kind: 'rolling', seconds: 3600 } },
    lifetime('tokens', 10_000),
    { unit: 'cost', amount: '2.5', window: { kind: 'calendar', period: 'month', timeZone: 'Asia/Shanghai' } },
    { unit: 'concurrency', amount: 3 },
  ]);
  await made(bench.app, `/projects/${bench.openai.projectId}/limits`, lifetime('requests', 1_000_000));
  await bench.chat(key);
  await bench.chat(key);
  await bench.chat(await bench.newKey());
  const before = state();
  const { status, headers, body } = await usage(key);
  expect(status).toBe(200);
  expect(headers['cache-control']).toBe('no-store');
  expect(headers['x-request-id']).toMatch(/^req_/);
  expect(headers['x-ratelimit-remaining-requests']).toBe('3');
  expect(body).toEqual({
    object: 'usage',
    key: {
      name: expect.stringMatching(/^limited/),
      masked: expect.stringContaining('***'),
      state: 'active',
      expires_at: null,
    },
    limits: [
      {
        id: expect.any(String),
        on: 'key',
        unit: 'requests',
        amount: 5,
        window: { kind: 'rolling', seconds: 3600 },
        used: 2,
        reserved: 0,
        remaining: 3,
        resets_at: expect.stringMatching(/Z$/),
      },
      {
        id: expect.any(String),
        on: 'key',
        unit: 'tokens',
        amount: 10_000,
        window: { kind: 'lifetime' },
        used: 36,
        reserved: 0,
        remaining: 9964,
        resets_at: null,
      },
      {
        id: expect.any(String),
        on: 'key',
        unit: 'cost',
        amount: '2.5',
        window: { kind: 'calendar', period: 'month', timeZone: 'Asia/Shanghai' },
        used: '0.000184',
        reserved: '0',
        remaining: '2.499816',
        resets_at: expect.stringMatching(/T16:00:00.000Z$/),
      },
      {
        id: expect.any(String),
        on: 'key',
        unit: 'concurrency',
        amount: 3,
        used: 0,
        reserved: 0,
        remaining: 3,
        resets_at: null,
      },
      {
        id: expect.any(String),
        on: 'project',
        unit: 'requests',
        amount: 1_000_000,
        window: { kind: 'lifetime' },
        used: 3,
        reserved: 0,
        remaining: 999_997,
        resets_at: null,
      },
    ],
    from: expect.stringMatching(/Z$/),
    to: expect.stringMatching(/Z$/),
    models: [{ model: bench.openai.model, requests: 2, input_tokens: 22, output_tokens: 14, cost: '0.000184' }],
  });
  expect((await usage(key, 'HEAD')).status).toBe(200);
  expect((await usage(key, 'GET', 'x-api-key')).body.limits).toHaveLength(5);
  expect(state()).toEqual(before);
});

test('what was used is summed once in five seconds for a key, however often it asks; its limits are those of now', async () => {
  const key = await bench.newKey([lifetime('requests', 1000)]);
  await bench.chat(key);
  const first = (await usage(key)).body;
  await bench.chat(key);
  for (const { status, body } of await Promise.all(Array.from({ length: 50 }, () => usage(key)))) {
    expect(status).toBe(200);
    expect(body).toMatchObject({ to: first.to, models: [{ requests: 1 }] });
    expect(body.limits[0]).toMatchObject({ used: 2, remaining: 998 });
  }
  bench.later(5000);
  expect((await usage(key)).body.models).toMatchObject([{ requests: 2 }]);
});

test('an exhausted key may look, and so may an expired one', async () => {
  const key = await bench.newKey([lifetime('requests', 1), { unit: 'concurrency', amount: 0 }], {
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
  });
  expect((await bench.chat(key)).status).toBe(429);
  expect((await usage(key)).body).toMatchObject({
    key: { state: 'active' },
    limits: [{ remaining: 1 }, { remaining: 0 }, { on: 'project' }],
  });
  bench.later(3_601_000);
  expect((await bench.chat(key)).status).toBe(401);
  expect((await usage(key)).body).toMatchObject({
    key: { state: 'expired', expires_at: expect.stringMatching(/Z$/) },
    limits: [{}, {}, {}],
  });
});

test('whoever may not know gets nothing: a disabled, deleted or unknown key, a wrong address, a management key', async () => {
  const disabled = await bench.newKey([lifetime('requests', 1)], { status: 'disabled' });
  const deleted = await bench.newKey([lifetime('requests', 1)]);
  const { confirm } = (await bench.app.api<{ confirm: string }>('DELETE', `/keys/${deleted.id}`)).body;
  await bench.app.api('DELETE', `/keys/${deleted.id}?confirm=${confirm}`);
  const listed = await bench.newKey([lifetime('requests', 1)], { ipAllow: ['203.0.113.7'] });
  const manager = await made(bench.app, `/projects/${bench.openai.projectId}/keys`, {
    name: 'manager',
    class: 'management',
  });
  const both = await bench.newKey([], {
    status: 'disabled',
    expiresAt: new Date(Date.now() + 3_700_000).toISOString(),
  });
  bench.later(200_000);
  for (const [key, status, code] of [
    [disabled, 401, 'key_disabled'],
    [both, 401, 'key_disabled'],
    [deleted, 401, 'invalid_api_key'],
    [generateKeyValue('kw_', (size) => new Uint8Array(size).fill(9)), 401, 'invalid_api_key'],
    ['nonsense', 401, 'invalid_api_key'],
    [listed, 403, 'ip_not_allowed'],
    [manager, 403, 'insufficient_scope'],
  ] as const) {
    const { status: answered, body, headers } = await usage(key);
    expect([answered, body.error?.code]).toEqual([status, code]);
    expect(Object.keys(body)).toEqual(['error']);
    expect(Object.keys(headers).filter((name) => /ratelimit/.test(name))).toEqual([]);
  }
  expect((await send(`${bench.app.url}/v1/usage`)).status).toBe(401);
});

test('it is read and nothing else', async () => {
  const key = await bench.newKey();
  for (const method of ['POST', 'PUT', 'DELETE'])
    expect(await usage(key, method)).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  const inQuery = await send(`${bench.app.url}/v1/usage?api_key=${key.value}`);
  expect([inQuery.status, inQuery.text.includes(key.value)]).toEqual([400, false]);
});
