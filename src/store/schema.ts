import type { Generated } from 'kysely';
import type { AuditTables } from './auditSchema.ts';
import type { ClusterUserTables } from './clusterUserSchema.ts';
import type { GroupTables } from './groupSchema.ts';
import type { LeakTables } from './leakSchema.ts';
import type { MemberTables } from './memberSchema.ts';
import type { NoticeTables } from './noticeSchema.ts';
import type { PeopleTables } from './peopleSchema.ts';

/**
 * The tables as the queries see them. Times are milliseconds, flags 0 or 1, lists and objects JSON text. Money is a
 * 64-bit integer of 1e-9 of the currency and is only ever read cast to text, because a JavaScript number would round it.
 */
export interface Tables
  extends AuditTables, ClusterUserTables, GroupTables, LeakTables, MemberTables, NoticeTables, PeopleTables {
  accounts: AccountsTable;
  projects: ProjectsTable;
  keys: KeysTable;
  secrets: SecretsTable;
  replays: ReplaysTable;
  providers: ProvidersTable;
  models: ModelsTable;
  endpoints: EndpointsTable;
  services: ServicesTable;
  limits: LimitsTable;
  limit_templates: LimitTemplatesTable;
  counters: CountersTable;
  reservations: ReservationsTable;
  nodes: NodesTable;
  adjustments: AdjustmentsTable;
  ledger: LedgerTable;
  denials: DenialsTable;
  meta: MetaTable;
}

/** What a column can hold on both engines. */
export type Value = string | number | bigint | null;

export interface AccountsTable {
  id: string;
  name: string;
  status: string;
  name_editable: number;
  created_at_ms: number;
  key_cap: Generated<number>;
  member_key_cap: number | null;
  key_reveal: Generated<string>;
  custom_keys: Generated<number>;
  step_up: Generated<number>;
  on_leak_report: Generated<string>;
  max_key_lifetime_days: number | null;
  require_expiry: Generated<number>;
  require_addresses: Generated<number>;
  require_range_scope: Generated<number>;
  default_group_id: string | null;
}

export interface ProjectsTable {
  account_id: string;
  id: string;
  name: string;
  created_at_ms: number;
  member_access: Generated<string>;
  key_cap: number | null;
  ip_allow: Generated<string>;
  ip_deny: Generated<string>;
  max_key_lifetime_days: number | null;
  require_expiry: Generated<number>;
  require_addresses: Generated<number>;
  require_range_scope: Generated<number>;
}

export interface KeysTable {
  account_id: string;
  project_id: string | null;
  id: string;
  class: string;
  name: string;
  description: string;
  /** `name` and `description` as they are searched: one form of each letter (searchable). */
  name_search: string;
  description_search: string;
  environment: string | null;
  masked: string;
  status: string;
  scope: string;
  ip_allow: string;
  ip_deny: string;
  expires_at_ms: number | null;
  created_by: string;
  created_at_ms: number;
  updated_at_ms: number;
  last_used_at_ms: number | null;
  last_used_address: string | null;
  deleted_at_ms: number | null;
  limit_template_id: string | null;
  /** Use before this counts for no limit of the key or its template. */
  limits_since_ms: Generated<number>;
  is_default: number;
  rotate_every_days: number | null;
  group_id: string | null;
  region: string | null;
  /** Of a temporary key: what it was made from, and with which value of that. */
  parent_key_id: string | null;
  parent_secret_id: string | null;
}

/** One row per value that opens a key; a key has two while it is being rotated. */
export interface SecretsTable {
  hash: string;
  account_id: string;
  key_id: string;
  created_at_ms: number;
  id: string;
  masked: string;
  ends_at_ms: number | null;
  last_used_at_ms: number | null;
  last_used_address: string | null;
  /** The value, encrypted (cipher), where the account lets it be read again. */
  ciphertext: string | null;
}

/** Creations that may be sent twice. Holds no plaintext. */
export interface ReplaysTable {
  owner: string;
  token: string;
  fingerprint: string;
  key_id: string;
  created_at_ms: number;
}

export interface ProvidersTable {
  id: string;
  name: string;
  kind: string;
  base_url: string;
  /** Encrypted (cipher), bound to the provider's id. */
  credential: string | null;
  credential_header: string | null;
  timeout_ms: number;
  idle_timeout_ms: number;
  created_at_ms: number;
}

export interface ModelsTable {
  account_id: string | null;
  project_id: string | null;
  id: string;
  name: string;
  provider_id: string;
  upstream_model: string;
  prices: string | null;
  max_output_tokens: number | null;
  created_at_ms: number;
}

export interface EndpointsTable {
  account_id: string;
  project_id: string;
  id: string;
  name: string;
  model_id: string;
  provider_id: string | null;
  upstream_model: string | null;
  max_output_tokens: number | null;
  created_at_ms: number;
}

export interface ServicesTable {
  account_id: string;
  project_id: string;
  id: string;
  name: string;
  description: string;
  provider_id: string;
  created_at_ms: number;
}

export interface LimitsTable {
  account_id: string;
  id: string;
  subject_type: string;
  subject_id: string;
  unit: string;
  amount: bigint;
  window_kind: string;
  window_ms: number;
  window_period: string;
  window_zone: string;
  since_ms: number;
  created_at_ms: number;
}

/** Named sets of limits: those whose subject is the template. */
export interface LimitTemplatesTable {
  account_id: string;
  id: string;
  name: string;
  created_at_ms: number;
}

/** What is used and held of a limit by one subject in one stretch of its window (core/window). */
export interface CountersTable {
  limit_id: string;
  subject_id: string;
  slot_ms: number;
  settled: bigint;
  reserved: bigint;
}

/** Calls under way, of every node. `call` and `takes`: see reservation.ts. */
export interface ReservationsTable {
  account_id: string;
  project_id: string;
  id: string;
  key_id: string;
  node_id: string;
  started_at_ms: number;
  call: string;
  takes: string;
}

/** Until when each node is known to live, by the clock of the database. */
export interface NodesTable {
  id: string;
  lease_until_ms: number;
}

/** Decisions about what abandoned calls are charged. */
export interface AdjustmentsTable {
  account_id: string;
  request_id: string;
  charged_tokens: number;
  charged_cost_nano: bigint;
  note: string;
  decided_by: string;
  at_ms: number;
}

export interface LedgerTable {
  account_id: string;
  project_id: string;
  id: string;
  key_id: string;
  route: string;
  resource_type: string | null;
  resource_id: string | null;
  resource_name: string | null;
  provider_id: string | null;
  outcome: string;
  status: number;
  streamed: number;
  input_tokens: number;
  cached_tokens: number;
  cache_write_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  usage_source: string;
  cost_nano: bigint | null;
  prices: string | null;
  address: string | null;
  started_at_ms: number;
  first_byte_ms: number | null;
  duration_ms: number;
  /** What limits count for the call. */
  charged_tokens: number;
  charged_cost_nano: bigint | null;
  /** Of a call with a temporary key: the key it was made from. */
  parent_key_id: string | null;
}

export interface DenialsTable {
  account_id: string;
  project_id: string;
  key_id: string;
  code: string;
  route: string;
  address: string;
  hour_ms: number;
  count: number;
  first_at_ms: number;
  last_at_ms: number;
}

export interface MetaTable {
  name: string;
  value: string;
}
