import type { Identity } from './oidc.ts';
import type { Page, PageQuery } from './page.ts';

/** Someone who signs in. What they may do is their roles' to say, except for the operator, who may do everything. */
export interface User {
  readonly id: string;
  /** In lower case; unique. */
  readonly email: string;
  readonly name: string;
  /** The platform's operator. */
  readonly isOperator: boolean;
  /** A disabled user's sessions end at once, and no new one begins. */
  readonly status: UserStatus;
  readonly createdAtMs: number;
  /** Whether a code is asked for after the password. */
  readonly twoFactor: boolean;
}

export type UserStatus = 'active' | 'disabled';

export interface PeopleQuery extends PageQuery {
  /** Found in name or e-mail, case ignored. */
  readonly search?: string;
  readonly status?: UserStatus;
}

/**
 * People. Each operation that can end a right takes effect when it is answered. `conflict` where no operator would be left
 * who can sign in.
 */
export interface PeopleStore {
  /**
   * Writes the user, whose e-mail somebody else has chosen, and the hash of the password they sign in with; null: they have
   * none. Throws Fault `conflict` when the e-mail is taken.
   */
  create(user: User, passwordHash: string | null): Promise<void>;
  get(id: string): Promise<User | undefined>;
  /** In any order; unknown ids are left out. */
  getMany(ids: readonly string[]): Promise<User[]>;
  /** In whatever case it is written. */
  findByEmail(email: string): Promise<User | undefined>;
  /** Newest first. */
  list(query: PeopleQuery): Promise<Page<User>>;
  /** Disabling ends every session and every open invitation they made, in the same step. */
  setStatus(id: string, status: UserStatus, nowMs: number): Promise<User | undefined>;
  /** Who stops being one loses the open invitations they made. */
  setOperator(id: string, isOperator: boolean, nowMs: number): Promise<User | undefined>;
  /**
   * A user's own change, out of a session: another e-mail ends all others of theirs, and is vouched for by nobody. Throws
   * Fault `unauthenticated` where that session is no more, `conflict` when the e-mail is taken.
   */
  setProfile(
    id: string,
    change: { readonly name?: string | undefined; readonly email?: string | undefined },
    nowMs: number,
    sessionId: string,
  ): Promise<User>;
  /**
   * Takes away whatever is asked for beside the password (authenticator app, recovery codes, passkeys), and the password: it
   * was let be short because of it. Ends what `setPassword` ends. Throws Fault `conflict` where there is nothing to take.
   */
  removeSecondFactor(id: string, nowMs: number): Promise<void>;
  /** Who signs in with this identity of a provider. */
  findByIdentity(identity: Identity): Promise<User | undefined>;
  /** The identity providers a user is known to. */
  issuersOf(id: string): Promise<string[]>;
  /**
   * Ties a user to an identity, in the place of another one. `byEmail`: only a user who has this e-mail, which somebody else
   * has chosen for them, and who is no operator and has no identity yet. Whoever could sign in as them until then need not be
   * who owns the e-mail: password, second factor, passkeys, sessions and reset links go, in the same step. Throws Fault
   * `conflict` where the user is not such a one, or somebody else has the identity; `unauthenticated` where `sessionId`, out of
   * which they tie themselves, is no more.
   */
  link(
    id: string,
    identity: Identity,
    how: { readonly id: string; readonly nowMs: number; readonly byEmail: string | null; readonly sessionId?: string },
  ): Promise<void>;
  /**
   * From then on the user is not found by their e-mail either. Throws Fault `not_found` where there is none, `conflict` where
   * neither a password nor a passkey is left.
   */
  unlink(id: string): Promise<void>;
  /** The stored hash; undefined when the user has no password. */
  passwordHash(id: string): Promise<string | undefined>;
  /**
   * Ends every session, every sign-in that waits for a second factor and every reset link, in the same step. `own`: a
   * change out of a session, which is kept; false, and nothing is changed, where that or the password checked is no more.
   */
  setPassword(
    id: string,
    passwordHash: string,
    nowMs: number,
    own?: { readonly sessionId: string; readonly passwordHash: string },
  ): Promise<boolean>;
}
