// How far off a moment is, as the console says it.

import { expect, test } from 'vitest';
import { sayTime } from '../console/src/shell/relativeTime.ts';

const NOON = new Date(2026, 2, 10, 12).getTime();
const say = (seconds: number, language = 'en') => sayTime(new Date(NOON + seconds * 1000), language, NOON);
const [MINUTE, HOUR, DAY] = [60, 3600, 86_400] as const;

test.each([
  [0, 'this minute'],
  [-29, 'this minute'],
  [44, 'in 1 minute'],
  [-59, '1 minute ago'],
  [59 * MINUTE + 29, 'in 59 minutes'],
  [59 * MINUTE + 31, 'in 1 hour'],
  [-HOUR, '1 hour ago'],
  [23 * HOUR + 29 * MINUTE, 'in 23 hours'],
  [23 * HOUR + 31 * MINUTE, 'tomorrow'],
  [-30 * HOUR, 'yesterday'],
  [-5 * DAY, '5 days ago'],
  [29 * DAY, 'in 29 days'],
  [-31 * DAY, 'Feb 7, 2026'],
])('%i seconds from now is %j: what rounds to the next unit is said in it', (seconds, said) => {
  expect(say(seconds)).toBe(said);
});

test('what is nearly a day ago is yesterday only where the calendar says so', () => {
  const lateMs = new Date(2026, 2, 10, 23, 50).getTime();
  expect(sayTime(new Date(lateMs - 23.6 * HOUR * 1000), 'en', lateMs)).toBe('24 hours ago');
});

test('T39 Chinese has a space beside figures', () => {
  expect([say(-5 * MINUTE, 'zh-CN'), say(3 * HOUR, 'zh-CN'), say(-DAY, 'zh-CN')]).toEqual([
    '5 分钟前',
    '3 小时后',
    '昨天',
  ]);
});
