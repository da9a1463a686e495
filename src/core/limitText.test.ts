import { expect, test } from 'vitest';
import { allocate, type Bound, type Short } from './allocate.ts';
import type { LimitWindow, Slot, SubjectType, Unit } from './limit.ts';
import { limitText, shortageCode, shortageDenial } from './limitText.ts';

const NOW = Date.parse('2026-08-05T12:00:00.250Z');
const MINUTE = 60_000;
const limit = (unit: Unit, amount: bigint, window: LimitWindow) => ({ id: 'lim_1', unit, amount, window, sinceMs: 0 });
const session = (windowMs: number): LimitWindow => ({ kind: 'session', windowMs });
const month: LimitWindow = { kind: 'calendar', period: 'month', timeZone: 'UTC' };
const lifetime: LimitWindow = { kind: 'lifetime' };
const asks = (over: Partial<Bound> = {}): Bound => ({
  inputTokens: 100,
  outputTokens: 400,
  flexible: false,
  prices: null,
  costNano: 0n,
  ...over,
});

function shortage(
  of: ReturnType<typeof limit>,
  used: bigint,
  bound = asks(),
  subjectType: SubjectType = 'key',
  slot: Partial<Slot> = {},
): Short {
  const slotMs =
    of.unit === 'concurrency'
      ? 0
      : of.window.kind === 'session'
        ? NOW - MINUTE
        : of.window.kind === 'lifetime'
          ? 0
          : Date.parse('2026-08-01T00:00Z');
  const slots = [{ slotMs, settled: used, reserved: 0n, ...slot }];
  const decision = allocate(bound, [{ applied: { limit: of, subjectType, subjectId: 'x' }, slots }], NOW);
  if (decision.ok || decision.reason !== 'short') throw new Error('not refused');
  return decision;
}

test.each<[Unit, LimitWindow, string]>([
  ['requests', session(1000), 'rate_limit_exceeded'],
  ['tokens', session(1000), 'rate_limit_exceeded'],
  ['cost', { kind: 'rolling', windowMs: 1000 }, 'rate_limit_exceeded'],
  ['requests', month, 'rate_limit_exceeded'],
  ['tokens', month, 'insufficient_quota'],
  ['cost', month, 'insufficient_quota'],
  ['requests', lifetime, 'insufficient_quota'],
  ['tokens', lifetime, 'insufficient_quota'],
  ['cost', lifetime, 'insufficient_quota'],
  ['concurrency', lifetime, 'concurrency_exceeded'],
])('A09 a limit of %s over %o refuses with its own code: %s', (unit, window, code) => {
  expect(shortageCode(limit(unit, 1n, window))).toBe(code);
});

test.each<[Unit, bigint, LimitWindow, string]>([
  ['requests', 1n, session(1000), '1 request per 1 s from first use'],
  ['requests', 100n, session(5 * 60 * MINUTE), '100 requests per 5 h from first use'],
  ['tokens', 2n, { kind: 'rolling', windowMs: 90_000 }, '2 tokens in any 90 s'],
  ['tokens', 1n, { kind: 'rolling', windowMs: 1500 }, '1 token in any 1500 ms'],
  ['tokens', 5n, { kind: 'rolling', windowMs: 7 * 86_400_000 }, '5 tokens in any 7 d'],
  ['cost', 5_250_000_000n, month, '5.25 of cost per month (UTC)'],
  ['cost', 1n, lifetime, '0.000000001 of cost in all'],
  ['requests', 3n, { kind: 'rolling', windowMs: 2 * MINUTE }, '3 requests in any 2 min'],
  ['concurrency', 3n, lifetime, '3 calls at once'],
  ['concurrency', 1n, lifetime, '1 call at once'],
])('a limit in words: %s %s over %o is “%s”', (unit, amount, window, text) => {
  expect(limitText(limit(unit, amount, window))).toBe(text);
});

test('A09 a refusal names the limit, what is needed and left, and when it frees; retry-after is not before that', () => {
  expect(shortageDenial(shortage(limit('tokens', 1000n, session(5 * MINUTE)), 800n), NOW)).toEqual({
    ok: false,
    code: 'rate_limit_exceeded',
    message:
      'This API key’s limit of 1000 tokens per 5 min from first use leaves no room: 200 tokens left, this call needs 500 tokens. It frees at 2026-08-05T12:04:00.250Z.',
    retryAfterSeconds: 240,
  });
  expect(shortageDenial(shortage(limit('cost', 9n, month), 9n, asks({ costNano: 1n }), 'project'), NOW)).toMatchObject({
    code: 'insufficient_quota',
    message: expect.stringMatching(
      /^The project’s limit of 0.000000009 of cost per month \(UTC\) .* 0 of cost left, this call needs 0.000000001 of cost. It frees at 2026-09-01T00:00:00.000Z\.$/,
    ),
    retryAfterSeconds: (Date.parse('2026-09-01T00:00Z') - NOW + 250) / 1000,
  });
});

test('what never frees by itself says who can help, and is not to be asked for again soon', () => {
  expect(shortageDenial(shortage(limit('requests', 1n, lifetime), 1n, asks(), 'account'), NOW)).toMatchObject({
    code: 'insufficient_quota',
    message:
      'The account’s limit of 1 request in all leaves no room: 0 requests left, this call needs 1 request. Ask its owner to raise or reset it.',
    retryAfterSeconds: 3600,
  });
});

test('a call larger than the limit is told to ask for less, and to wait no less than until the reset', () => {
  const denial = shortageDenial(shortage(limit('tokens', 400n, session(10 * 60 * MINUTE)), 7n), NOW);
  expect(denial.message).toMatch(/needs 500 tokens\. Ask for less/);
  expect(denial.retryAfterSeconds).toBe(599 * 60);
  expect(shortageDenial(shortage(limit('tokens', 400n, session(10 * MINUTE)), 0n), NOW).retryAfterSeconds).toBe(3600);
});

test('a place among calls under way may free at once: one second, in the singular or not', () => {
  expect(
    shortageDenial(shortage(limit('concurrency', 1n, lifetime), 0n, asks(), 'key', { reserved: 1n }), NOW),
  ).toEqual({
    ok: false,
    code: 'concurrency_exceeded',
    message:
      'This API key’s limit of 1 call at once leaves no room: 0 places left, this call needs 1 place. Wait for a call to end.',
    retryAfterSeconds: 1,
  });
});

test('retry-after is at least a second, however soon it frees', () => {
  const denial = shortageDenial(
    {
      ...shortage(limit('requests', 1n, session(5 * MINUTE)), 1n),
      freesAtMs: NOW + 1,
      limit: { ...shortage(limit('requests', 1n, session(5 * MINUTE)), 1n).limit, freesAtMs: NOW + 1 },
    },
    NOW,
  );
  expect(denial.retryAfterSeconds).toBe(1);
});
