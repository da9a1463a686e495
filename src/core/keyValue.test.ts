import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Random } from './ambient.ts';
import { generateKeyValue, isWellFormed, KEY_PREFIX_PATTERN, keyHasher, keyPattern, maskKeyValue } from './keyValue.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const EXAMPLE = 'kw_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17';

/** A source that gives these bytes again and again. */
function repeating(bytes: readonly number[]): Random {
  let next = 0;
  return (size) => Uint8Array.from({ length: size }, () => bytes[next++ % bytes.length]!);
}

describe('key values', () => {
  test('D06 10,000 keys are all different, of the documented shape, and well formed', () => {
    const values = Array.from({ length: 10_000 }, () => generateKeyValue('kw_', randomBytes));
    expect(new Set(values).size).toBe(10_000);
    expect(values.every((value) => /^kw_[0-9A-Za-z]{36}$/.test(value) && isWellFormed(value, 'kw_'))).toBe(true);
  });

  test('D06 the random part holds at least 128 bits: 30 characters of 62, each equally likely', () => {
    expect(30 * Math.log2(62)).toBeGreaterThan(128);
    // Every byte value once, and whole rounds of 30 characters: 248 accepted bytes give each character exactly four times.
    let next = 0;
    const everyByte: Random = (size) => Uint8Array.from({ length: size }, () => next++ % 256);
    const counts = new Map<string, number>();
    for (let key = 0; key < 248; key++)
      for (const character of generateKeyValue('', everyByte).slice(0, 30))
        counts.set(character, (counts.get(character) ?? 0) + 1);
    // 32 bytes a draw, of which surplus ones are dropped, so the counts are near and not equal.
    expect(counts.size).toBe(62);
    for (const count of counts.values()) expect(Math.abs(count - 120)).toBeLessThan(30);
  });

  test('bytes that would make some characters likelier are drawn anew', () => {
    const value = generateKeyValue('', repeating([248, 255, 250, 61]));
    expect(value.slice(0, 30)).toBe('z'.repeat(30));
    expect(generateKeyValue('', repeating([247, 186, 124, 62, 0])).slice(0, 5)).toBe('z0000');
  });

  test('a broken source of randomness stops key making, instead of hanging it or weakening keys', () => {
    expect(() => generateKeyValue('kw_', repeating([255]))).toThrow('randomness is broken');
    expect(() => generateKeyValue('kw_', () => new Uint8Array(0))).toThrow('randomness is broken');
  });

  test('the checksum is that of GitHub’s scheme', () => {
    const digits = Array.from('zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ', (character) => BASE62.indexOf(character));
    expect(generateKeyValue('kw_', (size) => Uint8Array.from({ length: size }, (_, at) => digits[at] ?? 255))).toBe(
      EXAMPLE,
    );
  });

  test('a prefix changes nothing but the start', () => {
    expect(isWellFormed(EXAMPLE.replace('kw_', 'sk-live_'), 'sk-live_')).toBe(true);
    expect(isWellFormed(EXAMPLE.slice(3), '')).toBe(true);
  });

  test.each([
    '',
    'kw_',
    EXAMPLE.slice(0, -1),
    `${EXAMPLE}0`,
    ` ${EXAMPLE}`,
    EXAMPLE.replace('kw_', 'KW_'),
    EXAMPLE.replace('kw_', 'xx_'),
    EXAMPLE.replace('kw_', 'kw-'),
    EXAMPLE.replace('z', '-'),
    EXAMPLE.replace('z', '_'),
    EXAMPLE.replace('z', 'Z'),
    EXAMPLE.replace('z', 'ź'),
    EXAMPLE.replace('z', '\u017a'),
    EXAMPLE.replace('z', '\u0100'),
    EXAMPLE.replace('0mLq17', '0mLq18'),
    EXAMPLE.replace('0mLq17', 'zzzzzz'),
    EXAMPLE.replace('0mLq17', '0mLq1/'),
    EXAMPLE.replace('0mLq17', '0mLq1:'),
    EXAMPLE.replace('0mLq17', '0mLq1@'),
    EXAMPLE.replace('0mLq17', '0mLq1['),
  ])('%j is not well formed', (value) => {
    expect(isWellFormed(value, 'kw_')).toBe(false);
  });

  test('every single changed character is noticed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: EXAMPLE.length - 1 }),
        fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }),
        (at, character) => {
          fc.pre(character !== EXAMPLE[at]);
          expect(isWellFormed(EXAMPLE.slice(0, at) + character + EXAMPLE.slice(at + 1), 'kw_')).toBe(false);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('D20 the published pattern finds keys in any text and is itself matched by every generated key', () => {
    const pattern = keyPattern('kw_');
    expect(pattern.source).toBe('\\bkw_[0-9A-Za-z]{36}\\b');
    for (const text of [EXAMPLE, `export KEY="${EXAMPLE}"`, `Authorization: Bearer ${EXAMPLE}\n`, `${EXAMPLE}.`])
      expect(pattern.exec(text)?.[0]).toBe(EXAMPLE);
    for (const text of [`x${EXAMPLE}`, `${EXAMPLE}x`, EXAMPLE.slice(0, -1)]) expect(pattern.test(text)).toBe(false);
  });

  test.each(['kw_', 'sk-', 'a_', 'kw_live_', 'Acme2-eu_', 'abcdefghijklmno_'])('D20 %s may be a prefix', (prefix) => {
    expect(KEY_PREFIX_PATTERN.test(prefix)).toBe(true);
    expect(isWellFormed(generateKeyValue(prefix, randomBytes), prefix)).toBe(true);
    expect(keyPattern(prefix).test(generateKeyValue(prefix, randomBytes))).toBe(true);
  });

  test.each([
    '',
    '_',
    'kw',
    '1kw_',
    '-kw_',
    'kw__',
    'kw-_',
    'k w_',
    'kw.',
    'kw/',
    'ключ_',
    'kw_\n',
    'abcdefghijklmnop_',
  ])('%j may not be a prefix', (prefix) => {
    expect(KEY_PREFIX_PATTERN.test(prefix)).toBe(false);
  });
});

describe('masking', () => {
  test('T10 D10 a key is shown as its first 5, three stars and its last 4', () => {
    expect(maskKeyValue('sk-2bXXXXXXXXXXXXXXXXXXXXXXXXXXXX3sQc')).toBe('sk-2b***3sQc');
    expect(maskKeyValue(EXAMPLE)).toBe('kw_zQ***Lq17');
  });

  test.each([
    ['', '***'],
    ['a', '***'],
    ['ab', 'a***'],
    ['abcd', 'a***d'],
    ['0123456789abcdef', '0123***cdef'],
    ['0123456789abcdefg', '0123***defg'],
    ['0123456789abcdefgh', '01234***efgh'],
  ])('T10 of a short value less is shown: %j is %j', (value, masked) => {
    expect(maskKeyValue(value)).toBe(masked);
  });

  test('T10 never more than half is shown, and what is shown is its start and its end', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 140 }), (value) => {
        const masked = maskKeyValue(value);
        const shown = masked.length - 3;
        expect(shown).toBeLessThanOrEqual(Math.min(9, value.length / 2));
        const first = Math.ceil(shown / 2);
        expect(masked).toBe(`${value.slice(0, first)}***${value.slice(value.length - (shown - first))}`);
      }),
    );
  });
});

describe('hashing', () => {
  const reference = (secret: Uint8Array, value: string) =>
    createHmac('sha256', secret).update(value).digest('base64url');

  test('RFC 4231 test cases 2 and 6 (secret longer than a block)', () => {
    const hex = (text: string) => Buffer.from(text, 'base64url').toString('hex');
    expect(hex(keyHasher(Buffer.from('Jefe'))('what do ya want for nothing?'))).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
    expect(hex(keyHasher(Buffer.alloc(131, 0xaa))('Test Using Larger Than Block-Size Key - Hash Key First'))).toBe(
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    );
  });

  test('it is what createHmac answers, for every secret and value, in any order', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 130 }),
        fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 5 }),
        (secret, values) => {
          const hashed = keyHasher(secret);
          // Long and short by turns: nothing of one value may reach the next.
          for (const value of [...values, '', ...values]) expect(hashed(value)).toBe(reference(secret, value));
        },
      ),
    );
  });

  test.each([0, 1, 63, 64, 65, 66, 128])('a secret of %d bytes, at and about the block size', (length) => {
    const secret = randomBytes(length);
    expect(keyHasher(secret)(EXAMPLE)).toBe(reference(secret, EXAMPLE));
  });

  test.each([0, 55, 56, 63, 64, 128, 255, 256, 257, 5000])(
    'a value of %d characters, of one, two and three bytes each',
    (length) => {
      const secret = randomBytes(32);
      for (const character of ['a', 'ä', '键', '\ud800'])
        expect(keyHasher(secret)(character.repeat(length))).toBe(reference(secret, character.repeat(length)));
    },
  );

  test('the secret is taken when the hasher is made: changing the array later changes no hash', () => {
    for (const length of [32, 100]) {
      const secret = randomBytes(length);
      const hashed = keyHasher(secret);
      const before = [hashed(EXAMPLE), hashed('x'.repeat(300))];
      secret.fill(0);
      expect([hashed(EXAMPLE), hashed('x'.repeat(300))]).toEqual(before);
    }
  });

  test('another secret gives another hash, and 43 characters of base64url', () => {
    expect(keyHasher(Buffer.alloc(32, 1))(EXAMPLE)).not.toBe(keyHasher(Buffer.alloc(32, 2))(EXAMPLE));
    expect(keyHasher(randomBytes(32))(EXAMPLE)).toMatch(/^[\w-]{43}$/);
  });
});
