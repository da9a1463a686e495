import { sql, type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely } from 'kysely';
import type { Engine } from '../engine.ts';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
type Table = CreateTableBuilder<string, string>;

const required: Column = (column) => column.notNull();
const primary: Column = (column) => column.notNull().primaryKey();
const unique: Column = (column) => column.notNull().unique();

/** The first tables: tenants, keys, the catalogue, the ledger. */
export function initial(engine: Engine['name']): (db: Kysely<unknown>) => Promise<void> {
  // Ids, hashes and names are compared and sorted byte by byte on both engines, whatever the database's locale.
  const text = engine === 'postgres' ? sql`text collate "C"` : sql`text`;
  const integer = engine === 'postgres' ? sql`bigint` : sql`integer`;
  // STRICT gives SQLite's columns their types; without a rowid, a row lies in its primary key's tree itself.
  const strict = (table: Table): Table => (engine === 'postgres' ? table : table.modifyEnd(sql`strict`));
  const keyed = (table: Table): Table => (engine === 'postgres' ? table : table.modifyEnd(sql`strict, without rowid`));

  return async (db) => {
    const create = (name: string): Table => db.schema.createTable(name) as Table;

    await strict(
      create('accounts')
        .addColumn('id', text, primary)
        .addColumn('name', text, required)
        .addColumn('status', text, required)
        .addColumn('name_editable', integer, required)
        .addColumn('created_at_ms', integer, required),
    ).execute();
    await db.schema.createIndex('accounts_by_creation').on('accounts').columns(['created_at_ms', 'id']).execute();

    await strict(
      create('projects')
        .addColumn('account_id', text, (column) => column.notNull().references('accounts.id'))
        .addColumn('id', text, primary)
        .addColumn('name', text, required)
        .addColumn('created_at_ms', integer, required)
        // What lies in a project refers to both, so that it cannot claim another account's project.
        .addUniqueConstraint('projects_of_account', ['account_id', 'id']),
    ).execute();
    await db.schema
      .createIndex('projects_by_creation')
      .on('projects')
      .columns(['account_id', 'created_at_ms', 'id'])
      .execute();

    await strict(
      create('keys')
        .addColumn('account_id', text, (column) => column.notNull().references('accounts.id'))
        .addColumn('project_id', text)
        .addColumn('id', text, primary)
        .addColumn('class', text, required)
        .addColumn('name', text, required)
        .addColumn('description', text, required)
        .addColumn('name_search', text, required)
        .addColumn('description_search', text, required)
        .addColumn('environment', text)
        .addColumn('masked', text, required)
        .addColumn('status', text, required)
        .addColumn('scope', text, required)
        .addColumn('ip_allow', text, required)
        .addColumn('ip_deny', text, required)
        .addColumn('expires_at_ms', integer)
        .addColumn('created_by', text, required)
        .addColumn('created_at_ms', integer, required)
        .addColumn('updated_at_ms', integer, required)
        .addColumn('last_used_at_ms', integer)
        .addColumn('last_used_address', text)
        .addColumn('deleted_at_ms', integer)
        .addForeignKeyConstraint('keys_project', ['account_id', 'project_id'], 'projects', ['account_id', 'id']),
    ).execute();
    await db.schema
      .createIndex('keys_by_place')
      .on('keys')
      .columns(['account_id', 'project_id', 'created_at_ms', 'id'])
      .execute();
    await db.schema.createIndex('keys_by_account').on('keys').columns(['account_id', 'created_at_ms', 'id']).execute();
    await db.schema.createIndex('keys_by_creation').on('keys').columns(['created_at_ms', 'id']).execute();

    await keyed(
      create('secrets')
        .addColumn('hash', text, primary)
        .addColumn('account_id', text, required)
        .addColumn('key_id', text, (column) => column.notNull().references('keys.id'))
        .addColumn('created_at_ms', integer, required),
    ).execute();
    await db.schema.createIndex('secrets_by_key').on('secrets').columns(['key_id']).execute();

    await keyed(
      create('replays')
        .addColumn('owner', text, required)
        .addColumn('token', text, required)
        .addColumn('fingerprint', text, required)
        .addColumn('key_id', text, required)
        .addColumn('created_at_ms', integer, required)
        .addPrimaryKeyConstraint('replays_pkey', ['owner', 'token']),
    ).execute();
    await db.schema.createIndex('replays_by_creation').on('replays').columns(['created_at_ms']).execute();

    await strict(
      create('providers')
        .addColumn('id', text, primary)
        .addColumn('name', text, unique)
        .addColumn('kind', text, required)
        .addColumn('base_url', text, required)
        .addColumn('credential', text)
        .addColumn('credential_header', text)
        .addColumn('timeout_ms', integer, required)
        .addColumn('idle_timeout_ms', integer, required)
        .addColumn('created_at_ms', integer, required),
    ).execute();

    await strict(
      create('models')
        .addColumn('account_id', text)
        .addColumn('project_id', text)
        .addColumn('id', text, primary)
        .addColumn('name', text, unique)
        .addColumn('provider_id', text, (column) => column.notNull().references('providers.id'))
        .addColumn('upstream_model', text, required)
        .addColumn('prices', text)
        .addColumn('max_output_tokens', integer)
        .addColumn('created_at_ms', integer, required)
        .addForeignKeyConstraint('models_project', ['account_id', 'project_id'], 'projects', ['account_id', 'id'])
        .addCheckConstraint('models_place', sql`project_id is null or account_id is not null`),
    ).execute();

    await strict(
      create('endpoints')
        .addColumn('account_id', text, required)
        .addColumn('project_id', text, required)
        .addColumn('id', text, primary)
        .addColumn('name', text, required)
        .addColumn('model_id', text, (column) => column.notNull().references('models.id'))
        .addColumn('provider_id', text, (column) => column.references('providers.id'))
        .addColumn('upstream_model', text)
        .addColumn('max_output_tokens', integer)
        .addColumn('created_at_ms', integer, required)
        .addForeignKeyConstraint('endpoints_project', ['account_id', 'project_id'], 'projects', ['account_id', 'id'])
        .addUniqueConstraint('endpoints_name', ['project_id', 'name']),
    ).execute();

    await strict(
      create('services')
        .addColumn('account_id', text, required)
        .addColumn('project_id', text, required)
        .addColumn('id', text, primary)
        .addColumn('name', text, unique)
        .addColumn('description', text, required)
        .addColumn('provider_id', text, (column) => column.notNull().references('providers.id'))
        .addColumn('created_at_ms', integer, required)
        .addForeignKeyConstraint('services_project', ['account_id', 'project_id'], 'projects', ['account_id', 'id']),
    ).execute();

    // No foreign keys: a row stays when what it names is gone, and a commit on the request's path checks nothing else.
    await strict(
      create('ledger')
        .addColumn('account_id', text, required)
        .addColumn('project_id', text, required)
        .addColumn('id', text, primary)
        .addColumn('key_id', text, required)
        .addColumn('route', text, required)
        .addColumn('resource_type', text)
        .addColumn('resource_id', text)
        .addColumn('resource_name', text)
        .addColumn('provider_id', text)
        .addColumn('outcome', text, required)
        .addColumn('status', integer, required)
        .addColumn('streamed', integer, required)
        .addColumn('input_tokens', integer, required)
        .addColumn('cached_tokens', integer, required)
        .addColumn('cache_write_tokens', integer, required)
        .addColumn('output_tokens', integer, required)
        .addColumn('reasoning_tokens', integer, required)
        .addColumn('usage_source', text, required)
        .addColumn('cost_nano', integer)
        .addColumn('prices', text)
        .addColumn('address', text)
        .addColumn('started_at_ms', integer, required)
        .addColumn('first_byte_ms', integer)
        .addColumn('duration_ms', integer, required),
    ).execute();
    await db.schema
      .createIndex('ledger_by_place')
      .on('ledger')
      .columns(['account_id', 'project_id', 'started_at_ms'])
      .execute();
    await db.schema.createIndex('ledger_by_key').on('ledger').columns(['key_id', 'started_at_ms']).execute();
    await db.schema.createIndex('ledger_by_time').on('ledger').columns(['started_at_ms']).execute();

    await keyed(
      create('denials')
        .addColumn('account_id', text, required)
        .addColumn('project_id', text, required)
        .addColumn('key_id', text, required)
        .addColumn('code', text, required)
        .addColumn('route', text, required)
        .addColumn('address', text, required)
        .addColumn('hour_ms', integer, required)
        .addColumn('count', integer, required)
        .addColumn('first_at_ms', integer, required)
        .addColumn('last_at_ms', integer, required)
        .addPrimaryKeyConstraint('denials_pkey', [
          'hour_ms',
          'account_id',
          'project_id',
          'key_id',
          'code',
          'route',
          'address',
        ]),
    ).execute();

    await keyed(create('meta').addColumn('name', text, primary).addColumn('value', text, required)).execute();
  };
}
