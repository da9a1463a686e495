import { NO_REGIONS } from '../../core/region.ts';
import type { SendWebhook } from '../../core/webhook.ts';
import { createAbandoned } from '../../service/abandoned.ts';
import type { Access } from '../../service/access.ts';
import { createAccounts } from '../../service/accounts.ts';
import type { Audit } from '../../service/audit.ts';
import { createClusterUsers, holders } from '../../service/clusterUsers.ts';
import { createConfirmations } from '../../service/confirmation.ts';
import { createKeyCreation } from '../../service/creation.ts';
import { createEndpoints } from '../../service/endpoints.ts';
import { createExplain } from '../../service/explain.ts';
import { createGroups } from '../../service/groups.ts';
import { createKeys } from '../../service/keys.ts';
import { createLimits } from '../../service/limits.ts';
import { createLimitTemplates } from '../../service/limitTemplates.ts';
import { createMembers } from '../../service/members.ts';
import { createModels } from '../../service/models.ts';
import { createNoticeList } from '../../service/noticeList.ts';
import { createOwners } from '../../service/owners.ts';
import { createPasswords } from '../../service/passwords.ts';
import { createPriceImport } from '../../service/priceImport.ts';
import { createProjects } from '../../service/projects.ts';
import { createProviders } from '../../service/providers.ts';
import { createQuotas } from '../../service/quotas.ts';
import { createReach } from '../../service/reach.ts';
import { createServices } from '../../service/services.ts';
import type { Standing } from '../../service/standing.ts';
import { createSystemReader } from '../../service/system.ts';
import { createUsage } from '../../service/usage.ts';
import { createWebhooks } from '../../service/webhooks.ts';
import { abandonedRoutes } from './abandoned.ts';
import { accountRoutes } from './accounts.ts';
import { accountSecurityRoutes } from './accountSecurity.ts';
import type { Api } from './api.ts';
import { auditRoutes } from './audit.ts';
import { clusterUserRoutes } from './clusterUsers.ts';
import { creationRoutes } from './creation.ts';
import type { ManagementDeps } from './deps.ts';
import { endpointRoutes } from './endpoints.ts';
import { explainRoutes } from './explain.ts';
import { groupRoutes } from './groups.ts';
import { keyCareRoutes } from './keyCare.ts';
import { keyRoutes } from './keys.ts';
import { ledgerRoutes } from './ledger.ts';
import { limitRoutes } from './limits.ts';
import { limitTemplateRoutes } from './limitTemplates.ts';
import { memberRoutes } from './members.ts';
import { modelRoutes } from './models.ts';
import { noticeRoutes } from './notices.ts';
import { permissionRoutes } from './permissions.ts';
import { projectRoutes } from './projects.ts';
import { providerRoutes } from './providers.ts';
import { quotaRoutes } from './quotas.ts';
import { regionRoutes } from './regions.ts';
import { securityRoutes } from './security.ts';
import { serviceRoutes } from './services.ts';
import { systemRoutes } from './system.ts';
import { usageRoutes } from './usage.ts';
import { webhookRoutes } from './webhooks.ts';

/** Makes the verbs and hands each noun its routes. */
export function addOperations(
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
  noticeRoutes(api, { notices: createNoticeList({ ...store, findReach, clock }) });
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
  systemRoutes(api, { readSystem: createSystemReader({ ...deps, facts: deps.system }), regions });
}

const sendNone: SendWebhook = async () => ({ status: null, error: 'This server sends no webhooks.', durationMs: 0 });
const refuseAll = (): string => 'This server sends no webhooks.';
