import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';
import type { Account, Project } from '../../src/core/account.ts';
import { plainKey, type Key } from '../../src/core/key.ts';
import type { LedgerRow } from '../../src/core/ledger.ts';
import type { NewSecret } from '../../src/core/secret.ts';
import type { Store } from '../../src/core/ports.ts';
import { NO_USAGE } from '../../src/core/usage.ts';
import { createCipher } from '../../src/store/cipher.ts';
import { openStore } from '../../src/store/open.ts';

export type EngineName = Store['engine'];

/** Every engine the contract suites run on. */
export const engines: readonly EngineName[] = ['sqlite', 'postgres'];

export const testCipher = createCipher(new Uint8Array(32).fill(7));

/** An empty place for a store: a folder, or a database on the server that all tests share. */
export interface StorePlace {
  readonly engine: EngineName;
  readonly url: string | null;
  readonly dataDir: string;
  open(): Promise<Store>;
  /** Runs SQL beside the store, on Postgres. */
  sql(text: string, values?: unknown[]): Promise<pg.QueryResult<Record<string, unknown>>>;
  clear(): Promise<void>;
}

export async function newPlace(engine: EngineName): Promise<StorePlace> {
  const dataDir = mkdtempSync(join(tmpdir(), 'keyward-store-'));
  const database = `keyward_${randomUUID().replaceAll('-', '')}`;
  if (engine === 'postgres') await onServer('postgres', `create database ${database}`);
  const url = engine === 'postgres' ? `${inject('postgresUrl')}/${database}` : null;
  return {
    engine,
    url,
    dataDir,
    open: () => openStore({ url, dataDir, cipher: testCipher }),
    sql: (text, values) => onServer(database, text, values),
    async clear() {
      if (engine === 'postgres') await onServer('postgres', `drop database ${database} with (force)`);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function onServer(
  database: string,
  text: string,
  values?: unknown[],
): Promise<pg.QueryResult<Record<string, unknown>>> {
  const client = new pg.Client(`${inject('postgresUrl')}/${database}`);
  await client.connect();
  try {
    return await client.query(text, values);
  } finally {
    await client.end();
  }
}

/** A store for the tests of one `describe`, and on Postgres a second node on the same data (on SQLite the same store). */
export function useStore(engine: EngineName): {
  readonly store: Store;
  readonly other: Store;
  readonly place: StorePlace;
} {
  const used = {} as { store: Store; other: Store; place: StorePlace };
  beforeAll(async () => {
    used.place = await newPlace(engine);
    used.store = await used.place.open();
    used.other = engine === 'postgres' ? await used.place.open() : used.store;
  });
  afterAll(async () => {
    await used.store?.close();
    if (used.other !== used.store) await used.other?.close();
    await used.place?.clear();
  });
  return used;
}

export function newId(prefix: string): string {
  return `${prefix}_${randomUUID()}`;
}

/** An account with one project, so that tests that share a store do not meet. */
export async function newTenant(store: Store): Promise<{ account: Account; project: Project }> {
  const account: Account = {
    id: newId('acc'),
    name: '星河科技',
    status: 'active',
    nameEditable: true,
    defaultGroupId: null,
    createdAtMs: 1_000,
  };
  const project: Project = { id: newId('prj'), accountId: account.id, name: '默认项目', createdAtMs: 1_000 };
  await store.accounts.create(account);
  await store.projects.create(project);
  return { account, project };
}

export function keyIn(project: Project, fields: Partial<Key> = {}): Key {
  return {
    ...plainKey({
      id: newId('key'),
      accountId: project.accountId,
      projectId: project.id,
      class: 'standard',
      name: 'a key',
      masked: 'kw_Ab***wxyz',
      createdBy: 'root',
      createdAtMs: 10_000,
      region: null,
    }),
    ...fields,
  };
}

export function secretOf(key: Key, hash: string = newId('hash')): NewSecret {
  const { id: keyId, accountId, masked, createdAtMs } = key;
  return { id: newId('sec'), hash, keyId, accountId, masked, createdAtMs };
}

/** Writes a key and answers it. */
export async function newKey(store: Store, project: Project, fields: Partial<Key> = {}): Promise<Key> {
  const key = keyIn(project, fields);
  await store.keys.create(key, secretOf(key));
  return key;
}

export function rowIn(project: Project, fields: Partial<LedgerRow> = {}): LedgerRow {
  const row = {
    id: newId('req'),
    accountId: project.accountId,
    projectId: project.id,
    keyId: 'key_1',
    route: '/v1/chat/completions',
    resourceType: 'model',
    resourceId: 'mdl_1',
    resourceName: 'demo',
    providerId: 'prv_1',
    outcome: 'answered',
    status: 200,
    streamed: false,
    usage: NO_USAGE,
    usageSource: 'reported',
    costNano: 0n,
    prices: null,
    address: '203.0.113.7',
    startedAtMs: 1_800_000_000_000,
    firstByteMs: 12,
    durationMs: 34,
    ...fields,
  } satisfies Partial<LedgerRow>;
  const { inputTokens, outputTokens } = row.usage;
  return { chargedTokens: inputTokens + outputTokens, chargedCostNano: row.costNano, ...row };
}
