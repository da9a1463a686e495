import { z } from 'zod';
import type { Groups } from '../../service/groups.ts';
import type { Projects } from '../../service/projects.ts';
import { callerOf, type Api } from './api.ts';
import { idParam, listOf, pageQuery } from './schema/fields.ts';
import {
  groupChange,
  groupCreate,
  groupOut,
  openGroupOut,
  toDraft,
  toGroupOut,
  toOpenGroupOut,
} from './schema/groups.ts';

/** `/groups`, and `/projects/{id}/groups` for those who choose one. */
export function groupRoutes(app: Api, { groups, projects }: { groups: Groups; projects: Projects }): void {
  const tags = ['Groups'];

  app.route({
    method: 'POST',
    url: '/groups',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'createGroup',
      summary: 'Create a group',
      description:
        'A tier that keys are put in by their `groupId`: which models they open, of those their project and scope let them call, and at which multiple of their prices. A key in no group opens all of them at their prices.',
      body: groupCreate,
      response: { 201: groupOut },
    },
    handler: async (request, reply) => reply.code(201).send(toGroupOut(await groups.create(toDraft(request.body)))),
  });

  app.route({
    method: 'GET',
    url: '/groups',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'listGroups',
      summary: 'List groups',
      querystring: z.strictObject(pageQuery),
      response: { 200: listOf(groupOut, 'Groups, newest first.') },
    },
    handler: async (request) => {
      const page = groups.list(request.query);
      return { ...page, data: page.data.map(toGroupOut) };
    },
  });

  app.route({
    method: 'GET',
    url: '/groups/:id',
    config: { permission: 'platform.manage' },
    schema: { tags, operationId: 'getGroup', summary: 'Read a group', params: idParam, response: { 200: groupOut } },
    handler: async (request) => toGroupOut(groups.get(request.params.id)),
  });

  app.route({
    method: 'PATCH',
    url: '/groups/:id',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'changeGroup',
      summary: 'Change a group',
      description:
        'Acts on the next call of every key that is in it. Keys that it is open to no more stay in it and open no model until they are put into another group, or into none. What is in the ledger keeps the prices it was charged at.',
      params: idParam,
      body: groupChange,
      response: { 200: groupOut },
    },
    handler: async (request) => toGroupOut(await groups.change(request.params.id, toDraft(request.body))),
  });

  app.route({
    method: 'DELETE',
    url: '/groups/:id',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'deleteGroup',
      summary: 'Delete a group',
      description: 'Refused with 409 while keys are in it, saying how many.',
      params: idParam,
      response: { 204: z.undefined().describe('Deleted.') },
    },
    handler: async (request, reply) => {
      await groups.remove(request.params.id);
      return reply.code(204).send(undefined);
    },
  });

  app.route({
    method: 'GET',
    url: '/projects/:id/groups',
    config: { permission: 'project.read' },
    schema: {
      tags,
      operationId: 'listOpenGroups',
      summary: 'List the groups open to a project',
      description: 'Those that keys of the project may be put in, with what they open there.',
      params: idParam,
      querystring: z.strictObject(pageQuery),
      response: { 200: listOf(openGroupOut, 'Groups, newest first.') },
    },
    handler: async (request) => {
      const project = await projects.get(callerOf(request), request.params.id);
      const page = groups.openIn(project, request.query);
      return { ...page, data: page.data.map(toOpenGroupOut) };
    },
  });
}
