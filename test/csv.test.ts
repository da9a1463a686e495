// Cells of the CSV that the server and the console make, as a spreadsheet reads them.

import { describe, expect, test } from 'vitest';
import { csvCell as ofConsole, csvOf } from '../console/src/usage/csv.ts';
import { csvCell as ofServer } from '../src/core/auditText.ts';

const FORMULAS = ['=1+1', '+1', '-1', '@SUM(A1)', '＝1+1', '＋1', '－1', '＠SUM(A1)'];
const BLANKS = [
  '',
  ' ',
  '   ',
  '\t',
  '\r',
  '\n',
  ' \t\r\n',
  '\u00a0',
  '\u3000',
  '\ufeff',
  '\u200b',
  '\u202e',
  '\0',
  '\x1b',
];

describe.each([
  ['server', ofServer],
  ['console', ofConsole],
] as const)('the CSV of the %s', (_, cell) => {
  test.each(BLANKS.map((blank) => [JSON.stringify(blank), blank] as const))(
    'a formula behind %s begins with an apostrophe',
    (_name, blank) => {
      for (const formula of FORMULAS) {
        const text = `${blank}${formula}`;
        expect(cell(text)).toBe(/[\r\n]/.test(text) ? `"'${text}"` : `'${text}`);
      }
    },
  );

  test.each([
    ['\tshop', "'\tshop"],
    ['\rshop', `"'\rshop"`],
    ['\nshop', `"'\nshop"`],
    ['=a,"b"', `"'=a,""b"""`],
    ['shop;=1+1', "shop;'=1+1"],
    ['=1; +2;@b', "'=1;' +2;'@b"],
    ['a,b', '"a,b"'],
    ['say "so"', '"say ""so"""'],
    ['two\nlines', '"two\nlines"'],
  ])('%j is written as %j', (text, written) => expect(cell(text)).toBe(written));

  test.each([
    '',
    'shop',
    ' shop',
    'a=b',
    'a;b=c',
    'prod-api',
    '2026-03-01T12:00:00.000Z',
    '通义千问',
    '1.5',
    "'quoted",
    '😀',
  ])('%j stays as it is', (text) => expect(cell(text)).toBe(text));

  test('a number is a number, also below nothing', () => {
    expect([cell(-1.5), cell(0), cell(12)]).toEqual(['-1.5', '0', '12']);
  });
});

test('lines end as RFC 4180 has it', () => {
  const lines = [
    ['key', 'requests'],
    ['=a', 3],
  ];
  expect(csvOf(lines)).toBe("key,requests\r\n'=a,3\r\n");
});
