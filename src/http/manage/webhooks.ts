import { z } from 'zod';
import type { Accounts } from '../../service/accounts.ts';
import type { Webhooks } from '../../service/webhooks.ts';
import { callerOf, type Api } from './api.ts';
import { idParam, listOf, pageQuery } from './schema/fields.ts';
import {
  deliveryOut,
  toDeliveryOut,
  toWebhookOut,
  toWebhookWithSecretOut,
  webhookChange,
  webhookCreate,
  webhookOut,
  webhookWithSecretOut,
} from './schema/webhooks.ts';

/** `/accounts/{id}/webhooks` and `/webhooks/{id}`. */
export function webhookRoutes(app: Api, { webhooks, accounts }: { webhooks: Webhooks; accounts: Accounts }): void {
  const tags = ['Webhooks'];

  app.route({
    method: 'POST',
    url: '/accounts/:id/webhooks',
    config: { permission: 'webhooks.manage' },
    schema: {
      tags,
      operationId: 'createWebhook',
      summary: 'Create a webhook',
      description:
        'Notices of the account, its projects and its keys are posted to it, signed as Standard Webhooks says, until it answers 2xx. The answer is the only one that has the secret.',
      params: idParam,
      body: webhookCreate,
      response: { 201: webhookWithSecretOut },
    },
    handler: async (request, reply) => {
      const account = await accounts.get(callerOf(request), request.params.id);
      return reply.code(201).send(toWebhookWithSecretOut(await webhooks.create(account.id, request.body)));
    },
  });

  app.route({
    method: 'GET',
    url: '/accounts/:id/webhooks',
    config: { permission: 'webhooks.read' },
    schema: {
      tags,
      operationId: 'listWebhooks',
      summary: 'List the webhooks of an account',
      params: idParam,
      querystring: z.strictObject(pageQuery),
      response: { 200: listOf(webhookOut, 'Webhooks, newest first.') },
    },
    handler: async (request) => {
      const account = await accounts.get(callerOf(request), request.params.id);
      const page = await webhooks.list(account.id, request.query);
      return { ...page, data: page.data.map(toWebhookOut) };
    },
  });

  app.route({
    method: 'GET',
    url: '/webhooks/:id',
    config: { permission: 'webhooks.read' },
    schema: {
      tags,
      operationId: 'getWebhook',
      summary: 'Read a webhook',
      params: idParam,
      response: { 200: webhookOut },
    },
    handler: async (request) => toWebhookOut(await webhooks.get(callerOf(request), request.params.id)),
  });

  app.route({
    method: 'PATCH',
    url: '/webhooks/:id',
    config: { permission: 'webhooks.manage' },
    schema: {
      tags,
      operationId: 'changeWebhook',
      summary: 'Change, pause or resume a webhook',
      description: 'Changes what is given and leaves the rest. What is waiting goes to the new address.',
      params: idParam,
      body: webhookChange,
      response: { 200: webhookOut },
    },
    handler: async (request) => toWebhookOut(await webhooks.change(callerOf(request), request.params.id, request.body)),
  });

  app.route({
    method: 'DELETE',
    url: '/webhooks/:id',
    config: { permission: 'webhooks.manage' },
    schema: {
      tags,
      operationId: 'deleteWebhook',
      summary: 'Delete a webhook',
      description: 'With its deliveries, those that are waiting included.',
      params: idParam,
      response: { 204: z.undefined().describe('Deleted.') },
    },
    handler: async (request, reply) => {
      await webhooks.remove(callerOf(request), request.params.id);
      return reply.code(204).send(undefined);
    },
  });

  app.route({
    method: 'POST',
    url: '/webhooks/:id/rotate-secret',
    config: { permission: 'webhooks.manage' },
    schema: {
      tags,
      operationId: 'rotateWebhookSecret',
      summary: 'Rotate the secret of a webhook',
      description:
        'Makes a new secret, shown in this answer only. For 24 hours messages are signed under both, so that the receiver can change over without losing any.',
      params: idParam,
      response: { 200: webhookWithSecretOut },
    },
    handler: async (request) =>
      toWebhookWithSecretOut(await webhooks.rotateSecret(callerOf(request), request.params.id)),
  });

  app.route({
    method: 'POST',
    url: '/webhooks/:id/test',
    config: { permission: 'webhooks.manage' },
    schema: {
      tags,
      operationId: 'testWebhook',
      summary: 'Test a webhook',
      description:
        'Sends a signed message of type `webhook.test` now, once, and tells how it went. Also while it is paused.',
      params: idParam,
      response: { 200: deliveryOut },
    },
    handler: async (request) => toDeliveryOut(await webhooks.test(callerOf(request), request.params.id)),
  });

  app.route({
    method: 'GET',
    url: '/webhooks/:id/deliveries',
    config: { permission: 'webhooks.read' },
    schema: {
      tags,
      operationId: 'listWebhookDeliveries',
      summary: 'List the deliveries of a webhook',
      description: 'What was sent, what is waiting, and every attempt. Kept for 30 days.',
      params: idParam,
      querystring: z.strictObject(pageQuery),
      response: { 200: listOf(deliveryOut, 'Deliveries, newest first.') },
    },
    handler: async (request) => {
      const page = await webhooks.deliveries(callerOf(request), request.params.id, request.query);
      return { ...page, data: page.data.map(toDeliveryOut) };
    },
  });
}
