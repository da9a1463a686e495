import { z } from 'zod';
import { isOperator } from '../../core/caller.ts';
import type { Projects } from '../../service/projects.ts';
import type { Services } from '../../service/services.ts';
import { callerOf, type Api } from './api.ts';
import { serviceChange, serviceCreate, serviceOut, toServiceOut } from './schema/services.ts';
import { idParam, listOf, pageQuery } from './schema/fields.ts';

/** `/projects/{id}/services` and `/services/{id}`. */
export function serviceRoutes(app: Api, { services, projects }: { services: Services; projects: Projects }): void {
  const tags = ['Services'];

  app.route({
    method: 'POST',
    url: '/projects/:id/services',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'createService',
      summary: 'Create a service',
      description:
        'Puts an HTTP service (a database, an application) behind the project’s keys, at `/services/<name>/…` or through a proxy that asks Keyward.',
      params: idParam,
      body: serviceCreate,
      response: { 201: serviceOut },
    },
    handler: async (request, reply) => {
      const project = await projects.get(callerOf(request), request.params.id);
      return reply.code(201).send(toServiceOut(await services.create(project, request.body), true));
    },
  });

  app.route({
    method: 'GET',
    url: '/projects/:id/services',
    config: { permission: 'services.read' },
    schema: {
      tags,
      operationId: 'listServices',
      summary: 'List the services of a project',
      params: idParam,
      querystring: z.strictObject(pageQuery),
      response: { 200: listOf(serviceOut, 'Services, newest first.') },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const page = services.list(await projects.get(caller, request.params.id), request.query);
      return { ...page, data: page.data.map((service) => toServiceOut(service, isOperator(caller))) };
    },
  });

  app.route({
    method: 'GET',
    url: '/services/:id',
    config: { permission: 'services.read' },
    schema: {
      tags,
      operationId: 'getService',
      summary: 'Read a service',
      params: idParam,
      response: { 200: serviceOut },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      return toServiceOut(services.get(caller, request.params.id), isOperator(caller));
    },
  });

  app.route({
    method: 'PATCH',
    url: '/services/:id',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'changeService',
      summary: 'Change a service',
      description: 'Changes what is given and leaves the rest. A new name changes its address.',
      params: idParam,
      body: serviceChange,
      response: { 200: serviceOut },
    },
    handler: async (request) => toServiceOut(await services.change(request.params.id, request.body), true),
  });

  app.route({
    method: 'DELETE',
    url: '/services/:id',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'deleteService',
      summary: 'Delete a service',
      params: idParam,
      response: { 204: z.undefined().describe('Deleted.') },
    },
    handler: async (request, reply) => {
      await services.remove(request.params.id);
      return reply.code(204).send(undefined);
    },
  });
}
