import { sql, type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely } from 'kysely';
import type { Engine } from '../engine.ts';
import { POSTGRES_FUNCTIONS } from './002_postgres.ts';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
type Table = CreateTableBuilder<string, string>;

const required: Column = (column) => column.notNull();
const primary: Column = (column) => column.notNull().primaryKey();

/** Limits, their counters, calls under way, and what each call is charged. */
export function limits(engine: Engine['name']): (db: Kysely<unknown>) => Promise<void> {
  const text = engine === 'postgres' ? sql`text collate "C"` : sql`text`;
  const integer = engine === 'postgres' ? sql`bigint` : sql`integer`;
  const strict = (table: Table): Table => (engine === 'postgres' ? table : table.modifyEnd(sql`strict`));
  const keyed = (table: Table): Table => (engine === 'postgres' ? table : table.modifyEnd(sql`strict, without rowid`));
  // Rows that change or go with every call: room beside them for their next version, and vacuumed often.
  const restless = (table: Table): Table =>
    engine === 'postgres'
      ? table.modifyEnd(
          sql`with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000)`,
        )
      : keyed(table);

  return async (db) => {
    const create = (name: string): Table => db.schema.createTable(name) as Table;

    await strict(
      create('limit_templates')
        .addColumn('account_id', text, (column) => column.notNull().references('accounts.id'))
        .addColumn('id', text, primary)
        .addColumn('name', text, required)
        .addColumn('created_at_ms', integer, required),
    ).execute();
    await db.schema
      .createIndex('limit_templates_by_account')
      .on('limit_templates')
      .columns(['account_id', 'created_at_ms', 'id'])
      .execute();

    await strict(
      create('limits')
        .addColumn('account_id', text, (column) => column.notNull().references('accounts.id'))
        .addColumn('id', text, primary)
        .addColumn('subject_type', text, required)
        .addColumn('subject_id', text, required)
        .addColumn('unit', text, required)
        .addColumn('amount', integer, required)
        // What a kind of window does not have is 0 or empty, so that two limits of one window are found to be the same.
        .addColumn('window_kind', text, required)
        .addColumn('window_ms', integer, required)
        .addColumn('window_period', text, required)
        .addColumn('window_zone', text, required)
        .addColumn('since_ms', integer, required)
        .addColumn('created_at_ms', integer, required)
        .addUniqueConstraint('limits_window', [
          'subject_type',
          'subject_id',
          'unit',
          'window_kind',
          'window_ms',
          'window_period',
          'window_zone',
        ]),
    ).execute();

    await db.schema
      .alterTable('keys')
      .addColumn('limit_template_id', text, (column) => column.references('limit_templates.id'))
      .execute();
    // Use before this counts for no limit of the key or its template: the last reset of the key.
    await db.schema
      .alterTable('keys')
      .addColumn('limits_since_ms', integer, (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema
      .createIndex('keys_by_template')
      .on('keys')
      .columns(['limit_template_id'])
      .where(sql.ref('limit_template_id'), 'is not', null)
      .execute();

    await restless(
      create('counters')
        .addColumn('limit_id', text, required)
        .addColumn('subject_id', text, required)
        .addColumn('slot_ms', integer, required)
        .addColumn('settled', integer, required)
        .addColumn('reserved', integer, required)
        .addPrimaryKeyConstraint('counters_pkey', ['limit_id', 'subject_id', 'slot_ms']),
    ).execute();

    await restless(
      create('reservations')
        .addColumn('account_id', text, required)
        .addColumn('project_id', text, required)
        .addColumn('id', text, primary)
        .addColumn('key_id', text, required)
        .addColumn('node_id', text, required)
        .addColumn('started_at_ms', integer, required)
        .addColumn('call', text, required)
        .addColumn('takes', text, required),
    ).execute();

    await keyed(
      create('nodes').addColumn('id', text, primary).addColumn('lease_until_ms', integer, required),
    ).execute();

    await strict(
      create('adjustments')
        .addColumn('account_id', text, required)
        .addColumn('request_id', text, primary)
        .addColumn('charged_tokens', integer, required)
        .addColumn('charged_cost_nano', integer, required)
        .addColumn('note', text, required)
        .addColumn('decided_by', text, required)
        .addColumn('at_ms', integer, required),
    ).execute();

    await db.schema
      .alterTable('ledger')
      .addColumn('charged_tokens', integer, (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.alterTable('ledger').addColumn('charged_cost_nano', integer).execute();
    await sql`update ledger set charged_tokens = input_tokens + output_tokens, charged_cost_nano = cost_nano`.execute(
      db,
    );
    // What counters are rebuilt from lies in the indexes themselves.
    await db.schema.dropIndex('ledger_by_place').execute();
    await db.schema.dropIndex('ledger_by_key').execute();
    await db.schema
      .createIndex('ledger_by_place')
      .on('ledger')
      .columns(['account_id', 'started_at_ms', 'project_id', 'charged_tokens', 'charged_cost_nano'])
      .execute();
    await db.schema
      .createIndex('ledger_by_key')
      .on('ledger')
      .columns(['key_id', 'started_at_ms', 'charged_tokens', 'charged_cost_nano'])
      .execute();
    await db.schema
      .createIndex('ledger_abandoned')
      .on('ledger')
      .columns(['account_id', 'started_at_ms'])
      .where(sql.ref('outcome'), '=', sql.lit('abandoned'))
      .execute();

    if (engine === 'postgres') for (const text of POSTGRES_FUNCTIONS) await sql.raw(text).execute(db);
  };
}
