import { sql, type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely } from 'kysely';
import type { Engine } from '../engine.ts';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
type Table = CreateTableBuilder<string, string>;

const required: Column = (column) => column.notNull();
const primary: Column = (column) => column.notNull().primaryKey();

/** Notices, what there has been one of, and webhooks with what is on its way to them. */
export function notices(engine: Engine['name']): (db: Kysely<unknown>) => Promise<void> {
  const text = engine === 'postgres' ? sql`text collate "C"` : sql`text`;
  const integer = engine === 'postgres' ? sql`bigint` : sql`integer`;
  const strict = (table: Table): Table => (engine === 'postgres' ? table : table.modifyEnd(sql`strict`));
  const keyed = (table: Table): Table => (engine === 'postgres' ? table : table.modifyEnd(sql`strict, without rowid`));

  return async (db) => {
    const create = (name: string): Table => db.schema.createTable(name) as Table;
    const index = (table: string, name: string, columns: readonly string[]) =>
      db.schema
        .createIndex(`${table}_${name}`)
        .on(table)
        .columns([...columns]);

    await strict(
      create('notices')
        .addColumn('account_id', text, required)
        .addColumn('project_id', text)
        .addColumn('id', text, primary)
        .addColumn('kind', text, required)
        .addColumn('subject_type', text, required)
        .addColumn('subject_id', text, required)
        .addColumn('subject_name', text, required)
        .addColumn('masked', text)
        .addColumn('limit_id', text)
        .addColumn('unit', text)
        .addColumn('limit_window', text)
        .addColumn('threshold', integer)
        // As decimals in text: nothing is reckoned with them here.
        .addColumn('used', text)
        .addColumn('amount', text)
        .addColumn('expires_at_ms', integer)
        .addColumn('created_at_ms', integer, required)
        .addColumn('words', text, required),
    ).execute();
    await index('notices', 'by_account', ['account_id', 'created_at_ms', 'id']).execute();
    await index('notices', 'by_subject', ['subject_id', 'created_at_ms', 'id']).execute();
    await index('notices', 'by_creation', ['created_at_ms', 'id']).execute();

    // Apart from the notices, because a lifetime outlasts the time that notices are kept.
    await keyed(
      create('notice_marks')
        .addColumn('account_id', text, required)
        .addColumn('mark', text, required)
        .addColumn('ends_at_ms', integer)
        .addPrimaryKeyConstraint('notice_marks_pkey', ['account_id', 'mark']),
    ).execute();
    await index('notice_marks', 'by_end', ['ends_at_ms']).where('ends_at_ms', 'is not', null).execute();

    await index('keys', 'by_expiry', ['expires_at_ms', 'id']).where('expires_at_ms', 'is not', null).execute();

    await strict(
      create('webhooks')
        .addColumn('account_id', text, (column) => column.notNull().references('accounts.id'))
        .addColumn('id', text, primary)
        .addColumn('url', text, required)
        .addColumn('events', text)
        .addColumn('status', text, required)
        .addColumn('paused_reason', text)
        .addColumn('paused_at_ms', integer)
        .addColumn('failing_since_ms', integer)
        .addColumn('secret', text, required)
        .addColumn('previous_secret', text)
        .addColumn('previous_secret_until_ms', integer)
        .addColumn('created_at_ms', integer, required)
        .addColumn('updated_at_ms', integer, required),
    ).execute();
    await index('webhooks', 'by_account', ['account_id', 'created_at_ms', 'id']).execute();

    await strict(
      create('webhook_deliveries')
        .addColumn('account_id', text, required)
        .addColumn('webhook_id', text, (column) => column.notNull().references('webhooks.id').onDelete('cascade'))
        .addColumn('id', text, primary)
        .addColumn('event', text, required)
        .addColumn('body', text, required)
        .addColumn('status', text, required)
        .addColumn('attempts', text, required)
        .addColumn('next_attempt_at_ms', integer)
        .addColumn('created_at_ms', integer, required),
    ).execute();
    await index('webhook_deliveries', 'by_webhook', ['webhook_id', 'created_at_ms', 'id']).execute();
    await index('webhook_deliveries', 'by_creation', ['created_at_ms']).execute();
    // Only what waits for an attempt is in it, so that looking whether anything is due costs nothing.
    await index('webhook_deliveries', 'due', ['next_attempt_at_ms'])
      .where('next_attempt_at_ms', 'is not', null)
      .execute();
  };
}
