import { z } from 'zod';
import { Fault } from '../../core/fault.ts';
import type { SessionIdentity } from '../../service/sessions.ts';
import { cookieOf } from '../session/cookies.ts';
import { sessionOf, type Entry } from '../session/entry.ts';
import { createProofs, type Begun } from '../session/proofs.ts';
import type { Api } from './api.ts';
import { idParam } from './schema/fields.ts';
import {
  codeField,
  emailField,
  newPasswordField,
  passwordField,
  sessionOut,
  signedInOut,
  signInOut,
  tokenField,
  toSessionOut,
  toSignedInOut,
} from './schema/people.ts';

const TAGS = ['Sign-in'];

/** `/auth`: signing in and out, sessions, and the proof of who one is. */
export function authRoutes(app: Api, entry: Entry): void {
  const { signIn, sessions, attempts, people, names, clock } = entry;
  const { begun, renewed, provePassword, proveCode, spendCode } = createProofs(entry);

  /** The cookie of the session that was open here is replaced: nobody could end it any more. */
  async function endBefore(before: SessionIdentity | null): Promise<void> {
    if (before) await sessions.end(before.userId, before.sessionId);
  }

  const toOut = ({ user, identity }: Begun) => toSignedInOut(user, identity, clock());

  app.route({
    method: 'POST',
    url: '/auth/sign-in',
    config: { permission: 'public' },
    schema: {
      tags: TAGS,
      operationId: 'signIn',
      summary: 'Sign in with e-mail and password',
      description:
        'Sets the session cookie. Where a second factor is set up, answers `second_factor_required`: send the code to `/auth/second-factor`. Needs the header `x-keyward-csrf: 1`. Too many failures slow down the next attempts from the same address (429 with `retry-after`).',
      security: [],
      body: z.strictObject({ email: emailField, password: passwordField }),
      response: { 200: signInOut },
    },
    handler: async (request, reply) => {
      const before = await entry.look(request);
      const { email, password } = request.body;
      const address = entry.clientAddress(request.raw);
      const device = cookieOf(request.headers, names.device);
      const wasRight = await attempts.signIn({ email, address, device });
      const isKnown = attempts.knows(device, email);
      const answer = await signIn.password(request.raw, { email, password }, isKnown).catch((error: unknown) => {
        request.log.info({ address }, 'sign-in refused');
        throw error;
      });
      await wasRight();
      if (answer.token !== null) {
        const signedIn = toOut(await begun(request, reply, answer, false));
        await endBefore(before);
        return { status: 'signed_in' as const, signedIn };
      }
      void reply.header('set-cookie', answer.cookies);
      return { status: 'second_factor_required' as const, signedIn: null };
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/second-factor',
    config: { permission: 'public' },
    schema: {
      tags: TAGS,
      operationId: 'signInSecondFactor',
      summary: 'Finish signing in with a code',
      description:
        'A code of the authenticator app, or a recovery code; either is good once. Five wrong ones end the attempt to sign in, ten in a row lock the second factor for 15 minutes.',
      security: [],
      body: z
        .strictObject({ code: codeField.exactOptional(), recoveryCode: z.string().min(4).max(64).exactOptional() })
        .refine((body) => (body.code === undefined) !== (body.recoveryCode === undefined), {
          message: 'Give `code` or `recoveryCode`.',
        }),
      response: { 200: signedInOut },
    },
    handler: async (request, reply) => {
      const before = await entry.look(request);
      const { code, recoveryCode } = request.body;
      const pending = await signIn.pending(request.raw);
      if (pending === null) throw new Fault('invalid_credentials', 'Sign in with the password again.');
      if (code !== undefined) await spendCode(pending.userId, code);
      const answer =
        code === undefined
          ? await signIn.recoveryCode(request.raw, pending, recoveryCode ?? '')
          : await signIn.code(request.raw, pending, code);
      const after = await begun(request, reply, answer, true);
      await endBefore(before);
      return toOut(after);
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/sign-out',
    config: { permission: 'session.own' },
    schema: { tags: TAGS, operationId: 'signOut', summary: 'Sign out', response: { 204: z.null() } },
    handler: async (request, reply) => {
      const { userId, sessionId } = sessionOf(request);
      await sessions.end(userId, sessionId);
      return reply.header('set-cookie', signIn.signedOut()).code(204).send(null);
    },
  });

  app.route({
    method: 'GET',
    url: '/auth/session',
    config: { permission: 'session.own' },
    schema: { tags: TAGS, operationId: 'getSession', summary: 'Read who is signed in', response: { 200: signedInOut } },
    handler: async (request) => {
      const identity = sessionOf(request);
      return toSignedInOut(await people.get(identity.userId), identity, clock());
    },
  });

  app.route({
    method: 'GET',
    url: '/auth/sessions',
    config: { permission: 'session.own' },
    schema: {
      tags: TAGS,
      operationId: 'listSessions',
      summary: 'List where you are signed in',
      response: { 200: z.object({ data: z.array(sessionOut) }) },
    },
    handler: async (request) => {
      const { userId, sessionId } = sessionOf(request);
      return { data: (await sessions.list(userId)).map((session) => toSessionOut(session, sessionId)) };
    },
  });

  app.route({
    method: 'DELETE',
    url: '/auth/sessions/:id',
    config: { permission: 'session.own' },
    schema: {
      tags: TAGS,
      operationId: 'endSession',
      summary: 'End one of your sessions',
      params: idParam,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      if (!(await sessions.end(sessionOf(request).userId, request.params.id)))
        throw new Fault('not_found', 'You have no such session.');
      return reply.code(204).send(null);
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/sessions/end-others',
    config: { permission: 'session.own' },
    schema: {
      tags: TAGS,
      operationId: 'endOtherSessions',
      summary: 'End all your sessions but this one',
      response: { 200: z.object({ ended: z.int() }) },
    },
    handler: async (request) => {
      const { userId, sessionId } = sessionOf(request);
      return { ended: await sessions.endAll(userId, sessionId) };
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/password',
    config: { permission: 'session.own' },
    schema: {
      tags: TAGS,
      operationId: 'changePassword',
      summary: 'Change your password',
      description: 'Ends all your other sessions, and renews this one.',
      body: z.strictObject({ password: passwordField, newPassword: newPasswordField }),
      response: { 200: signedInOut },
    },
    handler: async (request, reply) => {
      const { userId, sessionId } = sessionOf(request);
      const passwordHash = await provePassword(userId, request.body.password);
      await people.changePassword(userId, request.body.newPassword, { sessionId, passwordHash });
      return toOut(await renewed(request, reply));
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/password-reset',
    config: { permission: 'public' },
    schema: {
      tags: TAGS,
      operationId: 'finishPasswordReset',
      summary: 'Choose a new password with a reset link',
      description: 'Uses the link up and ends all sessions of the user, who then signs in. Needs `x-keyward-csrf: 1`.',
      security: [],
      body: z.strictObject({ token: tokenField, password: newPasswordField }),
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      await entry.look(request);
      const { token, password } = request.body;
      const user = await entry.byLink(request, () => people.finishReset(token, password, entry.asPerson(request)));
      request.log.info({ userId: user.id, address: entry.clientAddress(request.raw) }, 'password was reset by link');
      return reply.code(204).send(null);
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/identity-check',
    config: { permission: 'session.own' },
    schema: {
      tags: TAGS,
      operationId: 'checkIdentity',
      summary: 'Prove again who you are',
      description:
        'With the password, or a code of the authenticator app. Counts for five minutes, and renews the session. Wrong answers slow down the next ones.',
      body: z
        .strictObject({ password: passwordField.exactOptional(), totp: codeField.exactOptional() })
        .refine((body) => (body.password === undefined) !== (body.totp === undefined), {
          message: 'Give `password` or `totp`.',
        }),
      response: { 200: signedInOut },
    },
    handler: async (request, reply) => {
      const { userId } = sessionOf(request);
      const { password, totp } = request.body;
      if (password !== undefined) await provePassword(userId, password);
      if (totp !== undefined) await proveCode(request, totp);
      request.auditShown = { proof: totp === undefined ? 'password' : 'totp' };
      return toOut(await renewed(request, reply));
    },
  });
}
