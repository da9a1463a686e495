import { describe, expect, test } from 'vitest';
import { demoAnswer } from './demo.ts';
import { mostInputTokens } from '../../core/estimate.ts';
import { createMeter } from '../meter.ts';
import type { MeterProtocol } from '../usage.ts';
import { ask, bytesOf, chatTools, messages, MODEL } from '../../../test/kit/demo.ts';

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
