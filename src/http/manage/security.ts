import { notFound, invalidField } from '../../core/fault.ts';
import type { PolicyStore } from '../../core/policy.ts';
import { z } from 'zod';
import type { Api } from './api.ts';
import { idParam } from './schema/fields.ts';
import { securityChange, securityOut } from './schema/members.ts';

/** `/projects/{id}/security`, and `/security`, which asks to choose a project. */
export function securityRoutes(
  app: Api,
  { policies }: { policies: Pick<PolicyStore, 'ofProject' | 'setProject'> },
): void {
  const tags = ['Projects'];
  const out = async (projectId: string, policy: Awaited<ReturnType<PolicyStore['ofProject']>>) => {
    if (!policy) throw notFound('project', projectId);
    return { projectId, memberAccess: policy.memberAccess };
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
    config: { permission: 'security.change' },
    schema: {
      tags,
      operationId: 'changeSecurity',
      summary: 'Change the security settings of a project',
      description:
        '`memberAccess` binds the project’s members from their next request on, and never its admins. Keys keep working, whoever may see them.',
      params: idParam,
      body: securityChange,
      response: { 200: securityOut },
    },
    handler: async ({ params: { id }, body }) => out(id, await policies.setProject(id, body)),
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
