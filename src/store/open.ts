import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Store, StoreParts } from '../core/ports.ts';
import { createAccounts } from './accounts.ts';
import { createActivity } from './activity.ts';
import { createAttempts } from './attempts.ts';
import { createAudit } from './audit.ts';
import { auditedNouns } from './auditedNouns.ts';
import type { Nouns } from './auditView.ts';
import { createAuthRows } from './authRows.ts';
import { createCatalogue } from './catalogue.ts';
import { macUnder, type Cipher } from './cipher.ts';
import { createClusterUsers } from './clusterUsers.ts';
import type { Engine } from './engine.ts';
import { guarded, toFault } from './faults.ts';
import { createHygiene } from './hygiene.ts';
import { createIdentities } from './identities.ts';
import { createInvitations, createPasswordResets } from './invitations.ts';
import { readKeptKeys } from './keptKeys.ts';
import { createKeys } from './keys.ts';
import { createLeaks } from './leaks.ts';
import { createLedger } from './ledger.ts';
import { createLimits } from './limits.ts';
import { createMembers } from './members.ts';
import { createMeta } from './meta.ts';
import type { SchemaMode } from './migrations.ts';
import { createNotices } from './notices.ts';
import { createPeople } from './people.ts';
import { createPolicies } from './policies.ts';
import { openPostgres } from './postgres.ts';
import { createProjects } from './projects.ts';
import { createQuotas } from './quotas.ts';
import type { Tables } from './schema.ts';
import { createSecrets } from './secrets.ts';
import { createSessions } from './sessions.ts';
import { openSqlite } from './sqlite.ts';
import { createSystem } from './system.ts';
import { createTrail } from './trail.ts';
import { createWebhooks } from './webhooks.ts';

export interface StoreOptions {
  /** Address of a Postgres database; null: SQLite in the data folder. */
  readonly url: string | null;
  readonly dataDir: string;
  readonly cipher: Cipher;
  /** Postgres only: most connections for look-ups and writes (10). */
  readonly maxConnections?: number;
  /** Names this process in the calls it has under way; by default a name nobody else has. */
  readonly nodeId?: string;
  /** `check` opens only a store that needs no migration, and migrates none. */
  readonly schema?: SchemaMode;
  /** Told of trouble that no call is waiting for, such as an idle connection that broke. */
  readonly onError?: (error: Error) => void;
}

/**
 * Opens the store and brings its schema up to date; creates no rows. Throws Fault `store_unavailable`, with a message
 * for the operator, when the data folder is in use or damaged, or the schema belongs to a newer program.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  try {
    const engine = await openEngine(options);
    const kept = await readKeptKeys(engine.db, options.cipher);
    return storeOver(engine, kept ? { ...options.cipher, mac: macUnder(kept.chain) } : options.cipher);
  } catch (error) {
    throw toFault(error);
  }
}

/** The engine alone, its schema as `options` say. */
export function openEngine(options: Omit<StoreOptions, 'cipher'>): Promise<Engine> {
  const { url, dataDir, maxConnections = 10, nodeId = randomUUID(), onError = () => undefined, schema } = options;
  if (url === null) return openSqlite(dataDir, nodeId, schema);
  return openPostgres({ url, maxConnections, nodeId, onError, schema });
}

function storeOver(engine: Engine, cipher: Cipher): Store {
  const { db } = engine;
  const { appendIn, ...log } = createAudit(engine, cipher);
  const nounsOver = (over: Kysely<Tables>): Nouns =>
    createNouns({ ...engine, db: over, ...(over !== db && { edits: over }) }, cipher, db);
  const trail = createTrail({ engine, nounsOver, append: appendIn });
  let closing: Promise<void> | undefined;
  return {
    engine: engine.name,
    ...guardedNouns(auditedNouns(trail, nounsOver(db))),
    audit: { ...guarded(log), during: (by, work) => trail.during(by, work) },
    system: guarded(createSystem(engine)),
    ...guarded({
      together: <T>(work: (parts: StoreParts) => Promise<T>) =>
        trail.together((within) => work(guardedNouns(auditedNouns(trail, nounsOver(within))))),
      /** Really writes: a full disk or a read-only standby shows here. */
      async check() {
        await db
          .insertInto('meta')
          .values(CHECKED)
          .onConflict((conflict) => conflict.column('name').doUpdateSet(CHECKED))
          .execute();
        await db.selectFrom('meta').select('value').where('name', '=', CHECKED.name).executeTakeFirst();
      },
      close: () => (closing ??= engine.close()),
    }),
  };
}

/** Every part of the store, over one connection; `outside`: one that is in no transaction. */
function createNouns(engine: Engine, cipher: Cipher, outside: Kysely<Tables>): Nouns {
  const { db } = engine;
  return {
    keys: createKeys(engine, cipher),
    secrets: createSecrets(engine, cipher),
    accounts: createAccounts(db),
    projects: createProjects(db),
    catalogue: createCatalogue(db, cipher, outside),
    clusterUsers: createClusterUsers(engine),
    ledger: createLedger(engine),
    limits: createLimits(engine),
    notices: createNotices(engine),
    webhooks: createWebhooks(engine, cipher),
    people: { ...createPeople(engine), ...createIdentities(db) },
    sessions: createSessions(db),
    attempts: createAttempts(db),
    authRows: createAuthRows(db),
    invitations: createInvitations(db),
    passwordResets: createPasswordResets(db),
    members: createMembers(engine),
    policies: createPolicies(db),
    hygiene: createHygiene(engine),
    leaks: createLeaks(engine),
    activity: createActivity(engine),
    quotas: createQuotas(engine),
    meta: createMeta(db, cipher),
  };
}

function guardedNouns(nouns: Nouns): Nouns {
  const { catalogue } = nouns;
  const parts = Object.entries(nouns).map(([name, part]: [string, object]) => [name, guarded(part)]);
  return {
    ...(Object.fromEntries(parts) as Nouns),
    catalogue: {
      ...guarded({ read: () => catalogue.read() }),
      providers: guarded(catalogue.providers),
      models: guarded(catalogue.models),
      endpoints: guarded(catalogue.endpoints),
      services: guarded(catalogue.services),
      groups: guarded(catalogue.groups),
    },
  };
}

const CHECKED = { name: 'store.checked', value: '1' };
