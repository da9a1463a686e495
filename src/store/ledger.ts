import { sql, type Kysely, type Selectable, type SelectQueryBuilder } from 'kysely';
import type { LedgerRow } from '../core/ledger.ts';
import type { LedgerQuery, LedgerStore, UsageGroup, UsageRow } from '../core/ports.ts';
import { pricesFromJson, pricesToJson, type Prices, type PricesJson } from '../core/price.ts';
import { storable } from './columns.ts';
import { createDenials } from './denials.ts';
import type { Batch, BatchColumn, Engine, Row } from './engine.ts';
import { pageOf, positionOf } from './page.ts';
import type { LedgerTable, Tables, Value } from './schema.ts';

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
      if (after) select = select.where((eb) => eb(eb.refTuple('started_at_ms', 'id'), '<', eb.tuple(...after)));
      const rows: StoredRow[] = await select
        .select(READ)
        .select(sql<string | null>`cast(cost_nano as text)`.as('cost_nano'))
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
  return select;
}

const COLUMNS: readonly BatchColumn[] = [
  ...[
    'id',
    'account_id',
    'project_id',
    'key_id',
    'route',
    'resource_type',
    'resource_id',
    'resource_name',
    'provider_id',
    'outcome',
    'usage_source',
    'prices',
    'address',
  ].map((name) => ({ name, type: 'text' as const })),
  ...[
    'status',
    'streamed',
    'input_tokens',
    'cached_tokens',
    'cache_write_tokens',
    'output_tokens',
    'reasoning_tokens',
    'cost_nano',
    'started_at_ms',
    'first_byte_ms',
    'duration_ms',
  ].map((name) => ({ name, type: 'bigint' as const })),
];
const NAMES = COLUMNS.map(({ name }) => name).join(', ');

/** Every column but the money, which is read as text. */
const READ = COLUMNS.map(({ name }) => name as Exclude<keyof LedgerTable, 'cost_nano'>).filter(
  (name: string) => name !== 'cost_nano',
);

const APPEND: Batch = {
  name: 'ledger_append',
  columns: COLUMNS,
  // `where true`: without it SQLite reads `on conflict` as the condition of a join.
  sql: `insert into ledger (${NAMES}) select ${NAMES} from batch where true on conflict (id) do nothing`,
  // Sorted: batches that share rows (a retry beside the first attempt) would otherwise wait for each other.
  postgres: `insert into ledger (${NAMES}) select ${NAMES} from batch order by id on conflict (id) do nothing`,
};

/** In the order of COLUMNS. */
function toValues(row: LedgerRow): Row {
  const { usage } = row;
  return [
    row.id,
    row.accountId,
    row.projectId,
    row.keyId,
    storable(row.route),
    row.resourceType,
    row.resourceId,
    row.resourceName && storable(row.resourceName),
    row.providerId,
    row.outcome,
    row.usageSource,
    row.prices && pricesText(row.prices),
    row.address && storable(row.address),
    row.status,
    row.streamed ? 1 : 0,
    usage.inputTokens,
    usage.cachedTokens,
    usage.cacheWriteTokens,
    usage.outputTokens,
    usage.reasoningTokens,
    row.costNano === null ? null : row.costNano.toString(),
    row.startedAtMs,
    row.firstByteMs,
    row.durationMs,
  ];
}

/** The prices object of a model is shared by all its requests, so its text is made once. */
const priceTexts = new WeakMap<Prices, string>();
function pricesText(prices: Prices): string {
  const text = priceTexts.get(prices) ?? JSON.stringify(pricesToJson(prices));
  priceTexts.set(prices, text);
  return text;
}

type StoredRow = Omit<Selectable<LedgerTable>, 'cost_nano'> & { cost_nano: string | null };

function fromRow(row: StoredRow): LedgerRow {
  return {
    id: row.id,
    accountId: row.account_id,
    projectId: row.project_id,
    keyId: row.key_id,
    route: row.route,
    resourceType: row.resource_type as LedgerRow['resourceType'],
    resourceId: row.resource_id,
    resourceName: row.resource_name,
    providerId: row.provider_id,
    outcome: row.outcome as LedgerRow['outcome'],
    status: row.status,
    streamed: row.streamed === 1,
    usage: {
      inputTokens: row.input_tokens,
      cachedTokens: row.cached_tokens,
      cacheWriteTokens: row.cache_write_tokens,
      outputTokens: row.output_tokens,
      reasoningTokens: row.reasoning_tokens,
    },
    usageSource: row.usage_source as LedgerRow['usageSource'],
    costNano: row.cost_nano === null ? null : BigInt(row.cost_nano),
    prices: row.prices === null ? null : pricesFromJson(JSON.parse(row.prices) as PricesJson),
    address: row.address,
    startedAtMs: row.started_at_ms,
    firstByteMs: row.first_byte_ms,
    durationMs: row.duration_ms,
  };
}

const DAY_MS = 86_400_000;

/** What rows are grouped by, and how the value is shown. */
const GROUPS: Record<
  UsageGroup,
  { readonly sql: ReturnType<typeof sql<Value>>; readonly show: (value: Value) => string }
> = {
  key: { sql: sql`key_id`, show: String },
  project: { sql: sql`project_id`, show: String },
  model: { sql: sql`coalesce(resource_name, '')`, show: String },
  status: { sql: sql`status`, show: String },
  day: {
    sql: sql`started_at_ms / ${sql.lit(DAY_MS)}`,
    show: (days) => new Date(Number(days) * DAY_MS).toISOString().slice(0, 10),
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
