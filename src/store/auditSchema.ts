/** The table of the audit log, written as the others are (schema.ts). */
export interface AuditTables {
  audit_events: AuditEventsTable;
}

export interface AuditEventsTable {
  account_id: string;
  project_id: string | null;
  seq: number;
  account_seq: number;
  id: string;
  at_ms: number;
  actor_type: string;
  actor_id: string;
  actor_name: string | null;
  /** Whether it was the platform's operator. */
  actor_operator: number;
  address: string | null;
  operation: string;
  object_type: string;
  object_id: string | null;
  object_name: string | null;
  outcome: string;
  code: string | null;
  request_id: string | null;
  before_fields: string | null;
  after_fields: string | null;
  previous_hash: string;
  hash: string;
}
