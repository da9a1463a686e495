import type { IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Provider } from '../../core/catalogue.ts';
import type { NamedProvider } from '../../core/oidc.ts';
import type { Clock, NewId, Random, Store } from '../../core/ports.ts';
import type { Regions } from '../../core/region.ts';
import type { SendWebhook } from '../../core/webhook.ts';
import { createAccess } from '../../service/access.ts';
import { createAudit } from '../../service/audit.ts';
import type { Directory } from '../../service/directory.ts';
import type { Identities } from '../../service/identity.ts';
import type { Keyring } from '../../service/keyring.ts';
import type { SessionLimits } from '../../service/sessions.ts';
import { createPersons } from '../../service/persons.ts';
import type { ProviderTest } from '../../service/providers.ts';
import { createReach } from '../../service/reach.ts';
import { createStanding } from '../../service/standing.ts';
import type { Shapes } from '../../service/shapes.ts';
import { createStepUp } from '../../service/stepUp.ts';
import type { Uses } from '../../service/uses.ts';
import { consolePages } from '../consolePages.ts';
import { docsRoutes } from '../docs.ts';
import { describeApi, type Door } from '../openapi.ts';
import { securityHeaders } from '../securityHeaders.ts';
import { createEntry } from '../session/entry.ts';
import { answerError } from './answer.ts';
import { auditOperations } from './auditHook.ts';
import { BODY_WITHIN_MS, guardBodies } from './body.ts';
import type { ScannerKeys } from './foundKeys.ts';
import { createGuard } from './guard.ts';
import { refuseIdempotencyKey } from './idempotency.ts';
import { personRoutes } from './persons.ts';
import { compileSchema, readJsonOnly } from './reading.ts';
import { createRouteTable, refuseUnrouted, type RouteTable } from './routeTable.ts';
import { addOperations } from './operations.ts';
import type { SystemFacts } from '../../service/system.ts';

/** What the management API needs from outside. */
export interface ManagementDeps {
  readonly store: Store;
  readonly keyring: Keyring;
  readonly directory: Directory;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: NewId;
  readonly hashValue: (value: string) => string;
  readonly keyPrefix: string;
  readonly shapes: Shapes;
  readonly identities: Identities;
  /** How long people stay signed in; left out: as NIST SP 800-63B has it. */
  readonly sessionLimits?: SessionLimits;
  /** The identity provider people may sign in with; left out: none. */
  readonly oidc?: NamedProvider | null;
  /** Notes when management keys are used; left out: nobody does. */
  readonly uses?: Pick<Uses, 'note'>;
  /** Secret that confirmation tokens are signed under, by a key derived from it. */
  readonly tokenKey: Uint8Array;
  /** Under which recovery codes are hashed; left out: one derived from the token key. */
  readonly recoveryKey?: Uint8Array | undefined;
  /** The address people reach the server at, for the description; null: the one they found the description at. */
  readonly publicUrl: string | null;
  /** Left out: there are none. */
  readonly regions?: Regions;
  /** The client's canonical address; null when it cannot be told. */
  readonly clientAddress: (request: IncomingMessage) => string | null;
  readonly refuseHost: (hostname: string) => string | null;
  /** Of scanners that may report leaked keys; left out: there are none. */
  readonly scannerKeys?: ScannerKeys;
  readonly testProvider?: (provider: Provider) => Promise<ProviderTest>;
  /** Sends one message to a webhook, for tests of it; left out: none is sent. */
  readonly sendWebhook?: SendWebhook;
  /** Why a host may not be a webhook's; null when it may. Left out: none may. */
  readonly refuseWebhookHost?: (hostname: string) => string | null;
  /** What this process knows of itself, for its operator. */
  readonly system: SystemFacts;
  readonly logger: FastifyBaseLogger;
  /** The longest a body may be on its way; left out: half a minute. */
  readonly bodyWithinMs?: number;
  /** Operations served elsewhere that the API's description should include. */
  readonly doors?: readonly Door[];
  /** Folder of the Markdown pages served at /docs; left out: docs/ of this repository. */
  readonly docsDir?: string;
}

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
