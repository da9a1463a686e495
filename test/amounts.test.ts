// Sums of money as the console says them.

import { expect, test } from 'vitest';
import { sayingAmounts, sayingPrices } from '../console/src/shell/amounts.ts';

test('amounts below each other have the decimals that the greatest needs', () => {
  const column = (...amounts: number[]) => amounts.map(sayingAmounts(Math.max(...amounts), 'en'));
  expect(column(55.411213, 1.5, 1200)).toEqual(['55.41', '1.50', '1,200.00']);
  expect(column(0.524191, 0.37539)).toEqual(['0.5242', '0.3754']);
  expect(column(0.00304275, 0.0007385)).toEqual(['0.003043', '0.000739']);
  expect(column(0.000011, 0.000000001)).toEqual(['0.000011000', '0.000000001']);
  expect(column(0)).toEqual(['0.00']);
});

test('what costs something is never said to cost nothing', () => {
  const say = sayingAmounts(50, 'en');
  expect([say(0), say(0.004), say(0.005)]).toEqual(['0.00', '< 0.01', '0.01']);
});

test('what is taken and what is left of a limit are together the whole, and the last of it is not said to be gone', () => {
  const [taken, left] = (['floor', 'ceil'] as const).map((rounding) =>
    sayingAmounts(50, 'en', { isColumn: false, rounding }),
  );
  expect([taken?.(0.063355), left?.(49.936645)]).toEqual(['0.06', '49.94']);
  expect([taken?.(49.999), left?.(0.001)]).toEqual(['49.99', '0.01']);
  expect([taken?.(0.001), left?.(49.999)]).toEqual(['< 0.01', '50']);
  expect([taken?.(50), left?.(0)]).toEqual(['50', '0']);
});

test('prices have hundredths, and as many decimals more as they have', () => {
  expect([3, 1.25, 0.025, 0.1 * 3, 0].map(sayingPrices('en'))).toEqual(['3.00', '1.25', '0.025', '0.30', '0.00']);
});
