// The axis of the chart of use.

import { expect, test } from 'vitest';
import { marksOf, sayingMarks } from '../console/src/usage/axis.ts';

const said = (most: number, isWhole = false) => marksOf(most, isWhole).map(sayingMarks(marksOf(most, isWhole), 'en'));

test.each([
  [0, false, ['0', '1']],
  [0, true, ['0', '1']],
  [3, true, ['0', '1', '2', '3']],
  [7, true, ['0', '2', '4', '6', '8']],
  [1.4, false, ['0.0', '0.5', '1.0', '1.5']],
  [0.0119, false, ['0.0000', '0.0025', '0.0050', '0.0075', '0.0100', '0.0125']],
  [12, false, ['0.0', '2.5', '5.0', '7.5', '10.0', '12.5']],
  [1234, true, ['0', '250', '500', '750', '1,000', '1,250']],
  [44_000, true, ['0', '10K', '20K', '30K', '40K', '50K']],
  [1_200_000, true, ['0', '250K', '500K', '750K', '1M', '1.25M']],
] as const)('an axis up to %d is marked evenly, in the same decimals', (most, isWhole, marks) => {
  expect(said(most, isWhole)).toEqual(marks);
});
