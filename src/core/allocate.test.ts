import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocate, LEAST_OUTPUT_TOKENS, needsOf, stateOf, type Bound, type Counted } from './allocate.ts';
import type { LimitWindow, Slot, Unit } from './limit.ts';
import { costNano, type Prices } from './price.ts';
import { NO_USAGE, type TokenUsage } from './usage.ts';

const NOW = Date.parse('2026-08-05T12:00Z');
const HOUR = 3_600_000;

const prices: Prices = {
  inputNanoPerMillion: 3n * 10n ** 9n,
  cachedInputNanoPerMillion: 3n * 10n ** 8n,
  cacheWriteNanoPerMillion: 375n * 10n ** 7n,
  outputNanoPerMillion: 15n * 10n ** 9n,
};
const asks = (bound: Partial<Bound> = {}): Bound => ({
  inputTokens: 100,
  outputTokens: 1000,
  flexible: false,
  prices,
  ...bound,
});
const slot = (slotMs: number, settled: bigint, reserved = 0n): Slot => ({ slotMs, settled, reserved });

let made = 0;
function limit(
  unit: Unit,
  amount: bigint,
  window: LimitWindow = { kind: 'lifetime' },
  slots: readonly Slot[] = [],
  sinceMs = 0,
): Counted {
  made += 1;
  return {
    applied: { limit: { id: `lim_${made}`, unit, amount, window, sinceMs }, subjectType: 'key', subjectId: 'key_1' },
    slots,
  };
}
const session = (windowMs: number): LimitWindow => ({ kind: 'session', windowMs });
const rolling = (windowMs: number): LimitWindow => ({ kind: 'rolling', windowMs });

function granted(bound: Bound, counted: readonly Counted[], nowMs = NOW) {
  const decision = allocate(bound, counted, nowMs);
  if (!decision.ok) throw new Error(`refused: ${decision.reason}`);
  return decision;
}

function refused(bound: Bound, counted: readonly Counted[], nowMs = NOW) {
  const decision = allocate(bound, counted, nowMs);
  if (decision.ok || decision.reason !== 'short') throw new Error('not refused for want of room');
  return decision;
}

const rate = fc.oneof(fc.constantFrom(0n, 1n, 999_999n, 1_000_000n), fc.bigInt({ min: 0n, max: 10n ** 12n }));
const cacheRate = fc.option(rate);
const plainPrices: fc.Arbitrary<Prices> = fc.record({
  inputNanoPerMillion: rate,
  cachedInputNanoPerMillion: cacheRate,
  cacheWriteNanoPerMillion: cacheRate,
  outputNanoPerMillion: rate,
});
/** In half of the cases with a group's multiplier. */
const anyPrices: fc.Arbitrary<Prices> = fc
  .tuple(
    plainPrices,
    fc.option(fc.oneof(fc.constantFrom(0n, 1n, 1_000_000_000n), fc.bigInt({ min: 0n, max: 10n ** 12n }))),
  )
  .map(([prices, multiplierNano]) => (multiplierNano === null ? prices : { ...prices, multiplierNano }));
const anyBound = fc.record({
  inputTokens: fc.nat({ max: 5000 }),
  outputTokens: fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 100_000 })),
  flexible: fc.boolean(),
  prices: anyPrices,
});
/** The corners of what a call may turn out to be charged as. */
const worst = (inputTokens: number, outputTokens: number, rates: Prices) =>
  [{}, { cachedTokens: inputTokens }, { cacheWriteTokens: inputTokens }]
    .map((part): bigint => costNano({ ...NO_USAGE, inputTokens, outputTokens, ...part }, rates))
    .reduce((most, cost) => (cost > most ? cost : most));
const worstOf = (
  unit: Unit,
  { inputTokens, prices: rates }: { inputTokens: number; prices: Prices },
  outputTokens: number,
) =>
  unit === 'tokens'
    ? BigInt(inputTokens + outputTokens)
    : unit === 'cost'
      ? worst(inputTokens, outputTokens, rates)
      : 1n;

describe('what a call is held to need', () => {
  test('is the most that it can be charged, however its tokens turn out to be cached, rounding included', () => {
    fc.assert(
      fc.property(anyBound, fc.nat(), fc.nat(), fc.nat(), (bound, inputs, cached, written) => {
        const { cost, tokens } = needsOf(bound, bound.outputTokens);
        expect(cost).toBe(worst(bound.inputTokens, bound.outputTokens, bound.prices));
        const inputTokens = inputs % (bound.inputTokens + 1);
        const usage: TokenUsage = {
          ...NO_USAGE,
          inputTokens,
          outputTokens: bound.outputTokens,
          cachedTokens: cached % (inputTokens + 1),
          cacheWriteTokens: written % (inputTokens + 1),
        };
        expect(costNano(usage, bound.prices)).toBeLessThanOrEqual(cost);
        expect(tokens).toBe(BigInt(bound.inputTokens + bound.outputTokens));
      }),
    );
  });

  test('writing a prompt cache may be dearer than plain input', () => {
    expect(needsOf(asks({ outputTokens: 0 }), 0).cost).toBe(375_000n);
  });

  test('a cost known beforehand takes the place of prices', () => {
    expect(needsOf(asks({ costNano: 42n }), 1000).cost).toBe(42n);
    expect(needsOf(asks({ costNano: 42n, prices: null }), 1000).cost).toBe(42n);
  });

  test('counts beyond what a number holds exactly are not rounded down', () => {
    const most = Number.MAX_SAFE_INTEGER;
    expect(needsOf(asks({ inputTokens: 2, outputTokens: most }), most).tokens).toBe(BigInt(most) + 2n);
  });
});

describe('lowering what a client left open', () => {
  const room = fc.array(
    fc.record({
      unit: fc.constantFrom<Unit>('tokens', 'cost', 'requests', 'concurrency'),
      share: fc.integer({ min: -1, max: 120 }),
      extra: fc.integer({ min: -1, max: 1 }),
    }),
    { minLength: 1, maxLength: 4 },
  );

  test('gives the most that fits, never above what was asked nor below what is of use; fixed output is never touched', () => {
    fc.assert(
      fc.property(anyBound, room, (bound, rooms) => {
        const { outputTokens: asked, flexible } = bound;
        const counted = rooms.map(({ unit, share, extra }) => {
          const rest = (worstOf(unit, bound, asked) * BigInt(share)) / 100n + BigInt(extra);
          return limit(unit, 10n ** 30n, { kind: 'lifetime' }, [slot(0, 10n ** 30n - (rest > 0n ? rest : 0n))]);
        });
        const least = flexible ? Math.min(asked, LEAST_OUTPUT_TOKENS) : asked;
        const fits = (output: number) =>
          counted.every(
            ({
              applied: {
                limit: { unit },
              },
              slots,
            }) => worstOf(unit, bound, output) <= 10n ** 30n - slots[0]!.settled,
          );
        const decision = allocate(bound, counted, NOW);
        expect(decision.ok).toBe(fits(least));
        if (!decision.ok) {
          if (decision.reason === 'short')
            expect(decision.need).toBe(worstOf(decision.limit.applied.limit.unit, bound, least));
          return;
        }
        const given = decision.outputTokens;
        expect(given).toBeGreaterThanOrEqual(least);
        expect(given).toBeLessThanOrEqual(asked);
        expect(fits(given)).toBe(true);
        if (given < asked) expect(fits(given + 1)).toBe(false);
        expect(decision.takes.map(({ amount }) => amount)).toEqual(
          counted.map(({ applied }) => worstOf(applied.limit.unit, bound, given)),
        );
      }),
      { numRuns: 2000 },
    );
  });

  test('less than 16 tokens are of no use, unless no more were asked', () => {
    expect(granted(asks({ flexible: true }), [limit('tokens', 116n)]).outputTokens).toBe(16);
    expect(refused(asks({ flexible: true }), [limit('tokens', 115n)])).toMatchObject({ need: 116n, freesAtMs: null });
    expect(granted(asks({ flexible: true, outputTokens: 5 }), [limit('tokens', 105n)]).outputTokens).toBe(5);
  });

  test('several answers share what is left equally, and none is shorter than is of use', () => {
    const five = asks({ flexible: true, outputTokens: 5000, copies: 5 });
    expect(granted(five, [limit('tokens', 1104n)]).outputTokens).toBe(1000);
    expect(granted(five, [limit('tokens', 1104n)]).takes[0]!.amount).toBe(1100n);
    expect(granted(five, [limit('tokens', 180n)]).outputTokens).toBe(80);
    expect(refused(five, [limit('tokens', 179n)]).need).toBe(180n);
    expect(granted({ ...five, outputTokens: 15 }, [limit('tokens', 115n)]).outputTokens).toBe(15);
    expect(granted({ ...five, flexible: false }, [limit('tokens', 5100n)]).outputTokens).toBe(5000);
  });

  test('free output is not lowered for a budget', () => {
    const free = { ...prices, outputNanoPerMillion: 0n };
    expect(granted(asks({ flexible: true, prices: free }), [limit('cost', 375_000n)]).outputTokens).toBe(1000);
    expect(refused(asks({ flexible: true, prices: free }), [limit('cost', 374_999n)]).need).toBe(375_000n);
  });

  test('a cost known beforehand does not depend on the output', () => {
    expect(granted(asks({ flexible: true, costNano: 5n }), [limit('cost', 5n)]).outputTokens).toBe(1000);
    expect(refused(asks({ flexible: true, costNano: 5n }), [limit('cost', 4n)]).need).toBe(5n);
  });
});

describe('price unknown', () => {
  test('is refused where a cost limit applies, and only there', () => {
    const others = [limit('tokens', 5000n), limit('requests', 5n), limit('concurrency', 5n)];
    expect(granted(asks({ prices: null }), others).takes).toHaveLength(3);
    const refusal = allocate(asks({ prices: null }), [...others, limit('cost', 10n ** 18n)], NOW);
    expect(refusal).toMatchObject({ ok: false, reason: 'unpriced' });
    expect(refusal.states.map(({ remaining }) => remaining)).toEqual([5000n, 5n, 5n, 10n ** 18n]);
  });
});

describe('a decision over several limits', () => {
  test('no limits: granted as asked, nothing taken', () => {
    expect(granted(asks(), [])).toEqual({ ok: true, admittedAtMs: NOW, takes: [], outputTokens: 1000, states: [] });
  });

  test('the limit named is the one that frees last of those that refuse; what never frees comes last of all', () => {
    const soon = limit('requests', 1n, session(HOUR), [slot(NOW - 1000, 1n)]);
    const late = limit('requests', 1n, session(5 * HOUR), [slot(NOW - 1000, 1n)]);
    const never = limit('requests', 1n, { kind: 'lifetime' }, [slot(0, 1n)]);
    const roomy = limit('requests', 9n);
    for (const order of [
      [soon, late, roomy],
      [roomy, late, soon],
    ]) {
      expect(refused(asks(), order)).toMatchObject({
        limit: { applied: late.applied },
        need: 1n,
        freesAtMs: NOW - 1000 + 5 * HOUR,
      });
    }
    for (const order of [
      [soon, never, late],
      [never, soon, late],
      [late, soon, never],
    ]) {
      expect(refused(asks(), order)).toMatchObject({ limit: { applied: never.applied }, freesAtMs: null });
    }
  });

  test('a full place among calls under way is named last, and does not hide when the rest frees', () => {
    const full = limit('concurrency', 1n, { kind: 'lifetime' }, [slot(0, 0n, 1n)]);
    const hourly = limit('requests', 1n, session(HOUR), [slot(NOW, 1n)]);
    const never = limit('requests', 1n, { kind: 'lifetime' }, [slot(0, 1n)]);
    for (const order of [
      [full, hourly],
      [hourly, full],
    ])
      expect(refused(asks(), order)).toMatchObject({ limit: { applied: hourly.applied }, freesAtMs: NOW + HOUR });
    expect(refused(asks(), [full, never])).toMatchObject({ limit: { applied: never.applied }, freesAtMs: null });
    expect(refused(asks(), [full])).toMatchObject({ limit: { applied: full.applied }, freesAtMs: null });
    // One of 0 never opens.
    const closed = limit('concurrency', 0n);
    expect(refused(asks(), [hourly, closed])).toMatchObject({ limit: { applied: closed.applied }, freesAtMs: null });
  });

  test('a limit that has room now may be full by the time another frees', () => {
    const first = limit('requests', 1n, session(HOUR), [slot(NOW, 1n)]);
    const tomorrow = Date.parse('2026-08-06T00:00Z');
    const daily = limit('requests', 1n, { kind: 'calendar', period: 'day', timeZone: 'UTC' }, [slot(tomorrow, 1n)]);
    const beforeMidnight = tomorrow - 60_000;
    const short = { ...first, slots: [slot(beforeMidnight, 1n)] };
    expect(refused(asks(), [daily, short], beforeMidnight)).toMatchObject({
      limit: { applied: first.applied },
      freesAtMs: tomorrow + 24 * HOUR,
    });
  });

  test('amounts lowered below what is used leave no room, and no negative rest', () => {
    expect(refused(asks(), [limit('requests', 2n, { kind: 'lifetime' }, [slot(0, 3n, 1n)])]).limit).toMatchObject({
      used: 3n,
      reserved: 1n,
      remaining: 0n,
    });
  });

  test('what costs nothing passes a spent budget', () => {
    const spent = limit('cost', 5n, session(HOUR), [slot(NOW, 9n)]);
    expect(granted(asks({ costNano: 0n }), [spent]).states[0]).toMatchObject({ used: 9n, reserved: 0n, remaining: 0n });
    const other = limit('requests', 1n, session(2 * HOUR), [slot(NOW, 1n)]);
    expect(refused(asks({ costNano: 0n }), [spent, other]).freesAtMs).toBe(NOW + 2 * HOUR);
  });
});

describe('where a limit stands', () => {
  const state = ({ applied, slots }: Counted, nowMs = NOW) => stateOf(applied, slots, nowMs);

  test('the call that opens a session learns when it ends', () => {
    expect(granted(asks(), [limit('requests', 5n, session(HOUR))]).states[0]).toMatchObject({
      reserved: 1n,
      remaining: 4n,
      freesAtMs: NOW + HOUR,
    });
  });

  test('a call that takes nothing leaves nothing to free', () => {
    expect(granted(asks({ costNano: 0n }), [limit('cost', 5n, session(HOUR))]).states[0]!.freesAtMs).toBeNull();
    expect(state(limit('cost', 5n, session(HOUR), [slot(NOW, 0n)])).freesAtMs).toBeNull();
  });

  test('parts of a rolling window free one by one, the oldest first', () => {
    const counted = limit('requests', 9n, rolling(2 * HOUR), [
      slot(NOW, 3n),
      slot(NOW - HOUR, 0n, 2n),
      slot(NOW - 3 * HOUR, 4n),
    ]);
    expect(state(counted)).toMatchObject({ used: 3n, reserved: 2n, remaining: 4n, freesAtMs: NOW + HOUR + 60_000 });
    expect(granted(asks(), [counted]).states[0]!.freesAtMs).toBe(NOW + HOUR + 60_000);
  });

  test('concurrency is what is under way, and frees when a call ends, not with time', () => {
    const counted = limit('concurrency', 1n, session(HOUR), [slot(0, 0n, 1n)], NOW - HOUR);
    expect(state(counted)).toMatchObject({ reserved: 1n, remaining: 0n, freesAtMs: null });
    expect(refused(asks(), [counted]).freesAtMs).toBeNull();
  });

  test('a clock behind the last reset waits there: the call counts at the time of the reset', () => {
    const counted = limit(
      'requests',
      2n,
      { kind: 'calendar', period: 'day', timeZone: 'UTC' },
      [slot(NOW - 24 * HOUR, 2n)],
      NOW,
    );
    const { admittedAtMs, takes } = granted(asks(), [counted, limit('requests', 1n, session(HOUR))], NOW - 48 * HOUR);
    expect(admittedAtMs).toBe(NOW);
    expect(takes.map(({ slotMs }) => slotMs)).toEqual([NOW, NOW]);
  });
});
