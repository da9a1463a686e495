import { z } from 'zod';
import { normalisedEmail } from '../../core/email.ts';
import { sessionOf, type Entry } from '../session/entry.ts';
import { createProofs } from '../session/proofs.ts';
import type { Api } from './api.ts';
import { nameField } from './schema/fields.ts';
import { emailField, signedInOut, toSignedInOut } from './schema/people.ts';

/** `/auth/profile`: what people change of themselves. */
export function profileRoutes(app: Api, entry: Entry): void {
  const { attempts, people, clock } = entry;
  const { renewed, requireFresh } = createProofs(entry);

  app.route({
    method: 'PATCH',
    url: '/auth/profile',
    config: { permission: 'session.own' },
    schema: {
      tags: ['Sign-in'],
      operationId: 'changeProfile',
      summary: 'Change your name or e-mail',
      description:
        'Another e-mail within five minutes of an identity check: it ends all your other sessions and renews this one. One that the identity provider may let in is refused. Which e-mails are taken is not said, and how often it can be tried is bounded (429 with `retry-after`).',
      body: z.strictObject({ name: nameField.exactOptional(), email: emailField.exactOptional() }),
      response: { 200: signedInOut },
    },
    handler: async (request, reply) => {
      const session = sessionOf(request);
      const before = await people.get(session.userId);
      const { name } = request.body;
      const email = request.body.email === undefined ? before.email : normalisedEmail(request.body.email);
      if (email === before.email) {
        const user = name === undefined ? before : await people.changeProfile(before.id, { name }, session.sessionId);
        return toSignedInOut(user, session, clock());
      }
      requireFresh(request);
      await attempts.changeEmail(before.id);
      await people.changeProfile(before.id, { name, email }, session.sessionId);
      const { user, identity } = await renewed(request, reply);
      return toSignedInOut(user, identity, clock());
    },
  });
}
