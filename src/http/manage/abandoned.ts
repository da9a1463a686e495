import { z } from 'zod';
import type { Abandoned, DecidedCall } from '../../service/abandoned.ts';
import { callerOf, type Api } from './api.ts';
import { adjustBody, waiveBody } from './schema/abandoned.ts';
import { idParam, listOf, momentOut, pageQuery, toMoment } from './schema/fields.ts';
import { requestOut, toRequestOut } from './schema/usage.ts';

const abandonedOut = requestOut
  .extend({ abandonedAt: momentOut.describe('When it was noticed.') })
  .meta({ id: 'AbandonedRequest', description: 'A request whose node died before it ended.' });

const CHARGE =
  'Once for each request, with a note that says why; it is recorded with who and when, and shown with the request. What its limits count is corrected at once; that it was a request is not.';

/** `/requests/abandoned`, `/requests/{id}/waive` and `/requests/{id}/adjust`. */
export function abandonedRoutes(app: Api, { abandoned }: { abandoned: Abandoned }): void {
  const tags = ['Usage'];

  app.route({
    method: 'GET',
    url: '/requests/abandoned',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'listAbandonedRequests',
      summary: 'List requests whose end nobody saw',
      description:
        'Their node died, or lost touch with the store, before they were settled. They stay charged at what was reserved for them, the most they can have used, until you waive or adjust it. Those decided about are not listed.',
      querystring: z.strictObject({ accountId: z.string().max(100).exactOptional(), limit: pageQuery.limit }),
      response: { 200: listOf(abandonedOut, 'As many as asked for; decide about them to see more.') },
    },
    handler: async (request) => {
      const { accountId = null, limit } = request.query;
      return { data: (await abandoned.list(accountId, limit)).map(out), nextCursor: null };
    },
  });

  app.route({
    method: 'POST',
    url: '/requests/:id/waive',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'waiveRequest',
      summary: 'Charge nothing for an abandoned request',
      description: CHARGE,
      params: idParam,
      body: waiveBody,
      response: { 200: abandonedOut },
    },
    handler: async (request) => out(await abandoned.waive(callerOf(request), request.params.id, request.body.note)),
  });

  app.route({
    method: 'POST',
    url: '/requests/:id/adjust',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'adjustRequest',
      summary: 'Charge something else for an abandoned request',
      description: `What is left out stays as it is charged. ${CHARGE}`,
      params: idParam,
      body: adjustBody,
      response: { 200: abandonedOut },
    },
    handler: async (request) => {
      const { cost, ...body } = request.body;
      const decision = cost === undefined ? body : { ...body, costNano: cost };
      return out(await abandoned.adjust(callerOf(request), request.params.id, decision));
    },
  });
}

function out({ call, adjustment }: DecidedCall): z.output<typeof abandonedOut> {
  return { ...toRequestOut(call.row, adjustment), abandonedAt: toMoment(call.abandonedAtMs) };
}
