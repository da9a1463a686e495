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

/** The hours of two days of UTC, as the axis says them where somebody is. */
function hours(from: string, to: string, language: string, timeZone: string): string[] {
  const { steps } = spanOf({ from, to }, Date.parse('2027-01-01T00:00:00Z'));
  return namedHours(steps, timeZone).map(sayingSteps('hour', language, timeZone).short);
}

test('A18 hours are named as the clock stands where the person is, and its midnight by the day', () => {
  expect(hours('2026-11-20', '2026-11-20', 'en', 'UTC')).toEqual([
    '11/20',
    '3:00 AM',
    '6:00 AM',
    '9:00 AM',
    '12:00 PM',
    '3:00 PM',
    '6:00 PM',
    '9:00 PM',
  ]);
  expect(hours('2026-11-20', '2026-11-20', 'zh-CN', 'Asia/Shanghai')).toEqual([
    '09:00',
    '12:00',
    '15:00',
    '18:00',
    '21:00',
    '11/21',
    '03:00',
    '06:00',
  ]);
  // Half an hour beside UTC: an hour of it begins at half past.
  expect(hours('2026-11-20T00', '2026-11-20T02', 'zh-CN', 'Asia/Kolkata')).toEqual(['05:30', '06:30', '07:30']);
});

test('A18 an hour that a clock shows twice, or not at all, is told apart and moves no other', () => {
  const { steps } = spanOf({ from: '2026-10-24T22', to: '2026-10-25T03' }, Date.parse('2027-01-01T00:00:00Z'));
  const { long } = sayingSteps('hour', 'en', 'Europe/Berlin');
  const said = steps.map((step) => long(step).replaceAll(/[\u2009\u202f]/g, ' '));
  expect(new Set(said).size).toBe(6);
  expect(said[2]).toBe('Oct 25, 2026, 2:00 AM GMT+2');
  expect(said[3]).toBe('Oct 25, 2026, 2:00 – 3:00 AM GMT+1');
  // In spring the clock of that day has 23 hours.
  expect(hours('2026-03-28', '2026-03-29', 'zh-CN', 'Europe/Berlin')).toEqual([
    '06:00',
    '12:00',
    '18:00',
    '3/29',
    '06:00',
    '12:00',
    '18:00',
    '3/30',
  ]);
});
