import { expect, test } from 'vitest';
import { NO_USAGE } from './usage.ts';
import { estimateTokens, estimateUsage, mostInputTokens } from './estimate.ts';

const NOTHING = { outputBytes: 0, bodyBytes: 0, partialUsage: null };

test('four bytes are a token, and a token begun is one', () => {
  expect([0, 1, 4, 5, 8, 9].map(estimateTokens)).toEqual([0, 1, 1, 2, 2, 3]);
});

test('without any report, input comes from the request and output from the text seen, not from its framing', () => {
  expect(estimateUsage(401, { ...NOTHING, outputBytes: 9, bodyBytes: 5000 })).toEqual({
    ...NO_USAGE,
    inputTokens: 101,
    outputTokens: 3,
  });
});

test('a report that was begun gives the input, and never less output than it said', () => {
  const partialUsage = { inputTokens: 50, cachedTokens: 20, cacheWriteTokens: 5, outputTokens: 4, reasoningTokens: 1 };
  expect(estimateUsage(9999, { ...NOTHING, outputBytes: 40, partialUsage })).toEqual({
    ...partialUsage,
    outputTokens: 10,
  });
  expect(estimateUsage(9999, { ...NOTHING, outputBytes: 1, partialUsage })).toEqual(partialUsage);
});

test('the bound of the input is never below its estimate', () => {
  for (const bytes of [0, 1, 2, 3, 100]) expect(mostInputTokens(bytes)).toBeGreaterThanOrEqual(estimateTokens(bytes));
});
