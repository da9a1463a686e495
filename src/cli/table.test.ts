import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { pairs, table, type Column } from './table.ts';

interface Row {
  readonly name: string;
  readonly note: string;
  readonly id: string;
}

const columns: readonly Column<Row>[] = [
  { title: 'NAME', text: ({ name }) => name, flexible: true, colour: () => 'green' },
  { title: 'NOTE', text: ({ note }) => note, optional: true },
  { title: 'ID', text: ({ id }) => id },
];
const rows: readonly Row[] = [
  { name: 'prod', note: 'first', id: 'x1' },
  { name: '生产环境的密钥', note: '', id: 'x2' },
];

test('columns stand below each other whatever the script', () => {
  expect(table(rows, columns, { columns: 80, colour: false })).toEqual([
    'NAME            NOTE   ID',
    'prod            first  x1',
    '生产环境的密钥         x2',
  ]);
});

test('a narrow terminal loses the optional columns first, then the end of long names', () => {
  expect(table(rows, columns, { columns: 20, colour: false })[2]).toBe('生产环境的密钥  x2');
  expect(table(rows, columns, { columns: 14, colour: false })).toEqual([
    'NAME        ID',
    'prod        x1',
    '生产环境…   x2',
  ]);
});

test('colours add nothing to the width', () => {
  const [, first = ''] = table(rows, columns, { columns: 80, colour: true });
  expect(first).toContain('\u001b[32m');
  expect(stripVTControlCharacters(first)).toBe('prod            first  x1');
});

test('further lines of a value stand below its first', () => {
  expect(
    pairs([
      ['Name', 'a'],
      ['From', ['x', 'y']],
    ]),
  ).toEqual(['Name  a', 'From  x', '      y']);
});
