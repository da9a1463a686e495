import type { Accounts } from '../../service/accounts.ts';
import type { Projects } from '../../service/projects.ts';
import type { Quotas } from '../../service/quotas.ts';
import { callerOf, type Api } from './api.ts';
import { idParam, listOf } from './schema/fields.ts';
import {
  accountQuotaChange,
  accountQuotaOut,
  projectQuotaChange,
  projectQuotaOut,
  quotaApproval,
  quotaRejection,
  quotaRequestCreate,
  quotaRequestOut,
  quotaRequestQuery,
  toQuotaRequestOut,
} from './schema/members.ts';

/** `/accounts/{id}/quota`, `/projects/{id}/quota`, `/accounts/{id}/quota-requests` and `/quota-requests/{id}`. */
export function quotaRoutes(
  app: Api,
  deps: { quotas: Quotas; accounts: Pick<Accounts, 'get'>; projects: Pick<Projects, 'get'> },
): void {
  const { quotas, accounts, projects } = deps;
  const tags = ['Quota'];

  app.route({
    method: 'GET',
    url: '/accounts/:id/quota',
    config: { permission: 'accountQuota.read' },
    schema: {
      tags,
      operationId: 'getAccountQuota',
      summary: 'Read how many keys an account may have',
      params: idParam,
      response: { 200: accountQuotaOut },
    },
    handler: async (request) => quotas.ofAccount((await accounts.get(callerOf(request), request.params.id)).id),
  });

  app.route({
    method: 'PATCH',
    url: '/accounts/:id/quota',
    config: { permission: 'accountQuota.set' },
    schema: {
      tags,
      operationId: 'changeAccountQuota',
      summary: 'Change how many keys an account or one of its people may have',
      description: 'Lowered below what there is, it refuses new keys and ends none.',
      params: idParam,
      body: accountQuotaChange,
      response: { 200: accountQuotaOut },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { id } = await accounts.get(caller, request.params.id);
      return quotas.setAccount(caller, id, request.body);
    },
  });

  app.route({
    method: 'GET',
    url: '/projects/:id/quota',
    config: { permission: 'projectQuota.read' },
    schema: {
      tags,
      operationId: 'getProjectQuota',
      summary: 'Read how many keys a project may have',
      params: idParam,
      response: { 200: projectQuotaOut },
    },
    handler: async (request) => quotas.ofProject(await projects.get(callerOf(request), request.params.id)),
  });

  app.route({
    method: 'PATCH',
    url: '/projects/:id/quota',
    config: { permission: 'projectQuota.set' },
    schema: {
      tags,
      operationId: 'changeProjectQuota',
      summary: 'Change how many keys a project may have',
      description: 'Lowered below what there is, it refuses new keys and ends none.',
      params: idParam,
      body: projectQuotaChange,
      response: { 200: projectQuotaOut },
    },
    handler: async (request) =>
      quotas.setProject(await projects.get(callerOf(request), request.params.id), request.body.keyCap),
  });

  app.route({
    method: 'POST',
    url: '/accounts/:id/quota-requests',
    config: { permission: 'quotaRequests.create' },
    schema: {
      tags,
      operationId: 'createQuotaRequest',
      summary: 'Ask for more keys',
      description: 'The operator decides. One request of an account at a time.',
      params: idParam,
      body: quotaRequestCreate,
      response: { 201: quotaRequestOut },
    },
    handler: async (request, reply) => {
      const made = await quotas.ask(callerOf(request), request.params.id, request.body);
      return reply.code(201).send(toQuotaRequestOut(made));
    },
  });

  app.route({
    method: 'GET',
    url: '/accounts/:id/quota-requests',
    config: { permission: 'quotaRequests.read' },
    schema: {
      tags,
      operationId: 'listAccountQuotaRequests',
      summary: 'List the quota requests of an account',
      params: idParam,
      querystring: quotaRequestQuery,
      response: { 200: listOf(quotaRequestOut, 'Requests, newest first; to plain members their own.') },
    },
    handler: async (request) => {
      const page = await quotas.list({
        ...request.query,
        accountId: request.params.id,
        ...(request.granted === 'own' && { askedBy: callerOf(request).id }),
      });
      return { ...page, data: page.data.map(toQuotaRequestOut) };
    },
  });

  app.route({
    method: 'GET',
    url: '/quota-requests',
    config: { permission: 'quotaRequests.decide' },
    schema: {
      tags,
      operationId: 'listQuotaRequests',
      summary: 'List the quota requests of all accounts',
      querystring: quotaRequestQuery,
      response: { 200: listOf(quotaRequestOut, 'Requests, newest first.') },
    },
    handler: async (request) => {
      const page = await quotas.list({ ...request.query, accountId: null });
      return { ...page, data: page.data.map(toQuotaRequestOut) };
    },
  });

  app.route({
    method: 'GET',
    url: '/quota-requests/:id',
    config: { permission: 'quotaRequests.read' },
    schema: {
      tags,
      operationId: 'getQuotaRequest',
      summary: 'Read a quota request',
      params: idParam,
      response: { 200: quotaRequestOut },
    },
    handler: async (request) => toQuotaRequestOut(await quotas.get(request.params.id)),
  });

  app.route({
    method: 'POST',
    url: '/quota-requests/:id/withdraw',
    config: { permission: 'quotaRequests.withdraw' },
    schema: {
      tags,
      operationId: 'withdrawQuotaRequest',
      summary: 'Withdraw a quota request',
      description: 'By who asked, while it is pending.',
      params: idParam,
      response: { 200: quotaRequestOut },
    },
    handler: async (request) => toQuotaRequestOut(await quotas.withdraw(callerOf(request), request.params.id)),
  });

  app.route({
    method: 'POST',
    url: '/quota-requests/:id/approve',
    config: { permission: 'quotaRequests.decide' },
    schema: {
      tags,
      operationId: 'approveQuotaRequest',
      summary: 'Approve a quota request',
      description: 'Raises the account’s cap at once. A cap that is higher already stays.',
      params: idParam,
      body: quotaApproval,
      response: { 200: quotaRequestOut },
    },
    handler: async (request) => {
      const { note = '', ...decision } = request.body;
      return toQuotaRequestOut(await quotas.approve(callerOf(request), request.params.id, { ...decision, note }));
    },
  });

  app.route({
    method: 'POST',
    url: '/quota-requests/:id/reject',
    config: { permission: 'quotaRequests.decide' },
    schema: {
      tags,
      operationId: 'rejectQuotaRequest',
      summary: 'Reject a quota request',
      params: idParam,
      body: quotaRejection,
      response: { 200: quotaRequestOut },
    },
    handler: async (request) =>
      toQuotaRequestOut(await quotas.reject(callerOf(request), request.params.id, request.body.note)),
  });
}
