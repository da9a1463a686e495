import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dueExpiries,
  expiryOccasion,
  limitOccasion,
  passed,
  PERCENTS,
  reachedBy,
  type Percent,
  type Reached,
} from './notice.ts';
import { expiryText, limitText, noticeJson, pausedText } from './noticeText.ts';
import type { Limit, LimitState, LimitWindow, Unit } from './limit.ts';

const LIFETIME: LimitWindow = { kind: 'lifetime' };
const DAILY: LimitWindow = { kind: 'calendar', period: 'day', timeZone: 'UTC' };
const DAY_MS = 86_400_000;

function stateOf(fields: Partial<Limit> & { used: bigint; freesAtMs?: number | null }): LimitState {
  const { used, freesAtMs = null, ...limit } = fields;
  return {
    applied: {
      limit: { id: 'lim_1', unit: 'tokens', amount: 100n, window: LIFETIME, sinceMs: 0, ...limit },
      subjectType: 'key',
      subjectId: 'key_1',
    },
    used,
    reserved: 0n,
    remaining: 0n,
    freesAtMs,
  };
}

describe('thresholds of limits', () => {
  test('over any course of use, amounts, resets and days, each threshold comes once for its period and amount, when it is reached and not before', () => {
    const step = fc.record({
      add: fc.nat(60),
      what: fc.constantFrom('use', 'use', 'use', 'amount', 'reset', 'nextDay'),
      amount: fc.constantFrom(1, 3, 50, 99, 100, 101, 1000),
    });
    fc.assert(
      fc.property(fc.constantFrom(LIFETIME, DAILY), fc.array(step, { maxLength: 60 }), (window, steps) => {
        let [used, amount, sinceMs, day] = [0, 100, 0, 20_000];
        let before: Reached | undefined;
        const seen: string[] = [];
        const wanted = new Set<string>();
        for (const one of steps) {
          if (one.what === 'amount') amount = one.amount;
          else if (one.what === 'reset') [used, sinceMs] = [0, sinceMs + 1];
          else if (one.what === 'nextDay' && window.kind === 'calendar') [used, day] = [0, day + 1];
          else used += one.add;
          const freesAtMs = window.kind === 'calendar' && used > 0 ? (day + 1) * DAY_MS : null;
          const state = stateOf({ window, amount: BigInt(amount), sinceMs, used: BigInt(used), freesAtMs });
          const now = reachedBy(state);
          for (const percent of passed(before, now)) seen.push(limitOccasion(state, percent).mark);
          before = now;
          // The slow and obvious model: everything reached in this very period, of this very amount.
          for (const percent of PERCENTS) {
            const periodMs = window.kind === 'calendar' ? Math.max(day * DAY_MS, sinceMs) : sinceMs;
            if (used / amount >= percent / 100) wanted.add(`limit lim_1 key_1 ${periodMs} ${amount} ${percent}`);
          }
        }
        expect(new Set(seen)).toEqual(wanted);
      }),
      { numRuns: 500 },
    );
  });

  test.each<[Unit, LimitWindow, bigint]>([
    ['concurrency', LIFETIME, 100n],
    ['tokens', { kind: 'rolling', windowMs: 60_000 }, 100n],
    ['requests', { kind: 'session', windowMs: 60_000 }, 100n],
    ['cost', LIFETIME, 0n],
  ])('nothing is said of %s over %o of %s', (unit, window, amount) => {
    expect(reachedBy(stateOf({ unit, window, amount, used: 100n })).percent).toBe(0);
  });

  test('the bounds are exact, whatever the size', () => {
    const percentAt = (used: bigint, amount: bigint) => reachedBy(stateOf({ amount, used })).percent;
    expect([49n, 50n, 79n, 80n, 99n, 100n, 101n].map((used) => percentAt(used, 100n))).toEqual([
      0, 50, 50, 80, 80, 100, 100,
    ]);
    const huge = 999_999_999_999_999_999n;
    expect([percentAt(huge - 1n, huge), percentAt(huge, huge)]).toEqual([80, 100]);
  });

  test('use that is only reserved is not announced', () => {
    expect(reachedBy({ ...stateOf({ used: 0n }), reserved: 100n }).percent).toBe(0);
  });

  test('a period is told by its end, not by anyone’s clock, and so is when it is over', () => {
    const state = stateOf({ window: DAILY, used: 80n, freesAtMs: 5 * DAY_MS });
    expect(limitOccasion(state, 80)).toEqual({ mark: `limit lim_1 key_1 ${4 * DAY_MS} 100 80`, endsAtMs: 5 * DAY_MS });
    expect(limitOccasion(stateOf({ used: 80n, sinceMs: 7 }), 80)).toEqual({
      mark: 'limit lim_1 key_1 7 100 80',
      endsAtMs: null,
    });
  });
});

describe('expiries', () => {
  test('at any moment a key is due for the nearest number of days only, and not for more than it was made to live', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -30 * DAY_MS, max: 30 * DAY_MS }),
        fc.integer({ min: 0, max: 60 * DAY_MS }),
        (leftMs, livesMs) => {
          const [nowMs, expiresAtMs] = [1e12, 1e12 + leftMs];
          const due = dueExpiries(nowMs)
            .filter((span) => span.afterMs < expiresAtMs && expiresAtMs <= span.untilMs && livesMs > span.livesMs)
            .map(({ days }) => days);
          const nearest = leftMs <= 0 ? 0 : leftMs <= 3 * DAY_MS ? 3 : leftMs <= 14 * DAY_MS ? 14 : null;
          const isOld = leftMs <= -7 * DAY_MS;
          const isKnown = nearest !== null && !isOld && livesMs > Math.max(nearest, 1) * DAY_MS;
          expect(due).toEqual(isKnown ? [nearest] : []);
        },
      ),
    );
  });

  test('another date is another occasion, remembered until no one looks for it', () => {
    expect(expiryOccasion({ id: 'key_1' }, 5, 3)).toEqual({ mark: 'expiry key_1 5 3', endsAtMs: 5 + 7 * DAY_MS });
  });
});

describe('words', () => {
  const key = { subjectType: 'key', subjectName: 'shop', masked: 'kw_Ab***wxyz' } as const;
  const text = (fields: Parameters<typeof stateOf>[0], percent: Percent) => limitText(key, stateOf(fields), percent);

  test('a limit', () => {
    expect(text({ amount: 1000n, used: 812n, window: DAILY }, 80)).toBe(
      'Key "shop" (kw_Ab***wxyz) has used 80 % of its limit: 812 of 1000 tokens this day (UTC).',
    );
    expect(text({ unit: 'cost', amount: 10_000_000_000n, used: 10_000_000_000n }, 100)).toBe(
      'Key "shop" (kw_Ab***wxyz) has used up its limit: 10 of 10 spent in all.',
    );
  });

  test('an expiry', () => {
    const at = Date.parse('2026-03-04T09:30:10Z');
    expect(expiryText(key, at, at - 2.5 * DAY_MS)).toBe(
      'Key "shop" (kw_Ab***wxyz) expires in 3 days, on 2026-03-04 at 09:30 UTC.',
    );
    expect(expiryText(key, at, at - 1)).toMatch('expires in 1 day, on');
    expect(expiryText(key, at, at)).toBe('Key "shop" (kw_Ab***wxyz) expired on 2026-03-04 at 09:30 UTC.');
  });

  test('a paused webhook', () => {
    expect(
      pausedText(
        { subjectType: 'webhook', subjectName: 'https://a.example/x', masked: null },
        'its receiver answered 410 Gone.',
      ),
    ).toBe('Webhook "https://a.example/x" is paused: its receiver answered 410 Gone.');
  });

  test('as JSON, amounts are those of limits: whole numbers, costs as decimals', () => {
    const notice = {
      id: 'ntc_1',
      accountId: 'acc_1',
      projectId: null,
      kind: 'limit.reached',
      ...key,
      subjectId: 'key_1',
      limitId: 'lim_1',
      unit: 'cost',
      window: LIFETIME,
      threshold: 50,
      used: 5_500_000_000n,
      amount: 10_000_000_000n,
      expiresAtMs: null,
      details: null,
      createdAtMs: 0,
      text: '…',
    } as const;
    expect(noticeJson(notice)).toEqual({
      id: 'ntc_1',
      kind: 'limit.reached',
      accountId: 'acc_1',
      projectId: null,
      subject: { type: 'key', id: 'key_1', name: 'shop', masked: 'kw_Ab***wxyz' },
      limit: { id: 'lim_1', unit: 'cost', window: LIFETIME },
      threshold: 50,
      used: '5.5',
      amount: '10',
      expiresAt: null,
      details: null,
      text: '…',
      createdAt: '1970-01-01T00:00:00.000Z',
    });
    expect(noticeJson({ ...notice, unit: 'tokens', used: 5n, amount: 10n })).toMatchObject({ used: 5, amount: 10 });
    expect(
      noticeJson({
        ...notice,
        kind: 'key.expiry',
        limitId: null,
        unit: null,
        used: null,
        amount: null,
        expiresAtMs: 0,
      }),
    ).toMatchObject({ limit: null, used: null, amount: null, expiresAt: '1970-01-01T00:00:00.000Z' });
    expect(noticeJson({ ...notice, used: null, amount: null })).toMatchObject({ used: null, amount: null });
  });
});
