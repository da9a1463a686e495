import { expect, test } from 'vitest';
import { NAMES, nameCode } from './jsonNames.ts';

function codeOf(name: string): number {
  const bytes = Buffer.from(`"${name}"`);
  return nameCode(bytes, 1, bytes.length - 1);
}

test('every name that matters is told from the others', () => {
  for (const [name, code] of Object.entries(NAMES)) expect(codeOf(name)).toBe(code);
});

test('a name that is only alike is none of them', () => {
  for (const name of Object.keys(NAMES)) {
    for (const other of [
      `${name}_`,
      `_${name}`,
      name.slice(1),
      name.slice(0, -1),
      name.toUpperCase(),
      `X${name.slice(1)}`,
      name.replace(/.$/, '\u00ff'),
    ]) {
      expect(codeOf(other)).toBe(0);
    }
  }
  expect(codeOf('')).toBe(0);
  expect(codeOf('e'.repeat(1000))).toBe(0);
});
