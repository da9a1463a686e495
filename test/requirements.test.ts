import { expect, test } from 'vitest';
import { OPEN, REQUIREMENTS } from '../scripts/requirements.ts';
import { proofs } from '../scripts/requirementsPage.ts';

const rows = REQUIREMENTS.flatMap(({ rows: all }) => Object.keys(all));
const found = proofs();

test('every row has a test that names it', () => {
  expect(rows.filter((id) => !found.has(id) && !(id in OPEN))).toEqual([]);
});

test('what is open has no test yet, and is a row', () => {
  expect(Object.keys(OPEN).filter((id) => found.has(id) || !rows.includes(id))).toEqual([]);
});

test('tests name rows that exist', () => {
  expect([...found.keys()].filter((id) => !rows.includes(id))).toEqual([]);
});

test('no row is listed twice, and none is left out between the first and the last', () => {
  const last = { V: 30, D: 23, A: 21, Z: 20, T: 39, X: 6 };
  expect(rows).toEqual(
    Object.entries(last).flatMap(([letter, count]) =>
      Array.from({ length: count }, (_, at) => `${letter}${String(at + 1).padStart(2, '0')}`),
    ),
  );
});
