/** The tables of leak reports and of how keys are used, written as the others are (schema.ts). */
export interface LeakTables {
  leak_reports: LeakReportsTable;
  leak_values: LeakValuesTable;
  key_hours: KeyHoursTable;
  key_addresses: KeyAddressesTable;
}

export interface LeakReportsTable {
  account_id: string;
  project_id: string | null;
  id: string;
  key_id: string;
  secret_id: string | null;
  finds: string;
  origin: string;
  found_at: string | null;
  status: string;
  since_ms: number;
  use_state: string;
  replacement: string;
  places: string;
  reason: string | null;
  created_by: string;
  created_at_ms: number;
  updated_at_ms: number;
  closed_by: string | null;
  closed_at_ms: number | null;
}

export interface LeakValuesTable {
  account_id: string;
  report_id: string;
  secret_id: string;
}

export interface KeyHoursTable {
  account_id: string;
  key_id: string;
  hour_ms: number;
  requests: number;
  tokens: number;
}

export interface KeyAddressesTable {
  account_id: string;
  key_id: string;
  address: string;
  first_at_ms: number;
}
