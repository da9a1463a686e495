import type { Kysely } from 'kysely';
import type { Session, SessionStore } from '../core/session.ts';
import { codec, flag, plain } from './columns.ts';
import type { Tables } from './schema.ts';

/** Where people are signed in. */
export function createSessions(db: Kysely<Tables>): SessionStore {
  const ofActive = () =>
    db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .selectAll('sessions')
      .where('users.status', '=', 'active');

  return {
    async findByTokenHash(tokenHash) {
      const row = await ofActive().where('token_hash', '=', tokenHash).executeTakeFirst();
      return row && SESSION.fromRow({ ...row });
    },

    async list(userId, { nowMs, usedSinceMs }) {
      const rows = await ofActive()
        .where('user_id', '=', userId)
        .where('expires_at_ms', '>', nowMs)
        .where('used_at_ms', '>', usedSinceMs)
        .orderBy('sessions.created_at_ms', 'desc')
        .orderBy('sessions.id', 'desc')
        .execute();
      return rows.map((row) => SESSION.fromRow({ ...row }));
    },

    async change(id, change) {
      const row = await db
        .updateTable('sessions')
        .set(SESSION.toRow(change))
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst();
      return row && SESSION.fromRow({ ...row });
    },

    async end(userId, id) {
      const row = await db
        .deleteFrom('sessions')
        .where('user_id', '=', userId)
        .where('id', '=', id)
        .returning('id')
        .executeTakeFirst();
      return row !== undefined;
    },

    endAll: (userId, exceptId) =>
      db.transaction().execute(async (transaction) => {
        await lockUser(transaction, userId);
        return endSessions(transaction, userId, exceptId);
      }),

    async sweep(nowMs, attemptsBeforeMs) {
      await db.deleteFrom('sessions').where('expires_at_ms', '<=', nowMs).execute();
      await db.deleteFrom('verifications').where('expires_at_ms', '<=', nowMs).execute();
      await db.deleteFrom('password_resets').where('expires_at_ms', '<=', nowMs).execute();
      await db.deleteFrom('attempts').where('last_at_ms', '<=', attemptsBeforeMs).execute();
    },
  };
}

/**
 * Holds a user's row until the transaction ends, so that what begins sessions and what ends them come one after the
 * other. Whether the user is active.
 */
export async function lockUser(transaction: Kysely<Tables>, id: string): Promise<boolean> {
  const row = await transaction
    .updateTable('users')
    .set((eb) => ({ updated_at_ms: eb.ref('updated_at_ms') }))
    .where('id', '=', id)
    .returning('status')
    .executeTakeFirst();
  return row?.status === 'active';
}

/** Of a user whose row is held: all sessions but one, and sign-ins that wait for a second factor. How many sessions. */
export async function endSessions(transaction: Kysely<Tables>, userId: string, exceptId = ''): Promise<number> {
  await transaction.deleteFrom('verifications').where('value', '=', userId).execute();
  const rows = await transaction
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .where('id', '!=', exceptId)
    .returning('id')
    .execute();
  return rows.length;
}

const SESSION = codec<Session>({
  id: plain('id'),
  userId: plain('user_id'),
  secondFactor: flag('second_factor'),
  freshUntilMs: plain('fresh_until_ms'),
  usedAtMs: plain('used_at_ms'),
  expiresAtMs: plain('expires_at_ms'),
  address: plain('address'),
  userAgent: plain('user_agent'),
  createdAtMs: plain('created_at_ms'),
});
