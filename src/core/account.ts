/** A tenant. Suspending it refuses every key of it at once. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly status: 'active' | 'suspended';
  /** Whether a key's name may be changed after creation. Off by default: a name in old logs should mean the same key. */
  readonly nameEditable: boolean;
  /** The group of its keys that are in none of their own, set by the operator; null: none. */
  readonly defaultGroupId: string | null;
  readonly createdAtMs: number;
}

/** The account of the platform's operator. Its management keys reach everything; it holds no projects. */
export const PLATFORM_ACCOUNT_ID = 'acc_platform';

/** A workspace inside an account; keys, endpoints and services belong to it. */
export interface Project {
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  readonly createdAtMs: number;
}
