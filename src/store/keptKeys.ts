import type { Kysely } from 'kysely';
import { KEPT_KEYS, keptFrom, type KeptKeys } from '../core/keptKeys.ts';
import type { Cipher } from './cipher.ts';
import type { Tables } from './schema.ts';

/** Whose keys they are: what they are bound to when they are encrypted. */
export const KEPT_CONTEXT = 'meta/kept_keys';

/** Undefined: there are none, or they were encrypted under another secret, which the check of the secret tells. */
export async function readKeptKeys(db: Kysely<Tables>, cipher: Cipher): Promise<KeptKeys | undefined> {
  const row = await db.selectFrom('meta').select('value').where('name', '=', KEPT_KEYS).executeTakeFirst();
  if (!row || !cipher.opens(row.value, KEPT_CONTEXT)) return undefined;
  return keptFrom(cipher.decrypt(row.value, KEPT_CONTEXT));
}
