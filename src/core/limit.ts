/** What is counted. `tokens`: input and output together; `cost`: billionths of the currency; `concurrency`: calls under way. */
export type Unit = 'requests' | 'tokens' | 'cost' | 'concurrency';

/**
 * Over what it is counted. `session` opens with the first use after the last one ended; `rolling` never lets any span of
 * that length hold more; `calendar` starts anew with each day, week (Monday) or month of a time zone; `lifetime` never
 * does by itself. A call counts in the window in which it was admitted, however long it runs. Concurrency has no window.
 */
export type LimitWindow =
  | { readonly kind: 'session' | 'rolling'; readonly windowMs: number }
  | { readonly kind: 'calendar'; readonly period: 'day' | 'week' | 'month'; readonly timeZone: string }
  | { readonly kind: 'lifetime' };

/** What a limit is set on. A template's limits count for each key that refers to it. */
export type SubjectType = 'key' | 'project' | 'account';

/** At most `amount` of a unit per window, for one subject. */
export interface Limit {
  readonly id: string;
  readonly unit: Unit;
  readonly amount: bigint;
  readonly window: LimitWindow;
  /**
   * Use before this does not count: the last reset, or 0. A session limit counts from its creation. Where it is the time
   * of a reset or a creation, it is later than every call admitted until then (one in the same millisecond, or before
   * the clock was set back, included): so each ledger row tells by its time alone whether it counts.
   */
  readonly sinceMs: number;
}

/** Most limits of one key, project, account or template: each one is looked at on every call. */
export const MOST_LIMITS = 20;

/** Most limit templates of one account: a bound, far above what people can tell apart. */
export const MOST_TEMPLATES = 500;

/** A limit as it applies to a call: on whom, so that a template's limit has a counter for each key. */
export interface AppliedLimit {
  readonly limit: Limit;
  readonly subjectType: SubjectType;
  readonly subjectId: string;
}

/** A stretch of a window's time and what was used and is held in it. One is live at a time, several in a rolling window. */
export interface Slot {
  readonly slotMs: number;
  readonly settled: bigint;
  readonly reserved: bigint;
}

/** What a call takes of one limit. */
export interface Take {
  readonly subjectId: string;
  readonly limitId: string;
  readonly slotMs: number;
  readonly amount: bigint;
}

/** Where a limit stands. `freesAtMs`: when the oldest use that counts will leave by itself; null: nothing ever will. */
export interface LimitState {
  readonly applied: AppliedLimit;
  readonly used: bigint;
  readonly reserved: bigint;
  /** Never negative, also when the amount was lowered below what is used. */
  readonly remaining: bigint;
  readonly freesAtMs: number | null;
}
