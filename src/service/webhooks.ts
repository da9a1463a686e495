import type { Clock, NewId, Random } from '../core/ambient.ts';
import { reaches, type Caller } from '../core/caller.ts';
import { Fault, invalidField, notFound } from '../core/fault.ts';
import type { WebhookStore } from '../core/noticeStore.ts';
import type { Page, PageQuery } from '../core/page.ts';
import { PAUSE_REASONS } from '../core/pauseCause.ts';
import {
  afterAttempt,
  isDelivered,
  ROTATION_MS,
  signingSecrets,
  type Delivery,
  type SendWebhook,
  type Webhook,
} from '../core/webhook.ts';

export type WebhookDraft = Pick<Webhook, 'url' | 'events'>;
export type WebhookEdit = Partial<Pick<Webhook, 'url' | 'events' | 'status'>>;

/** Where an account wants its notices sent. Every verb throws `not_found` for what the caller may not know. */
export interface Webhooks {
  /** Its answer and that of `rotateSecret` are the only ones whose `secret` is meant to be shown. */
  create(accountId: string, draft: WebhookDraft): Promise<Webhook>;
  list(accountId: string, query: PageQuery): Promise<Page<Webhook>>;
  get(caller: Caller, id: string): Promise<Webhook>;
  change(caller: Caller, id: string, edit: WebhookEdit): Promise<Webhook>;
  remove(caller: Caller, id: string): Promise<void>;
  /** The secret before signs along for a day. */
  rotateSecret(caller: Caller, id: string): Promise<Webhook>;
  /** Sends one message now, to a paused webhook too, and answers how it went. */
  test(caller: Caller, id: string): Promise<Delivery>;
  deliveries(caller: Caller, id: string, query: PageQuery): Promise<Page<Delivery>>;
}

const MOST_WEBHOOKS = 20;
/** Between two tests of one webhook: each makes a row, and a request to someone else’s server. */
const TEST_PAUSE_MS = 5000;
const MOST_TESTED = 1000;
const SECRET_BYTES = 32;

export function createWebhooks(options: {
  webhooks: WebhookStore;
  send: SendWebhook;
  /** Why a host may not be sent to; null when it may. Names are looked at again when they are resolved. */
  refuseHost: (hostname: string) => string | null;
  clock: Clock;
  random: Random;
  newId: NewId;
}): Webhooks {
  const { webhooks, send, refuseHost, clock, random, newId } = options;
  const testedAtMs = new Map<string, number>();

  async function get(caller: Caller, id: string): Promise<Webhook> {
    const webhook = await webhooks.get(id);
    if (!webhook || !reaches(caller, { accountId: webhook.accountId, projectId: null })) throw notFound('webhook', id);
    return webhook;
  }

  async function update(id: string, change: Parameters<WebhookStore['update']>[1]): Promise<Webhook> {
    const changed = await webhooks.update(id, change);
    if (!changed) throw notFound('webhook', id);
    return changed;
  }

  /** `whsec_` and base64, 256 bits. */
  function newSecret(): string {
    return `whsec_${Buffer.from(random(SECRET_BYTES)).toString('base64')}`;
  }

  function mayTest(id: string): void {
    const nowMs = clock();
    const last = testedAtMs.get(id);
    if (last !== undefined && Math.abs(nowMs - last) < TEST_PAUSE_MS)
      throw new Fault('conflict', 'This webhook has just been tested. Try again in a few seconds.');
    if (testedAtMs.size >= MOST_TESTED) testedAtMs.clear();
    testedAtMs.set(id, nowMs);
  }

  return {
    async create(accountId, draft) {
      const nowMs = clock();
      const webhook: Webhook = {
        id: newId('whk'),
        accountId,
        url: checkedUrl(draft.url, refuseHost),
        events: draft.events,
        ...RESUMED,
        secret: newSecret(),
        previousSecret: null,
        previousSecretUntilMs: null,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
      };
      await webhooks.create(webhook, MOST_WEBHOOKS);
      return webhook;
    },
    list: (accountId, query) => webhooks.list({ ...query, accountId }),
    get,
    async change(caller, id, edit) {
      await get(caller, id);
      const updatedAtMs = clock();
      return update(id, {
        ...edit,
        ...(edit.url !== undefined && { url: checkedUrl(edit.url, refuseHost), failingSinceMs: null }),
        ...(edit.status === 'active' && RESUMED),
        ...(edit.status === 'paused' && { pausedReason: PAUSE_REASONS.byHand, pausedAtMs: updatedAtMs }),
        updatedAtMs,
      });
    },
    async remove(caller, id) {
      await get(caller, id);
      if (!(await webhooks.remove(id))) throw notFound('webhook', id);
    },
    async rotateSecret(caller, id) {
      const { secret } = await get(caller, id);
      const nowMs = clock();
      const previous = { previousSecret: secret, previousSecretUntilMs: nowMs + ROTATION_MS };
      return update(id, { secret: newSecret(), ...previous, updatedAtMs: nowMs });
    },
    async test(caller, id) {
      const webhook = await get(caller, id);
      mayTest(id);
      const atMs = clock();
      const data = { webhookId: id, text: 'This is a test of a webhook of Keyward.' };
      const body = JSON.stringify({ type: 'webhook.test', timestamp: new Date(atMs).toISOString(), data });
      const message = {
        url: webhook.url,
        id: newId('msg'),
        timestampSeconds: Math.floor(atMs / 1000),
        body,
        secrets: signingSecrets(webhook, atMs),
      };
      const attempt = { atMs, ...(await send(message, NEVER)) };
      const delivery: Delivery = {
        id: message.id,
        accountId: webhook.accountId,
        webhookId: id,
        event: 'webhook.test',
        body,
        ...afterAttempt([], attempt, 0),
        // A test is tried once: whoever asked for it is looking at the answer.
        status: isDelivered(attempt) ? 'delivered' : 'failed',
        nextAttemptAtMs: null,
        createdAtMs: atMs,
      };
      await webhooks.append(delivery);
      return delivery;
    },
    async deliveries(caller, id, query) {
      await get(caller, id);
      return webhooks.deliveries({ ...query, webhookId: id });
    },
  };
}

const RESUMED = { status: 'active', pausedReason: null, pausedAtMs: null, failingSinceMs: null } as const;
const NEVER = new AbortController().signal;

/** The address as URLs are written. What it says of hosts holds for literal addresses: names are judged when they are resolved. */
function checkedUrl(given: string, refuseHost: (hostname: string) => string | null): string {
  const url = URL.parse(given);
  if (!url || !/^https?:\/\//i.test(given))
    throw invalidField('/url', 'This must be an https or http address, like https://example.com/hooks/keyward.');
  if (url.username || url.password)
    throw invalidField(
      '/url',
      'Credentials do not belong in the address: messages are signed, so check the signature.',
    );
  if (url.hash) throw invalidField('/url', 'The address must not have a fragment: it would not be sent.');
  const refused = refuseHost(url.hostname);
  if (refused !== null) throw invalidField('/url', refused);
  return url.href;
}
