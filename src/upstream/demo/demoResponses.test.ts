import { describe, expect, test } from 'vitest';
import { ARGUMENTS, MODEL, openai, parameters } from '../../../test/kit/demo.ts';

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
