import type { Kysely } from 'kysely';
import type { ParentKey } from '../core/key.ts';
import type { KeyStore, KeyWithPlace } from '../core/keyStore.ts';
import type { Scope } from '../core/scope.ts';
import type { Engine } from './engine.ts';
import { KEY } from './keyRow.ts';
import type { KeysTable, Tables } from './schema.ts';

/**
 * The look-up on the way of a request. Its list is filled up to a power of two by repeating the last hash, so that
 * there are nine statements, built once and kept prepared, and not one for every number of hashes.
 */
export function createLookup(engine: Engine): KeyStore['findByHashes'] {
  const texts = new Map<number, string>();

  async function find(hashes: readonly string[]): Promise<LookupRow[]> {
    const size = 2 ** Math.ceil(Math.log2(hashes.length));
    const text = texts.get(size) ?? lookupText(engine.db, size);
    texts.set(size, text);
    const filling = Array<string>(size - hashes.length).fill(hashes.at(-1) ?? '');
    return engine.hot<LookupRow>(`keys_by_hash_${size}`, text, [...hashes, ...filling]);
  }

  return async (hashes) => {
    const rows: LookupRow[] = [];
    for (let at = 0; at < hashes.length; at += MOST_HASHES)
      rows.push(...(await find(hashes.slice(at, at + MOST_HASHES))));
    return rows.map((row) => ({ hash: row.hash, found: withPlace(row) }));
  };
}

/** Most hashes of one statement. */
const MOST_HASHES = 256;

function lookupText(db: Kysely<Tables>, size: number): string {
  return db
    .selectFrom('secrets as s')
    .innerJoin('keys as k', 'k.id', 's.key_id')
    .innerJoin('accounts as a', 'a.id', 'k.account_id')
    .leftJoin('projects as p', 'p.id', 'k.project_id')
    .leftJoin('keys as pk', 'pk.id', 'k.parent_key_id')
    .where('s.hash', 'in', Array<string>(size).fill(''))
    .select(KEY.names.map((name) => `k.${name as keyof KeysTable}` as const))
    .select([
      's.hash',
      's.id as secret_id',
      's.ends_at_ms as secret_ends_at_ms',
      'a.name as account_name',
      'a.status as account_status',
      'a.name_editable as account_name_editable',
      'a.default_group_id as account_default_group_id',
      'a.created_at_ms as account_created_at_ms',
    ])
    .select([
      'p.name as project_name',
      'p.created_at_ms as project_created_at_ms',
      'p.ip_allow as project_ip_allow',
      'p.ip_deny as project_ip_deny',
    ])
    .select([
      'pk.status as parent_status',
      'pk.scope as parent_scope',
      'pk.group_id as parent_group_id',
      'pk.ip_allow as parent_ip_allow',
      'pk.ip_deny as parent_ip_deny',
      'pk.expires_at_ms as parent_expires_at_ms',
      'pk.deleted_at_ms as parent_deleted_at_ms',
    ])
    .compile().sql;
}

interface LookupRow extends KeysTable {
  hash: string;
  secret_id: string;
  secret_ends_at_ms: number | null;
  account_name: string;
  account_status: 'active' | 'suspended';
  account_name_editable: number;
  account_default_group_id: string | null;
  account_created_at_ms: number;
  project_name: string | null;
  project_created_at_ms: number | null;
  project_ip_allow: string | null;
  project_ip_deny: string | null;
  parent_status: 'active' | 'disabled' | null;
  parent_scope: string | null;
  parent_group_id: string | null;
  parent_ip_allow: string | null;
  parent_ip_deny: string | null;
  parent_expires_at_ms: number | null;
  parent_deleted_at_ms: number | null;
}

function withPlace(row: LookupRow): KeyWithPlace {
  const key = KEY.fromRow(row as unknown as Record<string, unknown>);
  return {
    key,
    secret: { id: row.secret_id, endsAtMs: row.secret_ends_at_ms },
    account: {
      id: key.accountId,
      name: row.account_name,
      status: row.account_status,
      nameEditable: row.account_name_editable === 1,
      defaultGroupId: row.account_default_group_id,
      createdAtMs: row.account_created_at_ms,
    },
    project:
      key.projectId === null
        ? null
        : {
            id: key.projectId,
            accountId: key.accountId,
            name: row.project_name ?? '',
            createdAtMs: row.project_created_at_ms ?? 0,
          },
    ...listsOfProject(row.project_ip_allow, row.project_ip_deny),
    ...(key.parentKeyId !== null && { parent: parentOf(key.parentKeyId, row) }),
  };
}

/** What a temporary key was made from, as it is at the moment of the look-up. */
function parentOf(id: string, row: LookupRow): ParentKey {
  return {
    id,
    status: row.parent_status ?? 'disabled',
    scope: JSON.parse(row.parent_scope ?? NOTHING) as Scope,
    groupId: row.parent_group_id,
    ipAllow: listOf(row.parent_ip_allow),
    ipDeny: listOf(row.parent_ip_deny),
    expiresAtMs: row.parent_expires_at_ms,
    deletedAtMs: row.parent_deleted_at_ms,
  };
}

const NOTHING = '{"mode":"range","resources":[]}';

const NO_LISTS: Pick<KeyWithPlace, 'projectLists'> = {};

/** Most projects have none, and their keys need no object to say so. */
export function listsOfProject(ipAllow: string | null, ipDeny: string | null): Pick<KeyWithPlace, 'projectLists'> {
  if ((ipAllow ?? '[]') === '[]' && (ipDeny ?? '[]') === '[]') return NO_LISTS;
  return { projectLists: { ipAllow: listOf(ipAllow), ipDeny: listOf(ipDeny) } };
}

function listOf(text: string | null): string[] {
  return text === null ? [] : (JSON.parse(text) as string[]);
}
