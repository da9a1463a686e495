import type { Key } from './key.ts';
import type { LimitState, LimitWindow, SubjectType, Unit } from './limit.ts';
import type { PauseCause } from './pauseCause.ts';
import { slotAt } from './window.ts';

/** What a notice is of, and the type of the event that webhooks get for it. */
export const NOTICE_KINDS = [
  'limit.reached',
  'key.expiry',
  'key.rotation',
  'key.leaked',
  'key.newAddress',
  'key.spike',
  'key.refusals',
  'webhook.paused',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** What is unusual about the use of a key. */
export type Unusual =
  | { readonly address: string; readonly others: number }
  | { readonly unit: 'requests' | 'tokens'; readonly times: number; readonly amount: number }
  | { readonly refused: number };

/** What a notice says beside its other fields: of a leaked key, of a key that is used otherwise, of a webhook. */
export type NoticeDetails = Unusual | { readonly disabled: boolean } | { readonly cause: PauseCause };

/** Something its owner should know before it stops work. Holds nothing secret: of a key its id, name and masked value. */
export interface Notice {
  readonly id: string;
  readonly accountId: string;
  readonly projectId: string | null;
  readonly kind: NoticeKind;
  readonly subjectType: SubjectType | 'webhook';
  readonly subjectId: string;
  /** As it was called then; the address of a webhook. */
  readonly subjectName: string;
  readonly masked: string | null;
  readonly limitId: string | null;
  readonly unit: Unit | null;
  readonly window: LimitWindow | null;
  /** Percent of the amount, days before the expiry, or the days a value should last. */
  readonly threshold: number | null;
  readonly used: bigint | null;
  readonly amount: bigint | null;
  readonly expiresAtMs: number | null;
  /** Null: the kind has none, or it was noted before they were kept. */
  readonly details: NoticeDetails | null;
  readonly createdAtMs: number;
  /** One plain line. */
  readonly text: string;
}

/** What there is one notice of, at most. `endsAtMs`: when it cannot happen again, so that it need not be remembered; null: never. */
export interface Occasion {
  readonly mark: string;
  readonly endsAtMs: number | null;
}

/** Percent of a limit's amount. */
export const PERCENTS = [50, 80, 100] as const;
export type Percent = (typeof PERCENTS)[number];

/** How far the use of a limit had come when it was last looked at, and of which period and amount that was said. */
export interface Reached {
  readonly percent: Percent | 0;
  readonly amount: bigint;
  readonly sinceMs: number;
  readonly endsAtMs: number | null;
}

/**
 * How far a limit's use has come. Only settled use counts: what is reserved for calls under way mostly comes back.
 * Nothing for windows that free by themselves within hours, nor for an amount of nothing, which is meant to be empty.
 */
export function reachedBy({ applied: { limit }, used, freesAtMs }: LimitState): Reached {
  const { unit, amount, window, sinceMs } = limit;
  const isWatched = unit !== 'concurrency' && (window.kind === 'lifetime' || window.kind === 'calendar') && amount > 0n;
  // Written out, because it runs for every limit of every call, and mostly ends at the first comparison.
  const percent = !isWatched || used * 2n < amount ? 0 : used >= amount ? 100 : used * 5n >= amount * 4n ? 80 : 50;
  return { percent, amount, sinceMs, endsAtMs: freesAtMs };
}

/** The thresholds passed between two looks at a limit. A new period, another amount and a reset begin from nothing. */
export function passed(before: Reached | undefined, now: Reached): Percent[] {
  const isSame = before?.amount === now.amount && before.sinceMs === now.sinceMs && before.endsAtMs === now.endsAtMs;
  const from = isSame ? before.percent : 0;
  return PERCENTS.filter((one) => one > from && one <= now.percent);
}

/**
 * The occasion of a threshold: the same on every node, told from the state alone and not from this node's clock. A period
 * is the one that ends when its use leaves.
 */
export function limitOccasion({ applied: { limit, subjectId }, freesAtMs }: LimitState, percent: Percent): Occasion {
  const periodMs = freesAtMs === null ? limit.sinceMs : slotAt(limit, [], freesAtMs - 1);
  return { mark: `limit ${limit.id} ${subjectId} ${periodMs} ${limit.amount} ${percent}`, endsAtMs: freesAtMs };
}

/** Days before the end of a key. */
const EXPIRY_DAYS = [14, 3, 0] as const;
export type ExpiryDays = (typeof EXPIRY_DAYS)[number];

const DAY_MS = 86_400_000;
/** A key that ended longer ago than this is old news: nobody was running then. */
const LATEST_MS = 7 * DAY_MS;

/** The expiries, after one moment up to another, that are due for a notice of so many days, of keys that were made to live longer than `livesMs`. */
export interface ExpirySpan {
  readonly days: ExpiryDays;
  readonly afterMs: number;
  readonly untilMs: number;
  readonly livesMs: number;
}

/**
 * Which expiries are due now: each key is due for the nearest number of days only, so that after a stop nobody hears of
 * 14 days when 3 are left. A key that was made with fewer days to live than that (less than one for the last) is not.
 */
export function dueExpiries(nowMs: number): ExpirySpan[] {
  return EXPIRY_DAYS.map((days, index) => {
    const nearer = EXPIRY_DAYS[index + 1];
    return {
      days,
      afterMs: nearer === undefined ? nowMs - LATEST_MS : nowMs + nearer * DAY_MS,
      untilMs: nowMs + days * DAY_MS,
      livesMs: Math.max(days, 1) * DAY_MS,
    };
  });
}

/** A value that is older than its key's values should get. */
export interface DueRotation {
  readonly key: Key;
  readonly secretId: string;
  readonly days: number;
}

/** Once for each value; another number of days makes it possible again. As the store's query spells it. */
export function rotationOccasion({ secretId, days }: DueRotation): Occasion {
  return { mark: `rotation ${secretId} ${days}`, endsAtMs: null };
}

/** Another expiry date makes it possible again. */
export function expiryOccasion(key: Pick<Key, 'id'>, expiresAtMs: number, days: ExpiryDays): Occasion {
  return { mark: `expiry ${key.id} ${expiresAtMs} ${days}`, endsAtMs: expiresAtMs + LATEST_MS };
}
