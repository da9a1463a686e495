/** The tables of people and how they sign in, written as the others are (schema.ts). */
export interface PeopleTables {
  users: UsersTable;
  sessions: SessionsTable;
  credentials: CredentialsTable;
  verifications: VerificationsTable;
  two_factors: TwoFactorsTable;
  passkeys: PasskeysTable;
  invitations: InvitationsTable;
  password_resets: PasswordResetsTable;
  attempts: AttemptsTable;
}

export interface UsersTable {
  id: string;
  email: string;
  /** Whether somebody else than the user has chosen or checked it, and an identity provider may find them by it. */
  email_verified: number;
  name: string;
  /** As it is searched: one form of each letter (searchable). */
  name_search: string;
  image: string | null;
  operator: number;
  status: string;
  two_factor_enabled: number;
  created_at_ms: number;
  updated_at_ms: number;
}

export interface SessionsTable {
  id: string;
  user_id: string;
  /** SHA-256 of the token: what lies here opens nothing. */
  token_hash: string;
  second_factor: number;
  fresh_until_ms: number;
  used_at_ms: number;
  expires_at_ms: number;
  address: string | null;
  user_agent: string | null;
  created_at_ms: number;
  updated_at_ms: number;
}

export interface CredentialsTable {
  id: string;
  user_id: string;
  provider_id: string;
  subject: string;
  /** Argon2id, with its parameters. */
  password: string | null;
  created_at_ms: number;
  updated_at_ms: number;
}

export interface VerificationsTable {
  id: string;
  identifier: string;
  value: string;
  expires_at_ms: number;
  created_at_ms: number;
  updated_at_ms: number;
}

export interface TwoFactorsTable {
  id: string;
  user_id: string;
  /** Encrypted. */
  secret: string;
  /** Hashes. */
  backup_codes: string;
  verified: number;
  failed_count: number;
  locked_until_ms: number | null;
}

export interface PasskeysTable {
  id: string;
  user_id: string;
  name: string | null;
  credential_id: string;
  public_key: string;
  counter: number;
  device_type: string;
  backed_up: number;
  transports: string | null;
  aaguid: string | null;
  created_at_ms: number | null;
}

export interface InvitationsTable {
  account_id: string;
  project_id: string | null;
  id: string;
  email: string;
  role: string;
  project_role: string | null;
  token_hash: string;
  status: string;
  accepted_by: string | null;
  created_by: string;
  created_at_ms: number;
  updated_at_ms: number;
  expires_at_ms: number;
}

export interface PasswordResetsTable {
  id: string;
  user_id: string;
  token_hash: string;
  created_by: string;
  created_at_ms: number;
  expires_at_ms: number;
}

export interface AttemptsTable {
  name: string;
  failures: number;
  last_at_ms: number;
}
