/** The tables of notices and webhooks, written as the others are (schema.ts). */
export interface NoticeTables {
  notices: NoticesTable;
  notice_marks: NoticeMarksTable;
  notice_reads: NoticeReadsTable;
  webhooks: WebhooksTable;
  webhook_deliveries: WebhookDeliveriesTable;
}

export interface NoticesTable {
  account_id: string;
  project_id: string | null;
  id: string;
  kind: string;
  subject_type: string;
  subject_id: string;
  subject_name: string;
  masked: string | null;
  limit_id: string | null;
  unit: string | null;
  limit_window: string | null;
  threshold: number | null;
  used: string | null;
  amount: string | null;
  expires_at_ms: number | null;
  details: string | null;
  created_at_ms: number;
  words: string;
}

/** What there has been a notice of. */
export interface NoticeMarksTable {
  account_id: string;
  mark: string;
  ends_at_ms: number | null;
}

/** How far somebody (a user, or a management key) has read the notices of an account or a project. */
export interface NoticeReadsTable {
  reader_id: string;
  place_id: string;
  until_ms: number;
}

export interface WebhooksTable {
  account_id: string;
  id: string;
  url: string;
  events: string | null;
  status: string;
  paused_reason: string | null;
  paused_at_ms: number | null;
  failing_since_ms: number | null;
  /** Both encrypted (cipher), bound to the webhook's id. */
  secret: string;
  previous_secret: string | null;
  previous_secret_until_ms: number | null;
  created_at_ms: number;
  updated_at_ms: number;
}

export interface WebhookDeliveriesTable {
  account_id: string;
  webhook_id: string;
  id: string;
  event: string;
  body: string;
  status: string;
  attempts: string;
  next_attempt_at_ms: number | null;
  created_at_ms: number;
}
