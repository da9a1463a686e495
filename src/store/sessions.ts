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

    async endAll(userId, exceptId = '') {
      const rows = await db
        .deleteFrom('sessions')
        .where('user_id', '=', userId)
        .where('id', '!=', exceptId)
        .returning('id')
        .execute();
      return rows.length;
    },

    async sweep(nowMs, attemptsBeforeMs) {
      await db.deleteFrom('sessions').where('expires_at_ms', '<=', nowMs).execute();
      await db.deleteFrom('verifications').where('expires_at_ms', '<=', nowMs).execute();
      await db.deleteFrom('password_resets').where('expires_at_ms', '<=', nowMs).execute();
      await db.deleteFrom('attempts').where('last_at_ms', '<=', attemptsBeforeMs).execute();
    },
  };
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
