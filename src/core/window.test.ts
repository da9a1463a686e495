import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LimitBook, type Entry } from '../../test/kit/limitBook.ts';
import {
  amountOf,
  anyWindow,
  boundOf,
  DAY,
  HOUR,
  MINUTE,
  stories,
  windows,
  type Step,
} from '../../test/kit/limitStory.ts';
import { allocate, leastOutput, needsOf, stateOf, type Bound, type Granted, type Short } from './allocate.ts';
import type { Limit, LimitState, LimitWindow, Slot } from './limit.ts';
import { slotAt, slotOfTime, slotRange } from './window.ts';

/** Where the range of a slot that never ends is said to end. */
const END_OF_TIME_MS = 8_640_000_000_000_000;
const at = (text: string) => Date.parse(text);

function live(book: LimitBook, story: { steps: readonly Step[] }, after: (book: LimitBook) => void): void {
  for (const step of story.steps) {
    if (step.do === 'call') expectRightDecision(book, boundOf(step));
    else if (step.do === 'settle') book.settle(step.which, step.percent);
    else if (step.do === 'wait') book.nowMs += step.ms;
    else if (step.do === 'set back') book.nowMs -= step.ms;
    else if (step.do === 'edit')
      book.edit(step.which, amountOf(book.entries[step.which % book.entries.length]!.limit.unit, step.size));
    else book.reset(step.which);
    after(book);
  }
}

function used({ limit, subjectId, slots }: Entry, nowMs: number): bigint {
  const { used, reserved } = stateOf({ limit, subjectType: 'key', subjectId }, [...slots.values()], nowMs);
  return used + reserved;
}

/** What a model knows of a limit's use at a moment: the same, save that parts of a rolling window leave late. */
function expectUsedAsModelled(entry: Entry, nowMs: number): void {
  const { model, limit } = entry;
  const { window } = limit;
  if (limit.unit === 'concurrency' || window.kind !== 'rolling') {
    expect(used(entry, nowMs)).toBe(model.usedAt(nowMs));
    return;
  }
  const { windowMs } = window;
  expect(used(entry, nowMs)).toBeGreaterThanOrEqual(model.fullestSpanAt(windowMs, nowMs));
  expect(used(entry, nowMs)).toBeLessThanOrEqual(model.usedAround(windowMs, Math.ceil(windowMs / 120), nowMs));
}

function expectRightDecision(book: LimitBook, bound: Bound): void {
  const before = JSON.stringify(
    book.entries.map(({ slots }) => [...slots]),
    plain,
  );
  const decision = book.call(bound);
  if (decision.ok) return expectRightGrant(book, decision);
  expect(
    JSON.stringify(
      book.entries.map(({ slots }) => [...slots]),
      plain,
    ),
  ).toBe(before);
  expect(decision.reason).toBe('short');
  expectRightRefusal(book, bound, decision as Short);
}

function expectRightGrant(book: LimitBook, { admittedAtMs, takes, states }: Granted): void {
  expect(admittedAtMs).toBe(book.atMs);
  for (const [index, entry] of book.entries.entries()) {
    const { limit, model } = entry;
    const taken = takes[index]!.amount;
    const state = states[index]!;
    expect(state).toEqual(stateOf(state.applied, [...entry.slots.values()], book.atMs));
    if (taken === 0n) continue;
    expect(state.remaining).toBe(limit.amount - state.used - state.reserved);
    expect(used(entry, admittedAtMs)).toBeLessThanOrEqual(limit.amount);
    if (limit.window.kind === 'rolling' && limit.unit !== 'concurrency') {
      // Every span that the call lies in; others it cannot have changed.
      expect(model.fullestSpanAt(limit.window.windowMs, admittedAtMs)).toBeLessThanOrEqual(limit.amount);
    } else {
      expect(model.usedAt(admittedAtMs)).toBeLessThanOrEqual(limit.amount);
    }
  }
}

function expectRightRefusal(book: LimitBook, bound: Bound, { limit, need, freesAtMs, states }: Short): void {
  expect(need).toBeGreaterThan(limit.remaining);
  expect(states).toContainEqual(limit);
  const named = book.entries.find((entry) => entry.limit.id === limit.applied.limit.id)!;
  const rest = named.limit.amount - used(named, book.atMs);
  expect(limit.remaining).toBe(rest > 0n ? rest : 0n);
  const { unit, window, amount } = named.limit;
  // Calls under way are taken to end by then, unless it is they alone that are in the way.
  const awaited = book.counted().filter(({ applied }) => unit === 'concurrency' || !isOpening(applied.limit));
  const admits = (moment: number): boolean => allocate(bound, awaited, moment).ok;
  if (unit === 'concurrency')
    expect(states.every((state) => isOpening(state.applied.limit) || fits(state, bound))).toBe(amount > 0n);
  if (freesAtMs === null) {
    expect(unit === 'concurrency' || window.kind === 'lifetime' || need > amount).toBe(true);
    for (const later of [1, HOUR, 40 * DAY, 4000 * DAY]) expect(admits(book.atMs + later)).toBe(false);
    return;
  }
  expect(freesAtMs).toBeGreaterThan(book.atMs);
  for (const moment of [freesAtMs - 1, Math.floor((book.atMs + freesAtMs) / 2)]) expect(admits(moment)).toBe(false);
  expect(admits(freesAtMs)).toBe(true);
  for (const entry of book.entries)
    for (const moment of [freesAtMs - 1, freesAtMs]) expectUsedAsModelled(entry, moment);
}

function isOpening({ unit, amount }: Limit): boolean {
  return unit === 'concurrency' && amount > 0n;
}

/** Whether a call lowered as far as it may be leaves a limit out of the refusal. */
function fits({ applied, remaining }: LimitState, bound: Bound): boolean {
  return needsOf(bound, leastOutput(bound))[applied.limit.unit] <= remaining;
}

function plain(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function expectRetold(book: LimitBook): void {
  for (const [index, { limit, slots }] of book.entries.entries()) {
    const names = [...slots.keys()].toSorted((a, b) => a - b);
    for (const { atMs, takes } of book.ledger) {
      const { slotMs } = takes[index]!;
      if (limit.unit === 'concurrency' || slotMs >= limit.sinceMs) expect(slotOfTime(limit, atMs, names)).toBe(slotMs);
      else expect(slotOfTime(limit, atMs, names)).toBeNull();
    }
    for (const [place, slotMs] of names.entries()) {
      const { fromMs, toMs } = slotRange(limit, slotMs, names[place + 1] ?? null);
      const rows = book.ledger.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
      expect(rows.every(({ takes }) => takes[index]!.slotMs === slotMs)).toBe(true);
      const slot = slots.get(slotMs)!;
      const told = rows.reduce((total, { charges }) => total + charges[index]!, 0n);
      expect(slot.settled + slot.reserved).toBe(told);
    }
  }
}

describe('a life of calls, settlements, edits, resets and clocks that jump', () => {
  for (const [kind, window] of Object.entries(windows)) {
    test(`${kind}: nothing passes a limit, and what is used is what the model says`, () => {
      fc.assert(
        fc.property(stories(window, 1), (story) => {
          const book = new LimitBook(story.limits, story.startMs);
          live(book, story, ({ entries, atMs }) => entries.forEach((entry) => expectUsedAsModelled(entry, atMs)));
        }),
        { numRuns: 250 },
      );
    });
  }

  test('several limits of every kind: all or none, and the ledger alone can tell every counter', () => {
    fc.assert(
      fc.property(stories(anyWindow, 5), (story) => {
        const book = new LimitBook(story.limits, story.startMs);
        live(book, story, ({ entries, atMs }) => entries.forEach((entry) => expectUsedAsModelled(entry, atMs)));
        expectRetold(book);
      }),
      { numRuns: 400 },
    );
  });
});

describe('slots told from times alone', () => {
  const day = { min: at('2026-03-28T00:00Z'), max: at('2026-03-31T00:00Z') };
  const moments = fc.uniqueArray(fc.integer(day), { minLength: 2, maxLength: 30 });

  test('every time belongs to the range of its slot and of no other, and a range ends where another slot begins', () => {
    fc.assert(
      fc.property(
        anyWindow,
        fc.constantFrom(0, day.min + DAY + 12_345),
        moments,
        moments,
        (window, sinceMs, times, starts) => {
          const limit: Limit = { id: 'lim_1', unit: 'requests', amount: 1n, window, sinceMs };
          const sessions = starts.filter((startMs) => startMs >= sinceMs);
          const told = (timeMs: number) => slotOfTime(limit, timeMs, sessions);
          const known = window.kind === 'session' ? sessions : times.map(told).filter((slotMs) => slotMs !== null);
          const slots = [...new Set(known)].toSorted((a, b) => a - b);
          const edges = slots.flatMap((slotMs, place) => {
            const { fromMs, toMs } = slotRange(limit, slotMs, slots[place + 1] ?? null);
            expect([told(fromMs), told(toMs - 1)]).toEqual([slotMs, slotMs]);
            return [fromMs - 1, fromMs, toMs - 1, toMs].filter((ms) => ms < END_OF_TIME_MS);
          });
          for (const timeMs of [...times, ...edges]) {
            const holding = slots.filter((slotMs, place) => {
              const { fromMs, toMs } = slotRange(limit, slotMs, slots[place + 1] ?? null);
              return timeMs >= fromMs && timeMs < toMs;
            });
            const slotMs = told(timeMs);
            expect(holding).toEqual(slotMs !== null && slots.includes(slotMs) ? [slotMs] : []);
            const kept = slots.map((slotMs): Slot => ({ slotMs, settled: 0n, reserved: 0n }));
            if (slotMs !== null) expect(slotAt(limit, kept, timeMs)).toBe(slotMs);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('use from before a reset is in no slot, and the slot that the reset ended keeps what was in it', () => {
    const limit: Limit = { id: 'lim_1', unit: 'tokens', amount: 1n, window: { kind: 'lifetime' }, sinceMs: 500 };
    expect([499, 500].map((timeMs) => slotOfTime(limit, timeMs, []))).toEqual([null, 500]);
    expect(slotRange(limit, 0, 500)).toEqual({ fromMs: 0, toMs: 500 });
  });
});

describe('after the clock was set back', () => {
  const one: Bound = { inputTokens: 0, outputTokens: 0, flexible: false, prices: null };
  const slot = (slotMs: number, settled: bigint): Slot => ({ slotMs, settled, reserved: 0n });
  const decide = (window: LimitWindow, amount: bigint, slots: readonly Slot[], nowMs: number) =>
    allocate(
      one,
      [
        {
          applied: {
            limit: { id: 'lim_1', unit: 'requests', amount, window, sinceMs: 0 },
            subjectType: 'key',
            subjectId: 'key_1',
          },
          slots,
        },
      ],
      nowMs,
    );
  const session: LimitWindow = { kind: 'session', windowMs: 500 };
  const rolling: LimitWindow = { kind: 'rolling', windowMs: HOUR };

  test('a session ends where the one begins that was opened by the later clock', () => {
    expect(decide(session, 2n, [slot(1000, 1n), slot(600, 2n)], 700)).toMatchObject({ ok: false, freesAtMs: 1000 });
    expect(decide(session, 2n, [slot(1000, 2n), slot(600, 2n)], 700)).toMatchObject({ ok: false, freesAtMs: 1500 });
    expect(decide(session, 2n, [slot(1000, 2n), slot(600, 2n)], 599)).toMatchObject({
      ok: true,
      takes: [{ slotMs: 599 }],
    });
  });

  test('of several sessions begun by later clocks it is the next that ends it', () => {
    const slots = [slot(1080, 2n), slot(600, 2n), slot(1000, 1n)];
    expect(decide(session, 2n, slots, 700)).toMatchObject({ ok: false, freesAtMs: 1000 });
  });

  test('behind the last reset, what was used since the reset counts', () => {
    const limit: Limit = { id: 'lim_1', unit: 'requests', amount: 5n, window: session, sinceMs: 1000 };
    for (const window of [session, rolling, { kind: 'lifetime' } as const]) {
      const applied = { limit: { ...limit, window }, subjectType: 'key', subjectId: 'key_1' } as const;
      expect(stateOf(applied, [slot(1000, 2n), slot(900, 1n)], 950).used).toBe(2n);
    }
  });

  test('a rolling window counts what lies within its length ahead, and is not locked by what lies further', () => {
    expect(decide(rolling, 1n, [slot(DAY + HOUR, 1n)], DAY)).toMatchObject({
      ok: false,
      freesAtMs: DAY + 2 * HOUR + 30_000,
    });
    expect(decide(rolling, 1n, [slot(DAY + HOUR + MINUTE, 1n)], DAY)).toMatchObject({ ok: true });
  });

  test('room that frees in a rolling window is no room if use from ahead has come near by then', () => {
    const slots = [slot(DAY, 1n), slot(DAY + HOUR + MINUTE, 1n)];
    expect(decide(rolling, 1n, slots, DAY)).toMatchObject({ ok: false, freesAtMs: DAY + 2 * HOUR + MINUTE + 30_000 });
  });
});
