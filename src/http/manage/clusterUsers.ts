import { z } from 'zod';
import type { Clock } from '../../core/ambient.ts';
import type { ClusterUsers } from '../../service/clusterUsers.ts';
import { callerOf, type Api } from './api.ts';
import {
  clusterUserBodies,
  clusterUserOut,
  clusterUserParams,
  clusterUserWithPasswordOut,
  toClusterUserOut,
  toClusterUserWithPasswordOut,
} from './schema/clusterUsers.ts';
import { idParam, listOf, pageQuery } from './schema/fields.ts';

/** `/services/{id}/users`: user names and passwords of a service. */
export function clusterUserRoutes(app: Api, { users, clock }: { users: ClusterUsers; clock: Clock }): void {
  const tags = ['Services'];
  const bodies = clusterUserBodies(clock);

  app.route({
    method: 'POST',
    url: '/services/:id/users',
    config: { permission: 'clusterUsers.manage' },
    schema: {
      tags,
      operationId: 'createClusterUser',
      summary: 'Create a user of a service',
      description:
        'A user name and password that open this service and nothing else: `Authorization: Basic`, or `Bearer user:password`.',
      params: idParam,
      body: bodies.create,
      response: { 201: clusterUserWithPasswordOut },
    },
    handler: async (request, reply) => {
      const { expiresAt = null, ipAllow = [], ipDeny = [], ...draft } = request.body;
      const whole = { ...draft, expiresAtMs: expiresAt, ipAllow, ipDeny };
      const made = await users.create(callerOf(request), request.params.id, whole);
      return reply.code(201).send(toClusterUserWithPasswordOut(made, clock()));
    },
  });

  app.route({
    method: 'GET',
    url: '/services/:id/users',
    config: { permission: 'clusterUsers.read' },
    schema: {
      tags,
      operationId: 'listClusterUsers',
      summary: 'List the users of a service',
      params: idParam,
      querystring: z.strictObject(pageQuery),
      response: { 200: listOf(clusterUserOut, 'Users, newest first.') },
    },
    handler: async (request) => {
      const page = await users.list(callerOf(request), request.params.id, request.query);
      return { ...page, data: page.data.map((user) => toClusterUserOut(user, clock())) };
    },
  });

  app.route({
    method: 'GET',
    url: '/services/:id/users/:userId',
    config: { permission: 'clusterUsers.read' },
    schema: {
      tags,
      operationId: 'getClusterUser',
      summary: 'Read a user of a service',
      params: clusterUserParams,
      response: { 200: clusterUserOut },
    },
    handler: async (request) => {
      const { id, userId } = request.params;
      return toClusterUserOut(await users.get(callerOf(request), id, userId), clock());
    },
  });

  app.route({
    method: 'PATCH',
    url: '/services/:id/users/:userId',
    config: { permission: 'clusterUsers.manage' },
    schema: {
      tags,
      operationId: 'changeClusterUser',
      summary: 'Change a user of a service',
      description: 'Changes what is given and leaves the rest; acts on the user’s next request.',
      params: clusterUserParams,
      body: bodies.change,
      response: { 200: clusterUserOut },
    },
    handler: async (request) => {
      const { id, userId } = request.params;
      const { expiresAt, ...change } = request.body;
      const whole = expiresAt === undefined ? change : { ...change, expiresAtMs: expiresAt };
      return toClusterUserOut(await users.change(callerOf(request), id, userId, whole), clock());
    },
  });

  for (const [verb, status, operationId] of [
    ['disable', 'disabled', 'disableClusterUser'],
    ['enable', 'active', 'enableClusterUser'],
  ] as const) {
    app.route({
      method: 'POST',
      url: `/services/:id/users/:userId/${verb}`,
      config: { permission: 'clusterUsers.manage' },
      schema: {
        tags,
        operationId,
        summary: `${verb === 'disable' ? 'Disable' : 'Enable'} a user of a service`,
        description: 'Acts on the user’s next request.',
        params: clusterUserParams,
        response: { 200: clusterUserOut },
      },
      handler: async (request) => {
        const { id, userId } = request.params;
        return toClusterUserOut(await users.change(callerOf(request), id, userId, { status }), clock());
      },
    });
  }

  app.route({
    method: 'POST',
    url: '/services/:id/users/:userId/reset-password',
    config: { permission: 'clusterUsers.manage' },
    schema: {
      tags,
      operationId: 'resetClusterUserPassword',
      summary: 'Give a user of a service a new password',
      description: 'The old one ends with this answer; calls under way that were made with it are cut.',
      params: clusterUserParams,
      body: bodies.reset,
      response: { 200: clusterUserWithPasswordOut },
    },
    handler: async (request) => {
      const { id, userId } = request.params;
      const reset = await users.resetPassword(callerOf(request), id, userId, request.body.password);
      return toClusterUserWithPasswordOut(reset, clock());
    },
  });

  app.route({
    method: 'DELETE',
    url: '/services/:id/users/:userId',
    config: { permission: 'clusterUsers.manage' },
    schema: {
      tags,
      operationId: 'deleteClusterUser',
      summary: 'Delete a user of a service',
      params: clusterUserParams,
      response: { 204: z.undefined().describe('Deleted.') },
    },
    handler: async (request, reply) => {
      const { id, userId } = request.params;
      await users.remove(callerOf(request), id, userId);
      return reply.code(204).send(undefined);
    },
  });
}
