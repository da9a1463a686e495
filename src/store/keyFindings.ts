import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { Finding } from '../core/hygiene.ts';

/** Since when a key must have been idle, and before when its newest value made, to be found so. */
export interface Since {
  readonly idleSinceMs: number;
  readonly oldBeforeMs: number;
}

/** Whether a row of `keys` is found to be so; never null, so that it can be negated. */
export function found(finding: Exclude<Finding, 'idle' | 'old'>): RawBuilder<SqlBool>;
export function found(finding: Finding, since: Since): RawBuilder<SqlBool>;
export function found(finding: Finding, since?: Since): RawBuilder<SqlBool> {
  switch (finding) {
    case 'idle':
      return sql<SqlBool>`(coalesce(keys.last_used_at_ms, keys.created_at_ms) < ${since?.idleSinceMs})`;
    case 'old':
      return sql<SqlBool>`(coalesce((select max(secrets.created_at_ms) from secrets where secrets.key_id = keys.id),
        keys.created_at_ms) < ${since?.oldBeforeMs})`;
    case 'withoutLimit':
      return sql<SqlBool>`(keys.class = 'standard' and not exists (select 1 from limits
        where (limits.subject_type = 'key' and limits.subject_id = keys.id)
        or (limits.subject_type = 'template' and limits.subject_id = keys.limit_template_id)))`;
    case 'withoutExpiry':
      return sql<SqlBool>`(keys.expires_at_ms is null)`;
    case 'wideOpen':
      // Of a temporary key its parent is: it opens no more than that.
      return sql<SqlBool>`(keys.class <> 'temporary' and ${OPENS_ALL} and ${isOpen('keys')} and not exists (select 1 from projects
        where projects.id = keys.project_id and not ${isOpen('projects')}))`;
    case 'orphaned':
      return sql<SqlBool>`(not ${OWNED})`;
    case 'againstRules':
      return AGAINST_RULES;
  }
}

const OPENS_ALL = sql<SqlBool>`(keys.scope like '{"mode":"all"%')`;

/** As core/keyRules `isOpenList`. */
function isOpen(table: 'keys' | 'projects'): RawBuilder<SqlBool> {
  const list = sql.ref(`${table}.ip_allow`);
  const wide = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => sql`${list} like ${sql.lit(`%/${bits}"%`)}`);
  return sql<SqlBool>`(${list} = '[]' or ${sql.join(wide, sql` or `)})`;
}

/** As service/owners has it: the maker is there, and looks after what lies where the key does. */
const OWNED = sql<SqlBool>`(keys.created_by in ('root', 'system')
  or exists (select 1 from keys makers where makers.id = keys.created_by and makers.deleted_at_ms is null)
  or exists (select 1 from users where users.id = keys.created_by and users.status = 'active'
    and (users.operator = 1 or exists (select 1 from members
      where members.user_id = users.id and members.account_id = keys.account_id
      and ((members.project_id = '' and members.role <> 'member') or members.project_id = keys.project_id)))))`;

/** As core/keyRules `ruleErrors`, under the rules of the account and those of the project. */
const AGAINST_RULES = sql<SqlBool>`exists (select 1 from accounts
  left join projects on projects.id = keys.project_id where accounts.id = keys.account_id and (
    (keys.expires_at_ms is null and (accounts.require_expiry = 1 or projects.require_expiry = 1
      or accounts.max_key_lifetime_days is not null or projects.max_key_lifetime_days is not null))
    or keys.expires_at_ms - keys.created_at_ms > 86400000 * accounts.max_key_lifetime_days
    or keys.expires_at_ms - keys.created_at_ms > 86400000 * projects.max_key_lifetime_days
    or ((accounts.require_addresses = 1 or projects.require_addresses = 1)
      and keys.class <> 'temporary' and ${isOpen('keys')} and (projects.id is null or ${isOpen('projects')}))
    or ((accounts.require_range_scope = 1 or projects.require_range_scope = 1)
      and keys.class = 'standard' and ${OPENS_ALL})))`;
