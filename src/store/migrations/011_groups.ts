import { sql, type CreateTableBuilder, type Kysely } from 'kysely';
import type { Engine } from '../engine.ts';

/** Tiers that keys are put in, and the region that a key lives in. */
export function groups(engine: Engine['name']): (db: Kysely<unknown>) => Promise<void> {
  const text = engine === 'postgres' ? sql`text collate "C"` : sql`text`;
  const integer = engine === 'postgres' ? sql`bigint` : sql`integer`;

  return async (db) => {
    const table = (db.schema.createTable('groups') as CreateTableBuilder<string, string>)
      .addColumn('id', text, (column) => column.notNull().primaryKey())
      .addColumn('name', text, (column) => column.notNull().unique())
      .addColumn('description', text, (column) => column.notNull())
      .addColumn('opens', text, (column) => column.notNull())
      .addColumn('open_to', text, (column) => column.notNull())
      .addColumn('price_multiplier', text, (column) => column.notNull())
      .addColumn('created_at_ms', integer, (column) => column.notNull());
    await (engine === 'postgres' ? table : table.modifyEnd(sql`strict`)).execute();
    await db.schema
      .alterTable('keys')
      .addColumn('group_id', text, (column) => column.references('groups.id'))
      .execute();
    await db.schema
      .alterTable('accounts')
      .addColumn('default_group_id', text, (column) => column.references('groups.id'))
      .execute();
    await db.schema.alterTable('keys').addColumn('region', text).execute();
    await db.schema
      .createIndex('keys_by_group')
      .on('keys')
      .columns(['group_id'])
      .where(sql.ref('group_id'), 'is not', null)
      .execute();
  };
}
