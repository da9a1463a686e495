import { z } from 'zod';
import { isOperator } from '../../core/caller.ts';
import type { Endpoints } from '../../service/endpoints.ts';
import type { Projects } from '../../service/projects.ts';
import { callerOf, type Api } from './api.ts';
import { endpointChange, endpointCreate, endpointOut, toEndpointOut } from './schema/endpoints.ts';
import { idParam, listOf, pageQuery } from './schema/fields.ts';

/** `/projects/{id}/endpoints` and `/endpoints/{id}`. */
export function endpointRoutes(app: Api, { endpoints, projects }: { endpoints: Endpoints; projects: Projects }): void {
  const tags = ['Endpoints'];

  app.route({
    method: 'POST',
    url: '/projects/:id/endpoints',
    config: { permission: 'endpoints.manage' },
    schema: {
      tags,
      operationId: 'createEndpoint',
      summary: 'Create an endpoint',
      description:
        'A project’s own name for a model: requests name the `ep-…` id as their model. Its model can be exchanged later without a change to any application.',
      params: idParam,
      body: endpointCreate,
      response: { 201: endpointOut },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const project = await projects.get(caller, request.params.id);
      const made = await endpoints.create(caller, project, request.body);
      return reply.code(201).send(toEndpointOut(made, isOperator(caller)));
    },
  });

  app.route({
    method: 'GET',
    url: '/projects/:id/endpoints',
    config: { permission: 'endpoints.read' },
    schema: {
      tags,
      operationId: 'listEndpoints',
      summary: 'List the endpoints of a project',
      params: idParam,
      querystring: z.strictObject(pageQuery),
      response: { 200: listOf(endpointOut, 'Endpoints, newest first.') },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const page = endpoints.list(await projects.get(caller, request.params.id), request.query);
      return { ...page, data: page.data.map((endpoint) => toEndpointOut(endpoint, isOperator(caller))) };
    },
  });

  app.route({
    method: 'GET',
    url: '/endpoints/:id',
    config: { permission: 'endpoints.read' },
    schema: {
      tags,
      operationId: 'getEndpoint',
      summary: 'Read an endpoint',
      params: idParam,
      response: { 200: endpointOut },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      return toEndpointOut(endpoints.get(caller, request.params.id), isOperator(caller));
    },
  });

  app.route({
    method: 'PATCH',
    url: '/endpoints/:id',
    config: { permission: 'endpoints.manage' },
    schema: {
      tags,
      operationId: 'changeEndpoint',
      summary: 'Change an endpoint',
      description: 'Changes what is given and leaves the rest; acts on the next request.',
      params: idParam,
      body: endpointChange,
      response: { 200: endpointOut },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      return toEndpointOut(await endpoints.change(caller, request.params.id, request.body), isOperator(caller));
    },
  });

  app.route({
    method: 'DELETE',
    url: '/endpoints/:id',
    config: { permission: 'endpoints.manage' },
    schema: {
      tags,
      operationId: 'deleteEndpoint',
      summary: 'Delete an endpoint',
      description: 'Requests that name it get 404 from the next one on.',
      params: idParam,
      response: { 204: z.undefined().describe('Deleted.') },
    },
    handler: async (request, reply) => {
      await endpoints.remove(callerOf(request), request.params.id);
      return reply.code(204).send(undefined);
    },
  });
}
