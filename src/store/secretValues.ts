import type { Kysely } from 'kysely';
import type { NewSecret, SecretStore } from '../core/secret.ts';
import type { Cipher } from './cipher.ts';
import type { Engine } from './engine.ts';
import type { SecretsTable, Tables } from './schema.ts';

/** Values that can be read again: encrypted, each bound to its row, so that moved to another it does not open. */
export function secretValues({ db }: Pick<Engine, 'db'>, cipher: Cipher): Pick<SecretStore, 'reveal'> {
  return {
    async reveal(keyId) {
      const row = await db
        .selectFrom('secrets')
        .select(['id', 'ciphertext'])
        .where('key_id', '=', keyId)
        .where('ends_at_ms', 'is', null)
        .executeTakeFirst();
      return row?.ciphertext == null ? undefined : cipher.decrypt(row.ciphertext, contextOf(row.id));
    },
  };
}

/** What is kept of a new value: asked of the account's row in the transaction, so that a switch back to `once` misses none. */
export async function valueRow(
  { name, db }: Pick<Engine, 'name' | 'db'>,
  cipher: Cipher,
  { id, accountId, keep }: NewSecret,
): Promise<Partial<Pick<SecretsTable, 'ciphertext'>>> {
  if (keep === undefined) return {};
  const row = db.selectFrom('accounts').select('key_reveal').where('id', '=', accountId);
  const account = await (name === 'postgres' ? row.forShare() : row).executeTakeFirst();
  return account?.key_reveal === 'recoverable' ? { ciphertext: cipher.encrypt(keep, contextOf(id)) } : {};
}

/** In the transaction that changes the account's setting. */
export async function forgetValues(db: Kysely<Tables>, accountId: string): Promise<void> {
  await db
    .updateTable('secrets')
    .set({ ciphertext: null })
    .where('account_id', '=', accountId)
    .where('ciphertext', 'is not', null)
    .execute();
}

function contextOf(id: string): string {
  return `secrets/${id}/value`;
}
