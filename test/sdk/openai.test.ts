// The official OpenAI client, unchanged, against the built-in demo model and against a scripted provider.

import OpenAI, {
  APIConnectionError,
  APIError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
} from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { made } from '../kit/app.ts';
import { startBench, type Bench } from '../kit/gateway.ts';
import { answerChat, answerEvents, answerJson, chatEvents, CHAT_USAGE } from '../kit/upstream.ts';

let bench: Bench;
let client: OpenAI;
let demo: OpenAI;

beforeAll(async () => {
  bench = await startBench();
  client = openai(bench.setting.key);
  demo = openai(bench.app.first!.key);
});
afterAll(() => bench.close());

function openai(apiKey: string, maxRetries = 0): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${bench.app.url}/v1`, maxRetries });
}

const WEATHER = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'The weather in a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
} as const;
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const HELLO = [{ role: 'user', content: 'Hello!' }] as const;

test('D17: a chat completion by the demo model, with temperature', async () => {
  const completion = await demo.chat.completions.create({ model: 'demo', messages: [...HELLO], temperature: 0.7 });
  expect(completion.choices[0]?.message.content).toBeTruthy();
  expect(completion.usage!.total_tokens).toBeGreaterThan(0);
  expect(completion._request_id).toMatch(/^req_/);
});

test('a stream by the demo model, with usage only where it was asked for', async () => {
  const read = async (include_usage?: true): Promise<{ text: string; usages: number }> => {
    const stream = await demo.chat.completions.create({
      model: 'demo',
      messages: [...HELLO],
      stream: true,
      ...(include_usage && { stream_options: { include_usage } }),
    });
    let text = '';
    let usages = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      if (chunk.usage) usages += 1;
    }
    return { text, usages };
  };
  const [plain, asked] = await Promise.all([read(), read(true)]);
  expect(plain.text).not.toBe('');
  expect(plain.usages).toBe(0);
  expect(asked).toEqual({ text: plain.text, usages: 1 });
});

test('tool calls by the demo model, whole and streamed', async () => {
  const request = {
    model: 'demo',
    messages: [{ role: 'user', content: 'Weather in Paris?' }],
    tools: [WEATHER],
    tool_choice: 'required',
  } as const;
  const whole = await demo.chat.completions.create({
    ...request,
    messages: [...request.messages],
    tools: [...request.tools],
  });
  const call = whole.choices[0]!.message.tool_calls![0]!;
  expect(call.type === 'function' && call.function.name).toBe('weather');
  const runner = demo.chat.completions.stream({
    ...request,
    messages: [...request.messages],
    tools: [...request.tools],
  });
  const final = await runner.finalChatCompletion();
  const streamed = final.choices[0]!.message.tool_calls![0]!;
  expect(streamed.type === 'function' && streamed.function.name).toBe('weather');
  expect(streamed.type === 'function' && JSON.parse(streamed.function.arguments)).toBeTypeOf('object');
});

test('an image in a message reaches the demo model', async () => {
  const completion = await demo.chat.completions.create({
    model: 'demo',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: PIXEL } },
        ],
      },
    ],
  });
  expect(completion.choices[0]?.message.content).toBeTruthy();
});

test('embeddings by the demo model, as floats and as base64, are the same numbers', async () => {
  const floats = await demo.embeddings.create({ model: 'demo', input: ['one', 'two'], encoding_format: 'float' });
  // Left out, the client asks for base64 and decodes it.
  const decoded = await demo.embeddings.create({ model: 'demo', input: ['one', 'two'] });
  expect(floats.data).toHaveLength(2);
  expect(decoded.data[0]!.embedding.length).toBe(floats.data[0]!.embedding.length);
  expect(decoded.data[1]!.embedding[3]).toBeCloseTo(floats.data[1]!.embedding[3]!, 5);
});

test('responses by the demo model, whole and streamed', async () => {
  const whole = await demo.responses.create({ model: 'demo', input: 'Hello!' });
  expect(whole.output_text).not.toBe('');
  expect(whole.usage!.output_tokens).toBeGreaterThan(0);
  const final = await demo.responses.stream({ model: 'demo', input: 'Hello!' }).finalResponse();
  expect(final.output_text).toBe(whole.output_text);
});

test('completions by the demo model, whole and streamed', async () => {
  const whole = await demo.completions.create({ model: 'demo', prompt: 'Once upon a time', max_tokens: 20 });
  let text = '';
  for await (const chunk of await demo.completions.create({
    model: 'demo',
    prompt: 'Once upon a time',
    max_tokens: 20,
    stream: true,
  }))
    text += chunk.choices[0]?.text ?? '';
  expect(text).toBe(whole.choices[0]!.text);
});

test('V06, D18: models.list and models.retrieve show what the key may call, names with a slash included', async () => {
  const { model } = bench.setting;
  const names: string[] = [];
  for await (const one of client.models.list()) names.push(one.id);
  expect(names).toContain(model);
  expect(names).toContain('demo');
  expect(await client.models.retrieve(model)).toMatchObject({ id: model, object: 'model' });
});

test('D18: a model whose name is a path is called by it, and the provider by its own name', async () => {
  const { app, setting, upstream } = bench;
  await made(app, '/models', {
    name: 'u-8105f7322477/test',
    providerId: setting.providerId,
    upstreamModel: 'test-v2',
    prices: null,
  });
  upstream.script = answerChat();
  const completion = await client.chat.completions.create({ model: 'u-8105f7322477/test', messages: [...HELLO] });
  expect(completion.choices[0]!.message.content).toBe('Hello there.');
  expect(JSON.parse(upstream.seen.at(-1)!.body.toString())).toMatchObject({ model: 'test-v2' });
});

test('V09: an endpoint is called by its ep- name', async () => {
  const { app, setting, upstream } = bench;
  const endpoint = await made(app, `/projects/${setting.projectId}/endpoints`, {
    name: 'support bot',
    modelId: setting.modelId,
  });
  upstream.script = answerChat();
  expect(endpoint.id).toMatch(/^ep-/);
  const completion = await client.chat.completions.create({ model: endpoint.id, messages: [...HELLO] });
  expect(completion.usage).toEqual(CHAT_USAGE);
  expect(JSON.parse(upstream.seen.at(-1)!.body.toString())).toMatchObject({ model: setting.model });
});

test('a scripted provider: chat, stream and tool calls pass as they are', async () => {
  const { upstream, setting } = bench;
  const toolCalls = [{ id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } }];
  upstream.script = answerChat({
    choices: [
      { index: 0, message: { role: 'assistant', content: null, tool_calls: toolCalls }, finish_reason: 'tool_calls' },
    ],
  });
  const completion = await client.chat.completions.create({
    model: setting.model,
    messages: [...HELLO],
    tools: [WEATHER],
  });
  expect(completion.choices[0]!.message.tool_calls).toEqual(toolCalls);

  upstream.script = answerEvents(chatEvents(['Hel', 'lo']));
  let text = '';
  for await (const chunk of await client.chat.completions.create({
    model: setting.model,
    messages: [...HELLO],
    stream: true,
  }))
    text += chunk.choices[0]?.delta.content ?? '';
  expect(text).toBe('Hello');
});

test('an image in a message and a transcription form reach the provider byte for byte', async () => {
  const { upstream, setting } = bench;
  upstream.script = answerJson({ text: 'spoken words' });
  const file = await OpenAI.toFile(Buffer.from([0, 255, 13, 10, 45, 45]), 'sound.wav');
  const transcription = await client.audio.transcriptions.create({ model: setting.model, file });
  expect(transcription.text).toBe('spoken words');
  const form = upstream.seen.at(-1)!;
  expect(form.url).toBe('/v1/audio/transcriptions');
  expect(form.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
  expect(form.body.includes(Buffer.from([0, 255, 13, 10, 45, 45]))).toBe(true);
});

test('T13, V19: each refusal raises its own error class', async () => {
  const { app, setting } = bench;
  const call = (one: OpenAI, model = setting.model) => one.chat.completions.create({ model, messages: [...HELLO] });
  const key = (body: object) =>
    made(app, `/projects/${setting.projectId}/keys`, { name: 'k', scope: { mode: 'all' }, ...body });

  await expect(call(openai('kw_000000000000000000000000000000000000'))).rejects.toThrow(AuthenticationError);
  const elsewhere = await key({ ipAllow: ['203.0.113.7'] });
  await expect(call(openai(elsewhere.value))).rejects.toThrow(PermissionDeniedError);
  await expect(call(client, 'no/such-model')).rejects.toThrow(NotFoundError);
  const disabled = await key({ status: 'disabled' });
  const failure = await call(openai(disabled.value)).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(AuthenticationError);
  expect(failure).toMatchObject({ status: 401, code: 'key_disabled', requestID: expect.stringMatching(/^req_/) });
});

test('a provider’s 429 raises RateLimitError with its retry-after, and the client’s own retry gets through', async () => {
  const { upstream, setting } = bench;
  const error = { error: { message: 'Slow down.', type: 'requests', param: null, code: 'rate_limit_exceeded' } };
  upstream.script = answerJson(error, 429, { 'retry-after': '7' });
  const failure = await client.chat.completions
    .create({ model: setting.model, messages: [...HELLO] })
    .catch((reason: unknown) => reason);
  expect(failure).toBeInstanceOf(RateLimitError);
  expect((failure as APIError).headers!.get('retry-after')).toBe('7');
  expect((failure as APIError).message).toContain('Slow down.');

  let calls = 0;
  upstream.script = (response, seen) =>
    (++calls === 1 ? answerJson(error, 429, { 'retry-after-ms': '5' }) : answerChat())(response, seen);
  const completion = await openai(setting.key, 1).chat.completions.create({
    model: setting.model,
    messages: [...HELLO],
  });
  expect(completion.choices[0]!.message.content).toBe('Hello there.');
});

test('a provider’s 400 raises BadRequestError with its words, its 500 InternalServerError, its 401 neither its words nor AuthenticationError', async () => {
  const { upstream, setting } = bench;
  const call = () =>
    client.chat.completions.create({ model: setting.model, messages: [...HELLO] }).catch((reason: unknown) => reason);
  upstream.script = answerJson(
    { error: { message: 'messages.0 is odd', type: 'invalid_request_error', param: 'messages', code: null } },
    400,
  );
  const bad = await call();
  expect(bad).toBeInstanceOf(BadRequestError);
  expect(bad).toMatchObject({ param: 'messages', message: expect.stringContaining('messages.0 is odd') });
  upstream.script = answerJson(
    { error: { message: 'Our fault.', type: 'server_error', param: null, code: null } },
    500,
  );
  expect(await call()).toBeInstanceOf(InternalServerError);
  upstream.script = answerJson(
    {
      error: {
        message: 'Incorrect API key provided: upst***cret',
        type: 'invalid_request_error',
        param: null,
        code: 'invalid_api_key',
      },
    },
    401,
  );
  const refused = await call();
  expect(refused).toBeInstanceOf(InternalServerError);
  expect(refused).toMatchObject({ status: 502, code: 'upstream_refused' });
  expect((refused as APIError).message).not.toContain('upst');
});

test('an error event in a stream raises APIError, a stream cut off an error too', async () => {
  const { upstream, setting } = bench;
  const read = async (): Promise<unknown> => {
    const stream = await client.chat.completions.create({ model: setting.model, messages: [...HELLO], stream: true });
    try {
      for await (const _chunk of stream);
      return undefined;
    } catch (reason) {
      return reason;
    }
  };
  upstream.script = answerEvents([
    ...chatEvents(['a']).slice(0, 1),
    'data: {"error":{"message":"boom","type":"server_error","param":null,"code":null}}\n\n',
  ]);
  expect(await read()).toBeInstanceOf(APIError);
  upstream.script = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chatEvents(['a'])[0]);
    setTimeout(() => response.destroy(), 20);
  };
  const cut = await read();
  expect(cut).toBeInstanceOf(APIError);
  expect(cut).not.toBeInstanceOf(APIConnectionError);
  expect((cut as APIError).message).toContain('broke off');
});
