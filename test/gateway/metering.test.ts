// One row for every admitted request, and every field of it right.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { made } from '../kit/app.ts';
import { eventually, startBench, type Bench, type Row } from '../kit/gateway.ts';
import {
  answerChat,
  answerEvents,
  answerJson,
  chatBody,
  chatEvents,
  messageBody,
  messageEvents,
  type Script,
} from '../kit/upstream.ts';

let bench: Bench;
let key: { id: string; value: string };
beforeAll(async () => {
  bench = await startBench({
    setting: { model: { prices: { inputPerMillion: '2', cachedInputPerMillion: '0.5', outputPerMillion: '10' } } },
  });
});
beforeEach(async () => {
  key = await made(bench.app, `/projects/${bench.setting.projectId}/keys`, {
    name: 'metering',
    scope: { mode: 'all' },
  });
});
afterAll(() => bench.close());

async function metered(script: Script, path: string, body: object = {}): Promise<Row> {
  bench.upstream.script = script;
  const answer = await bench.call(body, { path, key: key.value });
  await answer.arrayBuffer();
  const rows = await bench.rows(1, key.id);
  expect(rows).toHaveLength(1);
  expect(answer.headers.get('x-request-id')).toBe(rows[0]!.id);
  return rows[0]!;
}

const USAGE = {
  prompt_tokens: 1000,
  completion_tokens: 200,
  total_tokens: 1200,
  prompt_tokens_details: { cached_tokens: 400 },
  completion_tokens_details: { reasoning_tokens: 50 },
};
// 600 at 2, 400 at 0.5, 200 at 10 per million.
const CHARGED = {
  inputTokens: 1000,
  cachedTokens: 400,
  cacheWriteTokens: 0,
  outputTokens: 200,
  reasoningTokens: 50,
  cost: '0.0034',
  usageSource: 'reported',
  outcome: 'answered',
  status: 200,
};
const TYPED_USAGE = {
  input_tokens: 1000,
  output_tokens: 200,
  total_tokens: 1200,
  input_tokens_details: { cached_tokens: 400 },
  output_tokens_details: { reasoning_tokens: 50 },
};

test('A18: every field of a plain chat’s row', async () => {
  const startedMs = Date.now();
  const row = await metered(answerChat({ usage: USAGE }), '/v1/chat/completions');
  const { app, setting } = bench;
  expect(row).toMatchObject({
    ...CHARGED,
    projectId: setting.projectId,
    keyId: key.id,
    route: '/v1/chat/completions',
    resource: { type: 'model', id: setting.modelId, name: setting.model },
    streamed: false,
    address: '127.0.0.1',
  });
  const { body: project } = await app.api<{ accountId: string }>('GET', `/projects/${setting.projectId}`);
  expect(row.accountId).toBe(project.accountId);
  expect(Date.parse(row.startedAt)).toBeGreaterThanOrEqual(startedMs);
  expect(row.firstByteMs).toBeGreaterThanOrEqual(0);
  expect(row.durationMs).toBeGreaterThanOrEqual(row.firstByteMs!);
  expect(row.durationMs).toBeLessThanOrEqual(Date.now() - startedMs);
});

test('time to the first byte and duration of a slow stream', async () => {
  const row = await metered(
    async (response) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      await answerEvents(chatEvents(['a']), 20)(response, undefined as never);
    },
    '/v1/chat/completions',
    { stream: true },
  );
  expect(row.firstByteMs).toBeGreaterThanOrEqual(55);
  expect(row.durationMs).toBeGreaterThanOrEqual(row.firstByteMs! + 50);
});

const responseEvent = (type: string, data: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;

test.each<[string, string, object, Script, Partial<Row>]>([
  [
    'a chat stream',
    '/v1/chat/completions',
    { stream: true },
    answerEvents(chatEvents(['a'], USAGE)),
    { ...CHARGED, streamed: true },
  ],
  ['completions', '/v1/completions', {}, answerJson({ choices: [{ text: 'x' }], usage: USAGE }), CHARGED],
  [
    'embeddings',
    '/v1/embeddings',
    {},
    answerJson({ data: [{ embedding: 'AAAA' }], usage: { prompt_tokens: 1000, total_tokens: 1000 } }),
    { inputTokens: 1000, outputTokens: 0, cost: '0.002', usageSource: 'reported' },
  ],
  ['a response', '/v1/responses', {}, answerJson({ object: 'response', output: [], usage: TYPED_USAGE }), CHARGED],
  [
    'a response’s stream',
    '/v1/responses',
    { stream: true },
    answerEvents([
      responseEvent('response.output_text.delta', { delta: 'x' }),
      responseEvent('response.completed', { response: { usage: TYPED_USAGE } }),
    ]),
    { ...CHARGED, streamed: true },
  ],
  [
    'a failed response’s stream',
    '/v1/responses',
    { stream: true },
    answerEvents([responseEvent('response.failed', { response: { error: { message: 'no' }, usage: TYPED_USAGE } })]),
    { outcome: 'upstream_failed', inputTokens: 1000, usageSource: 'reported' },
  ],
])('%s', async (_what, path, body, script, row) => {
  expect(await metered(script, path, body)).toMatchObject({ route: path, ...row });
});

test('Anthropic messages: cache reads and writes are input, thinking is output', async () => {
  const { app, upstream } = bench;
  const provider = await made(app, '/providers', {
    name: 'anthropic-metering',
    kind: 'anthropic',
    baseUrl: upstream.url,
    credential: 'upstream-secret',
  });
  await made(app, '/models', {
    name: 'claude-metering',
    providerId: provider.id,
    prices: { inputPerMillion: '2', cachedInputPerMillion: '0.5', cacheWritePerMillion: '3', outputPerMillion: '10' },
  });
  const usage = {
    input_tokens: 500,
    cache_read_input_tokens: 400,
    cache_creation_input_tokens: 100,
    output_tokens: 200,
  };
  const request = { model: 'claude-metering', max_tokens: 500 };
  // 500 at 2, 400 at 0.5, 100 at 3, 200 at 10 per million.
  const expected = {
    route: '/v1/messages',
    inputTokens: 1000,
    cachedTokens: 400,
    cacheWriteTokens: 100,
    outputTokens: 200,
    cost: '0.0035',
    usageSource: 'reported',
  };
  expect(await metered(answerJson(messageBody({ usage })), '/v1/messages', request)).toMatchObject(expected);
  upstream.script = answerEvents(
    messageEvents(['a'], { start: { ...usage, output_tokens: 1 }, end: { output_tokens: 200 } }),
  );
  await (await bench.call({ ...request, stream: true }, { path: '/v1/messages', key: key.value })).text();
  expect((await bench.rows(2, key.id))[0]).toMatchObject({ ...expected, streamed: true });
});

test('count_tokens is free: no tokens, no cost, one row', async () => {
  const { app } = bench;
  await made(app, '/models', {
    name: 'claude-counts',
    providerId: (
      await made(app, '/providers', { name: 'counts', kind: 'anthropic', baseUrl: bench.upstream.url, credential: 'c' })
    ).id,
    prices: { inputPerMillion: '2', outputPerMillion: '10' },
  });
  expect(
    await metered(answerJson({ input_tokens: 123_456 }), '/v1/messages/count_tokens', { model: 'claude-counts' }),
  ).toMatchObject({
    route: '/v1/messages/count_tokens',
    outcome: 'answered',
    inputTokens: 0,
    outputTokens: 0,
    cost: '0',
    usageSource: 'none',
  });
});

test('a price changed afterwards leaves old rows as they were, and counts from the next request on', async () => {
  const { app, setting } = bench;
  const model = await made(app, '/models', {
    name: 'changing',
    providerId: setting.providerId,
    prices: { inputPerMillion: '1', outputPerMillion: '1' },
  });
  const before = await metered(answerChat({ usage: USAGE }), '/v1/chat/completions', { model: 'changing' });
  expect(before.cost).toBe('0.0012');
  expect(
    (await app.api('PATCH', `/models/${model.id}`, { prices: { inputPerMillion: '100', outputPerMillion: '100' } }))
      .status,
  ).toBe(200);
  await (await bench.call({ model: 'changing' }, { key: key.value })).text();
  const rows = await bench.rows(2, key.id);
  expect(rows.map((row) => row.cost)).toEqual(['0.12', '0.0012']);
});

test('a model without a price: its cost is unknown, not zero; of a call that failed, it is zero', async () => {
  await made(bench.app, '/models', { name: 'unpriced', providerId: bench.setting.providerId, prices: null });
  expect(await metered(answerChat({ usage: USAGE }), '/v1/chat/completions', { model: 'unpriced' })).toMatchObject({
    cost: null,
    inputTokens: 1000,
    usageSource: 'reported',
  });
  bench.upstream.script = (response) => void response.destroy();
  await bench.call({ model: 'unpriced' }, { key: key.value });
  expect((await bench.rows(2, key.id))[0]).toMatchObject({ outcome: 'upstream_failed', cost: '0' });
});

test('without a report, input is estimated from what the client sent and output from what the model wrote, framing left out', async () => {
  bench.upstream.script = answerJson(
    chatBody({
      usage: undefined,
      choices: [{ index: 0, message: { role: 'assistant', content: 'x'.repeat(400) }, finish_reason: 'stop' }],
    }),
  );
  const body = JSON.stringify({ model: bench.setting.model, messages: [{ role: 'user', content: 'Hi' }] });
  const row = await metered(bench.upstream.script, '/v1/chat/completions');
  expect(row).toMatchObject({ inputTokens: Math.ceil(body.length / 4), outputTokens: 100, usageSource: 'estimated' });
  // Whether we asked the provider for usage makes no difference to what is estimated.
  bench.upstream.script = answerEvents(chatEvents(['x'.repeat(400)], null));
  await (await bench.call({ stream: true }, { key: key.value })).text();
  const [streamed] = await bench.rows(2, key.id);
  expect(streamed).toMatchObject({
    inputTokens: Math.ceil((body.length + ',"stream":true'.length) / 4),
    outputTokens: 100,
    usageSource: 'estimated',
  });
});

test('V14: a call is the key’s last use, with its address', async () => {
  await metered(answerChat(), '/v1/chat/completions');
  // Written off the request's way, every five seconds.
  const used = await eventually(async () => {
    const { body } = await bench.app.api<{ lastUsedAt: string | null; lastUsedAddress: string | null }>(
      'GET',
      `/keys/${key.id}`,
    );
    return body.lastUsedAt === null ? undefined : { ...body, lastUsedAt: body.lastUsedAt };
  }, 8000);
  expect(used.lastUsedAddress).toBe('127.0.0.1');
  expect(Math.abs(Date.parse(used.lastUsedAt) - Date.now())).toBeLessThan(60_000);
});

test('other calls that name a model: charged by the report, of unknown cost without one', async () => {
  expect(await metered(answerJson({ results: [], usage: { total_tokens: 50 } }), '/v1/rerank')).toMatchObject({
    route: '/v1/*',
    inputTokens: 50,
    cost: '0.0001',
    usageSource: 'reported',
  });
  bench.upstream.script = answerJson({ data: [{ b64_json: 'AAAA' }] });
  await (await bench.call({ prompt: 'a cat' }, { path: '/v1/images/generations', key: key.value })).text();
  expect((await bench.rows(2, key.id))[0]).toMatchObject({
    route: '/v1/*',
    outcome: 'answered',
    cost: null,
    usageSource: 'none',
  });
  bench.upstream.script = (response) =>
    response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(Buffer.alloc(100_000, 7));
  const sound = await bench.call({ input: 'Hello' }, { path: '/v1/audio/speech', key: key.value });
  expect(Buffer.from(await sound.arrayBuffer()).equals(Buffer.alloc(100_000, 7))).toBe(true);
  expect((await bench.rows(3, key.id))[0]).toMatchObject({ outcome: 'answered', cost: null });
});

test('a form names its model too, and only its name is changed', async () => {
  await made(bench.app, '/models', {
    name: 'speech',
    providerId: bench.setting.providerId,
    upstreamModel: 'whisper-9',
    prices: null,
  });
  bench.upstream.script = answerJson({ text: 'words' });
  const form = new FormData();
  form.set('file', new Blob([new Uint8Array([1, 2, 13, 10, 0, 255])]), 'a.wav');
  form.set('model', 'speech');
  form.set('language', 'model');
  const answer = await fetch(`${bench.app.url}/v1/audio/transcriptions`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${key.value}` },
  });
  expect(answer.status).toBe(200);
  const seen = bench.upstream.seen.at(-1)!;
  expect(seen.body.includes(Buffer.from([1, 2, 13, 10, 0, 255]))).toBe(true);
  expect(seen.body.toString('latin1')).toMatch(/name="model"\r\n\r\nwhisper-9\r\n/);
  expect(seen.body.toString('latin1')).toMatch(/name="language"\r\n\r\nmodel\r\n/);
  expect((await bench.rows(1, key.id))[0]).toMatchObject({ resource: { name: 'speech' } });
});

test.each([
  'files',
  'batches',
  'assistants',
  'threads',
  'threads/t/runs',
  'vector_stores',
  'fine_tuning/jobs',
  'uploads',
  'realtime/client_secrets',
  'responses/resp_1',
  'responses/resp_1/cancel',
  'chat/completions/c1',
  'conversations',
  'messages/batches',
  'organization/usage',
  'audio/voices',
  'engines/gpt/completions',
  'deployments/gpt/chat/completions',
  'load_lora_adapter',
  'agents',
  'novelty/obj_12345678',
  'Files',
  'BATCHES',
])('D22: /v1/%s keeps or shows what is the provider’s: refused, and the provider is not asked', async (path) => {
  const before = bench.upstream.seen.length;
  const answer = await bench.call({}, { path: `/v1/${path}`, key: key.value });
  expect(answer.status).toBe(404);
  expect(await answer.text()).toContain('unsupported_route');
  expect(bench.upstream.seen.length).toBe(before);
});

test.each<[object | string, string, string]>([
  [{ models: ['a', 'b'] }, 'models', 'invalid_request'],
  [{ background: true }, 'background', 'invalid_request'],
  [{ max_tokens: 4097 }, 'max_tokens', 'invalid_request'],
  [{ max_tokens: '10' }, 'max_tokens', 'invalid_request'],
  [{ service_tier: 'priority' }, 'service_tier', 'invalid_request'],
  [{ model: 7 }, 'model', 'invalid_request'],
  ['{"model":"m","model":"n"}', 'model', 'invalid_request'],
  ['{"model":"m","Model":"n"}', 'Model', 'invalid_request'],
  ['{"messages":[]}', 'model', 'invalid_request'],
  ['[1]', '', 'invalid_request'],
  ['{"model":"m"', 'null', 'invalid_json'],
  ['', 'null', 'invalid_json'],
])('a request that cannot be checked is refused and names the member: %j', async (body, param, code) => {
  await bench.app.api('PATCH', `/models/${bench.setting.modelId}`, { maxOutputTokens: 4096 });
  const before = bench.upstream.seen.length;
  const text = typeof body === 'string' ? body : JSON.stringify({ model: bench.setting.model, messages: [], ...body });
  const answer = await fetch(`${bench.app.url}/v1/chat/completions`, {
    method: 'POST',
    body: text,
    headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(400);
  const { error } = (await answer.json()) as { error: { param: string | null; code: string } };
  expect(String(error.param)).toBe(param);
  expect(error.code).toBe(code);
  expect(bench.upstream.seen.length).toBe(before);
});

test('a compressed request and one that is no JSON are refused with 415', async () => {
  for (const headers of [{ 'content-encoding': 'gzip' }, { 'content-type': 'application/x-www-form-urlencoded' }]) {
    const answer = await bench.call({}, { headers });
    expect(answer.status).toBe(415);
  }
});

test('an endpoint with a maximum of its own holds calls to it', async () => {
  const { app, setting, upstream } = bench;
  const endpoint = await made(app, `/projects/${setting.projectId}/endpoints`, {
    name: 'short',
    modelId: setting.modelId,
    maxOutputTokens: 50,
  });
  upstream.script = answerChat();
  expect((await bench.call({ model: endpoint.id, max_completion_tokens: 51 })).status).toBe(400);
  expect((await bench.call({ model: endpoint.id })).status).toBe(200);
  expect(JSON.parse(upstream.seen.at(-1)!.body.toString())).toMatchObject({ model: setting.model, max_tokens: 50 });
});

test('V07, V08, V09: a key for one model or endpoint opens it and nothing else, in the same words as for what does not exist', async () => {
  const { app, setting, upstream } = bench;
  upstream.script = answerChat();
  const endpoint = await made(app, `/projects/${setting.projectId}/endpoints`, {
    name: 'only',
    modelId: setting.modelId,
  });
  const range = (type: string, id: string) =>
    made(app, `/projects/${setting.projectId}/keys`, {
      name: 'range',
      scope: { mode: 'range', resources: [{ type, id }] },
    });
  const [ofModel, ofEndpoint] = [await range('model', setting.modelId), await range('endpoint', endpoint.id)];
  const ask = async (one: { value: string }, model: string): Promise<[number, string]> => {
    const answer = await bench.call({ model }, { key: one.value });
    const body = (await answer.json()) as { error?: { message: string } };
    return [answer.status, body.error?.message ?? ''];
  };
  expect((await ask(ofModel, setting.model))[0]).toBe(200);
  expect((await ask(ofEndpoint, endpoint.id))[0]).toBe(200);
  const refusals = [
    await ask(ofModel, endpoint.id),
    await ask(ofEndpoint, setting.model),
    await ask(ofModel, 'demo'),
    await ask(ofModel, 'no/such'),
    await ask(ofModel, setting.modelId),
  ];
  for (const refusal of refusals) expect(refusal).toEqual([404, refusals[0]![1]]);
  const names = async (one: { value: string }): Promise<string[]> => {
    const answer = await fetch(`${app.url}/v1/models`, { headers: { 'x-api-key': one.value } });
    return ((await answer.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
  };
  expect(await names(ofModel)).toEqual([setting.model]);
  expect(await names(ofEndpoint)).toEqual([endpoint.id]);
  expect(
    (
      await fetch(`${app.url}/v1/models/${encodeURIComponent(setting.model)}`, {
        headers: { 'x-api-key': ofEndpoint.value },
      })
    ).status,
  ).toBe(404);
});

test('V06: a key for all opens what is added later, without an edit', async () => {
  const { app, setting, upstream } = bench;
  upstream.script = answerChat();
  expect((await bench.call({ model: 'added-later' }, { key: key.value })).status).toBe(404);
  await made(app, '/models', { name: 'added-later', providerId: setting.providerId, prices: null });
  expect((await bench.call({ model: 'added-later' }, { key: key.value })).status).toBe(200);
});
