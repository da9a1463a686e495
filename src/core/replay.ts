/** A creation that may be sent twice. `owner` keeps callers apart; the plaintext is never part of it. */
export interface Replay {
  readonly owner: string;
  readonly token: string;
  readonly fingerprint: string;
  readonly createdAtMs: number;
  /** Replays recorded before this are forgotten. */
  readonly forgetBeforeMs: number;
}
