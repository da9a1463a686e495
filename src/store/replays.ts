import type { Kysely } from 'kysely';
import type { Replay } from '../core/replay.ts';
import type { Engine } from './engine.ts';
import type { Tables } from './schema.ts';

/** Claims a creation for a key, in its transaction. Undefined: claimed. Otherwise the claim that was there. */
export async function claim(
  db: Kysely<Tables>,
  { owner, token, fingerprint, createdAtMs, forgetBeforeMs }: Replay,
  keyId: string,
): Promise<{ key_id: string; fingerprint: string } | undefined> {
  await db
    .deleteFrom('replays')
    .where('owner', '=', owner)
    .where('token', '=', token)
    .where('created_at_ms', '<', forgetBeforeMs)
    .execute();
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('replays')
    .values({ owner, token, fingerprint, key_id: keyId, created_at_ms: createdAtMs })
    .onConflict((conflict) => conflict.columns(['owner', 'token']).doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 1n) return undefined;
  return db
    .selectFrom('replays')
    .select(['key_id', 'fingerprint'])
    .where('owner', '=', owner)
    .where('token', '=', token)
    .executeTakeFirstOrThrow();
}

/** The claim that a creation made, if it is not forgotten. */
export async function findClaim(
  db: Kysely<Tables>,
  { owner, token, forgetBeforeMs }: Replay,
): Promise<{ keyId: string; fingerprint: string } | undefined> {
  return db
    .selectFrom('replays')
    .select(['key_id as keyId', 'fingerprint'])
    .where('owner', '=', owner)
    .where('token', '=', token)
    .where('created_at_ms', '>=', forgetBeforeMs)
    .executeTakeFirst();
}

/** Deletes old replays. Outside the creation's transaction, a few at a time, and past rows another node is deleting: it can make nobody wait. */
export async function forgetReplays({ name, db }: Engine, beforeMs: number): Promise<void> {
  const old = db.selectFrom('replays').select(['owner', 'token']).where('created_at_ms', '<', beforeMs).limit(100);
  const free = name === 'postgres' ? old.forUpdate().skipLocked() : old;
  await db
    .deleteFrom('replays')
    .where((eb) => eb(eb.refTuple('owner', 'token'), 'in', free.$asTuple('owner', 'token')))
    .execute();
}
