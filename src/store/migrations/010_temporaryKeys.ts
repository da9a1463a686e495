import { sql, type Kysely } from 'kysely';
import type { Engine } from '../engine.ts';

/** Temporary keys: what each was made from, and which calls count toward the limits of that too. */
export function temporaryKeys(engine: Engine['name']): (db: Kysely<unknown>) => Promise<void> {
  const text = engine === 'postgres' ? sql`text collate "C"` : sql`text`;
  // Neither other keys nor their calls are in these indexes.
  const isChild = sql.ref('parent_key_id');

  return async (db) => {
    await db.schema
      .alterTable('keys')
      .addColumn('parent_key_id', text, (column) => column.references('keys.id'))
      .execute();
    await db.schema.alterTable('keys').addColumn('parent_secret_id', text).execute();
    await db.schema
      .createIndex('keys_by_parent')
      .on('keys')
      .columns(['parent_key_id', 'expires_at_ms'])
      .where(isChild, 'is not', null)
      .execute();
    await db.schema
      .createIndex('keys_temporary')
      .on('keys')
      .columns(['expires_at_ms'])
      .where(isChild, 'is not', null)
      .where(sql.ref('deleted_at_ms'), 'is', null)
      .execute();
    await db.schema
      .createIndex('keys_by_parent_secret')
      .on('keys')
      .columns(['parent_secret_id'])
      .where(sql.ref('parent_secret_id'), 'is not', null)
      .execute();

    await db.schema.alterTable('ledger').addColumn('parent_key_id', text).execute();
    await db.schema
      .createIndex('ledger_by_parent')
      .on('ledger')
      .columns(['parent_key_id', 'started_at_ms', 'charged_tokens', 'charged_cost_nano'])
      .where(isChild, 'is not', null)
      .execute();
  };
}
