import { describe, expect, test } from 'vitest';
import { anthropic, ARGUMENTS, ask, bytesOf, messages, MODEL, parameters } from '../../../test/kit/demo.ts';

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
