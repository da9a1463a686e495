import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prices } from '../../test/kit/prices.ts';
import { formatMoney } from './price.ts';
import { priceEntries } from './priceList.ts';

describe('the LiteLLM price list', () => {
  const one = (fields: Record<string, unknown>) => priceEntries({ m: fields }).entries[0]!;
  const perMillion = (input: unknown) => {
    const read = one({ input_cost_per_token: input, output_cost_per_token: 0.001 }).prices;
    return read && formatMoney(read.inputNanoPerMillion);
  };

  test('a model is read with all its rates', () => {
    const { entries, skipped } = priceEntries({
      'anthropic/claude-x': {
        litellm_provider: 'anthropic',
        mode: 'chat',
        input_cost_per_token: 3e-6,
        output_cost_per_token: 1.5e-5,
        cache_read_input_token_cost: 3e-7,
        cache_creation_input_token_cost: 3.75e-6,
        max_output_tokens: 64_000,
        supports_vision: true,
      },
    });
    expect(skipped).toEqual([]);
    expect(entries).toEqual([
      {
        name: 'anthropic/claude-x',
        litellmProvider: 'anthropic',
        mode: 'chat',
        prices,
        maxOutputTokens: 64_000,
        otherRates: [],
      },
    ]);
  });

  test.each<[number, string]>([
    [3e-7, '0.3'],
    [0.00001, '10'],
    [1.25e-5, '12.5'],
    [7.5e-8, '0.075'],
    [5.46875e-7, '0.546875'],
    [2.4414e-7, '0.24414'],
    [0.1, '100000'],
    [1, '1000000'],
    [12.5, '12500000'],
    [0, '0'],
    // Rounding noise of the list itself.
    [3e-7 - 2 ** -74, '0.3'],
    [3e-7 + 2 ** -74, '0.3'],
    [1.5e-15, '0.000000002'],
    // Too small to say, but never free.
    [1e-16, '0.000000001'],
    [5e-324, '0.000000001'],
  ])(
    '%d dollars a token are exactly %s a million, through the decimal and not through float arithmetic',
    (perToken, text) => {
      expect(perMillion(perToken)).toBe(text);
    },
  );

  test('every price of up to 15 decimals comes over exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 6, max: 15 }), (digits, decimals) => {
        const nano = BigInt(digits) * 10n ** BigInt(15 - decimals);
        expect(perMillion(Number(`${digits}e-${decimals}`))).toBe(formatMoney(nano));
      }),
    );
  });

  test.each([-1e-7, Number.NaN, Number.POSITIVE_INFINITY, 1000, '3e-07', true, {}, undefined, null])(
    'a missing or faulty price (%j) is unknown, which is not zero',
    (faulty) => {
      expect(one({ input_cost_per_token: faulty, output_cost_per_token: 1e-6 }).prices).toBeNull();
      expect(one({ input_cost_per_token: 1e-6, output_cost_per_token: faulty }).prices).toBeNull();
    },
  );

  test('a missing cache rate is null, a faulty one makes the price unknown', () => {
    const base = { input_cost_per_token: 1e-6, output_cost_per_token: 2e-6 };
    expect(one({ ...base, cache_read_input_token_cost: null }).prices).toMatchObject({
      cachedInputNanoPerMillion: null,
      cacheWriteNanoPerMillion: null,
    });
    expect(one({ ...base, cache_read_input_token_cost: 0 }).prices).toMatchObject({ cachedInputNanoPerMillion: 0n });
    expect(one({ ...base, cache_creation_input_token_cost: 0 }).prices).toMatchObject({
      cacheWriteNanoPerMillion: null,
    });
    expect(one({ ...base, cache_read_input_token_cost: 'x' }).prices).toBeNull();
    expect(one({ ...base, cache_creation_input_token_cost: -1 }).prices).toBeNull();
  });

  test('a model priced by the image or query is not free; one without any rate but zero is', () => {
    const zero = { input_cost_per_token: 0, output_cost_per_token: 0 };
    expect(one({ ...zero, input_cost_per_query: 0.002 })).toMatchObject({
      prices: null,
      otherRates: ['input_cost_per_query'],
    });
    expect(one({ ...zero, input_cost_per_query: 0, output_cost_per_image: null })).toMatchObject({
      prices: { inputNanoPerMillion: 0n, outputNanoPerMillion: 0n },
      otherRates: [],
    });
    expect(one({ ...zero, output_cost_per_token: 1e-6, input_cost_per_query: 1 }).prices).not.toBeNull();
  });

  test('rates that have no place are named, so that nobody relies on a cost limit unaware', () => {
    expect(
      one({
        input_cost_per_token: 1e-6,
        output_cost_per_token: 1e-6,
        input_cost_per_token_above_200k_tokens: 2e-6,
        tiered_pricing: [],
        mode: 'chat',
      }).otherRates,
    ).toEqual(['input_cost_per_token_above_200k_tokens', 'tiered_pricing']);
  });

  test.each([0, -1, 1.5, '4096', null, undefined, 2 ** 60])('an odd output maximum (%j) is unknown', (max) => {
    expect(one({ max_output_tokens: max }).maxOutputTokens).toBeNull();
  });

  test('an entry without provider and mode is still an entry', () => {
    expect(one({ litellm_provider: 7, mode: null })).toMatchObject({ litellmProvider: null, mode: null, prices: null });
  });

  test('the sample, nameless and shapeless entries are skipped with a reason', () => {
    expect(
      priceEntries({ sample_spec: { input_cost_per_token: 1 }, '': {}, a: null, b: [], c: 1, d: {} }),
    ).toMatchObject({
      entries: [{ name: 'd' }],
      skipped: [{ name: 'sample_spec' }, { name: '' }, { name: 'a' }, { name: 'b' }, { name: 'c' }],
    });
  });

  test('what is no list at all says so', () => {
    for (const json of [null, [], 'x', 1, undefined]) {
      expect(priceEntries(json)).toEqual({
        entries: [],
        skipped: [{ name: '', reason: 'The list is not a JSON object of models.' }],
      });
    }
  });

  test('whatever JSON holds, every member is an entry or skipped, and no price is below zero', () => {
    const field = fc.constantFrom(
      'input_cost_per_token',
      'output_cost_per_token',
      'cache_read_input_token_cost',
      'mode',
      'x_cost',
    );
    const json = fc.dictionary(
      fc.string(),
      fc.oneof(fc.jsonValue(), fc.dictionary(field, fc.oneof(fc.double(), fc.jsonValue()))),
    );
    fc.assert(
      fc.property(json, (list) => {
        const { entries, skipped } = priceEntries(list);
        expect(entries.length + skipped.length).toBe(Object.keys(list).length);
        const rates = entries.flatMap((entry) => Object.values(entry.prices ?? {}) as (bigint | null)[]);
        expect(rates.filter((rate) => rate !== null && rate < 0n)).toEqual([]);
      }),
    );
  });
});
