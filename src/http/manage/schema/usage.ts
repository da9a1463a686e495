import { z } from 'zod';
import type { DenialCount, LedgerRow, Outcome } from '../../../core/ledger.ts';
import type { Adjustment } from '../../../core/limitStore.ts';
import type { UsageRow } from '../../../core/ports.ts';
import { formatMoney } from '../../../core/price.ts';
import { adjustmentOut, toAdjustmentOut } from './abandoned.ts';
import { momentIn, momentOut, pageQuery, toMoment, wholeNumber } from './fields.ts';

const GROUPS = ['key', 'model', 'day', 'hour', 'status', 'project', 'address'] as const;

const period = {
  accountId: z.string().exactOptional().describe('Operator only; otherwise the caller’s own account.'),
  projectId: z.string().exactOptional(),
  keyId: z.string().exactOptional().describe('Deleted keys too: their history stays.'),
  from: momentIn.exactOptional().describe('Start, with its zone. Default: 30 days before the end.'),
  to: momentIn.exactOptional().describe('End, not included. Default: now. At most 400 days after the start.'),
};

/** Where rows of the ledger are asked for. Refusals are counted by the key they met alone. */
const under = {
  parentKeyId: z.string().exactOptional().describe('Of the temporary keys that were made from that key.'),
};

export const usageQuery = z.strictObject({
  groupBy: z
    .string()
    .default('')
    .transform((text, context) => {
      const groups = text === '' ? [] : text.split(',').map((one) => one.trim());
      const known = GROUPS.filter((group) => groups.includes(group));
      if (known.length === groups.length) return known;
      context.addIssue({
        code: 'custom',
        message: `This must be a list of ${GROUPS.join(', ')}, each once, with commas.`,
      });
      return z.NEVER;
    })
    .meta({
      description: `What to sum by: ${GROUPS.map((group) => `\`${group}\``).join(', ')}, with commas. Left out: one sum of everything. By \`hour\` at most 31 days at once.`,
      examples: ['model,day'],
    }),
  ...period,
  ...under,
});

export const usageOut = z.object({
  from: momentOut,
  to: momentOut,
  data: z.array(
    z
      .object({
        group: z
          .object({
            key: z.string(),
            model: z.string(),
            day: z.string(),
            hour: z.string(),
            status: z.string(),
            project: z.string(),
            address: z.string(),
          })
          .partial()
          .describe('What the row sums: ids of keys and projects, names of models, days in UTC, starts of hours.'),
        requests: z.int(),
        inputTokens: z.int().describe('All input, cached tokens included.'),
        cachedTokens: z.int(),
        outputTokens: z.int().describe('All output, reasoning included.'),
        reasoningTokens: z.int(),
        cost: z.string().describe('Decimal, in the platform’s currency.'),
        unpricedRequests: z.int().describe('Requests whose price was unknown: their cost is not in `cost`.'),
        estimatedRequests: z.int().describe('Requests whose tokens the upstream did not report.'),
      })
      .meta({ id: 'UsageRow' }),
  ),
});

const address = z
  .string()
  .regex(/^[\da-f.:]{2,45}$/i, { error: 'This must be an address, like 192.0.2.10.' })
  .exactOptional()
  .describe('The client’s, as it is answered: `192.0.2.10`.');

const OUTCOMES = [
  'answered',
  'aborted',
  'cut',
  'upstream_failed',
  'allowed',
  'abandoned',
] as const satisfies readonly Outcome[];

export const requestsQuery = z.strictObject({
  ...period,
  ...under,
  model: z.string().max(250).exactOptional().describe('The name that was called: a model, an endpoint or a service.'),
  status: wholeNumber('This must be a status, like 200.', 100, 599).exactOptional(),
  outcome: z.enum(OUTCOMES).exactOptional(),
  address,
  ...pageQuery,
});

export const requestOut = z
  .object({
    id: z.string(),
    accountId: z.string(),
    projectId: z.string(),
    keyId: z.string(),
    parentKeyId: z.string().nullable().describe('Of a temporary key: the key it was made from.'),
    route: z.string().meta({ examples: ['/v1/chat/completions'] }),
    resource: z
      .object({ type: z.enum(['model', 'endpoint', 'service']), id: z.string(), name: z.string() })
      .nullable()
      .describe('What was called, by the name that was used; null: nothing in particular.'),
    outcome: z.enum(OUTCOMES),
    status: z.int().describe('What the client got; 499: it left first.'),
    streamed: z.boolean(),
    inputTokens: z.int(),
    cachedTokens: z.int(),
    cacheWriteTokens: z.int(),
    outputTokens: z.int(),
    reasoningTokens: z.int(),
    usageSource: z.enum(['reported', 'estimated', 'none']),
    cost: z.string().nullable().describe('Decimal; null: no price was known.'),
    chargedTokens: z.int().describe('What limits count for it: the tokens used, at most those reserved.'),
    chargedCost: z.string().nullable().describe('Decimal, likewise.'),
    adjustment: adjustmentOut.nullable().describe('What the operator decided, if its end was not seen (`abandoned`).'),
    address: z.string().nullable(),
    startedAt: momentOut,
    firstByteMs: z.number().nullable(),
    durationMs: z.number(),
  })
  .meta({ id: 'Request', description: 'One admitted request.' });

export const denialsQuery = z.strictObject({
  ...period,
  code: z
    .string()
    .regex(/^[a-z_]{1,50}$/, { error: 'This must be the code of a refusal, like ip_not_allowed.' })
    .exactOptional()
    .describe('Refusals of this code, like `ip_not_allowed`.'),
  address,
  ...pageQuery,
});

export const denialOut = z
  .object({
    accountId: z.string().nullable(),
    projectId: z.string().nullable(),
    keyId: z.string().nullable().describe('Null: no key was recognised.'),
    code: z.string().meta({ examples: ['ip_not_allowed'] }),
    route: z.string(),
    address: z.string().nullable().describe('Null: unknown, or one of too many to list apart.'),
    hour: momentOut.describe('Start of the hour that is counted.'),
    count: z.int(),
    firstAt: momentOut,
    lastAt: momentOut,
  })
  .meta({ id: 'Denial', description: 'Refusals of one kind in one hour.' });

export function toUsageOut({ costNano, ...row }: UsageRow): z.output<typeof usageOut>['data'][number] {
  return { ...row, cost: formatMoney(costNano) };
}

export function toRequestOut(row: LedgerRow, adjustment: Adjustment | null = null): z.output<typeof requestOut> {
  const {
    resourceType,
    resourceId,
    resourceName,
    usage,
    costNano,
    chargedTokens,
    chargedCostNano,
    prices: _,
    providerId: __,
    startedAtMs,
    ...rest
  } = row;
  return {
    ...rest,
    ...usage,
    parentKeyId: row.parentKeyId ?? null,
    resource: resourceType === null ? null : { type: resourceType, id: resourceId ?? '', name: resourceName ?? '' },
    cost: moneyOrNull(costNano),
    chargedTokens: adjustment?.chargedTokens ?? chargedTokens,
    chargedCost: moneyOrNull(adjustment?.chargedCostNano ?? chargedCostNano),
    adjustment: adjustment && toAdjustmentOut(adjustment),
    startedAt: toMoment(startedAtMs),
  };
}

function moneyOrNull(nano: bigint | null): string | null {
  return nano === null ? null : formatMoney(nano);
}

export function toDenialOut({
  accountId,
  projectId,
  keyId,
  address,
  hourMs,
  firstAtMs,
  lastAtMs,
  ...rest
}: DenialCount): z.output<typeof denialOut> {
  return {
    ...rest,
    accountId: accountId || null,
    projectId: projectId || null,
    keyId: keyId || null,
    address: address || null,
    hour: toMoment(hourMs),
    firstAt: toMoment(firstAtMs),
    lastAt: toMoment(lastAtMs),
  };
}
