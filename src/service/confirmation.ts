import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/ambient.ts';
import type { Key } from '../core/key.ts';

/**
 * Second confirmations of a deletion: a token that says which keys, in which state, were looked at. It is good for just
 * those keys, for five minutes, and no longer once one of them has been changed. Nothing is stored for it.
 */
export interface Confirmations {
  issue(...keys: Key[]): { token: string; expiresAtMs: number };
  isGood(token: string, ...keys: Key[]): boolean;
}

const LIFETIME_MS = 5 * 60_000;

export function createConfirmations(options: { tokenKey: Uint8Array; clock: Clock }): Confirmations {
  const macKey = Buffer.from(hkdfSync('sha256', options.tokenKey, '', 'keyward/confirm-deletion', 32));

  function mac(keys: readonly Key[], expiresAtMs: number): Buffer {
    const states = keys.map(({ id, updatedAtMs }) => `${id}\n${updatedAtMs}\n`).toSorted();
    return createHmac('sha256', macKey)
      .update(states.join('') + String(expiresAtMs))
      .digest();
  }

  return {
    issue(...keys) {
      const expiresAtMs = options.clock() + LIFETIME_MS;
      return { token: `${expiresAtMs}.${mac(keys, expiresAtMs).toString('base64url')}`, expiresAtMs };
    },
    isGood(token, ...keys) {
      const parts = /^(\d{1,15})\.([\w-]{43})$/.exec(token);
      if (!parts) return false;
      const expiresAtMs = Number(parts[1]);
      const given = Buffer.from(parts[2] ?? '', 'base64url');
      const right = mac(keys, expiresAtMs);
      return given.length === right.length && timingSafeEqual(given, right) && options.clock() < expiresAtMs;
    },
  };
}
