import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { made } from '../kit/app.ts';
import { lifetime, startLimitBench, type LimitBench, type LimitBody } from '../kit/limitBench.ts';
import { send } from '../kit/raw.ts';
import { readList } from '../kit/structuredFields.ts';
import {
  answerChat,
  answerEvents,
  answerJson,
  chatBody,
  chatEvents,
  messageBody,
  messageEvents,
  startUpstream,
} from '../kit/upstream.ts';

// What the holder of a key is told of its limits with every answer, and what an answer cost.

let bench: LimitBench;

beforeAll(async () => {
  bench = await startLimitBench({ env: { KEYWARD_TRUSTED_PROXIES: '127.0.0.1' } });
});
afterAll(() => bench.close());
beforeEach(() => void (bench.upstream.script = answerChat()));

const FIVE_HOURS = { kind: 'session', seconds: 18_000 };
const ALL: LimitBody[] = [
  { unit: 'requests', amount: 3, window: FIVE_HOURS },
  { unit: 'tokens', amount: 10_000, window: { kind: 'rolling', seconds: 60 } },
  { unit: 'cost', amount: '1.5', window: { kind: 'calendar', period: 'month' } },
  { unit: 'concurrency', amount: 2 },
];
const limitNames = (headers: Headers) =>
  [...headers.keys()].filter((name) => /ratelimit|remaining|x-keyward-(cost|max)|retry/.test(name));

test('A09 a plain answer tells where every limit stands once it is settled, and what it cost', async () => {
  const key = await bench.newKey(ALL);
  const answer = await bench.chat(key);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual(chatBody());
  const { headers } = answer;
  const standing = await bench.expectBalanced(key);
  expect(readList(headers.get('ratelimit-policy')!)).toEqual([
    { name: standing[0]!.id, parameters: { q: 3, w: 18_000 } },
    { name: standing[1]!.id, parameters: { q: 10_000, w: 60, 'keyward-unit': '"tokens"' } },
    { name: standing[2]!.id, parameters: { q: 1_500_000, w: 2_678_400, 'keyward-unit': '"cost-micro"' } },
    { name: standing[3]!.id, parameters: { q: 2, qu: '"concurrent-requests"' } },
  ]);
  // 11 tokens in at 2, 7 out at 10 per million.
  const rest = readList(headers.get('ratelimit')!);
  expect(rest.map(({ parameters }) => parameters['r'])).toEqual([2, 9982, 1_499_908, 2]);
  expect(rest.map(({ parameters }) => typeof parameters['t'])).toEqual(['number', 'number', 'number', 'undefined']);
  expect(headers.get('x-ratelimit-limit-requests')).toBe('3');
  expect(headers.get('x-ratelimit-remaining-requests')).toBe('2');
  expect(headers.get('x-ratelimit-reset-requests')).toMatch(/^(5h0m0s|4h59m5\ds)$/);
  expect(headers.get('x-ratelimit-limit-tokens')).toBe('10000');
  expect(headers.get('x-ratelimit-remaining-tokens')).toBe('9982');
  expect(headers.get('x-ratelimit-reset-tokens')).toMatch(/^(1m[01]s|59s)$/);
  expect(headers.get('x-keyward-remaining-cost')).toBe('1.499908');
  expect(headers.get('x-keyward-cost')).toBe('0.000092');
  // The same as the API says: the settled truth.
  expect(standing.map(({ remaining }) => remaining)).toEqual([2, 9982, '1.499908', 2]);
  const [row] = await bench.rows(key, 1);
  expect(row!.cost).toBe('0.000092');
});

test('the head of a stream leaves first: it counts the call as what was reserved for it, and tells no cost', async () => {
  const key = await bench.newKey([lifetime('tokens', 10_000)]);
  bench.upstream.script = answerEvents(chatEvents(['Hello', ' there.']));
  const body = { stream: true, max_tokens: 100 };
  const answer = await bench.chat(key, body);
  const sent = JSON.stringify({
    model: bench.openai.model,
    messages: [{ role: 'user', content: 'Hi' }],
    ...body,
  }).length;
  expect(answer.headers.get('x-ratelimit-remaining-tokens')).toBe(String(10_000 - sent - 100));
  expect(answer.headers.get('x-keyward-cost')).toBeNull();
  await answer.text();
  expect(await bench.expectBalanced(key)).toMatchObject([{ used: 18, remaining: 9982 }]);
});

test('Anthropic’s routes tell it in Anthropic’s headers too', async () => {
  const key = await bench.newKey(ALL);
  bench.upstream.script = answerJson(messageBody());
  const body = { max_tokens: 20, messages: [{ role: 'user', content: 'Hi' }] };
  const { headers } = await bench.post(key, '/v1/messages', body);
  expect(headers.get('anthropic-ratelimit-requests-limit')).toBe('3');
  expect(headers.get('anthropic-ratelimit-requests-remaining')).toBe('2');
  expect(headers.get('anthropic-ratelimit-tokens-limit')).toBe('10000');
  expect(headers.get('anthropic-ratelimit-tokens-remaining')).toBe('9982');
  const resetMs = Date.parse(headers.get('anthropic-ratelimit-requests-reset')!);
  expect(headers.get('anthropic-ratelimit-requests-reset')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(Math.abs(resetMs - Date.now() - 18_000_000)).toBeLessThan(5000);
  expect(headers.get('x-ratelimit-remaining-tokens')).toBe('9982');
  expect(headers.get('x-keyward-cost')).toBe('0.000084');
  bench.upstream.script = answerEvents(messageEvents(['Hello']));
  const stream = await bench.post(key, '/v1/messages', { ...body, stream: true });
  expect(stream.headers.get('anthropic-ratelimit-requests-remaining')).toBe('1');
  await stream.text();
  const refused = await bench.post(key, '/v1/messages', { ...body, max_tokens: 50_000 });
  expect(refused.status).toBe(429);
  expect(refused.headers.get('anthropic-ratelimit-requests-remaining')).toBe('1');
  expect((await bench.chat(key, {})).headers.get('anthropic-ratelimit-requests-remaining')).toBeNull();
});

test('an upstream’s own limits are the operator’s: they never replace the key’s', async () => {
  const own = {
    'x-ratelimit-remaining-requests': '999',
    ratelimit: '"up";r=999',
    'anthropic-ratelimit-requests-limit': '999',
    'x-keyward-cost': '999',
  };
  bench.upstream.script = answerJson(chatBody(), 200, own);
  const limited = await bench.chat(await bench.newKey([lifetime('requests', 5)]));
  expect(limited.headers.get('x-ratelimit-remaining-requests')).toBe('4');
  expect(limited.headers.get('x-keyward-cost')).toBe('0.000092');
  const free = await bench.chat(await bench.newKey());
  expect(limitNames(free.headers)).toEqual(['x-keyward-cost']);
});

test.each([
  ['its error is passed on', answerJson({ error: { message: 'busy' } }, 503), 503],
  ['what it answers is of no use', answerJson({ nothing: true }, 200, { 'content-type': 'text/html' }), 502],
])('an answer tells it too when the upstream fails: %s', async (_, script, status) => {
  const key = await bench.newKey([lifetime('requests', 5), lifetime('tokens', 5000)]);
  bench.upstream.script = script;
  const answer = await bench.chat(key);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('x-ratelimit-remaining-requests')).toBe('4');
  expect(answer.headers.get('x-ratelimit-remaining-tokens')).toBe('5000');
  expect(answer.headers.get('x-keyward-cost')).toBe('0');
  expect(await bench.expectBalanced(key)).toMatchObject([{ remaining: 4 }, { remaining: 5000 }]);
});

test('the list of models, services and proxies’ doors count as requests, and tell it', async () => {
  const http = await startUpstream((response) => response.end('ok'));
  const provider = await made(bench.app, '/providers', { name: 'http', kind: 'http', baseUrl: http.url });
  await made(bench.app, `/projects/${bench.openai.projectId}/services`, { name: 'vectors', providerId: provider.id });
  const key = await bench.newKey([lifetime('requests', 9), lifetime('tokens', 10), lifetime('cost', '0')]);
  const lines = [['authorization', `Bearer ${key.value}`]] as const;
  const ask = (path: string, method = 'GET') => send(bench.app.url + path, { method, lines });
  const answers = [
    await ask('/v1/models'),
    await ask('/v1/models', 'HEAD'),
    await ask(`/v1/models/${bench.openai.model}`),
    await ask('/services/vectors/x'),
    await ask('/services/vectors/x', 'HEAD'),
    await ask('/authz/nginx/vectors'),
    await ask('/authz/traefik/vectors'),
    await ask('/authz/envoy/vectors/x'),
    await ask('/services/vectors/x', 'DELETE'),
  ];
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 9 }, () => 200));
  expect(answers.map(({ headers }) => headers['x-ratelimit-remaining-requests'])).toEqual([
    '8',
    '7',
    '6',
    '5',
    '4',
    '3',
    '2',
    '1',
    '0',
  ]);
  for (const { headers } of answers) {
    expect(headers['x-ratelimit-remaining-tokens']).toBe('10');
    expect(headers['x-keyward-cost']).toBeUndefined();
    expect(headers['x-keyward-max-tokens']).toBeUndefined();
  }
  expect(await bench.expectBalanced(key)).toMatchObject([{ used: 9 }, { used: 0 }, { used: '0' }]);
  const refused = await ask('/authz/nginx/vectors');
  expect(refused).toMatchObject({
    status: 403,
    headers: { 'x-keyward-status': '429', 'x-ratelimit-remaining-requests': '0' },
  });
  await http.close();
});

describe('who may not come in learns nothing of limits', () => {
  test.each([
    ['an expired key', 401, { expiresAt: () => new Date(Date.now() + 60_000).toISOString() }],
    ['a disabled key', 401, { status: () => 'disabled' }],
    ['a wrong address', 403, { ipAllow: () => ['203.0.113.7'] }],
    [
      'a model outside the scope',
      404,
      { scope: () => ({ mode: 'range', resources: [{ type: 'model', id: bench.anthropic.modelId }] }) },
    ],
  ])('%s: %i', async (_, status, fields) => {
    const given = Object.fromEntries(Object.entries(fields).map(([name, make]) => [name, make()]));
    const key = await bench.newKey(ALL, given);
    if ('expiresAt' in given) bench.later(61_000);
    const answer = await bench.chat(key);
    expect(answer.status).toBe(status);
    expect(limitNames(answer.headers)).toEqual([]);
    expect(await bench.expectBalanced(key)).toMatchObject(ALL.map(() => ({ reserved: expect.anything() })));
  });

  test('a model without a price: 403', async () => {
    const key = await bench.newKey(ALL);
    const { id, name } = await made(bench.app, '/models', { name: 'vendor/free', providerId: bench.openai.providerId });
    const answer = await bench.chat(key, { model: name });
    expect([id === '', answer.status]).toEqual([false, 403]);
    expect(limitNames(answer.headers)).toEqual([]);
  });

  test('a call that is cut because its key died', async () => {
    const key = await bench.newKey(ALL);
    let begun = (): void => undefined;
    const isBegun = new Promise<void>((resolve) => (begun = resolve));
    bench.upstream.script = () => begun();
    const answer = bench.chat(key);
    await isBegun;
    await bench.app.api('POST', `/keys/${key.id}/disable`, {});
    expect((await answer).status).toBe(401);
    expect(limitNames((await answer).headers)).toEqual([]);
    await bench.expectBalanced(key);
  });
});
