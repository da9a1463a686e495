import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Clock } from '../../core/ambient.ts';
import type { Place } from '../../core/caller.ts';
import type { Regions } from '../../core/region.ts';
import type { Accounts } from '../../service/accounts.ts';
import type { Hygiene } from '../../service/hygiene.ts';
import type { FindOwners } from '../../service/owners.ts';
import type { Projects } from '../../service/projects.ts';
import { callerOf, type Api } from './api.ts';
import { idParam } from './schema/fields.ts';
import { hygieneOut, hygieneQuery } from './schema/hygiene.ts';
import { toKeyOut } from './schema/keys.ts';

/** `/projects/{id}/hygiene` and `/accounts/{id}/hygiene`. */
export function hygieneRoutes(
  app: Api,
  deps: {
    hygiene: Hygiene;
    projects: Projects;
    accounts: Accounts;
    findOwners: FindOwners;
    regions: Regions;
    clock: Clock;
  },
): void {
  const { hygiene, projects, accounts, findOwners, regions, clock } = deps;
  const tags = ['Keys'];

  async function report(
    request: Pick<FastifyRequest, 'caller' | 'granted'>,
    place: Place,
    query: z.output<typeof hygieneQuery>,
  ): Promise<z.output<typeof hygieneOut>> {
    const ownOnly = request.granted === 'own' ? { createdBy: callerOf(request).id } : {};
    const { counts, page } = await hygiene.report(place, { ...query, ...ownOnly });
    const owners = await findOwners(page.data.map(({ key }) => key));
    const nowMs = clock();
    return {
      keys: counts.keys,
      counts: counts.findings,
      data: page.data.map(({ key, findings }, at) => ({
        key: toKeyOut(key, owners[at], regions, nowMs),
        findings: [...findings],
      })),
      nextCursor: page.nextCursor,
    };
  }

  app.route({
    method: 'GET',
    url: '/projects/:id/hygiene',
    config: { permission: 'keys.read' },
    schema: {
      tags,
      operationId: 'getHygiene',
      summary: 'Find the keys of a project that should be looked at',
      description: 'How many keys that work have each finding, and a page of those that have one.',
      params: idParam,
      querystring: hygieneQuery,
      response: { 200: hygieneOut },
    },
    handler: async (request) => {
      const { id, accountId } = await projects.get(callerOf(request), request.params.id);
      return report(request, { accountId, projectId: id }, request.query);
    },
  });

  app.route({
    method: 'GET',
    url: '/accounts/:id/hygiene',
    config: { permission: 'accountKeys.read' },
    schema: {
      tags,
      operationId: 'getAccountHygiene',
      summary: 'Find the keys of an account that should be looked at',
      description: 'Those of its projects and its own management keys.',
      params: idParam,
      querystring: hygieneQuery,
      response: { 200: hygieneOut },
    },
    handler: async (request) => {
      const { id } = await accounts.get(callerOf(request), request.params.id);
      return report(request, { accountId: id, projectId: null }, request.query);
    },
  });
}
