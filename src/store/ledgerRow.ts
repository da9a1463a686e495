import type { Selectable } from 'kysely';
import type { LedgerRow } from '../core/ledger.ts';
import { pricesFromJson, pricesToJson, type Prices, type PricesJson } from '../core/price.ts';
import { storable } from './columns.ts';
import type { BatchColumn } from './engine.ts';
import type { LedgerTable } from './schema.ts';

/** The ledger's columns, in the order of `toValues`. */
export const LEDGER_COLUMNS: readonly BatchColumn[] = [
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
    'parent_key_id',
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
    'charged_tokens',
    'charged_cost_nano',
    'started_at_ms',
    'first_byte_ms',
    'duration_ms',
  ].map((name) => ({ name, type: 'bigint' as const })),
];
export const LEDGER_NAMES = LEDGER_COLUMNS.map(({ name }) => name).join(', ');

/** Where in a row's values stands what settling needs. */
export const AT = {
  id: at('id'),
  accountId: at('account_id'),
  projectId: at('project_id'),
  keyId: at('key_id'),
  parentKeyId: at('parent_key_id'),
  chargedTokens: at('charged_tokens'),
  chargedCostNano: at('charged_cost_nano'),
  startedAtMs: at('started_at_ms'),
};

function at(column: string): number {
  return LEDGER_COLUMNS.findIndex(({ name }) => name === column);
}

type Money = 'cost_nano' | 'charged_cost_nano';

/** Every column but the money, which is read as text. */
export const LEDGER_READ = LEDGER_COLUMNS.map(({ name }) => name as Exclude<keyof LedgerTable, Money>).filter(
  (name: string) => name !== 'cost_nano' && name !== 'charged_cost_nano',
);

/** In the order of LEDGER_COLUMNS. */
export function toValues(row: LedgerRow): (string | number | null)[] {
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
    row.parentKeyId ?? null,
    row.status,
    row.streamed ? 1 : 0,
    usage.inputTokens,
    usage.cachedTokens,
    usage.cacheWriteTokens,
    usage.outputTokens,
    usage.reasoningTokens,
    row.costNano === null ? null : row.costNano.toString(),
    row.chargedTokens,
    row.chargedCostNano === null ? null : row.chargedCostNano.toString(),
    row.startedAtMs,
    row.firstByteMs,
    row.durationMs,
  ];
}

/** By the names of the columns. */
export function toColumns(row: LedgerRow): Record<string, string | number | null> {
  const values = toValues(row);
  return Object.fromEntries(LEDGER_COLUMNS.map(({ name }, index) => [name, values[index] ?? null]));
}

const MOST = 2n ** 63n - 1n;

/**
 * The row with its figures held to what a column can take, so that no single one can make the batch of others fail:
 * an upstream may report any number.
 */
export function bounded(row: LedgerRow): LedgerRow {
  const { usage } = row;
  return {
    ...row,
    usage: {
      inputTokens: count(usage.inputTokens),
      cachedTokens: count(usage.cachedTokens),
      cacheWriteTokens: count(usage.cacheWriteTokens),
      outputTokens: count(usage.outputTokens),
      reasoningTokens: count(usage.reasoningTokens),
    },
    status: count(row.status),
    costNano: row.costNano && money(row.costNano),
    chargedTokens: count(row.chargedTokens),
    chargedCostNano: row.chargedCostNano && money(row.chargedCostNano),
    startedAtMs: count(row.startedAtMs),
    firstByteMs: row.firstByteMs && count(row.firstByteMs),
    durationMs: count(row.durationMs),
  };
}

function count(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  return value > 0 ? Math.min(Math.ceil(value), Number.MAX_SAFE_INTEGER) : 0;
}

function money(value: bigint): bigint {
  if (value < 0n) return 0n;
  return value > MOST ? MOST : value;
}

/** The prices object of a model is shared by all its requests, so its text is made once. */
const priceTexts = new WeakMap<Prices, string>();
export function pricesText(prices: Prices): string {
  const known = priceTexts.get(prices);
  if (known !== undefined) return known;
  const text = JSON.stringify(pricesToJson(prices));
  priceTexts.set(prices, text);
  return text;
}

export function pricesOfText(text: string): Prices {
  return pricesFromJson(JSON.parse(text) as PricesJson);
}

export type StoredLedgerRow = Omit<Selectable<LedgerTable>, Money> & Record<Money, string | null>;

export function fromRow(row: StoredLedgerRow): LedgerRow {
  return {
    id: row.id,
    accountId: row.account_id,
    projectId: row.project_id,
    keyId: row.key_id,
    ...(row.parent_key_id !== null && { parentKeyId: row.parent_key_id }),
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
    chargedTokens: row.charged_tokens,
    chargedCostNano: row.charged_cost_nano === null ? null : BigInt(row.charged_cost_nano),
    prices: row.prices === null ? null : pricesOfText(row.prices),
    address: row.address,
    startedAtMs: row.started_at_ms,
    firstByteMs: row.first_byte_ms,
    durationMs: row.duration_ms,
  };
}
