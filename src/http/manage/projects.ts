import { z } from 'zod';
import type { Project } from '../../core/account.ts';
import type { Clock } from '../../core/ambient.ts';
import type { Regions } from '../../core/region.ts';
import type { CreatedKey } from '../../service/creation.ts';
import type { Limits } from '../../service/limits.ts';
import type { FindOwners } from '../../service/owners.ts';
import type { Projects } from '../../service/projects.ts';
import { callerOf, type Api } from './api.ts';
import { idempotencyToken } from './idempotency.ts';
import { idParam, listOf, pageQuery } from './schema/fields.ts';
import { toKeyOut, type createdKeyOut } from './schema/keys.ts';
import { toLimitOut } from './schema/limits.ts';
import {
  createdProjectOut,
  projectChange,
  projectCreate,
  projectDetailsOut,
  projectOut,
  toProjectOut,
} from './schema/projects.ts';

/** `/projects`. */
export function projectRoutes(
  app: Api,
  deps: {
    projects: Projects;
    limits: Pick<Limits, 'standing'>;
    findOwners: FindOwners;
    regions: Regions;
    clock: Clock;
  },
): void {
  const { projects, limits, findOwners, regions, clock } = deps;
  const tags = ['Projects'];

  async function details(project: Project): Promise<z.output<typeof projectDetailsOut>> {
    const views = await limits.standing({ type: 'project', id: project.id });
    return { ...toProjectOut(project), limits: views.map((view) => toLimitOut(view, clock())) };
  }

  async function createdKey(made: CreatedKey | null): Promise<z.output<typeof createdKeyOut> | null> {
    if (made === null) return null;
    const [owner] = await findOwners([made.key]);
    return { ...toKeyOut(made.key, owner, regions, clock()), value: made.value };
  }

  app.route({
    method: 'POST',
    url: '/projects',
    config: { permission: 'projects.create' },
    schema: {
      tags,
      operationId: 'createProject',
      summary: 'Create a project',
      description:
        'A project keeps its keys, endpoints and services apart from those of other projects. It comes with a default key that opens everything in it; the answer holds its `value`, which is shown this once. The key counts toward caps: where there is no room for it nothing is made (409 `quota_exceeded`), unless `defaultKey` is `false`. With an `Idempotency-Key` the same can be sent again for 24 hours and makes nothing twice; the second answer has `value: null` and the header `idempotency-replayed: true`.',
      body: projectCreate,
      response: { 201: createdProjectOut },
    },
    handler: async (request, reply) => {
      const { name, accountId, defaultKey } = request.body;
      const token = idempotencyToken(request.headers['idempotency-key']);
      const made = await projects.create(callerOf(request), { name, accountId, defaultKey }, token);
      if (made.isReplay) void reply.header('idempotency-replayed', 'true');
      return reply.code(201).send({ ...toProjectOut(made.project), defaultKey: await createdKey(made.defaultKey) });
    },
  });

  app.route({
    method: 'GET',
    url: '/projects',
    config: { permission: 'projects.list' },
    schema: {
      tags,
      operationId: 'listProjects',
      summary: 'List projects',
      description: 'Those the caller reaches.',
      querystring: z.strictObject({ accountId: z.string().exactOptional(), ...pageQuery }),
      response: { 200: listOf(projectOut, 'Projects, newest first.') },
    },
    handler: async (request) => {
      const { accountId = null, ...query } = request.query;
      const page = await projects.list(callerOf(request), accountId, query);
      return { ...page, data: page.data.map(toProjectOut) };
    },
  });

  app.route({
    method: 'GET',
    url: '/projects/:id',
    config: { permission: 'project.read' },
    schema: {
      tags,
      operationId: 'getProject',
      summary: 'Read a project',
      params: idParam,
      response: { 200: projectDetailsOut },
    },
    handler: async (request) => details(await projects.get(callerOf(request), request.params.id)),
  });

  app.route({
    method: 'PATCH',
    url: '/projects/:id',
    config: { permission: 'project.change' },
    schema: {
      tags,
      operationId: 'changeProject',
      summary: 'Rename a project',
      params: idParam,
      body: projectChange,
      response: { 200: projectDetailsOut },
    },
    handler: async (request) => details(await projects.change(callerOf(request), request.params.id, request.body)),
  });
}
