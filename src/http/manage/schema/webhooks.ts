import { z } from 'zod';
import { NOTICE_KINDS } from '../../../core/notice.ts';
import { PAUSE_CAUSES } from '../../../core/pauseCause.ts';
import { causeOf, type Delivery, type Webhook } from '../../../core/webhook.ts';
import { momentOut, toMoment, toMomentOrNull } from './fields.ts';

const url = z
  .string()
  .min(1)
  .max(2000)
  .meta({
    description: 'Where messages are posted to: https, or http. Private and reserved addresses are refused.',
    examples: ['https://example.com/hooks/keyward'],
  });

const events = z
  .array(z.enum(NOTICE_KINDS))
  .min(1)
  .max(NOTICE_KINDS.length)
  .refine((kinds) => new Set(kinds).size === kinds.length, { error: 'This names a kind twice.' })
  .nullable()
  .meta({
    description: 'The kinds of notices it gets; null: every kind, those to come included.',
    examples: [['key.expiry']],
  });

export const webhookCreate = z.strictObject({ url, events: events.default(null) });

export const webhookChange = z.strictObject({
  url: url.exactOptional(),
  events: events.exactOptional(),
  status: z
    .enum(['active', 'paused'])
    .exactOptional()
    .describe(
      '`paused`: what is waiting goes on waiting, and nothing new is sent. `active`: what is waiting is sent now.',
    ),
});

const webhookFields = {
  id: z.string().meta({ examples: ['whk_9tRb3WzXq6Ks1VdJm0Ye'] }),
  accountId: z.string(),
  url: z.string(),
  events: z.array(z.enum(NOTICE_KINDS)).nullable(),
  status: z.enum(['active', 'paused']),
  pausedReason: z.string().nullable().describe('Why it is paused, for people.'),
  pausedCause: z.enum(PAUSE_CAUSES).nullable().describe('The same for programs; null: it is not paused.'),
  pausedAt: momentOut.nullable(),
  failingSince: momentOut
    .nullable()
    .describe('Since when nothing could be delivered; null: the last attempt was good. After 3 days it is paused.'),
  previousSecretUntil: momentOut.nullable().describe('Until when the secret before the last rotation signs along.'),
  createdAt: momentOut,
  updatedAt: momentOut,
};

export const webhookOut = z.object(webhookFields).meta({
  id: 'Webhook',
  description: 'An address that an account’s notices are sent to. Its secret is never shown again.',
});

export const webhookWithSecretOut = z
  .object({
    ...webhookFields,
    secret: z
      .string()
      .describe('What messages are signed under. Shown in this answer only.')
      .meta({ examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] }),
  })
  .meta({ id: 'WebhookWithSecret', description: 'A webhook and its new secret.' });

export const deliveryOut = z
  .object({
    id: z
      .string()
      .describe('The `webhook-id` of every attempt.')
      .meta({ examples: ['msg_0kPz8QmWc5RyT3bVxE7n'] }),
    webhookId: z.string(),
    event: z.enum([...NOTICE_KINDS, 'webhook.test']),
    status: z
      .enum(['pending', 'delivered', 'failed'])
      .describe('`pending`: it will be tried (again); `failed`: it will not, all attempts have failed.'),
    attempts: z
      .array(
        z.object({
          at: momentOut,
          status: z.int().nullable().describe('Of the answer; null: none came.'),
          error: z.string().nullable(),
          durationMs: z.int(),
        }),
      )
      .describe('Oldest first. Answers’ bodies are not kept.'),
    nextAttemptAt: momentOut.nullable().describe('Null: none, or not before the webhook is resumed.'),
    createdAt: momentOut,
  })
  .meta({ id: 'Delivery', description: 'One message on its way to one webhook.' });

export function toWebhookOut(webhook: Webhook): z.output<typeof webhookOut> {
  const { id, accountId, url, events, status, pausedReason } = webhook;
  return {
    id,
    accountId,
    url,
    status,
    pausedReason,
    pausedCause: causeOf(webhook),
    events: events && [...events],
    pausedAt: toMomentOrNull(webhook.pausedAtMs),
    failingSince: toMomentOrNull(webhook.failingSinceMs),
    previousSecretUntil: toMomentOrNull(webhook.previousSecretUntilMs),
    createdAt: toMoment(webhook.createdAtMs),
    updatedAt: toMoment(webhook.updatedAtMs),
  };
}

export function toWebhookWithSecretOut(webhook: Webhook): z.output<typeof webhookWithSecretOut> {
  return { ...toWebhookOut(webhook), secret: webhook.secret };
}

export function toDeliveryOut(delivery: Delivery): z.output<typeof deliveryOut> {
  const { id, webhookId, event, status, attempts } = delivery;
  return {
    id,
    webhookId,
    event,
    status,
    attempts: attempts.map(({ atMs, ...attempt }) => ({ at: toMoment(atMs), ...attempt })),
    nextAttemptAt: toMomentOrNull(delivery.nextAttemptAtMs),
    createdAt: toMoment(delivery.createdAtMs),
  };
}
