// The spans that use is looked at over, and what each is compared with.

import { describe, expect, test } from 'vitest';
import { pointsOf } from '../console/src/usage/series.ts';
import { periodBefore, periodOf, spanOf, stepBefore, type Span } from '../console/src/usage/span.ts';
import { readUsageView } from '../console/src/usage/usageView.ts';
import { saySpan } from '../console/src/usage/sayStep.ts';

const NOW_MS = Date.parse('2026-11-21T14:20:00Z');
const ends = ({ steps }: Span) => [steps[0], steps.at(-1), steps.length];
const plain = (text: string) => text.replaceAll(/[\u2009\u202f]/g, ' ');

describe('A18 a span', () => {
  test('of more than two days is shown by the day, of two or less by the hour', () => {
    expect(ends(spanOf({}, NOW_MS))).toEqual(['2026-10-23', '2026-11-21', 30]);
    expect(ends(spanOf({ from: '2026-11-01', to: '2026-11-03' }, NOW_MS))).toEqual(['2026-11-01', '2026-11-03', 3]);
    expect(ends(spanOf({ from: '2026-11-01', to: '2026-11-02' }, NOW_MS))).toEqual([
      '2026-11-01T00',
      '2026-11-02T23',
      48,
    ]);
    // What has not begun is not drawn.
    expect(ends(spanOf({ from: '2026-11-21', to: '2026-11-21' }, NOW_MS))).toEqual([
      '2026-11-21T00',
      '2026-11-21T14',
      15,
    ]);
    expect(ends(spanOf({ from: '2026-12-01', to: '2026-12-01' }, NOW_MS))).toEqual([
      '2026-12-01T00',
      '2026-12-01T00',
      1,
    ]);
  });

  test('of one day of late is the last 24 hours, that which is under way included', () => {
    const span = spanOf({ days: 1 }, NOW_MS);
    expect(ends(span)).toEqual(['2026-11-20T15', '2026-11-21T14', 24]);
    expect(periodOf(span, NOW_MS)).toEqual({ from: '2026-11-20T15:00:00.000Z', to: '2026-11-21T14:20:00.000Z' });
    expect(periodBefore(span, NOW_MS)).toEqual({ from: '2026-11-19T15:00:00.000Z', to: '2026-11-20T14:20:00.000Z' });
  });

  test('of hours is those hours, at most 48, the last kept', () => {
    const span = spanOf({ from: '2026-11-20T22', to: '2026-11-21T01' }, NOW_MS);
    expect(ends(span)).toEqual(['2026-11-20T22', '2026-11-21T01', 4]);
    expect(periodOf(span, NOW_MS)).toEqual({ from: '2026-11-20T22:00:00.000Z', to: '2026-11-21T02:00:00.000Z' });
    expect(stepBefore('2026-11-20T22', span)).toBe('2026-11-20T18');
    expect(ends(spanOf({ from: '2026-01-01T00', to: '2026-11-21T01' }, NOW_MS))).toEqual([
      '2026-11-19T02',
      '2026-11-21T01',
      48,
    ]);
  });

  test('of a day that is not over is compared with as much of the day before, hour by hour', () => {
    const span = spanOf({ from: '2026-11-21', to: '2026-11-21' }, NOW_MS);
    expect(periodBefore(span, NOW_MS)).toEqual({ from: '2026-11-20T00:00:00.000Z', to: '2026-11-20T14:20:00.000Z' });
    const row = (hour: string, requests: number) => ({
      group: { hour, key: 'key_1' },
      requests,
      inputTokens: 0,
      cachedTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
      cost: '0',
      unpricedRequests: 0,
      estimatedRequests: 0,
    });
    const points = pointsOf({
      span,
      series: [{ id: 'key_1', name: 'shop', color: '' }],
      rows: [row('2026-11-21T02:00:00.000Z', 3)],
      before: [row('2026-11-20T02:00:00.000Z', 7)],
      by: 'key',
      measure: 'requests',
    });
    expect(points[2]).toEqual({ step: '2026-11-21T02', stack: [3], before: 7 });
    expect(points.reduce((sum, { stack, before }) => sum + (stack[0] ?? 0) + (before ?? 0), 0)).toBe(10);
  });

  test('stands in the address as two days or two hours, and never as one of each', () => {
    expect(readUsageView({ from: '2026-11-20T22', to: '2026-11-21T01' })).toEqual({
      from: '2026-11-20T22',
      to: '2026-11-21T01',
    });
    expect(readUsageView({ days: 1 })).toEqual({ days: 1 });
    for (const [from, to] of [
      ['2026-11-20', '2026-11-21T01'],
      ['2026-11-20T24', '2026-11-21T01'],
      ['2026-02-30T01', '2026-11-21T01'],
      ['2026-11-21T02', '2026-11-21T01'],
    ])
      expect(readUsageView({ from, to })).toEqual({});
  });

  test('is said in the language of the console: days and hours in UTC', () => {
    const days = spanOf({ from: '2026-11-01', to: '2026-11-14' }, NOW_MS);
    expect(plain(saySpan(days, 'en'))).toBe('Nov 1 – 14, 2026 (UTC)');
    expect(plain(saySpan(days, 'zh-CN'))).toBe('2026/11/1 – 2026/11/14 (UTC)');
    const hours = spanOf({ from: '2026-11-20T22', to: '2026-11-21T01' }, NOW_MS);
    expect(plain(saySpan(hours, 'en'))).toBe('Nov 20, 2026, 10:00 PM UTC – Nov 21, 2026, 2:00 AM UTC');
    expect(plain(saySpan(hours, 'zh-CN'))).toBe('2026/11/20 UTC 22:00 – 2026/11/21 UTC 02:00');
  });
});
