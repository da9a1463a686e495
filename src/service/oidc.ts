import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, NewId, Random } from '../core/ambient.ts';
import { EMAIL, normalisedEmail } from '../core/email.ts';
import { Fault } from '../core/fault.ts';
import { nameError } from '../core/key.ts';
import { admits, type IdentityProvider, type OidcRules, type OidcStep, type ProvedIdentity } from '../core/oidc.ts';
import type { PeopleStore, User } from '../core/people.ts';
import type { AuthRowStore } from '../core/session.ts';
import type { Invitations } from './invitations.ts';
import { newToken, type AsPerson, type People } from './people.ts';
import { FRESH_MS, tokenHash } from './sessions.ts';

/** What somebody went to the identity provider for. The last two out of a session, which has to be there still. */
export type OidcPurpose =
  | { readonly kind: 'signIn' }
  | { readonly kind: 'check' | 'link'; readonly userId: string; readonly sessionId: string };

/** A way to the provider and back. `secret` stays in the browser; all that ties the answer to it is made of it. */
export interface OidcBegun {
  readonly secret: string;
  readonly url: string;
}

export interface OidcReturned {
  readonly purpose: OidcPurpose;
  /** Where the browser goes on; null: it is answered. */
  readonly returnTo: string | null;
  /** Asks the provider. Throws Fault `invalid_credentials`, `upstream_unreachable`. */
  prove(): Promise<ProvedIdentity>;
}

/** Sign-in with the identity provider that the operator has named. */
export interface Oidc {
  readonly name: string;
  begin(purpose: OidcPurpose, returnTo: string | null): Promise<OidcBegun>;
  /** Of what the browser brought back, once. Throws Fault `invalid_credentials` for what it did not begin, or did too long ago. */
  returned(secret: string | null, query: string): Promise<OidcReturned>;
  /** Who that is here: known by the identity, by the e-mail, or let in now. Throws Fault `forbidden` for all others. */
  userOf(identity: ProvedIdentity, as: AsPerson): Promise<User>;
  /** Throws Fault `forbidden` unless this is how the user signs in, just now. Until when it counts as just checked. */
  check(identity: ProvedIdentity, userId: string): Promise<number>;
  /** Ties the user to the identity from now on. Throws Fault `conflict` where somebody else has it, `unauthenticated` where the session is no more. */
  link(identity: ProvedIdentity, session: { readonly userId: string; readonly sessionId: string }): Promise<void>;
  /** Whether a user signs in with this provider. */
  isLinked(userId: string): Promise<boolean>;
  /** Throws Fault `not_found` where there is nothing to end. */
  unlink(userId: string): Promise<void>;
  /** Until when who it is counts as just checked; 0 where the provider did not ask just now. */
  freshUntilMs(identity: ProvedIdentity): number;
}

/** How long somebody may stay at the provider. */
export const OIDC_STEP_MS = 10 * 60_000;
/** Between our clock and the provider's. */
const SKEW_MS = 30_000;

export function createOidc(deps: {
  name: string;
  provider: IdentityProvider;
  rules: OidcRules;
  rows: Pick<AuthRowStore, 'create' | 'remove'>;
  people: Pick<PeopleStore, 'findByIdentity' | 'findByEmail' | 'issuersOf' | 'link' | 'unlink'>;
  createProved: People['createProved'];
  invitations: Pick<Invitations, 'acceptAll'>;
  clock: Clock;
  random: Random;
  newId: NewId;
}): Oidc {
  const { provider, rules, rows, people, clock, random, newId } = deps;

  function link(
    identity: ProvedIdentity,
    userId: string,
    by: { byEmail: string } | { byEmail: null; sessionId: string },
  ): Promise<void> {
    return people.link(userId, identity, { id: newId('crd'), nowMs: clock(), ...by });
  }

  async function newcomer(identity: ProvedIdentity, email: string, as: AsPerson): Promise<User> {
    const name = nameOf(identity, email);
    const invited = await deps.invitations.acceptAll({ kind: 'proved', name, email }, as);
    if (invited) return invited;
    if (!rules.newcomers) throw unknown();
    const id = newId('usr');
    return as({ id, name, isOperator: false }, () => deps.createProved({ id, name, email }));
  }

  function freshUntilMs({ authenticatedAtMs }: ProvedIdentity): number {
    return authenticatedAtMs === null ? 0 : Math.min(authenticatedAtMs, clock()) + FRESH_MS;
  }

  return {
    name: deps.name,

    async begin(purpose, returnTo) {
      const secret = newToken(random);
      const nowMs = clock();
      const url = await provider.begin(stepOf(secret, purpose));
      await rows.create('verifications', {
        id: newId('vrf'),
        identifier: nameOfStep(secret),
        value: JSON.stringify({ purpose, returnTo }),
        expires_at_ms: nowMs + OIDC_STEP_MS,
        created_at_ms: nowMs,
        updated_at_ms: nowMs,
      });
      return { secret, url };
    },

    async returned(secret, query) {
      const state = new URLSearchParams(query).get('state');
      if (secret === null || state === null || !isSame(state, partOf(secret, 'state'))) throw notBegun();
      // Of two at once one gets it: what was brought back is good once.
      const [row] = await rows.remove('verifications', [
        { column: 'identifier', is: '=', value: nameOfStep(secret) },
        { column: 'expires_at_ms', is: '>', value: clock() },
      ]);
      if (!row) throw notBegun();
      const { purpose, returnTo } = JSON.parse(String(row['value'])) as Pick<OidcReturned, 'purpose' | 'returnTo'>;
      return { purpose, returnTo, prove: () => provider.finish({ ...stepOf(secret, purpose), query }) };
    },

    async userOf(identity, as) {
      if (!admits(rules, identity)) throw unknown();
      const linked = await people.findByIdentity(identity);
      if (linked) return active(linked);
      const email = normalisedEmail(identity.email ?? '');
      if (!identity.emailVerified || !EMAIL.test(email) || email.length > 254) throw notVerified();
      const known = await people.findByEmail(email);
      const user = active(known ?? (await newcomer(identity, email, as)));
      await as(user, () => link(identity, user.id, { byEmail: email })).catch((error: unknown) => {
        throw error instanceof Fault && error.code === 'conflict' ? unknown() : error;
      });
      return user;
    },

    async check(identity, userId) {
      const linked = await people.findByIdentity(identity);
      const { authenticatedAtMs } = identity;
      if (linked?.id !== userId)
        throw new Fault('forbidden', 'The identity provider named somebody else. Sign in there as yourself.');
      if (authenticatedAtMs === null || authenticatedAtMs < clock() - FRESH_MS - SKEW_MS)
        throw new Fault('forbidden', 'The identity provider did not ask again who you are. Prove it in another way.');
      return freshUntilMs(identity);
    },

    async link(identity, { userId, sessionId }) {
      if (!admits(rules, identity)) throw unknown();
      await link(identity, userId, { byEmail: null, sessionId });
    },

    isLinked: async (userId) => (await people.issuersOf(userId)).includes(provider.issuer),
    unlink: (userId) => people.unlink(userId),
    freshUntilMs,
  };
}

/** State, nonce and verifier, each of which tells nothing of the others. */
function stepOf(secret: string, { kind }: OidcPurpose): OidcStep {
  const part = (name: string): string => partOf(secret, name);
  return { state: part('state'), nonce: part('nonce'), verifier: part('verifier'), again: kind === 'check' };
}

function partOf(secret: string, name: string): string {
  return createHmac('sha256', secret).update(name).digest('base64url');
}

function nameOfStep(secret: string): string {
  return tokenHash(`oidc ${secret}`);
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function active(user: User): User {
  if (user.status !== 'active') throw unknown();
  return user;
}

/** As the provider has it, where that may be a name here. */
function nameOf({ name }: ProvedIdentity, email: string): string {
  const given = (name ?? '').trim();
  if (given !== '' && nameError(given) === null) return given;
  return email.slice(0, Math.min(64, email.lastIndexOf('@')));
}

/** The same for all who may not come, so that it tells nobody who is known here. */
function unknown(): Fault {
  return new Fault('forbidden', 'You may not sign in here with this identity. Ask the operator, or for an invitation.');
}

function notVerified(): Fault {
  return new Fault(
    'forbidden',
    'The identity provider has not verified your e-mail, so it cannot be told who you are here. Verify it there first.',
  );
}

function notBegun(): Fault {
  return new Fault(
    'invalid_credentials',
    'This sign-in was not begun in this browser, was finished already, or took more than ten minutes. Begin again.',
  );
}
