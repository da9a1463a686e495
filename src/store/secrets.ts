import type { Kysely } from 'kysely';
import { Fault } from '../core/fault.ts';
import type { KeyUse } from '../core/keyStore.ts';
import { isLiving, MOST_LIVING, type NewSecret, type Secret, type SecretStore } from '../core/secret.ts';
import type { Cipher } from './cipher.ts';
import { codec, plain } from './columns.ts';
import type { Batch, Engine } from './engine.ts';
import { isTaken } from './faults.ts';
import type { Tables } from './schema.ts';
import { secretValues, valueRow } from './secretValues.ts';

/** The values of keys. What is read and then written is decided under the lock of the key's row. */
export function createSecrets(engine: Engine, cipher: Cipher): SecretStore {
  const { db } = engine;

  /** Runs a change of a key's values while nobody else changes them; undefined: there is no such key. */
  function changing<T>(
    keyId: string,
    run: (transaction: Kysely<Tables>, secrets: Secret[]) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    return db.transaction().execute(async (transaction) => {
      const row = transaction
        .selectFrom('keys')
        .select('id')
        .where('id', '=', keyId)
        .where('deleted_at_ms', 'is', null);
      const key = await (engine.name === 'postgres' ? row.forUpdate() : row).executeTakeFirst();
      return key && run(transaction, await secretsOf(transaction, keyId));
    });
  }

  return {
    ...secretValues(engine, cipher),
    list: (keyId) => secretsOf(db, keyId),

    async rotate(secret, endsAtMs) {
      const { keyId, masked, createdAtMs: nowMs } = secret;
      try {
        return await changing(keyId, async (transaction, secrets) => {
          const living = secrets.filter((one) => isLiving(one, nowMs));
          if (living.length >= MOST_LIVING) throw new Fault('conflict', TWO_LIVE);
          for (const { id } of living) await endAt(transaction, id, endsAtMs);
          await forgetEnded(transaction, keyId, nowMs);
          await insertSecret({ ...engine, db: transaction }, cipher, secret);
          await showNewest(transaction, keyId, masked, nowMs);
          return secretsOf(transaction, keyId);
        });
      } catch (error) {
        if (isTaken(error)) throw usedBefore(error);
        throw error;
      }
    },

    end: (keyId, secretId, nowMs) =>
      changing(keyId, async (transaction, secrets) => {
        const one = secrets.find(({ id }) => id === secretId);
        if (!one || one.endsAtMs === null) return undefined;
        if (isLiving(one, nowMs)) await endAt(transaction, secretId, nowMs);
        await forgetEnded(transaction, keyId, nowMs);
        return secretsOf(transaction, keyId);
      }),

    undo: (keyId, nowMs) =>
      changing(keyId, async (transaction, secrets) => {
        const newest = secrets.find(({ endsAtMs }) => endsAtMs === null);
        const before = secrets.find((one) => one.endsAtMs !== null && isLiving(one, nowMs));
        if (!newest || !before) return undefined;
        await endAt(transaction, newest.id, nowMs);
        await setEnd(transaction, before.id, null);
        await forgetEnded(transaction, keyId, nowMs);
        await showNewest(transaction, keyId, before.masked, nowMs);
        return secretsOf(transaction, keyId);
      }),
  };
}

const TWO_LIVE =
  'Two values of this key work already. End the earlier one first, or wait until it ends: GET /keys/{id}/secrets has both.';

export function usedBefore(cause: unknown): Fault {
  return new Fault('conflict', 'This key value has been used before. Choose another value, or let one be generated.', {
    cause,
  });
}

/** In the transaction of its key. */
export async function insertSecret(
  engine: Pick<Engine, 'name' | 'db'>,
  cipher: Cipher,
  secret: NewSecret,
): Promise<void> {
  await engine.db
    .insertInto('secrets')
    .values({
      hash: secret.hash,
      account_id: secret.accountId,
      key_id: secret.keyId,
      created_at_ms: secret.createdAtMs,
      id: secret.id,
      masked: secret.masked,
      ...(await valueRow(engine, cipher, secret)),
    })
    .execute();
}

/** With a value end the temporary keys that were made with it: who had it must not keep what they made. */
async function endAt(db: Kysely<Tables>, id: string, endsAtMs: number): Promise<void> {
  await setEnd(db, id, endsAtMs);
  await db
    .updateTable('keys')
    .set({ expires_at_ms: endsAtMs })
    .where('parent_secret_id', '=', id)
    .where('expires_at_ms', '>', endsAtMs)
    .execute();
}

async function setEnd(db: Kysely<Tables>, id: string, endsAtMs: number | null): Promise<void> {
  await db.updateTable('secrets').set({ ends_at_ms: endsAtMs }).where('id', '=', id).execute();
}

/** What opens nothing any more needs not be read again. */
async function forgetEnded(db: Kysely<Tables>, keyId: string, nowMs: number): Promise<void> {
  await db
    .updateTable('secrets')
    .set({ ciphertext: null })
    .where('key_id', '=', keyId)
    .where('ends_at_ms', '<=', nowMs)
    .execute();
}

async function showNewest(db: Kysely<Tables>, keyId: string, masked: string, nowMs: number): Promise<void> {
  await db.updateTable('keys').set({ masked, updated_at_ms: nowMs }).where('id', '=', keyId).execute();
}

async function secretsOf(db: Kysely<Tables>, keyId: string): Promise<Secret[]> {
  const rows = await db
    .selectFrom('secrets')
    .selectAll()
    .where('key_id', '=', keyId)
    .orderBy('created_at_ms', 'desc')
    .orderBy('id', 'desc')
    .execute();
  return rows.map((row) => SECRET.fromRow({ ...row }));
}

const SECRET = codec<Secret>({
  id: plain('id'),
  keyId: plain('key_id'),
  accountId: plain('account_id'),
  masked: plain('masked'),
  createdAtMs: plain('created_at_ms'),
  endsAtMs: plain('ends_at_ms'),
  lastUsedAtMs: plain('last_used_at_ms'),
  lastUsedAddress: plain('last_used_address'),
});

/** Last use of each value; never moves it backwards. */
export async function touchSecrets(engine: Pick<Engine, 'batch'>, uses: readonly KeyUse[]): Promise<void> {
  const known = uses.flatMap(({ secretId, atMs, address }) =>
    secretId === undefined ? [] : [[secretId, atMs, address]],
  );
  if (known.length > 0) await engine.batch(TOUCH, known);
}

const TOUCH: Batch = {
  name: 'secrets_touch',
  columns: [
    { name: 'secret_id', type: 'text' },
    { name: 'at_ms', type: 'bigint' },
    { name: 'address', type: 'text' },
  ],
  sql: `update secrets set last_used_at_ms = batch.at_ms, last_used_address = batch.address from batch
    where secrets.id = batch.secret_id and (secrets.last_used_at_ms is null or secrets.last_used_at_ms < batch.at_ms)`,
  // As with keys: nodes that touch the same rows lock them in the same order.
  postgres: `, held as materialized (
      select secrets.hash, batch.at_ms, batch.address from secrets join batch on secrets.id = batch.secret_id
      where secrets.last_used_at_ms is null or secrets.last_used_at_ms < batch.at_ms order by secrets.hash for update of secrets)
    update secrets set last_used_at_ms = held.at_ms, last_used_address = held.address from held
    where secrets.hash = held.hash and (secrets.last_used_at_ms is null or secrets.last_used_at_ms < held.at_ms)`,
};
