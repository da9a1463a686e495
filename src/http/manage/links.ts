import type { Invitations } from '../../service/invitations.ts';
import type { Entry } from '../session/entry.ts';
import type { Api } from './api.ts';
import { toMoment } from './schema/fields.ts';
import { invitationLookOut, linkLook, passwordResetLookOut, projectRoleField, roleField } from './schema/people.ts';

/** What the links that people are handed are for, before they use them. The token travels in the body, as to use it. */
export function linkRoutes(app: Api, { entry, invitations }: { entry: Entry; invitations: Invitations }): void {
  const description =
    'Uses nothing up. A link that is over is answered by 401; many such from one address slow down the next (429 with `retry-after`). Needs `x-keyward-csrf: 1`.';

  app.route({
    method: 'POST',
    url: '/invitations/look-up',
    config: { permission: 'public', audit: false },
    schema: {
      tags: ['People'],
      operationId: 'lookUpInvitation',
      summary: 'Read what the link of an invitation is for',
      description,
      security: [],
      body: linkLook,
      response: { 200: invitationLookOut },
    },
    handler: async (request) => {
      await entry.look(request);
      const { invitation, ...names } = await entry.byLink(request, () => invitations.look(request.body.token));
      const { email, role, projectRole, expiresAtMs } = invitation;
      return {
        ...names,
        email,
        role: roleField.parse(role),
        projectRole: projectRoleField.nullable().parse(projectRole),
        expiresAt: toMoment(expiresAtMs),
      };
    },
  });

  app.route({
    method: 'POST',
    url: '/auth/password-reset/look-up',
    config: { permission: 'public', audit: false },
    schema: {
      tags: ['Sign-in'],
      operationId: 'lookUpPasswordReset',
      summary: 'Read what a reset link is for',
      description,
      security: [],
      body: linkLook,
      response: { 200: passwordResetLookOut },
    },
    handler: async (request) => {
      await entry.look(request);
      const { user, expiresAtMs } = await entry.byLink(request, () => entry.people.lookAtReset(request.body.token));
      return { email: user.email, twoFactor: user.twoFactor, expiresAt: toMoment(expiresAtMs) };
    },
  });
}
