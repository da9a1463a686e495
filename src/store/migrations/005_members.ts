import { sql, type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely } from 'kysely';
import type { Engine } from '../engine.ts';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
type Table = CreateTableBuilder<string, string>;

const required: Column = (column) => column.notNull();
const primary: Column = (column) => column.notNull().primaryKey();
const ofAccount: Column = (column) => column.notNull().references('accounts.id');

/** Who belongs where, what members may do, how many keys there may be, and requests for more. */
export function members(engine: Engine['name']): (db: Kysely<unknown>) => Promise<void> {
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

    await keyed(
      create('members')
        .addColumn('account_id', text, ofAccount)
        // Empty for the account itself, so that it can be part of the primary key.
        .addColumn('project_id', text, required)
        .addColumn('user_id', text, required)
        .addColumn('role', text, required)
        .addColumn('may_request_quota', integer, required)
        .addColumn('added_by', text, required)
        .addColumn('created_at_ms', integer, required)
        .addPrimaryKeyConstraint('members_pkey', ['account_id', 'project_id', 'user_id']),
    ).execute();
    await index('members', 'by_user', ['user_id']).execute();

    await keyed(
      create('former_members')
        .addColumn('account_id', text, ofAccount)
        .addColumn('user_id', text, required)
        .addColumn('name', text, required)
        .addColumn('removed_at_ms', integer, required)
        .addPrimaryKeyConstraint('former_members_pkey', ['account_id', 'user_id']),
    ).execute();
    await index('former_members', 'by_user', ['user_id']).execute();

    await strict(
      create('quota_requests')
        .addColumn('account_id', text, ofAccount)
        .addColumn('id', text, primary)
        .addColumn('status', text, required)
        .addColumn('amount', integer, required)
        .addColumn('reason', text, required)
        .addColumn('asked_by', text, required)
        .addColumn('created_at_ms', integer, required)
        .addColumn('granted_amount', integer)
        .addColumn('note', text)
        .addColumn('decided_by', text)
        .addColumn('decided_at_ms', integer),
    ).execute();
    await index('quota_requests', 'by_account', ['account_id', 'created_at_ms', 'id']).execute();
    await index('quota_requests', 'by_creation', ['created_at_ms', 'id']).execute();

    const alter = (table: string) => db.schema.alterTable(table);
    await alter('accounts')
      .addColumn('key_cap', integer, (column) => column.notNull().defaultTo(50))
      .execute();
    await alter('accounts').addColumn('member_key_cap', integer).execute();
    await alter('projects')
      .addColumn('member_access', text, (column) => column.notNull().defaultTo('all'))
      .execute();
    await alter('projects').addColumn('key_cap', integer).execute();
    // The keys that count toward a cap, and whose they are.
    await index('keys', 'counted', ['account_id', 'project_id', 'created_by'])
      .where(sql.ref('class'), '=', sql.lit('standard'))
      .where(sql.ref('deleted_at_ms'), 'is', null)
      .execute();
  };
}
