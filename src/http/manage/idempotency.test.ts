import { expect, test } from 'vitest';
import { idempotencyToken } from './idempotency.ts';

test.each([
  [undefined, null],
  ['"8e03978e-40d5"', '8e03978e-40d5'],
  ['8e03978e-40d5', '8e03978e-40d5'],
  [' "a" ', 'a'],
  [String.raw`"a\"b\\c"`, String.raw`a"b\c`],
  ['"with space"', 'with space'],
  [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
])('%j is the token %j', (header, token) => expect(idempotencyToken(header)).toBe(token));

test.each([
  '',
  '""',
  '"',
  '"a',
  'a"',
  'a b',
  '"a"b"',
  String.raw`"a\x"`,
  '"ä"',
  '"\u0001"',
  'x'.repeat(256),
  `"${'x'.repeat(256)}"`,
])('%j is refused', (header) => {
  expect(() => idempotencyToken(header)).toThrow(/Idempotency-Key must be/);
});

test('two headers are refused', () => expect(() => idempotencyToken(['a', 'b'])).toThrow(/Idempotency-Key must be/));
