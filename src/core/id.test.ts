import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { idMaker } from './id.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

describe('ids', () => {
  test('X06 an id is its prefix and 20 characters of base62 (119 bits), and 10,000 of them are different', () => {
    const newId = idMaker(randomBytes);
    const ids = Array.from({ length: 10_000 }, () => newId('key'));
    expect(ids.every((id) => /^key_[0-9A-Za-z]{20}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(10_000);
  });

  test('bytes that would make some characters likelier are left out', () => {
    let next = 0;
    const newId = idMaker((size) => Uint8Array.from({ length: size }, () => [255, 248, 247][next++ % 3]!));
    expect(newId('x')).toBe(`x_${'z'.repeat(20)}`);
  });

  test('randomness is drawn in blocks, and no byte is used twice', () => {
    let draws = 0;
    let next = 0;
    const newId = idMaker((size) => {
      if (size > 0) draws++;
      return Uint8Array.from({ length: size }, () => next++ % 248);
    });
    const text = Array.from({ length: 300 }, () => newId('x').slice(2)).join('');
    expect(draws).toBe(2);
    // 248 is four times the alphabet, so bytes that count up spell it over and over, across the draws.
    expect(text).toBe(ALPHABET.repeat(Math.ceil(text.length / 62)).slice(0, text.length));
  });
});
