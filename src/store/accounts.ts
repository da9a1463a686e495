import type { Insertable, Kysely } from 'kysely';
import type { Account } from '../core/account.ts';
import { Fault } from '../core/fault.ts';
import type { AccountStore } from '../core/ports.ts';
import { codec, flag, plain } from './columns.ts';
import { isBoundElsewhere, isTaken } from './faults.ts';
import { newestFirst } from './page.ts';
import type { AccountsTable, Tables } from './schema.ts';

/** Tenants. */
export function createAccounts(db: Kysely<Tables>): AccountStore {
  async function get(id: string): Promise<Account | undefined> {
    const row = await db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst();
    return row && ACCOUNT.fromRow({ ...row });
  }

  return {
    async create(account) {
      try {
        await db
          .insertInto('accounts')
          .values(ACCOUNT.toRow(account) as unknown as Insertable<AccountsTable>)
          .execute();
      } catch (error) {
        if (isTaken(error))
          throw new Fault('conflict', `There is already an account with the id ${account.id}.`, { cause: error });
        throw error;
      }
    },

    get,

    async list(query) {
      let select = db.selectFrom('accounts').selectAll();
      if (query.id !== null) select = select.where('id', '=', query.id);
      if (query.ids) select = select.where('id', 'in', ['', ...query.ids]);
      return newestFirst(query, select, (row) => ACCOUNT.fromRow({ ...row }));
    },

    async update(id, change) {
      const row = ACCOUNT.toRow(change);
      if (Object.keys(row).length === 0) return get(id);
      try {
        const changed = await db
          .updateTable('accounts')
          .set(row)
          .where('id', '=', id)
          .returningAll()
          .executeTakeFirst();
        return changed && ACCOUNT.fromRow({ ...changed });
      } catch (error) {
        if (isBoundElsewhere(error)) throw new Fault('conflict', 'There is no such group.', { cause: error });
        throw error;
      }
    },
  };
}

/** Shared with the look-up of keys, which brings the account along. */
export const ACCOUNT = codec<Account>({
  id: plain('id'),
  name: plain('name'),
  status: plain('status'),
  nameEditable: flag('name_editable'),
  defaultGroupId: plain('default_group_id'),
  createdAtMs: plain('created_at_ms'),
});
