import { z } from 'zod';
import type { Account } from '../../core/account.ts';
import type { Clock } from '../../core/ambient.ts';
import type { Caller } from '../../core/caller.ts';
import { decide } from '../../core/role.ts';
import type { Accounts } from '../../service/accounts.ts';
import type { Limits } from '../../service/limits.ts';
import { callerOf, type Api } from './api.ts';
import { accountChange, accountCreate, accountDetailsOut, accountOut, toAccountOut } from './schema/accounts.ts';
import { idParam, listOf, pageQuery } from './schema/fields.ts';
import { toLimitOut } from './schema/limits.ts';

/** `/accounts`. */
export function accountRoutes(
  app: Api,
  deps: { accounts: Accounts; limits: Pick<Limits, 'standing'>; clock: Clock },
): void {
  const { accounts, limits, clock } = deps;
  const tags = ['Accounts'];

  async function details(caller: Caller, account: Account): Promise<z.output<typeof accountDetailsOut>> {
    const place = { accountId: account.id, projectId: null };
    if (decide(caller, 'accountLimits.read', place) !== 'allowed') return toAccountOut(account);
    const views = await limits.standing({ type: 'account', id: account.id });
    return { ...toAccountOut(account), limits: views.map((view) => toLimitOut(view, clock())) };
  }

  app.route({
    method: 'POST',
    url: '/accounts',
    config: { permission: 'platform.manage' },
    schema: {
      tags,
      operationId: 'createAccount',
      summary: 'Create an account',
      description: 'An account is a tenant: what it has, no other account sees.',
      body: accountCreate,
      response: { 201: accountOut },
    },
    handler: async (request, reply) => reply.code(201).send(toAccountOut(await accounts.create(request.body))),
  });

  app.route({
    method: 'GET',
    url: '/accounts',
    config: { permission: 'accounts.list' },
    schema: {
      tags,
      operationId: 'listAccounts',
      summary: 'List accounts',
      description: 'Every account to the operator, to others their own.',
      querystring: z.strictObject(pageQuery),
      response: { 200: listOf(accountOut, 'Accounts, newest first.') },
    },
    handler: async (request) => {
      const page = await accounts.list(callerOf(request), request.query);
      return { ...page, data: page.data.map(toAccountOut) };
    },
  });

  app.route({
    method: 'GET',
    url: '/accounts/:id',
    config: { permission: 'account.read' },
    schema: {
      tags,
      operationId: 'getAccount',
      summary: 'Read an account',
      params: idParam,
      response: { 200: accountDetailsOut },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      return details(caller, await accounts.get(caller, request.params.id));
    },
  });

  app.route({
    method: 'PATCH',
    url: '/accounts/:id',
    config: { permission: 'account.change' },
    schema: {
      tags,
      operationId: 'changeAccount',
      summary: 'Change an account',
      description:
        'Only the operator changes `status` and `defaultGroupId`. `suspended` refuses every key of the account from the next request on; nothing else of it changes.',
      params: idParam,
      body: accountChange,
      response: { 200: accountDetailsOut },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      return details(caller, await accounts.change(caller, request.params.id, request.body));
    },
  });
}
