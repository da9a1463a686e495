import { expect, test } from 'vitest';
import { cutTo, displayWidth, padTo, printable } from './width.ts';

test('T20: a name takes the cells a terminal gives it: two for Chinese, Japanese, Korean and emoji, none for marks', () => {
  const widths = {
    abc: 3,
    生产环境: 8,
    カタカナ: 8,
    ｶﾅ: 2,
    한국어: 6,
    ＡＢ: 4,
    é: 1,
    'e\u0301': 1,
    '🔑': 2,
    '👩‍💻': 2,
    '🇨🇳': 2,
    '❤️': 2,
    '。': 2,
    '…': 1,
    𠮷: 2,
    '': 0,
  };
  for (const [text, width] of Object.entries(widths)) expect([text, displayWidth(text)]).toEqual([text, width]);
});

test('cutting and filling keep to the width and never halve a character', () => {
  expect(cutTo('生产环境', 8)).toBe('生产环境');
  expect(cutTo('生产环境', 7)).toBe('生产环…');
  expect(cutTo('生产环境', 6)).toBe('生产…');
  expect(padTo('生产', 6)).toBe('生产  ');
  expect(padTo('生产', 2)).toBe('生产');
  for (let width = 1; width < 12; width++) expect(displayWidth(padTo(cutTo('a生b产👩‍💻c境d', width), width))).toBe(width);
});

test('what somebody typed can neither steer the terminal nor break a line', () => {
  expect(printable('a\u001b[31mb\u0007\u009bc')).toBe('a?[31mb??c');
  expect(printable('one\r\n two\u2028three')).toBe('one two three');
  expect(printable('\u202eabc\u2066')).toBe('?abc?');
});
