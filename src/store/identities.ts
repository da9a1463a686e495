import type { Kysely } from 'kysely';
import { Fault } from '../core/fault.ts';
import type { PeopleStore } from '../core/people.ts';
import { holds } from './authRows.ts';
import { isTaken } from './faults.ts';
import { removeProofs, USER } from './people.ts';
import { lockUser } from './sessions.ts';
import type { Tables } from './schema.ts';

/** How users are known to identity providers. */
export function createIdentities(
  db: Kysely<Tables>,
): Pick<PeopleStore, 'findByIdentity' | 'issuersOf' | 'link' | 'unlink'> {
  const linksOf = (within: Kysely<Tables>, userId: string) =>
    within.selectFrom('credentials').where('user_id', '=', userId).where('provider_id', 'like', `${OIDC}%`);

  return {
    async findByIdentity({ issuer, subject }) {
      const row = await db
        .selectFrom('credentials')
        .innerJoin('users', 'users.id', 'credentials.user_id')
        .selectAll('users')
        .where('provider_id', '=', OIDC + issuer)
        .where('subject', '=', subject)
        .executeTakeFirst();
      return row && USER.fromRow({ ...row });
    },

    async issuersOf(userId) {
      const rows = await linksOf(db, userId).select('provider_id').orderBy('provider_id').execute();
      return rows.map((row) => row.provider_id.slice(OIDC.length));
    },

    async link(userId, { issuer, subject }, { id, nowMs, byEmail, sessionId }) {
      const write = db.transaction().execute(async (transaction) => {
        if (!(await lockUser(transaction, userId))) throw new Fault('conflict', 'This user may not sign in.');
        // It may have ended while the provider was asked, by the tie of whoever owns the e-mail.
        if (sessionId !== undefined && !(await holds(transaction, { userId, sessionId })))
          throw new Fault('unauthenticated', 'The session has ended. Sign in again.');
        if (byEmail !== null) {
          const found = await transaction
            .selectFrom('users')
            .select('id')
            .where('id', '=', userId)
            .where('email', '=', byEmail)
            .where('email_verified', '=', 1)
            .where('operator', '=', 0)
            .executeTakeFirst();
          if (!found || (await linksOf(transaction, userId).select('id').executeTakeFirst()))
            throw new Fault('conflict', 'This user is not tied to an identity by their e-mail.');
          await removeProofs(transaction, userId, nowMs);
        }
        await transaction
          .deleteFrom('credentials')
          .where('user_id', '=', userId)
          .where('provider_id', 'like', `${OIDC}%`)
          .execute();
        await transaction
          .insertInto('credentials')
          .values({
            id,
            user_id: userId,
            provider_id: OIDC + issuer,
            subject,
            password: null,
            created_at_ms: nowMs,
            updated_at_ms: nowMs,
          })
          .execute();
      });
      await write.catch((error: unknown) => {
        if (isTaken(error))
          throw new Fault('conflict', 'Somebody else here signs in with this identity already.', { cause: error });
        throw error;
      });
    },

    unlink: (userId) =>
      db.transaction().execute(async (transaction) => {
        await lockUser(transaction, userId);
        const rows = await transaction
          .deleteFrom('credentials')
          .where('user_id', '=', userId)
          .where('provider_id', 'like', `${OIDC}%`)
          .returning('id')
          .execute();
        if (rows.length === 0) throw new Fault('not_found', 'You do not sign in with an identity provider.');
        const ofUser = transaction.selectFrom('credentials').select('id').where('user_id', '=', userId);
        const passkey = transaction.selectFrom('passkeys').select('id').where('user_id', '=', userId);
        if (!(await ofUser.where('password', 'is not', null).executeTakeFirst()) && !(await passkey.executeTakeFirst()))
          throw new Fault(
            'conflict',
            'You have neither a password nor a passkey. Add a passkey, or ask the operator for a link to choose a password.',
          );
        // Or the next answer of the provider would tie them by it again.
        await transaction.updateTable('users').set({ email_verified: 0 }).where('id', '=', userId).execute();
      }),
  };
}

/** Before the issuer, in the place where better-auth names what a credential is. */
const OIDC = 'oidc ';
