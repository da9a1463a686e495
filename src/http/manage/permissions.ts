import type { Access } from '../../service/access.ts';
import type { Accounts } from '../../service/accounts.ts';
import type { Projects } from '../../service/projects.ts';
import { callerOf, type Api } from './api.ts';
import { idParam } from './schema/fields.ts';
import { permissionsOut } from './schema/permissions.ts';

/** `/accounts/{id}/permissions` and `/projects/{id}/permissions`: what the caller may do there. */
export function permissionRoutes(
  app: Api,
  deps: { access: Pick<Access, 'permissionsOf'>; accounts: Pick<Accounts, 'get'>; projects: Pick<Projects, 'get'> },
): void {
  const { access, accounts, projects } = deps;
  const description = 'As the table of roles and the settings have it now.';

  app.route({
    method: 'GET',
    url: '/accounts/:id/permissions',
    config: { permission: 'account.read' },
    schema: {
      tags: ['Accounts'],
      operationId: 'getAccountPermissions',
      summary: 'Read what you may do in an account',
      description,
      params: idParam,
      response: { 200: permissionsOut },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { id } = await accounts.get(caller, request.params.id);
      return { permissions: await access.permissionsOf(caller, { accountId: id, projectId: null }) };
    },
  });

  app.route({
    method: 'GET',
    url: '/projects/:id/permissions',
    config: { permission: 'project.read' },
    schema: {
      tags: ['Projects'],
      operationId: 'getProjectPermissions',
      summary: 'Read what you may do in a project',
      description,
      params: idParam,
      response: { 200: permissionsOut },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { id, accountId } = await projects.get(caller, request.params.id);
      return { permissions: await access.permissionsOf(caller, { accountId, projectId: id }) };
    },
  });
}
