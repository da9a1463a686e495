import { z } from 'zod';
import { Fault, invalidField } from '../../core/fault.ts';
import { SHORTEST_ALONE } from '../../core/password.ts';
import { sessionOf, type Entry } from '../session/entry.ts';
import { createProofs } from '../session/proofs.ts';
import type { Api } from './api.ts';
import { codeField, passwordField, signedInOut, toSignedInOut } from './schema/people.ts';

const TAGS = ['Sign-in'];
const recoveryCodes = z.array(z.string()).describe('Each is good once. Shown this once.');

/** `/auth/totp` and `/auth/recovery-codes`: the second factor of an authenticator app. */
export function secondFactorRoutes(app: Api, entry: Entry): void {
  const { signIn, sessions, people, clock } = entry;
  const { begun, provePassword, proveCode, spendCode } = createProofs(entry);

  app.route({
    method: 'POST',
    url: '/auth/totp',
    config: { permission: 'session.own' },
    schema: {
      tags: TAGS,
      operationId: 'startTotp',
      summary: 'Set up a second factor',
      description: 'Nothing is asked for at sign-in until `/auth/totp/confirm` has seen a first code.',
      body: z.strictObject({ password: passwordField }),
      response: {
        200: z.object({
          uri: z.string().describe('An `otpauth://` address, for an authenticator app. Shown this once.'),
          recoveryCodes,
        }),
      },
    },
    handler: async (request, reply) => {
      await provePassword(sessionOf(request).userId, request.body.password);
      const { body, cookies } = await signIn.enableTotp(request.raw, request.body.password);
      void reply.header('set-cookie', cookies);
      request.auditShown = { secondFactor: 'begun', recoveryCodes: '(set)' };
      return { uri: body.totpURI, recoveryCodes: body.backupCodes };
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/totp/confirm',
    config: { permission: 'session.own' },
    schema: {
      tags: TAGS,
      operationId: 'confirmTotp',
      summary: 'Turn the second factor on',
      description: 'With a first code. Renews this session and ends all others.',
      body: z.strictObject({ code: codeField }),
      response: { 200: signedInOut },
    },
    handler: async (request, reply) => {
      const before = sessionOf(request);
      const { userId } = before;
      if ((await people.get(userId)).twoFactor) throw new Fault('conflict', 'The second factor is on already.');
      await spendCode(userId, request.body.code);
      const answer = await signIn.ownCode(request.raw, before, request.body.code);
      const { user, identity } = await begun(request, reply, answer, true);
      await sessions.endAll(userId, identity.sessionId);
      return toSignedInOut(user, identity, clock());
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/totp/disable',
    config: { permission: 'session.own' },
    schema: {
      tags: TAGS,
      operationId: 'disableTotp',
      summary: 'Turn the second factor off',
      description: `Takes the password and a code. The password must be one that may stand alone: at least ${SHORTEST_ALONE} characters.`,
      body: z.strictObject({ password: passwordField, code: codeField }),
      response: { 200: signedInOut },
    },
    handler: async (request, reply) => {
      const before = sessionOf(request);
      const { userId } = before;
      const { password, code } = request.body;
      await provePassword(userId, password);
      if (Array.from(password.normalize('NFC')).length < SHORTEST_ALONE)
        throw new Fault(
          'conflict',
          `Without the second factor the password needs at least ${SHORTEST_ALONE} characters. Change it first.`,
        );
      await proveCode(request, code);
      const answer = await signIn.disableTotp(request.raw, before, password);
      const { user, identity } = await begun(request, reply, answer, false);
      await sessions.endAll(userId, identity.sessionId);
      return toSignedInOut(user, identity, clock());
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/recovery-codes',
    config: { permission: 'session.own' },
    schema: {
      tags: TAGS,
      operationId: 'replaceRecoveryCodes',
      summary: 'Make new recovery codes',
      description: 'The ones before end. Takes a code too, once the second factor is on.',
      body: z.strictObject({ password: passwordField, code: codeField.exactOptional() }),
      response: { 200: z.object({ recoveryCodes }) },
    },
    handler: async (request) => {
      const { userId } = sessionOf(request);
      const { password, code } = request.body;
      await provePassword(userId, password);
      if ((await people.get(userId)).twoFactor) {
        if (code === undefined) throw invalidField('/code', 'This is required while the second factor is on.');
        await proveCode(request, code);
      }
      const { body } = await signIn.newRecoveryCodes(request.raw, password);
      request.auditShown = { recoveryCodes: '(set)' };
      return { recoveryCodes: body.backupCodes };
    },
  });
}
