import type { IncomingMessage } from 'node:http';
import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import type { Clock, NewId, Random } from '../../core/ambient.ts';
import type { AuditFields } from '../../core/audit.ts';
import { deny, type Denial } from '../../core/denial.ts';
import { Fault } from '../../core/fault.ts';
import type { NamedProvider } from '../../core/oidc.ts';
import type { Store } from '../../core/ports.ts';
import { createAttempts } from '../../service/attempts.ts';
import { createPasswords } from '../../service/passwords.ts';
import { createPeople, type AsPerson } from '../../service/people.ts';
import { createPersons } from '../../service/persons.ts';
import { createSessions, type SessionIdentity, type SessionLimits } from '../../service/sessions.ts';
import { cookieNames, cookieOf, cookieSecret, refuseForeign, sessionTokenOf } from './cookies.ts';
import { createSignIn } from './signIn.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose session the request's cookie opens; null: nobody's, or the operation does not look. */
    session: SessionIdentity | null;
  }
}

/** Passwords that wait to be checked: about a second and a half of work. */
const MOST_WAITING = 20;

/** Everything that signing in takes, put together once. */
export type Entry = ReturnType<typeof createEntry>;

const DEFAULT_LIMITS: SessionLimits = { idleMs: 60 * 60_000, lifetimeMs: 24 * 60 * 60_000 };

export function createEntry(deps: {
  store: Store;
  clock: Clock;
  random: Random;
  newId: NewId;
  tokenKey: Uint8Array;
  recoveryKey?: Uint8Array | undefined;
  publicUrl: string | null;
  clientAddress: (request: IncomingMessage) => string | null;
  logger: FastifyBaseLogger;
  sessionLimits?: SessionLimits;
  oidc?: NamedProvider | null;
}) {
  const { store, clock, publicUrl, sessionLimits: limits = DEFAULT_LIMITS } = deps;
  const names = cookieNames(publicUrl);
  const secret = cookieSecret(deps.tokenKey);
  const passwords = createPasswords({ ...deps, mostWaiting: MOST_WAITING });
  const sessions = createSessions({ sessions: store.sessions, clock, limits });
  const people = createPeople({
    ...deps,
    people: store.people,
    passwordResets: store.passwordResets,
    passwords,
    sessions,
  });

  const callerOfUser = createPersons(store);

  async function identify(request: Pick<FastifyRequest, 'method' | 'headers'>): Promise<SessionIdentity | null> {
    const token = sessionTokenOf(request.headers, names, secret);
    if (token === null) return null;
    refuseForeign(request, publicUrl);
    return sessions.identify(token);
  }

  const attempts = createAttempts({ ...deps, attempts: store.attempts });

  return {
    store: store.people,
    people,
    passwords,
    sessions,
    attempts,
    signIn: createSignIn({
      ...deps,
      rows: store.authRows,
      people: store.people,
      passwords,
      limits,
      names,
      note: (message) => deps.logger.warn({ library: 'better-auth' }, message),
    }),
    names,
    clock,
    publicUrl,
    clientAddress: deps.clientAddress,
    /** Looks a link up or uses it. Tokens that open nothing are counted by address, as wrong sign-ins are. */
    async byLink<Opened>(request: FastifyRequest, open: () => Promise<Opened>): Promise<Opened> {
      const wasGood = await attempts.link(deps.clientAddress(request.raw));
      const opened = await open().catch(async (error: unknown) => {
        // Anything else is wrong about a link that there is: a password that may not be chosen, say.
        const isOver = error instanceof Fault && error.code === 'invalid_credentials';
        if (!isOver) await wasGood();
        throw error;
      });
      await wasGood();
      return opened;
    },
    /** What somebody does by a link leaves rows in the audit log as what they do signed in. */
    asPerson(request: FastifyRequest): AsPerson {
      return async ({ id, name, isOperator }, work) => {
        const by = {
          actor: { type: 'person' as const, id, name, isOperator },
          address: deps.clientAddress(request.raw),
          operation: request.routeOptions.schema?.operationId ?? 'unknown',
          requestId: request.id,
          clock,
        };
        return store.audit.during(by, (scope) => work().finally(() => scope.close()));
      };
    },
    /** Of a public operation: from here on it is this user's, and leaves a row in the audit log. */
    async record(request: FastifyRequest, userId: string, shown: AuditFields): Promise<void> {
      request.caller = await callerOfUser(userId);
      request.auditShown = shown;
    },
    /** For public operations: whoever is signed in, if anyone is. Refuses what another site sent. */
    async look(request: Pick<FastifyRequest, 'method' | 'headers'>): Promise<SessionIdentity | null> {
      refuseForeign(request, publicUrl);
      return identify(request);
    },
    /** For all others: null without a session cookie; a cookie that opens nothing is told so. */
    async require(request: FastifyRequest, isKeyGiven: boolean): Promise<SessionIdentity | Denial | null> {
      if (cookieOf(request.headers, names.session) === null) return null;
      if (isKeyGiven) return deny('conflicting_api_keys', 'Send a key or the session cookie, not both.');
      const identity = await identify(request);
      if (!identity) throw sessionEnded();
      request.session = identity;
      return identity;
    },
  };
}

export function sessionEnded(): Fault {
  return new Fault('unauthenticated', 'The session has ended. Sign in again.');
}

/** The session of an operation that only people may call. */
export function sessionOf(request: Pick<FastifyRequest, 'session'>): SessionIdentity {
  if (!request.session)
    throw new Fault('forbidden', 'This operation is for people who are signed in; a key cannot call it.');
  return request.session;
}
