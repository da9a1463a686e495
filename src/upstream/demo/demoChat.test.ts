import { describe, expect, test } from 'vitest';
import { ARGUMENTS, chatTools, messages, MODEL, openai } from '../../../test/kit/demo.ts';

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
