import { sql, type Kysely } from 'kysely';
import type { Engine } from '../engine.ts';

/** A key's values get ids, ends and uses of their own, and what accounts decide about them. */
export function secrets(engine: Engine['name']): (db: Kysely<unknown>) => Promise<void> {
  const text = engine === 'postgres' ? sql`text collate "C"` : sql`text`;
  const integer = engine === 'postgres' ? sql`bigint` : sql`integer`;
  const newId = engine === 'postgres' ? `md5(hash)` : `lower(hex(randomblob(16)))`;

  return async (db) => {
    const alter = (table: string) => db.schema.alterTable(table);
    await alter('secrets')
      .addColumn('id', text, (column) => column.notNull().defaultTo(''))
      .execute();
    await alter('secrets')
      .addColumn('masked', text, (column) => column.notNull().defaultTo(''))
      .execute();
    await alter('secrets').addColumn('ends_at_ms', integer).execute();
    await alter('secrets').addColumn('last_used_at_ms', integer).execute();
    await alter('secrets').addColumn('last_used_address', text).execute();
    await alter('secrets').addColumn('ciphertext', text).execute();
    await sql`update secrets set id = 'sec_' || substr(${sql.raw(newId)}, 1, 22),
      masked = (select keys.masked from keys where keys.id = secrets.key_id),
      last_used_at_ms = (select keys.last_used_at_ms from keys where keys.id = secrets.key_id),
      last_used_address = (select keys.last_used_address from keys where keys.id = secrets.key_id)`.execute(db);
    await db.schema.createIndex('secrets_by_id').on('secrets').columns(['id']).unique().execute();
    // Those that are kept readable: few, and looked for when they are to be forgotten.
    await db.schema
      .createIndex('secrets_kept')
      .on('secrets')
      .columns(['account_id'])
      .where(sql.ref('ciphertext'), 'is not', null)
      .execute();

    await alter('keys')
      .addColumn('is_default', integer, (column) => column.notNull().defaultTo(0))
      .execute();
    await alter('keys').addColumn('rotate_every_days', integer).execute();
    await db.schema
      .createIndex('keys_rotated')
      .on('keys')
      .columns(['rotate_every_days'])
      .where(sql.ref('rotate_every_days'), 'is not', null)
      .execute();

    await alter('accounts')
      .addColumn('key_reveal', text, (column) => column.notNull().defaultTo('once'))
      .execute();
    await alter('accounts')
      .addColumn('custom_keys', integer, (column) => column.notNull().defaultTo(0))
      .execute();
    await alter('accounts')
      .addColumn('step_up', integer, (column) => column.notNull().defaultTo(1))
      .execute();
  };
}
