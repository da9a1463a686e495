/** Where a person is signed in. The token that opens it is not part of it: only its hash is kept. */
export interface Session {
  readonly id: string;
  readonly userId: string;
  /** Whether more than a password was shown when it began. */
  readonly secondFactor: boolean;
  /** Until then who it is counts as just checked. */
  readonly freshUntilMs: number;
  readonly usedAtMs: number;
  readonly expiresAtMs: number;
  readonly address: string | null;
  readonly userAgent: string | null;
  readonly createdAtMs: number;
}

/** Sessions whose user is active; those of others are as if they were not there. */
export interface SessionStore {
  findByTokenHash(tokenHash: string): Promise<Session | undefined>;
  /** Newest first, those that ended by themselves left out. */
  list(userId: string, limits: { readonly nowMs: number; readonly usedSinceMs: number }): Promise<Session[]>;
  change(
    id: string,
    change: Partial<Pick<Session, 'usedAtMs' | 'freshUntilMs' | 'secondFactor'>>,
  ): Promise<Session | undefined>;
  /** Whether there was one to end. */
  end(userId: string, id: string): Promise<boolean>;
  /** How many there were. Ends sign-ins that wait for a second factor too. */
  endAll(userId: string, exceptId?: string): Promise<number>;
  /** Forgets sessions, challenges and counted attempts that ended before. */
  sweep(nowMs: number, attemptsBeforeMs: number): Promise<void>;
}

/** Attempts to prove who one is, counted before they are judged, so that many at once are not more than one after the other. */
export interface AttemptStore {
  /**
   * Counts one more, unless it comes too soon after the last: then it says when the next may come. The first `free` may
   * come at any time; after them the wait doubles from a second up to `longestMs`. What lies before `forgetBeforeMs`
   * counts no more. A last one more than `longestMs` ahead is of a clock that has been set back since, and nobody waits for it.
   */
  take(
    name: string,
    rules: {
      readonly free: number;
      readonly longestMs: number;
      readonly nowMs: number;
      readonly forgetBeforeMs: number;
    },
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly untilMs: number }>;
  /** Takes one back, because it was right. */
  giveBack(name: string): Promise<void>;
  /** Forgets them all. */
  clear(name: string): Promise<void>;
  /** Uses up what is good once, until then; false when it was used before. */
  spend(name: string, nowMs: number, untilMs: number): Promise<boolean>;
}

/** What better-auth keeps, as rows of its tables. Times are milliseconds, flags 0 or 1. */
export type AuthTable = 'users' | 'sessions' | 'credentials' | 'verifications' | 'two_factors' | 'passkeys';
export type AuthValue = string | number | null;
export type AuthRow = Readonly<Record<string, AuthValue>>;

/** A condition; all of a list must hold. */
export interface AuthCondition {
  readonly column: string;
  readonly is: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'in';
  readonly value: AuthValue | readonly AuthValue[];
}

/** What must still hold when a session is begun, or a sign-in set to wait for its second factor. The user is active too. */
export interface StillHolds {
  readonly userId: string;
  /** What the password was checked against. */
  readonly passwordHash?: string | undefined;
  /** The session it takes the place of. */
  readonly sessionId?: string | undefined;
}

export interface AuthRowStore {
  create(table: AuthTable, row: AuthRow): Promise<AuthRow>;
  /** One step: undefined, and no row, where it does not hold (any more). */
  createWhile(table: AuthTable, row: AuthRow, holds: StillHolds): Promise<AuthRow | undefined>;
  find(
    table: AuthTable,
    where: readonly AuthCondition[],
    order?: {
      readonly limit?: number;
      readonly offset?: number;
      readonly by?: { readonly column: string; readonly direction: 'asc' | 'desc' };
    },
  ): Promise<AuthRow[]>;
  count(table: AuthTable, where: readonly AuthCondition[]): Promise<number>;
  /** One statement: conditions and change cannot be separated. `add` are sums. Answers the changed rows. */
  change(
    table: AuthTable,
    where: readonly AuthCondition[],
    set: AuthRow,
    add?: Readonly<Record<string, number>>,
  ): Promise<AuthRow[]>;
  /** One statement; answers what was removed, so that one of two at once gets it. */
  remove(table: AuthTable, where: readonly AuthCondition[]): Promise<AuthRow[]>;
}
