import type { Insertable } from 'kysely';
import { keyOfUser, loginOf, type ClusterUser } from '../core/clusterUser.ts';
import type { ClusterUserStore } from '../core/clusterUserStore.ts';
import { Fault } from '../core/fault.ts';
import type { KeyWithPlace } from '../core/keyStore.ts';
import type { ClusterUsersTable } from './clusterUserSchema.ts';
import { codec, json, plain } from './columns.ts';
import type { Batch, Engine } from './engine.ts';
import { isBoundElsewhere, isTaken } from './faults.ts';
import { listsOfProject } from './keyLookup.ts';
import { latestUses } from './keys.ts';
import { newestFirst } from './page.ts';

/** User names and passwords of services. They go when their service goes. */
export function createClusterUsers(engine: Engine): ClusterUserStore {
  const { db } = engine;

  async function get(id: string): Promise<ClusterUser | undefined> {
    const row = await db.selectFrom('cluster_users').selectAll().where('id', '=', id).executeTakeFirst();
    return row && USER.fromRow({ ...row });
  }

  return {
    async create(user) {
      const row = { ...USER.toRow(user), login: loginOf(user.serviceId, user.username) };
      try {
        await db
          .insertInto('cluster_users')
          .values(row as unknown as Insertable<ClusterUsersTable>)
          .execute();
      } catch (error) {
        if (isTaken(error))
          throw new Fault(
            'conflict',
            `This service already has a user ${user.username}. Choose another name, or reset that user’s password.`,
            { cause: error },
          );
        if (isBoundElsewhere(error))
          throw new Fault('conflict', 'The service of this user does not exist any more.', { cause: error });
        throw error;
      }
    },

    get,

    async list(query) {
      const select = db.selectFrom('cluster_users').selectAll().where('service_id', '=', query.serviceId);
      return newestFirst(query, select, (row) => USER.fromRow({ ...row }));
    },

    async update(id, change, nowMs) {
      const changed = await db
        .updateTable('cluster_users')
        .set({ ...USER.toRow(change), updated_at_ms: nowMs })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst();
      return changed && USER.fromRow({ ...changed });
    },

    async remove(id) {
      const { numDeletedRows } = await db.deleteFrom('cluster_users').where('id', '=', id).executeTakeFirst();
      return numDeletedRows > 0n;
    },

    async findByLogins(logins) {
      if (logins.length === 0) return [];
      const rows = await db
        .selectFrom('cluster_users as u')
        .innerJoin('accounts as a', 'a.id', 'u.account_id')
        .innerJoin('projects as p', 'p.id', 'u.project_id')
        .where('u.login', 'in', [...logins])
        .selectAll('u')
        .select([
          'a.name as account_name',
          'a.status as account_status',
          'a.name_editable as account_name_editable',
          'a.created_at_ms as account_created_at_ms',
          'p.name as project_name',
          'p.created_at_ms as project_created_at_ms',
          'p.ip_allow as project_ip_allow',
          'p.ip_deny as project_ip_deny',
        ])
        .execute();
      return rows.map((row) => {
        const user = USER.fromRow({ ...row });
        const found: KeyWithPlace = {
          key: keyOfUser(user),
          user,
          account: {
            id: user.accountId,
            name: row.account_name,
            status: row.account_status as 'active' | 'suspended',
            nameEditable: row.account_name_editable === 1,
            // Services are in no group.
            defaultGroupId: null,
            createdAtMs: row.account_created_at_ms,
          },
          project: {
            id: user.projectId,
            accountId: user.accountId,
            name: row.project_name,
            createdAtMs: row.project_created_at_ms,
          },
          ...listsOfProject(row.project_ip_allow, row.project_ip_deny),
        };
        return { hash: row.login, found };
      });
    },

    async touch(uses) {
      await engine.batch(
        TOUCH,
        latestUses(uses).map(({ keyId, atMs, address }) => [keyId, atMs, address]),
      );
    },
  };
}

const USER = codec<ClusterUser>({
  id: plain('id'),
  accountId: plain('account_id'),
  projectId: plain('project_id'),
  serviceId: plain('service_id'),
  username: plain('username'),
  passwordHash: plain('password'),
  role: plain('role'),
  paths: json('paths'),
  ipAllow: json('ip_allow'),
  ipDeny: json('ip_deny'),
  expiresAtMs: plain('expires_at_ms'),
  status: plain('status'),
  description: plain('description'),
  createdBy: plain('created_by'),
  createdAtMs: plain('created_at_ms'),
  updatedAtMs: plain('updated_at_ms'),
  lastUsedAtMs: plain('last_used_at_ms'),
  lastUsedAddress: plain('last_used_address'),
});

/** As keys are touched (keys.ts). */
const TOUCH: Batch = {
  name: 'cluster_users_touch',
  columns: [
    { name: 'user_id', type: 'text' },
    { name: 'at_ms', type: 'bigint' },
    { name: 'address', type: 'text' },
  ],
  sql: `update cluster_users set last_used_at_ms = batch.at_ms, last_used_address = batch.address from batch
    where cluster_users.id = batch.user_id
      and (cluster_users.last_used_at_ms is null or cluster_users.last_used_at_ms < batch.at_ms)`,
  postgres: `, held as materialized (
      select cluster_users.id, batch.at_ms, batch.address from cluster_users join batch on cluster_users.id = batch.user_id
      where cluster_users.last_used_at_ms is null or cluster_users.last_used_at_ms < batch.at_ms
      order by cluster_users.id for update of cluster_users)
    update cluster_users set last_used_at_ms = held.at_ms, last_used_address = held.address from held
    where cluster_users.id = held.id
      and (cluster_users.last_used_at_ms is null or cluster_users.last_used_at_ms < held.at_ms)`,
};
