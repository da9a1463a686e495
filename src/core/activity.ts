/** What is kept of how a key is used, to notice when it is used otherwise. Advice: a crash may lose the last minute of it. */

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What one key used in one hour. */
export interface HourOfUse {
  readonly accountId: string;
  readonly keyId: string;
  /** Start of the hour. */
  readonly hourMs: number;
  readonly requests: number;
  readonly tokens: number;
}

/** Where a key was used from: an IPv4 address, or the /64 of an IPv6 one. */
export interface SeenAddress {
  readonly accountId: string;
  readonly keyId: string;
  readonly address: string;
  readonly firstAtMs: number;
}

/** An address that a key had not been used from, and what was known of the key before. */
export interface NewAddress extends SeenAddress {
  readonly others: number;
  /** Of the others; null: there is none. */
  readonly knownSinceMs: number | null;
}

/** An hour of a key beside the busiest of those before it. */
export interface BusyHour extends Omit<HourOfUse, 'accountId'> {
  /** Hours before it in which the key was used at all. */
  readonly hours: number;
  readonly mostRequests: number;
  readonly mostTokens: number;
}

/** Refusals of a key in one hour, those for want of room left out. */
export interface RefusedHour {
  readonly keyId: string;
  readonly refused: number;
  readonly requests: number;
}

/** A key has a history when it was used in so many hours of the last so many days. */
export const HISTORY_DAYS = 14;
const HISTORY_HOURS = 24;
/** An hour is a spike when it has so many times what the busiest hour of the history had, and at least so much. */
const SPIKE_TIMES = 3;
export const LEAST_SPIKE = { requests: 100, tokens: 100_000 } as const;
/** Refusals are a burst when there are so many in an hour, and more than requests that were let through. */
export const LEAST_BURST = 50;
/** A key that has been known for so long, and from so few addresses, is expected to stay where it is. */
const KNOWN_FOR_MS = DAY_MS;
const MOST_KNOWN = 20;
/** Addresses kept of one key. A key that is used from more of them is used from everywhere. */
export const MOST_ADDRESSES = 200;

export function isUnusualAddress({ others, knownSinceMs, firstAtMs }: NewAddress): boolean {
  return others <= MOST_KNOWN && knownSinceMs !== null && firstAtMs - knownSinceMs >= KNOWN_FOR_MS;
}

/** What of an hour is a spike; null: nothing is. */
export function spikeOf(hour: BusyHour): { readonly unit: 'requests' | 'tokens'; readonly times: number } | null {
  if (hour.hours < HISTORY_HOURS) return null;
  const of = (unit: 'requests' | 'tokens', now: number, most: number) =>
    now >= LEAST_SPIKE[unit] && now > SPIKE_TIMES * most ? { unit, times: Math.floor(now / Math.max(1, most)) } : null;
  return of('requests', hour.requests, hour.mostRequests) ?? of('tokens', hour.tokens, hour.mostTokens);
}

export function isBurst({ refused, requests }: RefusedHour): boolean {
  return refused >= LEAST_BURST && refused > requests;
}

/** What a limit refuses is no sign of anything: that is what it is for. */
export const REFUSED_FOR_ROOM: readonly string[] = [
  'rate_limit_exceeded',
  'insufficient_quota',
  'concurrency_exceeded',
];

export interface ActivityStore {
  /** Adds to what the hours have, and answers the addresses that were not known, of keys with room for more. */
  note(hours: readonly HourOfUse[], addresses: readonly SeenAddress[]): Promise<NewAddress[]>;
  /** Keys with at least `LEAST_SPIKE` of something in this hour. */
  busy(hourMs: number): Promise<BusyHour[]>;
  /** Keys with at least `LEAST_BURST` refusals in this hour. */
  refused(hourMs: number): Promise<RefusedHour[]>;
  /** Newest first, as far as they are kept. */
  ofKey(keyId: string): Promise<{ hours: HourOfUse[]; addresses: SeenAddress[] }>;
  /** Deletes at most `most` hours before a time. */
  prune(beforeMs: number, most: number): Promise<void>;
}
