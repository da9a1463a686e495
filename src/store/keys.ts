import type { Insertable, Kysely } from 'kysely';
import { Fault } from '../core/fault.ts';
import type { Key } from '../core/key.ts';
import type { KeyStore, KeyUse } from '../core/keyStore.ts';
import type { StoredLimit } from '../core/limitStore.ts';
import type { Replay } from '../core/replay.ts';
import type { NewSecret } from '../core/secret.ts';
import type { Cipher } from './cipher.ts';
import type { Batch, Engine } from './engine.ts';
import { isBoundElsewhere, isTaken } from './faults.ts';
import { revokeOpen } from './invitations.ts';
import { filtered } from './keyFilter.ts';
import { createLookup } from './keyLookup.ts';
import { KEY, searchColumns } from './keyRow.ts';
import { refused } from './limitConflict.ts';
import { limitToRow } from './limitRow.ts';
import { moveToTemplate } from './limitTemplates.ts';
import { locked } from './locks.ts';
import { newestFirst } from './page.ts';
import { takePlace } from './policies.ts';
import { claim, findClaim, forgetReplays } from './replays.ts';
import type { KeysTable, Tables } from './schema.ts';
import { insertSecret, touchSecrets } from './secrets.ts';
import { buryChildren, buryEnded, takePlaceUnder } from './temporaryKeys.ts';

/** Keys and what they are found by. */
export function createKeys(engine: Engine, cipher: Cipher): KeyStore {
  const { db } = engine;
  return {
    findByHashes: createLookup(engine),

    async create(key, secret, replay, limits = [], { capped } = { capped: false }) {
      if (replay) await forgetReplays(engine, replay.forgetBeforeMs);
      try {
        const write = (transaction: Kysely<Tables>, isCapped: boolean) =>
          insert({ ...engine, db: transaction }, cipher, key, secret, { replay, limits, isCapped });
        return await (capped && key.class === 'standard'
          ? locked(engine, [{ type: 'account', id: key.accountId }], 0, (transaction) => write(transaction, true))
          : db.transaction().execute((transaction) => write(transaction, false)));
      } catch (error) {
        if (isTaken(error))
          throw new Fault(
            'conflict',
            'This key value has been used before. Choose another value, or let one be generated.',
            { cause: error },
          );
        if (isBoundElsewhere(error))
          throw new Fault(
            'conflict',
            'The project, account, limit template or group this key refers to does not exist.',
            {
              cause: error,
            },
          );
        throw error;
      }
    },

    findReplay: (replay) => findClaim(db, replay),

    async get(id) {
      const row = await db.selectFrom('keys').selectAll().where('id', '=', id).executeTakeFirst();
      return row && KEY.fromRow({ ...row });
    },

    async list(query) {
      // A search may have to look at every key there is, and no request may wait for that.
      return newestFirst(query, filtered(engine.reports, query).selectAll(), (row) => KEY.fromRow({ ...row }));
    },

    async update(id, change, nowMs) {
      const row = { ...KEY.toRow(change), ...searchColumns(change), updated_at_ms: nowMs };
      const write = async (transaction: Kysely<Tables>) => {
        if (change.status === 'disabled') await revokeOpen(transaction, { createdBy: id });
        return transaction
          .updateTable('keys')
          .set(row)
          .where('id', '=', id)
          .where('deleted_at_ms', 'is', null)
          .returningAll()
          .executeTakeFirst();
      };
      const { limitTemplateId } = change;
      try {
        const changed =
          limitTemplateId === undefined
            ? await db.transaction().execute(write)
            : await moveToTemplate(engine, id, limitTemplateId, nowMs, write);
        return changed && KEY.fromRow({ ...changed });
      } catch (error) {
        if (isBoundElsewhere(error))
          throw new Fault('conflict', 'There is no such limit template or group.', { cause: error });
        throw error;
      }
    },

    async remove(id, nowMs) {
      const tombstone = { deleted_at_ms: nowMs, updated_at_ms: nowMs };
      const removed = await db.transaction().execute(async (transaction) => {
        await revokeOpen(transaction, { createdBy: id });
        await transaction.updateTable('secrets').set({ ciphertext: null }).where('key_id', '=', id).execute();
        const key = await transaction
          .updateTable('keys')
          .set(tombstone)
          .where('id', '=', id)
          .where('deleted_at_ms', 'is', null)
          .returningAll()
          .executeTakeFirst();
        // After its own row, which whoever makes one of them waits for: none is missed.
        if (key) await buryChildren(transaction, id, nowMs);
        return key;
      });
      return removed && KEY.fromRow({ ...removed });
    },

    async touch(uses) {
      await engine.batch(
        TOUCH,
        latestUses(uses).map(({ keyId, atMs, address }) => [keyId, atMs, address]),
      );
      await touchSecrets(engine, uses);
    },

    buryEnded: (beforeMs, nowMs, most) => buryEnded(engine, beforeMs, nowMs, most),
  };
}

type Created = { created: true } | { created: false; keyId: string; fingerprint: string };

/** The replay is claimed first: of two that come at once, the second waits for the first and then finds its claim. */
async function insert(
  engine: Pick<Engine, 'name' | 'db'>,
  cipher: Cipher,
  key: Key,
  secret: NewSecret,
  given: { readonly replay: Replay | undefined; readonly limits: readonly StoredLimit[]; readonly isCapped: boolean },
): Promise<Created> {
  const { replay, limits } = given;
  const { db } = engine;
  const earlier = replay && (await claim(db, replay, key.id));
  if (earlier) return { created: false, keyId: earlier.key_id, fingerprint: earlier.fingerprint };
  if (given.isCapped) await takePlace(db, key);
  await takePlaceUnder(engine, key);
  await db
    .insertInto('keys')
    .values({ ...KEY.toRow(key), ...searchColumns(key) } as unknown as Insertable<KeysTable>)
    .execute();
  await insertSecret(engine, cipher, secret);
  // A new key has used nothing: there is nothing to count.
  try {
    if (limits.length > 0) await db.insertInto('limits').values(limits.map(limitToRow)).execute();
  } catch (error) {
    throw refused(error, undefined);
  }
  return { created: true };
}

const TOUCH: Batch = {
  name: 'keys_touch',
  columns: [
    { name: 'key_id', type: 'text' },
    { name: 'at_ms', type: 'bigint' },
    { name: 'address', type: 'text' },
  ],
  sql: `update keys set last_used_at_ms = batch.at_ms, last_used_address = batch.address from batch
    where keys.id = batch.key_id and (keys.last_used_at_ms is null or keys.last_used_at_ms < batch.at_ms)`,
  // Two nodes that touch the same keys lock them in the same order; otherwise they could wait for each other.
  postgres: `, held as materialized (
      select keys.id, batch.at_ms, batch.address from keys join batch on keys.id = batch.key_id
      where keys.last_used_at_ms is null or keys.last_used_at_ms < batch.at_ms order by keys.id for update of keys)
    update keys set last_used_at_ms = held.at_ms, last_used_address = held.address from held
    where keys.id = held.id and (keys.last_used_at_ms is null or keys.last_used_at_ms < held.at_ms)`,
};

export function latestUses(uses: readonly KeyUse[]): KeyUse[] {
  const latest = new Map<string, KeyUse>();
  for (const use of uses) {
    const known = latest.get(use.keyId);
    if (!known || known.atMs < use.atMs) latest.set(use.keyId, use);
  }
  return [...latest.values()];
}
