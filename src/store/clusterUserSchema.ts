/** The table of cluster users, written as the others are (schema.ts). */
export interface ClusterUserTables {
  cluster_users: ClusterUsersTable;
}

export interface ClusterUsersTable {
  account_id: string;
  project_id: string;
  service_id: string;
  id: string;
  username: string;
  /** Service and user name in one, as it is looked up (core/clusterUser `loginOf`). */
  login: string;
  /** Argon2id, with its parameters. */
  password: string;
  role: string;
  paths: string;
  ip_allow: string;
  ip_deny: string;
  expires_at_ms: number | null;
  status: string;
  description: string;
  created_by: string;
  created_at_ms: number;
  updated_at_ms: number;
  last_used_at_ms: number | null;
  last_used_address: string | null;
}
