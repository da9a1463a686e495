import { sql, type Kysely, type RawBuilder, type SelectQueryBuilder, type SqlBool } from 'kysely';
import type { StandingFinding } from '../core/hygiene.ts';
import type { KeyQuery } from '../core/keyStore.ts';
import { found } from './keyFindings.ts';
import { searchable } from './keyRow.ts';
import type { Tables } from './schema.ts';

/** The keys a list asks for, not yet sorted or cut. */
export function filtered(db: Kysely<Tables>, query: KeyQuery): Filtered {
  let select: Filtered = db.selectFrom('keys').where('deleted_at_ms', 'is', null);
  if (query.accountId !== null) select = select.where('account_id', '=', query.accountId);
  if (query.projectId !== null) select = select.where('project_id', '=', query.projectId);
  if (query.class !== undefined) select = select.where('class', '=', query.class);
  if (query.parentKeyId !== undefined) select = select.where('parent_key_id', '=', query.parentKeyId);
  if (query.environment !== undefined) select = select.where('environment', '=', query.environment);
  if (query.groupId !== undefined) select = select.where('group_id', '=', query.groupId);
  if (query.limitTemplateId !== undefined) select = select.where('limit_template_id', '=', query.limitTemplateId);
  if (query.region !== undefined) select = select.where('region', '=', query.region);
  if (query.resourceId !== undefined) select = select.where(naming(query.resourceId));
  if (query.createdBy !== undefined) select = select.where('created_by', '=', query.createdBy);
  if (query.createdBeforeMs !== undefined) select = select.where('created_at_ms', '<', query.createdBeforeMs);
  if (query.state !== undefined) select = select.where(inState(query.state, query.nowMs));
  if (query.unusedSinceMs !== undefined)
    select = select.where(sql<SqlBool>`coalesce(last_used_at_ms, created_at_ms) < ${query.unusedSinceMs}`);
  for (const finding of STANDING) {
    const wanted = query[finding];
    if (wanted !== undefined) select = select.where(wanted ? found(finding) : sql<SqlBool>`not ${found(finding)}`);
  }
  if (query.search !== undefined && query.search !== '') select = select.where(matching(query.search));
  return select;
}

const STANDING = [
  'withoutLimit',
  'withoutExpiry',
  'wideOpen',
  'orphaned',
  'againstRules',
] as const satisfies readonly StandingFinding[];

/** As people see it (core/key `keyState`): a disabled key stays disabled when its expiry passes. */
function inState(state: NonNullable<KeyQuery['state']>, nowMs: number): RawBuilder<SqlBool> {
  switch (state) {
    case 'disabled':
      return sql<SqlBool>`status = 'disabled'`;
    case 'expired':
      return sql<SqlBool>`status = 'active' and expires_at_ms <= ${nowMs}`;
    case 'active':
      return sql<SqlBool>`status = 'active' and (expires_at_ms is null or expires_at_ms > ${nowMs})`;
  }
}

function matching(search: string): RawBuilder<SqlBool> {
  const pattern = `%${searchable(search).replace(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`(name_search like ${pattern} escape '\\' or description_search like ${pattern} escape '\\' or lower(masked) like ${pattern} escape '\\')`;
}

/**
 * Scopes are kept as JSON without spaces, where nothing but the id of a resource is a member `id`. Not by `like`, to which
 * ids that differ in case are one on SQLite.
 */
function naming(resourceId: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`replace(scope, ${`"id":${JSON.stringify(resourceId)}`}, '') <> scope`;
}

type Filtered = SelectQueryBuilder<Tables, 'keys', Record<never, never>>;
