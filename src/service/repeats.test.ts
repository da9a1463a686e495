import { expect, test } from 'vitest';
import { createRepeats, MOST_REFUSALS_PER_HOUR } from './repeats.ts';

const MINUTE_MS = 60_000;

test('the same refusal of the same caller leaves one row a minute, and the next row says how many left none', () => {
  const repeats = createRepeats();
  expect(repeats.admit('usr_a', 'x', 0)).toBe(0);
  for (let at = 1; at <= 5; at++) expect(repeats.admit('usr_a', 'x', at)).toBeNull();
  expect(repeats.admit('usr_b', 'x', 6)).toBe(0);
  expect(repeats.admit('usr_a', 'y', 7)).toBe(5);
  expect(repeats.admit('usr_a', 'x', MINUTE_MS)).toBe(0);
});

test('one caller leaves no more rows an hour, whatever is refused', () => {
  const repeats = createRepeats();
  const rows = Array.from({ length: 500 }, (_, at) => repeats.admit('usr_a', `x ${at}`, at)).filter((n) => n !== null);
  expect(rows).toHaveLength(MOST_REFUSALS_PER_HOUR);
  expect(repeats.admit('usr_a', 'z', 60 * MINUTE_MS - 1)).toBeNull();
  expect(repeats.admit('usr_a', 'z', 60 * MINUTE_MS)).toBe(500 - MOST_REFUSALS_PER_HOUR + 1);
});

test('the callers it remembers are bounded', () => {
  const repeats = createRepeats();
  repeats.admit('usr_first', 'x', 0);
  for (let at = 0; at < 10_000; at++) repeats.admit(`usr_${at}`, 'x', 0);
  expect(repeats.admit('usr_first', 'x', 1)).toBe(0);
});
