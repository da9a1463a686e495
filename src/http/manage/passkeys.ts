import { z } from 'zod';
import { Fault } from '../../core/fault.ts';
import type { AuthRow, AuthRowStore } from '../../core/session.ts';
import { sessionOf, type Entry } from '../session/entry.ts';
import { createProofs } from '../session/proofs.ts';
import type { Api } from './api.ts';
import { idParam, momentOut, nameField, toMoment } from './schema/fields.ts';
import { signedInOut, toSignedInOut } from './schema/people.ts';

const TAGS = ['Sign-in'];
const NO_SUCH = 'You have no such passkey.';
const optionsOut = z.looseObject({ challenge: z.string() }).describe('Options of the browser’s WebAuthn interface.');
const responseField = z
  .looseObject({ id: z.string().max(2000) })
  .describe('What the browser’s WebAuthn interface answered, as JSON.');
const passkeyOut = z
  .object({ id: z.string(), name: z.string(), createdAt: momentOut.nullable() })
  .meta({ id: 'Passkey', description: 'A device or a keychain that signs in without a password.' });

/** `/auth/passkeys`, and signing in with one. */
export function passkeyRoutes(app: Api, entry: Entry, rows: AuthRowStore): void {
  const { signIn, clock } = entry;
  const { begun, requireFresh } = createProofs(entry);

  const ofUser = (userId: string) => ({ column: 'user_id', is: '=', value: userId }) as const;

  app.route({
    method: 'POST',
    url: '/auth/passkey/options',
    config: { permission: 'public' },
    schema: {
      tags: TAGS,
      operationId: 'startPasskeySignIn',
      summary: 'Ask for a challenge to sign in with a passkey',
      description: 'Good for five minutes. Needs `x-keyward-csrf: 1`.',
      security: [],
      response: { 200: optionsOut },
    },
    handler: async (request, reply) => {
      await entry.look(request);
      const { body, cookies } = await signIn.passkeyOptions(request.raw);
      void reply.header('set-cookie', cookies);
      return body as z.output<typeof optionsOut>;
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/passkey',
    config: { permission: 'public' },
    schema: {
      tags: TAGS,
      operationId: 'signInPasskey',
      summary: 'Sign in with a passkey',
      description:
        'Sets the session cookie. A passkey that has checked the person is two factors at once, so that no code is asked for. While signed in it proves again who you are, and renews the session.',
      security: [],
      body: z.strictObject({ response: responseField }),
      response: { 200: signedInOut },
    },
    handler: async (request, reply) => {
      const before = await entry.look(request);
      const answer = await signIn.passkey(request.raw, request.body.response);
      const { user, identity } = await begun(request, reply, answer, true);
      if (before) await entry.sessions.end(before.userId, before.sessionId);
      if (before?.userId === user.id) await entry.record(request, user.id, { proof: 'passkey' });
      return toSignedInOut(user, identity, clock());
    },
  });

  app.route({
    method: 'GET',
    url: '/auth/passkeys',
    config: { permission: 'session.own' },
    schema: {
      tags: TAGS,
      operationId: 'listPasskeys',
      summary: 'List your passkeys',
      response: { 200: z.object({ data: z.array(passkeyOut) }) },
    },
    handler: async (request) => ({
      data: (await rows.find('passkeys', [ofUser(sessionOf(request).userId)])).map(toPasskeyOut),
    }),
  });

  app.route({
    method: 'POST',
    url: '/auth/passkeys/options',
    config: { permission: 'session.own', audit: false },
    schema: {
      tags: TAGS,
      operationId: 'startPasskey',
      summary: 'Ask for a challenge to add a passkey',
      description: 'Within five minutes of an identity check.',
      response: { 200: optionsOut },
    },
    handler: async (request, reply) => {
      requireFresh(request);
      const { body, cookies } = await signIn.newPasskeyOptions(request.raw);
      void reply.header('set-cookie', cookies);
      return body as z.output<typeof optionsOut>;
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/passkeys',
    config: { permission: 'session.own' },
    schema: {
      tags: TAGS,
      operationId: 'addPasskey',
      summary: 'Add a passkey',
      body: z.strictObject({ name: nameField, response: responseField }),
      response: { 201: passkeyOut },
    },
    handler: async (request, reply) => {
      requireFresh(request);
      const { body } = await signIn.addPasskey(request.raw, request.body);
      const [row] = await rows.find('passkeys', [{ column: 'id', is: '=', value: body.id }]);
      if (!row) throw new Error('the passkey that was added is not there');
      return reply.code(201).send(toPasskeyOut(row));
    },
  });

  app.route({
    method: 'PATCH',
    url: '/auth/passkeys/:id',
    config: { permission: 'session.own' },
    schema: {
      tags: TAGS,
      operationId: 'renamePasskey',
      summary: 'Rename one of your passkeys',
      params: idParam,
      body: z.strictObject({ name: nameField }),
      response: { 200: passkeyOut },
    },
    handler: async (request) => {
      const mine = [{ column: 'id', is: '=', value: request.params.id } as const, ofUser(sessionOf(request).userId)];
      const [row] = await rows.change('passkeys', mine, { name: request.body.name });
      if (!row) throw new Fault('not_found', NO_SUCH);
      return toPasskeyOut(row);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/auth/passkeys/:id',
    config: { permission: 'session.own' },
    schema: {
      tags: TAGS,
      operationId: 'removePasskey',
      summary: 'Remove one of your passkeys',
      description: 'Within five minutes of an identity check.',
      params: idParam,
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      requireFresh(request);
      const { userId } = sessionOf(request);
      const removed = await rows.remove('passkeys', [
        { column: 'id', is: '=', value: request.params.id },
        ofUser(userId),
      ]);
      if (removed.length === 0) throw new Fault('not_found', NO_SUCH);
      return reply.code(204).send(null);
    },
  });
}

function toPasskeyOut(row: AuthRow): z.output<typeof passkeyOut> {
  const madeAtMs = row['created_at_ms'];
  return {
    id: String(row['id']),
    name: String(row['name'] ?? ''),
    createdAt: typeof madeAtMs === 'number' ? toMoment(madeAtMs) : null,
  };
}
