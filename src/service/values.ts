import type { NewId, Random } from '../core/ambient.ts';
import type { Key } from '../core/key.ts';
import { generateKeyValue, maskKeyValue } from '../core/keyValue.ts';
import type { AccountPolicy } from '../core/policy.ts';
import type { NewSecret } from '../core/secret.ts';

/** What values of keys are made with. */
export interface ValueMaking {
  readonly random: Random;
  readonly newId: NewId;
  readonly hashValue: (value: string) => string;
  readonly keyPrefix: string;
}

/** A value in plaintext, on its one way to whoever asked for it, and what is stored of it. */
interface MadeValue {
  readonly value: string;
  readonly secret: NewSecret;
}

/** A new value for a key; `given`: the one its maker chose. It is kept where the account lets values be read again. */
export function makeValue(
  { random, newId, hashValue, keyPrefix }: ValueMaking,
  key: Pick<Key, 'id' | 'accountId'>,
  { nowMs, given, policy }: { nowMs: number; given?: string | undefined; policy?: AccountPolicy | undefined },
): MadeValue {
  const value = given ?? generateKeyValue(keyPrefix, random);
  const secret = {
    id: newId('sec'),
    keyId: key.id,
    accountId: key.accountId,
    hash: hashValue(value),
    masked: maskKeyValue(value),
    createdAtMs: nowMs,
    ...(policy?.keyReveal === 'recoverable' && { keep: value }),
  };
  return { value, secret };
}
