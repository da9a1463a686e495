import type { Clock, Random } from '../core/ambient.ts';
import type { Claimed, WebhookStore } from '../core/noticeStore.ts';
import { PAUSE_REASONS, type PauseCause } from '../core/pauseCause.ts';
import {
  afterAttempt,
  isDelivered,
  pauseCause,
  signingSecrets,
  type SendWebhook,
  type Webhook,
} from '../core/webhook.ts';

/**
 * Sends what is due to webhooks, at least once. A delivery is claimed for a time, so that of many nodes one sends it,
 * and another takes it over when that node dies. A receiver holds up its own deliveries and nobody else's.
 */
export interface Deliveries {
  /** Starts what is due and there is room for; what ends makes room for more. Called every few seconds and after a notice. */
  pump(): Promise<void>;
  /** When nothing is on its way from here. */
  idle(): Promise<void>;
  /** Takes nothing more, breaks off what is on its way, and leaves it to be sent by others or after the start. */
  stop(): Promise<void>;
}

/** Longer than an attempt can take, with clocks of nodes that differ by seconds. */
const CLAIM_MS = 60_000;
/** Most on their way from this node. */
const MOST_AT_ONCE = 256;
/** Most of one webhook at once. More wait until all of these have ended. */
const MOST_PER_WEBHOOK = 4;

export function createDeliveries(options: {
  webhooks: Pick<WebhookStore, 'claim' | 'settle' | 'fails' | 'recovers' | 'pause'>;
  send: SendWebhook;
  clock: Clock;
  random: Random;
  onPaused: (webhook: Webhook, cause: PauseCause) => Promise<void>;
  /** Told of attempts whose outcome could not be written: they are made again when their claim runs out. */
  report: (error: unknown) => void;
}): Deliveries {
  const { webhooks, send, clock, random, onPaused, report } = options;
  const stopping = new AbortController();
  const underWay = new Set<Promise<void>>();
  /** How many of each webhook are on their way. */
  const busy = new Map<string, number>();
  let pumping: Promise<void> | undefined;
  let again = false;

  async function claim(): Promise<void> {
    do {
      again = false;
      const room = MOST_AT_ONCE - underWay.size;
      if (room <= 0 || stopping.signal.aborted) return;
      const nowMs = clock();
      const query = {
        nowMs,
        untilMs: nowMs + CLAIM_MS,
        limit: room,
        perWebhook: MOST_PER_WEBHOOK,
        except: [...busy.keys()],
      };
      for (const claimed of await webhooks.claim(query)) start(claimed);
    } while (again);
  }

  function start(claimed: Claimed): void {
    const { id } = claimed.webhook;
    busy.set(id, (busy.get(id) ?? 0) + 1);
    const run: Promise<void> = attempt(claimed)
      .catch(report)
      .finally(() => {
        underWay.delete(run);
        const left = (busy.get(id) ?? 1) - 1;
        if (left > 0) busy.set(id, left);
        else {
          busy.delete(id);
          void pump().catch(report);
        }
      });
    underWay.add(run);
  }

  async function attempt({ delivery, webhook }: Claimed): Promise<void> {
    const { id, body, attempts } = delivery;
    // Paused while this was being made: it waits with the others.
    if (webhook.status === 'paused')
      return void (await webhooks.settle(delivery, { status: 'pending', attempts, nextAttemptAtMs: null }));
    const atMs = clock();
    const secrets = signingSecrets(webhook, atMs);
    const message = { url: webhook.url, id, timestampSeconds: Math.floor(atMs / 1000), body, secrets };
    const made = { atMs, ...(await send(message, stopping.signal)) };
    // Broken off by us: no failure of the receiver's.
    if (stopping.signal.aborted && made.status === null)
      return void (await webhooks.settle(delivery, { status: 'pending', attempts, nextAttemptAtMs: atMs }));
    await webhooks.settle(delivery, afterAttempt(attempts, made, chance(random)));
    if (!isDelivered(made)) return failed(webhook, made);
    if (webhook.failingSinceMs !== null) await webhooks.recovers(webhook.id);
  }

  async function failed(webhook: Webhook, made: Parameters<typeof pauseCause>[1]): Promise<void> {
    const sinceMs = await webhooks.fails(webhook.id, made.atMs);
    const cause = sinceMs === undefined ? null : pauseCause(sinceMs, made);
    if (cause === null) return;
    if (await webhooks.pause(webhook.id, PAUSE_REASONS[cause], clock())) await onPaused(webhook, cause);
  }

  function pump(): Promise<void> {
    again = true;
    pumping ??= claim().finally(() => (pumping = undefined));
    return pumping;
  }

  async function idle(): Promise<void> {
    while (pumping || underWay.size > 0) await Promise.allSettled([pumping, ...underWay]);
  }

  return {
    pump,
    idle,
    async stop() {
      stopping.abort();
      await idle();
    },
  };
}

/** From 0 up to 1. */
function chance(random: Random): number {
  const [high = 0, low = 0] = random(2);
  return (high * 256 + low) / 65_536;
}
