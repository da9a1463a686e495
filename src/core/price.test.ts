import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { money, prices } from '../../test/kit/prices.ts';
import { costNano, costOfSum, formatMoney, parseMoney, pricesFromJson, pricesToJson, sumWithin } from './price.ts';
import { NO_USAGE, type TokenUsage } from './usage.ts';

const used = (usage: Partial<TokenUsage>): TokenUsage => ({ ...NO_USAGE, ...usage });

describe('money', () => {
  test.each<[string, bigint]>([
    ['0', 0n],
    ['1', 1_000_000_000n],
    ['0.000000001', 1n],
    ['0.1', 100_000_000n],
    ['1.50', 1_500_000_000n],
    ['999999999.999999999', 999_999_999_999_999_999n],
  ])('%s is read', (text, nano) => {
    expect(parseMoney(text)).toBe(nano);
  });

  test.each([
    '',
    '.',
    '.5',
    '5.',
    '-1',
    '+1',
    '01',
    '00',
    '1e3',
    '3e-07',
    '0x1',
    ' 1',
    '1 ',
    '1\n',
    '1,5',
    '1_000',
    '1.0000000000',
    '1000000000',
    '１',
    'NaN',
    'Infinity',
    '$1',
  ])('%j is no amount', (text) => {
    expect(parseMoney(text)).toBeNull();
  });

  test('the shortest decimal is written', () => {
    expect([0n, 1n, 1_500_000_000n, 20_000_000_000n, 100_000_000n].map(formatMoney)).toEqual([
      '0',
      '0.000000001',
      '1.5',
      '20',
      '0.1',
    ]);
  });

  test('a correction below zero is written with its sign', () => {
    expect([-1n, -1_500_000_000n].map(formatMoney)).toEqual(['-0.000000001', '-1.5']);
  });

  test('what is written is read back as the same amount, and no shorter text would be', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }), (nano) => {
        const text = formatMoney(nano);
        expect(parseMoney(text)).toBe(nano);
        expect(text).not.toMatch(/\.\d*0$|\.$/);
      }),
    );
  });
});

describe('costNano', () => {
  test('every kind of token has its price, and reasoning is part of the output', () => {
    const usage = used({
      inputTokens: 1_000_000,
      cachedTokens: 400_000,
      cacheWriteTokens: 100_000,
      outputTokens: 2_000_000,
      reasoningTokens: 1_500_000,
    });
    expect(formatMoney(costNano(usage, prices))).toBe('31.995');
  });

  test('a missing cache rate is plain input, never free', () => {
    const plain = { ...prices, cachedInputNanoPerMillion: null, cacheWriteNanoPerMillion: null };
    expect(costNano(used({ inputTokens: 1000, cachedTokens: 600, cacheWriteTokens: 400 }), plain)).toBe(
      costNano(used({ inputTokens: 1000 }), plain),
    );
    expect(costNano(used({ inputTokens: 1000, cachedTokens: 600 }), { ...prices, cachedInputNanoPerMillion: 0n })).toBe(
      money('0.0012'),
    );
  });

  test('it is rounded up once, on the sum', () => {
    const tiny = { ...prices, inputNanoPerMillion: 1n, outputNanoPerMillion: 1n };
    expect(costNano(NO_USAGE, tiny)).toBe(0n);
    expect(costNano(used({ inputTokens: 1 }), tiny)).toBe(1n);
    expect(costNano(used({ inputTokens: 1, outputTokens: 1 }), tiny)).toBe(1n);
    expect(costNano(used({ inputTokens: 500_000, outputTokens: 500_000 }), tiny)).toBe(1n);
    expect(costNano(used({ inputTokens: 500_000, outputTokens: 500_001 }), tiny)).toBe(2n);
  });

  test('parts reported larger than the whole are charged as the whole', () => {
    expect(costNano(used({ inputTokens: 1000, cachedTokens: 5000 }), prices)).toBe(money('0.0003'));
    expect(costNano(used({ inputTokens: 1000, cachedTokens: 5000, cacheWriteTokens: 600 }), prices)).toBe(
      money('0.00237'),
    );
    expect(costNano(used({ inputTokens: 1000, cacheWriteTokens: 5000 }), prices)).toBe(money('0.00375'));
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    'a count of %d is a bug and not a price',
    (tokens) => {
      for (const name of ['inputTokens', 'cachedTokens', 'cacheWriteTokens', 'outputTokens'] as const) {
        expect(() => costNano(used({ [name]: tokens }), prices)).toThrow(RangeError);
      }
    },
  );

  test('A03 a multiplier is exact: the cost is the rational one, rounded up once', () => {
    const rate = fc.bigInt({ min: 0n, max: 10n ** 12n });
    const anyMultiplier = fc.oneof(
      fc.constantFrom(0n, 1n, 999_999_999n, 1_000_000_000n),
      fc.bigInt({ min: 0n, max: 10n ** 12n }),
    );
    fc.assert(
      fc.property(rate, rate, anyMultiplier, fc.nat(), fc.nat(), (input, output, multiplierNano, inputs, outputs) => {
        const given = { ...prices, inputNanoPerMillion: input, outputNanoPerMillion: output };
        const cost = costNano(used({ inputTokens: inputs, outputTokens: outputs }), { ...given, multiplierNano });
        const exact = (BigInt(inputs) * input + BigInt(outputs) * output) * multiplierNano;
        const unit = 10n ** 15n;
        expect(cost * unit).toBeGreaterThanOrEqual(exact);
        expect(cost * unit - exact).toBeLessThan(unit);
      }),
    );
    const usage = used({ inputTokens: 1000 });
    expect(costNano(usage, { ...prices, multiplierNano: money('1') })).toBe(costNano(usage, prices));
  });

  test('A03 the sum that an amount pays for is the largest one', () => {
    const multipliers = fc.option(fc.bigInt({ min: 1n, max: 10n ** 12n }), { nil: undefined });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), multipliers, (nano, multiplierNano) => {
        const given = multiplierNano === undefined ? prices : { ...prices, multiplierNano };
        const sum = sumWithin(nano, given)!;
        expect(costOfSum(sum, given)).toBeLessThanOrEqual(nano);
        expect(costOfSum(sum + 1n, given)).toBeGreaterThan(nano);
      }),
    );
    expect(sumWithin(0n, { ...prices, multiplierNano: 0n })).toBeNull();
  });

  test('A03 a multiplier is stored with the prices it was charged with, and read back', () => {
    const json = pricesToJson({ ...prices, multiplierNano: money('0.800000001') });
    expect(json).toEqual({ ...pricesToJson(prices), multiplier: '0.800000001' });
    expect(pricesFromJson(json)).toEqual({ ...prices, multiplierNano: 800_000_001n });
    expect(pricesToJson(prices)).not.toHaveProperty('multiplier');
    expect(() => pricesFromJson({ ...json, multiplier: '1e3' })).toThrow(RangeError);
  });

  const tokens = fc.integer({ min: 0, max: 10_000_000 });
  const usages = fc.record({
    inputTokens: tokens,
    cachedTokens: tokens,
    cacheWriteTokens: tokens,
    outputTokens: tokens,
    reasoningTokens: tokens,
  });
  const rate = fc.bigInt({ min: 0n, max: 10n ** 12n });
  const anyPrices = fc.record({
    inputNanoPerMillion: rate,
    cachedInputNanoPerMillion: fc.option(rate),
    cacheWriteNanoPerMillion: fc.option(rate),
    outputNanoPerMillion: rate,
  });

  test('it is never negative and never more than all input at its dearest rate and all output', () => {
    fc.assert(
      fc.property(usages, anyPrices, (usage, at) => {
        const rates = [at.inputNanoPerMillion, at.cachedInputNanoPerMillion ?? 0n, at.cacheWriteNanoPerMillion ?? 0n];
        const dearest = rates.reduce((most, one) => (one > most ? one : most));
        const bound = BigInt(usage.inputTokens) * dearest + BigInt(usage.outputTokens) * at.outputNanoPerMillion;
        const cost = costNano(usage, at);
        expect(cost >= 0n && cost <= (bound + 999_999n) / 1_000_000n).toBe(true);
      }),
    );
  });

  test('more tokens never cost less', () => {
    fc.assert(
      fc.property(usages, tokens, anyPrices, (usage, more, at) => {
        const base = costNano(usage, at);
        expect(costNano({ ...usage, outputTokens: usage.outputTokens + more }, at) >= base).toBe(true);
        expect(
          costNano(
            { ...usage, inputTokens: usage.inputTokens + usage.cachedTokens + usage.cacheWriteTokens + more },
            at,
          ) >= costNano({ ...usage, inputTokens: usage.inputTokens + usage.cachedTokens + usage.cacheWriteTokens }, at),
        ).toBe(true);
      }),
    );
  });

  test('prices survive being stored, and the stored form is plain JSON', () => {
    fc.assert(
      fc.property(anyPrices, (at) => {
        expect(pricesFromJson(JSON.parse(JSON.stringify(pricesToJson(at))))).toEqual(at);
      }),
    );
    expect(pricesToJson({ ...prices, cacheWriteNanoPerMillion: null })).toEqual({
      inputPerMillion: '3',
      cachedInputPerMillion: '0.3',
      cacheWritePerMillion: null,
      outputPerMillion: '15',
    });
  });

  test('a damaged stored price throws and does not become a price', () => {
    expect(() => pricesFromJson({ ...pricesToJson(prices), inputPerMillion: 'free' })).toThrow(RangeError);
    expect(() => pricesFromJson({ ...pricesToJson(prices), cachedInputPerMillion: '-1' })).toThrow(
      'Not an amount of money: -1',
    );
  });
});
