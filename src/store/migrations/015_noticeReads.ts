import { sql, type ColumnDefinitionBuilder, type Kysely } from 'kysely';
import type { Engine } from '../engine.ts';

const required = (column: ColumnDefinitionBuilder) => column.notNull();

/** How far people have read notices, and what notices say of unusual use, of leaks and of paused webhooks. */
export function noticeReads(engine: Engine['name']): (db: Kysely<unknown>) => Promise<void> {
  const text = engine === 'postgres' ? sql`text collate "C"` : sql`text`;
  const integer = engine === 'postgres' ? sql`bigint` : sql`integer`;

  return async (db) => {
    await db.schema.alterTable('notices').addColumn('details', text).execute();
    const table = db.schema
      .createTable('notice_reads')
      .addColumn('reader_id', text, required)
      .addColumn('place_id', text, required)
      .addColumn('until_ms', integer, required)
      .addPrimaryKeyConstraint('notice_reads_pkey', ['reader_id', 'place_id']);
    await (engine === 'postgres' ? table : table.modifyEnd(sql`strict, without rowid`)).execute();
    await db.schema.createIndex('notice_reads_by_time').on('notice_reads').columns(['until_ms']).execute();
  };
}
