import type { Kysely } from 'kysely';
import { Fault, notFound } from '../core/fault.ts';
import type { Key } from '../core/key.ts';
import { MOST_TEMPORARY } from '../core/temporary.ts';
import type { Engine } from './engine.ts';
import { dropCounters } from './recount.ts';
import type { Tables } from './schema.ts';

/*
 * Temporary keys in the store: rows of `keys` like others, made under the lock of their parent's row, so that none is
 * made from a parent, or with a value of it, that is deleted or replaced at the same moment, and of two that come at once
 * for the last place the second sees the first.
 */

/** In the transaction that makes the key. Nothing to do for one that is made from no other. */
export async function takePlaceUnder(
  { name, db }: Pick<Engine, 'name' | 'db'>,
  { parentKeyId, parentSecretId, createdAtMs, expiresAtMs }: Key,
): Promise<void> {
  if (parentKeyId === null) return;
  const select = db
    .selectFrom('keys')
    .select(['class', 'expires_at_ms'])
    .where('id', '=', parentKeyId)
    .where('deleted_at_ms', 'is', null);
  const parent = await (name === 'postgres' ? select.forUpdate() : select).executeTakeFirst();
  if (parent?.class !== 'standard') throw notFound('key', parentKeyId);
  const secret =
    parentSecretId === null
      ? undefined
      : await db.selectFrom('secrets').select('ends_at_ms').where('id', '=', parentSecretId).executeTakeFirst();
  const ends = [parent.expires_at_ms, secret?.ends_at_ms ?? null];
  // Somebody has shortened the life of one of them since it was looked at.
  if (ends.some((endMs) => endMs !== null && (expiresAtMs === null || expiresAtMs > endMs)))
    throw new Fault('conflict', 'The key that this one was to be made from has changed meanwhile. Send this again.');
  const { count } = await db
    .selectFrom('keys')
    .select((eb) => eb.fn.countAll<number | bigint>().as('count'))
    .where('parent_key_id', '=', parentKeyId)
    .where('expires_at_ms', '>', createdAtMs)
    .where('deleted_at_ms', 'is', null)
    .executeTakeFirstOrThrow();
  if (Number(count) >= MOST_TEMPORARY) throw new Fault('quota_exceeded', FULL, { extra: FULL_OF });
}

const FULL_OF = { of: 'key', keyCap: MOST_TEMPORARY };
const FULL = `This key has its ${MOST_TEMPORARY} temporary keys, the most it may have at a time. Delete some of them, or wait until some end.`;

/** In the transaction that deletes their parent. */
export async function buryChildren(db: Kysely<Tables>, parentKeyId: string, nowMs: number): Promise<void> {
  await db
    .updateTable('keys')
    .set({ deleted_at_ms: nowMs, updated_at_ms: nowMs })
    .where('parent_key_id', '=', parentKeyId)
    .where('deleted_at_ms', 'is', null)
    .execute();
}

/** As `KeyStore.buryEnded`. Rows that another node buries, or somebody changes, are passed over. */
export async function buryEnded(
  { name, edits }: Pick<Engine, 'name' | 'edits'>,
  beforeMs: number,
  nowMs: number,
  most: number,
): Promise<number> {
  return edits.transaction().execute(async (transaction) => {
    const select = transaction
      .selectFrom('keys')
      .select('id')
      .where('parent_key_id', 'is not', null)
      .where('deleted_at_ms', 'is', null)
      .where('expires_at_ms', '<', beforeMs)
      .orderBy('expires_at_ms')
      .limit(most);
    const rows = await (name === 'postgres' ? select.forUpdate().skipLocked() : select).execute();
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return 0;
    await transaction
      .updateTable('keys')
      .set({ deleted_at_ms: nowMs, updated_at_ms: nowMs })
      .where('id', 'in', ids)
      .execute();
    const limits = await transaction
      .selectFrom('limits')
      .select('id')
      .where('subject_type', '=', 'key')
      .where('subject_id', 'in', ids)
      .execute();
    const limitIds = limits.map(({ id }) => id);
    await dropCounters(name, transaction, limitIds);
    if (limitIds.length > 0) await transaction.deleteFrom('limits').where('id', 'in', limitIds).execute();
    return ids.length;
  });
}
