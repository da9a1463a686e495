import { createHash } from 'node:crypto';
import type { Clock } from '../core/ambient.ts';
import type { Session, SessionStore } from '../core/session.ts';

/** Who is signed in, for one request. */
export interface SessionIdentity {
  readonly userId: string;
  readonly sessionId: string;
  /** Until then who it is counts as just checked; in the past, or 0, when it must be asked for again. */
  readonly freshUntilMs: number;
  /** Whether more than a password was shown when it began. */
  readonly secondFactor: boolean;
}

/** Where people are signed in, and for how long that lasts. */
export interface Sessions {
  /** Null: the token opens nothing (any more). Reads the store each time: what was ended is ended on the next request, on every node. */
  identify(token: string | null): Promise<SessionIdentity | null>;
  /** Of the session that was begun under this token. */
  noteSecondFactor(token: string): Promise<void>;
  markFresh(sessionId: string): Promise<number>;
  list(userId: string): Promise<Session[]>;
  end(userId: string, sessionId: string): Promise<boolean>;
  endAll(userId: string, exceptId?: string): Promise<number>;
}

/** How long a session lasts. NIST SP 800-63B-4 for AAL2: 24 hours over all, 1 hour without use. */
export interface SessionLimits {
  readonly idleMs: number;
  readonly lifetimeMs: number;
}

/** How long an identity check counts. */
export const FRESH_MS = 5 * 60_000;
/** Use is noted when it is this much later than noted: a busy page does not write on every request. */
const NOTE_MS = 30_000;

/** The one way a token becomes what is stored. It has more than 128 random bits, so a plain hash is enough (ASVS 6.5.2). */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

export function createSessions(deps: { sessions: SessionStore; clock: Clock; limits: SessionLimits }): Sessions {
  const { sessions, clock, limits } = deps;

  return {
    async identify(token) {
      if (token === null) return null;
      const session = await sessions.findByTokenHash(tokenHash(token));
      const nowMs = clock();
      if (!session || !isAlive(session, limits, nowMs)) return null;
      if (nowMs - session.usedAtMs >= Math.min(NOTE_MS, limits.idleMs / 2))
        await sessions.change(session.id, { usedAtMs: nowMs });
      const { userId, id: sessionId, freshUntilMs, secondFactor } = session;
      return { userId, sessionId, freshUntilMs, secondFactor };
    },

    async noteSecondFactor(token) {
      const session = await sessions.findByTokenHash(tokenHash(token));
      if (session) await sessions.change(session.id, { secondFactor: true });
    },

    async markFresh(sessionId) {
      const freshUntilMs = clock() + FRESH_MS;
      await sessions.change(sessionId, { freshUntilMs, usedAtMs: clock() });
      return freshUntilMs;
    },

    list: (userId) => sessions.list(userId, { nowMs: clock(), usedSinceMs: clock() - limits.idleMs }),
    end: (userId, sessionId) => sessions.end(userId, sessionId),
    endAll: (userId, exceptId) => sessions.endAll(userId, exceptId),
  };
}

function isAlive({ usedAtMs, expiresAtMs }: Session, { idleMs }: SessionLimits, nowMs: number): boolean {
  return nowMs < expiresAtMs && nowMs < usedAtMs + idleMs;
}
