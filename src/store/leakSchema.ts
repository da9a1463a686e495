/** The table of leak reports, written as the others are (schema.ts). */
export interface LeakTables {
  leak_reports: LeakReportsTable;
}

export interface LeakReportsTable {
  account_id: string;
  project_id: string | null;
  id: string;
  key_id: string;
  secret_id: string | null;
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
