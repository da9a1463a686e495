import { z } from 'zod';
import type { AuthRowStore } from '../../core/session.ts';
import type { Oidc } from '../../service/oidc.ts';
import { sessionOf, type Entry } from '../session/entry.ts';
import type { Api } from './api.ts';

/** `GET /auth/identity-check`: by what somebody can prove who they are. */
export function identityRoutes(
  app: Api,
  entry: Entry,
  { rows, oidc }: { rows: Pick<AuthRowStore, 'find'>; oidc: Pick<Oidc, 'isLinked'> | null },
): void {
  app.route({
    method: 'GET',
    url: '/auth/identity-check',
    config: { permission: 'session.own' },
    schema: {
      tags: ['Sign-in'],
      operationId: 'listProofs',
      summary: 'List by what you can prove who you are',
      response: {
        200: z.object({
          proofs: z
            .array(z.enum(['password', 'totp', 'passkey', 'oidc']))
            .describe(
              'What you have: `password` and `totp` for `POST /auth/identity-check`, `passkey` for `/auth/passkey`, `oidc` for `/auth/oidc/identity-check`.',
            ),
        }),
      },
    },
    handler: async (request) => {
      const { userId } = sessionOf(request);
      const [hash, user, passkeys, isLinked] = await Promise.all([
        entry.store.passwordHash(userId),
        entry.people.get(userId),
        rows.find('passkeys', [{ column: 'user_id', is: '=', value: userId }]),
        oidc === null ? false : oidc.isLinked(userId),
      ]);
      const has = { password: hash !== undefined, totp: user.twoFactor, passkey: passkeys.length > 0, oidc: isLinked };
      return { proofs: (['password', 'totp', 'passkey', 'oidc'] as const).filter((one) => has[one]) };
    },
  });
}
