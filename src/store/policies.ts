import { sql, type Kysely } from 'kysely';
import { Fault } from '../core/fault.ts';
import type { Key } from '../core/key.ts';
import { isPersonId } from '../core/member.ts';
import type { AccountPolicy, PolicyStore, ProjectPolicy } from '../core/policy.ts';
import { codec, flag, json, plain } from './columns.ts';
import { forgetValues } from './secretValues.ts';
import type { Tables } from './schema.ts';

/** What accounts and projects set about their keys; kept in the rows of these. */
export function createPolicies(db: Kysely<Tables>): PolicyStore {
  async function ofAccount(id: string): Promise<AccountPolicy | undefined> {
    const row = await db
      .selectFrom('accounts')
      .select(['key_cap', 'member_key_cap', 'key_reveal', 'custom_keys', 'step_up', 'on_leak_report', ...RULE_COLUMNS])
      .where('id', '=', id)
      .executeTakeFirst();
    return row && ACCOUNT_POLICY.fromRow({ ...row });
  }

  async function ofProject(id: string): Promise<ProjectPolicy | undefined> {
    const row = await db
      .selectFrom('projects')
      .select(['member_access', 'key_cap', 'ip_allow', 'ip_deny', ...RULE_COLUMNS])
      .where('id', '=', id)
      .executeTakeFirst();
    return row && PROJECT_POLICY.fromRow({ ...row });
  }

  return {
    ofAccount,
    ofProject,
    async setAccount(id, change) {
      const row = ACCOUNT_POLICY.toRow(change);
      if (Object.keys(row).length > 0)
        await db.transaction().execute(async (transaction) => {
          await transaction.updateTable('accounts').set(row).where('id', '=', id).execute();
          if (change.keyReveal === 'once') await forgetValues(transaction, id);
        });
      return ofAccount(id);
    },
    async setProject(id, change) {
      const row = PROJECT_POLICY.toRow(change);
      if (Object.keys(row).length > 0) await db.updateTable('projects').set(row).where('id', '=', id).execute();
      return ofProject(id);
    },
    countKeys: (place) => countKeys(db, place),
  };
}

const RULE_COLUMNS = ['max_key_lifetime_days', 'require_expiry', 'require_addresses', 'require_range_scope'] as const;
const RULES = {
  maxKeyLifetimeDays: plain<number | null>('max_key_lifetime_days'),
  requireExpiry: flag('require_expiry'),
  requireAddresses: flag('require_addresses'),
  requireRangeScope: flag('require_range_scope'),
};
const ACCOUNT_POLICY = codec<AccountPolicy>({
  keyCap: plain('key_cap'),
  memberKeyCap: plain('member_key_cap'),
  keyReveal: plain('key_reveal'),
  customKeys: flag('custom_keys'),
  stepUp: flag('step_up'),
  onLeakReport: plain('on_leak_report'),
  ...RULES,
});
const PROJECT_POLICY = codec<ProjectPolicy>({
  memberAccess: plain('member_access'),
  keyCap: plain('key_cap'),
  ipAllow: json('ip_allow'),
  ipDeny: json('ip_deny'),
  ...RULES,
});

/** Keys that count toward caps: standard ones that are not deleted. */
async function countKeys(
  db: Kysely<Tables>,
  place: { readonly accountId: string; readonly projectId: string | null },
): Promise<number> {
  let select = db
    .selectFrom('keys')
    .select((eb) => eb.fn.countAll<number | bigint>().as('count'))
    .where('class', '=', 'standard')
    .where('deleted_at_ms', 'is', null)
    .where('account_id', '=', place.accountId);
  if (place.projectId !== null) select = select.where('project_id', '=', place.projectId);
  const { count } = await select.executeTakeFirstOrThrow();
  return Number(count);
}

/**
 * Whether there is room for one more key. Inside its transaction, under the lock of its account: of two that come at
 * once for the last place, the second sees the first.
 */
export async function takePlace(
  db: Kysely<Tables>,
  { accountId, projectId, createdBy }: Pick<Key, 'accountId' | 'projectId' | 'createdBy'>,
): Promise<void> {
  const account = await db
    .selectFrom('accounts')
    .select(['key_cap', 'member_key_cap'])
    .where('id', '=', accountId)
    .executeTakeFirst();
  const project =
    projectId === null
      ? undefined
      : await db.selectFrom('projects').select('key_cap').where('id', '=', projectId).executeTakeFirst();
  if (!account) return;
  const { key_cap: most, member_key_cap: mostOfMember } = account;
  if ((await countKeys(db, { accountId, projectId: null })) >= most)
    throw full(`This account has its ${most} keys, the most it may have. ${MORE_OF_ACCOUNT}`, 'account', most);
  const mostOfProject = project?.key_cap ?? null;
  if (mostOfProject !== null && (await countKeys(db, { accountId, projectId })) >= mostOfProject)
    throw full(`This project has its ${mostOfProject} keys, the most it may have. ${MORE}`, 'project', mostOfProject);
  const person = mostOfMember === null ? undefined : await personBehind(db, createdBy);
  if (mostOfMember === null || person === undefined) return;
  if ((await countKeysOf(db, accountId, person)) >= mostOfMember) {
    const who = person === createdBy ? 'You have' : 'Who made this management key has';
    throw full(`${who} made ${mostOfMember} keys here, the most one person may have. ${MORE}`, 'member', mostOfMember);
  }
}

/** Who made a key, or the management key that made it, and so on; undefined: the root key, or the server. */
async function personBehind(db: Kysely<Tables>, createdBy: string): Promise<string | undefined> {
  if (isPersonId(createdBy)) return createdBy;
  const { rows } = await sql<{ id: string }>`
    with recursive makers (id) as (
      select created_by from keys where id = ${createdBy}
      union select keys.created_by from makers join keys on keys.id = makers.id)
    select id from makers`.execute(db);
  return rows.find(({ id }) => isPersonId(id))?.id;
}

/** Keys that count, made by a person or by management keys that go back to them. */
async function countKeysOf(db: Kysely<Tables>, accountId: string, person: string): Promise<number> {
  const { rows } = await sql<{ count: number | string | null }>`
    with recursive counted (maker, keys) as (
      select created_by, count(*) from keys
      where class = 'standard' and deleted_at_ms is null and account_id = ${accountId} group by created_by),
    makers (maker, id) as (
      select maker, maker from counted
      union select makers.maker, keys.created_by from makers join keys on keys.id = makers.id)
    select sum(counted.keys) as count from counted join makers on makers.maker = counted.maker
    where makers.id = ${person}`.execute(db);
  return Number(rows[0]?.count ?? 0);
}

const MORE_OF_ACCOUNT =
  'Delete keys that are not used, or ask for more: on the console’s quota page, or by POST /api/v1/accounts/{id}/quota-requests.';
const MORE = 'Delete keys that are not used, or ask an admin of the account for more.';

function full(message: string, of: 'account' | 'project' | 'member', keyCap: number): Fault {
  return new Fault('quota_exceeded', message, { extra: { of, keyCap } });
}
