import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Fault } from '../../core/fault.ts';
import type { AuthRowStore } from '../../core/session.ts';
import { ADDRESS_HEADER, createAuth, type AuthDeps } from './auth.ts';
import { tokenHash, type SessionIdentity } from '../../service/sessions.ts';
import type { Proof } from './adapter.ts';
import { cookieOf, setCookie } from './cookies.ts';

/** What a step of signing in came to. `cookies` are `set-cookie` lines; `token` is there when a session began. */
export interface AuthAnswer<T = Record<string, unknown>> {
  readonly body: T;
  readonly cookies: string[];
  readonly token: string | null;
}

interface Input {
  /** Which of the request's cookies the library is shown: what a step does not go by must not stand in for it. */
  readonly cookies?: readonly ('session' | 'twoFactor' | 'passkey')[];
  readonly proof?: Proof;
  readonly body?: object;
  readonly query?: object;
}

type AuthCall = (context: never) => Promise<unknown>;

/** Calls better-auth with what a request brought, and answers in our terms: faults, and only cookies we know. */
export function createSignIn(deps: AuthDeps & { clientAddress: (request: IncomingMessage) => string | null }) {
  const { names, rows, people, clientAddress } = deps;
  const { api, hashRecovery, proofs } = createAuth(deps);

  async function call<T = Record<string, unknown>>(
    endpoint: AuthCall,
    request: IncomingMessage,
    { cookies: shown = [], proof = {}, ...input }: Input = {},
  ): Promise<AuthAnswer<T>> {
    const headers = headersOf(
      request.headers,
      clientAddress(request),
      shown.map((cookie) => names[cookie]),
    );
    const answered = proofs.run({ ...proof }, () => endpoint({ ...input, headers, asResponse: true } as never));
    const response = (await answered) as Response;
    const body = (await response.json()) as T & { code?: string };
    if (!response.ok) throw faultOf(response.status, body.code);
    const cookies = response.headers.getSetCookie().filter((line) => OURS.has(line.slice(0, line.indexOf('='))));
    return { body, cookies, token: tokenIn(cookies) };
  }

  const OURS = new Set([names.session, names.twoFactor, names.passkey]);

  function tokenIn(cookies: readonly string[]): string | null {
    const line = cookies.findLast((one) => one.startsWith(`${names.session}=`) && !/max-age=0/i.test(one));
    return line?.slice(names.session.length + 1).split(/[.;]/)[0] ?? null;
  }

  const verifyCode = (request: IncomingMessage, code: string, shown: Pick<Input, 'cookies' | 'proof'>) =>
    call<{ user: { id: string } }>(api.verifyTOTP, request, { ...shown, body: { code } });

  return {
    names,
    /** With the password; where the user has a second factor, `twoFactorRedirect` and no session yet. */
    password: (request: IncomingMessage, body: { email: string; password: string }, isKnown: boolean) =>
      call<{ twoFactorRedirect?: boolean }>(api.signInEmail, request, { proof: { isKnown }, body }),
    /** The next two finish what `pending` found. */
    code: (request: IncomingMessage, proof: Proof, code: string) =>
      verifyCode(request, code, { cookies: ['twoFactor'], proof }),
    recoveryCode: (request: IncomingMessage, proof: Proof, code: string) =>
      call(api.verifyBackupCode, request, {
        cookies: ['twoFactor'],
        proof,
        body: { code: hashRecovery(code.trim()) },
      }),
    /** A code of the user who is signed in; of nobody else. */
    async ownCode(request: IncomingMessage, { userId, sessionId }: SessionIdentity, code: string) {
      const answer = await verifyCode(request, code, { cookies: ['session'], proof: { sessionId } });
      if (answer.body.user.id !== userId) throw new Fault('invalid_credentials', 'Sign in with the password again.');
      return answer;
    },
    /**
     * Whose second factor the request's cookie is waiting for, and with what password. That is read while the sign-in
     * waits: a new password ends it, so that one which can still be finished after this was begun with this one.
     */
    async pending(request: IncomingMessage): Promise<(Proof & { readonly userId: string }) | null> {
      const userId = await pendingUserId(rows, cookieOf(request.headers, names.twoFactor));
      return userId === null ? null : { userId, passwordHash: await people.passwordHash(userId) };
    },
    /** A session for a user who has proved in a way of ours who they are. */
    begin: (request: IncomingMessage, userId: string, proof: Proof = {}) =>
      call(api.beginSession, request, { proof, body: { userId } }),

    /** The same as a first step: where the user has a second factor, `twoFactorRedirect` and no session yet. */
    beginSignIn: (request: IncomingMessage, userId: string, proof: Proof) =>
      call<{ twoFactorRedirect?: boolean }>(api.beginSignIn, request, { proof, body: { userId } }),

    enableTotp: (request: IncomingMessage, password: string) =>
      call<{ totpURI: string; backupCodes: string[] }>(api.enableTwoFactor, request, {
        cookies: ['session'],
        body: { password },
      }),
    disableTotp: (request: IncomingMessage, { sessionId }: SessionIdentity, password: string) =>
      call(api.disableTwoFactor, request, { cookies: ['session'], proof: { sessionId }, body: { password } }),
    newRecoveryCodes: (request: IncomingMessage, password: string) =>
      call<{ backupCodes: string[] }>(api.generateBackupCodes, request, { cookies: ['session'], body: { password } }),

    passkeyOptions: (request: IncomingMessage) => call(api.generatePasskeyAuthenticationOptions, request),
    passkey: (request: IncomingMessage, response: object) =>
      call<{ user: { id: string } }>(api.verifyPasskeyAuthentication, request, {
        cookies: ['passkey'],
        body: { response },
      }),
    newPasskeyOptions: (request: IncomingMessage) =>
      call(api.generatePasskeyRegistrationOptions, request, { cookies: ['session'], query: {} }),
    addPasskey: (request: IncomingMessage, body: { response: object; name: string }) =>
      call<{ id: string }>(api.verifyPasskeyRegistration, request, { cookies: ['session', 'passkey'], body }),

    /** The lines that take the cookies away. */
    signedOut: () => [names.session, names.twoFactor, names.passkey].map((name) => setCookie(names, name, '', 0)),
  };
}

/** Only what the library needs of a request: what else came could mean something to it. */
function headersOf(headers: IncomingHttpHeaders, address: string | null, cookies: readonly string[]): Headers {
  const passed = new Headers();
  for (const name of ['user-agent', 'origin'] as const) {
    const value = headers[name];
    if (value !== undefined) passed.set(name, value);
  }
  // Written anew, so that it reads the cookie that we read where one is sent twice.
  const lines = cookies.flatMap((name) => {
    const value = cookieOf(headers, name);
    return value === null ? [] : [`${name}=${encodeURIComponent(value)}`];
  });
  if (lines.length > 0) passed.set('cookie', lines.join('; '));
  if (address !== null) passed.set(ADDRESS_HEADER, address);
  return passed;
}

async function pendingUserId(rows: AuthRowStore, cookie: string | null): Promise<string | null> {
  const identifier = cookie?.slice(0, cookie.lastIndexOf('.'));
  if (!identifier) return null;
  const [row] = await rows.find('verifications', [{ column: 'identifier', is: '=', value: tokenHash(identifier) }], {
    limit: 1,
  });
  return typeof row?.['value'] === 'string' ? row['value'] : null;
}

/** The library's refusals in our words. Which of e-mail and password was wrong is not said. */
function faultOf(status: number, code = ''): Fault {
  if (code === 'ACCOUNT_TEMPORARILY_LOCKED' || status === 429)
    return new Fault('too_many_attempts', 'There were too many wrong codes. Try again in 15 minutes.', {
      retryAfterSeconds: 15 * 60,
    });
  if (code === 'INVALID_TWO_FACTOR_COOKIE' || code === 'TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE')
    return new Fault('invalid_credentials', 'Sign in with the password again.');
  if (code === 'TOTP_ALREADY_ENABLED')
    return new Fault('conflict', 'A second factor is set up already. Turn it off first.');
  if (/NOT_ENABLED/.test(code)) return new Fault('conflict', 'No second factor is set up.');
  if (code === 'INVALID_CODE' || code === 'INVALID_BACKUP_CODE')
    return new Fault('invalid_credentials', 'The code is wrong, or was used before.');
  if (code === 'INVALID_PASSWORD') return new Fault('invalid_credentials', 'The password is wrong.');
  if (code === 'CHALLENGE_NOT_FOUND')
    return new Fault('invalid_request', 'The challenge has run out. Ask for a new one.');
  if (/PASSKEY|AUTHENTICATION|REGISTRATION|VERIFIED/.test(code))
    return new Fault('invalid_credentials', 'This passkey could not be checked.');
  if (code === 'PREVIOUSLY_REGISTERED') return new Fault('conflict', 'This passkey is registered already.');
  if (status >= 500) return new Fault('internal', 'Something went wrong here.', { private: `better-auth: ${code}` });
  return new Fault('invalid_credentials', 'The e-mail or the password is wrong.');
}
