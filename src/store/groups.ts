import type { Kysely } from 'kysely';
import { Fault } from '../core/fault.ts';
import { isBoundElsewhere } from './faults.ts';
import type { Tables } from './schema.ts';

/** Deletes a group that no key is in, nor an account’s keys by default. `outside`: where keys are counted after that failed. */
export async function removeGroup(db: Kysely<Tables>, outside: Kysely<Tables>, id: string): Promise<boolean> {
  try {
    return await db.transaction().execute(async (transaction) => {
      // Those make no calls any more.
      await transaction
        .updateTable('keys')
        .set({ group_id: null })
        .where('group_id', '=', id)
        .where('deleted_at_ms', 'is not', null)
        .execute();
      const { numDeletedRows } = await transaction.deleteFrom('groups').where('id', '=', id).executeTakeFirst();
      return numDeletedRows > 0n;
    });
  } catch (error) {
    if (isBoundElsewhere(error)) throw await stillIn(outside, id, error);
    throw error;
  }
}

async function stillIn(db: Kysely<Tables>, id: string, cause: unknown): Promise<Fault> {
  const account = await db.selectFrom('accounts').select('id').where('default_group_id', '=', id).executeTakeFirst();
  if (account) {
    const message = `This group is the default of account ${account.id}. Give that another first (\`defaultGroupId\`).`;
    return new Fault('conflict', message, { cause });
  }
  const { count } = await db
    .selectFrom('keys')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('group_id', '=', id)
    .where('deleted_at_ms', 'is', null)
    .executeTakeFirstOrThrow();
  const keys = count === 1 ? 'One key is' : `${count} keys are`;
  return new Fault('conflict', `${keys} in this group. Put them into another first: \`groupId\` in lists finds them.`, {
    cause,
  });
}
