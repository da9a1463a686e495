import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { customValueError, FEWEST_BITS, isCustomShape, strengthOf } from './customValue.ts';
import { generateKeyValue } from './keyValue.ts';

const errorOf = (value: string, name = 'a key'): string | null => customValueError(value, name, 'kw_');

test.each([
  'x7Kq2mVt9LwRb4Zs8PdN',
  'sk-Qm7pXv2Lk9Tz4Bn8Wd3Rj6Hy',
  '0f8fad5b-d9cd-469f-a165-70867728950e',
  '9f86d081884c7d659a2feaa0c55ad015',
])('A04 a random value passes: %s', (value) => {
  expect(errorOf(value)).toBeNull();
  expect(isCustomShape(value, 'kw_')).toBe(true);
});

test.each([
  ['short', '16 to 128'],
  ['x7Kq2mVt9LwRb4Zs'.repeat(9), '16 to 128'],
  ['x7Kq2mVt9LwRb4Zs8P dN', 'made of'],
  ['x7Kq2mVt9LwRb4Zs8P.dN', 'made of'],
  ['x7Kq2mVt9LwRb4Zs8Pé', 'made of'],
  ['kw_x7Kq2mVt9LwRb4Zs8PdN', 'generated'],
  ['KW_x7Kq2mVt9LwRb4Zs8PdN', 'generated'],
  ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'easy'],
  ['abcdefghijklmnopqrstuvwxyz0123456789', 'easy'],
  ['qwertyuiopasdfghjklzxcvbnm', 'easy'],
  ['1234567890123456789012345', 'easy'],
  ['x7Kqx7Kqx7Kqx7Kqx7Kqx7Kqx7Kq', 'easy'],
  ['password-password-1234', 'easy'],
  ['correct-horse-battery-staple', 'easy'],
  ['CompanyProductionServer2026', 'easy'],
  ['4929186302847561', 'easy'],
])('A04 a weak or wrong value is refused, without repeating it: %s', (value, why) => {
  expect(errorOf(value)).toContain(why);
  expect(errorOf(value)).not.toContain(value.slice(0, 6));
});

test('A04 a value that contains the name of its key is refused, however it is written', () => {
  expect(errorOf('x7Kq2mVt9L-Prod_API-wRb4Zs8PdN', 'prod api')).toContain('name');
  expect(errorOf('x7Kq2mVt9LwRb4Zs8PdN', '7K')).toBeNull();
});

test('of random values of 24 characters hardly one is refused, and the estimate never exceeds what they hold', () => {
  let refused = 0;
  for (let at = 0; at < 2000; at++) {
    const value = randomBytes(18).toString('base64url');
    if (!value.startsWith('kw_') && errorOf(value) !== null) refused++;
    expect(strengthOf(value)).toBeLessThanOrEqual(24 * 6);
  }
  expect(refused).toBeLessThan(20);
  expect(FEWEST_BITS).toBe(80);
});

test('a generated value is none that somebody chose', () => {
  expect(isCustomShape(generateKeyValue('kw_', randomBytes), 'kw_')).toBe(false);
});
