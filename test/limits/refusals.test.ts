import Anthropic, { RateLimitError as AnthropicRateLimit } from '@anthropic-ai/sdk';
import OpenAI, { RateLimitError as OpenAIRateLimit } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { made, ROOT_KEY } from '../kit/app.ts';
import { DOORS, rowsOf, type Door } from '../kit/doors.ts';
import { lifetime, startLimitBench, type LimitBench, type LimitBody, type TestKey } from '../kit/limitBench.ts';
import { send } from '../kit/raw.ts';
import { readList } from '../kit/structuredFields.ts';
import { answerChat, answerJson, messageBody, startUpstream, type FakeUpstream } from '../kit/upstream.ts';

// A call that does not fit: what each door says, and that nothing else happens.

let bench: LimitBench;
let http: FakeUpstream;

beforeAll(async () => {
  bench = await startLimitBench({ env: { KEYWARD_TRUSTED_PROXIES: '127.0.0.1' } });
  http = await startUpstream((response) => response.end('ok'));
  const provider = await made(bench.app, '/providers', { name: 'http', kind: 'http', baseUrl: http.url });
  await made(bench.app, `/projects/${bench.openai.projectId}/services`, { name: 'vectors', providerId: provider.id });
});
afterAll(async () => {
  await bench.close();
  await http.close();
});
beforeEach(() => void (bench.upstream.script = answerChat()));

const SESSION = { kind: 'session', seconds: 18_000 };
const ask = (door: Door, key: TestKey) =>
  door.ask(bench.app, {
    key: key.value,
    ...(door.about === 'service'
      ? { service: 'vectors', method: 'GET' }
      : { model: door.kind === 'anthropic' ? bench.anthropic.model : bench.openai.model }),
  });
/** Uses a key once, without an upstream. */
const use = (key: TestKey) => bench.app.api('POST', '/keys/verify', { key: key.value });
const message = async (response: Response) => ((await response.json()) as { error: { message: string } }).error.message;
const state = (key: TestKey) => [
  bench.upstream.seen.length,
  http.seen.length,
  rowsOf(bench.app.dataDir, 'ledger'),
  rowsOf(bench.app.dataDir, 'counters'),
  rowsOf(bench.app.dataDir, 'reservations').length,
  key.id,
];

describe.each<[string, LimitBody, RegExp, RegExp]>([
  [
    'rate_limit_exceeded',
    { unit: 'requests', amount: 1, window: SESSION },
    /^This API key’s limit of 1 request per 5 h from first use leaves no room: 0 requests left, this call needs 1 request\. It frees at 20\d\d-.*Z\.$/,
    /^(18000|179\d\d)$/,
  ],
  [
    'insufficient_quota',
    lifetime('requests', 1),
    /limit of 1 request in all .* Ask its owner to raise or reset it\.$/,
    /^3600$/,
  ],
  [
    'concurrency_exceeded',
    { unit: 'concurrency', amount: 0 },
    /limit of 0 calls at once .* Wait for a call to end\.$/,
    /^1$/,
  ],
])('%s', (code, limit, says, retryAfter) => {
  test.each(DOORS)(
    'A07 A09 through $name: its own shape, names the limit and when it frees, and changes nothing',
    async (door) => {
      const key = await bench.newKey([limit]);
      if (code !== 'concurrency_exceeded') expect((await use(key)).body).toMatchObject({ valid: true });
      const before = state(key);
      const { status, headers, body } = await ask(door, key);
      expect(state(key)).toEqual(before);

      expect(status).toBe(door.name === 'verify' ? 200 : door.name === 'authz for nginx' ? 403 : 429);
      const id = (await bench.standing(key))[0]!.id;
      if (door.shape === 'verify') {
        expect(body).toMatchObject({
          valid: false,
          code,
          status: 429,
          message: expect.stringMatching(says),
          key: { id: key.id },
        });
        expect(String(body.retryAfterSeconds)).toMatch(retryAfter);
        const resetsAt = code === 'rate_limit_exceeded' ? expect.stringMatching(/Z$/) : null;
        expect(body.limits).toEqual([{ id, unit: limit.unit, amount: limit.amount, remaining: 0, resetsAt }]);
        return;
      }
      const inBody = door.shape === 'problem' ? [body.code, body.detail] : [body.error.code, body.error.message];
      expect(inBody).toEqual([code, expect.stringMatching(says)]);
      if (door.shape === 'openai')
        expect(body.error.type).toBe(code === 'insufficient_quota' ? code : 'rate_limit_error');
      if (door.shape === 'anthropic') expect(body.error.type).toBe('rate_limit_error');
      if (door.name.startsWith('authz')) expect(headers['x-keyward-status']).toBe('429');
      expect(headers['x-keyward-code']).toBe(code);
      expect(headers['retry-after']).toMatch(retryAfter);
      expect(headers['x-should-retry']).toBe(code === 'concurrency_exceeded' ? undefined : 'false');
      const [rest] = readList(headers['ratelimit'] as string);
      expect(rest).toMatchObject({ name: id, parameters: { r: 0 } });
      expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(Number(rest!.parameters['t'] ?? 0));
      expect(readList(headers['ratelimit-policy'] as string)).toHaveLength(1);
    },
  );
});

describe('of several limits', () => {
  test('the refusal names the one that frees last, of key, project or account, and tells of all', async () => {
    const key = await bench.newKey([
      { unit: 'requests', amount: 1, window: { kind: 'session', seconds: 60 } },
      { unit: 'requests', amount: 1, window: SESSION },
      { unit: 'concurrency', amount: 0 },
      lifetime('tokens', 500),
    ]);
    const lastly = await bench.app.api<{ id: string }>('PATCH', `/limits/${(await bench.standing(key))[2]!.id}`, {
      amount: 1,
    });
    await bench.chat(key);
    await bench.app.api('PATCH', `/limits/${lastly.body.id}`, { amount: 0 });
    // One of 0 never opens: it comes before what frees.
    expect(await (await bench.chat(key)).json()).toMatchObject({ error: { code: 'concurrency_exceeded' } });
    await bench.app.api('PATCH', `/limits/${lastly.body.id}`, { amount: 1 });
    const refused = await bench.chat(key);
    expect(await refused.json()).toMatchObject({
      error: { code: 'rate_limit_exceeded', message: expect.stringContaining('per 5 h') },
    });
    expect(readList(refused.headers.get('ratelimit')!).map(({ parameters }) => parameters['r'])).toEqual([
      0, 0, 1, 482,
    ]);
  });

  test('a full place does not hide that the quota is used up', async () => {
    const key = await bench.newKey([{ unit: 'concurrency', amount: 1 }, lifetime('requests', 1)]);
    const held = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    bench.upstream.script = async (response, seen) => {
      begun.resolve();
      await held.promise;
      answerChat()(response, seen);
    };
    const first = bench.chat(key);
    await begun.promise;
    const second = await bench.chat(key);
    expect([second.status, second.headers.get('retry-after'), await second.json()]).toMatchObject([
      429,
      '3600',
      { error: { code: 'insufficient_quota' } },
    ]);
    held.resolve();
    expect((await first).status).toBe(200);
    await bench.expectBalanced(key);
  });
});

test('A07 what a call needs and what is left is told in tokens and money', async () => {
  const tokens = await bench.newKey([lifetime('tokens', 1000)]);
  const large = await bench.chat(tokens, { max_tokens: 5000 });
  expect(large.status).toBe(429);
  const bytes = JSON.stringify({
    model: bench.openai.model,
    messages: [{ role: 'user', content: 'Hi' }],
    max_tokens: 5000,
  }).length;
  expect(await message(large)).toBe(
    `This API key’s limit of 1000 tokens in all leaves no room: 1000 tokens left, this call needs ${5000 + bytes} tokens. Ask for less (a lower maximum of tokens, a shorter input), or have the limit raised.`,
  );
  const cost = await bench.newKey([lifetime('cost', '0.01')]);
  const dear = await bench.chat(cost, { max_tokens: 5000 });
  const needed = (5000 * 10 + bytes * 2) / 1_000_000;
  expect(await message(dear)).toContain(`0.01 of cost left, this call needs ${needed} of cost.`);
  await bench.expectBalanced(cost);
});

describe('price_unknown', () => {
  test('A07 a model without a price, and a route whose cost cannot be told, are refused where a cost limit applies', async () => {
    const { name } = (await made(bench.app, '/models', {
      name: 'vendor/unpriced',
      providerId: bench.openai.providerId,
    })) as unknown as { name: string };
    const key = await bench.newKey([lifetime('cost', '100')]);
    const before = state(key);
    const chat = await bench.chat(key, { model: name });
    expect([chat.status, await chat.json()]).toMatchObject([
      403,
      { error: { code: 'price_unknown', message: expect.stringContaining('has no price') } },
    ]);
    const images = await bench.post(key, '/v1/images/generations', { prompt: 'a cat' });
    expect([images.status, await images.json()]).toMatchObject([
      403,
      { error: { code: 'price_unknown', message: expect.stringContaining('of this route') } },
    ]);
    const form = new FormData();
    form.set('model', bench.openai.model);
    form.set('file', new Blob(['sound']), 'a.wav');
    const speech = await fetch(`${bench.app.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key.value}` },
      body: form,
    });
    expect(speech.status).toBe(403);
    expect(state(key)).toEqual(before);
    // Without a cost limit both pass.
    const free = await bench.newKey([lifetime('requests', 5)]);
    expect((await bench.chat(free, { model: name })).status).toBe(200);
    bench.upstream.script = answerJson({ created: 1, data: [] });
    expect((await bench.post(free, '/v1/images/generations', { prompt: 'a cat' })).status).toBe(200);
    // What is free is no question of price.
    bench.upstream.script = answerJson({ input_tokens: 3 });
    expect((await bench.post(key, '/v1/messages/count_tokens', { messages: [] })).status).toBe(200);
  });
});

describe('the verify call', () => {
  const verify = async (key: TestKey, question: object = {}) =>
    (
      await send(`${bench.app.url}/api/v1/keys/verify`, {
        method: 'POST',
        lines: [['authorization', `Bearer ${ROOT_KEY}`]],
        body: JSON.stringify({ key: key.value, ...question }),
      })
    ).body;

  test('A07 takes the cost it is told, and says what is left', async () => {
    const key = await bench.newKey([lifetime('cost', '1'), lifetime('requests', 9)]);
    const [cost, requests] = (await bench.standing(key)).map(({ id }) => id);
    expect((await verify(key, { cost: '0.4' })).limits).toEqual([
      { id: cost, unit: 'cost', amount: '1', remaining: '0.6', resetsAt: null },
      { id: requests, unit: 'requests', amount: 9, remaining: 8, resetsAt: null },
    ]);
    expect(await verify(key, { cost: '0.600000001' })).toMatchObject({
      valid: false,
      code: 'insufficient_quota',
      limits: [{ remaining: '0.6' }, { remaining: 8 }],
    });
    expect(await verify(key, { cost: '0.6' })).toMatchObject({
      valid: true,
      limits: [{ remaining: '0' }, { remaining: 7 }],
    });
    expect(await verify(key, { cost: '0.000000001' })).toMatchObject({ valid: false });
    expect(await verify(key)).toMatchObject({ valid: true, limits: [{ remaining: '0' }, { remaining: 6 }] });
    expect(await bench.expectBalanced(key)).toMatchObject([{ used: '1' }, { used: 3 }]);
  });

  test('a dry run decides the same, takes nothing, and says what is left without it', async () => {
    const key = await bench.newKey([
      lifetime('cost', '1'),
      lifetime('requests', 1),
      { unit: 'concurrency', amount: 1 },
    ]);
    const before = state(key);
    for (let round = 0; round < 3; round += 1)
      expect(await verify(key, { cost: '1', dryRun: true })).toMatchObject({
        valid: true,
        limits: [{ remaining: '1' }, { remaining: 1 }, { remaining: 1 }],
      });
    expect(await verify(key, { cost: '1.1', dryRun: true })).toMatchObject({
      valid: false,
      code: 'insufficient_quota',
      status: 429,
    });
    expect(state(key)).toEqual(before);
    expect(await verify(key)).toMatchObject({ valid: true });
    expect(await verify(key, { dryRun: true })).toMatchObject({ valid: false, retryAfterSeconds: 3600 });
    expect(await bench.expectBalanced(key)).toMatchObject([{ used: '0' }, { used: 1 }, { used: 0 }]);
  });

  test('names no limits where something else refuses', async () => {
    const key = await bench.newKey([lifetime('requests', 9)], { status: 'disabled' });
    expect(await verify(key)).toMatchObject({ valid: false, code: 'key_disabled', limits: [] });
  });
});

describe('the official clients', () => {
  const session = { unit: 'requests', amount: 1, window: { kind: 'session', seconds: 2 } } as const;
  const openai = (key: TestKey, maxRetries: number) =>
    new OpenAI({ apiKey: key.value, baseURL: `${bench.app.url}/v1`, maxRetries });
  const anthropic = (key: TestKey, maxRetries: number) =>
    new Anthropic({ apiKey: key.value, baseURL: bench.app.url, maxRetries });
  const hello = { messages: [{ role: 'user' as const, content: 'Hi' }], max_tokens: 20 };

  test('raise their rate limit error, with its code', async () => {
    const key = await bench.newKey([lifetime('requests', 0)]);
    const error = await openai(key, 0)
      .chat.completions.create({ model: bench.openai.model, ...hello })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OpenAIRateLimit);
    expect(error).toMatchObject({ status: 429, code: 'insufficient_quota', type: 'insufficient_quota' });
    const other = await anthropic(key, 0)
      .messages.create({ model: bench.anthropic.model, ...hello })
      .catch((reason: unknown) => reason);
    expect(other).toBeInstanceOf(AnthropicRateLimit);
    expect(other).toMatchObject({
      status: 429,
      error: { error: { type: 'rate_limit_error', code: 'insufficient_quota' } },
    });
  });

  test('wait as long as they are told, and then pass', async () => {
    const calls = [
      async (key: TestKey) => openai(key, 1).chat.completions.create({ model: bench.openai.model, ...hello }),
      async (key: TestKey) => anthropic(key, 1).messages.create({ model: bench.anthropic.model, ...hello }),
    ];
    bench.upstream.script = (response, seen) =>
      answerJson(seen.url.endsWith('/messages') ? messageBody() : answerChatBody)(response, seen);
    const waited = await Promise.all(
      calls.map(async (call) => {
        const key = await bench.newKey([session]);
        await call(key);
        const startedMs = performance.now();
        await call(key);
        const ms = performance.now() - startedMs;
        return { ms, rows: (await bench.rows(key, 2)).length };
      }),
    );
    for (const { ms, rows } of waited) {
      expect(rows).toBe(2);
      // Left to themselves they come back after half a second, to be refused for good.
      expect(ms).toBeGreaterThan(900);
      expect(ms).toBeLessThan(6000);
    }
  });

  test('do not come back in vain where nothing will have changed', async () => {
    const key = await bench.newKey([lifetime('requests', 0)]);
    const refusals = async () => rowsOf(bench.app.dataDir, 'denials').length;
    const before = await refusals();
    const startedMs = performance.now();
    await expect(openai(key, 2).chat.completions.create({ model: bench.openai.model, ...hello })).rejects.toThrow(
      OpenAIRateLimit,
    );
    await expect(anthropic(key, 2).messages.create({ model: bench.anthropic.model, ...hello })).rejects.toThrow(
      AnthropicRateLimit,
    );
    expect(performance.now() - startedMs).toBeLessThan(900);
    expect(await refusals()).toBe(before);
  });
});

const answerChatBody = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};
