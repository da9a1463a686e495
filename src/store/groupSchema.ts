/** Tiers that keys are put in (migration 011). */
export interface GroupTables {
  groups: GroupsTable;
}

interface GroupsTable {
  id: string;
  name: string;
  description: string;
  /** JSON. */
  opens: string;
  open_to: string;
  /** A decimal. */
  price_multiplier: string;
  created_at_ms: number;
}
