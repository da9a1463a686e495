import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { demoAnswer } from './demo.ts';
import { embed } from './demoEmbeddings.ts';
import type { DemoAnswer } from './demoWire.ts';
import { mostInputTokens } from '../../core/estimate.ts';
import { createMeter } from '../meter.ts';
import type { MeterProtocol } from '../usage.ts';

function ask(path: string, body: unknown, method = 'POST'): DemoAnswer {
  return demoAnswer({
    path,
    method,
    body: Buffer.from(JSON.stringify(body)),
    requestId: 'req_01-ab',
    nowMs: 1_700_000_000_999,
  });
}

function bytesOf(answer: DemoAnswer): Buffer {
  return 'body' in answer ? answer.body : Buffer.concat([...answer.events]);
}

/** The demo model as the network: what a client sends is what it reads. */
const fetchDemo = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
  const { pathname } = new URL(url instanceof Request ? url.url : url);
  const answer = demoAnswer({
    path: pathname,
    method: init?.method ?? 'GET',
    body: Buffer.from(typeof init?.body === 'string' ? init.body : ''),
    requestId: 'req_1',
    nowMs: 0,
  });
  return new Response(new Uint8Array(bytesOf(answer)), { status: answer.status, headers: answer.headers });
};
const openai = new OpenAI({ apiKey: 'k', baseURL: 'http://demo/v1', fetch: fetchDemo, maxRetries: 0 });
const anthropic = new Anthropic({ apiKey: 'k', baseURL: 'http://demo', fetch: fetchDemo, maxRetries: 0 });

const MODEL = 'keyward-demo';
const messages = [{ role: 'user' as const, content: 'How are you?' }];
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' }, unit: { enum: ['c', 'f'] } },
  required: ['city', 'days', 'unit'],
};
const ARGUMENTS = { city: 'demo', days: 1, unit: 'c' };
const chatTools = [{ type: 'function' as const, function: { name: 'get_weather', parameters } }];

describe('chat completions', () => {
  test('quote the last message, and say the same streamed as whole', async () => {
    const whole = await openai.chat.completions.create({ model: MODEL, messages });
    expect(whole.choices[0]).toMatchObject({
      index: 0,
      finish_reason: 'stop',
      message: { role: 'assistant', refusal: null },
    });
    expect(whole.choices[0]?.message.content).toContain('"How are you?"');
    const runner = openai.chat.completions.stream({ model: MODEL, messages, stream_options: { include_usage: true } });
    const streamed = await runner.finalChatCompletion();
    expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]?.message.content);
    expect(streamed.usage).toEqual(whole.usage);
    expect(whole.usage?.completion_tokens).toBeGreaterThan(5);
  });

  test('send usage in a stream only when asked for it', async () => {
    const usages = async (include?: boolean): Promise<unknown[]> => {
      const options = include === undefined ? {} : { stream_options: { include_usage: include } };
      const found: unknown[] = [];
      for await (const chunk of await openai.chat.completions.create({
        model: MODEL,
        messages,
        stream: true,
        ...options,
      })) {
        if (chunk.usage) found.push(chunk.choices);
      }
      return found;
    };
    expect(await usages()).toEqual([]);
    expect(await usages(false)).toEqual([]);
    expect(await usages(true)).toEqual([[]]);
  });

  test('stop at max_tokens', async () => {
    for (const limit of [{ max_tokens: 3 }, { max_completion_tokens: 3 }]) {
      const { choices, usage } = await openai.chat.completions.create({ model: MODEL, messages, ...limit });
      expect(choices[0]?.finish_reason).toBe('length');
      expect(usage?.completion_tokens).toBe(3);
    }
  });

  test('call a tool when asked in words or made to, streamed and whole', async () => {
    for (const [content, tool_choice] of [
      ['Please call get_weather.', 'auto'],
      ['x', 'required'],
      ['x', { type: 'function', function: { name: 'get_weather' } }],
    ] as const) {
      const request = { model: MODEL, messages: [{ role: 'user' as const, content }], tools: chatTools, tool_choice };
      const whole = await openai.chat.completions.create(request);
      const streamed = await openai.chat.completions.stream(request).finalChatCompletion();
      for (const { choices } of [whole, streamed]) {
        expect(choices[0]?.finish_reason).toBe('tool_calls');
        const call = choices[0]?.message.tool_calls?.[0];
        expect(call?.type === 'function' && [call.function.name, JSON.parse(call.function.arguments)]).toEqual([
          'get_weather',
          ARGUMENTS,
        ]);
      }
    }
    const asked = {
      model: MODEL,
      messages: [{ role: 'user' as const, content: 'call get_weather' }],
      tools: chatTools,
    };
    expect((await openai.chat.completions.create({ ...asked, tool_choice: 'none' })).choices[0]?.finish_reason).toBe(
      'stop',
    );
    const answered = [
      ...asked.messages,
      { role: 'tool' as const, tool_call_id: 'c', content: 'call get_weather: 20 degrees' },
    ];
    expect(
      (await openai.chat.completions.create({ ...asked, messages: answered })).choices[0]?.message.content,
    ).toContain('20 degrees');
  });

  test('take images, several choices and wishes for JSON', async () => {
    const content = [
      { type: 'text' as const, text: 'What is this?' },
      { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AAAA' } },
    ];
    const { choices, usage } = await openai.chat.completions.create({
      model: MODEL,
      messages: [{ role: 'user', content }],
      n: 3,
    });
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(choices[0]?.message.content).toContain('an image');
    expect((usage?.completion_tokens ?? 0) % 3).toBe(0);
    const json = await openai.chat.completions.create({
      model: MODEL,
      messages,
      response_format: { type: 'json_object' },
    });
    expect(JSON.parse(json.choices[0]?.message.content ?? '')).toHaveProperty('reply');
  });
});

test('completions, streamed and whole, for several prompts', async () => {
  const whole = await openai.completions.create({ model: MODEL, prompt: ['a b', 'c'], max_tokens: 200, n: 2 });
  expect(whole.choices.map(({ index, finish_reason }) => [index, finish_reason])).toEqual([
    [0, 'stop'],
    [1, 'stop'],
    [2, 'stop'],
    [3, 'stop'],
  ]);
  const texts = ['', '', '', ''];
  let usage: unknown;
  for await (const chunk of await openai.completions.create({
    model: MODEL,
    prompt: ['a b', 'c'],
    max_tokens: 200,
    n: 2,
    stream: true,
    stream_options: { include_usage: true },
  })) {
    for (const { index, text } of chunk.choices) texts[index] += text;
    usage = chunk.usage ?? usage;
  }
  expect(texts).toEqual(whole.choices.map(({ text }) => text));
  expect(usage).toEqual(whole.usage);
  expect((await openai.completions.create({ model: MODEL, prompt: 'x' })).choices[0]?.finish_reason).toBe('length');
});

describe('responses', () => {
  const tools = [{ type: 'function' as const, name: 'get_weather', parameters, strict: false }];

  test('quote the last message, and say the same streamed as whole', async () => {
    const whole = await openai.responses.create({ model: MODEL, input: 'How are you?', instructions: 'Be kind.' });
    expect(whole).toMatchObject({ object: 'response', status: 'completed', error: null, incomplete_details: null });
    expect(whole.output_text).toContain('"How are you?"');
    const runner = openai.responses.stream({
      model: MODEL,
      input: [{ role: 'user', content: 'How are you?' }],
      instructions: 'Be kind.',
    });
    const numbers: number[] = [];
    const types: string[] = [];
    for await (const event of runner) {
      numbers.push(event.sequence_number);
      if (types.at(-1) !== event.type) types.push(event.type);
    }
    const streamed = await runner.finalResponse();
    expect(streamed.output_text).toBe(whole.output_text);
    expect(streamed.usage).toEqual(whole.usage);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(types).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
  });

  test('stop at max_output_tokens', async () => {
    const whole = await openai.responses.create({ model: MODEL, input: 'x', max_output_tokens: 2 });
    expect(whole).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      usage: { output_tokens: 2 },
    });
    const runner = openai.responses.stream({ model: MODEL, input: 'x', max_output_tokens: 2 });
    expect(await runner.finalResponse()).toMatchObject({ status: 'incomplete', output: whole.output });
  });

  test('call a tool, streamed and whole, and read its answer', async () => {
    const request = {
      model: MODEL,
      input: [{ role: 'user' as const, content: [{ type: 'input_text' as const, text: 'call `get_weather`' }] }],
      tools,
    };
    for (const response of [
      await openai.responses.create(request),
      await openai.responses.stream(request).finalResponse(),
    ]) {
      expect(response.output[0]).toMatchObject({ type: 'function_call', name: 'get_weather', status: 'completed' });
      expect(response.output[0]?.type === 'function_call' && JSON.parse(response.output[0].arguments)).toEqual(
        ARGUMENTS,
      );
    }
    const answered = await openai.responses.create({
      ...request,
      input: [{ type: 'function_call_output', call_id: 'c', output: '20 degrees' }],
    });
    expect(answered.output_text).toContain('20 degrees');
  });
});

describe('messages', () => {
  const tools = [{ name: 'get_weather', input_schema: { ...parameters, type: 'object' as const } }];

  test('quote the last message, and say the same streamed as whole', async () => {
    const content = [
      { type: 'text' as const, text: 'How are you?' },
      { type: 'image' as const, source: { type: 'base64' as const, media_type: 'image/png' as const, data: 'AAAA' } },
    ];
    const request = {
      model: MODEL,
      max_tokens: 500,
      system: 'Be kind.',
      messages: [{ role: 'user' as const, content }],
    };
    const whole = await anthropic.messages.create(request);
    expect(whole).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn', model: MODEL });
    expect(whole.content[0]?.type === 'text' && whole.content[0].text).toContain('"How are you?"');
    const streamed = await anthropic.messages.stream(request).finalMessage();
    expect(streamed.content).toEqual(whole.content);
    expect(streamed).toMatchObject({
      stop_reason: whole.stop_reason,
      usage: { input_tokens: whole.usage.input_tokens, output_tokens: whole.usage.output_tokens },
    });
    expect(
      await anthropic.messages.countTokens({ model: MODEL, system: 'Be kind.', messages: request.messages }),
    ).toEqual({ input_tokens: whole.usage.input_tokens });
  });

  test('stream in the order Anthropic has', () => {
    const text = bytesOf(ask('/v1/messages', { model: MODEL, max_tokens: 2, stream: true, messages })).toString();
    expect(text.match(/^event: .*$/gm)?.map((line) => line.slice(7))).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  test('stop at max_tokens and need it', async () => {
    expect(await anthropic.messages.create({ model: MODEL, max_tokens: 2, messages })).toMatchObject({
      stop_reason: 'max_tokens',
      usage: { output_tokens: 2 },
    });
    const refused = ask('/v1/messages', { model: MODEL, messages });
    expect([refused.status, JSON.parse(bytesOf(refused).toString())]).toMatchObject([
      400,
      { type: 'error', error: { type: 'invalid_request_error' } },
    ]);
  });

  test('call a tool, streamed and whole, and read its answer', async () => {
    for (const tool_choice of [{ type: 'any' as const }, { type: 'tool' as const, name: 'get_weather' }]) {
      const request = { model: MODEL, max_tokens: 500, messages, tools, tool_choice };
      for (const message of [
        await anthropic.messages.create(request),
        await anthropic.messages.stream(request).finalMessage(),
      ]) {
        expect(message.stop_reason).toBe('tool_use');
        expect(message.content[0]).toMatchObject({ type: 'tool_use', name: 'get_weather', input: ARGUMENTS });
      }
    }
    const result = [
      {
        role: 'user' as const,
        content: [
          { type: 'tool_result' as const, tool_use_id: 't', content: [{ type: 'text' as const, text: '20 degrees' }] },
        ],
      },
    ];
    const { content } = await anthropic.messages.create({ model: MODEL, max_tokens: 500, messages: result, tools });
    expect(content[0]?.type === 'text' && content[0].text).toContain('20 degrees');
  });
});

describe('embeddings', () => {
  test('are unit vectors, the same as floats and as base64, close for like texts', async () => {
    const input = ['The cat sat on the mat', 'A cat sat on a mat', 'Quarterly tax report', ''];
    const floats = await openai.embeddings.create({ model: MODEL, input, encoding_format: 'float', dimensions: 64 });
    const packed = await openai.embeddings.create({ model: MODEL, input, dimensions: 64 });
    expect(floats.data.map(({ embedding }) => embedding)).toEqual(packed.data.map(({ embedding }) => embedding));
    const dot = (a: number, b: number): number =>
      floats.data[a]!.embedding.reduce((sum, value, index) => sum + value * floats.data[b]!.embedding[index]!, 0);
    for (let index = 0; index < 4; index += 1) expect(dot(index, index)).toBeCloseTo(1, 5);
    expect(dot(0, 1)).toBeGreaterThan(dot(0, 2) + 0.2);
    expect(floats.usage).toEqual(packed.usage);
    expect((await openai.embeddings.create({ model: MODEL, input: [[1, 2, 3], [4]] })).usage.prompt_tokens).toBe(4);
  });

  test('do not depend on chance', () => {
    expect([...embed('cat', 4)].map((value) => value.toFixed(6))).toEqual(
      [...embed('CAT', 4)].map((value) => value.toFixed(6)),
    );
  });

  test('that would keep the gateway busy are refused', () => {
    for (const body of [
      { input: [] },
      { input: 5 },
      { input: ['a', 5] },
      { input: 'a', dimensions: 5000 },
      { input: Array.from({ length: 2048 }, () => 'a'), dimensions: 4096 },
    ]) {
      expect(ask('/embeddings', { model: MODEL, ...body }).status).toBe(400);
    }
  });
});

describe('any request', () => {
  test.each([
    ['/v1/images/generations', 404, 'unknown_url'],
    ['/v1/chat/completions/', 404, 'unknown_url'],
    ['/', 404, 'unknown_url'],
    ['constructor', 404, 'unknown_url'],
  ])('to %s is answered as OpenAI does', (path, status, code) => {
    const answer = ask(path, { model: MODEL });
    expect([answer.status, JSON.parse(bytesOf(answer).toString())]).toEqual([
      status,
      { error: { message: expect.any(String) as string, type: 'invalid_request_error', param: null, code } },
    ]);
  });

  test('that is faulty is refused, naming the member', () => {
    for (const [path, body, param] of [
      ['/chat/completions', { model: MODEL }, 'messages'],
      ['/chat/completions', { messages }, 'model'],
      ['/chat/completions', { model: MODEL, messages, max_tokens: -1 }, 'max_tokens'],
      ['/chat/completions', { model: MODEL, messages, n: 9 }, 'n'],
      [
        '/chat/completions',
        { model: MODEL, messages, tools: chatTools, tool_choice: { function: { name: 'x' } } },
        'tool_choice',
      ],
      ['/responses', { model: MODEL }, 'input'],
      ['/responses', [], null],
      ['/responses', 'x', null],
    ] as const) {
      const answer = ask(path, body);
      expect([answer.status, JSON.parse(bytesOf(answer).toString()).error.param]).toEqual([400, param]);
    }
    expect(ask('/responses', {}, 'GET').status).toBe(405);
    expect(
      demoAnswer({ path: '/responses', method: 'POST', body: Buffer.from('{'), requestId: 'r', nowMs: 0 }).status,
    ).toBe(400);
  });

  test('gets the same answer every time', () => {
    const body = { model: MODEL, messages, stream: true };
    expect(bytesOf(ask('/v1/chat/completions?x=1', body))).toEqual(bytesOf(ask('/chat/completions', body)));
  });

  test('is metered by what it reports, within what would be reserved for it, and is complete', () => {
    const chat = { messages, max_tokens: 20 };
    const cases: [MeterProtocol, string, object][] = [
      ['openai-chat', '/chat/completions', chat],
      ['openai-chat', '/chat/completions', { ...chat, stream_options: { include_usage: true } }],
      ['openai-completions', '/completions', { prompt: 'x', max_tokens: 20, stream_options: { include_usage: true } }],
      ['openai-responses', '/responses', { input: 'x', max_output_tokens: 20 }],
      ['anthropic-messages', '/messages', chat],
      [
        'anthropic-messages',
        '/messages',
        {
          max_tokens: 20,
          messages: [{ role: 'user', content: Array.from({ length: 50 }, () => ({ type: 'image' })) }],
        },
      ],
    ];
    for (const [protocol, path, body] of cases) {
      const counted = [false, true].map((stream) => {
        const request = { model: MODEL, ...body, stream };
        const meter = createMeter({ protocol, streaming: stream, hideUsage: false });
        const answer = ask(path, request);
        for (const part of 'body' in answer ? [answer.body] : answer.events) meter.push(part);
        const { usage, complete, failed, held } = meter.end();
        expect([complete, failed, held.length > 0]).toEqual([true, false, true]);
        expect(usage?.inputTokens ?? 0).toBeLessThanOrEqual(
          mostInputTokens(Buffer.byteLength(JSON.stringify(request))),
        );
        expect(usage?.outputTokens ?? 0).toBeLessThanOrEqual(20);
        return usage;
      });
      const asksForUsage = path !== '/chat/completions' || 'stream_options' in body;
      expect(counted[1]).toEqual(asksForUsage ? counted[0] : null);
    }
  });
});
