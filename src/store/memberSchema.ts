/** The tables of members and quota requests, written as the others are (schema.ts). */
export interface MemberTables {
  members: MembersTable;
  former_members: FormerMembersTable;
  quota_requests: QuotaRequestsTable;
}

export interface MembersTable {
  account_id: string;
  /** Empty: of the account itself. */
  project_id: string;
  user_id: string;
  role: string;
  may_request_quota: number;
  added_by: string;
  created_at_ms: number;
}

export interface FormerMembersTable {
  account_id: string;
  user_id: string;
  name: string;
  removed_at_ms: number;
}

export interface QuotaRequestsTable {
  account_id: string;
  id: string;
  status: string;
  amount: number;
  reason: string;
  asked_by: string;
  created_at_ms: number;
  granted_amount: number | null;
  note: string | null;
  decided_by: string | null;
  decided_at_ms: number | null;
}
