import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wallPeriod } from '../../test/kit/limitModel.ts';
import { isTimeZone, periodOf, type PeriodName } from './calendar.ts';

const at = (text: string) => Date.parse(text);
const iso = (ms: number) => new Date(ms).toISOString().replace(':00.000Z', 'Z');
const periods = fc.constantFrom<PeriodName>('day', 'week', 'month');

/** Zones whose clocks do something odd at or around midnight, and moments at which they did. */
const odd: readonly [zone: string, around: string][] = [
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['America/New_York', '2026-11-01'],
  ['America/New_York', '2024-02-29'],
  ['Australia/Lord_Howe', '2026-04-04'],
  ['Australia/Lord_Howe', '2026-10-03'],
  ['America/Sao_Paulo', '2018-11-04'],
  ['America/Sao_Paulo', '2018-02-18'],
  ['America/St_Johns', '2010-11-07T02:31Z'],
  ['America/St_Johns', '2011-03-13'],
  ['Pacific/Apia', '2011-12-30'],
  ['Pacific/Kwajalein', '1993-08-21'],
  ['Asia/Kolkata', '2025-12-31'],
  ['Africa/Cairo', '2026-04-24'],
  ['Africa/Cairo', '2026-10-30'],
  ['Asia/Beirut', '2024-03-31'],
  ['America/Santiago', '2026-09-06'],
  ['America/Havana', '2026-11-01'],
  ['Antarctica/Troll', '2026-10-25'],
  ['Pacific/Kiritimati', '1994-12-31'],
  ['UTC', '2024-02-29'],
  ['UTC', '2016-12-31'],
];
const around = (mostMs: number) => fc.integer({ min: -mostMs, max: mostMs });
const oddMoments = fc
  .tuple(fc.constantFrom(...odd), fc.oneof(around(86_400_000 * 3), around(3_600_000)))
  .map(([[zone, around], offsetMs]) => ({ zone, nowMs: at(around) + offsetMs }));
const anyMoments = fc.record({
  zone: fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
  nowMs: fc.integer({ min: at('1975-01-01'), max: at('2040-01-01') }),
});

function expectWhole(period: PeriodName, zone: string, nowMs: number): void {
  const { startMs, endMs } = periodOf(period, zone, nowMs);
  const here = wallPeriod(period, zone, nowMs);
  expect(startMs).toBeLessThanOrEqual(nowMs);
  expect(endMs).toBeGreaterThan(nowMs);
  expect(wallPeriod(period, zone, startMs)).toBe(here);
  expect(wallPeriod(period, zone, endMs - 1)).toBe(here);
  expect(wallPeriod(period, zone, startMs - 1) < here).toBe(true);
  expect(wallPeriod(period, zone, endMs) > here).toBe(true);
}

describe('periodOf', () => {
  test('around every oddity of clocks, a period holds exactly the moments whose date the wall clock has reached', () => {
    fc.assert(
      fc.property(periods, oddMoments, (period, { zone, nowMs }) => expectWhole(period, zone, nowMs)),
      { numRuns: 600 },
    );
  });

  test('so it does in every zone there is, at any time', () => {
    fc.assert(
      fc.property(periods, anyMoments, (period, { zone, nowMs }) => expectWhole(period, zone, nowMs)),
      { numRuns: 300 },
    );
  });

  test('periods follow one another without gap, and every moment of one finds the same', () => {
    fc.assert(
      fc.property(periods, fc.oneof(oddMoments, anyMoments), fc.nat(), (period, { zone, nowMs }, inside) => {
        const here = periodOf(period, zone, nowMs);
        expect(periodOf(period, zone, here.endMs).startMs).toBe(here.endMs);
        expect(periodOf(period, zone, here.startMs - 1).endMs).toBe(here.startMs);
        expect(periodOf(period, zone, here.startMs + (inside % (here.endMs - here.startMs)))).toEqual(here);
      }),
    );
  });

  test.each<[string, PeriodName, string, string, string, string]>([
    ['a day of 23 hours', 'day', 'Europe/Berlin', '2026-03-29T12:00Z', '2026-03-28T23:00Z', '2026-03-29T22:00Z'],
    ['a day of 25 hours', 'day', 'Europe/Berlin', '2026-10-25T12:00Z', '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
    [
      'half an hour longer',
      'day',
      'Australia/Lord_Howe',
      '2026-04-04T20:00Z',
      '2026-04-04T13:00Z',
      '2026-04-05T13:30Z',
    ],
    ['no midnight', 'day', 'America/Sao_Paulo', '2018-11-04T12:00Z', '2018-11-04T03:00Z', '2018-11-05T02:00Z'],
    [
      'the hour before midnight twice',
      'day',
      'America/Sao_Paulo',
      '2018-02-18T02:30Z',
      '2018-02-17T02:00Z',
      '2018-02-18T03:00Z',
    ],
    [
      'midnight twice: between them',
      'day',
      'America/St_Johns',
      '2010-11-07T03:00Z',
      '2010-11-07T02:30Z',
      '2010-11-08T03:30Z',
    ],
    [
      'midnight twice: from the first',
      'day',
      'America/St_Johns',
      '2010-11-07T12:00Z',
      '2010-11-07T02:30Z',
      '2010-11-08T03:30Z',
    ],
    [
      'a month that begins so',
      'month',
      'America/Havana',
      '2026-11-01T04:30Z',
      '2026-11-01T04:00Z',
      '2026-12-01T05:00Z',
    ],
    ['a date that never was', 'day', 'Pacific/Apia', '2011-12-30T09:59Z', '2011-12-29T10:00Z', '2011-12-30T10:00Z'],
    ['a week of six days', 'week', 'Pacific/Apia', '2011-12-31T12:00Z', '2011-12-26T10:00Z', '2012-01-01T10:00Z'],
    ['a month of thirty days', 'month', 'Pacific/Apia', '2011-12-31T09:00Z', '2011-12-01T10:00Z', '2011-12-31T10:00Z'],
    ['midnight skipped in Cairo', 'day', 'Africa/Cairo', '2026-04-24T12:00Z', '2026-04-23T22:00Z', '2026-04-24T21:00Z'],
    ['an offset of half an hour', 'day', 'Asia/Kolkata', '2025-12-31T18:30Z', '2025-12-31T18:30Z', '2026-01-01T18:30Z'],
    ['a leap day', 'day', 'UTC', '2024-02-29T23:59Z', '2024-02-29T00:00Z', '2024-03-01T00:00Z'],
    ['a leap month', 'month', 'UTC', '2024-02-10T00:00Z', '2024-02-01T00:00Z', '2024-03-01T00:00Z'],
    ['a week over the end of a year', 'week', 'UTC', '2027-01-01T00:00Z', '2026-12-28T00:00Z', '2027-01-04T00:00Z'],
    [
      'Sunday belongs to the week before',
      'week',
      'America/New_York',
      '2026-11-02T04:59Z',
      '2026-10-26T04:00Z',
      '2026-11-02T05:00Z',
    ],
  ])('%s', (_what, period, zone, now, start, end) => {
    const { startMs, endMs } = periodOf(period, zone, at(now));
    expect([iso(startMs), iso(endMs)]).toEqual([start, end]);
  });

  test('what it remembers is bounded, and forgetting changes no answer', () => {
    const before = periodOf('day', 'Europe/Berlin', at('2026-08-05T12:00Z'));
    for (let minute = 1; minute < 1440; minute += 1) {
      const zone = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
      for (const sign of ['+', '-']) expect(periodOf('day', `${sign}${zone}`, 0).endMs).toBeGreaterThan(0);
    }
    expect(periodOf('day', 'Europe/Berlin', at('2026-08-05T12:00Z'))).toEqual(before);
  });

  test('a zone that is none is a RangeError, not a guess', () => {
    expect(() => periodOf('day', 'Europe/Nowhere', 0)).toThrow(RangeError);
  });
});

describe('isTimeZone', () => {
  test('IANA names are zones', () => {
    expect(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Asia/Calcutta'].every(isTimeZone)).toBe(true);
  });

  test.each(['', 'Nowhere', 'Europe/Nowhere', 'GMT+2', '25:00', 'Europe/Berlin\n', 'CEST', '../etc'])(
    '%j is none',
    (name) => {
      expect(isTimeZone(name)).toBe(false);
    },
  );

  test('every zone that Intl names is one', () => {
    expect(Intl.supportedValuesOf('timeZone').filter((name) => !isTimeZone(name))).toEqual([]);
  });
});
