import type { ActivityStore } from '../../core/activity.ts';
import type { Keys } from '../../service/keys.ts';
import { callerOf, type Api } from './api.ts';
import { activityOut, toActivityOut } from './schema/activity.ts';
import { idParam } from './schema/fields.ts';

/** `/keys/{id}/activity`. */
export function activityRoutes(
  app: Api,
  { keys, activity }: { keys: Pick<Keys, 'get'>; activity: Pick<ActivityStore, 'ofKey'> },
): void {
  app.route({
    method: 'GET',
    url: '/keys/:id/activity',
    config: { permission: 'usage.read' },
    schema: {
      tags: ['Usage'],
      operationId: 'getKeyActivity',
      summary: 'See how a key has been used of late',
      description:
        'By hour and by address: what notices of the kinds `key.newAddress`, `key.spike` and `key.refusals` are told from.',
      params: idParam,
      response: { 200: activityOut },
    },
    handler: async (request) => {
      const { id } = await keys.get(callerOf(request), request.params.id);
      return toActivityOut(await activity.ofKey(id));
    },
  });
}
