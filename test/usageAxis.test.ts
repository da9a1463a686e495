// The axis of the chart of use.

import { expect, test } from 'vitest';
import { marksOf, sayingMarks } from '../console/src/usage/axis.ts';
import { namedHours, sayingSteps } from '../console/src/usage/sayStep.ts';
import { spanOf } from '../console/src/usage/span.ts';

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

/** The hours from one day or hour to another, as the axis says them. */
function hours(from: string, to: string, language: string): string[] {
  const { steps } = spanOf({ from, to }, Date.parse('2027-01-01T00:00:00Z'));
  return namedHours(steps).map(sayingSteps('hour', language).short);
}

test('A18 hours are named in UTC, as the days are, and the first of a day by the day', () => {
  expect(hours('2026-11-20', '2026-11-20', 'en')).toEqual([
    '11/20',
    '3:00 AM',
    '6:00 AM',
    '9:00 AM',
    '12:00 PM',
    '3:00 PM',
    '6:00 PM',
    '9:00 PM',
  ]);
  expect(hours('2026-11-20', '2026-11-21', 'zh-CN')).toEqual([
    '11/20',
    '06:00',
    '12:00',
    '18:00',
    '11/21',
    '06:00',
    '12:00',
    '18:00',
  ]);
  expect(hours('2026-11-20T22', '2026-11-21T01', 'zh-CN')).toEqual(['22:00', '23:00', '11/21', '01:00']);
});

test('A18 an hour is said whole, with its zone', () => {
  const plain = (text: string) => text.replaceAll(/[\u2009\u202f]/g, ' ');
  expect(plain(sayingSteps('hour', 'en').long('2026-10-25T23'))).toBe(
    'Oct 25, 2026, 11:00 PM UTC – Oct 26, 2026, 12:00 AM UTC',
  );
  expect(plain(sayingSteps('hour', 'en').long('2026-10-25T02'))).toBe('Oct 25, 2026, 2:00 – 3:00 AM UTC');
});
