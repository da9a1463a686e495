import type { Clock } from '../core/ambient.ts';
import type { Caller } from '../core/caller.ts';
import { Fault, notFound } from '../core/fault.ts';
import { keyState, type Key } from '../core/key.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { PolicyStore } from '../core/policy.ts';
import { overlapEnd, type Secret, type SecretStore } from '../core/secret.ts';
import { createDelegation } from './delegation.ts';
import type { Keyring } from './keyring.ts';
import type { Keys } from './keys.ts';
import { makeValue, type ValueMaking } from './values.ts';

/** A key with its value. */
export interface Revealed {
  readonly key: Key;
  readonly value: string;
}

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
  /** The newest value in plaintext, where the account keeps it. `confirm`: the key's name, which keys have to know. */
  reveal(caller: Caller, keyId: string, confirm: string | undefined): Promise<Revealed>;
}

export function createRotation(
  options: ValueMaking & {
    keys: Pick<Keys, 'get'>;
    keyStore: Pick<KeyStore, 'get'>;
    secrets: SecretStore;
    keyring: Pick<Keyring, 'evict'>;
    policies: Pick<PolicyStore, 'ofAccount'>;
    clock: Clock;
  },
): Rotation {
  const { keys, keyStore, secrets, keyring, policies, clock } = options;
  const delegation = createDelegation({ keys: keyStore });

  async function changeable(caller: Caller, keyId: string): Promise<Key> {
    const key = await keys.get(caller, keyId);
    if (key.class === 'temporary') throw new Fault('conflict', TEMPORARY);
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
      const policy = await policies.ofAccount(key.accountId);
      const { value, secret } = makeValue(options, key, { nowMs, policy });
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

    async reveal(caller, keyId, confirm) {
      const key = await changeable(caller, keyId);
      if ((await policies.ofAccount(key.accountId))?.keyReveal !== 'recoverable')
        throw new Fault('not_found', SHOWN_ONCE);
      if (caller.kind !== 'person' && confirm !== key.name) throw new Fault('confirmation_required', NAME_IT);
      const value = await secrets.reveal(keyId);
      if (value === undefined) throw new Fault('not_found', KEPT_NOWHERE);
      return { key, value };
    },
  };
}

const TEMPORARY =
  'A temporary key has one value as long as it lives, shown once. Delete it and make another from the same key.';
const EXPIRED =
  'This key has expired, and a new value would open nothing either. Give it a later `expiresAt` first, or make another key.';
const SHOWN_ONCE =
  'Values of keys are shown once in this account, when they are made, and kept nowhere. Rotate the key to get a new one.';
const KEPT_NOWHERE =
  'The value of this key is kept nowhere: it was made before the account began to keep values. Rotate the key to get a new one.';
const NAME_IT = 'Say which key you mean: send its name as `confirm`.';
const NOTHING_BEFORE =
  'There is no earlier value to go back to: the key was not rotated, or the earlier value has ended. Rotate it to get another one.';

function newestStays({ id }: Key): string {
  return `This is the newest value of the key, which ends with it. Take the rotation back (POST /keys/${id}/rotate/undo), or disable the key.`;
}
