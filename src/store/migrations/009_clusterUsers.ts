import { sql, type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely } from 'kysely';
import type { Engine } from '../engine.ts';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;

const required: Column = (column) => column.notNull();
const primary: Column = (column) => column.notNull().primaryKey();
const unique: Column = (column) => column.notNull().unique();

/** User names and passwords that are valid on one service, and where a whole project may be used from. */
export function clusterUsers(engine: Engine['name']): (db: Kysely<unknown>) => Promise<void> {
  const text = engine === 'postgres' ? sql`text collate "C"` : sql`text`;
  const integer = engine === 'postgres' ? sql`bigint` : sql`integer`;

  return async (db) => {
    const table = (db.schema.createTable('cluster_users') as CreateTableBuilder<string, string>)
      .addColumn('account_id', text, required)
      .addColumn('project_id', text, required)
      .addColumn('service_id', text, (column) => column.notNull().references('services.id').onDelete('cascade'))
      .addColumn('id', text, primary)
      .addColumn('username', text, required)
      .addColumn('login', text, unique)
      .addColumn('password', text, required)
      .addColumn('role', text, required)
      .addColumn('paths', text, required)
      .addColumn('ip_allow', text, required)
      .addColumn('ip_deny', text, required)
      .addColumn('expires_at_ms', integer)
      .addColumn('status', text, required)
      .addColumn('description', text, required)
      .addColumn('created_by', text, required)
      .addColumn('created_at_ms', integer, required)
      .addColumn('updated_at_ms', integer, required)
      .addColumn('last_used_at_ms', integer)
      .addColumn('last_used_address', text)
      .addForeignKeyConstraint('cluster_users_project', ['account_id', 'project_id'], 'projects', ['account_id', 'id']);
    await (engine === 'postgres' ? table : table.modifyEnd(sql`strict`)).execute();
    await db.schema
      .createIndex('cluster_users_by_service')
      .on('cluster_users')
      .columns(['service_id', 'created_at_ms', 'id'])
      .execute();
    for (const column of ['ip_allow', 'ip_deny'])
      await db.schema
        .alterTable('projects')
        .addColumn(column, text, (one) => one.notNull().defaultTo('[]'))
        .execute();
  };
}
