import type { LimitWindow, Unit } from '../../src/core/limit.ts';

/** A call as the model keeps it. `charge` is what it was admitted for, and once settled what it was charged. */
export interface ModelCall {
  readonly id: number;
  readonly atMs: number;
  charge: bigint;
  isOpen: boolean;
}

/**
 * One limit, by its definition: every admitted call is kept, and what is used is added up anew for each question. Slow and
 * obviously right: no slots, no memory of earlier answers, a calendar that is read off the clock on the wall.
 */
export class LimitModel {
  readonly unit: Unit;
  readonly window: LimitWindow;
  amount: bigint;
  calls: ModelCall[] = [];

  constructor(unit: Unit, window: LimitWindow, amount: bigint) {
    this.unit = unit;
    this.window = window;
    this.amount = amount;
  }

  admit(id: number, atMs: number, charge: bigint): void {
    this.calls.push({ id, atMs, charge, isOpen: true });
  }

  /** A call from before a reset is not known any more, and does not matter. */
  settle(id: number, charge: bigint): void {
    const call = this.calls.find((one) => one.id === id);
    if (!call) return;
    call.charge = charge;
    call.isOpen = false;
  }

  /** What was used is forgotten. Calls under way are under way, whatever is forgotten. */
  reset(): void {
    if (this.unit !== 'concurrency') this.calls = [];
  }

  /** The calls that count at a moment. */
  countingAt(nowMs: number): ModelCall[] {
    if (this.unit === 'concurrency') return this.calls.filter(({ isOpen }) => isOpen);
    const { window } = this;
    switch (window.kind) {
      case 'lifetime':
        return this.calls;
      case 'calendar': {
        const now = wallPeriod(window.period, window.timeZone, nowMs);
        return this.calls.filter(({ atMs }) => wallPeriod(window.period, window.timeZone, atMs) === now);
      }
      case 'session':
        return this.sessionAt(window.windowMs, nowMs);
      case 'rolling':
        return this.calls.filter(({ atMs }) => atMs > nowMs - window.windowMs && atMs <= nowMs);
    }
  }

  usedAt(nowMs: number): bigint {
    return sum(this.countingAt(nowMs));
  }

  /**
   * For a rolling window: the most that any span of its length holds which has the moment in it. A span ends at the
   * moment, or at a call that was made later, before the clock was set back.
   */
  fullestSpanAt(windowMs: number, nowMs: number): bigint {
    const ends = [
      nowMs,
      ...this.calls.map(({ atMs }) => atMs).filter((atMs) => atMs > nowMs && atMs - windowMs < nowMs),
    ];
    return ends.map((endMs) => this.usedAt(endMs)).reduce((most, used) => (used > most ? used : most));
  }

  /** For a rolling window: all that was used less than the window and some lateness from a moment, before or after. */
  usedAround(windowMs: number, lateMs: number, nowMs: number): bigint {
    return sum(this.calls.filter(({ atMs }) => Math.abs(nowMs - atMs) <= windowMs + lateMs));
  }

  /** Replays all calls: each joins the session that began last before it, or opens one if that is over. */
  private sessionAt(windowMs: number, nowMs: number): ModelCall[] {
    const sessions = new Map<number, ModelCall[]>();
    const openAt = (atMs: number) => {
      const begun = [...sessions.keys()].filter((startMs) => startMs <= atMs);
      const last = Math.max(...begun);
      return begun.length > 0 && atMs - last < windowMs ? last : null;
    };
    for (const call of this.calls) {
      const startMs = openAt(call.atMs) ?? call.atMs;
      sessions.set(startMs, [...(sessions.get(startMs) ?? []), call]);
    }
    return sessions.get(openAt(nowMs) ?? Number.NaN) ?? [];
  }
}

function sum(calls: readonly ModelCall[]): bigint {
  return calls.reduce((total, { charge }) => total + charge, 0n);
}

/**
 * A name for the day, week or month that a moment lies in: its first date. The latest date that the zone's clock has
 * shown in the three hours up to the moment, minute by minute, is the date, since a clock that is turned back over
 * midnight does not bring yesterday's use back.
 */
export function wallPeriod(period: 'day' | 'week' | 'month', timeZone: string, ms: number): string {
  const date = latestDate(timeZone, Math.floor(ms / 60_000));
  if (period === 'day') return date;
  if (period === 'month') return date.slice(0, 7);
  let monday = new Date(`${date}T12:00:00Z`);
  while (monday.getUTCDay() !== 1) monday = new Date(monday.getTime() - 86_400_000);
  return monday.toISOString().slice(0, 10);
}

const latestDates = new Map<string, string>();

function latestDate(timeZone: string, minute: number): string {
  const name = `${minute} ${timeZone}`;
  let date = latestDates.get(name) ?? '';
  if (date !== '') return date;
  for (let back = 0; back < 180; back += 1) {
    const shown = wallDate(timeZone, minute - back);
    if (shown > date) date = shown;
  }
  latestDates.set(name, date);
  return date;
}

const clocks = new Map<string, Intl.DateTimeFormat>();
const shownDates = new Map<string, string>();

function wallDate(timeZone: string, minute: number): string {
  const name = `${minute} ${timeZone}`;
  let shown = shownDates.get(name);
  if (shown === undefined) {
    let clock = clocks.get(timeZone);
    if (!clock) {
      clock = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
      clocks.set(timeZone, clock);
    }
    shown = clock.format(minute * 60_000);
    shownDates.set(name, shown);
  }
  return shown;
}
