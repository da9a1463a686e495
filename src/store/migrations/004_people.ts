import { sql, type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely } from 'kysely';
import type { Engine } from '../engine.ts';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
type Table = CreateTableBuilder<string, string>;

const required: Column = (column) => column.notNull();
const primary: Column = (column) => column.notNull().primaryKey();
const unique: Column = (column) => column.notNull().unique();
const flagOff: Column = (column) => column.notNull().defaultTo(0);
const ofUser: Column = (column) => column.notNull().references('users.id').onDelete('cascade');

/** People, how they prove who they are, where they are signed in, and the links that let them in. */
export function people(engine: Engine['name']): (db: Kysely<unknown>) => Promise<void> {
  const text = engine === 'postgres' ? sql`text collate "C"` : sql`text`;
  const integer = engine === 'postgres' ? sql`bigint` : sql`integer`;
  const strict = (table: Table): Table => (engine === 'postgres' ? table : table.modifyEnd(sql`strict`));

  return async (db) => {
    const create = (name: string): Table => db.schema.createTable(name) as Table;
    const index = (table: string, name: string, columns: readonly string[]) =>
      db.schema
        .createIndex(`${table}_${name}`)
        .on(table)
        .columns([...columns]);

    await strict(
      create('users')
        .addColumn('id', text, primary)
        // In lower case, as it is looked up.
        .addColumn('email', text, unique)
        .addColumn('email_verified', integer, flagOff)
        .addColumn('name', text, required)
        // One form of each letter, as names are searched.
        .addColumn('name_search', text, required)
        .addColumn('image', text)
        .addColumn('operator', integer, flagOff)
        .addColumn('status', text, (column) => column.notNull().defaultTo('active'))
        .addColumn('two_factor_enabled', integer, flagOff)
        .addColumn('created_at_ms', integer, required)
        .addColumn('updated_at_ms', integer, required),
    ).execute();
    await index('users', 'by_creation', ['created_at_ms', 'id']).execute();

    await strict(
      create('sessions')
        .addColumn('id', text, primary)
        .addColumn('user_id', text, ofUser)
        .addColumn('token_hash', text, unique)
        // Whether more than a password was shown when it began.
        .addColumn('second_factor', integer, flagOff)
        .addColumn('fresh_until_ms', integer, flagOff)
        .addColumn('used_at_ms', integer, flagOff)
        .addColumn('expires_at_ms', integer, required)
        .addColumn('address', text)
        .addColumn('user_agent', text)
        .addColumn('created_at_ms', integer, required)
        .addColumn('updated_at_ms', integer, required),
    ).execute();
    await index('sessions', 'by_user', ['user_id', 'created_at_ms', 'id']).execute();
    await index('sessions', 'by_end', ['expires_at_ms']).execute();

    await strict(
      create('credentials')
        .addColumn('id', text, primary)
        .addColumn('user_id', text, ofUser)
        .addColumn('provider_id', text, required)
        .addColumn('subject', text, required)
        .addColumn('password', text)
        .addColumn('created_at_ms', integer, required)
        .addColumn('updated_at_ms', integer, required)
        .addUniqueConstraint('credentials_subject', ['provider_id', 'subject']),
    ).execute();
    await index('credentials', 'by_user', ['user_id']).execute();

    // What is begun and not finished: a second factor asked for, a passkey's challenge.
    await strict(
      create('verifications')
        .addColumn('id', text, primary)
        .addColumn('identifier', text, required)
        .addColumn('value', text, required)
        .addColumn('expires_at_ms', integer, required)
        .addColumn('created_at_ms', integer, required)
        .addColumn('updated_at_ms', integer, required),
    ).execute();
    await index('verifications', 'by_identifier', ['identifier']).execute();
    await index('verifications', 'by_end', ['expires_at_ms']).execute();

    await strict(
      create('two_factors')
        .addColumn('id', text, primary)
        .addColumn('user_id', text, (column) => ofUser(column).unique())
        .addColumn('secret', text, required)
        .addColumn('backup_codes', text, required)
        .addColumn('verified', integer, flagOff)
        .addColumn('failed_count', integer, flagOff)
        .addColumn('locked_until_ms', integer),
    ).execute();

    await strict(
      create('passkeys')
        .addColumn('id', text, primary)
        .addColumn('user_id', text, ofUser)
        .addColumn('name', text)
        .addColumn('credential_id', text, unique)
        .addColumn('public_key', text, required)
        .addColumn('counter', integer, required)
        .addColumn('device_type', text, required)
        .addColumn('backed_up', integer, required)
        .addColumn('transports', text)
        .addColumn('aaguid', text)
        .addColumn('created_at_ms', integer),
    ).execute();
    await index('passkeys', 'by_user', ['user_id']).execute();

    await strict(
      create('invitations')
        .addColumn('account_id', text, (column) => column.notNull().references('accounts.id'))
        .addColumn('project_id', text, (column) => column.references('projects.id'))
        .addColumn('id', text, primary)
        .addColumn('email', text, required)
        .addColumn('role', text, required)
        .addColumn('project_role', text)
        .addColumn('token_hash', text, unique)
        .addColumn('status', text, required)
        .addColumn('accepted_by', text)
        .addColumn('created_by', text, required)
        .addColumn('created_at_ms', integer, required)
        .addColumn('updated_at_ms', integer, required)
        .addColumn('expires_at_ms', integer, required),
    ).execute();
    await index('invitations', 'by_account', ['account_id', 'created_at_ms', 'id']).execute();

    await strict(
      create('password_resets')
        .addColumn('id', text, primary)
        .addColumn('user_id', text, ofUser)
        .addColumn('token_hash', text, unique)
        .addColumn('created_by', text, required)
        .addColumn('created_at_ms', integer, required)
        .addColumn('expires_at_ms', integer, required),
    ).execute();
    await index('password_resets', 'by_user', ['user_id']).execute();

    // Failed attempts to prove who one is, by a hash of who and from where.
    await strict(
      create('attempts')
        .addColumn('name', text, primary)
        .addColumn('failures', integer, required)
        .addColumn('last_at_ms', integer, required),
    ).execute();
    await index('attempts', 'by_last', ['last_at_ms']).execute();
  };
}
