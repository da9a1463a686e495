import { sql, type RawBuilder, type SqlBool } from 'kysely';
import { FINDINGS, type Finding, type HygieneQuery, type HygieneStore } from '../core/hygiene.ts';
import type { Engine } from './engine.ts';
import { found } from './keyFindings.ts';
import { filtered } from './keyFilter.ts';
import { KEY } from './keyRow.ts';
import { newestFirst } from './page.ts';

/** Keys that work, and what they should be looked at for. */
export function createHygiene({ reports }: Pick<Engine, 'reports'>): HygieneStore {
  return {
    async count(query) {
      const row = await filtered(reports, { ...query, limit: 1, state: 'active' })
        .select((eb) => [
          eb.fn.countAll<number | string>().as('keys'),
          ...FINDINGS.map((one) => sql<number | string | null>`sum(${asNumber(found(one, query))})`.as(one)),
        ])
        .executeTakeFirstOrThrow();
      const counts = FINDINGS.map((one) => [one, Number(row[one] ?? 0)] as const);
      return { keys: Number(row.keys), findings: Object.fromEntries(counts) as Record<Finding, number> };
    },

    async list({ finding, ...query }) {
      const select = filtered(reports, { ...query, state: 'active' })
        .selectAll()
        .select(FINDINGS.map((one) => sql<number>`${asNumber(found(one, query))}`.as(one)))
        .where(finding === undefined ? any(query) : found(finding, query));
      return newestFirst(query, select, (row) => ({
        key: KEY.fromRow({ ...row }),
        findings: FINDINGS.filter((one) => row[one] === 1),
      }));
    },
  };
}

function asNumber(condition: RawBuilder<SqlBool>): RawBuilder<number> {
  return sql<number>`case when ${condition} then 1 else 0 end`;
}

function any(query: HygieneQuery): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${sql.join(
    FINDINGS.map((one) => found(one, query)),
    sql` or `,
  )})`;
}
