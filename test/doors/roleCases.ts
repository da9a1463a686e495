import type { TestManagement } from '../kit/management.ts';
import { newPerson, ofAccount } from '../kit/memberships.ts';
import type { Tenant, Tenants } from './manageSetting.ts';

/** A call of an operation, on things that were made for this call alone. */
export interface Target {
  readonly path: string;
  readonly body?: object;
}

/** By operation: what to call. `tenant` is where the thing called about lies. */
export type Cases = Readonly<Record<string, (tenant: Tenant) => Promise<Target> | Target>>;

const scope = { mode: 'all' };
const PASSWORD = 'fjord kestrel lantern';
let number = 0;
const name = () => `fresh-${++number}`;

export function roleCases(tenants: Tenants): Cases {
  const { app } = tenants;
  const much = { unit: 'tokens', amount: 1_000_000, window: { kind: 'lifetime' } };
  const key = async ({ projectId }: Tenant) =>
    (await app.make(`/projects/${projectId}/keys`, { name: name(), scope }))['id'] as string;
  const keptKey = async ({ accountId, projectId }: Tenant) => {
    await app.store.policies.setAccount(accountId, { keyReveal: 'recoverable' });
    return (await app.make(`/projects/${projectId}/keys`, { name: 'kept', scope }))['id'] as string;
  };
  const rotatedKey = async (tenant: Tenant) => {
    const id = await key(tenant);
    await app.call('POST', `/keys/${id}/rotate`, {});
    return id;
  };
  const leakReport = async (tenant: Tenant) =>
    (await app.make(`/keys/${await key(tenant)}/leak-reports`, {}))['id'] as string;
  const limit = async (tenant: Tenant) => (await app.make(`/keys/${await key(tenant)}/limits`, much))['id'] as string;
  const template = async ({ accountId }: Tenant) =>
    (await app.make(`/accounts/${accountId}/limit-templates`, { name: name() }))['id'] as string;
  const group = async () => (await app.make('/groups', { name: name() }))['id'] as string;
  const webhook = async ({ accountId }: Tenant) =>
    (await app.make(`/accounts/${accountId}/webhooks`, { url: 'https://hooks.example/x' }))['id'] as string;
  const endpoint = async ({ projectId }: Tenant) =>
    (await app.make(`/projects/${projectId}/endpoints`, { name: name(), modelId: tenants.modelId }))['id'] as string;
  const member = async ({ accountId }: Tenant) => (await newPerson(app.store, [ofAccount(accountId, 'member')])).id;
  const projectMember = async (tenant: Tenant) => {
    const { accountId, projectId } = tenant;
    const userId = await member(tenant);
    const membership = { accountId, projectId, role: 'member' } as const;
    await app.store.members.put({ ...membership, userId, addedBy: 'root', createdAtMs: 0 }, null);
    return userId;
  };
  const account = (rest: string, body?: object) => (tenant: Tenant) =>
    target(`/accounts/${tenant.accountId}${rest}`, body);
  const project = (rest: string, body?: object) => (tenant: Tenant) =>
    target(`/projects/${tenant.projectId}${rest}`, body);
  const on =
    (noun: string, make: (tenant: Tenant) => Promise<string>, rest = '', body?: object) =>
    async (tenant: Tenant): Promise<Target> =>
      target(`/${noun}/${await make(tenant)}${rest}`, body);
  const of =
    (noun: string, id: (tenant: Tenant) => string, rest = '', body?: object) =>
    (tenant: Tenant) =>
      target(`/${noun}/${id(tenant)}${rest}`, body);
  const clusterUser =
    (rest: string, body?: object) =>
    async ({ serviceId }: Tenant): Promise<Target> => {
      const users = `/services/${serviceId}/users`;
      const { id } = await app.make(users, { username: name(), role: 'read-only', password: PASSWORD });
      return target(`${users}/${String(id)}${rest}`, body);
    };
  const quota = on('quota-requests', (tenant) => quotaRequest(app, tenant.accountId));

  return {
    createAccount: () => target('/accounts', { name: name() }),
    listAccounts: () => target('/accounts'),
    getAccount: account(''),
    changeAccount: account('', { nameEditable: false }),
    createAccountKey: account('/keys', { name: 'management' }),
    listAccountKeys: account('/keys'),
    getAccountHygiene: account('/hygiene'),
    changeKeysOfAccount: account('/keys/bulk-change', { ids: ['key_none'], change: { status: 'disabled' } }),
    deleteKeysOfAccount: account('/keys/bulk-delete', { ids: ['key_none'] }),
    createAccountLimit: account('/limits', {}),
    listAccountLimits: account('/limits'),
    createLimitTemplate: (tenant) => target(`/accounts/${tenant.accountId}/limit-templates`, { name: name() }),
    listLimitTemplates: account('/limit-templates'),
    createWebhook: account('/webhooks', { url: 'https://hooks.example/x' }),
    listWebhooks: account('/webhooks'),
    listAccountMembers: account('/members'),
    setAccountMember: async (tenant) =>
      target(`/accounts/${tenant.accountId}/members/${await member(tenant)}`, { role: 'member' }),
    removeAccountMember: async (tenant) => target(`/accounts/${tenant.accountId}/members/${await member(tenant)}`),
    getAccountQuota: account('/quota'),
    changeAccountQuota: account('/quota', { memberKeyCap: null }),
    createQuotaRequest: async (tenant) => {
      await withdrawPending(app, tenant.accountId);
      return target(`/accounts/${tenant.accountId}/quota-requests`, { amount: 1_000_000, reason: 'more' });
    },
    listAccountQuotaRequests: account('/quota-requests'),
    listQuotaRequests: () => target('/quota-requests'),
    getQuotaRequest: quota,
    withdrawQuotaRequest: on('quota-requests', (tenant) => quotaRequest(app, tenant.accountId), '/withdraw'),
    approveQuotaRequest: on('quota-requests', (tenant) => quotaRequest(app, tenant.accountId), '/approve', {}),
    rejectQuotaRequest: on('quota-requests', (tenant) => quotaRequest(app, tenant.accountId), '/reject', {
      note: 'no',
    }),

    createProject: (tenant) => target('/projects', { name: name(), accountId: tenant.accountId }),
    listProjects: () => target('/projects'),
    getProject: project(''),
    changeProject: project('', {}),
    getAccountPermissions: account('/permissions'),
    getProjectPermissions: project('/permissions'),
    getSecurity: project('/security'),
    changeSecurity: project('/security', {}),
    getSecurityOfNone: () => target('/security'),
    changeSecurityOfNone: () => target('/security', {}),
    listProjectMembers: project('/members'),
    setProjectMember: async (tenant) =>
      target(`/projects/${tenant.projectId}/members/${await projectMember(tenant)}`, { role: 'member' }),
    removeProjectMember: async (tenant) =>
      target(`/projects/${tenant.projectId}/members/${await projectMember(tenant)}`),
    getProjectQuota: project('/quota'),
    changeProjectQuota: project('/quota', { keyCap: null }),
    createProjectLimit: project('/limits', {}),
    listProjectLimits: project('/limits'),
    createKey: (tenant) => target(`/projects/${tenant.projectId}/keys`, { name: name(), scope }),
    listKeys: project('/keys'),
    getHygiene: project('/hygiene'),
    changeKeys: project('/keys/bulk-change', { ids: ['key_none'], change: { status: 'disabled' } }),
    deleteKeys: project('/keys/bulk-delete', { ids: ['key_none'] }),
    getKey: on('keys', key),
    createTemporaryKey: on('keys', key, '/temporary-keys', { ttlSeconds: 60 }),
    changeKey: on('keys', key, '', { description: 'changed' }),
    disableKey: on('keys', key, '/disable'),
    enableKey: on('keys', key, '/enable'),
    getAccountSecurity: account('/security'),
    changeAccountSecurity: account('/security', {}),
    revealKey: on('keys', keptKey, '/reveal', { confirm: 'kept' }),
    rotateKey: on('keys', key, '/rotate', {}),
    undoKeyRotation: on('keys', rotatedKey, '/rotate/undo'),
    listKeySecrets: on('keys', key, '/secrets'),
    endKeySecret: async (tenant) => {
      const id = await rotatedKey(tenant);
      return target(`/keys/${id}/secrets/${(await app.store.secrets.list(id))[1]?.id}/end`);
    },
    deleteKey: on('keys', key),
    getKeyActivity: on('keys', key, '/activity'),
    explainKey: on('keys', key, '/explain', {}),
    resetKeyUsage: on('keys', key, '/reset-usage'),
    createKeyLimit: on('keys', key, '/limits', much),
    listKeyLimits: on('keys', key, '/limits'),
    getLimit: on('limits', limit),
    changeLimit: on('limits', limit, '', { amount: 2_000_000 }),
    deleteLimit: on('limits', limit),
    resetLimit: on('limits', limit, '/reset'),
    getLimitTemplate: on('limit-templates', template),
    changeLimitTemplate: on('limit-templates', template, '', { name: 'renamed' }),
    deleteLimitTemplate: on('limit-templates', template),
    createTemplateLimit: on('limit-templates', template, '/limits', much),
    listTemplateLimits: on('limit-templates', template, '/limits'),
    getWebhook: of('webhooks', ({ webhookId }) => webhookId),
    changeWebhook: of('webhooks', ({ webhookId }) => webhookId, '', {}),
    deleteWebhook: on('webhooks', webhook),
    rotateWebhookSecret: of('webhooks', ({ webhookId }) => webhookId, '/rotate-secret'),
    testWebhook: of('webhooks', ({ webhookId }) => webhookId, '/test'),
    listWebhookDeliveries: of('webhooks', ({ webhookId }) => webhookId, '/deliveries'),
    createEndpoint: (tenant) =>
      target(`/projects/${tenant.projectId}/endpoints`, { name: name(), modelId: tenants.modelId }),
    listEndpoints: project('/endpoints'),
    getEndpoint: on('endpoints', endpoint),
    changeEndpoint: on('endpoints', endpoint, '', {}),
    deleteEndpoint: on('endpoints', endpoint),
    createClusterUser: ({ serviceId }) =>
      target(`/services/${serviceId}/users`, { username: name(), role: 'read-only', password: PASSWORD }),
    listClusterUsers: of('services', ({ serviceId }) => serviceId, '/users'),
    getClusterUser: clusterUser(''),
    changeClusterUser: clusterUser('', { description: 'changed' }),
    disableClusterUser: clusterUser('/disable'),
    enableClusterUser: clusterUser('/enable'),
    resetClusterUserPassword: clusterUser('/reset-password', { password: PASSWORD }),
    deleteClusterUser: clusterUser(''),
    createService: project('/services', {}),
    listServices: project('/services'),
    getService: of('services', ({ serviceId }) => serviceId),
    changeService: of('services', ({ serviceId }) => serviceId, '', { description: 'changed' }),
    deleteService: of('services', ({ serviceId }) => serviceId, '?unknown=1'),
    reportLeak: on('keys', key, '/leak-reports', {}),
    getLeakReport: on('leak-reports', leakReport),
    getSuspectUse: on('leak-reports', leakReport, '/use'),
    changeLeakReport: on('leak-reports', leakReport, '', { use: { state: 'clear' } }),
    closeLeakReport: on('leak-reports', leakReport, '/close', { reason: 'tried' }),
    listLeakReports: (tenant) => target(`/leak-reports?projectId=${tenant.projectId}`),
    sumUsage: (tenant) => target(`/usage?projectId=${tenant.projectId}`),
    listRequests: (tenant) => target(`/requests?projectId=${tenant.projectId}`),
    listDenials: (tenant) => target(`/denials?projectId=${tenant.projectId}`),
    listNotices: (tenant) => target(`/notices?projectId=${tenant.projectId}`),
    countUnreadNotices: (tenant) => target(`/notices/unread?projectId=${tenant.projectId}`),
    markNoticesRead: (tenant) =>
      target('/notices/read', { projectId: tenant.projectId, until: '2026-01-01T00:00:00Z' }),

    createModel: () => target('/models', {}),
    importModels: () => target('/models/import', {}),
    listModels: () => target('/models'),
    getModel: () => target(`/models/${tenants.modelId}`),
    changeModel: () => target(`/models/${tenants.modelId}`, {}),
    deleteModel: () => target(`/models/${tenants.modelId}?unknown=1`),
    createProvider: () => target('/providers', {}),
    listProviders: () => target('/providers'),
    getProvider: () => target(`/providers/${tenants.providerId}`),
    changeProvider: () => target(`/providers/${tenants.providerId}`, {}),
    deleteProvider: () => target(`/providers/${tenants.providerId}`),
    testProvider: () => target(`/providers/${tenants.providerId}/test?unknown=1`),
    createGroup: () => target('/groups', { name: name() }),
    listGroups: () => target('/groups'),
    getGroup: async () => target(`/groups/${await group()}`),
    changeGroup: async () => target(`/groups/${await group()}`, { name: name() }),
    deleteGroup: async () => target(`/groups/${await group()}`),
    listOpenGroups: project('/groups'),
    listRegions: () => target('/regions'),
    listAbandonedRequests: () => target('/requests/abandoned'),
    waiveRequest: () => target('/requests/req_none/waive', {}),
    adjustRequest: () => target('/requests/req_none/adjust', {}),
    verifyLedger: () => target('/ledger/verify', {}),
    getSystem: () => target('/system'),
  };
}

function target(path: string, body?: object): Target {
  return body ? { path, body } : { path };
}

async function withdrawPending(app: TestManagement, accountId: string): Promise<void> {
  const { data } = await app.store.quotas.list({ accountId, status: 'pending', limit: 10 });
  const decision = { status: 'withdrawn', note: null, grantedAmount: null, decidedBy: 'root', decidedAtMs: 0 } as const;
  for (const { id } of data) await app.store.quotas.decide(id, decision);
}

/** A pending request of someone else. */
async function quotaRequest(app: TestManagement, accountId: string): Promise<string> {
  await withdrawPending(app, accountId);
  const id = `qrq_${name()}`;
  await app.store.quotas.create({
    id,
    accountId,
    status: 'pending',
    amount: 51,
    reason: 'more',
    askedBy: 'usr_someone',
    createdAtMs: 0,
    grantedAmount: null,
    note: null,
    decidedBy: null,
    decidedAtMs: null,
  });
  return id;
}
