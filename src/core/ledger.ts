import type { ResourceType } from './scope.ts';
import type { TokenUsage, UsageSource } from './usage.ts';
import type { Prices } from './price.ts';

/**
 * How an admitted request ended. `answered`: the upstream's whole answer was passed on, whatever its status.
 * `aborted`: the client left, or the call was broken off because the store could not be reached. `cut`: the key died while
 * the answer was under way. `upstream_failed`: no whole answer came. `allowed`: nothing was forwarded (a list, a verify
 * call, a proxy's question). `abandoned`: its node died or lost touch before it ended; its usage is what was reserved for
 * it, until it is settled after all.
 */
export type Outcome = 'answered' | 'aborted' | 'cut' | 'upstream_failed' | 'allowed' | 'abandoned';

/** One row per admitted request. Never changed after it is written, but for abandoned ones (see `LimitStore`). */
export interface LedgerRow {
  readonly id: string;
  readonly accountId: string;
  readonly projectId: string;
  readonly keyId: string;
  /** Of a call with a temporary key: the key it was made from, whose limits count the call too. */
  readonly parentKeyId?: string;
  /** Route template, not the address: `/v1/chat/completions`, `/services/*`, `verify`, `authz/nginx`. */
  readonly route: string;
  /** Null for calls about no resource (`GET /v1/models`, a verify call without one). */
  readonly resourceType: ResourceType | null;
  readonly resourceId: string | null;
  /** The name it was called by, kept for people when the resource is gone. */
  readonly resourceName: string | null;
  readonly providerId: string | null;
  readonly outcome: Outcome;
  /** Status the client got; 499 when it left first. */
  readonly status: number;
  readonly streamed: boolean;
  readonly usage: TokenUsage;
  readonly usageSource: UsageSource;
  /** Billionths of the currency, rounded up; null: no price was known. */
  readonly costNano: bigint | null;
  /** What limits count for it: the actual tokens and cost, beyond what was reserved only as far as limits had room; null: no price was known. */
  readonly chargedTokens: number;
  readonly chargedCostNano: bigint | null;
  /** The prices this row was charged at, whatever they become later. */
  readonly prices: Prices | null;
  readonly address: string | null;
  readonly startedAtMs: number;
  readonly firstByteMs: number | null;
  readonly durationMs: number;
}

/** Refusals counted, not listed one by one, so that a flood of bad keys cannot fill the disk. */
export interface DenialCount {
  /** Empty strings where no key was recognised. */
  readonly accountId: string;
  readonly projectId: string;
  readonly keyId: string;
  readonly code: string;
  readonly route: string;
  /** Empty: unknown, or one of too many to list apart. */
  readonly address: string;
  /** Start of the hour the count belongs to. */
  readonly hourMs: number;
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}
