import type { IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Provider } from '../../core/catalogue.ts';
import type { NamedProvider } from '../../core/oidc.ts';
import type { Clock, NewId, Random, Store } from '../../core/ports.ts';
import { NO_REGIONS, type Regions } from '../../core/region.ts';
import type { SendWebhook } from '../../core/webhook.ts';
import { createAbandoned } from '../../service/abandoned.ts';
import { createAccess, type Access } from '../../service/access.ts';
import { createAccounts } from '../../service/accounts.ts';
import { createAudit, type Audit } from '../../service/audit.ts';
import { createClusterUsers, holders } from '../../service/clusterUsers.ts';
import { createConfirmations } from '../../service/confirmation.ts';
import { createKeyCreation } from '../../service/creation.ts';
import type { Directory } from '../../service/directory.ts';
import { createEndpoints } from '../../service/endpoints.ts';
import { createExplain } from '../../service/explain.ts';
import { createGroups } from '../../service/groups.ts';
import type { Identities } from '../../service/identity.ts';
import type { Keyring } from '../../service/keyring.ts';
import { createKeys } from '../../service/keys.ts';
import { createLimits } from '../../service/limits.ts';
import { createLimitTemplates } from '../../service/limitTemplates.ts';
import { createMembers } from '../../service/members.ts';
import { createModels } from '../../service/models.ts';
import { createPasswords } from '../../service/passwords.ts';
import type { SessionLimits } from '../../service/sessions.ts';
import { createNoticeList } from '../../service/noticeList.ts';
import { createPersons } from '../../service/persons.ts';
import { createPriceImport } from '../../service/priceImport.ts';
import { createProjects } from '../../service/projects.ts';
import { createProviders, type ProviderTest } from '../../service/providers.ts';
import { createOwners } from '../../service/owners.ts';
import { createQuotas } from '../../service/quotas.ts';
import { createReach } from '../../service/reach.ts';
import { createStanding, type Standing } from '../../service/standing.ts';
import { createServices } from '../../service/services.ts';
import type { Shapes } from '../../service/shapes.ts';
import { createStepUp } from '../../service/stepUp.ts';
import { createUsage } from '../../service/usage.ts';
import type { Uses } from '../../service/uses.ts';
import { createWebhooks } from '../../service/webhooks.ts';
import { consolePages } from '../consolePages.ts';
import { docsRoutes } from '../docs.ts';
import { describeApi, type Door } from '../openapi.ts';
import { securityHeaders } from '../securityHeaders.ts';
import { createEntry } from '../session/entry.ts';
import { abandonedRoutes } from './abandoned.ts';
import { accountSecurityRoutes } from './accountSecurity.ts';
import { accountRoutes } from './accounts.ts';
import { answerError } from './answer.ts';
import type { Api } from './api.ts';
import { auditRoutes } from './audit.ts';
import { auditOperations } from './auditHook.ts';
import { BODY_WITHIN_MS, guardBodies } from './body.ts';
import { clusterUserRoutes } from './clusterUsers.ts';
import { creationRoutes } from './creation.ts';
import { endpointRoutes } from './endpoints.ts';
import { explainRoutes } from './explain.ts';
import { groupRoutes } from './groups.ts';
import type { ScannerKeys } from './foundKeys.ts';
import { createGuard } from './guard.ts';
import { refuseIdempotencyKey } from './idempotency.ts';
import { keyCareRoutes } from './keyCare.ts';
import { keyRoutes } from './keys.ts';
import { ledgerRoutes } from './ledger.ts';
import { limitRoutes } from './limits.ts';
import { limitTemplateRoutes } from './limitTemplates.ts';
import { memberRoutes } from './members.ts';
import { modelRoutes } from './models.ts';
import { noticeRoutes } from './notices.ts';
import { permissionRoutes } from './permissions.ts';
import { personRoutes } from './persons.ts';
import { projectRoutes } from './projects.ts';
import { providerRoutes } from './providers.ts';
import { quotaRoutes } from './quotas.ts';
import { compileSchema, readJsonOnly } from './reading.ts';
import { regionRoutes } from './regions.ts';
import { createRouteTable, refuseUnrouted, type RouteTable } from './routeTable.ts';
import { securityRoutes } from './security.ts';
import { serviceRoutes } from './services.ts';
import { usageRoutes } from './usage.ts';
import { webhookRoutes } from './webhooks.ts';

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

/** Makes the verbs and hands each noun its routes. */
function addOperations(
  api: Api,
  deps: ManagementDeps,
  { access, audit, standing }: { access: Access; audit: Audit; standing: Standing },
): void {
  const { store, directory, clock, regions = { ...NO_REGIONS, publicUrl: deps.publicUrl } } = deps;
  const { keys: keyStore, accounts: accountStore, projects: projectStore, ledger, limits: limitStore } = store;
  const {
    providers: providerTable,
    models: modelTable,
    endpoints: endpointTable,
    services: serviceTable,
  } = store.catalogue;

  const accounts = createAccounts({ ...deps, accounts: accountStore });
  const projects = createProjects({ ...deps, ...store, store });
  const models = createModels({ ...deps, table: modelTable, projects: projectStore });
  const importPrices = createPriceImport({ ...deps, models: modelTable, projects: projectStore });
  const confirmations = createConfirmations(deps);
  const keys = createKeys({
    ...deps,
    keys: keyStore,
    accounts: accountStore,
    ledger,
    limits: limitStore,
    policies: store.policies,
    secrets: store.secrets,
    confirmations,
  });
  const templates = createLimitTemplates({ ...deps, limits: limitStore, accounts: accountStore });
  const limits = createLimits({ ...deps, limits: limitStore, keyStore, keys, projects, accounts, templates });
  const explain = createExplain({
    ...deps,
    keys,
    keyStore,
    accounts: accountStore,
    projects: projectStore,
    policies: store.policies,
    limits,
    store: limitStore,
  });
  const abandoned = createAbandoned({ limits: limitStore, clock });
  const findReach = createReach({ keys: holders(keyStore, store.clusterUsers), projects: projectStore, access });

  const findOwners = createOwners(store);

  accountRoutes(api, { accounts, limits, clock });
  projectRoutes(api, { projects, limits, findOwners, regions, clock });
  permissionRoutes(api, { access, accounts, projects });
  creationRoutes(api, {
    creation: createKeyCreation({ ...deps, ...store, access }),
    projects,
    accounts,
    findOwners,
    regions,
    clock,
  });
  keyRoutes(api, { keys, projects, accounts, limits, findOwners, regions, clock });
  regionRoutes(api, regions);
  keyCareRoutes(api, deps, { access, accounts, audit, confirmations, findOwners, findReach, keys, projects, regions });
  memberRoutes(api, {
    members: createMembers({ ...deps, ...store, standing }),
    accounts,
    projects,
  });
  accountSecurityRoutes(api, { ...deps, policies: store.policies });
  securityRoutes(api, { ...deps, policies: store.policies });
  quotaRoutes(api, { quotas: createQuotas({ ...deps, ...store }), accounts, projects });
  limitRoutes(api, { limits, clock });
  limitTemplateRoutes(api, { templates, limits });
  explainRoutes(api, { explain });
  noticeRoutes(api, { notices: createNoticeList({ ...store, findReach }) });
  webhookRoutes(api, {
    webhooks: createWebhooks({
      ...deps,
      webhooks: store.webhooks,
      send: deps.sendWebhook ?? sendNone,
      refuseHost: deps.refuseWebhookHost ?? refuseAll,
    }),
    accounts,
  });
  modelRoutes(api, { models, projects, importPrices });
  endpointRoutes(api, { endpoints: createEndpoints({ ...deps, table: endpointTable, directory }), projects });
  const services = createServices({ ...deps, table: serviceTable });
  serviceRoutes(api, { services, projects });
  clusterUserRoutes(api, {
    users: createClusterUsers({ ...deps, users: store.clusterUsers, services, passwords: createPasswords(deps) }),
    clock,
  });
  groupRoutes(api, { projects, groups: createGroups({ ...deps, ...store, table: store.catalogue.groups }) });
  providerRoutes(api, {
    providers: createProviders({ ...deps, table: providerTable, testProvider: deps.testProvider }),
  });
  auditRoutes(api, { audit });
  usageRoutes(api, { usage: createUsage({ ledger, findReach, clock }), abandoned });
  abandonedRoutes(api, { abandoned });
  ledgerRoutes(api, { limits: limitStore, clock });
}

const sendNone: SendWebhook = async () => ({ status: null, error: 'This server sends no webhooks.', durationMs: 0 });
const refuseAll = (): string => 'This server sends no webhooks.';
