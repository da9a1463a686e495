import { expect, test } from 'vitest';
import { createCipher } from './cipher.ts';

/** What Node says when the tag does not fit. */
const CHANGED = /unable to authenticate/;

const cipher = createCipher(new Uint8Array(32).fill(1));

test('what is encrypted opens again, in every alphabet and at every length', () => {
  for (const plain of ['', 'x', 'sk-密钥-🔑', 'long'.repeat(10_000)])
    expect(cipher.decrypt(cipher.encrypt(plain, 'c'), 'c')).toBe(plain);
});

test('the same text never looks the same twice, and shows nothing of what it holds', () => {
  const texts = Array.from({ length: 100 }, () => cipher.encrypt('sk-secret', 'c'));
  expect(new Set(texts).size).toBe(100);
  for (const text of texts) expect(text).toMatch(/^v2\.[\w-]{8}\.[\w-]{16}\.[\w-]{22}\.[\w-]{12}$/);
});

test('another context, another key, a changed character or another form does not open', () => {
  const text = cipher.encrypt('sk-secret', 'providers/1');
  expect(() => cipher.decrypt(text, 'providers/2')).toThrow(CHANGED);
  expect(() => createCipher(new Uint8Array(32).fill(2)).decrypt(text, 'providers/1')).toThrow(/another server secret/);
  const parts = text.split('.');
  for (const index of [2, 3, 4]) {
    const changed = parts.with(index, (parts[index]!.startsWith('A') ? 'B' : 'A') + parts[index]!.slice(1)).join('.');
    expect(() => cipher.decrypt(changed, 'providers/1')).toThrow(CHANGED);
  }
  const short = Buffer.from(parts[3]!, 'base64url').subarray(0, 4).toString('base64url');
  for (const bad of ['', 'v1', 'v3.' + parts.slice(1).join('.'), 'plain text', parts.with(3, short).join('.')])
    expect(() => cipher.decrypt(bad, 'providers/1')).toThrow(/not in a form|Invalid authentication tag/);
});

test('a key of another length is refused', () => {
  expect(() => createCipher(new Uint8Array(16))).toThrow(/32 bytes/);
});

test('what was encrypted before texts named their key opens too', () => {
  const [, , ...parts] = cipher.encrypt('sk-secret', 'c').split('.');
  expect(cipher.decrypt(['v1', ...parts].join('.'), 'c')).toBe('sk-secret');
});
