import { z } from 'zod';
import type { Provider } from '../../../core/catalogue.ts';
import { momentOut, nameField, toMoment } from './fields.ts';

const milliseconds = z.int().min(100).max(3_600_000);

const credential = z
  .string()
  .min(1)
  .max(4000)
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, {
    error: 'This must be printable ASCII: it travels in a header.',
  })
  .nullable()
  .describe('Sent to the provider with every call, stored encrypted, never answered again; null: none.');

const credentialHeader = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, { error: 'This must be a header name in lower case.' })
  .nullable()
  .describe('Header that carries the credential; null: the protocol’s own.');

const baseUrl = z
  .string()
  .max(2000)
  .meta({
    description: 'Absolute http or https address without query; request paths are appended. Not for `demo`.',
    examples: ['https://api.openai.com/v1'],
  });

export const providerCreate = z.strictObject({
  name: nameField,
  kind: z
    .enum(['openai', 'anthropic', 'http', 'demo'])
    .describe('The protocol it speaks; `http` for services, `demo` for the built-in model.'),
  baseUrl: baseUrl.default(''),
  credential: credential.default(null),
  credentialHeader: credentialHeader.default(null),
  timeoutMs: milliseconds.default(600_000).describe('Most time to the first byte of an answer.'),
  idleTimeoutMs: milliseconds.default(300_000).describe('Most time between two parts of an answer.'),
});

export const providerChange = z.strictObject({
  name: nameField.exactOptional(),
  baseUrl: baseUrl.exactOptional(),
  credential: credential.exactOptional(),
  credentialHeader: credentialHeader.exactOptional(),
  timeoutMs: milliseconds.exactOptional(),
  idleTimeoutMs: milliseconds.exactOptional(),
});

export const providerOut = z
  .object({
    id: z.string().meta({ examples: ['prv_7LhQ2dVw9XsT0mCk4Zbn'] }),
    name: z.string(),
    kind: z.enum(['openai', 'anthropic', 'http', 'demo']),
    baseUrl: z.string(),
    hasCredential: z.boolean(),
    credentialHeader: z.string().nullable(),
    timeoutMs: z.int(),
    idleTimeoutMs: z.int(),
    createdAt: momentOut,
  })
  .meta({ id: 'Provider', description: 'An upstream. Its credential is never shown.' });

export const providerTestOut = z.object({
  ok: z.boolean(),
  status: z.int().nullable().describe('The upstream’s answer; null: it was not reached.'),
  detail: z.string(),
  durationMs: z.int().describe('Until the head of the answer, or until it was given up.'),
});

export function toProviderOut({
  credential: secret,
  createdAtMs,
  ...provider
}: Provider): z.output<typeof providerOut> {
  return { ...provider, hasCredential: secret !== null, createdAt: toMoment(createdAtMs) };
}
