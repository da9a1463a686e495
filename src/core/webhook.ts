import type { NoticeKind } from './notice.ts';
import { PAUSE_REASONS, type PauseCause, PAUSE_CAUSES } from './pauseCause.ts';

export type WebhookEvent = NoticeKind | 'webhook.test';

/** An address of an account that its notices are sent to. */
export interface Webhook {
  readonly id: string;
  readonly accountId: string;
  readonly url: string;
  /** Null: every kind, those to come included. */
  readonly events: readonly NoticeKind[] | null;
  readonly status: 'active' | 'paused';
  readonly pausedReason: string | null;
  readonly pausedAtMs: number | null;
  /** Since when nothing has been delivered though it was tried; null: the last attempt was good. */
  readonly failingSinceMs: number | null;
  /** `whsec_` and base64 of 32 bytes, as Standard Webhooks 1.0.0 writes it. */
  readonly secret: string;
  /** Signs beside the new one after a rotation, until its time is over. */
  readonly previousSecret: string | null;
  readonly previousSecretUntilMs: number | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** One try of a delivery: a status, or an error where no answer came. */
export interface Attempt {
  readonly atMs: number;
  readonly status: number | null;
  readonly error: string | null;
  readonly durationMs: number;
}

/** One event on its way to one webhook. Its id is the `webhook-id` of every attempt. */
export interface Delivery {
  readonly id: string;
  readonly accountId: string;
  readonly webhookId: string;
  readonly event: WebhookEvent;
  /** The very bytes that are signed and sent. */
  readonly body: string;
  readonly status: 'pending' | 'delivered' | 'failed';
  readonly attempts: readonly Attempt[];
  /** Null: there will be none, or none before the webhook is resumed. While it is being tried: when others may take it over. */
  readonly nextAttemptAtMs: number | null;
  readonly createdAtMs: number;
}

/** What is sent. Signed under every secret, the newest first. */
export interface WebhookMessage {
  readonly url: string;
  readonly id: string;
  readonly timestampSeconds: number;
  readonly body: string;
  readonly secrets: readonly string[];
}

/** How it went. Answers within the sender's time-out, whatever the receiver does, and never throws. */
export type SendWebhook = (message: WebhookMessage, signal: AbortSignal) => Promise<Omit<Attempt, 'atMs'>>;

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** How long after each failed attempt the next one comes: those of Standard Webhooks 1.0.0, with one more at the start. Three days in all. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** A webhook that nothing has reached for so long is paused. */
export const PAUSE_AFTER_MS = 72 * HOUR_MS;

/** How long the secret before goes on signing. */
export const ROTATION_MS = 24 * HOUR_MS;

/** What becomes of a delivery after an attempt. `chance`, from 0 up to 1, spreads retries by a fifth either way, so that what failed together does not come back together. */
export function afterAttempt(
  before: readonly Attempt[],
  attempt: Attempt,
  chance: number,
): Pick<Delivery, 'status' | 'attempts' | 'nextAttemptAtMs'> {
  const attempts = [...before, attempt];
  if (isDelivered(attempt)) return { status: 'delivered', attempts, nextAttemptAtMs: null };
  const delayMs = RETRY_DELAYS_MS[before.length];
  if (delayMs === undefined) return { status: 'failed', attempts, nextAttemptAtMs: null };
  const endedAtMs = attempt.atMs + attempt.durationMs;
  return { status: 'pending', attempts, nextAttemptAtMs: Math.round(endedAtMs + delayMs * (0.8 + 0.4 * chance)) };
}

/** Any 2xx is a delivery, and nothing else is. */
export function isDelivered({ status }: Pick<Attempt, 'status'>): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** Why a webhook has to be paused after a failed attempt; null: it need not. */
export function pauseCause(failingSinceMs: number, attempt: Attempt): PauseCause | null {
  if (attempt.status === 410) return 'gone';
  return attempt.atMs + attempt.durationMs - failingSinceMs >= PAUSE_AFTER_MS ? 'failing' : null;
}

/** The cause of a stored reason. */
export function causeOf({ pausedReason }: Pick<Webhook, 'pausedReason'>): PauseCause | null {
  return PAUSE_CAUSES.find((one) => PAUSE_REASONS[one] === pausedReason) ?? null;
}

/** The secrets that sign at a moment, the newest first. */
export function signingSecrets(webhook: Webhook, nowMs: number): string[] {
  const { secret, previousSecret, previousSecretUntilMs } = webhook;
  const isStillGood = previousSecret !== null && previousSecretUntilMs !== null && nowMs < previousSecretUntilMs;
  return isStillGood ? [secret, previousSecret] : [secret];
}

/** Whether a webhook wants an event. */
export function wants({ events, status }: Pick<Webhook, 'events' | 'status'>, kind: NoticeKind): boolean {
  return status === 'active' && (events === null || events.includes(kind));
}
