import type { Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { Fault } from '../core/fault.ts';
import type { Engine } from './engine.ts';
import { initial } from './migrations/001_initial.ts';
import { limits } from './migrations/002_limits.ts';
import { notices } from './migrations/003_notices.ts';
import { people } from './migrations/004_people.ts';
import { members } from './migrations/005_members.ts';
import { audit } from './migrations/006_audit.ts';
import { secrets } from './migrations/008_secrets.ts';
import { clusterUsers } from './migrations/009_clusterUsers.ts';
import { temporaryKeys } from './migrations/010_temporaryKeys.ts';
import { groups } from './migrations/011_groups.ts';
import { leaks } from './migrations/012_leaks.ts';
import { hygiene } from './migrations/013_hygiene.ts';
import { vouchedEmails } from './migrations/014_vouchedEmails.ts';
import { noticeReads } from './migrations/015_noticeReads.ts';
import type { Tables } from './schema.ts';

/** Every change of the schema, in order. One that was released is never edited: a new one follows it. */
function migrations(engine: Engine['name']): Record<string, Migration> {
  return {
    '001_initial': { up: initial(engine) },
    '002_limits': { up: limits(engine) },
    '003_notices': { up: notices(engine) },
    '004_people': { up: people(engine) },
    '005_members': { up: members(engine) },
    '006_audit': { up: audit(engine) },
    '008_secrets': { up: secrets(engine) },
    '009_clusterUsers': { up: clusterUsers(engine) },
    '010_temporaryKeys': { up: temporaryKeys(engine) },
    '011_groups': { up: groups(engine) },
    '012_leaks': { up: leaks(engine) },
    '013_hygiene': { up: hygiene(engine) },
    '014_vouchedEmails': { up: vouchedEmails },
    '015_noticeReads': { up: noticeReads(engine) },
  };
}

/** Names the steps that the schema has been through. */
export const MIGRATIONS_TABLE = 'keyward_migrations';

/** `migrate`: bring the schema up to this program. `check`: refuse one that is not, and change nothing. */
export type SchemaMode = 'migrate' | 'check';

/**
 * Brings the schema up to this program, all steps or none. Processes that start at once on one Postgres take turns.
 * A schema from a newer program is refused: this one does not know what its columns mean. So is, where it is only to be
 * checked, an older one: the fault's `extra` has the steps that are `done` and those `toDo`.
 */
export async function migrate(engine: Engine['name'], db: Kysely<Tables>, mode: SchemaMode = 'migrate'): Promise<void> {
  const all = migrations(engine);
  const names = await done(db);
  const unknown = names.filter((name) => !(name in all));
  if (unknown.length > 0) {
    throw new Fault(
      'store_unavailable',
      `The store was written by a newer Keyward (its schema has ${unknown.join(', ')}). Start that version again, or restore a backup made before the upgrade.`,
    );
  }
  if (mode === 'check') return refuseOlder(Object.keys(all), names);
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => all },
    migrationTableName: MIGRATIONS_TABLE,
    migrationLockTableName: `${MIGRATIONS_TABLE}_lock`,
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error as Error;
}

function refuseOlder(all: readonly string[], names: readonly string[]): void {
  const toDo = all.filter((name) => !names.includes(name));
  if (toDo.length === 0) return;
  throw new Fault(
    'store_unavailable',
    `The store’s schema is ${toDo.length} ${toDo.length === 1 ? 'step' : 'steps'} behind this version. Start the server once: that migrates it.`,
    { extra: { done: names, toDo } },
  );
}

/** The names of the steps this store has been through. */
async function done(db: Kysely<Tables>): Promise<string[]> {
  const tables = await db.introspection.getTables();
  if (!tables.some((table) => table.name === MIGRATIONS_TABLE)) return [];
  const rows = await (db as unknown as Kysely<Record<typeof MIGRATIONS_TABLE, { name: string }>>)
    .selectFrom(MIGRATIONS_TABLE)
    .select('name')
    .execute();
  return rows.map((row) => row.name);
}
