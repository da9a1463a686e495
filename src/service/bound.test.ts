import { expect, test } from 'vitest';
import { allocate } from '../core/allocate.ts';
import type { Limit } from '../core/limit.ts';
import type { Prices } from '../core/price.ts';
import { boundOf, NO_DEMAND, outputToSet, UNKNOWN_OUTPUT_TOKENS, type Demand } from './bound.ts';
import type { Target } from './directory.ts';

const prices: Prices = {
  inputNanoPerMillion: 1_000_000n,
  cachedInputNanoPerMillion: null,
  cacheWriteNanoPerMillion: null,
  outputNanoPerMillion: 2_000_000n,
};
const target = (over: Partial<Target> = {}): Target => ({ prices, maxOutputTokens: null, ...over }) as Target;
const demand = (over: Partial<Demand> = {}): Demand => ({
  inputTokens: 10,
  outputTokens: null,
  copies: 1,
  cost: 'tokens',
  ...over,
});

test.each([
  ['the maximum that the client names', { outputTokens: 30 }, 50, 30, false],
  ['also above the model’s', { outputTokens: 60 }, 50, 60, false],
  ['the model’s, where the client names none', {}, 50, 50, true],
  ['enough for most, where nobody knows', {}, null, UNKNOWN_OUTPUT_TOKENS, true],
  ['the model’s, where the client cannot name one', { outputTokens: 'unknown' }, 50, 50, false],
  [
    'enough for most, where it cannot and nobody knows',
    { outputTokens: 'unknown' },
    null,
    UNKNOWN_OUTPUT_TOKENS,
    false,
  ],
  ['each of several answers apart', { outputTokens: 30, copies: 4 }, 50, 120, false],
  ['each of several answers apart, named or not', { copies: 4 }, 50, 200, true],
  ['no number too large to be added up', { outputTokens: Number.MAX_SAFE_INTEGER, copies: 1e15 }, 50, 1e15, false],
] as const)('A07 output is bounded by %s', (_, over, maxOutputTokens, outputTokens, flexible) => {
  const bound = boundOf(demand(over), target({ maxOutputTokens }));
  expect(bound).toMatchObject({ inputTokens: 10, outputTokens, flexible });
  expect(bound.copies).toBe('copies' in over ? over.copies : undefined);
});

test('A07 cost is bounded by the model’s prices, by what is known beforehand, or by nothing that could be trusted', () => {
  expect(boundOf(demand(), target()).prices).toBe(prices);
  expect(boundOf(demand(), target())).not.toHaveProperty('costNano');
  expect(boundOf(demand(), target({ prices: null })).prices).toBeNull();
  expect(boundOf(demand(), null).prices).toBeNull();
  expect(boundOf(demand({ cost: 'unknown' }), target())).toMatchObject({ prices: null });
  expect(boundOf(demand({ cost: 5n }), target())).toMatchObject({ prices: null, costNano: 5n });
  expect(boundOf(NO_DEMAND, null)).toEqual({
    inputTokens: 0,
    outputTokens: 0,
    flexible: false,
    prices: null,
    costNano: 0n,
  });
});

test('a maximum is set where limits need one and the client named none: what the catalogue says of a model binds nobody', () => {
  expect(outputToSet(demand(), 20, true)).toBe(20);
  expect(outputToSet(demand(), 50, true)).toBe(50);
  expect(outputToSet(demand(), UNKNOWN_OUTPUT_TOKENS, true)).toBe(UNKNOWN_OUTPUT_TOKENS);
  expect(outputToSet(demand(), 20, true)).toBe(20);
  expect(outputToSet(demand(), 20, false)).toBeNull();
  expect(outputToSet(demand({ outputTokens: 20 }), 20, true)).toBeNull();
  expect(outputToSet(demand({ outputTokens: 'unknown' }), 20, true)).toBeNull();
});

test('what is set for several answers together takes no more than was granted, and is of use to each', () => {
  const limit: Limit = { id: 'lim_1', unit: 'tokens', amount: 0n, window: { kind: 'lifetime' }, sinceMs: 0 };
  for (const copies of [1, 2, 3, 7, 100]) {
    for (let amount = 10; amount < 4000; amount += 13) {
      const asked = demand({ copies });
      const applied = { limit: { ...limit, amount: BigInt(amount) }, subjectType: 'key', subjectId: 'key_1' } as const;
      const granted = allocate(boundOf(asked, target({ maxOutputTokens: 500 })), [{ applied, slots: [] }], 0);
      expect(granted.ok).toBe(amount >= 10 + 16 * copies);
      if (!granted.ok) continue;
      const set = outputToSet(asked, granted.outputTokens, true) ?? 0;
      expect(set).toBeGreaterThanOrEqual(16);
      expect(BigInt(10 + set * copies)).toBe(granted.takes[0]!.amount);
    }
  }
});
