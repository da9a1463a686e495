import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Fault } from '../../core/fault.ts';
import type { ProvedIdentity } from '../../core/oidc.ts';
import { OIDC_STEP_MS, type Oidc, type OidcPurpose, type OidcReturned } from '../../service/oidc.ts';
import type { SessionIdentity } from '../../service/sessions.ts';
import { cookieOf, setCookie } from '../session/cookies.ts';
import { sessionEnded, sessionOf, type Entry } from '../session/entry.ts';
import { createProofs } from '../session/proofs.ts';
import type { Api } from './api.ts';
import { signInOut, toSignedInOut } from './schema/people.ts';

const TAGS = ['Sign-in'];
/** Neither `//` nor a segment of dots, however written: what a browser makes of it stays a path of this server. */
const PATH = /^\/(?:(?!(?:\.|%2[eE]){1,2}(?:[/?]|$))[\w\-.=&%]+(?:\/|(?=\?|$)))*(?:\?[\w\-./?=&%]*)?$/;
const beginBody = z.strictObject({
  returnTo: z
    .string()
    .max(200)
    .regex(PATH, { error: 'This must be a path of this server, such as /keys.' })
    .exactOptional()
    .describe(
      'Path of this server that the browser goes on to, with `#signed_in`, `#second_factor_required` or `#error=<code>`. Left out: it is answered.',
    ),
});
const beginOut = z
  .object({ url: z.string().describe('Send the browser there, within ten minutes.') })
  .meta({ id: 'WayToProvider', description: 'Where the identity provider asks who somebody is.' });

type SignInOut = z.output<typeof signInOut>;

/** `/auth/oidc`: signing in with the identity provider, and proving by it who one is. */
export function oidcRoutes(app: Api, entry: Entry, oidc: Oidc | null): void {
  const { signIn, sessions, attempts, people, names, clock } = entry;
  const { begun, requireFresh } = createProofs(entry);

  function named(): Oidc {
    if (oidc) return oidc;
    throw new Fault(
      'not_found',
      'There is no identity provider to sign in with. The operator names one in the settings.',
    );
  }

  async function begin(
    request: FastifyRequest,
    reply: FastifyReply,
    purpose: OidcPurpose,
    returnTo: string | undefined,
  ): Promise<z.output<typeof beginOut>> {
    const provider = named();
    await attempts.oidcBegun(entry.clientAddress(request.raw));
    const { secret, url } = await provider.begin(purpose, returnTo ?? null);
    void reply.header('set-cookie', setCookie(names, names.oidc, secret, OIDC_STEP_MS / 1000));
    return { url };
  }

  const ofSession = (request: FastifyRequest, kind: 'check' | 'link'): OidcPurpose => {
    const { userId, sessionId } = sessionOf(request);
    return { kind, userId, sessionId };
  };

  app.route({
    method: 'GET',
    url: '/auth/oidc',
    config: { permission: 'public' },
    schema: {
      tags: TAGS,
      operationId: 'getIdentityProvider',
      summary: 'Read which identity provider people may sign in with',
      security: [],
      response: {
        200: z.object({
          name: z.string().nullable().describe('What to call it; null: there is none.'),
          linked: z.boolean().describe('Whether you sign in with it, where you are signed in.'),
        }),
      },
    },
    handler: async (request) => {
      const session = await entry.look(request);
      const linked = oidc !== null && session !== null && (await oidc.isLinked(session.userId));
      return { name: oidc?.name ?? null, linked };
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/oidc/sign-in',
    config: { permission: 'public' },
    schema: {
      tags: TAGS,
      operationId: 'startOidcSignIn',
      summary: 'Begin to sign in with the identity provider',
      description:
        'Needs `x-keyward-csrf: 1`. Too many that lead nowhere are slowed down by address (429 with `retry-after`).',
      security: [],
      body: beginBody,
      response: { 200: beginOut },
    },
    handler: async (request, reply) => {
      await entry.look(request);
      return begin(request, reply, { kind: 'signIn' }, request.body.returnTo);
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/oidc/identity-check',
    config: { permission: 'session.own', audit: false },
    schema: {
      tags: TAGS,
      operationId: 'startOidcIdentityCheck',
      summary: 'Begin to prove again who you are, with the identity provider',
      description: 'It asks you anew, whether you are signed in there or not. Counts for five minutes from then.',
      body: beginBody,
      response: { 200: beginOut },
    },
    handler: async (request, reply) => begin(request, reply, ofSession(request, 'check'), request.body.returnTo),
  });

  app.route({
    method: 'POST',
    url: '/auth/oidc/link',
    config: { permission: 'session.own', audit: false },
    schema: {
      tags: TAGS,
      operationId: 'startOidcLink',
      summary: 'Begin to tie your user to your identity at the provider',
      description: 'Within five minutes of an identity check. Takes the place of the identity before.',
      body: beginBody,
      response: { 200: beginOut },
    },
    handler: async (request, reply) => {
      requireFresh(request);
      return begin(request, reply, ofSession(request, 'link'), request.body.returnTo);
    },
  });

  app.route({
    method: 'DELETE',
    url: '/auth/oidc/link',
    config: { permission: 'session.own' },
    schema: {
      tags: TAGS,
      operationId: 'removeOidcLink',
      summary: 'Sign in with the identity provider no more',
      description:
        'Within five minutes of an identity check, and only with a password or a passkey (409). Your e-mail leads the provider to you no more; `POST /auth/oidc/link` ties you to it again.',
      response: { 204: z.null() },
    },
    handler: async (request, reply) => {
      requireFresh(request);
      const { userId } = sessionOf(request);
      await named().unlink(userId);
      return reply.code(204).send(null);
    },
  });

  app.route({
    method: 'GET',
    url: '/auth/oidc/callback',
    config: { permission: 'public', audit: 'always' },
    schema: {
      tags: TAGS,
      operationId: 'finishOidc',
      summary: 'Come back from the identity provider',
      description:
        'Where the provider sends the browser. Signs in, or asks for the second factor of whoever has set one up here; or ends an identity check, or ties a user to an identity.',
      security: [],
      querystring: z.looseObject({ state: z.string().max(200) }),
      response: { 200: signInOut, 303: z.null() },
    },
    handler: async (request, reply) => {
      const query = request.url.slice(request.url.indexOf('?') + 1);
      const returned = await named().returned(cookieOf(request.headers, names.oidc), query);
      void reply.header('set-cookie', setCookie(names, names.oidc, '', 0));
      const { returnTo } = returned;
      if (returnTo === null) return finish(request, reply, returned);
      const hash = await finish(request, reply, returned).then(
        ({ status }) => status,
        (error: unknown) => {
          if (!(error instanceof Fault)) throw error;
          request.log.warn({ code: error.code, private: error.details.private }, 'sign-in by the provider refused');
          return `error=${error.code}`;
        },
      );
      return reply.code(303).header('location', `${returnTo}#${hash}`).send(null);
    },
  });

  async function finish(request: FastifyRequest, reply: FastifyReply, returned: OidcReturned): Promise<SignInOut> {
    const { purpose } = returned;
    const before = await entry.look(request);
    if (purpose.kind !== 'signIn' && before?.sessionId !== purpose.sessionId) throw sessionEnded();
    const identity = await returned.prove();
    if (before === null || purpose.kind === 'signIn') return enter(request, reply, identity, before);
    const { userId, sessionId, secondFactor } = before;
    if (purpose.kind === 'link') {
      const user = await people.get(userId);
      await entry.asPerson(request)(user, () => named().link(identity, { userId, sessionId }));
      return { status: 'signed_in', signedIn: toSignedInOut(user, before, clock()) };
    }
    const freshUntilMs = await named().check(identity, userId);
    const answer = await signIn.begin(request.raw, userId, { sessionId, freshUntilMs });
    const after = await begun(request, reply, answer, secondFactor);
    await sessions.end(userId, sessionId);
    await entry.record(request, userId, { proof: 'oidc' });
    return { status: 'signed_in', signedIn: toSignedInOut(after.user, after.identity, clock()) };
  }

  async function enter(
    request: FastifyRequest,
    reply: FastifyReply,
    identity: ProvedIdentity,
    before: SessionIdentity | null,
  ): Promise<SignInOut> {
    const user = await named().userOf(identity, entry.asPerson(request));
    const proof = { freshUntilMs: named().freshUntilMs(identity) };
    const answer = await signIn.beginSignIn(request.raw, user.id, proof);
    await attempts.oidcReturned(entry.clientAddress(request.raw));
    if (answer.token === null) {
      void reply.header('set-cookie', answer.cookies);
      return { status: 'second_factor_required', signedIn: null };
    }
    const after = await begun(request, reply, answer, false);
    // The cookie of the session that was open here is replaced: nobody could end it any more.
    if (before) await sessions.end(before.userId, before.sessionId);
    await entry.record(request, user.id, { identityProvider: identity.issuer });
    return { status: 'signed_in', signedIn: toSignedInOut(after.user, after.identity, clock()) };
  }
}
