import type { Page, PageQuery } from './page.ts';

export type AccountRole = 'owner' | 'admin' | 'member';
export type ProjectRole = 'admin' | 'member';

/** What a person is in an account (`projectId` null) or in one project of it. */
export type Membership =
  | {
      readonly accountId: string;
      readonly projectId: null;
      readonly role: AccountRole;
      readonly mayRequestQuota: boolean;
    }
  | { readonly accountId: string; readonly projectId: string; readonly role: ProjectRole };

/** A membership as it counts now: of a suspended account it opens nothing but reading. */
export type HeldMembership = Membership & { readonly isSuspended?: boolean };

/** A membership as it is kept. */
export type Member = Membership & { readonly userId: string; readonly addedBy: string; readonly createdAtMs: number };

/** Someone who was of an account, by the name they had when they left it. */
export interface FormerMember {
  readonly accountId: string;
  readonly userId: string;
  readonly name: string;
  readonly removedAtMs: number;
}

/** Where memberships are looked for: an account (`projectId` null) or one project of it. */
export interface MemberPlace {
  readonly accountId: string;
  readonly projectId: string | null;
}

/** Who belongs where. */
export interface MemberStore {
  /** Read anew on every request of a person, so that the end of a membership acts on the next one. */
  ofUser(userId: string): Promise<(Member & HeldMembership)[]>;
  ofUsers(userIds: readonly string[]): Promise<Member[]>;
  get(place: MemberPlace, userId: string): Promise<Member | undefined>;
  /** Of this very place: an account's list leaves out those of its projects. Newest first. */
  list(query: PageQuery & MemberPlace): Promise<Page<Member>>;
  /**
   * Adds a member or changes what one is. `expected` is the role they are known to have (null: none); `conflict` where
   * it has changed, where the account would be left without an owner, and of a project whose account they are not in. Open invitations they made to roles they may
   * not grant any more are revoked in the same step.
   */
  put(member: Member, expected: Membership['role'] | null): Promise<void>;
  /** Ends a membership, of an account with all in its projects and the open invitations they made. `conflict` as `put`. */
  remove(member: Member, leaving: FormerMember): Promise<void>;
  former(userIds: readonly string[]): Promise<FormerMember[]>;
}

const RANKS: Record<Membership['role'], number> = { member: 1, admin: 2, owner: 3 };

/** Owner, then admin, then member. The owner and the admins of an account are admins of its projects. */
export function rankOf(role: Membership['role']): number {
  return RANKS[role];
}

/** Whether the creator of something was a person, and not a management key or the root key. */
export function isPersonId(id: string): boolean {
  return id.startsWith('usr_');
}
