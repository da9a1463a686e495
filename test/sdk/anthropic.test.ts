// The official Anthropic client, unchanged, against the built-in demo model and against a scripted provider.

import Anthropic, {
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { made } from '../kit/app.ts';
import { startBench, type Bench } from '../kit/gateway.ts';
import { answerEvents, answerJson, messageBody, messageEvents } from '../kit/upstream.ts';

let bench: Bench;
let client: Anthropic;
let demo: Anthropic;

beforeAll(async () => {
  bench = await startBench({ setting: { kind: 'anthropic' } });
  client = anthropic(bench.setting.key);
  demo = anthropic(bench.app.first!.key);
});
afterAll(() => bench.close());

function anthropic(apiKey: string): Anthropic {
  return new Anthropic({ apiKey, baseURL: bench.app.url, maxRetries: 0 });
}

const HELLO = {
  max_tokens: 100,
  messages: [{ role: 'user', content: 'Hello!' }],
} satisfies Partial<Anthropic.MessageCreateParams>;
const WEATHER: Anthropic.Tool = {
  name: 'weather',
  description: 'The weather in a city.',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

test('V02: messages by the demo model, whole and streamed', async () => {
  const message = await demo.messages.create({ model: 'demo', ...HELLO });
  expect(message.content[0]).toMatchObject({ type: 'text' });
  expect(message.usage.output_tokens).toBeGreaterThan(0);
  expect(message._request_id).toMatch(/^req_/);
  const streamed = await demo.messages.stream({ model: 'demo', ...HELLO }).finalMessage();
  expect(streamed.content).toEqual(message.content);
});

test('tools and an image by the demo model, whole and streamed', async () => {
  const data = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const request: Anthropic.MessageCreateParamsNonStreaming = {
    model: 'demo',
    max_tokens: 100,
    tools: [WEATHER],
    tool_choice: { type: 'any' },
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data } },
          { type: 'text', text: 'Weather here?' },
        ],
      },
    ],
  };
  const whole = await demo.messages.create(request);
  expect(whole.stop_reason).toBe('tool_use');
  const streamed = await demo.messages.stream(request).finalMessage();
  const used = streamed.content.find((block) => block.type === 'tool_use');
  expect(used).toMatchObject({ name: 'weather', input: expect.any(Object) });
});

test('count_tokens by the demo model', async () => {
  const { messages } = HELLO;
  expect((await demo.messages.countTokens({ model: 'demo', messages })).input_tokens).toBeGreaterThan(0);
});

test('V06: models.list and models.retrieve show what the key may call', async () => {
  const names: string[] = [];
  for await (const one of client.models.list()) names.push(one.id);
  expect(names).toContain(bench.setting.model);
  expect(await client.models.retrieve(bench.setting.model)).toMatchObject({
    type: 'model',
    id: bench.setting.model,
    display_name: bench.setting.model,
  });
});

test('a scripted provider: messages and their stream pass as they are; the operator’s credential goes where the protocol has it', async () => {
  const { upstream, setting } = bench;
  upstream.script = answerJson(messageBody());
  const message = await client.messages.create({ model: setting.model, ...HELLO });
  expect(message.content).toEqual(messageBody()['content']);
  const seen = upstream.seen.at(-1)!;
  expect(seen.url).toBe('/v1/messages');
  expect(seen.headers).toMatchObject({
    'x-api-key': 'upstream-secret',
    'anthropic-version': expect.stringMatching(/^20\d\d-\d\d-\d\d$/),
  });
  expect(seen.headers.authorization).toBeUndefined();
  upstream.script = answerEvents(messageEvents(['Hel', 'lo']));
  const streamed = await client.messages.stream({ model: setting.model, ...HELLO }).finalMessage();
  expect(streamed.content).toMatchObject([{ type: 'text', text: 'Hello' }]);
});

test('T13, V19: each refusal raises its own error class', async () => {
  const { app, setting } = bench;
  const call = (one: Anthropic, model = setting.model) => one.messages.create({ model, ...HELLO });
  const key = (body: object) =>
    made(app, `/projects/${setting.projectId}/keys`, { name: 'k', scope: { mode: 'all' }, ...body });
  await expect(call(anthropic('kw_000000000000000000000000000000000000'))).rejects.toThrow(AuthenticationError);
  await expect(call(anthropic((await key({ ipAllow: ['203.0.113.7'] })).value))).rejects.toThrow(PermissionDeniedError);
  await expect(call(client, 'no/such-model')).rejects.toThrow(NotFoundError);
  const failure = await call(anthropic((await key({ status: 'disabled' })).value)).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(AuthenticationError);
  expect(failure).toMatchObject({
    status: 401,
    type: 'authentication_error',
    requestID: expect.stringMatching(/^req_/),
  });
});

test('a provider’s errors raise their classes: 429 with retry-after, 400, 529; its 401 becomes a 502', async () => {
  const { upstream, setting } = bench;
  const answered = async (status: number, type: string, headers: Record<string, string> = {}): Promise<unknown> => {
    upstream.script = answerJson(
      { type: 'error', error: { type, message: `It said ${type}.` }, request_id: 'req_theirs' },
      status,
      headers,
    );
    return client.messages.create({ model: setting.model, ...HELLO }).catch((reason: unknown) => reason);
  };
  const limited = await answered(429, 'rate_limit_error', { 'retry-after': '3' });
  expect(limited).toBeInstanceOf(RateLimitError);
  expect((limited as APIError).headers!.get('retry-after')).toBe('3');
  expect(await answered(400, 'invalid_request_error')).toBeInstanceOf(BadRequestError);
  expect(await answered(529, 'overloaded_error')).toMatchObject({ status: 529, type: 'overloaded_error' });
  const refused = await answered(401, 'authentication_error');
  expect(refused).toBeInstanceOf(InternalServerError);
  expect(refused).toMatchObject({ status: 502 });
  expect((refused as APIError).message).not.toContain('It said');
});

test('an error event in a stream raises APIError, a stream cut off too', async () => {
  const { upstream, setting } = bench;
  const read = () =>
    client.messages
      .stream({ model: setting.model, ...HELLO })
      .finalMessage()
      .catch((reason: unknown) => reason);
  upstream.script = answerEvents([
    ...messageEvents(['a']).slice(0, 3),
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
  ]);
  expect(await read()).toBeInstanceOf(APIError);
  upstream.script = answerEvents(messageEvents(['a']).slice(0, 3));
  const cut = await read();
  expect(cut).toBeInstanceOf(APIError);
  expect((cut as APIError).message).toContain('not whole');
});
