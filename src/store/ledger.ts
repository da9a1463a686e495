import { sql, type Kysely, type SelectQueryBuilder } from 'kysely';
import type { LedgerQuery, LedgerStore, UsageGroup, UsageRow } from '../core/ports.ts';
import { createDenials } from './denials.ts';
import type { Batch, Engine } from './engine.ts';
import { fromRow, LEDGER_COLUMNS, LEDGER_NAMES, LEDGER_READ, toValues, type StoredLedgerRow } from './ledgerRow.ts';
import { pageOf, positionOf } from './page.ts';
import type { Tables, Value } from './schema.ts';

/** The rows of admitted requests, and sums over them. Ranges of time hold their start and not their end. */
export function createLedger(engine: Engine): LedgerStore {
  const { reports } = engine;
  return {
    async append(rows) {
      await engine.batch(APPEND, rows.map(toValues));
    },

    async requests(query) {
      const after = positionOf(query, ['number', 'string']) as [number, string] | undefined;
      let select = within(reports, query);
      if (query.resourceName !== undefined) select = select.where('resource_name', '=', query.resourceName);
      if (query.status !== undefined) select = select.where('status', '=', query.status);
      if (query.outcome !== undefined) select = select.where('outcome', '=', query.outcome);
      if (query.address !== undefined) select = select.where('address', '=', query.address);
      if (after) select = select.where((eb) => eb(eb.refTuple('started_at_ms', 'id'), '<', eb.tuple(...after)));
      const rows: StoredLedgerRow[] = await select
        .select(LEDGER_READ)
        .select(MONEY_READ)
        .orderBy('started_at_ms', 'desc')
        .orderBy('id', 'desc')
        .limit(query.limit + 1)
        .execute();
      return pageOf(query, rows, fromRow, (row) => [row.started_at_ms, row.id]);
    },

    async usage({ groupBy, ...query }) {
      let select = within(reports, query).select(SUMS);
      for (const group of new Set(groupBy))
        select = select
          .select(GROUPS[group].sql.as(`by_${group}`))
          .groupBy(sql.ref(`by_${group}`))
          .orderBy(sql.ref(`by_${group}`)) as typeof select;
      const rows = await select.execute();
      return rows.map((row) => usageRow(row, groupBy));
    },

    ...createDenials(engine),
  };
}

type Filtered = SelectQueryBuilder<Tables, 'ledger', Record<never, never>>;

function within(db: Kysely<Tables>, query: LedgerQuery): Filtered {
  let select: Filtered = db
    .selectFrom('ledger')
    .where('started_at_ms', '>=', query.fromMs)
    .where('started_at_ms', '<', query.toMs);
  if (query.accountId !== null) select = select.where('account_id', '=', query.accountId);
  if (query.projectId !== null) select = select.where('project_id', '=', query.projectId);
  if (query.keyId !== undefined) select = select.where('key_id', '=', query.keyId);
  if (query.parentKeyId !== undefined) select = select.where('parent_key_id', '=', query.parentKeyId);
  return select;
}

/** A 64-bit integer is read as text. */
export const MONEY_READ = [
  sql<string | null>`cast(cost_nano as text)`.as('cost_nano'),
  sql<string | null>`cast(charged_cost_nano as text)`.as('charged_cost_nano'),
] as const;

const APPEND: Batch = {
  name: 'ledger_append',
  columns: LEDGER_COLUMNS,
  // `where true`: without it SQLite reads `on conflict` as the condition of a join.
  sql: `insert into ledger (${LEDGER_NAMES}) select ${LEDGER_NAMES} from batch where true on conflict (id) do nothing`,
  // Sorted: batches that share rows (a retry beside the first attempt) would otherwise wait for each other.
  postgres: `insert into ledger (${LEDGER_NAMES}) select ${LEDGER_NAMES} from batch order by id on conflict (id) do nothing`,
};

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** What rows are grouped by, and how the value is shown. */
const GROUPS: Record<
  UsageGroup,
  { readonly sql: ReturnType<typeof sql<Value>>; readonly show: (value: Value) => string }
> = {
  key: { sql: sql`key_id`, show: String },
  project: { sql: sql`project_id`, show: String },
  model: { sql: sql`coalesce(resource_name, '')`, show: String },
  status: { sql: sql`status`, show: String },
  address: { sql: sql`coalesce(address, '')`, show: String },
  day: {
    sql: sql`started_at_ms / ${sql.lit(DAY_MS)}`,
    show: (days) => new Date(Number(days) * DAY_MS).toISOString().slice(0, 10),
  },
  hour: {
    sql: sql`started_at_ms / ${sql.lit(HOUR_MS)}`,
    show: (hours) => new Date(Number(hours) * HOUR_MS).toISOString(),
  },
};

/** Money is summed in two parts, whole units and the rest, because a sum of 64-bit integers can overflow in SQLite. */
const NANO = 1_000_000_000;
const SUMS = [
  sql<string>`cast(count(*) as text)`.as('requests'),
  sum('input_tokens').as('input_tokens_sum'),
  sum('cached_tokens').as('cached_tokens_sum'),
  sum('output_tokens').as('output_tokens_sum'),
  sum('reasoning_tokens').as('reasoning_tokens_sum'),
  sql<string>`cast(coalesce(sum(cost_nano / ${sql.lit(NANO)}), 0) as text)`.as('cost_units'),
  sql<string>`cast(coalesce(sum(cost_nano % ${sql.lit(NANO)}), 0) as text)`.as('cost_rest'),
  sql<string>`cast(count(*) - count(cost_nano) as text)`.as('unpriced'),
  sql<string>`cast(coalesce(sum(case when usage_source = 'estimated' then 1 else 0 end), 0) as text)`.as('estimated'),
] as const;

function sum(column: string) {
  return sql<string>`cast(coalesce(sum(${sql.ref(column)}), 0) as text)`;
}

type Sums = Record<
  | 'requests'
  | 'input_tokens_sum'
  | 'cached_tokens_sum'
  | 'output_tokens_sum'
  | 'reasoning_tokens_sum'
  | 'cost_units'
  | 'cost_rest'
  | 'unpriced'
  | 'estimated',
  string
>;

function usageRow(row: Sums, groupBy: readonly UsageGroup[]): UsageRow {
  const values = row as unknown as Record<string, Value>;
  return {
    group: Object.fromEntries(groupBy.map((group) => [group, GROUPS[group].show(values[`by_${group}`] ?? null)])),
    requests: Number(row.requests),
    inputTokens: Number(row.input_tokens_sum),
    cachedTokens: Number(row.cached_tokens_sum),
    outputTokens: Number(row.output_tokens_sum),
    reasoningTokens: Number(row.reasoning_tokens_sum),
    costNano: BigInt(row.cost_units) * BigInt(NANO) + BigInt(row.cost_rest),
    unpricedRequests: Number(row.unpriced),
    estimatedRequests: Number(row.estimated),
  };
}
