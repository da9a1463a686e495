/** A stretch of a calendar: from `startMs` up to, not including, `endMs`. */
export interface Period {
  readonly startMs: number;
  readonly endMs: number;
}

export type PeriodName = 'day' | 'week' | 'month';

/** Whether a name is a time zone that dates can be reckoned in (IANA, such as `Europe/Berlin`). */
export function isTimeZone(name: string): boolean {
  try {
    dateAt(name, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * The day, week (from Monday, ISO 8601) or month of a time zone that holds a moment. A period begins when its first date,
 * or a later one, is first seen on the zone's clock: where the clock skips the midnight (or the whole date, as Samoa did),
 * with the first moment after it; where midnight comes twice, with the first, though the clock may then show the day
 * before for an hour. RangeError for a zone that is none.
 */
export function periodOf(period: PeriodName, timeZone: string, nowMs: number): Period {
  const known = latest.get(`${period} ${timeZone}`);
  if (known && known.startMs <= nowMs && nowMs < known.endMs) return known;
  const found = findPeriod(period, timeZone, nowMs);
  if (latest.size >= MOST_REMEMBERED) latest.clear();
  latest.set(`${period} ${timeZone}`, found);
  return found;
}

/** The period last asked for by name and zone: nearly always the one asked for next. A result, never a state. */
const latest = new Map<string, Period>();
const MOST_REMEMBERED = 2000;

function findPeriod(period: PeriodName, timeZone: string, nowMs: number): Period {
  const first = firstDate(period, dateAt(timeZone, nowMs));
  const next = nextDate(period, first);
  const endMs = startOfDate(timeZone, next);
  if (nowMs < endMs) return { startMs: startOfDate(timeZone, first), endMs };
  // The clock was turned back over midnight: the next period has begun, whatever the clock shows.
  return { startMs: endMs, endMs: startOfDate(timeZone, nextDate(period, next)) };
}

function dateAt(timeZone: string, ms: number): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).toPlainDate();
}

function firstDate(period: PeriodName, date: Temporal.PlainDate): Temporal.PlainDate {
  if (period === 'day') return date;
  return period === 'week' ? date.subtract({ days: date.dayOfWeek - 1 }) : date.with({ day: 1 });
}

function nextDate(period: PeriodName, first: Temporal.PlainDate): Temporal.PlainDate {
  return first.add(period === 'day' ? { days: 1 } : period === 'week' ? { weeks: 1 } : { months: 1 });
}

function startOfDate(timeZone: string, date: Temporal.PlainDate): number {
  return date.toZonedDateTime(timeZone).epochMilliseconds;
}
