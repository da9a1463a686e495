import { z } from 'zod';
import type { Project } from '../../core/account.ts';
import type { Clock } from '../../core/ports.ts';
import type { Projects } from '../../service/projects.ts';
import type { Limits } from '../../service/limits.ts';
import { callerOf, type Api } from './api.ts';
import { projectChange, projectCreate, projectDetailsOut, projectOut, toProjectOut } from './schema/projects.ts';
import { idParam, listOf, pageQuery } from './schema/fields.ts';
import { toLimitOut } from './schema/limits.ts';

/** `/projects`. */
export function projectRoutes(
  app: Api,
  deps: { projects: Projects; limits: Pick<Limits, 'standing'>; clock: Clock },
): void {
  const { projects, limits, clock } = deps;
  const tags = ['Projects'];

  async function details(project: Project): Promise<z.output<typeof projectDetailsOut>> {
    const views = await limits.standing({ type: 'project', id: project.id });
    return { ...toProjectOut(project), limits: views.map((view) => toLimitOut(view, clock())) };
  }

  app.route({
    method: 'POST',
    url: '/projects',
    config: { permission: 'projects.create' },
    schema: {
      tags,
      operationId: 'createProject',
      summary: 'Create a project',
      description: 'A project keeps its keys, endpoints and services apart from those of other projects.',
      body: projectCreate,
      response: { 201: projectOut },
    },
    handler: async (request, reply) => {
      const { name, accountId } = request.body;
      return reply.code(201).send(toProjectOut(await projects.create(callerOf(request), { name, accountId })));
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
