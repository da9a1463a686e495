import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { generateKeyValue } from './keyValue.ts';
import { changeByFind, lastFoundMs, stepsLeft, withoutKeys, type LeakFind, type LeakReport } from './leak.ts';
import { leakRules } from './leakRules.ts';

const open = { state: 'open', note: '' } as const;
const clear = { state: 'clear', note: '' } as const;
const report = (fields: Partial<LeakReport> = {}): LeakReport => ({
  id: 'leak_1',
  accountId: 'acc_1',
  projectId: null,
  keyId: 'key_1',
  secretId: null,
  finds: [],
  origin: 'person',
  foundAt: null,
  status: 'open',
  sinceMs: 0,
  use: open,
  replacement: { state: 'open', keyId: null },
  places: { logs: open, frontEnd: open, repository: open, screenshot: open },
  reason: null,
  createdBy: 'root',
  createdAtMs: 0,
  updatedAtMs: 0,
  closedBy: null,
  closedAtMs: null,
  ...fields,
});

describe('A17 A18 A19 A20 what is left to do about a leak', () => {
  const left = (...given: Parameters<typeof stepsLeft>) => stepsLeft(...given).map(({ pointer }) => pointer);

  test('A20 all four steps, and each of the four places', () => {
    expect(left(report(), null)).toEqual([
      '/stopped',
      '/use',
      '/replacement',
      '/places/logs',
      '/places/frontEnd',
      '/places/repository',
      '/places/screenshot',
    ]);
  });

  test('each is gone when it is done, however it was', () => {
    for (const stopped of ['disabled', 'deleted', 'replaced'] as const)
      expect(left(report(), stopped)).not.toContain('/stopped');
    for (const state of ['clear', 'abnormal'] as const)
      expect(left(report({ use: { state, note: '' } }), null)).not.toContain('/use');
    for (const state of ['done', 'notNeeded'] as const)
      expect(left(report({ replacement: { state, keyId: null } }), null)).not.toContain('/replacement');
    const places = {
      logs: clear,
      frontEnd: clear,
      repository: { state: 'found', note: 'x' },
      screenshot: open,
    } as const;
    expect(left(report({ places }), 'disabled')).toEqual(['/use', '/replacement', '/places/screenshot']);
  });
});

describe('A17 another value that got out', () => {
  const find: LeakFind = { secretId: 'sec_2', origin: 'finder', foundAt: 'a forum', atMs: 50 };

  test('opens again what was settled of the key, and keeps the notes and a key that took over', () => {
    const done = report({ use: { state: 'clear', note: 'mine' }, replacement: { state: 'done', keyId: null } });
    expect(changeByFind(done, find)).toEqual({
      finds: [find],
      use: { state: 'open', note: 'mine' },
      replacement: { state: 'open', keyId: null },
    });
    const replaced = report({ finds: [find], replacement: { state: 'done', keyId: 'key_2' } });
    expect(changeByFind(replaced, { ...find, atMs: 60 })).toMatchObject({
      finds: [find, { atMs: 60 }],
      replacement: { state: 'done', keyId: 'key_2' },
    });
  });

  test('the last find counts, or the report itself', () => {
    expect(lastFoundMs(report({ createdAtMs: 20 }))).toBe(20);
    expect(lastFoundMs(report({ createdAtMs: 20, finds: [find, { ...find, atMs: 40 }] }))).toBe(50);
  });
});

describe('X03 A17 a text is kept without values', () => {
  test.each(['kw_', 'acme-', 'sk-live_'])(
    'generated ones with %s, whatever stands around them and however they are encoded',
    (prefix) => {
      const value = generateKeyValue(prefix, randomBytes);
      const encoded = Array.from(value, (one) => `%${one.charCodeAt(0).toString(16)}`).join('');
      const cases: readonly (readonly [string, string])[] = [
        [`a_${value}`, `a_${prefix}***`],
        [`${value}_old`, `${prefix}***_old`],
        [`x${value}`, `x${prefix}***`],
        [`${value}x`, `${prefix}***`],
        [`${prefix}${value}`, `${prefix}${prefix}***`],
        [`?k=${encoded}&b=%20`, `?k=${prefix}***&b=%20`],
        [`?k=${encoded.toUpperCase()}`, `?k=${prefix}***`],
        [`?k=${encodeURIComponent(encoded)}`, `?k=${prefix}***`],
        [`?k=${encodeURIComponent(encodeURIComponent(encoded))}%`, `?k=${prefix}***%`],
      ];
      for (const [text, kept] of cases) {
        expect([text, withoutKeys(text, prefix)]).toEqual([text, kept]);
        expect(withoutKeys(text, prefix, [value])).not.toContain(value);
      }
      expect(withoutKeys('100 %, %zz, “ä”, %C3%A4', prefix, ['', 'other'])).toBe('100 %, %zz, “ä”, %C3%A4');
    },
  );

  test('those that were sent, which have no pattern', () => {
    const value = 'Mx7-qpT_w29LzKd4vRnB';
    const encoded = value.replaceAll('-', '%2D').replace('_', '%255f');
    expect(withoutKeys(`?key=${value}&again=${encoded}, a${value}b`, 'kw_', [value])).toBe('?key=***&again=***, a***b');
    expect(withoutKeys('', 'kw_', [value])).toBe('');
    // Parts that overlap go as a whole.
    expect(withoutKeys('abcabcabcabc!', 'kw_', ['abcabcabc'])).toBe('***!');
  });
});

describe('X03 D20 keys are found by their pattern, and taken out of what is kept', () => {
  test.each(['kw_', 'acme-', 'sk-live_'])('of every value made with %s, and of nothing else', (prefix) => {
    const { pattern, gitleaks, trufflehog } = leakRules(prefix);
    const whole = new RegExp(pattern);
    for (let at = 0; at < 200; at++) {
      const value = generateKeyValue(prefix, randomBytes);
      expect(whole.exec(`API_KEY="${value}"`)?.[0]).toBe(value);
      expect(whole.exec(value)?.[0]).toBe(value);
      expect(withoutKeys(`see https://x/?k=${value}&a, ${value}`, prefix)).toBe(
        `see https://x/?k=${prefix}***&a, ${prefix}***`,
      );
    }
    const value = generateKeyValue(prefix, randomBytes);
    for (const other of [
      value.slice(0, -1),
      `${value}x`,
      `x${value}`,
      value.replace(prefix, 'other_'),
      value.replace(prefix, ''),
      `${prefix}***${value.slice(-4)}`,
      'an ordinary sentence',
    ])
      expect([other, whole.test(other)]).toEqual([other, false]);
    expect(gitleaks).toContain(`'''(${pattern})'''`);
    expect(trufflehog).toContain(`'(${pattern})'`);
    // The pattern is in RE2’s language: no look-around, no back references.
    expect(pattern).not.toMatch(/\(\?[=!<]|\\\d/);
  });

  test('the entropy the rules ask for is less than that of any value', () => {
    for (let at = 0; at < 500; at++) expect(entropy(generateKeyValue('kw_', randomBytes))).toBeGreaterThan(3.5);
    expect(entropy('kw_000000000000000000000000000000000000')).toBeLessThan(3.5);
  });
});

/** Of Shannon, in bits per character, as both scanners count it. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}
