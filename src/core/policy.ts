import type { KeyRules } from './keyRules.ts';

/** What the members of a project may do with its keys: `all`: every key; `own`: those they made; `none`: nothing. */
export type MemberAccess = 'all' | 'own' | 'none';

/** Where calls may come from, in canonical form (core/network). Deny beats allow; an empty allow list is everywhere. */
export interface AddressLists {
  readonly ipAllow: readonly string[];
  readonly ipDeny: readonly string[];
}

/** What a project's admins decide about it. The lists count for all its keys and cluster users, on top of their own. */
export interface ProjectPolicy extends AddressLists, KeyRules {
  readonly memberAccess: MemberAccess;
  /** Most standard keys of the project; null: no other bound than the account's. */
  readonly keyCap: number | null;
}

/** Whether values of keys can be read again: `once`: only when they are made; `recoverable`: by those who may, on record. */
export type KeyReveal = 'once' | 'recoverable';

/** What is done at once about a key that is reported with its whole value: `notify`: nothing, people are told. */
export type OnLeakReport = 'disable' | 'notify';

/** What an account decides about its keys. Only standard keys that are not deleted count toward caps. */
export interface AccountPolicy extends KeyRules {
  readonly keyReveal: KeyReveal;
  /** Whether values of standard keys may be chosen instead of generated. */
  readonly customKeys: boolean;
  /** Whether people have to prove again who they are before what cannot be taken back. */
  readonly stepUp: boolean;
  readonly onLeakReport: OnLeakReport;
  /** 50 until it is changed. */
  readonly keyCap: number;
  /** Most standard keys of one person in the account, those their management keys made among them; null: no bound of their own. */
  readonly memberKeyCap: number | null;
}

export const MOST_KEY_CAP = 1_000_000;

export interface PolicyStore {
  ofAccount(id: string): Promise<AccountPolicy | undefined>;
  /** `keyReveal` back to `once` forgets every value that was kept, in the same transaction. */
  setAccount(id: string, change: Partial<AccountPolicy>): Promise<AccountPolicy | undefined>;
  ofProject(id: string): Promise<ProjectPolicy | undefined>;
  setProject(id: string, change: Partial<ProjectPolicy>): Promise<ProjectPolicy | undefined>;
  /** Keys that count: of an account, or of one project of it. */
  countKeys(place: { readonly accountId: string; readonly projectId: string | null }): Promise<number>;
}
