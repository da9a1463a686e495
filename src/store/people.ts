import { sql, type Kysely, type SqlBool } from 'kysely';
import { PLATFORM_ACCOUNT_ID } from '../core/account.ts';
import { normalisedEmail } from '../core/email.ts';
import { Fault } from '../core/fault.ts';
import type { PeopleStore, User } from '../core/people.ts';
import { holds } from './authRows.ts';
import { codec, flag, plain } from './columns.ts';
import type { Engine } from './engine.ts';
import { isTaken } from './faults.ts';
import { revokeOpen } from './invitations.ts';
import { searchable } from './keyRow.ts';
import { locked } from './locks.ts';
import { newestFirst } from './page.ts';
import type { UsersTable } from './peopleSchema.ts';
import type { Tables } from './schema.ts';
import { endSessions, lockUser } from './sessions.ts';

/** People, and the password each signs in with. */
export function createPeople(engine: Engine): Omit<PeopleStore, 'findByIdentity' | 'issuersOf' | 'link' | 'unlink'> {
  const { db } = engine;

  /** One after the other, so that the last operator who can sign in stays one. */
  const amongOperators = <T>(change: (transaction: Kysely<Tables>) => Promise<T>): Promise<T> =>
    locked(engine, [{ type: 'account', id: PLATFORM_ACCOUNT_ID }], 0, (transaction) => change(transaction));

  async function changed(
    id: string,
    change: Partial<UsersTable>,
    nowMs: number,
    within: Kysely<Tables> = db,
  ): Promise<User | undefined> {
    const row = await within
      .updateTable('users')
      .set({ ...change, updated_at_ms: nowMs })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst();
    return row && USER.fromRow({ ...row });
  }

  return {
    async create(user, passwordHash) {
      const row = {
        ...USER.toRow({ ...user, email: normalisedEmail(user.email) }),
        name_search: searchable(user.name),
        // Chosen by whoever lets them in.
        email_verified: 1,
        updated_at_ms: user.createdAtMs,
      } as unknown as UsersTable;
      const written = db.transaction().execute(async (transaction) => {
        await transaction.insertInto('users').values(row).execute();
        await transaction
          .insertInto('credentials')
          .values({
            id: `crd_${user.id}`,
            user_id: user.id,
            provider_id: PASSWORD,
            subject: user.id,
            password: passwordHash,
            created_at_ms: user.createdAtMs,
            updated_at_ms: user.createdAtMs,
          })
          .execute();
      });
      await written.catch(refuseTaken);
    },

    async get(id) {
      const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
      return row && USER.fromRow({ ...row });
    },

    async getMany(ids) {
      if (ids.length === 0) return [];
      const rows = await db.selectFrom('users').selectAll().where('id', 'in', ids).execute();
      return rows.map((row) => USER.fromRow({ ...row }));
    },

    async findByEmail(email) {
      const row = await db
        .selectFrom('users')
        .selectAll()
        .where('email', '=', normalisedEmail(email))
        .executeTakeFirst();
      return row && USER.fromRow({ ...row });
    },

    async list(query) {
      let select = db.selectFrom('users').selectAll();
      if (query.status !== undefined) select = select.where('status', '=', query.status);
      if (query.search !== undefined && query.search !== '') {
        const pattern = `%${searchable(query.search).replace(/[\\%_]/g, '\\$&')}%`;
        select = select.where(
          sql<SqlBool>`(name_search like ${pattern} escape '\\' or email like ${pattern} escape '\\')`,
        );
      }
      return newestFirst(query, select, (row) => USER.fromRow({ ...row }));
    },

    setStatus: (id, status, nowMs) =>
      amongOperators(async (transaction) => {
        if (status === 'disabled') await keepOperator(transaction, id);
        const user = await changed(id, { status }, nowMs, transaction);
        if (status === 'disabled') {
          await endSessions(transaction, id);
          await revokeOpen(transaction, { createdBy: id });
        }
        return user;
      }),

    setOperator: (id, isOperator, nowMs) =>
      amongOperators(async (transaction) => {
        if (!isOperator) {
          await keepOperator(transaction, id);
          await revokeOpen(transaction, { createdBy: id });
        }
        return changed(id, { operator: isOperator ? 1 : 0 }, nowMs, transaction);
      }),

    setProfile: (id, { name, email }, nowMs, sessionId) =>
      db.transaction().execute(async (transaction) => {
        if (!(await lockUser(transaction, id)) || !(await holds(transaction, { userId: id, sessionId })))
          throw new Fault('unauthenticated', 'The session has ended. Sign in again.');
        const change = {
          ...(name !== undefined && { name, name_search: searchable(name) }),
          ...(email !== undefined && { email: normalisedEmail(email), email_verified: 0 }),
        };
        const user = await changed(id, change, nowMs, transaction).catch(refuseTaken);
        if (!user) throw new Error('a user whose row is held is gone');
        if (email !== undefined) await endSessions(transaction, id, sessionId);
        return user;
      }),

    removeSecondFactor: (id, nowMs) =>
      db.transaction().execute(async (transaction) => {
        await lockUser(transaction, id);
        if ((await removeProofs(transaction, id, nowMs)) === 0)
          throw new Fault('conflict', 'This user has no second factor and no passkey.');
      }),

    async passwordHash(id) {
      const row = await db
        .selectFrom('credentials')
        .select('password')
        .where('user_id', '=', id)
        .where('provider_id', '=', PASSWORD)
        .executeTakeFirst();
      return row?.password ?? undefined;
    },

    setPassword: (id, passwordHash, nowMs, own) =>
      db.transaction().execute(async (transaction) => {
        await lockUser(transaction, id);
        if (own && !(await holds(transaction, { ...own, userId: id }))) return false;
        await replacePassword(transaction, id, passwordHash, nowMs, own?.sessionId);
        return true;
      }),
  };
}

/** Of a user whose row is held: all they could sign in with but an identity, and all that was begun with it. How many second factors and passkeys. */
export async function removeProofs(transaction: Kysely<Tables>, id: string, nowMs: number): Promise<number> {
  const codes = await transaction.deleteFrom('two_factors').where('user_id', '=', id).returning('id').execute();
  const passkeys = await transaction.deleteFrom('passkeys').where('user_id', '=', id).returning('id').execute();
  await transaction
    .updateTable('users')
    .set({ two_factor_enabled: 0, updated_at_ms: nowMs })
    .where('id', '=', id)
    .execute();
  await replacePassword(transaction, id, null, nowMs);
  return codes.length + passkeys.length;
}

/** Of a user whose row is held. Ends what was begun with the password before, but for one session. */
async function replacePassword(
  transaction: Kysely<Tables>,
  id: string,
  passwordHash: string | null,
  nowMs: number,
  exceptSessionId?: string,
): Promise<void> {
  await transaction
    .updateTable('credentials')
    .set({ password: passwordHash, updated_at_ms: nowMs })
    .where('user_id', '=', id)
    .where('provider_id', '=', PASSWORD)
    .execute();
  await endSessions(transaction, id, exceptSessionId);
  await transaction.deleteFrom('password_resets').where('user_id', '=', id).execute();
}

function refuseTaken(error: unknown): never {
  if (isTaken(error)) throw new Fault('conflict', 'There is already a user with this e-mail.', { cause: error });
  throw error;
}

async function keepOperator(db: Kysely<Tables>, id: string): Promise<void> {
  const operators = await db
    .selectFrom('users')
    .select('id')
    .where('operator', '=', 1)
    .where('status', '=', 'active')
    .execute();
  if (operators.length === 1 && operators[0]?.id === id)
    throw new Fault('conflict', 'This is the last operator who can sign in. Make another one first.');
}

/** What better-auth calls a credential that is a password. */
const PASSWORD = 'credential';

export const USER = codec<User>({
  id: plain('id'),
  email: plain('email'),
  name: plain('name'),
  isOperator: flag('operator'),
  status: plain('status'),
  createdAtMs: plain('created_at_ms'),
  twoFactor: flag('two_factor_enabled'),
});
