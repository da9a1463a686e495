import { notFound } from '../../core/fault.ts';
import type { AccountPolicy, PolicyStore } from '../../core/policy.ts';
import type { Shapes } from '../../service/shapes.ts';
import type { z } from 'zod';
import type { Api } from './api.ts';
import { accountSecurityChange, accountSecurityOut } from './schema/accounts.ts';
import { idParam } from './schema/fields.ts';
import { toRulesOut } from './schema/keyRules.ts';

/** `/accounts/{id}/security`. */
export function accountSecurityRoutes(
  app: Api,
  {
    policies,
    shapes,
  }: { policies: Pick<PolicyStore, 'ofAccount' | 'setAccount'>; shapes: Pick<Shapes, 'allowCustom'> },
): void {
  const tags = ['Accounts'];
  const out = (accountId: string, policy: AccountPolicy | undefined): z.output<typeof accountSecurityOut> => {
    if (!policy) throw notFound('account', accountId);
    const { keyReveal, customKeys, stepUp, onLeakReport } = policy;
    return { accountId, keyReveal, customKeys, stepUp, onLeakReport, ...toRulesOut(policy) };
  };

  app.route({
    method: 'GET',
    url: '/accounts/:id/security',
    config: { permission: 'account.read' },
    schema: {
      tags,
      operationId: 'getAccountSecurity',
      summary: 'Read the security settings of an account',
      params: idParam,
      response: { 200: accountSecurityOut },
    },
    handler: async ({ params: { id } }) => out(id, await policies.ofAccount(id)),
  });

  app.route({
    method: 'PATCH',
    url: '/accounts/:id/security',
    config: { permission: 'account.change', stepUp: true },
    schema: {
      tags,
      operationId: 'changeAccountSecurity',
      summary: 'Change the security settings of an account',
      description:
        'People prove first who they are (`stepUp`). `keyReveal` back to `once` forgets every value that was kept, in the same step; to `recoverable` it acts on values made from then on. What is asked of keys (`maxKeyLifetimeDays`, `requireExpiry`, `requireAddresses`, `requireRangeScope`) is asked when they are made, copied, changed in those fields or enabled; keys that break it already are listed by `/accounts/{id}/hygiene` and otherwise left alone.',
      params: idParam,
      body: accountSecurityChange,
      response: { 200: accountSecurityOut },
    },
    handler: async ({ params: { id }, body }) => {
      if (body.customKeys === true) await shapes.allowCustom();
      return out(id, await policies.setAccount(id, body));
    },
  });
}
