import { dayOf, hourOf, type UsageView } from './usageView.ts';

/** Days or hours in UTC, by name (`2026-03-01`, `2026-03-01T14`), in order; the last may not be over yet. */
export interface Span {
  readonly unit: Unit;
  readonly steps: readonly string[];
  /** As it was chosen: two days are shown by the hour, and are two days all the same. */
  readonly length: { readonly unit: Unit; readonly count: number };
}
export type Unit = 'day' | 'hour';

/** What the server is asked for: `to` is not included. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MS: Readonly<Record<Unit, number>> = { day: DAY_MS, hour: HOUR_MS };
/** The server answers no more days at once; more hours would not be told apart. */
const MOST: Readonly<Record<Unit, number>> = { day: 400, hour: 48 };
/** As many days are shown by the hour. */
const DAYS_BY_HOUR = 2;
export const USUAL_DAYS = 30;

/** What a view shows; a span that is too long keeps its end. One day of late is the last 24 hours. */
export function spanOf({ days = USUAL_DAYS, from, to }: UsageView, nowMs: number): Span {
  if (from === undefined && days === 1) return spanTo(hourOf(nowMs), 24);
  const last = to ?? dayOf(nowMs);
  const stepMs = MS[unitOf(last)];
  const wanted = from === undefined ? days : (startOf(last) - startOf(from)) / stepMs + 1;
  const span = spanTo(last, wanted);
  return span.unit === 'day' && span.steps.length <= DAYS_BY_HOUR ? byHour(span, nowMs) : span;
}

/** A span as the server is asked for it, up to now where its last day is not over. */
export function periodOf({ unit, steps }: Span, nowMs: number): Period {
  const [first = '', last = first] = [steps[0], steps.at(-1)];
  const endMs = Math.min(startOf(last) + MS[unit], Math.max(nowMs, startOf(first) + 1));
  return { from: new Date(startOf(first)).toISOString(), to: new Date(endMs).toISOString() };
}

/** The same stretch right before, as long to the millisecond: a day that is not over is compared with as much of one. */
export function periodBefore(span: Span, nowMs: number): Period {
  const { from, to } = periodOf(span, nowMs);
  return { from: earlier(from, span), to: earlier(to, span) };
}

/** The day or hour of the span before that stands where this one does. */
export function stepBefore(step: string, span: Span): string {
  return nameOf(startOf(step) - lengthMs(span), span.unit);
}

/** When a day or an hour begins. */
export function startOf(step: string): number {
  return Date.parse(step.includes('T') ? `${step}:00Z` : step);
}

/** So many steps, at most those that can be shown, of which `last` is the last. */
function spanTo(last: string, wanted: number): Span {
  const unit = unitOf(last);
  const count = Math.min(wanted, MOST[unit]);
  const lastMs = startOf(last);
  const steps = Array.from({ length: count }, (_, at) => nameOf(lastMs - (count - 1 - at) * MS[unit], unit));
  return { unit, steps, length: { unit, count } };
}

/** The hours of some days, as far as they have begun. */
function byHour({ steps, length }: Span, nowMs: number): Span {
  const firstMs = startOf(steps[0] ?? '');
  const endMs = Math.min(firstMs + steps.length * DAY_MS, Math.max(nowMs, firstMs + 1));
  const hours = Array.from({ length: Math.ceil((endMs - firstMs) / HOUR_MS) }, (_, at) =>
    hourOf(firstMs + at * HOUR_MS),
  );
  return { unit: 'hour', steps: hours, length };
}

function lengthMs({ length }: Span): number {
  return length.count * MS[length.unit];
}

function earlier(moment: string, span: Span): string {
  return new Date(Date.parse(moment) - lengthMs(span)).toISOString();
}

function unitOf(step: string): Unit {
  return step.includes('T') ? 'hour' : 'day';
}

function nameOf(ms: number, unit: Unit): string {
  return unit === 'day' ? dayOf(ms) : hourOf(ms);
}
