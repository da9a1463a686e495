import { z } from 'zod';
import type { Endpoint } from '../../../core/catalogue.ts';
import { momentOut, nameField, toMoment, tokenCount } from './fields.ts';
import { upstreamModel } from './models.ts';

export const endpointCreate = z.strictObject({
  name: nameField,
  modelId: z.string().describe('Id or name of a model the project may call.'),
  maxOutputTokens: tokenCount.nullable().default(null).describe('Not above the model’s; null: the model’s.'),
  providerId: z.string().nullable().default(null).describe('Operator only; null: the model’s provider.'),
  upstreamModel: upstreamModel
    .nullable()
    .default(null)
    .describe('Operator only; null: the model’s own name at the provider.'),
});

export const endpointChange = z.strictObject({
  name: nameField.exactOptional(),
  modelId: z.string().exactOptional(),
  maxOutputTokens: tokenCount.nullable().exactOptional(),
  providerId: z.string().nullable().exactOptional().describe('Operator only.'),
  upstreamModel: upstreamModel.nullable().exactOptional().describe('Operator only.'),
});

export const endpointOut = z
  .object({
    id: z.string().meta({
      description: 'What requests call it by, in place of a model’s name.',
      examples: ['ep-3nT8yWkq0BvRz6LcJd1m'],
    }),
    projectId: z.string(),
    name: z.string(),
    modelId: z.string(),
    maxOutputTokens: z.int().nullable(),
    providerId: z.string().nullable().optional().describe('To the operator only.'),
    upstreamModel: z.string().nullable().optional().describe('To the operator only.'),
    createdAt: momentOut,
  })
  .meta({ id: 'Endpoint', description: 'A project’s own name for a model.' });

/** As `toModelOut`. */
export function toEndpointOut(endpoint: Endpoint, operator: boolean): z.output<typeof endpointOut> {
  const { id, projectId, name, modelId, maxOutputTokens, providerId, upstreamModel, createdAtMs } = endpoint;
  const seen = { id, projectId, name, modelId, maxOutputTokens, createdAt: toMoment(createdAtMs) };
  return operator ? { ...seen, providerId, upstreamModel } : seen;
}
