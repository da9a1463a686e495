import { sql, type Kysely, type RawBuilder, type SqlBool } from 'kysely';
import type { AuthCondition, AuthRow, AuthRowStore, StillHolds } from '../core/session.ts';
import { lockUser } from './sessions.ts';
import type { Tables } from './schema.ts';

/** The tables that better-auth reads and writes, by the names it was given for them. */
export function createAuthRows(db: Kysely<Tables>): AuthRowStore {
  const rows = db as unknown as Kysely<Record<string, Record<string, unknown>>>;

  return {
    create: async (table, row) =>
      (await rows.insertInto(table).values(row).returningAll().executeTakeFirstOrThrow()) as AuthRow,

    createWhile: (table, row, still) =>
      db.transaction().execute(async (transaction) => {
        if (!(await lockUser(transaction, still.userId)) || !(await holds(transaction, still))) return undefined;
        return createAuthRows(transaction).create(table, row);
      }),

    async find(table, where, order = {}) {
      let select = rows.selectFrom(table).selectAll().where(all(where));
      if (order.by) select = select.orderBy(order.by.column, order.by.direction);
      if (order.limit !== undefined) select = select.limit(order.limit);
      if (order.offset) select = select.offset(order.offset);
      return (await select.execute()) as AuthRow[];
    },

    async count(table, where) {
      const { n } = await rows
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .where(all(where))
        .executeTakeFirstOrThrow();
      return n;
    },

    async change(table, where, set, add = {}) {
      const sums = Object.entries(add).map(([column, by]) => [column, sql`${sql.ref(column)} + ${by}`]);
      const values = { ...set, ...Object.fromEntries(sums) } as Record<string, unknown>;
      if (Object.keys(values).length === 0) throw new Error('nothing to change');
      return (await rows.updateTable(table).set(values).where(all(where)).returningAll().execute()) as AuthRow[];
    },

    remove: async (table, where) =>
      (await rows.deleteFrom(table).where(all(where)).returningAll().execute()) as AuthRow[],
  };
}

/** Asked while the user's row is held. */
export async function holds(db: Kysely<Tables>, { userId, passwordHash, sessionId }: StillHolds): Promise<boolean> {
  const credential = db.selectFrom('credentials').select('id').where('user_id', '=', userId);
  const session = db.selectFrom('sessions').select('id').where('user_id', '=', userId);
  return (
    (passwordHash === undefined ||
      (await credential.where('password', '=', passwordHash).executeTakeFirst()) !== undefined) &&
    (sessionId === undefined || (await session.where('id', '=', sessionId).executeTakeFirst()) !== undefined)
  );
}

function all(where: readonly AuthCondition[]): RawBuilder<SqlBool> {
  if (where.length === 0) return sql<SqlBool>`1 = 1`;
  return sql<SqlBool>`${sql.join(where.map(one), sql` and `)}`;
}

function one({ column, is, value }: AuthCondition): RawBuilder<SqlBool> {
  if (Array.isArray(value)) {
    const values = value as readonly (string | number)[];
    return values.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`${sql.ref(column)} in (${sql.join(values)})`;
  }
  if (value === null)
    return is === '=' ? sql<SqlBool>`${sql.ref(column)} is null` : sql<SqlBool>`${sql.ref(column)} is not null`;
  return sql<SqlBool>`${sql.ref(column)} ${sql.raw(is)} ${value}`;
}
