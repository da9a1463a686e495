import { sql, type SqlBool } from 'kysely';
import type { DenialCount } from '../core/ledger.ts';
import type { LedgerStore } from '../core/ports.ts';
import { storable } from './columns.ts';
import type { Batch, Engine } from './engine.ts';
import { pageOf, positionOf } from './page.ts';
import type { DenialsTable } from './schema.ts';

/** Counts of refusals, one row per hour and kind. */
export function createDenials(engine: Engine): Pick<LedgerStore, 'countDenials' | 'denials'> {
  return {
    async countDenials(counts) {
      await engine.batch(
        COUNT,
        merged(counts).map(
          ({ hourMs, accountId, projectId, keyId, code, route, address, count, firstAtMs, lastAtMs }) => [
            accountId,
            projectId,
            keyId,
            code,
            route,
            address,
            hourMs,
            count,
            firstAtMs,
            lastAtMs,
          ],
        ),
      );
    },

    async denials(query) {
      const after = positionOf(query, ['number', 'number', 'string', 'string', 'string', 'string', 'string', 'string']);
      let select = engine.reports
        .selectFrom('denials')
        .selectAll()
        // An hour belongs to a range when any of its refusals does; the first condition only lets the index help.
        .where('hour_ms', '>', query.fromMs - HOUR_MS)
        .where('last_at_ms', '>=', query.fromMs)
        .where('first_at_ms', '<', query.toMs);
      if (query.accountId !== null) select = select.where('account_id', '=', query.accountId);
      if (query.projectId !== null) select = select.where('project_id', '=', query.projectId);
      if (query.keyId !== undefined) select = select.where('key_id', '=', query.keyId);
      if (query.code !== undefined) select = select.where('code', '=', query.code);
      if (query.address !== undefined) select = select.where('address', '=', query.address);
      if (after)
        select = select.where(
          sql<SqlBool>`(${sql.join(SORTED.map((column) => sql.ref(column)))}) < (${sql.join(after)})`,
        );
      for (const column of SORTED) select = select.orderBy(column, 'desc');
      return pageOf(query, await select.limit(query.limit + 1).execute(), fromRow, (row) =>
        SORTED.map((column) => row[column]),
      );
    },
  };
}

const HOUR_MS = 3_600_000;

const SORTED = ['hour_ms', 'count', 'account_id', 'project_id', 'key_id', 'code', 'route', 'address'] as const;

const COUNT: Batch = {
  name: 'denials_count',
  columns: [
    ...['account_id', 'project_id', 'key_id', 'code', 'route', 'address'].map((name) => ({
      name,
      type: 'text' as const,
    })),
    ...['hour_ms', 'count', 'first_at_ms', 'last_at_ms'].map((name) => ({ name, type: 'bigint' as const })),
  ],
  sql: `insert into denials (account_id, project_id, key_id, code, route, address, hour_ms, count, first_at_ms, last_at_ms)
    select account_id, project_id, key_id, code, route, address, hour_ms, count, first_at_ms, last_at_ms from batch where true
    on conflict (hour_ms, account_id, project_id, key_id, code, route, address) do update set
      count = denials.count + excluded.count,
      first_at_ms = case when excluded.first_at_ms < denials.first_at_ms then excluded.first_at_ms else denials.first_at_ms end,
      last_at_ms = case when excluded.last_at_ms > denials.last_at_ms then excluded.last_at_ms else denials.last_at_ms end`,
};

/** One entry per row of the table, in one order on every node: two nodes that lock the same rows never wait for each other. */
function merged(counts: readonly DenialCount[]): DenialCount[] {
  const rows = new Map<string, DenialCount>();
  for (const given of counts) {
    const row = { ...given, route: storable(given.route), address: storable(given.address) };
    const identity = JSON.stringify([
      row.hourMs,
      row.accountId,
      row.projectId,
      row.keyId,
      row.code,
      row.route,
      row.address,
    ]);
    const known = rows.get(identity);
    rows.set(identity, known ? added(known, row) : row);
  }
  return [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

function added(a: DenialCount, b: DenialCount): DenialCount {
  return {
    ...a,
    count: a.count + b.count,
    firstAtMs: Math.min(a.firstAtMs, b.firstAtMs),
    lastAtMs: Math.max(a.lastAtMs, b.lastAtMs),
  };
}

function fromRow(row: DenialsTable): DenialCount {
  return {
    accountId: row.account_id,
    projectId: row.project_id,
    keyId: row.key_id,
    code: row.code,
    route: row.route,
    address: row.address,
    hourMs: row.hour_ms,
    count: row.count,
    firstAtMs: row.first_at_ms,
    lastAtMs: row.last_at_ms,
  };
}
