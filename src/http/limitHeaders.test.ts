import { expect, test } from 'vitest';
import { readList } from '../../test/kit/structuredFields.ts';
import type { LedgerRow } from '../core/ledger.ts';
import type { LimitState, LimitWindow, Unit } from '../core/limit.ts';
import type { Admitted } from '../service/attempt.ts';
import { answerHeaders, limitHeaders } from './limitHeaders.ts';

const NOW = Date.parse('2026-08-05T12:00:00.250Z');
const HOUR = 3_600_000;
const rolling = (windowMs: number): LimitWindow => ({ kind: 'rolling', windowMs });

let made = 0;
function standing(unit: Unit, amount: bigint, used: bigint, window: LimitWindow, freesAtMs: number | null): LimitState {
  const limit = { id: `lim_${++made}`, unit, amount, window, sinceMs: 0 };
  const remaining = amount > used ? amount - used : 0n;
  return { applied: { limit, subjectType: 'key', subjectId: 'key_1' }, used, reserved: 0n, remaining, freesAtMs };
}
const headers = (states: readonly LimitState[], shape: 'openai' | 'anthropic' = 'openai') =>
  limitHeaders(states, shape, NOW);
const items = (states: readonly LimitState[]) => {
  const fields = headers(states);
  const policies = readList(fields['ratelimit-policy']!).map(({ parameters }) => parameters);
  return { policies, limits: readList(fields['ratelimit']!).map(({ parameters }) => parameters) };
};

test('a key without limits is told nothing', () => {
  expect(headers([])).toEqual({});
});

test.each<[string, LimitState, object, object]>([
  [
    'requests of a session',
    standing('requests', 5n, 2n, { kind: 'session', windowMs: 5 * HOUR }, NOW + 1),
    { q: 5, w: 18_000 },
    { r: 3, t: 1 },
  ],
  ['a window shorter than a second', standing('requests', 5n, 0n, rolling(10), null), { q: 5, w: 1 }, { r: 5 }],
  ['a rolling window', standing('requests', 5n, 9n, rolling(1500), NOW + 1001), { q: 5, w: 2 }, { r: 0, t: 2 }],
  [
    'a day',
    standing('requests', 1n, 0n, { kind: 'calendar', period: 'day', timeZone: 'UTC' }, NOW + 43_200_000),
    { q: 1, w: 86_400 },
    { r: 1, t: 43_200 },
  ],
  [
    'a week',
    standing('requests', 1n, 0n, { kind: 'calendar', period: 'week', timeZone: 'UTC' }, null),
    { q: 1, w: 604_800 },
    { r: 1 },
  ],
  [
    'a month',
    standing('requests', 1n, 0n, { kind: 'calendar', period: 'month', timeZone: 'UTC' }, null),
    { q: 1, w: 2_678_400 },
    { r: 1 },
  ],
  [
    'tokens, of which the draft knows nothing',
    standing('tokens', 2000n, 10n, rolling(HOUR), NOW),
    { q: 2000, w: 3600, 'keyward-unit': '"tokens"' },
    { r: 1990, t: 0 },
  ],
  [
    'money, in millionths',
    standing('cost', 2_500_000_999n, 1n, { kind: 'lifetime' }, null),
    { q: 2_500_000, 'keyward-unit': '"cost-micro"' },
    { r: 2_500_000 },
  ],
  [
    'calls under way',
    standing('concurrency', 3n, 1n, { kind: 'lifetime' }, null),
    { q: 3, qu: '"concurrent-requests"' },
    { r: 2 },
  ],
  [
    'more than an Integer holds',
    standing('tokens', 10n ** 18n, 0n, { kind: 'lifetime' }, null),
    { q: 999_999_999_999_999, 'keyward-unit': '"tokens"' },
    { r: 999_999_999_999_999 },
  ],
])('RateLimit fields name %s', (_, state, policy, limit) => {
  expect(items([state])).toEqual({ policies: [policy], limits: [limit] });
});

test('every limit is named by its id, in one order', () => {
  const states = [
    standing('requests', 5n, 0n, rolling(HOUR), null),
    standing('tokens', 5n, 0n, { kind: 'lifetime' }, null),
  ];
  const names = states.map(({ applied }) => applied.limit.id);
  expect(readList(headers(states)['ratelimit-policy']!).map(({ name }) => name)).toEqual(names);
  expect(readList(headers(states)['ratelimit']!).map(({ name }) => name)).toEqual(names);
});

test('x-ratelimit-* shows of requests and of tokens the limit that leaves the least, and of those the last to free', () => {
  const states = [
    standing('requests', 1000n, 900n, rolling(HOUR), NOW + 1000),
    standing('requests', 5n, 1n, rolling(60_000), NOW + 61_001),
    standing('tokens', 10n, 8n, rolling(HOUR), NOW + 10),
    standing('tokens', 2n, 0n, rolling(24 * HOUR), NOW + 7_384_000),
    standing('concurrency', 0n, 0n, { kind: 'lifetime' }, null),
    standing('cost', 9_000_000_000n, 7_499_999_999n, rolling(HOUR), NOW + 1000),
  ];
  expect(headers(states)).toMatchObject({
    'x-ratelimit-limit-requests': '5',
    'x-ratelimit-remaining-requests': '4',
    'x-ratelimit-reset-requests': '1m2s',
    'x-ratelimit-limit-tokens': '2',
    'x-ratelimit-remaining-tokens': '2',
    'x-ratelimit-reset-tokens': '2h3m4s',
    'x-keyward-remaining-cost': '1.500000001',
  });
  expect(Object.keys(headers(states)).filter((name) => name.startsWith('anthropic'))).toEqual([]);
});

test('a limit of 0 is the tightest of all, and what never frees comes after what does', () => {
  const never = standing('requests', 0n, 0n, { kind: 'lifetime' }, null);
  const states = [
    standing('requests', 5n, 5n, rolling(HOUR), NOW + 1),
    never,
    standing('requests', 9n, 9n, rolling(2 * HOUR), NOW + 2),
  ];
  expect(headers(states)).toMatchObject({ 'x-ratelimit-limit-requests': '0', 'x-ratelimit-remaining-requests': '0' });
  expect(headers(states)).not.toHaveProperty('x-ratelimit-reset-requests');
});

test.each([
  [0, '0s'],
  [-5000, '0s'],
  [1, '1s'],
  [59_000, '59s'],
  [60_000, '1m0s'],
  [360_000, '6m0s'],
  [HOUR, '1h0m0s'],
  [30 * 24 * HOUR, '720h0m0s'],
])('a reset in %i ms is written as Go writes durations: %s', (ms, text) => {
  expect(headers([standing('requests', 5n, 1n, rolling(HOUR), NOW + ms)])['x-ratelimit-reset-requests']).toBe(text);
});

test('on Anthropic’s routes the same in its own headers, with the reset as a time', () => {
  const states = [
    standing('requests', 5n, 1n, rolling(HOUR), NOW + 1001),
    standing('tokens', 50n, 10n, rolling(HOUR), NOW - 90_000),
    standing('cost', 5n, 1n, rolling(HOUR), NOW + 1001),
  ];
  expect(headers(states, 'anthropic')).toMatchObject({
    'x-ratelimit-limit-requests': '5',
    'anthropic-ratelimit-requests-limit': '5',
    'anthropic-ratelimit-requests-remaining': '4',
    'anthropic-ratelimit-requests-reset': '2026-08-05T12:00:02Z',
    'anthropic-ratelimit-tokens-limit': '50',
    'anthropic-ratelimit-tokens-remaining': '40',
    'anthropic-ratelimit-tokens-reset': '2026-08-05T12:00:01Z',
  });
  const unused = headers([standing('requests', 5n, 0n, rolling(HOUR), null)], 'anthropic');
  expect(unused).not.toHaveProperty('anthropic-ratelimit-requests-reset');
});

test('an answer counts its call as reserved until it is settled, then as charged, and tells what it cost', () => {
  const limit = standing('tokens', 1000n, 0n, rolling(HOUR), NOW + 5000);
  const state = { ...limit, reserved: 400n, remaining: 600n };
  const admitted = {
    limits: [state],
    takes: [{ limitId: limit.applied.limit.id, subjectId: 'key_1', slotMs: 0, amount: 400n }],
    outputTokens: 64,
    startedAtMs: NOW,
  } as unknown as Admitted;
  const row = {
    chargedTokens: 18,
    chargedCostNano: 92_000n,
    costNano: 92_000n,
    outcome: 'answered',
    resourceType: 'model',
  } as LedgerRow;
  const told = (settled: LedgerRow | null, over: Partial<Admitted> = {}, nowMs = NOW) =>
    answerHeaders({ ...admitted, ...over }, settled, 'openai', nowMs);
  expect(told(null)).toMatchObject({ 'x-ratelimit-remaining-tokens': '600', 'x-keyward-max-tokens': '64' });
  expect(told(null)).not.toHaveProperty('x-keyward-cost');
  expect(told(row)).toMatchObject({ 'x-ratelimit-remaining-tokens': '982', 'x-keyward-cost': '0.000092' });
  expect(told({ ...row, costNano: null })).not.toHaveProperty('x-keyward-cost');
  expect(told({ ...row, resourceType: 'service' })).not.toHaveProperty('x-keyward-cost');
  expect(told({ ...row, outcome: 'allowed' })).not.toHaveProperty('x-keyward-cost');
  expect(told(row, { limits: [], takes: [], outputTokens: null })).toEqual({ 'x-keyward-cost': '0.000092' });
  // Told as of when it leaves; a clock behind that of the limits is not believed.
  expect(told(row, {}, NOW + 3000)['ratelimit']).toMatch(/;t=2$/);
  expect(told(row, {}, NOW - 3000)['ratelimit']).toMatch(/;t=5$/);
});
