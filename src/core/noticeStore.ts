import type { Key } from './key.ts';
import type { DueRotation, ExpirySpan, Notice, NoticeKind, Occasion } from './notice.ts';
import type { Page, PageQuery, Within } from './page.ts';
import type { Delivery, Webhook } from './webhook.ts';

/** A notice to be stored, with what it is the notice of. */
export interface NoticeEntry {
  readonly notice: Notice;
  readonly occasion: Occasion;
  /** What webhooks that want it are sent. */
  readonly body: string;
}

export interface NoticeQuery extends PageQuery, Within {
  readonly keyId?: string;
  readonly kind?: NoticeKind;
}

/** An occasion in its account. */
export interface Marked {
  readonly accountId: string;
  readonly mark: string;
}

/** Who reads, where: in a project, or (`projectId` null) in a whole account. */
export interface Reader {
  readonly readerId: string;
  readonly accountId: string;
  readonly projectId: string | null;
}

export interface NoticeStore {
  /** Which of these occasions have had their notice. A look, for saving writes: what decides is `record`. */
  marked(occasions: readonly Marked[]): Promise<Set<string>>;
  /**
   * Stores the notice and a delivery for each active webhook of its account that wants it, all in one step, unless the
   * occasion has had its notice: then false, and nothing is written. Of any number of callers on any nodes one gets true.
   */
  record(entry: NoticeEntry, newDeliveryId: () => string): Promise<boolean>;
  /** Newest first. */
  list(query: NoticeQuery): Promise<Page<Notice>>;
  /** Notices that a reader has not marked as seen, there or in what holds it or is held by it; counted up to `most`. */
  unread(reader: Reader, most: number): Promise<number>;
  /** Marks all up to a moment as seen; never back. */
  markRead(reader: Reader, untilMs: number): Promise<void>;
  /** Enabled keys that are due for a notice of their expiry and have had none, soonest first. `after`: the last key of the page before. */
  expiring(span: ExpirySpan, limit: number, after?: Key): Promise<Key[]>;
  /** Enabled keys whose newest value is older than they say it should get, and that have had no notice of it. */
  rotationsDue(nowMs: number, limit: number): Promise<DueRotation[]>;
  /** Deletes at most `most` each: notices from before a time with the marks of who had read so far, and marks of occasions over before another. */
  prune(beforeMs: { readonly notices: number; readonly marks: number }, most: number): Promise<void>;
}

export type WebhookChange = Partial<Omit<Webhook, 'id' | 'accountId' | 'createdAtMs'>>;

/** What `claim` may take. */
export interface ClaimQuery {
  readonly nowMs: number;
  /** Until then nobody else takes them; where the node dies meanwhile, they are due again at that time. */
  readonly untilMs: number;
  readonly limit: number;
  readonly perWebhook: number;
  /** Webhooks that are busy here. */
  readonly except: readonly string[];
}

export interface Claimed {
  readonly delivery: Delivery;
  readonly webhook: Webhook;
}

/** Secrets are encrypted before they are stored and decrypted when they are read. */
export interface WebhookStore {
  /** Throws Fault `conflict` when the account has `most` already. */
  create(webhook: Webhook, most: number): Promise<void>;
  get(id: string): Promise<Webhook | undefined>;
  /** Newest first. */
  list(query: PageQuery & { readonly accountId: string }): Promise<Page<Webhook>>;
  /** Active again, its waiting deliveries become due at `updatedAtMs`; paused, they wait. */
  update(id: string, change: WebhookChange & Pick<Webhook, 'updatedAtMs'>): Promise<Webhook | undefined>;
  /** With its deliveries. */
  remove(id: string): Promise<boolean>;

  /** Takes deliveries that are due, the longest due first. No two callers get the same one before its time is over. */
  claim(query: ClaimQuery): Promise<Claimed[]>;
  /** Writes what became of a claimed delivery; false when it has been taken over, or its webhook is gone. */
  settle(claimed: Delivery, change: Pick<Delivery, 'status' | 'attempts' | 'nextAttemptAtMs'>): Promise<boolean>;
  /** Notes that a webhook fails, if that was not known, and answers since when it does; undefined: it is gone. */
  fails(id: string, sinceMs: number): Promise<number | undefined>;
  recovers(id: string): Promise<void>;
  /** False when it was not active: of several nodes one gets true. Its waiting deliveries wait for it to be resumed. */
  pause(id: string, reason: string, nowMs: number): Promise<boolean>;

  /** Writes a delivery that has ended already: a test. */
  append(delivery: Delivery): Promise<void>;
  /** Newest first. */
  deliveries(query: PageQuery & { readonly webhookId: string }): Promise<Page<Delivery>>;
  /** Deletes at most `most` deliveries made before a time, ended or not. */
  pruneDeliveries(beforeMs: number, most: number): Promise<void>;
}
