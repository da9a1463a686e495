import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../core/ambient.ts';
import type { AuditBy, AuditFields } from '../../core/audit.ts';
import type { AuditScope, AuditStore } from '../../core/auditStore.ts';
import type { Caller } from '../../core/caller.ts';
import { actorOf, shareOf, type Attempt, type Audit } from '../../service/audit.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `false`: a POST that only reads. `changes`: it leaves a row only when it changes something. `always`: a GET that changes. */
    audit?: false | 'changes' | 'always';
  }
  interface FastifyRequest {
    auditScope: AuditScope | null;
    /** What the row of an operation shows that changed nothing the log keeps: how somebody proved who they are. */
    auditShown: AuditFields | null;
    /** Who is at work, where the operation is one that leaves rows. */
    auditBy: AuditBy | null;
  }
}

/**
 * Every operation that can change something leaves a row: what it changes with the change itself (the store does that,
 * for whatever runs inside of the handler), and here those that were refused, that failed, or that changed nothing.
 * Requests of nobody we know leave none: the log would be theirs to fill.
 */
export function auditOperations(
  app: FastifyInstance,
  deps: {
    store: { readonly audit: Pick<AuditStore, 'during'> };
    audit: Pick<Audit, 'note'>;
    clock: Clock;
    clientAddress: (request: IncomingMessage) => string | null;
  },
): void {
  const { store, audit, clock, clientAddress } = deps;

  function byOf(request: FastifyRequest, caller: Caller): AuditBy {
    return {
      actor: actorOf(caller),
      address: clientAddress(request.raw),
      operation: operationOf(request),
      requestId: request.id,
      clock,
      share: shareOf(caller),
    };
  }

  app.decorateRequest('auditScope', null);
  app.decorateRequest('auditShown', null);
  app.decorateRequest('auditBy', null);
  app.addHook('preHandler', (request, _reply, done) => {
    const { caller } = request;
    if (caller === null || !isAudited(request)) return done();
    const by = byOf(request, caller);
    return store.audit.during(by, (scope) => {
      Object.assign(request, { auditScope: scope, auditBy: by });
      done();
    });
  });
  app.addHook('onSend', async (request, reply, payload) => {
    const { caller, auditScope } = request;
    auditScope?.close();
    if (caller === null || !isAudited(request)) return payload;
    const outcome = outcomeOf(reply, request);
    if (outcome === null) return payload;
    const code = outcome === 'done' ? null : String(reply.getHeader('x-keyward-code') ?? reply.statusCode);
    try {
      const shown = outcome === 'done' ? request.auditShown : null;
      await audit.note({ by: byOf(request, caller), caller, object: objectOf(request), outcome, code, shown });
    } catch (error) {
      // Nothing was changed; the answer that says so goes out all the same.
      request.log.error({ err: error, route: request.routeOptions.url }, 'an attempt could not be recorded');
    }
    return payload;
  });
}

function isAudited({ method, routeOptions }: FastifyRequest): boolean {
  const { config, schema } = routeOptions;
  const changes = (method !== 'GET' && method !== 'HEAD') || config.audit === 'always';
  return changes && config.audit !== false && schema !== undefined;
}

/** Null: there is a row already, or the operation is only half done (a deletion asks to be confirmed). */
function outcomeOf(
  { statusCode }: FastifyReply,
  { auditScope, routeOptions }: FastifyRequest,
): Attempt['outcome'] | null {
  if (statusCode === 428) return null;
  if (statusCode >= 400) return statusCode >= 500 ? 'failed' : 'refused';
  return (auditScope?.written ?? 0) === 0 && routeOptions.config.audit !== 'changes' ? 'done' : null;
}

function operationOf({ routeOptions }: FastifyRequest): string {
  return routeOptions.schema?.operationId ?? 'unknown';
}

/** What the address names. An id that is none of ours may be a secret put in the wrong place: it is not kept. */
function objectOf({ routeOptions, params, caller }: FastifyRequest): Attempt['object'] {
  const [, noun = ''] = /^\/api\/v1\/([a-z-]+)/.exec(routeOptions.url ?? '') ?? [];
  const { id, userId } = (params ?? {}) as { readonly id?: string; readonly userId?: string };
  if (noun === 'services' && userId !== undefined) return { type: 'clusterUser', id: ourId(userId) };
  if (noun === 'auth') return { type: 'user', id: caller?.kind === 'person' ? caller.id : null };
  return { type: TYPES[noun] ?? noun, id: ourId(id) };
}

export function ourId(id: string | undefined): string | null {
  return id !== undefined && OUR_ID.test(id) ? id : null;
}

const OUR_ID = /^(?:acc_platform|[a-z]{2,5}[_-][0-9A-Za-z]{22})$/;

const TYPES: Readonly<Record<string, string>> = {
  accounts: 'account',
  projects: 'project',
  keys: 'key',
  limits: 'limit',
  'limit-templates': 'template',
  webhooks: 'webhook',
  models: 'model',
  endpoints: 'endpoint',
  services: 'service',
  providers: 'provider',
  requests: 'request',
  'quota-requests': 'quotaRequest',
  'leak-reports': 'leakReport',
  people: 'user',
  invitations: 'invitation',
};
