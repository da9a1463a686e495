import type { Insertable, Kysely } from 'kysely';
import type { Project } from '../core/account.ts';
import { Fault } from '../core/fault.ts';
import type { ProjectStore } from '../core/ports.ts';
import { codec, plain } from './columns.ts';
import { isBoundElsewhere, isTaken } from './faults.ts';
import { claim } from './replays.ts';
import { newestFirst } from './page.ts';
import type { ProjectsTable, Tables } from './schema.ts';

/** Workspaces inside accounts. */
export function createProjects(db: Kysely<Tables>): ProjectStore {
  async function get(id: string): Promise<Project | undefined> {
    const row = await db.selectFrom('projects').selectAll().where('id', '=', id).executeTakeFirst();
    return row && PROJECT.fromRow({ ...row });
  }

  return {
    async create(project, given) {
      const write = async (transaction: Kysely<Tables>): ReturnType<ProjectStore['create']> => {
        // First: of two that come at once, the second waits for the first and then finds its claim.
        const earlier = given && (await claim(transaction, given.replay, given.madeId));
        if (earlier) return { created: false, madeId: earlier.key_id, fingerprint: earlier.fingerprint };
        await transaction
          .insertInto('projects')
          .values(PROJECT.toRow(project) as unknown as Insertable<ProjectsTable>)
          .execute();
        return { created: true };
      };
      try {
        return await db.transaction().execute(write);
      } catch (error) {
        if (isTaken(error))
          throw new Fault('conflict', `There is already a project with the id ${project.id}.`, { cause: error });
        if (isBoundElsewhere(error))
          throw new Fault('conflict', `There is no account ${project.accountId} to put this project into.`, {
            cause: error,
          });
        throw error;
      }
    },

    get,

    async list(query) {
      let select = db.selectFrom('projects').selectAll();
      if (query.accountId !== null) select = select.where('account_id', '=', query.accountId);
      if (query.projectId !== null) select = select.where('id', '=', query.projectId);
      const { places } = query;
      if (places)
        select = select.where((eb) =>
          eb.or([
            eb('account_id', 'in', [
              '',
              ...places.flatMap((one) => (one.projectId === null ? [one.accountId ?? ''] : [])),
            ]),
            eb('id', 'in', ['', ...places.map((one) => one.projectId ?? '')]),
          ]),
        );
      return newestFirst(query, select, (row) => PROJECT.fromRow({ ...row }));
    },

    async update(id, change) {
      const row = PROJECT.toRow(change);
      if (Object.keys(row).length === 0) return get(id);
      const changed = await db.updateTable('projects').set(row).where('id', '=', id).returningAll().executeTakeFirst();
      return changed && PROJECT.fromRow({ ...changed });
    },
  };
}

/** Shared with the look-up of keys, which brings the project along. */
export const PROJECT = codec<Project>({
  id: plain('id'),
  accountId: plain('account_id'),
  name: plain('name'),
  createdAtMs: plain('created_at_ms'),
});
