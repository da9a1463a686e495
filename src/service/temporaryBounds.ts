import { Fault, type FieldError } from '../core/fault.ts';
import { keyState, type Key, type KeyChange } from '../core/key.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { SecretStore } from '../core/secret.ts';
import { beyondParent, latestEnd } from '../core/temporary.ts';

/* What may be done with a temporary key once it is there; temporaryKeys.ts makes them. */

interface Around {
  readonly keys: Pick<KeyStore, 'get'>;
  readonly secrets: Pick<SecretStore, 'list'>;
}

/** Throws Fault `conflict` where what has ended for good would be enabled again: it ends with the key it was made from. */
export async function refuseEnded({ keys }: Pick<Around, 'keys'>, key: Key, nowMs: number): Promise<void> {
  if (key.parentKeyId === null) return;
  const parent = await keys.get(key.parentKeyId);
  if (parent?.deletedAtMs === null && !hasEnded(parent, nowMs) && !hasEnded(key, nowMs)) return;
  throw new Fault('conflict', 'This temporary key, or the key it was made from, has ended. Make another.');
}

/** Whether its time is over, disabled or not. */
function hasEnded(key: Key, nowMs: number): boolean {
  return keyState({ ...key, status: 'active' }, nowMs) === 'expired';
}

/**
 * What is wrong with a change of a temporary key; empty of any other, and of none. It may be narrowed and widened, and end
 * sooner or later, within what it could have been made with.
 */
export async function temporaryErrors({ keys, secrets }: Around, key: Key, change: KeyChange): Promise<FieldError[]> {
  if (key.parentKeyId === null) return [];
  const errors: FieldError[] = [];
  for (const field of ['groupId', 'limitTemplateId', 'rotateEveryDays'] as const)
    if ((change[field] ?? null) !== null) errors.push({ pointer: `/${field}`, detail: NONE_OF_IT[field] });
  const parent = await keys.get(key.parentKeyId);
  if (!parent) return errors;
  if (change.scope) errors.push(...beyondParent(change.scope, parent));
  if (change.expiresAtMs !== undefined) {
    const made = (await secrets.list(parent.id)).find(({ id }) => id === key.parentSecretId);
    const most = Math.min(latestEnd(key, parent), made?.endsAtMs ?? Infinity);
    if (change.expiresAtMs === null || change.expiresAtMs > most) {
      const detail = `A temporary key ends at the latest 30 days after it was made, and no later than the key it was made from and the value it was made with: ${new Date(most).toISOString()}.`;
      errors.push({ pointer: '/expiresAt', detail });
    }
  }
  return errors;
}

const NONE_OF_IT = {
  groupId: 'A temporary key is in the group of the key it was made from, whichever that is. Leave it out.',
  limitTemplateId: 'A temporary key counts toward the template of the key it was made from, and has none of its own.',
  rotateEveryDays: 'A temporary key has one value as long as it lives. Leave it out.',
} as const;
