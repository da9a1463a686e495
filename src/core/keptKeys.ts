/**
 * Keys that outlive an exchange of the server secret, because what they were used for cannot be made again: values of keys and
 * recovery codes are known by their hash only, and the rows of the audit log are never rewritten. Each of 32 bytes.
 */
export interface KeptKeys {
  /** Under which values of keys are hashed. */
  readonly keyHash: Uint8Array;
  /** Under which the rows of the audit log are chained. */
  readonly chain: Uint8Array;
  /** Under which recovery codes are hashed. */
  readonly recovery: Uint8Array;
}

/** Where the store keeps them, encrypted under the server secret. */
export const KEPT_KEYS = 'kept_keys';
/** There while an exchange of the server secret is not finished: the proof of the new one. */
export const SECRET_EXCHANGE = 'secret_exchange';
/** The proof of the server secret that the store is kept under. */
export const SECRET_CHECK = 'secret_check';

export function keptText({ keyHash, chain, recovery }: KeptKeys): string {
  return JSON.stringify([keyHash, chain, recovery].map((key) => Buffer.from(key).toString('base64url')));
}

export function keptFrom(text: string): KeptKeys {
  const [keyHash, chain, recovery] = (JSON.parse(text) as string[]).map(
    (key) => new Uint8Array(Buffer.from(key, 'base64url')),
  );
  if (!keyHash || !chain || !recovery) throw new Error('the kept keys are not whole');
  return { keyHash, chain, recovery };
}
