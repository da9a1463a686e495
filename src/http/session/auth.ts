import { AsyncLocalStorage } from 'node:async_hooks';
import { createHmac } from 'node:crypto';
import { passkey } from '@better-auth/passkey';
import { betterAuth } from 'better-auth';
import { APIError, createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { twoFactor } from 'better-auth/plugins/two-factor';
import { z } from 'zod';
import type { Clock, NewId } from '../../core/ambient.ts';
import { LONGEST_PASSWORD } from '../../core/password.ts';
import type { PeopleStore } from '../../core/people.ts';
import type { AuthRowStore } from '../../core/session.ts';
import type { Passwords } from '../../service/passwords.ts';
import { tokenHash, type SessionLimits } from '../../service/sessions.ts';
import { authAdapter, type Proof } from './adapter.ts';
import { cookieSecret, recoveryKeyOf, type CookieNames } from './cookies.ts';

export interface AuthDeps {
  readonly rows: AuthRowStore;
  readonly people: Pick<PeopleStore, 'get' | 'passwordHash'>;
  readonly passwords: Passwords;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly limits: SessionLimits;
  readonly names: CookieNames;
  /** Secret that cookies are signed and codes hashed under, by keys derived from it. */
  readonly tokenKey: Uint8Array;
  /** Under which recovery codes are hashed; left out: one derived from the token key. */
  readonly recoveryKey?: Uint8Array | undefined;
  readonly publicUrl: string | null;
  /** Told what the library would log, without the values it would log with it. */
  readonly note: (message: string) => void;
}

/** The header by which the library is told the client's address; it comes from no client. */
export const ADDRESS_HEADER = 'x-keyward-client-address';
const PASSKEY_COOKIE = 'passkey';

/** What is asked of better-auth, and how it is held: no handler of its own is reachable, only what signIn.ts calls. */
export function createAuth(deps: AuthDeps) {
  const { names, limits, publicUrl, passwords } = deps;
  const recoveryKey = deps.recoveryKey ?? recoveryKeyOf(deps.tokenKey);
  const hashRecovery = (code: string): string =>
    `h:${createHmac('sha256', recoveryKey).update(code).digest('base64url')}`;

  const proofs = new AsyncLocalStorage<Proof>();

  const auth = betterAuth({
    appName: 'Keyward',
    baseURL: publicUrl ?? 'http://localhost',
    basePath: '/api/v1/auth',
    secret: cookieSecret(deps.tokenKey),
    database: authAdapter({ ...deps, proofs }),
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { level: 'warn', log: (_level, message) => deps.note(message) },
    user: {
      modelName: 'users',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at_ms', updatedAt: 'updated_at_ms' },
    },
    session: {
      modelName: 'sessions',
      fields: {
        userId: 'user_id',
        token: 'token_hash',
        expiresAt: 'expires_at_ms',
        ipAddress: 'address',
        userAgent: 'user_agent',
        createdAt: 'created_at_ms',
        updatedAt: 'updated_at_ms',
      },
      expiresIn: Math.floor(limits.lifetimeMs / 1000),
      disableSessionRefresh: true,
      freshAge: 0,
    },
    account: {
      modelName: 'credentials',
      fields: {
        userId: 'user_id',
        accountId: 'subject',
        providerId: 'provider_id',
        createdAt: 'created_at_ms',
        updatedAt: 'updated_at_ms',
      },
    },
    verification: {
      modelName: 'verifications',
      fields: { expiresAt: 'expires_at_ms', createdAt: 'created_at_ms', updatedAt: 'updated_at_ms' },
      storeIdentifier: { hash: async (identifier) => tokenHash(identifier) },
    },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 1,
      maxPasswordLength: LONGEST_PASSWORD * 4,
      password: {
        hash: (password) => passwords.hash(password),
        verify: async ({ hash, password }) => {
          const proof = proofs.getStore();
          const isRight = await passwords.verify(hash, password, proof?.isKnown ? 'known' : 'unknown');
          if (isRight && proof) proof.passwordHash = hash;
          return isRight;
        },
      },
    },
    databaseHooks: {
      session: {
        create: {
          // The same words as for a wrong password: who is disabled is nobody's to learn.
          before: async (session) => {
            const user = await deps.people.get(session.userId);
            if (user?.status !== 'active') throw new APIError('UNAUTHORIZED', { code: 'INVALID_EMAIL_OR_PASSWORD' });
          },
        },
      },
    },
    advanced: {
      cookiePrefix: 'keyward',
      useSecureCookies: false,
      defaultCookieAttributes: { secure: names.secure, httpOnly: true, sameSite: 'lax', path: '/' },
      cookies: {
        session_token: { name: names.session },
        two_factor: { name: names.twoFactor },
        [PASSKEY_COOKIE]: { name: names.passkey },
      },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
    },
    plugins: [
      twoFactor({
        issuer: 'Keyward',
        allowPasswordless: false,
        backupCodeOptions: {
          // Hashes take the place of the codes, each in its place, so that the one that was used can be taken out.
          storeBackupCodes: {
            encrypt: async (codes) =>
              JSON.stringify(
                (JSON.parse(codes) as string[]).map((code) => (code.startsWith('h:') ? code : hashRecovery(code))),
              ),
            decrypt: async (codes) => codes,
          },
        },
        schema: {
          user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
          twoFactor: {
            modelName: 'two_factors',
            fields: {
              userId: 'user_id',
              backupCodes: 'backup_codes',
              failedVerificationCount: 'failed_count',
              lockedUntil: 'locked_until_ms',
            },
          },
        },
      }),
      passkey({
        rpName: 'Keyward',
        rpID: publicUrl === null ? 'localhost' : new URL(publicUrl).hostname,
        ...(publicUrl !== null && { origin: new URL(publicUrl).origin }),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        authentication: {
          // One step signs in, so it must be two factors: the device, and the person before it.
          afterVerification: async ({ verification }) => {
            if (!verification.authenticationInfo.userVerified)
              throw new APIError('UNAUTHORIZED', { code: 'USER_NOT_VERIFIED' });
          },
        },
        advanced: { webAuthnChallengeCookie: PASSKEY_COOKIE },
        schema: {
          passkey: {
            modelName: 'passkeys',
            fields: {
              userId: 'user_id',
              credentialID: 'credential_id',
              publicKey: 'public_key',
              deviceType: 'device_type',
              backedUp: 'backed_up',
              createdAt: 'created_at_ms',
            },
          },
        },
      }),
      { id: 'keyward', endpoints: { beginSession, beginSignIn } },
    ],
  });
  return { api: auth.api, hashRecovery, proofs };
}

/** Begins a session for a user who has proved who they are in a way of ours. Only called, never routed. */
const beginSession = beginningAt('/keyward/begin-session');

/** The same as a first step: the library asks for the second factor after what lies at this address, of whoever has one. */
const beginSignIn = beginningAt('/sign-in/username');

function beginningAt<const Path extends string>(path: Path) {
  return createAuthEndpoint(path, { method: 'POST', body: z.object({ userId: z.string() }) }, async (ctx) => {
    const user = await ctx.context.internalAdapter.findUserById(ctx.body.userId);
    if (!user) throw new APIError('UNAUTHORIZED', { code: 'INVALID_EMAIL_OR_PASSWORD' });
    const session = await ctx.context.internalAdapter.createSession(user.id);
    await setSessionCookie(ctx, { session, user });
    return ctx.json({ token: session.token, user: { id: user.id } });
  });
}
