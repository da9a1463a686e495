import type { Clock } from '../../core/ambient.ts';
import type { Regions } from '../../core/region.ts';
import type { FindOwners } from '../../service/owners.ts';
import type { TemporaryKeys } from '../../service/temporaryKeys.ts';
import { callerOf, type Api } from './api.ts';
import { idempotencyToken } from './idempotency.ts';
import { idParam } from './schema/fields.ts';
import { createdKeyOut, keyBodies, toKeyOut } from './schema/keys.ts';

/** `POST /keys/{id}/temporary-keys`; what is done with a temporary key afterwards is done as with others. */
export function temporaryKeyRoutes(
  app: Api,
  deps: { temporaryKeys: TemporaryKeys; findOwners: FindOwners; regions: Regions; clock: Clock },
): void {
  const { temporaryKeys, findOwners, regions, clock } = deps;
  app.route({
    method: 'POST',
    url: '/keys/:id/temporary-keys',
    config: { permission: 'temporaryKeys.create', self: true },
    schema: {
      tags: ['Keys'],
      operationId: 'createTemporaryKey',
      summary: 'Make a temporary key from a key',
      description:
        'For a contractor, a script or a short event: a key that ends by itself, after `ttlSeconds`. It opens no more than the key it is made from does at any moment, from no other addresses and for no longer, and its calls count toward that key’s limits; what is done to that key acts on it from the next request on. It makes no other keys, and does not count toward caps. A standard key makes them with its own value too, with nothing else of this API open to it; those end with that value. A key has at most 1,000 at a time. The answer holds the `value`, which is shown this once. With an `Idempotency-Key` the same can be sent again for 24 hours and makes nothing twice; the second answer has `value: null` and the header `idempotency-replayed: true`.',
      params: idParam,
      body: keyBodies(clock).createTemporary,
      response: { 201: createdKeyOut },
    },
    handler: async (request, reply) => {
      const { ttlSeconds, ...draft } = request.body;
      const token = idempotencyToken(request.headers['idempotency-key']);
      const asked = { ...draft, lifeMs: ttlSeconds * 1000 };
      const { key, value } = await temporaryKeys.create(callerOf(request), request.params.id, asked, token);
      if (value === null) void reply.header('idempotency-replayed', 'true');
      const [owner] = await findOwners([key]);
      return reply.code(201).send({ ...toKeyOut(key, owner, regions, clock()), value });
    },
  });
}
