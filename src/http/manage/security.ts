import { notFound, invalidField } from '../../core/fault.ts';
import type { PolicyStore } from '../../core/policy.ts';
import type { Keyring } from '../../service/keyring.ts';
import { z } from 'zod';
import type { Api } from './api.ts';
import { idParam } from './schema/fields.ts';
import { toRulesOut } from './schema/keyRules.ts';
import { securityChange, securityOut } from './schema/members.ts';

/** `/projects/{id}/security`, and `/security`, which asks to choose a project. */
export function securityRoutes(
  app: Api,
  {
    policies,
    keyring,
  }: { policies: Pick<PolicyStore, 'ofProject' | 'setProject'>; keyring: Pick<Keyring, 'evictAll'> },
): void {
  const tags = ['Projects'];
  const out = async (projectId: string, policy: Awaited<ReturnType<PolicyStore['ofProject']>>) => {
    if (!policy) throw notFound('project', projectId);
    const { memberAccess, ipAllow, ipDeny } = policy;
    return { projectId, memberAccess, ipAllow: [...ipAllow], ipDeny: [...ipDeny], ...toRulesOut(policy) };
  };

  app.route({
    method: 'GET',
    url: '/projects/:id/security',
    config: { permission: 'security.read' },
    schema: {
      tags,
      operationId: 'getSecurity',
      summary: 'Read the security settings of a project',
      params: idParam,
      response: { 200: securityOut },
    },
    handler: async ({ params: { id } }) => out(id, await policies.ofProject(id)),
  });

  app.route({
    method: 'PATCH',
    url: '/projects/:id/security',
    config: { permission: 'security.change', stepUp: true },
    schema: {
      tags,
      operationId: 'changeSecurity',
      summary: 'Change the security settings of a project',
      description:
        '`memberAccess` binds the project’s members from their next request on, and never its admins; keys keep working, whoever may see them. The lists of addresses count for every key and cluster user of the project from its next request on, on top of its own: both must pass. What is asked of keys counts on top of what the account asks.',
      params: idParam,
      body: securityChange,
      response: { 200: securityOut },
    },
    handler: async ({ params: { id }, body }) => {
      const changed = await policies.setProject(id, body);
      // Keys in memory hold the lists of their project.
      if (body.ipAllow ?? body.ipDeny) keyring.evictAll();
      return out(id, changed);
    },
  });

  for (const [method, operationId, summary] of [
    ['GET', 'getSecurityOfNone', 'Security settings need a project'],
    ['PATCH', 'changeSecurityOfNone', 'Security settings need a project to change them'],
  ] as const) {
    app.route({
      method,
      url: '/security',
      config: { permission: 'projects.list' },
      schema: {
        tags,
        operationId,
        summary,
        description: 'Always 400: these settings are of one project. Choose it, at `/projects/{id}/security`.',
        ...(method === 'PATCH' && { body: securityChange }),
        response: { 200: z.undefined().describe('Never.') },
      },
      handler: async () => {
        throw invalidField('', 'These settings are of one project. Choose it: /api/v1/projects/{id}/security.');
      },
    });
  }
}
