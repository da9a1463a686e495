import type { Leaks } from '../../service/leaks.ts';
import { callerOf, type Api } from './api.ts';
import { idParam, listOf } from './schema/fields.ts';
import {
  leakChange,
  leakClose,
  leakCreate,
  leakListQuery,
  leakOut,
  suspectUseOut,
  toLeakOut,
  toSuspectUseOut,
} from './schema/leaks.ts';

/** `/keys/{id}/leak-reports` and `/leak-reports`. */
export function leakRoutes(app: Api, { leaks }: { leaks: Leaks }): void {
  const tags = ['Leaks'];

  app.route({
    method: 'POST',
    url: '/keys/:id/leak-reports',
    config: { permission: 'leaks.manage' },
    schema: {
      tags,
      operationId: 'reportLeak',
      summary: 'Say that a key has leaked',
      description:
        'Disables the key at once and opens a report that leads through the rest: its use, what takes its place, where it got out. A key has one open report: with one already, that is answered (200).',
      params: idParam,
      body: leakCreate,
      response: { 200: leakOut.describe('There was one, and the key is disabled.'), 201: leakOut },
    },
    handler: async (request, reply) => {
      const { since, foundAt } = request.body;
      const { isNew, ...view } = await leaks.open(callerOf(request), request.params.id, {
        ...(since !== undefined && { sinceMs: since }),
        ...(foundAt !== undefined && { foundAt }),
      });
      return reply.code(isNew ? 201 : 200).send(toLeakOut(view));
    },
  });

  app.route({
    method: 'GET',
    url: '/leak-reports',
    config: { permission: 'leaks.read' },
    schema: {
      tags,
      operationId: 'listLeakReports',
      summary: 'List leak reports',
      description: 'Of all that the caller reaches, or of the project or key named.',
      querystring: leakListQuery,
      response: { 200: listOf(leakOut, 'Reports, newest first.') },
    },
    handler: async (request) => {
      const { accountId = null, projectId = null, keyId = null, ...query } = request.query;
      const page = await leaks.list(callerOf(request), { accountId, projectId, keyId }, query);
      return { ...page, data: page.data.map(toLeakOut) };
    },
  });

  app.route({
    method: 'GET',
    url: '/leak-reports/:id',
    config: { permission: 'leaks.read' },
    schema: {
      tags,
      operationId: 'getLeakReport',
      summary: 'Read a leak report',
      params: idParam,
      response: { 200: leakOut },
    },
    handler: async (request) => toLeakOut(await leaks.get(request.params.id)),
  });

  app.route({
    method: 'GET',
    url: '/leak-reports/:id/use',
    config: { permission: 'leaks.read' },
    schema: {
      tags,
      operationId: 'getSuspectUse',
      summary: 'See how a leaked key was used',
      description:
        'Sums of the ledger since its use is suspect, in all and by address, model, status and day. `/requests?keyId=` lists the calls one by one, `/denials?keyId=` what was refused.',
      params: idParam,
      response: { 200: suspectUseOut },
    },
    handler: async (request) => toSuspectUseOut(await leaks.use(request.params.id)),
  });

  app.route({
    method: 'PATCH',
    url: '/leak-reports/:id',
    config: { permission: 'leaks.manage' },
    schema: {
      tags,
      operationId: 'changeLeakReport',
      summary: 'Note what was done about a leak',
      description:
        'Changes what is given and leaves the rest. A new value of the key counts as its replacement by itself.',
      params: idParam,
      body: leakChange,
      response: { 200: leakOut },
    },
    handler: async (request) => {
      const { places, ...rest } = request.body;
      return toLeakOut(
        await leaks.change(callerOf(request), request.params.id, { ...rest, ...(places && { places }) }),
      );
    },
  });

  app.route({
    method: 'POST',
    url: '/leak-reports/:id/close',
    config: { permission: 'leaks.manage' },
    schema: {
      tags,
      operationId: 'closeLeakReport',
      summary: 'Close a leak report',
      description:
        'When every step is done, or with a `reason`; else 409 with what is left. A closed report stays as it is.',
      params: idParam,
      body: leakClose,
      response: { 200: leakOut },
    },
    handler: async (request) =>
      toLeakOut(await leaks.close(callerOf(request), request.params.id, request.body.reason ?? null)),
  });
}
