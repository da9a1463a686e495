import type { Clock, NewId, Random } from '../core/ambient.ts';
import type { Store } from '../core/ports.ts';
import type { SendWebhook } from '../core/webhook.ts';
import { createDeliveries, type Deliveries } from './deliveries.ts';
import { createNotices, type Notices } from './notices.ts';

/** Notices, and their way to webhooks: each sets the other going. */
export function createNotifying(options: {
  store: Store;
  clock: Clock;
  newId: NewId;
  random: Random;
  send: SendWebhook;
  report: (error: unknown) => void;
}): { notices: Notices; deliveries: Deliveries } {
  const { store, clock, newId, random, send, report } = options;
  const notices: Notices = createNotices({
    ...store,
    clock,
    newId,
    onRecorded: () => void deliveries.pump().catch(report),
  });
  const deliveries: Deliveries = createDeliveries({
    webhooks: store.webhooks,
    send,
    clock,
    random,
    onPaused: (webhook, cause) => notices.webhookPaused(webhook, cause),
    report,
  });
  return { notices, deliveries };
}
