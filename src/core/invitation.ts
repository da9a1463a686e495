import type { Page, PageQuery } from './page.ts';

/** A link that lets someone into an account. Who has the link may use it once; it is passed on by who made it. */
export interface Invitation {
  readonly id: string;
  readonly accountId: string;
  /** Beside the account, what they become in one project of it. */
  readonly projectId: string | null;
  readonly email: string;
  readonly role: string;
  readonly projectRole: string | null;
  readonly status: 'open' | 'accepted' | 'revoked';
  readonly acceptedBy: string | null;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Tokens are found by hash. */
export interface InvitationStore {
  create(invitation: Invitation, tokenHash: string): Promise<void>;
  get(id: string): Promise<Invitation | undefined>;
  /** Newest first. */
  list(query: PageQuery & { readonly accountId: string }): Promise<Page<Invitation>>;
  /** Whatever has become of it. */
  find(tokenHash: string): Promise<Invitation | undefined>;
  /** Open and not expired, of an e-mail in whatever case. Newest first, at most 20. */
  openFor(email: string, nowMs: number): Promise<Invitation[]>;
  /** Open ones only: of two at once, one gets it. */
  close(
    id: string,
    status: 'accepted' | 'revoked',
    change: { readonly acceptedBy: string | null; readonly nowMs: number },
  ): Promise<Invitation | undefined>;
  /** Gives back one whose use failed. */
  reopen(id: string): Promise<void>;
}

/** A link by which a user chooses a new password. */
export interface PasswordReset {
  readonly id: string;
  readonly userId: string;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

export interface PasswordResetStore {
  /** Replaces those the user had. */
  create(reset: PasswordReset, tokenHash: string): Promise<void>;
  find(tokenHash: string, nowMs: number): Promise<PasswordReset | undefined>;
  /** Uses it up: of two at once, one gets it. */
  take(tokenHash: string, nowMs: number): Promise<PasswordReset | undefined>;
}
