import type { Kysely } from 'kysely';
import { Fault } from '../core/fault.ts';
import type { AccountRole, FormerMember, Member, MemberPlace, MemberStore } from '../core/member.ts';
import type { Engine } from './engine.ts';
import { revokeOpen } from './invitations.ts';
import { locked } from './locks.ts';
import type { MembersTable } from './memberSchema.ts';
import { pageOf, positionOf } from './page.ts';
import type { Tables } from './schema.ts';

/** Who belongs where. Changes in one account come one after the other, so that it never loses its last owner. */
export function createMembers(engine: Engine): MemberStore {
  const { db } = engine;

  async function ofUsers(userIds: readonly string[]): Promise<Member[]> {
    if (userIds.length === 0) return [];
    const rows = await db.selectFrom('members').selectAll().where('user_id', 'in', userIds).execute();
    return rows.map(toMember);
  }

  return {
    async ofUser(userId) {
      const rows = await db
        .selectFrom('members')
        .innerJoin('accounts', 'accounts.id', 'members.account_id')
        .selectAll('members')
        .select('accounts.status')
        .where('user_id', '=', userId)
        .execute();
      return rows.map((row) => ({ ...toMember(row), ...(row.status === 'suspended' && { isSuspended: true }) }));
    },
    ofUsers,

    async get(place, userId) {
      const row = await at(db, place, userId).selectAll().executeTakeFirst();
      return row && toMember(row);
    },

    async list(query) {
      const after = positionOf(query, ['number', 'string']) as [number, string] | undefined;
      let select = db
        .selectFrom('members')
        .selectAll()
        .where('account_id', '=', query.accountId)
        .where('project_id', '=', query.projectId ?? '');
      if (after) select = select.where((eb) => eb(eb.refTuple('created_at_ms', 'user_id'), '<', eb.tuple(...after)));
      const rows = await select
        .orderBy('created_at_ms', 'desc')
        .orderBy('user_id', 'desc')
        .limit(query.limit + 1)
        .execute();
      return pageOf(query, rows, toMember, (row) => [row.created_at_ms, row.user_id]);
    },

    async put(member, expected) {
      await locked(engine, [{ type: 'account', id: member.accountId }], 0, async (transaction) => {
        await expectRole(transaction, member, expected);
        await expectOfAccount(transaction, member);
        const row = toRow(member);
        const { role, may_request_quota } = row;
        await transaction
          .insertInto('members')
          .values(row)
          .onConflict((conflict) =>
            conflict.columns(['account_id', 'project_id', 'user_id']).doUpdateSet({ role, may_request_quota }),
          )
          .execute();
        await transaction
          .deleteFrom('former_members')
          .where('account_id', '=', member.accountId)
          .where('user_id', '=', member.userId)
          .execute();
        if (member.projectId === null && expected !== null) {
          const { userId: createdBy, accountId } = member;
          await revokeOpen(transaction, { createdBy, accountId, kept: MAY_INVITE[member.role] });
        }
        if (expected === 'owner') await keepOwner(transaction, member.accountId);
      });
    },

    async remove(member, leaving) {
      const { accountId, projectId, userId, role } = member;
      await locked(engine, [{ type: 'account', id: accountId }], 0, async (transaction) => {
        await expectRole(transaction, member, role);
        let removal = transaction
          .deleteFrom('members')
          .where('account_id', '=', accountId)
          .where('user_id', '=', userId);
        if (projectId !== null) removal = removal.where('project_id', '=', projectId);
        await removal.execute();
        // Nobody comes back by a link they made for themselves.
        if (projectId === null) await revokeOpen(transaction, { createdBy: userId, accountId });
        if (role === 'owner') await keepOwner(transaction, accountId);
        const { name, removedAtMs: removed_at_ms } = leaving;
        await transaction
          .insertInto('former_members')
          .values({ account_id: accountId, user_id: userId, name, removed_at_ms })
          .onConflict((conflict) => conflict.columns(['account_id', 'user_id']).doUpdateSet({ name, removed_at_ms }))
          .execute();
      });
    },

    async former(userIds) {
      if (userIds.length === 0) return [];
      const rows = await db.selectFrom('former_members').selectAll().where('user_id', 'in', userIds).execute();
      return rows.map((row): FormerMember => {
        const { account_id: accountId, user_id: userId, name, removed_at_ms: removedAtMs } = row;
        return { accountId, userId, name, removedAtMs };
      });
    },
  };
}

/** In which roles a member lets people in: none above their own. */
const MAY_INVITE: Record<AccountRole, readonly AccountRole[]> = {
  owner: ['owner', 'admin', 'member'],
  admin: ['admin', 'member'],
  member: [],
};

function at(db: Kysely<Tables>, { accountId, projectId }: MemberPlace, userId: string) {
  return db
    .selectFrom('members')
    .where('account_id', '=', accountId)
    .where('project_id', '=', projectId ?? '')
    .where('user_id', '=', userId);
}

async function expectRole(db: Kysely<Tables>, member: Member, expected: Member['role'] | null): Promise<void> {
  const found = await at(db, member, member.userId).select('role').executeTakeFirst();
  if ((found?.role ?? null) !== expected)
    throw new Fault('conflict', 'What this person is here has just been changed by someone else. Look again.');
}

/** Who is in a project is in its account: of a removal from the account at the same moment, this is the one that sees it. */
async function expectOfAccount(db: Kysely<Tables>, { accountId, projectId, userId }: Member): Promise<void> {
  if (projectId === null) return;
  const found = await at(db, { accountId, projectId: null }, userId).select('role').executeTakeFirst();
  if (!found) throw new Fault('conflict', 'This person is not in the account any more. Invite them first.');
}

async function keepOwner(db: Kysely<Tables>, accountId: string): Promise<void> {
  const owner = await db
    .selectFrom('members')
    .select('user_id')
    .where('account_id', '=', accountId)
    .where('project_id', '=', '')
    .where('role', '=', 'owner')
    .executeTakeFirst();
  if (!owner) throw new Fault('conflict', 'This is the last owner of the account. Make somebody else an owner first.');
}

function toMember(row: MembersTable): Member {
  const { account_id: accountId, user_id: userId, added_by: addedBy, created_at_ms: createdAtMs, role } = row;
  const member = { accountId, userId, addedBy, createdAtMs, role };
  return (
    row.project_id === ''
      ? { ...member, projectId: null, mayRequestQuota: row.may_request_quota === 1 }
      : { ...member, projectId: row.project_id }
  ) as Member;
}

function toRow(member: Member): MembersTable {
  return {
    account_id: member.accountId,
    project_id: member.projectId ?? '',
    user_id: member.userId,
    role: member.role,
    may_request_quota: member.projectId === null && member.mayRequestQuota ? 1 : 0,
    added_by: member.addedBy,
    created_at_ms: member.createdAtMs,
  };
}
