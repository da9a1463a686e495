import fc from 'fast-check';
import type { Bound } from '../../src/core/allocate.ts';
import type { LimitWindow, Unit } from '../../src/core/limit.ts';

// What can happen to limits, for fast-check to draw from: windows of every kind, clocks of odd zones, calls, changes.

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Pacific/Apia',
  'Asia/Kolkata',
  'Africa/Cairo',
  'UTC',
];
/** Before changes of clocks, the date that Samoa skipped, leap days and ends of years. */
const beginnings = [
  '2026-03-28T22:00Z',
  '2026-10-24T21:00Z',
  '2026-11-01T03:00Z',
  '2026-04-04T12:00Z',
  '2018-11-04T01:00Z',
  '2018-02-18T01:00Z',
  '2010-11-07T02:00Z',
  '2011-12-30T08:00Z',
  '2026-04-23T20:00Z',
  '2024-02-28T22:00Z',
  '2025-12-31T21:00Z',
].map((text) => Date.parse(text));

const units = fc.constantFrom<Unit>('requests', 'tokens', 'cost', 'concurrency');
const spans = fc.oneof(
  fc.constantFrom(1, 100, 119, 121, 1000, MINUTE, HOUR, 5 * HOUR, DAY, 7 * DAY),
  fc.integer({ min: 1, max: 3 * HOUR }),
);
const sessions = spans.map((windowMs): LimitWindow => ({ kind: 'session', windowMs }));
const rolling = spans.map((windowMs): LimitWindow => ({ kind: 'rolling', windowMs }));
const calendar = fc.record({
  kind: fc.constant('calendar' as const),
  period: fc.constantFrom('day' as const, 'week' as const, 'month' as const),
  timeZone: fc.constantFrom(...zones),
});
const lifetime = fc.constant<LimitWindow>({ kind: 'lifetime' });
export const windows: Record<LimitWindow['kind'], fc.Arbitrary<LimitWindow>> = {
  session: sessions,
  rolling,
  calendar,
  lifetime,
};
export const anyWindow = fc.oneof(sessions, rolling, calendar, lifetime);

/** Amounts that a few calls exhaust, whatever the unit. */
export const amountOf = (unit: Unit, size: number) =>
  BigInt(size) * (unit === 'tokens' ? 30n : unit === 'cost' ? 500n : 1n);
const sizes = fc.nat({ max: 8 });
const limitOf = (window: fc.Arbitrary<LimitWindow>) =>
  fc.tuple(units, window, sizes).map(([unit, window, size]) => ({ unit, window, amount: amountOf(unit, size) }));

const steps = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      inputTokens: fc.nat({ max: 60 }),
      outputTokens: fc.nat({ max: 60 }),
      flexible: fc.boolean(),
      isFree: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      which: fc.nat({ max: 9 }),
      percent: fc.nat({ max: 100 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.oneof(
        fc.constantFrom(0, 1, 1000, MINUTE, HOUR, 5 * HOUR, DAY, 31 * DAY),
        fc.nat({ max: 2 * HOUR }),
        fc.nat({ max: 200 }),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('set back' as const),
      ms: fc.oneof(fc.constantFrom(1, 1000, HOUR, DAY, 40 * DAY), fc.nat({ max: 2 * HOUR }), fc.nat({ max: 200 })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('edit' as const), which: fc.nat({ max: 9 }), size: sizes }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const), which: fc.nat({ max: 9 }) }) },
);
export type Step = typeof steps extends fc.Arbitrary<infer S> ? S : never;
export const stories = (window: fc.Arbitrary<LimitWindow>, most: number) =>
  fc.record({
    limits: fc.array(limitOf(window), { minLength: 1, maxLength: most }),
    startMs: fc.tuple(fc.constantFrom(...beginnings), fc.nat({ max: 6 * HOUR })).map(([beginMs, ms]) => beginMs + ms),
    steps: fc.array(steps, { minLength: 10, maxLength: 60 }),
  });

/** Costs 7 nano a token, whichever kind. */
const prices = {
  inputNanoPerMillion: 7_000_000n,
  cachedInputNanoPerMillion: null,
  cacheWriteNanoPerMillion: null,
  outputNanoPerMillion: 7_000_000n,
};
export const boundOf = ({ inputTokens, outputTokens, flexible, isFree }: Extract<Step, { do: 'call' }>): Bound =>
  isFree
    ? { inputTokens, outputTokens, flexible, prices: null, costNano: 0n }
    : { inputTokens, outputTokens, flexible, prices };
