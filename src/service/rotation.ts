import type { Caller } from '../core/caller.ts';
import { Fault, notFound } from '../core/fault.ts';
import { keyState, type Key } from '../core/key.ts';
import type { Clock, KeyStore } from '../core/ports.ts';
import { overlapEnd, type Secret, type SecretStore } from '../core/secret.ts';
import { createDelegation } from './delegation.ts';
import type { Keyring } from './keyring.ts';
import type { Keys } from './keys.ts';
import { makeValue, type ValueMaking } from './values.ts';

export interface Rotated {
  readonly key: Key;
  readonly secrets: readonly Secret[];
  /** The plaintext of the new value, here and nowhere else. */
  readonly value: string;
}

/**
 * Replaces the value of a key and nothing else of it: limits, scope, history and expiry are the key's, so two values at
 * once use what one would. Throws `not_found` for every key the caller may not know.
 */
export interface Rotation {
  list(caller: Caller, keyId: string): Promise<readonly Secret[]>;
  /** The earlier value goes on working for so long, and never past the key's expiry. */
  rotate(caller: Caller, keyId: string, overlapMs: number): Promise<Rotated>;
  /** Ends the earlier value now. */
  end(caller: Caller, keyId: string, secretId: string): Promise<readonly Secret[]>;
  /** Ends the newer value now, and the earlier one lives on. */
  undo(caller: Caller, keyId: string): Promise<readonly Secret[]>;
}

export function createRotation(
  options: ValueMaking & {
    keys: Pick<Keys, 'get'>;
    keyStore: Pick<KeyStore, 'get'>;
    secrets: SecretStore;
    keyring: Pick<Keyring, 'evict'>;
    clock: Clock;
  },
): Rotation {
  const { keys, keyStore, secrets, keyring, clock } = options;
  const delegation = createDelegation({ keys: keyStore });

  async function changeable(caller: Caller, keyId: string): Promise<Key> {
    const key = await keys.get(caller, keyId);
    await delegation.replacing(caller, key);
    return key;
  }

  return {
    async list(caller, keyId) {
      await keys.get(caller, keyId);
      return secrets.list(keyId);
    },

    async rotate(caller, keyId, overlapMs) {
      const key = await changeable(caller, keyId);
      const nowMs = clock();
      if (keyState({ ...key, status: 'active' }, nowMs) === 'expired') throw new Fault('conflict', EXPIRED);
      const { value, secret } = makeValue(options, key, nowMs);
      const after = await secrets.rotate(secret, overlapEnd(nowMs, overlapMs, key.expiresAtMs));
      // Stored first, then evicted: a look-up in between must not bring the old state back.
      keyring.evict(keyId);
      if (!after) throw notFound('key', keyId);
      return { key: await keys.get(caller, keyId), secrets: after, value };
    },

    async end(caller, keyId, secretId) {
      const key = await changeable(caller, keyId);
      const after = await secrets.end(keyId, secretId, clock());
      keyring.evict(keyId);
      if (after) return after;
      if (!(await secrets.list(keyId)).some(({ id }) => id === secretId)) throw notFound('value', secretId);
      throw new Fault('conflict', newestStays(key));
    },

    async undo(caller, keyId) {
      await changeable(caller, keyId);
      const after = await secrets.undo(keyId, clock());
      keyring.evict(keyId);
      if (!after) throw new Fault('conflict', NOTHING_BEFORE);
      return after;
    },
  };
}

const EXPIRED =
  'This key has expired, and a new value would open nothing either. Give it a later `expiresAt` first, or make another key.';
const NOTHING_BEFORE =
  'There is no earlier value to go back to: the key was not rotated, or the earlier value has ended. Rotate it to get another one.';

function newestStays({ id }: Key): string {
  return `This is the newest value of the key, which ends with it. Take the rotation back (POST /keys/${id}/rotate/undo), or disable the key.`;
}
