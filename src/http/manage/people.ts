import { z } from 'zod';
import type { Invitations } from '../../service/invitations.ts';
import type { OneTimeLink } from '../../service/people.ts';
import type { Entry } from '../session/entry.ts';
import { createProofs } from '../session/proofs.ts';
import { invalidField } from '../../core/fault.ts';
import { callerOf, type Api } from './api.ts';
import { idParam, listOf, pageQuery, toMoment } from './schema/fields.ts';
import {
  invitationAccept,
  invitationCreate,
  invitationCreatedOut,
  invitationOut,
  linkOut,
  signedInOut,
  toInvitationOut,
  toSignedInOut,
  toUserOut,
  userChange,
  userCreate,
  userCreatedOut,
  userOut,
} from './schema/people.ts';

/** `/people` and `/invitations`. */
export function peopleRoutes(app: Api, { entry, invitations }: { entry: Entry; invitations: Invitations }): void {
  const { people, signIn, clock, publicUrl } = entry;
  const { begun, requireFresh } = createProofs(entry);
  const tags = ['People'];

  /** What stands after `#` stays in the browser: it is in no log of a server or a proxy. */
  function toLink({ token, expiresAtMs }: OneTimeLink, page: string, host: string): z.output<typeof linkOut> {
    return { token, url: `${publicUrl ?? `http://${host}`}/${page}#${token}`, expiresAt: toMoment(expiresAtMs) };
  }

  app.route({
    method: 'POST',
    url: '/people',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'createUser',
      summary: 'Make a user',
      description: 'Answers the link by which they choose their password; nobody chooses it for them.',
      body: userCreate,
      response: { 201: userCreatedOut },
    },
    handler: async (request, reply) => {
      const { user, link } = await people.create(callerOf(request).id, request.body);
      const passwordReset = toLink(link, 'password-reset', request.host);
      return reply.code(201).send({ user: toUserOut(user), passwordReset });
    },
  });

  app.route({
    method: 'GET',
    url: '/people',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'listUsers',
      summary: 'List users',
      querystring: z.strictObject({
        search: z.string().max(100).exactOptional().describe('Found in name or e-mail, case ignored.'),
        status: z.enum(['active', 'disabled']).exactOptional(),
        ...pageQuery,
      }),
      response: { 200: listOf(userOut, 'Users, newest first.') },
    },
    handler: async (request) => {
      const page = await people.list(request.query);
      return { ...page, data: page.data.map(toUserOut) };
    },
  });

  app.route({
    method: 'GET',
    url: '/people/:id',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'getUser',
      summary: 'Read a user',
      params: idParam,
      response: { 200: userOut },
    },
    handler: async (request) => toUserOut(await people.get(request.params.id)),
  });

  app.route({
    method: 'PATCH',
    url: '/people/:id',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'changeUser',
      summary: 'Disable a user, or make one an operator',
      description:
        'A disabled user’s sessions end at once. The last operator can neither be disabled nor stop being one.',
      params: idParam,
      body: userChange,
      response: { 200: userOut },
    },
    handler: async (request) => toUserOut(await people.change(request.params.id, request.body)),
  });

  app.route({
    method: 'POST',
    url: '/people/:id/end-sessions',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'endSessionsOfUser',
      summary: 'Sign a user out everywhere',
      params: idParam,
      response: { 200: z.object({ ended: z.int() }) },
    },
    handler: async (request) => ({ ended: await people.endSessions(request.params.id) }),
  });

  app.route({
    method: 'POST',
    url: '/people/:id/password-reset',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'startPasswordReset',
      summary: 'Make a link to a new password',
      description:
        'Good once and for 24 hours; the ones before end. The password now stays good until the link is used.',
      params: idParam,
      response: { 201: linkOut },
    },
    handler: async (request, reply) => {
      const link = await people.startReset(callerOf(request).id, request.params.id);
      return reply.code(201).send(toLink(link, 'password-reset', request.host));
    },
  });

  app.route({
    method: 'POST',
    url: '/people/:id/remove-second-factor',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'removeSecondFactor',
      summary: 'Remove a second factor that was lost',
      description:
        'Takes the authenticator app, the recovery codes and the passkeys away, ends every session, and ends the password: it could be short because of them. Answers the link by which the user chooses a new one. People do this within five minutes of an identity check. Make sure first who it is that asks.',
      params: idParam,
      response: { 201: linkOut },
    },
    handler: async (request, reply) => {
      requireFresh(request);
      const link = await people.removeSecondFactor(callerOf(request).id, request.params.id);
      return reply.code(201).send(toLink(link, 'password-reset', request.host));
    },
  });

  app.route({
    method: 'POST',
    url: '/invitations',
    config: { permission: 'accountMembers.manage' },
    schema: {
      tags,
      operationId: 'createInvitation',
      summary: 'Invite someone into an account',
      description: 'Answers a link, good once and for seven days. Pass it on yourself: no e-mail is sent.',
      body: invitationCreate,
      response: { 201: invitationCreatedOut },
    },
    handler: async (request, reply) => {
      const { invitation, link } = await invitations.create(callerOf(request), request.body);
      return reply
        .code(201)
        .send({ invitation: toInvitationOut(invitation, clock()), link: toLink(link, 'invitation', request.host) });
    },
  });

  app.route({
    method: 'GET',
    url: '/invitations',
    config: { permission: 'accountMembers.read' },
    schema: {
      tags,
      operationId: 'listInvitations',
      summary: 'List an account’s invitations',
      querystring: z.strictObject({ accountId: z.string(), ...pageQuery }),
      response: { 200: listOf(invitationOut, 'Invitations, newest first.') },
    },
    handler: async (request) => {
      const page = await invitations.list(callerOf(request), request.query);
      return { ...page, data: page.data.map((one) => toInvitationOut(one, clock())) };
    },
  });

  app.route({
    method: 'POST',
    url: '/invitations/:id/revoke',
    config: { permission: 'accountMembers.manage' },
    schema: {
      tags,
      operationId: 'revokeInvitation',
      summary: 'Revoke an invitation',
      description: 'Its link opens nothing any more.',
      params: idParam,
      response: { 200: invitationOut },
    },
    handler: async (request) =>
      toInvitationOut(await invitations.revoke(callerOf(request), request.params.id), clock()),
  });

  app.route({
    method: 'POST',
    url: '/invitations/accept',
    config: { permission: 'public' },
    schema: {
      tags,
      operationId: 'acceptInvitation',
      summary: 'Accept an invitation',
      description:
        'Who is new chooses a name and a password and is signed in. Who has a user already signs in first and sends the token alone. Needs `x-keyward-csrf: 1`.',
      security: [],
      body: invitationAccept,
      response: { 200: signedInOut },
    },
    handler: async (request, reply) => {
      const identity = await entry.look(request);
      const { token, name, password } = request.body;
      const as = entry.asPerson(request);
      if (identity && name === undefined && password === undefined) {
        const { userId } = identity;
        const user = await entry.byLink(request, () => invitations.accept(token, { kind: 'user', userId }, as));
        return toSignedInOut(user, identity, clock());
      }
      if (name === undefined) throw invalidField('/name', 'This is required, unless you are signed in.');
      if (password === undefined) throw invalidField('/password', 'This is required, unless you are signed in.');
      const user = await entry.byLink(request, () =>
        invitations.accept(token, { kind: 'newcomer', name, password }, as),
      );
      const first = await begun(request, reply, await signIn.begin(request.raw, user.id), false);
      return toSignedInOut(first.user, first.identity, clock());
    },
  });
}
