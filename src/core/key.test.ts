import { describe, expect, test } from 'vitest';
import { descriptionError, environmentError, keyState, nameError } from './key.ts';

describe('keyState', () => {
  test('A08 a key is expired from its very millisecond on', () => {
    const key = { status: 'active', expiresAtMs: 1000 } as const;
    expect([999, 1000, 1001].map((nowMs) => keyState(key, nowMs))).toEqual(['active', 'expired', 'expired']);
  });

  test('T01 a key without expiry never expires', () => {
    expect(keyState({ status: 'active', expiresAtMs: null }, Date.UTC(2031, 0))).toBe('active');
    expect(keyState({ status: 'disabled', expiresAtMs: null }, 0)).toBe('disabled');
  });

  test('V18 a disabled key is shown as disabled, expired or not, as its refusal says', () => {
    expect(keyState({ status: 'disabled', expiresAtMs: 1000 }, 999)).toBe('disabled');
    expect(keyState({ status: 'disabled', expiresAtMs: 1000 }, 1000)).toBe('disabled');
  });
});

describe('names', () => {
  test.each([
    'test-key',
    'prod-api',
    'staging-web',
    'dev-local',
    'billing-worker',
    'customer-support-tool',
    'Production Environment-Text Service',
    'Test Key',
    '生产环境 文本服务',
    '鍵',
    'ключ',
    'مفتاح',
    '👩‍💻 laptop',
    'a',
    'x'.repeat(64),
    '𠮷'.repeat(64),
  ])('A10 T20 D05 %s is a name', (name) => {
    expect(nameError(name)).toBeNull();
  });

  test.each(['', ' ', '\t', '\u3000', '\u200b\u200d', '\u2028', '\0', '\u3164', '\u115f', '\u2800', '\ufe0f'])(
    'D05 %j is blank',
    (name) => {
      expect(nameError(name)).toBe('A name needs at least one visible character.');
    },
  );

  test('T20 a name of more than 64 characters is refused, counted as people count', () => {
    expect(nameError('x'.repeat(65))).toBe('A name has at most 64 characters, and this one has 65.');
    expect(nameError('𠮷'.repeat(65))).toBe('A name has at most 64 characters, and this one has 65.');
  });

  test.each([
    'a\0b',
    'a\nb',
    'a\rb',
    'a\tb',
    'a\x1b[31mb',
    'a\x7fb',
    'a\x85b',
    'a\u2028b',
    'a\u2029b',
    'a\u202eb',
    'a\u2066b',
    'a\ud800b',
    'a\udc00',
  ])('ASVS 16.4.1 %j could forge a log line or a look-alike, and is refused', (name) => {
    expect(nameError(name)).toBe('A name cannot contain line breaks or control characters. Remove them.');
  });
});

describe('descriptions', () => {
  test('T21 a description may be empty, long and of several lines', () => {
    for (const text of ['', 'x'.repeat(500), '𠮷'.repeat(500), 'one\r\n\ttwo\n三'])
      expect(descriptionError(text)).toBeNull();
  });

  test('501 characters are too many, control characters are refused', () => {
    expect(descriptionError('x'.repeat(501))).toBe('A description has at most 500 characters, and this one has 501.');
    for (const text of ['a\0b', '\x1b[2J', '\ud800', 'a\u202eb', '\x0b'])
      expect(descriptionError(text)).toBe('A description cannot contain control characters. Remove them.');
  });
});

describe('environments', () => {
  test.each(['prod', 'staging-2', 'a', '0', 'x'.repeat(32)])('A13 %s is an environment', (environment) => {
    expect(environmentError(environment)).toBeNull();
  });

  test.each(['', 'Prod', 'pr od', 'prod_1', 'prod\n', '生产', 'x'.repeat(33)])('%j is none', (environment) => {
    expect(environmentError(environment)).toContain('1 to 32');
  });
});
