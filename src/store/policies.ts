import type { Kysely } from 'kysely';
import { Fault } from '../core/fault.ts';
import type { Key } from '../core/key.ts';
import { isPersonId } from '../core/member.ts';
import type { AccountPolicy, PolicyStore, ProjectPolicy } from '../core/policy.ts';
import { codec, json, plain } from './columns.ts';
import type { Tables } from './schema.ts';

/** What accounts and projects set about their keys; kept in the rows of these. */
export function createPolicies(db: Kysely<Tables>): PolicyStore {
  async function ofAccount(id: string): Promise<AccountPolicy | undefined> {
    const row = await db
      .selectFrom('accounts')
      .select(['key_cap', 'member_key_cap'])
      .where('id', '=', id)
      .executeTakeFirst();
    return row && ACCOUNT_POLICY.fromRow({ ...row });
  }

  async function ofProject(id: string): Promise<ProjectPolicy | undefined> {
    const row = await db
      .selectFrom('projects')
      .select(['member_access', 'key_cap', 'ip_allow', 'ip_deny'])
      .where('id', '=', id)
      .executeTakeFirst();
    return row && PROJECT_POLICY.fromRow({ ...row });
  }

  return {
    ofAccount,
    ofProject,
    async setAccount(id, change) {
      const row = ACCOUNT_POLICY.toRow(change);
      if (Object.keys(row).length > 0) await db.updateTable('accounts').set(row).where('id', '=', id).execute();
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

const ACCOUNT_POLICY = codec<AccountPolicy>({ keyCap: plain('key_cap'), memberKeyCap: plain('member_key_cap') });
const PROJECT_POLICY = codec<ProjectPolicy>({
  memberAccess: plain('member_access'),
  keyCap: plain('key_cap'),
  ipAllow: json('ip_allow'),
  ipDeny: json('ip_deny'),
});

/** Keys that count toward caps: standard ones that are not deleted. */
async function countKeys(
  db: Kysely<Tables>,
  place: { readonly accountId: string; readonly projectId: string | null; readonly createdBy?: string },
): Promise<number> {
  let select = db
    .selectFrom('keys')
    .select((eb) => eb.fn.countAll<number | bigint>().as('count'))
    .where('class', '=', 'standard')
    .where('deleted_at_ms', 'is', null)
    .where('account_id', '=', place.accountId);
  if (place.projectId !== null) select = select.where('project_id', '=', place.projectId);
  if (place.createdBy !== undefined) select = select.where('created_by', '=', place.createdBy);
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
  if (mostOfMember === null || !isPersonId(createdBy)) return;
  if ((await countKeys(db, { accountId, projectId: null, createdBy })) >= mostOfMember)
    throw full(
      `You have made ${mostOfMember} keys here, the most one person may have. ${MORE}`,
      'member',
      mostOfMember,
    );
}

const MORE_OF_ACCOUNT =
  'Delete keys that are not used, or ask for more: on the console’s quota page, or by POST /api/v1/accounts/{id}/quota-requests.';
const MORE = 'Delete keys that are not used, or ask an admin of the account for more.';

function full(message: string, of: 'account' | 'project' | 'member', keyCap: number): Fault {
  return new Fault('quota_exceeded', message, { extra: { of, keyCap } });
}
