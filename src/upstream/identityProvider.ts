import * as client from 'openid-client';
import { Agent, fetch, type RequestInit } from 'undici';
import type { Clock } from '../core/ambient.ts';
import { Fault } from '../core/fault.ts';
import {
  isPrivateAddress,
  type IdentityProvider,
  type NamedProvider,
  type OidcSettings,
  type ProvedIdentity,
} from '../core/oidc.ts';
import { guardedLookup, refuseHost } from './guard.ts';

/** How long what the provider says of itself is believed. */
const METADATA_KEPT_MS = 60 * 60_000;
/** How old an authentication may be that is asked for anew. */
const MAX_AGE_SECONDS = 5 * 60;
const MOST_ANSWER_BYTES = 1024 * 1024;

/**
 * The identity provider, asked over openid-client: discovery, authorization code with PKCE, and an ID token whose signature,
 * `iss`, `aud`, `nonce` and times are checked. What it says of itself is read when it is first needed, so that a provider
 * that is down keeps nobody else from signing in.
 */
export function createIdentityProvider(
  options: OidcSettings & { readonly clock: Clock; readonly timeoutMs?: number },
): IdentityProvider & { close(): Promise<void> } {
  const { redirectUri, clock, timeoutMs = 8_000 } = options;
  const issuer = new URL(options.issuer);
  const agent = new Agent({
    maxResponseSize: MOST_ANSWER_BYTES,
    connect: { timeout: timeoutMs, ...(!options.allowMetadata && { lookup: guardedLookup }) },
  });
  let known: { readonly configuration: client.Configuration; readonly untilMs: number } | undefined;

  /** Its addresses come from the provider, so each is looked at before it is asked. */
  function refuseAddress(address: string): URL {
    const url = new URL(address);
    const refused = isPrivateAddress(url) ? !options.allowMetadata && refuseHost(url.hostname) : 'It is not https.';
    if (typeof refused === 'string') throw new RefusedAddress(`${url.origin}: ${refused}`);
    return url;
  }

  const guardedFetch: client.CustomFetch = async (address, init) => {
    const answer = await fetch(refuseAddress(address), {
      ...(init as RequestInit),
      redirect: 'manual',
      dispatcher: agent,
    });
    return answer;
  };

  /** As the provider takes it: most take the first. */
  const proveOurselves: client.ClientAuth = (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const way = methods.includes('client_secret_basic') ? client.ClientSecretBasic : client.ClientSecretPost;
    way(options.clientSecret)(server, ...rest);
  };

  async function configuration(): Promise<client.Configuration> {
    if (known && known.untilMs > clock()) return known.configuration;
    const isPlain = issuer.protocol === 'http:';
    const found = await client.discovery(issuer, options.clientId, undefined, proveOurselves, {
      [client.customFetch]: guardedFetch,
      timeout: timeoutMs / 1000,
      // The signature too, also where the connection already shows whom the token comes from.
      // Plain http only where the issuer is on this machine, as refuseAddress sees to.
      // oxlint-disable-next-line typescript/no-deprecated
      execute: [client.enableNonRepudiationChecks, ...(isPlain ? [client.allowInsecureRequests] : [])],
    });
    known = { configuration: found, untilMs: clock() + METADATA_KEPT_MS };
    return found;
  }

  return {
    issuer: issuer.href,

    begin: ({ state, nonce, verifier, again }) =>
      asked(async () => {
        const found = await configuration();
        const url = client.buildAuthorizationUrl(found, {
          redirect_uri: redirectUri,
          scope: 'openid email profile',
          state,
          nonce,
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          ...(again && { prompt: 'login', max_age: String(MAX_AGE_SECONDS) }),
        });
        return refuseAddress(url.href).href;
      }),

    finish: ({ query, again, ...step }) =>
      asked(async () => {
        const found = await configuration();
        const tokens = await client.authorizationCodeGrant(found, new URL(`${redirectUri}?${query}`), {
          expectedState: step.state,
          expectedNonce: step.nonce,
          pkceCodeVerifier: step.verifier,
          idTokenExpected: true,
          ...(again && { maxAge: MAX_AGE_SECONDS }),
        });
        const claims = tokens.claims();
        if (!claims) throw new Error('there is no ID token');
        // Where it issues an access token too, a provider may leave the e-mail to be asked for with that.
        const more = claims['email'] === undefined && found.serverMetadata().userinfo_endpoint !== undefined;
        const userInfo = more ? await client.fetchUserInfo(found, tokens.access_token, claims.sub) : {};
        return provedBy(issuer.href, { ...userInfo, ...claims });
      }),

    close: () => agent.destroy(),
  };
}

/** Null where the operator has named none. */
export function openIdentityProvider(
  settings: OidcSettings | null,
  clock: Clock,
): (NamedProvider & { close(): Promise<void> }) | null {
  if (settings === null) return null;
  const provider = createIdentityProvider({ ...settings, clock });
  return { provider, name: settings.name, rules: settings.rules, close: () => provider.close() };
}

function provedBy(issuer: string, claims: client.IDToken): ProvedIdentity {
  const { sub, email, email_verified, name, auth_time } = claims;
  return {
    issuer,
    subject: sub,
    email: typeof email === 'string' ? email : null,
    emailVerified: email_verified === true,
    name: typeof name === 'string' ? name : null,
    authenticatedAtMs: typeof auth_time === 'number' ? auth_time * 1000 : null,
  };
}

class RefusedAddress extends Error {}

/** What went wrong at the provider in our words; its own go to the log. */
async function asked<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw faultOf(error);
  }
}

function faultOf(error: unknown): Fault {
  const details = { private: reasonOf(error), cause: error };
  if (error instanceof client.AuthorizationResponseError)
    return new Fault(
      'invalid_credentials',
      `The identity provider did not sign you in${code(error)}. Begin again.`,
      details,
    );
  if (error instanceof client.ResponseBodyError && error.error === 'invalid_grant')
    return new Fault('invalid_credentials', 'What the identity provider gave you is used up. Begin again.', details);
  if (error instanceof client.ResponseBodyError && error.status < 500)
    return new Fault(
      'upstream_refused',
      `The identity provider refused this server${code(error)}. Tell the operator.`,
      details,
    );
  return isOutOfReach(error)
    ? new Fault(
        'upstream_unreachable',
        'The identity provider cannot be reached. Try again later, or sign in in another way.',
        details,
      )
    : new Fault(
        'invalid_credentials',
        'What the identity provider answered does not fit what was asked. Begin again.',
        details,
      );
}

/** What the standard has words for is said; anything else a provider, or who pretends to be it, may write is not. */
function code({ error }: { readonly error: string }): string {
  return KNOWN_ERRORS.has(error) ? ` (${error})` : '';
}

/** RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core §3.1.2.6. */
const KNOWN_ERRORS = new Set([
  'access_denied',
  'account_selection_required',
  'consent_required',
  'interaction_required',
  'invalid_client',
  'invalid_request',
  'invalid_scope',
  'login_required',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_response_type',
]);

function isOutOfReach(error: unknown): boolean {
  if (error instanceof client.ResponseBodyError || error instanceof TypeError) return true;
  if (!(error instanceof Error)) return false;
  const isSilent = 'code' in error && OUT_OF_REACH.has(String(error.code));
  return isSilent || error instanceof RefusedAddress || (error.cause !== undefined && isOutOfReach(error.cause));
}

const OUT_OF_REACH = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
]);

/** For the log: the chain of messages, without what was sent or received. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return error.cause instanceof Error ? `${error.message}: ${reasonOf(error.cause)}` : error.message;
}
