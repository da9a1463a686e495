import { resolve } from 'node:path';
import fastify, { type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { createAccess } from '../../service/access.ts';
import { createAudit } from '../../service/audit.ts';
import { createPersons } from '../../service/persons.ts';
import { createReach } from '../../service/reach.ts';
import { createStanding } from '../../service/standing.ts';
import { createStepUp } from '../../service/stepUp.ts';
import { consolePages } from '../consolePages.ts';
import { docsRoutes } from '../docs.ts';
import { describeApi } from '../openapi.ts';
import { securityHeaders } from '../securityHeaders.ts';
import { createEntry } from '../session/entry.ts';
import { answerError } from './answer.ts';
import { auditOperations } from './auditHook.ts';
import { BODY_WITHIN_MS, guardBodies } from './body.ts';
import type { ManagementDeps } from './deps.ts';
import { createGuard } from './guard.ts';
import { refuseIdempotencyKey } from './idempotency.ts';
import { addOperations } from './operations.ts';
import { personRoutes } from './persons.ts';
import { compileSchema, readJsonOnly } from './reading.ts';
import { createRouteTable, refuseUnrouted, type RouteTable } from './routeTable.ts';

const BODY_LIMIT_BYTES = 1024 * 1024;
const CONSOLE_DIR = resolve(import.meta.dirname, '../../../console/dist');
const DOCS_DIR = resolve(import.meta.dirname, '../../../docs');

/** The Fastify instance, and what is routed on it. */
export type Management = FastifyInstance & { readonly routeTable: RouteTable };

/**
 * The management API (`/api/v1/…`) and the documentation (`/docs…`). It does not listen: hand it requests with
 * `app.routing(request, response)`.
 */
export async function createManagement(deps: ManagementDeps): Promise<Management> {
  const { newId } = deps;
  const app = fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => newId('req'),
    requestIdHeader: false,
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply),
  });
  const table = createRouteTable(app);

  app.setValidatorCompiler(compileSchema);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('caller', null);
  app.decorateRequest('session', null);
  app.decorateRequest('granted', 'allowed');
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({
      ...securityHeaders(deps.publicUrl),
      'x-request-id': request.id,
    });
  });
  const access = createAccess({ ...deps.store, directory: deps.directory });
  const entry = createEntry(deps);
  const callerOfUser = createPersons(deps.store);
  const requireFresh = createStepUp({ ...deps.store, oidc: deps.oidc, clock: deps.clock });
  const guard = createGuard({ ...deps, access, entry, callerOfUser, requireFresh });
  app.addHook('onRequest', guard);
  guardBodies(app, guard, deps.bodyWithinMs ?? BODY_WITHIN_MS);
  app.addHook('onRequest', refuseIdempotencyKey);
  const audit = createAudit({ ...deps.store, findReach: createReach({ ...deps.store, access }) });
  const standing = createStanding({ ...deps.store, callerOfUser, clock: deps.clock });
  auditOperations(app, { ...deps, audit });
  app.setErrorHandler(answerError);
  refuseUnrouted(app, table, await consolePages(app, CONSOLE_DIR));
  readJsonOnly(app);
  await describeApi(app, { publicUrl: deps.publicUrl, doors: deps.doors ?? [] });
  await app.register(
    async (scope) => {
      const api = scope.withTypeProvider<ZodTypeProvider>();
      personRoutes(api, entry, { ...deps, access, standing });
      addOperations(api, deps, { access, audit, standing });
    },
    { prefix: '/api/v1' },
  );
  await docsRoutes(app, deps.docsDir ?? DOCS_DIR);
  await app.ready();
  return Object.assign(app as unknown as FastifyInstance, { routeTable: table });
}
