import type { IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Provider } from '../../core/catalogue.ts';
import { Fault } from '../../core/fault.ts';
import type { Clock, NewId, Random, Store } from '../../core/ports.ts';
import { createAccounts } from '../../service/accounts.ts';
import { createConfirmations } from '../../service/confirmation.ts';
import { createKeyCreation } from '../../service/creation.ts';
import type { Directory } from '../../service/directory.ts';
import { createEndpoints } from '../../service/endpoints.ts';
import type { Identities } from '../../service/identity.ts';
import type { Keyring } from '../../service/keyring.ts';
import { createKeys } from '../../service/keys.ts';
import { createModels } from '../../service/models.ts';
import { createPriceImport } from '../../service/priceImport.ts';
import { createProjects } from '../../service/projects.ts';
import { createProviders, type ProviderTest } from '../../service/providers.ts';
import { createServices } from '../../service/services.ts';
import { createUsage } from '../../service/usage.ts';
import type { Uses } from '../../service/uses.ts';
import { docsRoutes } from '../docs.ts';
import { describeApi, type Door } from '../openapi.ts';
import { accountRoutes } from './accounts.ts';
import { answerError } from './answer.ts';
import type { Api } from './api.ts';
import { endpointRoutes } from './endpoints.ts';
import { createGuard } from './guard.ts';
import { keyRoutes } from './keys.ts';
import { modelRoutes } from './models.ts';
import { projectRoutes } from './projects.ts';
import { providerRoutes } from './providers.ts';
import { compileSchema, readJsonOnly } from './reading.ts';
import { createRouteTable, type RouteTable } from './routeTable.ts';
import { serviceRoutes } from './services.ts';
import { usageRoutes } from './usage.ts';

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
  readonly identities: Identities;
  /** Notes when management keys are used; left out: nobody does. */
  readonly uses?: Pick<Uses, 'note'>;
  /** Secret that confirmation tokens are signed under, by a key derived from it. */
  readonly tokenKey: Uint8Array;
  /** The address people reach the server at, for the description; null: the one they found the description at. */
  readonly publicUrl: string | null;
  /** The client's canonical address; null when it cannot be told. */
  readonly clientAddress: (request: IncomingMessage) => string | null;
  readonly refuseHost: (hostname: string) => string | null;
  readonly testProvider?: (provider: Provider) => Promise<ProviderTest>;
  readonly logger: FastifyBaseLogger;
  /** Operations served elsewhere that the API's description should include. */
  readonly doors?: readonly Door[];
  /** Folder of the Markdown pages served at /docs; left out: docs/ of this repository. */
  readonly docsDir?: string;
}

const BODY_LIMIT_BYTES = 1024 * 1024;
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
  app.addHook('onRequest', async (request, reply) => {
    void reply.headers({
      'cache-control': 'no-store',
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
    });
  });
  app.addHook('onRequest', createGuard(deps));
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((request, reply) => {
    const allowed = table.methodsAt(request.url);
    if (allowed.length === 0)
      throw new Fault('not_found', 'There is nothing at this address. /docs/reference/api lists what there is.');
    void reply.header('allow', allowed.join(', '));
    throw new Fault('method_not_allowed', `This address takes ${allowed.join(', ')}.`);
  });
  readJsonOnly(app);
  await describeApi(app, { publicUrl: deps.publicUrl, doors: deps.doors ?? [] });
  await app.register(async (scope) => addOperations(scope.withTypeProvider<ZodTypeProvider>(), deps), {
    prefix: '/api/v1',
  });
  await docsRoutes(app, deps.docsDir ?? DOCS_DIR);
  await app.ready();
  return Object.assign(app as unknown as FastifyInstance, { routeTable: table });
}

/** Makes the verbs and hands each noun its routes. */
function addOperations(api: Api, deps: ManagementDeps): void {
  const { store, directory } = deps;
  const { keys, accounts: accountStore, projects: projectStore, ledger } = store;
  const {
    providers: providerTable,
    models: modelTable,
    endpoints: endpointTable,
    services: serviceTable,
  } = store.catalogue;

  const accounts = createAccounts({ ...deps, accounts: accountStore });
  const projects = createProjects({ ...deps, accounts: accountStore, projects: projectStore });
  const models = createModels({ ...deps, table: modelTable, projects: projectStore });
  const importPrices = createPriceImport({ ...deps, models: modelTable, projects: projectStore });

  accountRoutes(api, { accounts });
  projectRoutes(api, { projects });
  keyRoutes(api, {
    keys: createKeys({ ...deps, keys, accounts: accountStore, ledger, confirmations: createConfirmations(deps) }),
    creation: createKeyCreation({ ...deps, keys }),
    projects,
    accounts,
    clock: deps.clock,
  });
  modelRoutes(api, { models, projects, importPrices });
  endpointRoutes(api, { endpoints: createEndpoints({ ...deps, table: endpointTable, directory }), projects });
  serviceRoutes(api, { services: createServices({ ...deps, table: serviceTable }), projects });
  providerRoutes(api, {
    providers: createProviders({ ...deps, table: providerTable, testProvider: deps.testProvider }),
  });
  usageRoutes(api, { usage: createUsage({ ...deps, ledger, keys, projects: projectStore }) });
}
