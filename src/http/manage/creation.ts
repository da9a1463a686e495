import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Clock } from '../../core/ambient.ts';
import type { Caller, Place } from '../../core/caller.ts';
import type { Regions } from '../../core/region.ts';
import type { Accounts } from '../../service/accounts.ts';
import type { CreatedKey, KeyCreation, KeyDraft } from '../../service/creation.ts';
import type { FindOwners } from '../../service/owners.ts';
import type { Projects } from '../../service/projects.ts';
import { callerOf, type Api } from './api.ts';
import { idempotencyToken } from './idempotency.ts';
import { idParam } from './schema/fields.ts';
import { createdKeyOut, keyBodies, toKeyOut } from './schema/keys.ts';

const CREATION =
  'The answer holds the key’s `value`, which is shown this once: store it before closing anything. With an `Idempotency-Key` header the same creation can be sent again for 24 hours and makes nothing twice; the second answer has `value: null` and the header `idempotency-replayed: true`.';

/** A management key that is made by one of the same or wider reach is bound like it: `service/delegation.ts`. */
const DELEGATION =
  'A management key makes management keys that end no later than itself and that open to no address it may not be used from.';

/** `POST /projects/{id}/keys` and `POST /accounts/{id}/keys`. */
export function creationRoutes(
  app: Api,
  deps: {
    creation: KeyCreation;
    projects: Projects;
    accounts: Accounts;
    findOwners: FindOwners;
    regions: Regions;
    clock: Clock;
  },
): void {
  const { creation, projects, accounts, findOwners, regions, clock } = deps;
  const bodies = keyBodies(clock);
  /** As they were read when the same was sent before: what was ahead then may be past now. */
  const bodiesBefore = keyBodies(() => -Infinity);
  type CreateBody = z.output<typeof bodies.create>;

  async function answer({ key, value }: CreatedKey, reply: FastifyReply): Promise<FastifyReply> {
    if (value === null) void reply.header('idempotency-replayed', 'true');
    const [owner] = await findOwners([key]);
    return reply.code(201).send({ ...toKeyOut(key, owner, regions, clock()), value });
  }

  /** Answers a creation that was sent before, ahead of all that judges it as of now. */
  function replaying(
    schema: z.ZodType<CreateBody>,
    placeOf: (caller: Caller, id: string) => Promise<Place>,
  ): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
    return async (request, reply) => {
      const token = idempotencyToken(request.headers['idempotency-key']);
      const body = token === null ? undefined : schema.safeParse(request.body).data;
      if (token === null || !body) return undefined;
      const caller = callerOf(request);
      const place = await placeOf(caller, (request.params as { id: string }).id);
      const made = await creation.replay(caller, place, draftOf(body), token);
      return made && answer(made, reply);
    };
  }

  const projectPlace = async (caller: Caller, projectId: string): Promise<Place> => {
    const { id, accountId } = await projects.get(caller, projectId);
    return { accountId, projectId: id };
  };
  const accountPlace = async (caller: Caller, accountId: string): Promise<Place> => {
    const { id } = await accounts.get(caller, accountId);
    return { accountId: id, projectId: null };
  };
  const forAccount = (body: z.output<typeof bodies.createForAccount>): CreateBody => ({ ...body, class: 'management' });

  app.route({
    method: 'POST',
    url: '/projects/:id/keys',
    config: { permission: 'keys.create' },
    preValidation: replaying(bodiesBefore.create, projectPlace),
    schema: {
      tags: ['Keys'],
      operationId: 'createKey',
      summary: 'Create a key in a project',
      description: `${CREATION} ${DELEGATION}`,
      params: idParam,
      body: bodies.create,
      response: { 201: createdKeyOut },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const place = await projectPlace(caller, request.params.id);
      const token = idempotencyToken(request.headers['idempotency-key']);
      return answer(await creation.create(caller, place, draftOf(request.body), token), reply);
    },
  });

  app.route({
    method: 'POST',
    url: '/accounts/:id/keys',
    config: { permission: 'accountKeys.manage' },
    preValidation: replaying(bodiesBefore.createForAccount.transform(forAccount), accountPlace),
    schema: {
      tags: ['Keys'],
      operationId: 'createAccountKey',
      summary: 'Create a management key of an account',
      description: `It reaches every project of the account; one of \`acc_platform\` reaches everything, as the operator. ${CREATION} ${DELEGATION}`,
      params: idParam,
      body: bodies.createForAccount,
      response: { 201: createdKeyOut },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const place = await accountPlace(caller, request.params.id);
      const token = idempotencyToken(request.headers['idempotency-key']);
      return answer(await creation.create(caller, place, draftOf(forAccount(request.body)), token), reply);
    },
  });

  function draftOf({ expiresAt, ...body }: CreateBody): KeyDraft {
    return expiresAt === undefined ? body : { ...body, expiresAtMs: expiresAt };
  }
}
