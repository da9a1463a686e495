/** What usage is summed by. */
export type By = (typeof BY)[number];
export const BY = ['project', 'key', 'model', 'status', 'address'] as const;
/** Days that can be had by one click, today included; of one it is the last 24 hours. */
export const SPANS = [1, 7, 30, 90] as const;
export const MEASURES = ['cost', 'requests', 'tokens'] as const;
export type Measure = (typeof MEASURES)[number];

/** What the page of usage shows; all of it stands in the address. Days and hours are in UTC, like the sums of the server. */
export interface UsageView {
  readonly days?: (typeof SPANS)[number] | undefined;
  /** The first day or hour of a span of one’s choice (`2026-03-01`, `2026-03-01T14`), and its last. Both or neither. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly by?: By | undefined;
  readonly measure?: Measure | undefined;
  readonly keyId?: string | undefined;
}

/** Reads an address, which anybody may have written: what makes no sense is left out. */
export function readUsageView({ days, from, to, by, measure, keyId }: Record<string, unknown>): UsageView {
  const span = SPANS.find((one) => one === days);
  const known = BY.find((one) => one === by);
  const measured = MEASURES.find((one) => one === measure);
  return {
    ...(endsOf(from, to) ?? (span && { days: span })),
    ...(known && { by: known }),
    ...(measured && { measure: measured }),
    ...(typeof keyId === 'string' && { keyId }),
  };
}

/** Two days or two hours, in order. */
function endsOf(from: unknown, to: unknown): Required<Pick<UsageView, 'from' | 'to'>> | undefined {
  const isSpan = (isDay(from) && isDay(to)) || (isHour(from) && isHour(to));
  return isSpan && from <= to ? { from, to } : undefined;
}

/** `2026-03-01`, and a day that there is. */
export function isDay(given: unknown): given is string {
  if (typeof given !== 'string' || !/^20\d\d-\d\d-\d\d$/.test(given)) return false;
  const ms = Date.parse(given);
  return !Number.isNaN(ms) && dayOf(ms) === given;
}

/** `2026-03-01T14`, and an hour that there is. */
function isHour(given: unknown): given is string {
  return typeof given === 'string' && /^.{10}T(?:[01]\d|2[0-3])$/.test(given) && isDay(given.slice(0, 10));
}

export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export function hourOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 13);
}
