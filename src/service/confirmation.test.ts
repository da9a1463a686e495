import { expect, test } from 'vitest';
import type { Key } from '../core/key.ts';
import { createConfirmations } from './confirmation.ts';

let nowMs = 1_000_000;
const secret = new Uint8Array(32).fill(1);
const confirmations = createConfirmations({ tokenKey: secret, clock: () => nowMs });
const key = { id: 'key_a', updatedAtMs: 500 } as Key;

test('T17 a token is good for its key in its state for five minutes', () => {
  const { token, expiresAtMs } = confirmations.issue(key);
  expect(expiresAtMs).toBe(nowMs + 300_000);
  expect(confirmations.isGood(token, key)).toBe(true);
  expect(confirmations.isGood(token, { ...key, id: 'key_b' })).toBe(false);
  expect(confirmations.isGood(token, { ...key, updatedAtMs: 501 })).toBe(false);
  nowMs += 299_999;
  expect(confirmations.isGood(token, key)).toBe(true);
  nowMs += 1;
  expect(confirmations.isGood(token, key)).toBe(false);
});

test('a token cannot be prolonged, forged, or made under another secret', () => {
  const { token } = confirmations.issue(key);
  const [ms = '', mac = ''] = token.split('.');
  const others = createConfirmations({ tokenKey: new Uint8Array(32).fill(2), clock: () => nowMs }).issue(key).token;
  const flipped = `${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`;
  for (const bad of [
    `${Number(ms) + 1}.${mac}`,
    `${ms}.${flipped}`,
    `${ms}.`,
    `.${mac}`,
    mac,
    '',
    `${token}A`,
    ` ${token}`,
    others,
  ]) {
    expect([bad, confirmations.isGood(bad, key)]).toEqual([bad, false]);
  }
});
