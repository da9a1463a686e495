import { z } from 'zod';
import type { LimitTemplate } from '../../core/limitStore.ts';
import type { Limits } from '../../service/limits.ts';
import type { LimitTemplates } from '../../service/limitTemplates.ts';
import { callerOf, type Api } from './api.ts';
import { idParam, listOf, pageQuery } from './schema/fields.ts';
import { templateChange, templateCreate, templateOut, toTemplateOut } from './schema/limitTemplates.ts';

/** `/accounts/{id}/limit-templates` and `/limit-templates/{id}`; their limits are at `/limit-templates/{id}/limits`. */
export function limitTemplateRoutes(
  app: Api,
  { templates, limits }: { templates: LimitTemplates; limits: Pick<Limits, 'standing'> },
): void {
  const tags = ['Limits'];
  const shown = async (template: LimitTemplate, keys: ReadonlyMap<string, number>) =>
    toTemplateOut(template, await limits.standing({ type: 'template', id: template.id }), keys.get(template.id) ?? 0);
  const out = async (template: LimitTemplate) => shown(template, await templates.keysOf([template.id]));

  app.route({
    method: 'POST',
    url: '/accounts/:id/limit-templates',
    config: { permission: 'limitTemplates.manage' },
    schema: {
      tags,
      operationId: 'createLimitTemplate',
      summary: 'Create a limit template',
      description:
        'A named set of limits. Keys refer to it by `limitTemplateId`, so that a change of it reaches all of them; each key is counted apart.',
      params: idParam,
      body: templateCreate,
      response: { 201: templateOut },
    },
    handler: async (request, reply) => {
      const made = await templates.create(callerOf(request), request.params.id, request.body);
      return reply.code(201).send(await out(made));
    },
  });

  app.route({
    method: 'GET',
    url: '/accounts/:id/limit-templates',
    config: { permission: 'limitTemplates.read' },
    schema: {
      tags,
      operationId: 'listLimitTemplates',
      summary: 'List the limit templates of an account',
      description: 'Keys of a project read those of their account.',
      params: idParam,
      querystring: z.strictObject(pageQuery),
      response: { 200: listOf(templateOut, 'Templates, newest first.') },
    },
    handler: async (request) => {
      const page = await templates.list(callerOf(request), request.params.id, request.query);
      const keys = await templates.keysOf(page.data.map(({ id }) => id));
      return { ...page, data: await Promise.all(page.data.map((one) => shown(one, keys))) };
    },
  });

  app.route({
    method: 'GET',
    url: '/limit-templates/:id',
    config: { permission: 'limitTemplates.read' },
    schema: {
      tags,
      operationId: 'getLimitTemplate',
      summary: 'Read a limit template',
      params: idParam,
      response: { 200: templateOut },
    },
    handler: async (request) => out(await templates.get(callerOf(request), request.params.id)),
  });

  app.route({
    method: 'PATCH',
    url: '/limit-templates/:id',
    config: { permission: 'limitTemplates.manage' },
    schema: {
      tags,
      operationId: 'changeLimitTemplate',
      summary: 'Rename a limit template',
      description: 'Its limits are changed one by one, at `/limit-templates/{id}/limits` and `/limits/{id}`.',
      params: idParam,
      body: templateChange,
      response: { 200: templateOut },
    },
    handler: async (request) => out(await templates.rename(callerOf(request), request.params.id, request.body.name)),
  });

  app.route({
    method: 'DELETE',
    url: '/limit-templates/:id',
    config: { permission: 'limitTemplates.manage' },
    schema: {
      tags,
      operationId: 'deleteLimitTemplate',
      summary: 'Delete a limit template',
      description: 'Refused with 409 while keys refer to it, saying how many.',
      params: idParam,
      response: { 204: z.undefined().describe('Deleted.') },
    },
    handler: async (request, reply) => {
      await templates.remove(callerOf(request), request.params.id);
      return reply.code(204).send(undefined);
    },
  });
}
