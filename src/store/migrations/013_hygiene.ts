import { sql, type Kysely } from 'kysely';
import type { Engine } from '../engine.ts';

/** What accounts and projects ask of their keys. */
export function hygiene(engine: Engine['name']): (db: Kysely<unknown>) => Promise<void> {
  const integer = engine === 'postgres' ? sql`bigint` : sql`integer`;

  return async (db) => {
    for (const table of ['accounts', 'projects']) {
      await db.schema.alterTable(table).addColumn('max_key_lifetime_days', integer).execute();
      for (const flag of ['require_expiry', 'require_addresses', 'require_range_scope'])
        await db.schema
          .alterTable(table)
          .addColumn(flag, integer, (column) => column.notNull().defaultTo(0))
          .execute();
    }
  };
}
