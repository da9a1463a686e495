import type { Clock } from '../core/ambient.ts';
import type { Caller } from '../core/caller.ts';
import { Fault } from '../core/fault.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { NamedProvider } from '../core/oidc.ts';
import type { PeopleStore } from '../core/people.ts';
import type { PolicyStore } from '../core/policy.ts';
import type { ProjectStore } from '../core/ports.ts';
import type { AuthRowStore } from '../core/session.ts';
import type { Subject } from './access.ts';
import type { SessionIdentity } from './sessions.ts';

/**
 * Asks people who they are once more before what cannot be taken back, where the account of the thing wants that. Keys
 * cannot be asked: for them such operations want the thing's name. Throws Fault `identity_check_required`.
 */
export type RequireFresh = (caller: Caller, session: SessionIdentity | null, subject: Subject) => Promise<void>;

export function createStepUp(options: {
  keys: Pick<KeyStore, 'get'>;
  projects: Pick<ProjectStore, 'get'>;
  policies: Pick<PolicyStore, 'ofAccount'>;
  people: Pick<PeopleStore, 'get' | 'issuersOf' | 'passwordHash'>;
  authRows: Pick<AuthRowStore, 'count'>;
  /** The identity provider people may sign in with; left out: none. */
  oidc?: NamedProvider | null | undefined;
  clock: Clock;
}): RequireFresh {
  const { keys, projects, policies, people, authRows, clock } = options;
  const issuer = options.oidc?.provider.issuer ?? null;

  async function accountOf({ type, id }: Subject): Promise<string | undefined> {
    if (type === 'account') return id;
    return (await (type === 'key' ? keys.get(id) : projects.get(id)))?.accountId;
  }

  return async (caller, session, subject) => {
    if (caller.kind !== 'person' || session === null || session.freshUntilMs > clock()) return;
    const accountId = await accountOf(subject);
    const policy = accountId === undefined ? undefined : await policies.ofAccount(accountId);
    if (policy?.stepUp === false) return;
    const { userId } = session;
    const has = {
      password: (await people.passwordHash(userId)) !== undefined,
      totp: (await people.get(userId))?.twoFactor ?? false,
      passkey: (await authRows.count('passkeys', [{ column: 'user_id', is: '=', value: userId }])) > 0,
      oidc: issuer !== null && (await people.issuersOf(userId)).includes(issuer),
    };
    const challenge = {
      methods: Object.entries(has).flatMap(([method, isThere]) => (isThere ? [method] : [])),
      url: '/api/v1/auth/identity-check',
      ...(has.passkey && { passkeyUrl: '/api/v1/auth/passkey' }),
      ...(has.oidc && { oidcUrl: '/api/v1/auth/oidc/identity-check' }),
    };
    throw new Fault('identity_check_required', CHECK, { extra: { challenge } });
  };
}

const CHECK =
  'Prove again who you are, then send this again: POST /api/v1/auth/identity-check. It counts for five minutes.';
