import { describe, expect, test } from 'vitest';
import { NO_USAGE } from '../core/usage.ts';
import { type MeterProtocol, mergeUsage, parseUsage } from './usage.ts';

const CHAT = { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 };

describe('a reported usage', () => {
  test.each<[MeterProtocol, object, object]>([
    ['openai-chat', CHAT, { inputTokens: 20, outputTokens: 10 }],
    ['openai-chat', { prompt_tokens: 20, completion_tokens: 10 }, { inputTokens: 20, outputTokens: 10 }],
    [
      'openai-chat',
      {
        ...CHAT,
        prompt_tokens_details: { cached_tokens: 8, cache_write_tokens: 2, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 4 },
      },
      { inputTokens: 20, cachedTokens: 8, cacheWriteTokens: 2, outputTokens: 10, reasoningTokens: 4 },
    ],
    [
      'openai-chat',
      { ...CHAT, prompt_tokens_details: null, completion_tokens_details: { reasoning_tokens: null } },
      { inputTokens: 20, outputTokens: 10 },
    ],
    ['openai-completions', { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, {}],
    ['openai-embeddings', { prompt_tokens: 7, total_tokens: 7 }, { inputTokens: 7 }],
    [
      'openai-responses',
      {
        input_tokens: 30,
        input_tokens_details: { cached_tokens: 20 },
        output_tokens: 9,
        output_tokens_details: { reasoning_tokens: 9 },
        total_tokens: 39,
      },
      { inputTokens: 30, cachedTokens: 20, outputTokens: 9, reasoningTokens: 9 },
    ],
    ['openai-other', { total_tokens: 56 }, { inputTokens: 56 }],
    [
      'openai-other',
      {
        input_tokens: 5,
        output_tokens: 6,
        total_tokens: 11,
        input_tokens_details: { text_tokens: 5, image_tokens: 0 },
      },
      { inputTokens: 5, outputTokens: 6 },
    ],
    ['anthropic-messages', { input_tokens: 5, output_tokens: 6 }, { inputTokens: 5, outputTokens: 6 }],
    [
      'anthropic-messages',
      {
        input_tokens: 5,
        cache_read_input_tokens: 100,
        cache_creation_input_tokens: 40,
        output_tokens: 6,
        output_tokens_details: { thinking_tokens: 3 },
      },
      { inputTokens: 145, cachedTokens: 100, cacheWriteTokens: 40, outputTokens: 6, reasoningTokens: 3 },
    ],
  ])('%s %j', (protocol, usage, expected) => {
    expect(parseUsage(protocol, usage)).toEqual({ ...NO_USAGE, ...expected });
  });

  test('whose total holds thoughts that are not in the output charges them as output', () => {
    expect(parseUsage('openai-chat', { prompt_tokens: 5, completion_tokens: 11, total_tokens: 1037 })).toEqual({
      ...NO_USAGE,
      inputTokens: 5,
      outputTokens: 1032,
    });
    expect(
      parseUsage('openai-chat', {
        prompt_tokens: 5,
        completion_tokens: 1,
        total_tokens: 26,
        completion_tokens_details: { reasoning_tokens: 20 },
      }),
    ).toEqual({
      ...NO_USAGE,
      inputTokens: 5,
      outputTokens: 21,
      reasoningTokens: 20,
    });
    expect(parseUsage('openai-embeddings', { prompt_tokens: 5, total_tokens: 9 })?.outputTokens).toBe(0);
  });

  test.each<[string, unknown]>([
    ['no object', 'x'],
    ['a list', [CHAT]],
    ['null', null],
    ['nothing', {}],
    ['no output', { prompt_tokens: 20 }],
    ['a text for a count', { ...CHAT, prompt_tokens: '20' }],
    ['a negative count', { ...CHAT, completion_tokens: -1 }],
    ['half a token', { ...CHAT, completion_tokens: 1.5 }],
    ['more than can be counted', { ...CHAT, prompt_tokens: 1e300 }],
    ['infinity', { ...CHAT, prompt_tokens: Infinity }],
    ['a null count', { ...CHAT, prompt_tokens: null }],
    ['a text for a total', { ...CHAT, total_tokens: '30' }],
    ['a negative total', { ...CHAT, total_tokens: -30 }],
    ['a text for a detail', { ...CHAT, prompt_tokens_details: { cached_tokens: '1' } }],
    ['details that are no object', { ...CHAT, prompt_tokens_details: 5 }],
    ['more cached than read', { ...CHAT, prompt_tokens_details: { cached_tokens: 21 } }],
    [
      'more cached and written than read',
      { ...CHAT, prompt_tokens_details: { cached_tokens: 15, cache_write_tokens: 6 } },
    ],
    ['more thought than written', { ...CHAT, completion_tokens_details: { reasoning_tokens: 11 } }],
  ])('that holds %s is no report', (_what, usage) => {
    expect(parseUsage('openai-chat', usage)).toBeNull();
  });

  test('of Anthropic that cannot be is no report either', () => {
    const good = { input_tokens: 1, output_tokens: 1 };
    for (const bad of [
      { input_tokens: '1' },
      { output_tokens: null },
      { cache_read_input_tokens: -1 },
      { cache_creation_input_tokens: 0.5 },
      { input_tokens: Number.MAX_SAFE_INTEGER, cache_read_input_tokens: 1 },
    ]) {
      expect(parseUsage('anthropic-messages', { ...good, ...bad })).toBeNull();
    }
  });
});

test('a later report keeps what it leaves out or nulls, and replaces what it names, zero included', () => {
  expect(
    mergeUsage({ input_tokens: 5, output_tokens: 1, x: 1 }, { input_tokens: null, output_tokens: 9, x: 0 }),
  ).toEqual({ input_tokens: 5, output_tokens: 9, x: 0 });
  expect(mergeUsage(undefined, { output_tokens: 9 })).toEqual({ output_tokens: 9 });
  expect(mergeUsage({ input_tokens: 5 }, null)).toBeNull();
});
