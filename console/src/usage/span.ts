import { dayOf, type UsageView } from './usageView.ts';

/** Whole days in UTC, by name, in order; the last may not be over yet. */
export interface Span {
  readonly days: readonly string[];
}

/** What the server is asked for: `to` is not included. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

const DAY_MS = 86_400_000;
/** The server answers no more at once. */
export const MOST_DAYS = 400;
const USUAL_DAYS = 30;

/** The days that a view shows; a span that is too long keeps its last days. */
export function spanOf({ days = USUAL_DAYS, from, to }: UsageView, nowMs: number): Span {
  const last = Date.parse(to ?? dayOf(nowMs));
  const wanted = from === undefined ? days : (last - Date.parse(from)) / DAY_MS + 1;
  const count = Math.min(wanted, MOST_DAYS);
  return { days: Array.from({ length: count }, (_, at) => dayOf(last - (count - 1 - at) * DAY_MS)) };
}

/** A span as the server is asked for it, up to now where its last day is not over. */
export function periodOf({ days }: Span, nowMs: number): Period {
  const [first = '', last = first] = [days[0], days.at(-1)];
  const endMs = Math.min(Date.parse(last) + DAY_MS, Math.max(nowMs, Date.parse(first) + 1));
  return { from: new Date(first).toISOString(), to: new Date(endMs).toISOString() };
}

/** The same stretch right before, as long to the millisecond: a day that is not over is compared with as much of one. */
export function periodBefore(span: Span, nowMs: number): Period {
  const { from, to } = periodOf(span, nowMs);
  const back = span.days.length * DAY_MS;
  return { from: earlier(from, back), to: earlier(to, back) };
}

/** The day of the span before that stands where this one does. */
export function dayBefore(day: string, span: Span): string {
  return dayOf(Date.parse(day) - span.days.length * DAY_MS);
}

function earlier(moment: string, ms: number): string {
  return new Date(Date.parse(moment) - ms).toISOString();
}
