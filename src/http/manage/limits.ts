import { z } from 'zod';
import type { Clock } from '../../core/ambient.ts';
import type { SubjectRef } from '../../core/limitStore.ts';
import type { Permission } from '../../core/role.ts';
import type { Limits, LimitView } from '../../service/limits.ts';
import { callerOf, type Api } from './api.ts';
import { idParam, listOf } from './schema/fields.ts';
import { amountOf, limitChange, limitField, limitOut, toLimitOut } from './schema/limits.ts';

/** What limits are set on: where, and who sets and reads them. */
interface Place {
  readonly type: SubjectRef['type'];
  readonly url: string;
  /** `createKeyLimit`, `listKeyLimits`. */
  readonly operation: string;
  readonly noun: string;
  readonly setters: Permission;
  readonly readers: Permission;
  readonly about: string;
}

const PLACES: readonly Place[] = [
  {
    type: 'key',
    url: '/keys/:id/limits',
    operation: 'KeyLimit',
    noun: 'a key',
    setters: 'keys.change',
    readers: 'keys.read',
    about: 'It counts the calls of this key alone.',
  },
  {
    type: 'project',
    url: '/projects/:id/limits',
    operation: 'ProjectLimit',
    noun: 'a project',
    setters: 'projectLimits.set',
    readers: 'projectLimits.read',
    about: 'It counts the calls of all keys of the project together.',
  },
  {
    type: 'account',
    url: '/accounts/:id/limits',
    operation: 'AccountLimit',
    noun: 'an account',
    setters: 'accountLimits.set',
    readers: 'accountLimits.read',
    about: 'It counts the calls of all keys of the account together. An account cannot change its own.',
  },
  {
    type: 'template',
    url: '/limit-templates/:id/limits',
    operation: 'TemplateLimit',
    noun: 'a limit template',
    setters: 'limitTemplates.manage',
    readers: 'limitTemplates.read',
    about: 'It counts for each key that refers to the template, apart, from the next call on.',
  },
];

/** A limit by its id is as what it is set on: any of these may be asked of it. */
const LIMIT_READ = {
  permission: ['keys.read', 'projectLimits.read', 'accountLimits.read', 'limitTemplates.read'],
} satisfies { permission: Permission[] };
const LIMIT_SET = {
  permission: ['keys.change', 'projectLimits.set', 'accountLimits.set', 'limitTemplates.manage'],
} satisfies { permission: Permission[] };

const ACTS = 'Acts on the next call.';

/** `/keys/{id}/limits`, its like on projects, accounts and templates, `/limits/{id}` and `/keys/{id}/reset-usage`. */
export function limitRoutes(app: Api, { limits, clock }: { limits: Limits; clock: Clock }): void {
  const tags = ['Limits'];
  const out = (view: LimitView) => toLimitOut(view, clock());
  const list = (views: readonly LimitView[]) => ({ data: views.map(out), nextCursor: null });

  for (const { type, url, operation, noun, setters, readers, about } of PLACES) {
    app.route({
      method: 'POST',
      url,
      config: { permission: setters },
      schema: {
        tags,
        operationId: `create${operation}`,
        summary: `Set a limit on ${noun}`,
        description: `${about} A call is admitted when every limit that applies has room for the most it can use. At most 20, and one of each unit and window. ${ACTS}`,
        params: idParam,
        body: limitField,
        response: { 201: limitOut },
      },
      handler: async (request, reply) => {
        const made = await limits.add(callerOf(request), { type, id: request.params.id }, request.body);
        return reply.code(201).send(out(made));
      },
    });

    app.route({
      method: 'GET',
      url,
      config: { permission: readers },
      schema: {
        tags,
        operationId: `list${operation}s`,
        summary: `List the limits of ${noun}`,
        description: type === 'key' ? 'Its own. `GET /keys/{id}` shows all that apply.' : 'With where they stand.',
        params: idParam,
        response: { 200: listOf(limitOut, 'All at once.') },
      },
      handler: async (request) => list(await limits.list(callerOf(request), { type, id: request.params.id })),
    });
  }

  app.route({
    method: 'GET',
    url: '/limits/:id',
    config: LIMIT_READ,
    schema: { tags, operationId: 'getLimit', summary: 'Read a limit', params: idParam, response: { 200: limitOut } },
    handler: async (request) => out(await limits.get(callerOf(request), request.params.id)),
  });

  app.route({
    method: 'PATCH',
    url: '/limits/:id',
    config: LIMIT_SET,
    schema: {
      tags,
      operationId: 'changeLimit',
      summary: 'Raise or lower a limit',
      description: `Only the amount can change: another unit or window is another limit. Lowered below what is used, it admits nothing until enough has left the window. ${ACTS}`,
      params: idParam,
      body: limitChange,
      response: { 200: limitOut },
    },
    handler: async (request) => {
      const { amount } = request.body;
      return out(await limits.setAmount(callerOf(request), request.params.id, ({ unit }) => amountOf(unit, amount)));
    },
  });

  app.route({
    method: 'DELETE',
    url: '/limits/:id',
    config: LIMIT_SET,
    schema: {
      tags,
      operationId: 'deleteLimit',
      summary: 'Remove a limit',
      description: ACTS,
      params: idParam,
      response: { 204: z.undefined().describe('Removed.') },
    },
    handler: async (request, reply) => {
      await limits.remove(callerOf(request), request.params.id);
      return reply.code(204).send(undefined);
    },
  });

  app.route({
    method: 'POST',
    url: '/limits/:id/reset',
    config: LIMIT_SET,
    schema: {
      tags,
      operationId: 'resetLimit',
      summary: 'Start a limit anew',
      description: `What has been used until now does not count any more; the ledger keeps it. A template’s limit starts anew for every key that refers to it. ${ACTS}`,
      params: idParam,
      response: { 200: limitOut },
    },
    handler: async (request) => out(await limits.reset(callerOf(request), request.params.id)),
  });

  app.route({
    method: 'POST',
    url: '/keys/:id/reset-usage',
    config: { permission: 'keys.change' },
    schema: {
      tags: ['Keys'],
      operationId: 'resetKeyUsage',
      summary: 'Start all limits of a key anew',
      description: `Its own and those of its template, for this key alone. The limits of its project and account are not touched, and the ledger keeps everything. ${ACTS}`,
      params: idParam,
      response: { 200: listOf(limitOut, 'All limits that apply to its calls, as they stand now.') },
    },
    handler: async (request) => list(await limits.resetKey(callerOf(request), request.params.id)),
  });
}
