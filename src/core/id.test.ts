import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idMaker } from './id.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

describe('ids', () => {
  test('X06 an id is its prefix, its time and 14 random characters (83 bits), and 10,000 of one moment are different', () => {
    const newId = idMaker(randomBytes, () => 1_795_000_000_000);
    const ids = Array.from({ length: 10_000 }, () => newId('key'));
    expect(ids.every((id) => /^key_[0-9A-Za-z]{22}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(10_000);
  });

  test('ids sort as the times they were made at', () => {
    const time = fc.integer({ min: 0, max: 200_000_000_000_000 });
    fc.assert(
      fc.property(time, time, (a, b) => {
        let nowMs = a;
        const newId = idMaker(randomBytes, () => nowMs);
        const first = newId('x');
        nowMs = b;
        const second = newId('x');
        return a === b || first < second === a < b;
      }),
    );
    expect(idMaker(randomBytes, () => -5)('x')).toMatch(/^x_0{8}/);
  });

  test('bytes that would make some characters likelier are left out', () => {
    let next = 0;
    const newId = idMaker(
      (size) => Uint8Array.from({ length: size }, () => [255, 248, 247][next++ % 3]!),
      () => 0,
    );
    expect(newId('x')).toBe(`x_00000000${'z'.repeat(14)}`);
  });

  test('randomness is drawn in blocks, and no byte is used twice', () => {
    let draws = 0;
    let next = 0;
    const newId = idMaker(
      (size) => {
        if (size > 0) draws++;
        return Uint8Array.from({ length: size }, () => next++ % 248);
      },
      () => 0,
    );
    const text = Array.from({ length: 400 }, () => newId('x').slice(10)).join('');
    expect(draws).toBe(2);
    // 248 is four times the alphabet, so bytes that count up spell it over and over, across the draws.
    expect(text).toBe(ALPHABET.repeat(Math.ceil(text.length / 62)).slice(0, text.length));
  });
});
