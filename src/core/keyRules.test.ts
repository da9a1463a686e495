import { describe, expect, test } from 'vitest';
import { isOpenList, NO_RULES, ruleErrors, stricter, type KeyRules } from './keyRules.ts';

const DAY_MS = 86_400_000;
const key = (fields: Partial<Parameters<typeof ruleErrors>[0]> = {}): Parameters<typeof ruleErrors>[0] => ({
  class: 'standard',
  createdAtMs: 0,
  expiresAtMs: null,
  ipAllow: [],
  scope: { mode: 'all' },
  ...fields,
});
const rules = (fields: Partial<KeyRules>): KeyRules => ({ ...NO_RULES, ...fields });
const pointers = (...given: Parameters<typeof ruleErrors>): string[] =>
  ruleErrors(...given).map(({ pointer }) => pointer);

describe('T35 A08 what is asked of keys', () => {
  test('without rules nothing is', () => {
    expect(ruleErrors(key(), NO_RULES, [])).toEqual([]);
  });

  test('a lifetime is counted from when the key was made, to its last millisecond', () => {
    const week = rules({ maxKeyLifetimeDays: 7 });
    expect(pointers(key({ expiresAtMs: 7 * DAY_MS }), week, [])).toEqual([]);
    expect(pointers(key({ expiresAtMs: 7 * DAY_MS + 1 }), week, [])).toEqual(['/expiresAt']);
    expect(pointers(key({ createdAtMs: 5, expiresAtMs: 7 * DAY_MS + 5 }), week, [])).toEqual([]);
    expect(ruleErrors(key(), week, [])[0]?.detail).toContain('1970-01-08T00:00:00.000Z');
  });

  test('an expiry, however late, is one', () => {
    expect(pointers(key(), rules({ requireExpiry: true }), [])).toEqual(['/expiresAt']);
    expect(pointers(key({ expiresAtMs: 9e15 }), rules({ requireExpiry: true }), [])).toEqual([]);
    // Said once where both rules want it.
    expect(pointers(key(), rules({ requireExpiry: true, maxKeyLifetimeDays: 1 }), [])).toEqual(['/expiresAt']);
  });

  test('addresses are the key’s or its project’s, and a whole family is none', () => {
    const bound = rules({ requireAddresses: true });
    expect(pointers(key(), bound, [])).toEqual(['/ipAllow']);
    expect(pointers(key({ ipAllow: ['10.0.0.0/8'] }), bound, [])).toEqual([]);
    expect(pointers(key(), bound, ['10.0.0.0/8'])).toEqual([]);
    expect(pointers(key({ ipAllow: ['10.0.0.0/8', '0.0.0.0/0'] }), bound, [])).toEqual(['/ipAllow']);
    expect(pointers(key({ ipAllow: ['::/0'] }), bound, ['::/0'])).toEqual(['/ipAllow']);
    const open = [[], ['::/0'], ['0.0.0.0/0', '10.0.0.1'], ['0.0.0.0/1', '128.0.0.0/1'], ['8000::/1'], ['254.0.0.0/7']];
    expect(open.filter((list) => !isOpenList(list))).toEqual([]);
    const bounded = [['10.0.0.1'], ['10.0.0.0/8'], ['2000::/8'], ['10.0.0.0/17'], ['2001:db8::/32']];
    expect(bounded.filter(isOpenList)).toEqual([]);
  });

  test('standard keys name what they open; management keys open no resource', () => {
    const named = rules({ requireRangeScope: true });
    expect(pointers(key(), named, [])).toEqual(['/scope']);
    expect(pointers(key({ scope: { mode: 'range', resources: [{ type: 'model', id: 'm' }] } }), named, [])).toEqual([]);
    expect(pointers(key({ class: 'management' }), named, [])).toEqual([]);
  });

  test('only the fields that are asked about are judged', () => {
    const all = rules({ requireExpiry: true, requireAddresses: true, requireRangeScope: true });
    expect(pointers(key(), all, [])).toEqual(['/expiresAt', '/ipAllow', '/scope']);
    expect(pointers(key(), all, [], ['scope'])).toEqual(['/scope']);
    expect(pointers(key(), all, [], [])).toEqual([]);
  });

  test('of an account and a project the stricter binds, whichever it is', () => {
    const one = rules({ maxKeyLifetimeDays: 30, requireExpiry: true });
    const other = rules({ maxKeyLifetimeDays: 90, requireAddresses: true, requireRangeScope: true });
    const both = { maxKeyLifetimeDays: 30, requireExpiry: true, requireAddresses: true, requireRangeScope: true };
    expect([stricter(one, other), stricter(other, one)]).toEqual([both, both]);
    expect(stricter(NO_RULES, one)).toEqual(one);
    expect(stricter(NO_RULES, NO_RULES)).toEqual(NO_RULES);
  });
});
