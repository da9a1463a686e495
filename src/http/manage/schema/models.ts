import { z } from 'zod';
import type { Model, Provider } from '../../../core/catalogue.ts';
import { parseMoney, pricesFromJson, pricesToJson } from '../../../core/price.ts';
import { MODEL_NAME } from '../../../service/priceImport.ts';
import { momentOut, pageQuery, toMoment, tokenCount } from './fields.ts';

const amount = z.string().refine((text) => parseMoney(text) !== null, {
  error: 'This must be a decimal in a string, like "0.25", below 10^9 and with at most 9 decimals.',
});

const pricesShape = z.strictObject({
  inputPerMillion: amount.describe('Per million input tokens.'),
  cachedInputPerMillion: amount
    .nullable()
    .default(null)
    .describe('Per million input tokens read from a cache; null: as input.'),
  cacheWritePerMillion: amount
    .nullable()
    .default(null)
    .describe('Per million input tokens written to a cache; null: as input.'),
  outputPerMillion: amount.describe('Per million output tokens.'),
});

const pricesField = pricesShape
  .transform(pricesFromJson)
  .nullable()
  .meta({
    description: 'Prices in the platform’s currency, as decimal strings; null: unknown, which is not free.',
    examples: [{ inputPerMillion: '0.25', outputPerMillion: '1.25' }],
  });

const pricesOut = z
  .object({
    inputPerMillion: z.string(),
    cachedInputPerMillion: z.string().nullable(),
    cacheWritePerMillion: z.string().nullable(),
    outputPerMillion: z.string(),
  })
  .meta({ id: 'Prices', description: 'Prices per million tokens, as decimal strings.' });

const modelName = z
  .string()
  .regex(MODEL_NAME, {
    error:
      'A model’s name is 1 to 200 of letters, digits and . _ : @ + - and single /, begins with a letter or digit and not with `ep-`.',
  })
  .meta({ description: 'What requests call it by; may contain `/`.', examples: ['openai/gpt-5-mini'] });

/** What a provider calls a model, in requests. */
export const upstreamModel = z
  .string()
  .min(1)
  .max(250)
  .regex(/^[^\p{C}\s]+$/u, { error: 'This must not contain spaces or control characters.' });

export const modelCreate = z.strictObject({
  name: modelName,
  providerId: z.string(),
  upstreamModel: upstreamModel.exactOptional().describe('What the provider calls it. Default: the same name.'),
  prices: pricesField.default(null),
  maxOutputTokens: tokenCount.nullable().default(null).describe('Most tokens one answer can have; null: unknown.'),
  projectId: z.string().nullable().default(null).describe('The one project that may call it; null: every project.'),
});

export const modelChange = z.strictObject({
  name: modelName.exactOptional(),
  providerId: z.string().exactOptional(),
  upstreamModel: upstreamModel.exactOptional(),
  prices: pricesField.exactOptional(),
  maxOutputTokens: tokenCount.nullable().exactOptional(),
});

export const modelListQuery = z.strictObject({
  projectId: z.string().exactOptional().describe('What keys of this project could call.'),
  providerId: z.string().exactOptional().describe('Operator only.'),
  search: z.string().max(200).exactOptional().describe('Found in the name, case ignored.'),
  ...pageQuery,
});

export const modelOut = z
  .object({
    id: z.string().meta({ examples: ['mdl_4yD0pAzWm8cQ1sRk7Tfe'] }),
    name: z.string(),
    projectId: z.string().nullable().describe('Null: open to every project.'),
    prices: pricesOut.nullable(),
    maxOutputTokens: z.int().nullable(),
    ownedBy: z.string().describe('Who serves it, as `owned_by` of `/v1/models` says.'),
    protocols: z
      .array(z.enum(['openai', 'anthropic']))
      .describe(
        'Whose routes and SDKs call it: `openai` `/v1/chat/completions` and the like, `anthropic` `/v1/messages`.',
      ),
    providerId: z.string().optional().describe('To the operator only.'),
    upstreamModel: z.string().optional().describe('To the operator only.'),
    createdAt: momentOut,
  })
  .meta({ id: 'Model', description: 'A model that keys can call by its name.' });

export const priceImportBody = z.strictObject({
  providerId: z.string().describe('The provider that serves the models.'),
  projectId: z
    .string()
    .nullable()
    .default(null)
    .describe('The one project that may call new models; null: every project.'),
  litellmProvider: z.string().nullable().default(null).describe('Only entries with this `litellm_provider`.'),
  dryRun: z.boolean().default(false).describe('Answers what would happen and changes nothing.'),
  prices: z.record(z.string(), z.record(z.string(), z.unknown())).meta({
    description: 'LiteLLM’s price file (model_prices_and_context_window.json), whole or in part.',
    examples: [
      {
        'gpt-5-mini': {
          litellm_provider: 'openai',
          mode: 'chat',
          input_cost_per_token: 2.5e-7,
          output_cost_per_token: 0.000002,
        },
      },
    ],
  }),
});

export const importReportOut = z.object({
  created: z.array(z.string()),
  updated: z.array(z.string()),
  skipped: z.array(z.object({ name: z.string(), reason: z.string() })),
  simplified: z.array(z.object({ name: z.string(), rates: z.array(z.string()) })).meta({
    description:
      'Imported, but the list has further rates for them (long context, audio …) that Keyward does not charge by.',
  }),
});

/** `provider`: the one that serves it. `operator`: whether the reader may see where calls go. */
export function toModelOut(model: Model, provider: Provider | undefined, operator: boolean): z.output<typeof modelOut> {
  const { id, name, projectId, prices, maxOutputTokens, providerId, upstreamModel, createdAtMs } = model;
  const seen = {
    id,
    name,
    projectId,
    prices: prices && pricesToJson(prices),
    maxOutputTokens,
    ownedBy: provider?.name ?? 'keyward',
    protocols: provider ? [...SPOKEN[provider.kind]] : [],
    createdAt: toMoment(createdAtMs),
  };
  return operator ? { ...seen, providerId, upstreamModel } : seen;
}

/** The protocols that providers of a kind answer in. */
const SPOKEN = {
  openai: ['openai'],
  anthropic: ['anthropic'],
  demo: ['openai', 'anthropic'],
  http: [],
} as const;
