import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Clock } from '../../core/ambient.ts';
import type { Caller, Place } from '../../core/caller.ts';
import { Fault } from '../../core/fault.ts';
import type { Key } from '../../core/key.ts';
import type { Regions } from '../../core/region.ts';
import type { Accounts } from '../../service/accounts.ts';
import type { Keys } from '../../service/keys.ts';
import type { Limits, LimitView } from '../../service/limits.ts';
import type { FindOwners } from '../../service/owners.ts';
import type { Projects } from '../../service/projects.ts';
import { callerOf, type Api } from './api.ts';
import { idParam, listOf, toMoment, toMomentOrNull } from './schema/fields.ts';
import { keyListQuery, toFilter } from './schema/keyFilter.ts';
import { keyBodies, keyDetailsOut, listedKeyOut, toKeyOut } from './schema/keys.ts';
import { toLimitOut } from './schema/limits.ts';

/** `/keys/{id}` and the lists of keys; `creation.ts` has the routes that make them. */
export function keyRoutes(
  app: Api,
  deps: {
    keys: Keys;
    projects: Projects;
    accounts: Accounts;
    limits: Pick<Limits, 'applyingTo' | 'ofKeys'>;
    findOwners: FindOwners;
    regions: Regions;
    clock: Clock;
  },
): void {
  const { keys, projects, accounts, limits, findOwners, regions, clock } = deps;
  const bodies = keyBodies(clock);
  const tags = ['Keys'];

  async function details(key: Key): Promise<z.output<typeof keyDetailsOut>> {
    const nowMs = clock();
    const [owner] = await findOwners([key]);
    return {
      ...toKeyOut(key, owner, regions, nowMs),
      limits: (await limits.applyingTo(key)).map((view) => toLimitOut(view, nowMs)),
    };
  }

  async function list(
    request: Pick<FastifyRequest, 'caller' | 'granted'>,
    place: Place,
    { limit, cursor, limits: withLimits = false, ...asked }: z.output<typeof keyListQuery>,
  ): Promise<{ data: z.output<typeof listedKeyOut>[]; nextCursor: string | null }> {
    const nowMs = clock();
    const caller = callerOf(request);
    const { parentKeyId } = asked;
    const parent = parentKeyId === undefined ? undefined : await keys.get(caller, parentKeyId).catch(nothing);
    if (parentKeyId !== undefined && !parent) return { data: [], nextCursor: null };
    // Whoever made a key sees what was made from it, by whomever.
    const ownOnly = request.granted === 'own' && parent?.createdBy !== caller.id;
    const filter = toFilter(asked, caller, ownOnly, nowMs);
    if (!filter) return { data: [], nextCursor: null };
    const page = await keys.list(place, { ...filter, limit, ...(cursor !== undefined && { cursor }) });
    const owners = await findOwners(page.data);
    const standing = withLimits ? await limits.ofKeys(page.data) : undefined;
    const limitsOf = ({ id }: Key) => standing && { limits: (standing.get(id) ?? []).map(shown) };
    const shown = (view: LimitView) => toLimitOut(view, nowMs);
    return {
      ...page,
      data: page.data.map((key, at) => ({ ...toKeyOut(key, owners[at], regions, nowMs), ...limitsOf(key) })),
    };
  }

  app.route({
    method: 'GET',
    url: '/projects/:id/keys',
    config: { permission: 'keys.read' },
    schema: {
      tags,
      operationId: 'listKeys',
      summary: 'List the keys of a project',
      description: 'Every filter narrows the list further. Deleted keys are not listed.',
      params: idParam,
      querystring: keyListQuery,
      response: { 200: listOf(listedKeyOut, 'Keys, newest first.') },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { id, accountId } = await projects.get(caller, request.params.id);
      return list(request, { accountId, projectId: id }, request.query);
    },
  });

  app.route({
    method: 'GET',
    url: '/accounts/:id/keys',
    config: { permission: 'accountKeys.read' },
    schema: {
      tags,
      operationId: 'listAccountKeys',
      summary: 'List all keys of an account',
      description: 'Those of its projects and its own management keys.',
      params: idParam,
      querystring: keyListQuery,
      response: { 200: listOf(listedKeyOut, 'Keys, newest first.') },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { id } = await accounts.get(caller, request.params.id);
      return list(request, { accountId: id, projectId: null }, request.query);
    },
  });

  app.route({
    method: 'GET',
    url: '/keys/:id',
    config: { permission: 'keys.read' },
    schema: {
      tags,
      operationId: 'getKey',
      summary: 'Read a key',
      description: 'With all limits that apply to its calls, and where they stand.',
      params: idParam,
      response: { 200: keyDetailsOut },
    },
    handler: async (request) => details(await keys.get(callerOf(request), request.params.id)),
  });

  app.route({
    method: 'PATCH',
    url: '/keys/:id',
    config: { permission: 'keys.change' },
    schema: {
      tags,
      operationId: 'changeKey',
      summary: 'Change a key',
      description:
        'Changes what is given and leaves the rest; acts on the next request. The value, the class and the region never change.',
      params: idParam,
      body: bodies.change,
      response: { 200: keyDetailsOut },
    },
    handler: async (request) => {
      const { expiresAt, ...change } = request.body;
      const whole = expiresAt === undefined ? change : { ...change, expiresAtMs: expiresAt };
      return details(await keys.change(callerOf(request), request.params.id, whole));
    },
  });

  for (const [verb, status, effect] of [
    [
      'disable',
      'disabled',
      'Every request with it is refused from the next one on, and streams under way are cut. It can be enabled again.',
    ],
    ['enable', 'active', 'It works again from the next request on, unless it has expired.'],
  ] as const) {
    app.route({
      method: 'POST',
      url: `/keys/:id/${verb}`,
      config: { permission: 'keys.change' },
      schema: {
        tags,
        operationId: `${verb}Key`,
        summary: `${verb === 'disable' ? 'Disable' : 'Enable'} a key`,
        description: effect,
        params: idParam,
        response: { 200: keyDetailsOut },
      },
      handler: async (request) => details(await keys.change(callerOf(request), request.params.id, { status })),
    });
  }

  app.route({
    method: 'DELETE',
    url: '/keys/:id',
    config: { permission: 'keys.delete', stepUp: true },
    schema: {
      tags,
      operationId: 'deleteKey',
      summary: 'Delete a key for good',
      description:
        'Takes two calls. Without `confirm` nothing is deleted: the answer is 428 with what to look at (`name`, `masked`, `lastUsedAt`, `requestsLast24h`) and a `confirm` token, good for this key, as it is, for five minutes. People prove first who they are (403 `identity_check_required` otherwise, where the account has `stepUp`); a key may send the key’s name instead of the token, in one call. With it the key is deleted, its requests are refused from the next one on, and it cannot be brought back. Its history stays.',
      params: idParam,
      querystring: z.strictObject({
        confirm: z
          .string()
          .max(200)
          .exactOptional()
          .describe('The token of the 428 answer; from a management key the key’s name will do.'),
      }),
      response: { 204: z.undefined().describe('Deleted.') },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const { id } = request.params;
      if (request.query.confirm === undefined) throw await confirmationFault(keys, caller, id);
      await keys.remove(caller, id, request.query.confirm);
      return reply.code(204).send(undefined);
    },
  });
}

async function confirmationFault(keys: Keys, caller: Caller, id: string): Promise<Fault> {
  const { key, requestsLast24h, token, expiresAtMs } = await keys.checkDeletion(caller, id);
  return new Fault(
    'confirmation_required',
    'Deleting a key cannot be undone. Make sure it is no longer used, then send this again with ?confirm= and the token in `confirm`.',
    {
      extra: {
        name: key.name,
        masked: key.masked,
        lastUsedAt: toMomentOrNull(key.lastUsedAtMs),
        requestsLast24h,
        confirm: token,
        confirmExpiresAt: toMoment(expiresAtMs),
      },
    },
  );
}

/** What the caller may not know is not there. */
function nothing(error: unknown): undefined {
  if (error instanceof Fault && error.code === 'not_found') return undefined;
  throw error;
}
