import { sql, type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely } from 'kysely';
import type { Engine } from '../engine.ts';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;

const required: Column = (column) => column.notNull();

/** Reports of leaked keys, how keys are used, and what an account wants done when one comes. */
export function leaks(engine: Engine['name']): (db: Kysely<unknown>) => Promise<void> {
  const text = engine === 'postgres' ? sql`text collate "C"` : sql`text`;
  const integer = engine === 'postgres' ? sql`bigint` : sql`integer`;

  return async (db) => {
    const table = (db.schema.createTable('leak_reports') as CreateTableBuilder<string, string>)
      .addColumn('account_id', text, (column) => column.notNull().references('accounts.id'))
      .addColumn('project_id', text)
      .addColumn('id', text, (column) => column.notNull().primaryKey())
      .addColumn('key_id', text, (column) => column.notNull().references('keys.id'))
      .addColumn('secret_id', text)
      .addColumn('finds', text, required)
      .addColumn('origin', text, required)
      .addColumn('found_at', text)
      .addColumn('status', text, required)
      .addColumn('since_ms', integer, required)
      .addColumn('use_state', text, required)
      .addColumn('replacement', text, required)
      .addColumn('places', text, required)
      .addColumn('reason', text)
      .addColumn('created_by', text, required)
      .addColumn('created_at_ms', integer, required)
      .addColumn('updated_at_ms', integer, required)
      .addColumn('closed_by', text)
      .addColumn('closed_at_ms', integer);
    await (engine === 'postgres' ? table : table.modifyEnd(sql`strict`)).execute();
    await db.schema
      .createIndex('leak_reports_open')
      .on('leak_reports')
      .columns(['key_id'])
      .unique()
      .where(sql.ref('status'), '=', sql.lit('open'))
      .execute();
    await db.schema
      .createIndex('leak_reports_listed')
      .on('leak_reports')
      .columns(['account_id', 'created_at_ms', 'id'])
      .execute();
    const keyed = (name: string) => db.schema.createTable(name) as CreateTableBuilder<string, string>;
    const values = keyed('leak_values')
      .addColumn('account_id', text, required)
      .addColumn('report_id', text, (column) => column.notNull().references('leak_reports.id'))
      .addColumn('secret_id', text, (column) => column.notNull().primaryKey());
    await (engine === 'postgres' ? values : values.modifyEnd(sql`strict, without rowid`)).execute();
    const hours = keyed('key_hours')
      .addColumn('account_id', text, required)
      .addColumn('key_id', text, required)
      .addColumn('hour_ms', integer, required)
      .addColumn('requests', integer, required)
      .addColumn('tokens', integer, required)
      .addPrimaryKeyConstraint('key_hours_pkey', ['key_id', 'hour_ms']);
    await (engine === 'postgres' ? hours : hours.modifyEnd(sql`strict, without rowid`)).execute();
    await db.schema.createIndex('key_hours_by_hour').on('key_hours').columns(['hour_ms']).execute();
    const addresses = keyed('key_addresses')
      .addColumn('account_id', text, required)
      .addColumn('key_id', text, required)
      .addColumn('address', text, required)
      .addColumn('first_at_ms', integer, required)
      .addPrimaryKeyConstraint('key_addresses_pkey', ['key_id', 'address']);
    await (engine === 'postgres' ? addresses : addresses.modifyEnd(sql`strict, without rowid`)).execute();
    await db.schema
      .alterTable('accounts')
      .addColumn('on_leak_report', text, (column) => column.notNull().defaultTo('disable'))
      .execute();
  };
}
