import type { Kysely } from 'kysely';
import { normalisedEmail } from '../core/email.ts';
import type { Invitation, InvitationStore, PasswordReset, PasswordResetStore } from '../core/invitation.ts';
import { codec, plain } from './columns.ts';
import { newestFirst } from './page.ts';
import type { InvitationsTable, PasswordResetsTable } from './peopleSchema.ts';
import type { Tables } from './schema.ts';

/** Links that let people in. */
export function createInvitations(db: Kysely<Tables>): InvitationStore {
  return {
    async create(invitation, tokenHash) {
      const row = { ...INVITATION.toRow(invitation), token_hash: tokenHash, updated_at_ms: invitation.createdAtMs };
      await db
        .insertInto('invitations')
        .values(row as unknown as InvitationsTable)
        .execute();
    },

    async get(id) {
      const row = await db.selectFrom('invitations').selectAll().where('id', '=', id).executeTakeFirst();
      return row && INVITATION.fromRow({ ...row });
    },

    async list(query) {
      const select = db.selectFrom('invitations').selectAll().where('account_id', '=', query.accountId);
      return newestFirst(query, select, (row) => INVITATION.fromRow({ ...row }));
    },

    async find(tokenHash) {
      const row = await db.selectFrom('invitations').selectAll().where('token_hash', '=', tokenHash).executeTakeFirst();
      return row && INVITATION.fromRow({ ...row });
    },

    async openFor(email, nowMs) {
      const rows = await db
        .selectFrom('invitations')
        .selectAll()
        .where('email', '=', normalisedEmail(email))
        .where('status', '=', 'open')
        .where('expires_at_ms', '>', nowMs)
        .orderBy('created_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(20)
        .execute();
      return rows.map((row) => INVITATION.fromRow({ ...row }));
    },

    async close(id, status, { acceptedBy, nowMs }) {
      const row = await db
        .updateTable('invitations')
        .set({ status, accepted_by: acceptedBy, updated_at_ms: nowMs })
        .where('id', '=', id)
        .where('status', '=', 'open')
        .returningAll()
        .executeTakeFirst();
      return row && INVITATION.fromRow({ ...row });
    },

    async reopen(id) {
      await db
        .updateTable('invitations')
        .set({ status: 'open', accepted_by: null })
        .where('id', '=', id)
        .where('status', '=', 'accepted')
        .execute();
    },
  };
}

/** Ends the open links of somebody who may not let people in any more, or only in some roles. */
export async function revokeOpen(
  db: Kysely<Tables>,
  { createdBy, accountId, kept = [] }: { createdBy: string; accountId?: string; kept?: readonly string[] },
): Promise<void> {
  let update = db
    .updateTable('invitations')
    .set({ status: 'revoked' })
    .where('created_by', '=', createdBy)
    .where('status', '=', 'open');
  if (accountId !== undefined) update = update.where('account_id', '=', accountId);
  if (kept.length > 0)
    update = update.where((eb) => eb.or([eb('role', 'not in', kept), eb('project_role', 'not in', kept)]));
  await update.execute();
}

/** Ids of the open links that somebody made, of one account or of all. */
export async function openInvitations(db: Kysely<Tables>, createdBy: string, accountId?: string): Promise<string[]> {
  let select = db
    .selectFrom('invitations')
    .select('id')
    .where('created_by', '=', createdBy)
    .where('status', '=', 'open');
  if (accountId !== undefined) select = select.where('account_id', '=', accountId);
  return (await select.orderBy('id').execute()).map(({ id }) => id);
}

/** Links by which people choose a new password. */
export function createPasswordResets(db: Kysely<Tables>): PasswordResetStore {
  return {
    async create(reset, tokenHash) {
      await db.transaction().execute(async (transaction) => {
        await transaction.deleteFrom('password_resets').where('user_id', '=', reset.userId).execute();
        await transaction
          .insertInto('password_resets')
          .values({ ...RESET.toRow(reset), token_hash: tokenHash } as unknown as PasswordResetsTable)
          .execute();
      });
    },

    async find(tokenHash, nowMs) {
      const row = await db
        .selectFrom('password_resets')
        .selectAll()
        .where('token_hash', '=', tokenHash)
        .where('expires_at_ms', '>', nowMs)
        .executeTakeFirst();
      return row && RESET.fromRow({ ...row });
    },

    async take(tokenHash, nowMs) {
      const row = await db
        .deleteFrom('password_resets')
        .where('token_hash', '=', tokenHash)
        .where('expires_at_ms', '>', nowMs)
        .returningAll()
        .executeTakeFirst();
      return row && RESET.fromRow({ ...row });
    },
  };
}

const INVITATION = codec<Invitation>({
  id: plain('id'),
  accountId: plain('account_id'),
  projectId: plain('project_id'),
  email: plain('email'),
  role: plain('role'),
  projectRole: plain('project_role'),
  status: plain('status'),
  acceptedBy: plain('accepted_by'),
  createdBy: plain('created_by'),
  createdAtMs: plain('created_at_ms'),
  expiresAtMs: plain('expires_at_ms'),
});

const RESET = codec<PasswordReset>({
  id: plain('id'),
  userId: plain('user_id'),
  createdBy: plain('created_by'),
  createdAtMs: plain('created_at_ms'),
  expiresAtMs: plain('expires_at_ms'),
});
