import { sql, type Kysely } from 'kysely';
import type { SystemStore } from '../core/system.ts';
import type { Engine } from './engine.ts';
import { MIGRATIONS_TABLE } from './migrations.ts';
import type { Tables } from './schema.ts';

/** How the installation stands. Only reads. */
export function createSystem({ name, reports }: Pick<Engine, 'name' | 'reports'>): SystemStore {
  return {
    async look() {
      const schema = await sql<{
        name: string | null;
      }>`select max(name) as name from ${sql.table(MIGRATIONS_TABLE)}`.execute(reports);
      const nodes =
        name === 'sqlite'
          ? []
          : await reports.selectFrom('nodes').select(['id', 'lease_until_ms']).orderBy('id').execute();
      return {
        schema: schema.rows[0]?.name ?? '',
        nodes: nodes.map((node) => ({ id: node.id, leaseUntilMs: node.lease_until_ms })),
        counts: await countsIn(reports),
      };
    },
  };
}

async function countsIn(reports: Kysely<Tables>) {
  const row = await reports
    .selectNoFrom((eb) => [
      eb
        .selectFrom('accounts')
        .select((of) => of.fn.countAll<number | string>().as('n'))
        .as('accounts'),
      eb
        .selectFrom('projects')
        .select((of) => of.fn.countAll<number | string>().as('n'))
        .as('projects'),
      eb
        .selectFrom('keys')
        .select((of) => of.fn.countAll<number | string>().as('n'))
        .where('deleted_at_ms', 'is', null)
        .as('keys'),
      eb
        .selectFrom('users')
        .select((of) => of.fn.countAll<number | string>().as('n'))
        .as('users'),
    ])
    .executeTakeFirstOrThrow();
  const { accounts, projects, keys, users } = row;
  return { accounts: Number(accounts), projects: Number(projects), keys: Number(keys), users: Number(users) };
}
