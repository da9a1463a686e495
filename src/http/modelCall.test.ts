import { expect, test } from 'vitest';
import { NO_DEMAND } from '../service/bound.ts';
import type { Target } from '../service/directory.ts';
import { modelRoute } from './gatewayRoutes.ts';
import { prepareModelCall } from './modelCall.ts';

const target = (
  over: {
    type?: 'model' | 'endpoint';
    most?: number | null;
    upstreamModel?: string | null;
    baseUrl?: string;
    prices?: Target['prices'];
  } = {},
): Target =>
  ({
    resource: { type: over.type ?? 'model', id: 'x' },
    name: 'm',
    provider: { baseUrl: over.baseUrl ?? 'http://vllm:8000/v1' },
    upstreamModel: over.upstreamModel === undefined ? 'm' : over.upstreamModel,
    prices: over.prices ?? null,
    maxOutputTokens: over.most ?? null,
  }) as Target;
const prepare = (path: string, body: object | string, headers: Record<string, string> = {}) =>
  prepareModelCall(modelRoute(path)!, headers, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
const sent = (path: string, body: object, to: Target): unknown =>
  JSON.parse(prepare(path, body).bodyFor(to, null).toString());

test('a body that needs no change is handed on as the very same bytes', () => {
  const body = Buffer.from('{"model":"m","messages":[]}');
  expect(prepareModelCall(modelRoute('/v1/chat/completions')!, {}, body).bodyFor(target(), null)).toBe(body);
});

test.each([
  ['/v1/chat/completions', {}, 'max_tokens'],
  ['/v1/chat/completions', { baseUrl: 'https://api.openai.com/v1' }, 'max_completion_tokens'],
  ['/v1/completions', { baseUrl: 'https://api.openai.com/v1' }, 'max_tokens'],
  ['/v1/responses', {}, 'max_output_tokens'],
  ['/v1/messages', {}, 'max_tokens'],
])('%s: an endpoint’s maximum is set where the client names none (%j: %s)', (path, over, member) => {
  expect(sent(path, { model: 'm' }, target({ type: 'endpoint', most: 50, ...over }))).toEqual({
    model: 'm',
    [member]: 50,
  });
  expect(sent(path, { model: 'm', [member]: 20 }, target({ type: 'endpoint', most: 50, ...over }))).toEqual({
    model: 'm',
    [member]: 20,
  });
  expect(() => prepare(path, { model: 'm', [member]: 51 }).bodyFor(target({ most: 50, ...over }), null)).toThrow(
    /at most 50/,
  );
  // A model's own maximum is the provider's to apply.
  expect(sent(path, { model: 'm' }, target({ most: 50, ...over }))).toEqual({ model: 'm' });
});

test('usage is asked for in streams of chat and completions alone, and hidden only where the client did not ask', () => {
  const asked = { include_usage: true };
  expect(prepare('/v1/chat/completions', { model: 'm', stream: true })).toMatchObject({ hidesUsage: true });
  expect(prepare('/v1/completions', { model: 'm', stream: true })).toMatchObject({ hidesUsage: true });
  expect(prepare('/v1/chat/completions', { model: 'm', stream: true, stream_options: asked })).toMatchObject({
    hidesUsage: false,
  });
  for (const body of [{ model: 'm' }, { model: 'm', stream: false }, { model: 'm', stream: null }]) {
    expect(prepare('/v1/chat/completions', body)).toMatchObject({ hidesUsage: false });
    expect(sent('/v1/chat/completions', body, target())).toEqual(body);
  }
  for (const path of ['/v1/responses', '/v1/messages', '/v1/embeddings', '/v1/rerank']) {
    const body = { model: 'm', stream: true };
    expect(prepare(path, body)).toMatchObject({ hidesUsage: false });
    expect(sent(path, body, target())).toEqual(body);
  }
});

test.each([
  ['application/json', true],
  ['application/json; charset=utf-8', true],
  ['application/vnd.api+json', true],
  ['text/plain', true],
  ['text/html', false],
  ['application/x-www-form-urlencoded', false],
  ['multipart/form-data; boundary=x', false],
])('a chat body of type %s', (type, taken) => {
  const run = () => prepare('/v1/chat/completions', { model: 'm' }, { 'content-type': type }).model;
  if (taken) expect(run()).toBe('m');
  else expect(run).toThrow(/must be JSON/);
});

test('a form is taken where other calls are, and only its model is exchanged', () => {
  const form = '--x\r\ncontent-disposition: form-data; name="model"\r\n\r\nm\r\n--x--\r\n';
  const call = prepare('/v1/audio/transcriptions', form, { 'content-type': 'multipart/form-data; boundary=x' });
  expect(call).toMatchObject({ model: 'm', hidesUsage: false });
  expect(call.bodyFor(target({ upstreamModel: null }), null).toString()).toBe(form);
  expect(call.bodyFor(target({ upstreamModel: 'whisper' }), null).toString()).toBe(
    form.replace('\r\nm\r\n', '\r\nwhisper\r\n'),
  );
  expect(() =>
    prepare('/v1/audio/transcriptions', form.replace('"model"', '"other"'), {
      'content-type': 'multipart/form-data; boundary=x',
    }),
  ).toThrow(/names no model/);
});

test('A07 the most a call can use: its bytes, the longest answer it names, times the answers it asks for', () => {
  const demand = (path: string, body: object) => prepare(path, body).demand;
  const bytes = (body: object) => JSON.stringify(body).length;
  const chat = { model: 'm', max_tokens: 7, max_completion_tokens: 9, n: 3 };
  expect(demand('/v1/chat/completions', chat)).toEqual({
    inputTokens: bytes(chat),
    outputTokens: 9,
    copies: 3,
    cost: 'tokens',
  });
  expect(demand('/v1/completions', { model: 'm', best_of: 4, n: 2 })).toMatchObject({ outputTokens: null, copies: 4 });
  expect(demand('/v1/embeddings', { model: 'm' })).toMatchObject({ outputTokens: 0, copies: 1, cost: 'tokens' });
  expect(demand('/v1/images/generations', { model: 'm', n: 2 })).toMatchObject({
    outputTokens: 'unknown',
    copies: 2,
    cost: 'unknown',
  });
  const form = '--x\r\ncontent-disposition: form-data; name="model"\r\n\r\nm\r\n--x--\r\n';
  expect(prepare('/v1/images/edits', form, { 'content-type': 'multipart/form-data; boundary=x' }).demand).toEqual({
    inputTokens: form.length,
    outputTokens: 'unknown',
    copies: 1,
    cost: 'unknown',
  });
  expect(demand('/v1/messages/count_tokens', { model: 'm' })).toEqual(NO_DEMAND);
  expect(demand('/v1/responses', { model: 'm', max_output_tokens: 5 })).toMatchObject({ outputTokens: 5, copies: 1 });
  expect(demand('/v1/messages', { model: 'm', max_tokens: 5 })).toMatchObject({ outputTokens: 5, copies: 1 });
  for (const body of [{ max_tokens: 0 }, { max_tokens: 0, max_completion_tokens: 9 }])
    expect(demand('/v1/chat/completions', { model: 'm', ...body })).toMatchObject({ outputTokens: 'unknown' });
  expect(demand('/v1/chat/completions', { model: 'm', max_tokens: null })).toMatchObject({ outputTokens: null });
});

test.each([
  ['Hi', 1],
  [['Hi'], 1],
  [['a', 'b, "c"', '', 'd]'], 4],
  [[1, 2, 3], 1],
  [[[1, 2], [3], [], [[4]]], 4],
  [[], 1],
  [null, 1],
  [undefined, 1],
])('A07 a completion of %j is so many: %i times the answers it asks for', (prompt, count) => {
  const copies = (body: object) => prepare('/v1/completions', JSON.stringify(body, null, 1)).demand.copies;
  expect(copies({ model: 'm', prompt, max_tokens: 7 })).toBe(count);
  expect(copies({ model: 'm', best_of: 3, prompt, max_tokens: 7 })).toBe(3 * count);
  // Elsewhere a prompt is one, whatever it is.
  expect(prepare('/v1/images/generations', { model: 'm', prompt }).demand.copies).toBe(1);
});

test('A07 a maximum that was granted is set where the client named none, and nowhere else', () => {
  const bodyFor = (body: object, granted: number | null, to = target({ most: 50 })): unknown =>
    JSON.parse(prepare('/v1/chat/completions', body).bodyFor(to, granted).toString());
  expect(bodyFor({ model: 'm' }, 20)).toEqual({ model: 'm', max_tokens: 20 });
  expect(bodyFor({ model: 'm', max_tokens: 30 }, 20)).toEqual({ model: 'm', max_tokens: 30 });
  expect(bodyFor({ model: 'm' }, 20, target({ type: 'endpoint', most: 50 }))).toEqual({ model: 'm', max_tokens: 20 });
  expect(bodyFor({ model: 'm' }, null)).toEqual({ model: 'm' });
});

test.each(['previous_response_id', 'conversation'])(
  'X06 %s is refused: it names what all tenants’ calls keep in one place',
  (name) => {
    expect(() => prepare('/v1/responses', { model: 'm', [name]: 'resp_1' })).toThrow(/kept at the provider/);
  },
);

test('X06 so is what names it deeper in the body, on every route', () => {
  const messages = [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file_1' } }] }];
  for (const path of ['/v1/chat/completions', '/v1/responses', '/v1/messages', '/v1/images/edits'])
    expect(() => prepare(path, { model: 'm', messages })).toThrow(/"file_id" names what is kept/);
});

test('a content type that no client sends is refused before anything looks into it', () => {
  const type = `multipart/form-data; boundary=${' '.repeat(30_000)}"`;
  expect(() => prepare('/v1/audio/transcriptions', '', { 'content-type': type })).toThrow(/too long/);
});

const prices = {
  inputNanoPerMillion: 1n,
  cachedInputNanoPerMillion: null,
  cacheWriteNanoPerMillion: null,
  outputNanoPerMillion: 1n,
};

test.each(['priority', 'scale', 'Priority', 'turbo', 'x'.repeat(5000), 7, true, {}, ['auto']])(
  'a tier that costs more than the model’s price is refused where the price is known: %j',
  (tier) => {
    for (const path of ['/v1/chat/completions', '/v1/responses', '/v1/messages', '/v1/rerank']) {
      const call = prepare(path, { model: 'm', service_tier: tier });
      expect(() => call.bodyFor(target({ prices }), null)).toThrow(
        expect.objectContaining({
          code: 'invalid_request',
          details: { errors: [expect.objectContaining({ pointer: '/service_tier' })] },
        }),
      );
      expect(sent(path, { model: 'm', service_tier: tier }, target())).toEqual({ model: 'm', service_tier: tier });
    }
  },
);

test.each(['auto', 'default', 'flex', 'standard', 'standard_only', null])('the tier %j passes as it is', (tier) => {
  const body = { model: 'm', service_tier: tier };
  expect(sent('/v1/chat/completions', body, target({ prices }))).toEqual(body);
});

test('a tier is read where another parser would read it', () => {
  const escaped = '{"model":"m","service\\u005ftier":"prio\\u0072ity"}';
  expect(() => prepare('/v1/responses', escaped).bodyFor(target({ prices }), null)).toThrow(/service_tier/);
  expect(() => prepare('/v1/responses', '{"model":"m","service_tier":"auto","service_tier":"priority"}')).toThrow(
    /twice/,
  );
  expect(() => prepare('/v1/responses', '{"model":"m","Service_Tier":"priority"}')).toThrow(/must be written/);
});
