import { Fault } from '../core/fault.ts';
import type { Delivery, Webhook } from '../core/webhook.ts';
import type { Cipher } from './cipher.ts';
import { codec, json, plain } from './columns.ts';

/** A webhook as a row, its secrets as they are: `seal` them first. */
export const WEBHOOK = codec<Webhook>({
  id: plain('id'),
  accountId: plain('account_id'),
  url: plain('url'),
  events: json('events'),
  status: plain('status'),
  pausedReason: plain('paused_reason'),
  pausedAtMs: plain('paused_at_ms'),
  failingSinceMs: plain('failing_since_ms'),
  secret: plain('secret'),
  previousSecret: plain('previous_secret'),
  previousSecretUntilMs: plain('previous_secret_until_ms'),
  createdAtMs: plain('created_at_ms'),
  updatedAtMs: plain('updated_at_ms'),
});

export const DELIVERY = codec<Delivery>({
  id: plain('id'),
  accountId: plain('account_id'),
  webhookId: plain('webhook_id'),
  event: plain('event'),
  body: plain('body'),
  status: plain('status'),
  attempts: json('attempts'),
  nextAttemptAtMs: plain('next_attempt_at_ms'),
  createdAtMs: plain('created_at_ms'),
});

type Secrets = Partial<Pick<Webhook, 'secret' | 'previousSecret'>>;

/** Secrets as they are stored: encrypted, and bound to their webhook, so that moved to another row they do not open. */
export function seal<T extends Secrets>(cipher: Cipher, id: string, webhook: T): T {
  return mapped(webhook, (secret) => cipher.encrypt(secret, contextOf(id)));
}

/** The inverse of `seal`. */
export function unseal(cipher: Cipher, row: Readonly<Record<string, unknown>>): Webhook {
  const webhook = WEBHOOK.fromRow(row);
  return mapped(webhook, (text) => cipher.decrypt(text, contextOf(webhook.id)));
}

function mapped<T extends Secrets>(webhook: T, change: (secret: string) => string): T {
  const { secret, previousSecret } = webhook;
  return {
    ...webhook,
    ...(secret !== undefined && { secret: change(secret) }),
    ...(previousSecret != null && { previousSecret: change(previousSecret) }),
  };
}

function contextOf(id: string): string {
  return `webhooks/${id}/secret`;
}

/** The answer to one webhook too many. */
export function tooManyWebhooks(most: number): Fault {
  return new Fault('conflict', `An account has at most ${most} webhooks. Delete one that is not needed.`);
}
