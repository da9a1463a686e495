import { z } from 'zod';
import type { Providers } from '../../service/providers.ts';
import type { Api } from './api.ts';
import { providerChange, providerCreate, providerOut, providerTestOut, toProviderOut } from './schema/providers.ts';
import { idParam, listOf, pageQuery } from './schema/fields.ts';

/** `/providers`. */
export function providerRoutes(app: Api, { providers }: { providers: Providers }): void {
  const tags = ['Providers'];

  app.route({
    method: 'POST',
    url: '/providers',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'createProvider',
      summary: 'Create a provider',
      description:
        'An upstream: a vendor, an own model server, or any HTTP service. Redirects of upstreams are never followed; link-local and cloud metadata addresses are refused unless a setting allows them.',
      body: providerCreate,
      response: { 201: providerOut },
    },
    handler: async (request, reply) => reply.code(201).send(toProviderOut(await providers.create(request.body))),
  });

  app.route({
    method: 'GET',
    url: '/providers',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'listProviders',
      summary: 'List providers',
      querystring: z.strictObject(pageQuery),
      response: { 200: listOf(providerOut, 'Providers, newest first.') },
    },
    handler: async (request) => {
      const page = providers.list(request.query);
      return { ...page, data: page.data.map(toProviderOut) };
    },
  });

  app.route({
    method: 'GET',
    url: '/providers/:id',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'getProvider',
      summary: 'Read a provider',
      params: idParam,
      response: { 200: providerOut },
    },
    handler: async (request) => toProviderOut(providers.get(request.params.id)),
  });

  app.route({
    method: 'PATCH',
    url: '/providers/:id',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'changeProvider',
      summary: 'Change a provider',
      description:
        'Changes what is given and leaves the rest; acts on the next request. `credential: null` removes the credential.',
      params: idParam,
      body: providerChange,
      response: { 200: providerOut },
    },
    handler: async (request) => toProviderOut(await providers.change(request.params.id, request.body)),
  });

  app.route({
    method: 'DELETE',
    url: '/providers/:id',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'deleteProvider',
      summary: 'Delete a provider',
      description: 'Refused with 409 while a model, an endpoint or a service uses it.',
      params: idParam,
      response: { 204: z.undefined().describe('Deleted.') },
    },
    handler: async (request, reply) => {
      await providers.remove(request.params.id);
      return reply.code(204).send(undefined);
    },
  });

  app.route({
    method: 'POST',
    url: '/providers/:id/test',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'testProvider',
      summary: 'Test a provider',
      description:
        'Makes one small call with the stored credential and tells how it went. Costs nothing at the usual vendors.',
      params: idParam,
      response: { 200: providerTestOut },
    },
    handler: async (request) => providers.test(request.params.id),
  });
}
