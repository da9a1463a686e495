import { sql, type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely } from 'kysely';
import type { Engine } from '../engine.ts';

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;

const required: Column = (column) => column.notNull();

/** The audit log: a table whose rows are only ever added. */
export function audit(engine: Engine['name']): (db: Kysely<unknown>) => Promise<void> {
  const text = engine === 'postgres' ? sql`text collate "C"` : sql`text`;
  const integer = engine === 'postgres' ? sql`bigint` : sql`integer`;

  return async (db) => {
    const index = (name: string, columns: readonly string[]) =>
      db.schema
        .createIndex(`audit_events_${name}`)
        .on('audit_events')
        .columns([...columns]);

    const table: CreateTableBuilder<string, string> = db.schema
      .createTable('audit_events')
      .addColumn('account_id', text, required)
      .addColumn('project_id', text)
      .addColumn('seq', integer, (column) => column.notNull().primaryKey())
      .addColumn('account_seq', integer, required)
      .addColumn('id', text, (column) => column.notNull().unique())
      .addColumn('at_ms', integer, required)
      .addColumn('actor_type', text, required)
      .addColumn('actor_id', text, required)
      .addColumn('actor_name', text)
      .addColumn('actor_operator', integer, required)
      .addColumn('address', text)
      .addColumn('operation', text, required)
      .addColumn('object_type', text, required)
      .addColumn('object_id', text)
      .addColumn('object_name', text)
      .addColumn('outcome', text, required)
      .addColumn('code', text)
      .addColumn('request_id', text)
      .addColumn('before_fields', text)
      .addColumn('after_fields', text)
      .addColumn('previous_hash', text, required)
      .addColumn('hash', text, required);
    await (engine === 'postgres' ? table : table.modifyEnd(sql`strict`)).execute();
    await index('by_account', ['account_id', 'account_seq']).unique().execute();
    await index('by_place', ['account_id', 'project_id', 'seq']).execute();
    await index('by_object', ['object_id', 'seq']).execute();
    await index('by_actor', ['actor_id', 'seq']).execute();
    await index('by_time', ['at_ms']).execute();

    for (const statement of engine === 'postgres' ? POSTGRES : SQLITE) await sql.raw(statement).execute(db);
  };
}

const POSTGRES = [
  `create function audit_events_stay() returns trigger language plpgsql as $$
    begin raise exception 'rows of the audit log are never changed or removed'; end $$`,
  `create trigger audit_events_stay before update or delete on audit_events
    for each row execute function audit_events_stay()`,
  `create trigger audit_events_stay_whole before truncate on audit_events
    for each statement execute function audit_events_stay()`,
];

const SQLITE = [
  `create trigger audit_events_no_update before update on audit_events
    begin select raise(abort, 'rows of the audit log are never changed or removed'); end`,
  `create trigger audit_events_no_delete before delete on audit_events
    begin select raise(abort, 'rows of the audit log are never changed or removed'); end`,
  // `insert or replace` removes rows without the trigger above.
  `create trigger audit_events_no_replace before insert on audit_events
    when exists (select 1 from audit_events where seq = new.seq or id = new.id
      or (account_id = new.account_id and account_seq = new.account_seq))
    begin select raise(abort, 'rows of the audit log are never changed or removed'); end`,
];
