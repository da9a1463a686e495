/** A value that opens a key, without the value. A key has one, and two while it is being rotated. */
export interface Secret {
  readonly id: string;
  readonly keyId: string;
  readonly accountId: string;
  /** As a key's: what people tell values apart by. */
  readonly masked: string;
  readonly createdAtMs: number;
  /** From this very millisecond on it opens nothing, on every node; null: it lives as long as its key. */
  readonly endsAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedAddress: string | null;
}

/** A new value as it is stored. */
export interface NewSecret extends Pick<Secret, 'id' | 'keyId' | 'accountId' | 'masked' | 'createdAtMs'> {
  /** HMAC-SHA-256 of the value under the server secret, base64url. Unique for ever, deleted keys included. */
  readonly hash: string;
  /** The value itself, to be kept encrypted where it may be; left out: it is not. */
  readonly keep?: string;
}

/** What a look-up by value has to know of the value itself. */
export type SecretEnd = Pick<Secret, 'id' | 'endsAtMs'>;

/** How long the earlier value goes on working beside the new one. */
export const DEFAULT_OVERLAP_MS = 24 * 60 * 60_000;
export const LONGEST_OVERLAP_MS = 30 * 24 * 60 * 60_000;
/** A key has never more values at once. */
export const MOST_LIVING = 2;

/** Whether a value still opens its key, as far as it is up to the value. */
export function isLiving({ endsAtMs }: Pick<Secret, 'endsAtMs'>, nowMs: number): boolean {
  return endsAtMs === null || nowMs < endsAtMs;
}

/** When the earlier value ends: never later than its key. */
export function overlapEnd(nowMs: number, overlapMs: number, keyExpiresAtMs: number | null): number {
  return Math.min(nowMs + overlapMs, keyExpiresAtMs ?? Infinity);
}

/** The secrets of keys. */
export interface SecretStore {
  /** Newest first, those that ended included. */
  list(keyId: string): Promise<Secret[]>;
  /**
   * Adds a value and lets the one that lives end at `endsAtMs`. Undefined: there is no such key. Throws Fault `conflict`
   * where two live already, or the value was used before.
   */
  rotate(secret: NewSecret, endsAtMs: number): Promise<Secret[] | undefined>;
  /** Ends an earlier value now; the newest stays. Undefined: the key has no such value that could end. */
  end(keyId: string, secretId: string, nowMs: number): Promise<Secret[] | undefined>;
  /** Ends the newest value now and lets the one before live on. Undefined: none is left to go back to. */
  undo(keyId: string, nowMs: number): Promise<Secret[] | undefined>;
  /** The newest value of a key, where it is kept. Undefined: it is not, or not any more. */
  reveal(keyId: string): Promise<string | undefined>;
}
