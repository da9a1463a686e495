import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Key } from '../core/key.ts';
import type { Clock } from '../core/ports.ts';

/**
 * Second confirmations of a deletion: a token that says which key, in which state, was looked at. It is good for that
 * key only, for five minutes, and no longer once the key has been changed. Nothing is stored for it.
 */
export interface Confirmations {
  issue(key: Key): { token: string; expiresAtMs: number };
  isGood(token: string, key: Key): boolean;
}

const LIFETIME_MS = 5 * 60_000;

export function createConfirmations(options: { tokenKey: Uint8Array; clock: Clock }): Confirmations {
  const macKey = Buffer.from(hkdfSync('sha256', options.tokenKey, '', 'keyward/confirm-deletion', 32));

  function mac(key: Key, expiresAtMs: number): Buffer {
    return createHmac('sha256', macKey).update(`${key.id}\n${key.updatedAtMs}\n${expiresAtMs}`).digest();
  }

  return {
    issue(key) {
      const expiresAtMs = options.clock() + LIFETIME_MS;
      return { token: `${expiresAtMs}.${mac(key, expiresAtMs).toString('base64url')}`, expiresAtMs };
    },
    isGood(token, key) {
      const parts = /^(\d{1,15})\.([\w-]{43})$/.exec(token);
      if (!parts) return false;
      const expiresAtMs = Number(parts[1]);
      const given = Buffer.from(parts[2] ?? '', 'base64url');
      const right = mac(key, expiresAtMs);
      return given.length === right.length && timingSafeEqual(given, right) && options.clock() < expiresAtMs;
    },
  };
}
