import { periodOf } from './calendar.ts';
import type { Limit, Slot } from './limit.ts';

/**
 * How windows are kept: use is added up in slots, each named by the time it begins. A lifetime, a calendar period and a
 * session are one slot; a rolling window is many short ones, of which those that reach into the last `windowMs` count,
 * whole. So a rolling window never holds more than its amount in any span, and frees at most one part of it late.
 *
 * Which slot a call counts in follows from the time it was admitted at, so that counters can be rebuilt from the ledger.
 * That needs two things of whoever keeps limits: `sinceMs` of a new or reset limit is later than every call admitted
 * before, and no call is admitted at a time before the `sinceMs` of a limit it takes from (`allocate` sees to that).
 */
const ROLLING_PARTS = 120;

/** The latest moment a date can hold: the end of what has no end. */
const END_OF_TIME_MS = 8_640_000_000_000_000;

/** From the first to the last, both included: the slots that count at a moment. */
export interface SlotSpan {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** The slot in which a call admitted now counts. `slots` are those known of the limit, in any order. */
export function slotAt(limit: Limit, slots: readonly Slot[], nowMs: number): number {
  const { window, sinceMs } = limit;
  const atMs = Math.max(nowMs, sinceMs);
  const isSession = limit.unit !== 'concurrency' && window.kind === 'session';
  return (isSession ? sessionOf(window.windowMs, sinceMs, slots, atMs) : slotOfTime(limit, atMs, [])) ?? atMs;
}

/**
 * The slots that count now. Slots that begin later are there after the clock was set back: a rolling window counts
 * those that a span could share with a call made now.
 */
export function liveSpan(limit: Limit, slots: readonly Slot[], nowMs: number): SlotSpan {
  const { unit, window, sinceMs } = limit;
  if (unit !== 'concurrency' && window.kind === 'rolling') {
    const partMs = partOf(window.windowMs);
    return {
      firstMs: Math.max(startOfPart(partMs, nowMs - window.windowMs), sinceMs),
      lastMs: Math.max(nowMs, sinceMs) + window.windowMs,
    };
  }
  const slotMs = slotAt(limit, slots, nowMs);
  return { firstMs: slotMs, lastMs: slotMs };
}

/** The first moment at which the use of a live slot does not count any more; null: none, by itself. */
export function slotEndsAt(limit: Limit, slots: readonly Slot[], slotMs: number): number | null {
  const { unit, window } = limit;
  if (unit === 'concurrency' || window.kind === 'lifetime') return null;
  if (window.kind === 'session') return slotRange(limit, slotMs, slotAfter(slots, slotMs)).toMs;
  const endMs = rangeEnd(limit, slotMs);
  // The last call of a part may have been made at its very end: the part counts until that is a whole window ago.
  return window.kind === 'rolling' ? endMs + window.windowMs : endMs;
}

function slotAfter(slots: readonly Slot[], slotMs: number): number | null {
  let next: number | null = null;
  for (const slot of slots) if (slot.slotMs > slotMs && (next === null || slot.slotMs < next)) next = slot.slotMs;
  return next;
}

/**
 * The slot that an admitted call counts in, told from its time alone, and for sessions from when they began; null where
 * it counts in none: it was made before `sinceMs`, or in no session. A call belongs to the latest session that began at
 * or before it, also when the clock was set back in between.
 */
export function slotOfTime(limit: Limit, timeMs: number, sessionStarts: readonly number[]): number | null {
  const { unit, window, sinceMs } = limit;
  if (unit === 'concurrency') return 0;
  if (timeMs < sinceMs) return null;
  switch (window.kind) {
    case 'lifetime':
      return sinceMs;
    case 'calendar':
      return Math.max(periodOf(window.period, window.timeZone, timeMs).startMs, sinceMs);
    case 'rolling':
      return Math.max(startOfPart(partOf(window.windowMs), timeMs), sinceMs);
    case 'session':
      return sessionOf(window.windowMs, sinceMs, sessionStarts.map(asSlot), timeMs);
  }
}

/**
 * The times, from `fromMs` up to, not including, `toMs`, of the calls that count in a slot: the inverse of `slotOfTime`.
 * `nextSlotMs`: the slot known to follow, or null. It matters for sessions that overlap after the clock was set back,
 * and for the slots that a reset has ended.
 */
export function slotRange(
  limit: Limit,
  slotMs: number,
  nextSlotMs: number | null,
): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: slotMs, toMs: Math.min(rangeEnd(limit, slotMs), nextSlotMs ?? END_OF_TIME_MS) };
}

function rangeEnd({ unit, window }: Limit, slotMs: number): number {
  if (unit === 'concurrency') return END_OF_TIME_MS;
  switch (window.kind) {
    case 'lifetime':
      return END_OF_TIME_MS;
    case 'calendar':
      return periodOf(window.period, window.timeZone, slotMs).endMs;
    case 'rolling': {
      const partMs = partOf(window.windowMs);
      return startOfPart(partMs, slotMs) + partMs;
    }
    case 'session':
      return slotMs + window.windowMs;
  }
}

type Named = Pick<Slot, 'slotMs'>;

function asSlot(slotMs: number): Named {
  return { slotMs };
}

function sessionOf(windowMs: number, sinceMs: number, sessions: readonly Named[], timeMs: number): number | null {
  let latest: number | null = null;
  for (const { slotMs } of sessions) {
    if (slotMs >= sinceMs && slotMs <= timeMs && (latest === null || slotMs > latest)) latest = slotMs;
  }
  return latest !== null && timeMs < latest + windowMs ? latest : null;
}

function partOf(windowMs: number): number {
  return Math.ceil(windowMs / ROLLING_PARTS);
}

function startOfPart(partMs: number, timeMs: number): number {
  return Math.floor(timeMs / partMs) * partMs;
}
