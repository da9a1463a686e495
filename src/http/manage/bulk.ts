import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Clock } from '../../core/ambient.ts';
import type { Caller, Place } from '../../core/caller.ts';
import { Fault, invalidField } from '../../core/fault.ts';
import type { Accounts } from '../../service/accounts.ts';
import type { Audit } from '../../service/audit.ts';
import type { Bulk, BulkAnswer, BulkDeletionCheck, BulkResult, Choice } from '../../service/bulk.ts';
import type { Projects } from '../../service/projects.ts';
import { callerOf, type Api } from './api.ts';
import { ourId } from './auditHook.ts';
import { bulkBodies, bulkDeletionOut, bulkOut } from './schema/bulk.ts';
import { idParam, toMoment, toMomentOrNull } from './schema/fields.ts';
import { toFilter } from './schema/keyFilter.ts';

const EACH =
  'Each key is judged by itself, as if it were asked alone, and the answer says what became of it; what is refused is refused for that key only. At most 200 keys in one call: with a `filter` that finds more, go on with `nextCursor`. The key that calls is left out.';
const DELETION = `${EACH} Takes two calls, like the deletion of one key: without \`confirm\` nothing is deleted, and the answer is 428 (or 200 to a \`dryRun\`) with what would be deleted and a \`confirm\` token, good for just those keys, as they are, for five minutes. People prove first who they are, where the account has \`stepUp\`.`;

/** `/keys/bulk-change` and `/keys/bulk-delete` of projects and of accounts. */
export function bulkRoutes(
  app: Api,
  deps: { bulk: Bulk; audit: Pick<Audit, 'note'>; projects: Projects; accounts: Accounts; clock: Clock },
): void {
  const { bulk, audit, projects, accounts, clock } = deps;
  const bodies = bulkBodies(clock);
  type ChangeBody = z.output<typeof bodies.change>;
  type DeletionBody = z.output<typeof bodies.deletion>;

  /** Undefined: the filter can find nothing. */
  function choiceOf(request: FastifyRequest, body: ChangeBody | DeletionBody): Choice | undefined {
    const { ids, filter, limit, cursor } = body;
    if (ids !== undefined) return { ids };
    const wanted = toFilter(filter ?? {}, callerOf(request), request.granted === 'own', clock());
    return wanted && { filter: { ...wanted, ...(cursor !== undefined && { cursor }) }, limit };
  }

  /** A key that is refused leaves a row of its own: the answer as a whole is none. */
  async function told(request: FastifyRequest, answer: BulkAnswer, dryRun: boolean): Promise<z.output<typeof bulkOut>> {
    const caller = callerOf(request);
    for (const { id, outcome, error } of answer.results) {
      if (outcome === 'failed')
        request.log.error({ err: error, keyId: ourId(id) }, 'a key of many could not be changed');
      if (dryRun || request.auditBy === null || (outcome !== 'refused' && outcome !== 'failed')) continue;
      const object = { type: 'key', id: ourId(id) };
      await audit.note({ by: request.auditBy, caller, object, outcome, code: codeOf(error), shown: null });
    }
    return {
      dryRun,
      counts: countsOf(answer.results),
      results: answer.results.map(toResult),
      nextCursor: answer.nextCursor,
    };
  }

  async function change(request: FastifyRequest, caller: Caller, place: Place, body: ChangeBody) {
    const choice = choiceOf(request, body);
    if (!choice) return told(request, NOTHING, body.dryRun);
    const { expiresAt, ...rest } = body.change;
    const whole = expiresAt === undefined ? rest : { ...rest, expiresAtMs: expiresAt };
    return told(request, await bulk.change(caller, place, choice, { change: whole, dryRun: body.dryRun }), body.dryRun);
  }

  async function remove(
    request: FastifyRequest,
    caller: Caller,
    place: Place,
    body: DeletionBody,
  ): Promise<z.output<typeof bulkDeletionOut>> {
    const choice = choiceOf(request, body);
    if (!choice) return told(request, NOTHING, body.dryRun);
    if (!body.dryRun && body.confirm !== undefined)
      return told(request, await bulk.remove(caller, place, choice, body.confirm), false);
    const check = await bulk.checkDeletion(caller, place, choice);
    const answer = { ...(await told(request, check, true)), ...asked(check) };
    if (body.dryRun) return answer;
    throw new Fault('confirmation_required', CONFIRM, { extra: { ...answer, dryRun: undefined } });
  }

  const projectPlace = async (caller: Caller, projectId: string): Promise<Place> => {
    const { id, accountId } = await projects.get(caller, projectId);
    return { accountId, projectId: id };
  };
  const accountPlace = async (caller: Caller, accountId: string): Promise<Place> => {
    const { id } = await accounts.get(caller, accountId);
    return { accountId: id, projectId: null };
  };

  for (const [noun, placeOf, suffix, words] of [
    ['projects', projectPlace, '', 'of a project'],
    ['accounts', accountPlace, 'OfAccount', 'of an account'],
  ] as const) {
    app.route({
      method: 'POST',
      url: `/${noun}/:id/keys/bulk-change`,
      config: { permission: noun === 'projects' ? 'keys.change' : 'accountKeys.manage', audit: 'changes' },
      schema: {
        tags: ['Keys'],
        operationId: `changeKeys${suffix}`,
        summary: `Change many keys ${words}: status, expiry, environment, limit template, group`,
        description: EACH,
        params: idParam,
        body: bodies.change,
        response: { 200: bulkOut },
      },
      handler: async (request) => {
        const caller = callerOf(request);
        return inBody(change(request, caller, await placeOf(caller, request.params.id), request.body));
      },
    });

    app.route({
      method: 'POST',
      url: `/${noun}/:id/keys/bulk-delete`,
      config: {
        permission: noun === 'projects' ? 'keys.delete' : 'accountKeys.manage',
        stepUp: true,
        audit: 'changes',
      },
      schema: {
        tags: ['Keys'],
        operationId: `deleteKeys${suffix}`,
        summary: `Delete many keys ${words} for good`,
        description: DELETION,
        params: idParam,
        body: bodies.deletion,
        response: { 200: bulkDeletionOut },
      },
      handler: async (request) => {
        const caller = callerOf(request);
        return inBody(remove(request, caller, await placeOf(caller, request.params.id), request.body));
      },
    });
  }
}

const NOTHING: BulkAnswer = { results: [], nextCursor: null };
const CONFIRM =
  'Deleting keys cannot be undone. Make sure that those with the outcome `changed` are no longer used, then send this again with the token in `confirm`.';

/** The cursor, which lists take from the query, is a field of the body here. */
async function inBody<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    const fault =
      error instanceof Fault ? error.details.errors?.find(({ pointer }) => pointer === '?cursor') : undefined;
    throw fault ? invalidField('/cursor', fault.detail) : error;
  });
}

function toResult({ id, key, outcome, error }: BulkResult): z.output<typeof bulkOut>['results'][number] {
  const isNo = outcome === 'refused' || outcome === 'failed';
  return {
    id,
    name: key?.name ?? null,
    masked: key?.masked ?? null,
    before: key && {
      status: key.status,
      expiresAt: toMomentOrNull(key.expiresAtMs),
      environment: key.environment,
      limitTemplateId: key.limitTemplateId,
      groupId: key.groupId,
    },
    outcome,
    code: isNo ? codeOf(error) : null,
    detail: isNo ? detailOf(error) : null,
  };
}

function countsOf(results: readonly BulkResult[]): z.output<typeof bulkOut>['counts'] {
  const counts = { changed: 0, unchanged: 0, refused: 0, failed: 0 };
  for (const { outcome } of results) counts[outcome] += 1;
  return counts;
}

/** What someone about to delete keys should look at. */
function asked({ results, requestsLast24h, confirm }: BulkDeletionCheck) {
  return {
    results: results.map((one) => ({
      ...toResult(one),
      ...(one.outcome === 'changed' &&
        one.key && {
          lastUsedAt: toMomentOrNull(one.key.lastUsedAtMs),
          requestsLast24h: requestsLast24h.get(one.id) ?? 0,
        }),
    })),
    confirm: confirm.token,
    confirmExpiresAt: toMoment(confirm.expiresAtMs),
  };
}

function codeOf(error: unknown): string {
  return error instanceof Fault ? error.code : 'internal';
}

function detailOf(error: unknown): string {
  return error instanceof Fault ? error.message : 'Something went wrong here. Tell the operator the request id.';
}
