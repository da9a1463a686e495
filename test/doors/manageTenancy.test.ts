import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiDescription } from '../../src/http/openapi.ts';
import type { Answer, TestManagement } from '../kit/management.ts';
import { startTenants, type Tenant, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;

beforeAll(async () => {
  tenants = await startTenants();
  app = tenants.app;
});
afterAll(() => app.close());

/** What an operation answers to a caller of a tenant: `404` where it names what is another's, `403` where it is not theirs to call. */
interface Case {
  readonly operation: string;
  readonly path: (tenant: Tenant) => string;
  readonly body?: (tenant: Tenant) => unknown;
  readonly accountKey: 'open' | 403;
  readonly projectKey: 'open' | 403;
}

const own = { accountKey: 'open', projectKey: 'open' } as const;
const accountOnly = { accountKey: 'open', projectKey: 403 } as const;
const operatorOnly = { accountKey: 403, projectKey: 403 } as const;
const anyScope = { mode: 'all' };
const aLimit = () => ({ unit: 'tokens', amount: 1, window: { kind: 'lifetime' } });

const cases: readonly Case[] = [
  { operation: 'GET /accounts/{id}', path: (one) => `/accounts/${one.accountId}`, ...accountOnly },
  {
    operation: 'PATCH /accounts/{id}',
    path: (one) => `/accounts/${one.accountId}`,
    body: () => ({ name: 'taken over' }),
    ...accountOnly,
  },
  {
    operation: 'POST /accounts/{id}/keys',
    path: (one) => `/accounts/${one.accountId}/keys`,
    body: () => ({ name: 'x' }),
    ...accountOnly,
  },
  { operation: 'GET /accounts/{id}/keys', path: (one) => `/accounts/${one.accountId}/keys`, ...accountOnly },
  { operation: 'GET /projects/{id}', path: (one) => `/projects/${one.projectId}`, ...own },
  {
    operation: 'PATCH /projects/{id}',
    path: (one) => `/projects/${one.projectId}`,
    body: () => ({ name: 'taken over' }),
    ...accountOnly,
  },
  {
    operation: 'POST /projects/{id}/keys',
    path: (one) => `/projects/${one.projectId}/keys`,
    body: () => ({ name: 'x', scope: anyScope }),
    ...own,
  },
  { operation: 'GET /projects/{id}/keys', path: (one) => `/projects/${one.projectId}/keys`, ...own },
  { operation: 'GET /projects/{id}/hygiene', path: (one) => `/projects/${one.projectId}/hygiene`, ...own },
  { operation: 'GET /accounts/{id}/hygiene', path: (one) => `/accounts/${one.accountId}/hygiene`, ...accountOnly },
  {
    operation: 'POST /projects/{id}/keys/bulk-change',
    path: (one) => `/projects/${one.projectId}/keys/bulk-change`,
    body: (one) => ({ ids: [one.keyId], change: { status: 'disabled' } }),
    ...own,
  },
  {
    operation: 'POST /accounts/{id}/keys/bulk-change',
    path: (one) => `/accounts/${one.accountId}/keys/bulk-change`,
    body: (one) => ({ ids: [one.keyId], change: { status: 'disabled' } }),
    ...accountOnly,
  },
  {
    operation: 'POST /projects/{id}/keys/bulk-delete',
    path: (one) => `/projects/${one.projectId}/keys/bulk-delete`,
    body: (one) => ({ ids: [one.keyId] }),
    ...own,
  },
  {
    operation: 'POST /accounts/{id}/keys/bulk-delete',
    path: (one) => `/accounts/${one.accountId}/keys/bulk-delete`,
    body: (one) => ({ ids: [one.keyId] }),
    ...accountOnly,
  },
  { operation: 'GET /keys/{id}/activity', path: (one) => `/keys/${one.keyId}/activity`, ...own },
  { operation: 'GET /keys/{id}', path: (one) => `/keys/${one.keyId}`, ...own },
  {
    operation: 'PATCH /keys/{id}',
    path: (one) => `/keys/${one.keyId}`,
    body: () => ({ description: 'taken over' }),
    ...own,
  },
  { operation: 'DELETE /keys/{id}', path: (one) => `/keys/${one.keyId}`, ...own },
  {
    operation: 'POST /keys/{id}/temporary-keys',
    path: (one) => `/keys/${one.keyId}/temporary-keys`,
    body: () => ({ ttlSeconds: 60 }),
    ...own,
  },
  { operation: 'POST /keys/{id}/disable', path: (one) => `/keys/${one.keyId}/disable`, ...own },
  { operation: 'POST /keys/{id}/enable', path: (one) => `/keys/${one.keyId}/enable`, ...own },
  { operation: 'GET /accounts/{id}/security', path: (one) => `/accounts/${one.accountId}/security`, ...accountOnly },
  {
    operation: 'PATCH /accounts/{id}/security',
    path: (one) => `/accounts/${one.accountId}/security`,
    body: () => ({ keyReveal: 'recoverable' }),
    ...accountOnly,
  },
  { operation: 'POST /keys/{id}/reveal', path: (one) => `/keys/${one.keyId}/reveal`, body: () => ({}), ...own },
  { operation: 'POST /keys/{id}/rotate', path: (one) => `/keys/${one.keyId}/rotate`, body: () => ({}), ...own },
  { operation: 'POST /keys/{id}/rotate/undo', path: (one) => `/keys/${one.keyId}/rotate/undo`, ...own },
  { operation: 'GET /keys/{id}/secrets', path: (one) => `/keys/${one.keyId}/secrets`, ...own },
  {
    operation: 'POST /keys/{id}/secrets/{secretId}/end',
    path: (one) => `/keys/${one.keyId}/secrets/sec_none/end`,
    ...own,
  },
  { operation: 'POST /keys/{id}/reset-usage', path: (one) => `/keys/${one.keyId}/reset-usage`, ...own },
  { operation: 'POST /keys/{id}/explain', path: (one) => `/keys/${one.keyId}/explain`, body: () => ({}), ...own },
  { operation: 'POST /keys/{id}/limits', path: (one) => `/keys/${one.keyId}/limits`, body: aLimit, ...own },
  { operation: 'GET /keys/{id}/limits', path: (one) => `/keys/${one.keyId}/limits`, ...own },
  {
    operation: 'POST /projects/{id}/limits',
    path: (one) => `/projects/${one.projectId}/limits`,
    body: aLimit,
    ...accountOnly,
  },
  { operation: 'GET /projects/{id}/limits', path: (one) => `/projects/${one.projectId}/limits`, ...own },
  {
    operation: 'POST /accounts/{id}/limits',
    path: (one) => `/accounts/${one.accountId}/limits`,
    body: aLimit,
    ...operatorOnly,
  },
  { operation: 'GET /accounts/{id}/limits', path: (one) => `/accounts/${one.accountId}/limits`, ...accountOnly },
  { operation: 'GET /limits/{id}', path: (one) => `/limits/${one.limitId}`, ...own },
  { operation: 'PATCH /limits/{id}', path: (one) => `/limits/${one.limitId}`, body: () => ({ amount: 1 }), ...own },
  { operation: 'DELETE /limits/{id}', path: (one) => `/limits/${one.limitId}`, ...own },
  { operation: 'POST /limits/{id}/reset', path: (one) => `/limits/${one.limitId}/reset`, ...own },
  {
    operation: 'POST /accounts/{id}/limit-templates',
    path: (one) => `/accounts/${one.accountId}/limit-templates`,
    body: () => ({ name: 'x' }),
    ...accountOnly,
  },
  {
    operation: 'GET /accounts/{id}/limit-templates',
    path: (one) => `/accounts/${one.accountId}/limit-templates`,
    ...own,
  },
  { operation: 'GET /limit-templates/{id}', path: (one) => `/limit-templates/${one.templateId}`, ...own },
  {
    operation: 'PATCH /limit-templates/{id}',
    path: (one) => `/limit-templates/${one.templateId}`,
    body: () => ({ name: 'taken over' }),
    ...accountOnly,
  },
  {
    operation: 'DELETE /limit-templates/{id}',
    path: (one) => `/limit-templates/${one.templateId}`,
    ...accountOnly,
  },
  {
    operation: 'POST /limit-templates/{id}/limits',
    path: (one) => `/limit-templates/${one.templateId}/limits`,
    body: aLimit,
    ...accountOnly,
  },
  {
    operation: 'GET /limit-templates/{id}/limits',
    path: (one) => `/limit-templates/${one.templateId}/limits`,
    ...own,
  },
  { operation: 'GET /accounts/{id}/members', path: (one) => `/accounts/${one.accountId}/members`, ...accountOnly },
  {
    operation: 'PUT /accounts/{id}/members/{userId}',
    path: (one) => `/accounts/${one.accountId}/members/usr_x`,
    body: () => ({ role: 'admin' }),
    ...accountOnly,
  },
  {
    operation: 'DELETE /accounts/{id}/members/{userId}',
    path: (one) => `/accounts/${one.accountId}/members/usr_x`,
    ...accountOnly,
  },
  { operation: 'GET /projects/{id}/members', path: (one) => `/projects/${one.projectId}/members`, ...own },
  {
    operation: 'PUT /projects/{id}/members/{userId}',
    path: (one) => `/projects/${one.projectId}/members/usr_x`,
    body: () => ({ role: 'admin' }),
    ...accountOnly,
  },
  {
    operation: 'DELETE /projects/{id}/members/{userId}',
    path: (one) => `/projects/${one.projectId}/members/usr_x`,
    ...accountOnly,
  },
  {
    operation: 'GET /accounts/{id}/permissions',
    path: (one) => `/accounts/${one.accountId}/permissions`,
    ...accountOnly,
  },
  { operation: 'GET /projects/{id}/permissions', path: (one) => `/projects/${one.projectId}/permissions`, ...own },
  { operation: 'GET /projects/{id}/security', path: (one) => `/projects/${one.projectId}/security`, ...own },
  {
    operation: 'PATCH /projects/{id}/security',
    path: (one) => `/projects/${one.projectId}/security`,
    body: () => ({ memberAccess: 'none' }),
    ...accountOnly,
  },
  {
    operation: 'POST /invitations',
    path: () => '/invitations',
    body: (one) => ({ email: 'spy@people.test', accountId: one.accountId, role: 'admin' }),
    ...accountOnly,
  },
  { operation: 'GET /invitations', path: (one) => `/invitations?accountId=${one.accountId}`, ...accountOnly },
  {
    operation: 'POST /invitations/{id}/revoke',
    path: (one) => `/invitations/${one.invitationId}/revoke`,
    ...accountOnly,
  },
  { operation: 'GET /accounts/{id}/quota', path: (one) => `/accounts/${one.accountId}/quota`, ...accountOnly },
  {
    operation: 'PATCH /accounts/{id}/quota',
    path: (one) => `/accounts/${one.accountId}/quota`,
    body: () => ({ memberKeyCap: 1 }),
    ...accountOnly,
  },
  { operation: 'GET /projects/{id}/quota', path: (one) => `/projects/${one.projectId}/quota`, ...own },
  {
    operation: 'PATCH /projects/{id}/quota',
    path: (one) => `/projects/${one.projectId}/quota`,
    body: () => ({ keyCap: 1 }),
    ...accountOnly,
  },
  {
    operation: 'POST /accounts/{id}/quota-requests',
    path: (one) => `/accounts/${one.accountId}/quota-requests`,
    body: () => ({ amount: 1000, reason: 'x' }),
    ...accountOnly,
  },
  {
    operation: 'GET /accounts/{id}/quota-requests',
    path: (one) => `/accounts/${one.accountId}/quota-requests`,
    ...accountOnly,
  },
  { operation: 'GET /quota-requests/{id}', path: (one) => `/quota-requests/${one.quotaRequestId}`, ...accountOnly },
  {
    operation: 'POST /quota-requests/{id}/withdraw',
    path: (one) => `/quota-requests/${one.quotaRequestId}/withdraw`,
    ...accountOnly,
  },
  {
    operation: 'POST /quota-requests/{id}/approve',
    path: (one) => `/quota-requests/${one.quotaRequestId}/approve`,
    body: () => ({}),
    ...operatorOnly,
  },
  {
    operation: 'POST /quota-requests/{id}/reject',
    path: (one) => `/quota-requests/${one.quotaRequestId}/reject`,
    body: () => ({ note: 'x' }),
    ...operatorOnly,
  },
  {
    operation: 'POST /keys/{id}/leak-reports',
    path: (one) => `/keys/${one.keyId}/leak-reports`,
    body: () => ({}),
    ...own,
  },
  { operation: 'GET /leak-reports', path: (one) => `/leak-reports?keyId=${one.keyId}`, ...own },
  { operation: 'GET /leak-reports/{id}', path: (one) => `/leak-reports/${one.leakReportId}`, ...own },
  { operation: 'GET /leak-reports/{id}/use', path: (one) => `/leak-reports/${one.leakReportId}/use`, ...own },
  {
    operation: 'PATCH /leak-reports/{id}',
    path: (one) => `/leak-reports/${one.leakReportId}`,
    body: () => ({ use: { state: 'clear' } }),
    ...own,
  },
  {
    operation: 'POST /leak-reports/{id}/close',
    path: (one) => `/leak-reports/${one.leakReportId}/close`,
    body: () => ({ reason: 'taken over' }),
    ...own,
  },
  { operation: 'GET /audit-events', path: (one) => `/audit-events?projectId=${one.projectId}`, ...own },
  {
    operation: 'GET /audit-events/export',
    path: (one) => `/audit-events/export?format=csv&projectId=${one.projectId}`,
    ...own,
  },
  { operation: 'GET /notices', path: (one) => `/notices?keyId=${one.keyId}`, ...own },
  { operation: 'GET /notices/unread', path: (one) => `/notices/unread?projectId=${one.projectId}`, ...own },
  {
    operation: 'POST /notices/read',
    path: () => '/notices/read',
    body: (one) => ({ projectId: one.projectId, until: '2026-01-01T00:00:00Z' }),
    ...own,
  },
  {
    operation: 'POST /accounts/{id}/webhooks',
    path: (one) => `/accounts/${one.accountId}/webhooks`,
    body: () => ({ url: 'https://evil.example' }),
    ...accountOnly,
  },
  { operation: 'GET /accounts/{id}/webhooks', path: (one) => `/accounts/${one.accountId}/webhooks`, ...accountOnly },
  { operation: 'GET /webhooks/{id}', path: (one) => `/webhooks/${one.webhookId}`, ...accountOnly },
  {
    operation: 'PATCH /webhooks/{id}',
    path: (one) => `/webhooks/${one.webhookId}`,
    body: () => ({ url: 'https://evil.example' }),
    ...accountOnly,
  },
  { operation: 'DELETE /webhooks/{id}', path: (one) => `/webhooks/${one.webhookId}`, ...accountOnly },
  {
    operation: 'POST /webhooks/{id}/rotate-secret',
    path: (one) => `/webhooks/${one.webhookId}/rotate-secret`,
    ...accountOnly,
  },
  { operation: 'POST /webhooks/{id}/test', path: (one) => `/webhooks/${one.webhookId}/test`, ...accountOnly },
  {
    operation: 'GET /webhooks/{id}/deliveries',
    path: (one) => `/webhooks/${one.webhookId}/deliveries`,
    ...accountOnly,
  },
  {
    operation: 'POST /projects/{id}/endpoints',
    path: (one) => `/projects/${one.projectId}/endpoints`,
    body: () => ({ name: 'x', modelId: 'other' }),
    ...own,
  },
  { operation: 'GET /projects/{id}/endpoints', path: (one) => `/projects/${one.projectId}/endpoints`, ...own },
  { operation: 'GET /endpoints/{id}', path: (one) => `/endpoints/${one.endpointId}`, ...own },
  {
    operation: 'PATCH /endpoints/{id}',
    path: (one) => `/endpoints/${one.endpointId}`,
    body: () => ({ name: 'taken over' }),
    ...own,
  },
  { operation: 'DELETE /endpoints/{id}', path: (one) => `/endpoints/${one.endpointId}`, ...own },
  {
    operation: 'POST /projects/{id}/services',
    path: (one) => `/projects/${one.projectId}/services`,
    body: () => ({ name: 'x', providerId: 'prv_x' }),
    ...operatorOnly,
  },
  { operation: 'GET /projects/{id}/groups', path: (one) => `/projects/${one.projectId}/groups`, ...own },
  { operation: 'GET /projects/{id}/services', path: (one) => `/projects/${one.projectId}/services`, ...own },
  { operation: 'GET /services/{id}', path: (one) => `/services/${one.serviceId}`, ...own },
  {
    operation: 'PATCH /services/{id}',
    path: (one) => `/services/${one.serviceId}`,
    body: () => ({ description: 'taken over' }),
    ...operatorOnly,
  },
  { operation: 'DELETE /services/{id}', path: (one) => `/services/${one.serviceId}`, ...operatorOnly },
  { operation: 'GET /usage', path: (one) => `/usage?projectId=${one.projectId}`, ...own },
  { operation: 'GET /requests', path: (one) => `/requests?keyId=${one.keyId}`, ...own },
  { operation: 'GET /denials', path: (one) => `/denials?keyId=${one.keyId}`, ...own },
  { operation: 'GET /models', path: (one) => `/models?projectId=${one.projectId}`, ...own },
  { operation: 'GET /projects', path: (one) => `/projects?accountId=${one.accountId}`, ...own },
];

/** Operations that name nothing a tenant has: who may call them is all there is to see. */
const operatorsOwn: readonly { readonly operation: string; readonly path: () => string; readonly body?: unknown }[] = [
  { operation: 'POST /accounts', path: () => '/accounts', body: { name: 'x' } },
  { operation: 'POST /models', path: () => '/models', body: { name: 'x', providerId: 'prv_x' } },
  { operation: 'PATCH /models/{id}', path: () => `/models/${tenants.modelId}`, body: { prices: null } },
  { operation: 'DELETE /models/{id}', path: () => `/models/${tenants.otherModelId}` },
  { operation: 'POST /models/import', path: () => '/models/import', body: { providerId: 'prv_x', prices: {} } },
  { operation: 'POST /providers', path: () => '/providers', body: { name: 'x', kind: 'demo' } },
  { operation: 'GET /providers', path: () => '/providers' },
  { operation: 'GET /quota-requests', path: () => '/quota-requests' },
  { operation: 'GET /providers/{id}', path: () => `/providers/${tenants.providerId}` },
  {
    operation: 'PATCH /providers/{id}',
    path: () => `/providers/${tenants.providerId}`,
    body: { baseUrl: 'http://evil.example' },
  },
  { operation: 'DELETE /providers/{id}', path: () => `/providers/${tenants.providerId}` },
  { operation: 'POST /providers/{id}/test', path: () => `/providers/${tenants.providerId}/test` },
  { operation: 'POST /groups', path: () => '/groups', body: { name: 'x' } },
  { operation: 'GET /groups', path: () => '/groups' },
  { operation: 'GET /groups/{id}', path: () => '/groups/grp_x' },
  { operation: 'PATCH /groups/{id}', path: () => '/groups/grp_x', body: { priceMultiplier: '0' } },
  { operation: 'DELETE /groups/{id}', path: () => '/groups/grp_x' },
  { operation: 'GET /requests/abandoned', path: () => '/requests/abandoned' },
  { operation: 'POST /requests/{id}/waive', path: () => '/requests/req_x/waive', body: { note: 'x' } },
  { operation: 'POST /requests/{id}/adjust', path: () => '/requests/req_x/adjust', body: { tokens: 0, note: 'x' } },
  { operation: 'GET /audit-events/verify', path: () => '/audit-events/verify' },
  { operation: 'POST /people', path: () => '/people', body: { email: 'spy@people.test', name: 'x', isOperator: true } },
  { operation: 'GET /people', path: () => '/people' },
  { operation: 'GET /people/{id}', path: () => '/people/usr_x' },
  { operation: 'PATCH /people/{id}', path: () => '/people/usr_x', body: { isOperator: true } },
  { operation: 'POST /people/{id}/end-sessions', path: () => '/people/usr_x/end-sessions' },
  { operation: 'POST /people/{id}/password-reset', path: () => '/people/usr_x/password-reset' },
  { operation: 'POST /people/{id}/remove-second-factor', path: () => '/people/usr_x/remove-second-factor' },
  { operation: 'GET /system', path: () => '/system' },
  { operation: 'POST /ledger/verify', path: () => '/ledger/verify', body: { repair: true } },
];

/** What people do with their own sessions and proofs: no key can, the operator’s neither. */
const peoplesOwn = [
  'POST /auth/sign-out',
  'GET /auth/session',
  'GET /auth/sessions',
  'DELETE /auth/sessions/{id}',
  'POST /auth/sessions/end-others',
  'POST /auth/password',
  'PATCH /auth/profile',
  'GET /auth/identity-check',
  'POST /auth/identity-check',
  'POST /auth/totp',
  'POST /auth/totp/confirm',
  'POST /auth/totp/disable',
  'POST /auth/recovery-codes',
  'GET /auth/passkeys',
  'POST /auth/passkeys',
  'POST /auth/passkeys/options',
  'PATCH /auth/passkeys/{id}',
  'DELETE /auth/passkeys/{id}',
  'POST /auth/oidc/identity-check',
  'POST /auth/oidc/link',
  'DELETE /auth/oidc/link',
];

/** Operations that say nothing of anyone in particular, or that other tests show. */
const elsewhere = [
  'POST /auth/sign-in',
  'POST /auth/second-factor',
  'POST /auth/passkey',
  'POST /auth/passkey/options',
  'GET /auth/oidc',
  'POST /auth/oidc/sign-in',
  'GET /auth/oidc/callback',
  'POST /auth/password-reset',
  'POST /auth/password-reset/look-up',
  'POST /invitations/accept',
  'POST /invitations/look-up',
  // Anybody’s: see foundKeys.test.ts.
  'POST /leak-scans',
  'POST /found-keys',
  'GET /key-pattern',
  'GET /security',
  'PATCH /security',
  'GET /accounts',
  'POST /projects',
  'GET /audit-events/{id}',
  'GET /models/{id}',
  'GET /regions',
  'GET /openapi.json',
  // Found through their service; see clusterUsers.test.ts.
  'GET /services/{id}/users',
  'POST /services/{id}/users',
  'GET /services/{id}/users/{userId}',
  'PATCH /services/{id}/users/{userId}',
  'DELETE /services/{id}/users/{userId}',
  'POST /services/{id}/users/{userId}/disable',
  'POST /services/{id}/users/{userId}/enable',
  'POST /services/{id}/users/{userId}/reset-password',
];

const call = (operation: string, path: string, body: unknown, key: string): Promise<Answer> =>
  app.call(operation.split(' ')[0]!, path, body, { key });

async function changingNothing(run: () => Promise<Answer>): Promise<Answer> {
  const before = await app.snapshot();
  const answer = await run();
  expect(await app.snapshot()).toBe(before);
  return answer;
}

test('X06 every operation of the API is tried with another tenant’s ids', async () => {
  const { paths } = (await app.call('GET', '/openapi.json')).body as ApiDescription;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replace('/api/v1', '')}`),
  );
  expect(
    [...cases, ...operatorsOwn]
      .map(({ operation }) => operation)
      .concat(elsewhere, peoplesOwn)
      .toSorted(),
  ).toEqual(operations.toSorted());
});

describe.each(['accountKey', 'projectKey'] as const)('X06 with a management key of another tenant (%s)', (who) => {
  test.each(cases)(
    '$operation answers as if it did not exist, and changes nothing',
    async ({ operation, path, body, [who]: open }) => {
      const key = tenants.mine[who];
      const answer = await changingNothing(() => call(operation, path(tenants.theirs), body?.(tenants.theirs), key));
      expect(answer.status).toBe(open === 'open' ? 404 : 403);
      const nobody = Object.fromEntries(
        Object.keys(tenants.theirs).map((name) => [name, 'nobody']),
      ) as unknown as Tenant;
      const unknown = await call(operation, path(nobody), body?.(nobody), key);
      const words = (one: Answer) => ({
        ...one.body,
        requestId: '',
        detail: one.body.detail.replaceAll(/\b(?:[a-z]{2,4}[_-]\w{20,}|nobody)\b/g, '_'),
      });
      expect(words(answer)).toEqual(words(unknown));
      const asked = path(tenants.theirs) + JSON.stringify(body?.(tenants.theirs));
      const notAsked = Object.values(tenants.theirs).filter((value) => !asked.includes(value));
      for (const value of notAsked) expect(answer.text).not.toContain(value);
    },
  );

  test.each(operatorsOwn)('$operation is the operator’s alone', async ({ operation, path, body }) => {
    const answer = await changingNothing(() => call(operation, path(), body, tenants.mine[who]));
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
  });

  test.each(peoplesOwn)('%s is for people alone', async (operation) => {
    const [method = '', path = ''] = operation.replace('{id}', 'ses_x').split(' ');
    for (const options of [{ key: tenants.mine[who] }, {}]) {
      const answer = await changingNothing(() => app.call(method, path, undefined, options));
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
    }
  });

  test('lists and sums hold nothing of another tenant', async () => {
    for (const path of [
      '/projects',
      '/models',
      '/usage?groupBy=project',
      '/requests',
      '/denials',
      '/notices',
      ...(who === 'accountKey' ? ['/accounts'] : []),
    ]) {
      const answer = await call('GET', path, undefined, tenants.mine[who]);
      expect(answer.status).toBe(200);
      for (const value of Object.values(tenants.theirs)) expect(answer.text).not.toContain(value);
    }
  });
});

describe('inside one account', () => {
  test('D22 A12 X06 a key of a project reaches neither another project of its account nor the account’s own keys', async () => {
    const sibling = await app.make('/projects', { name: 'sibling', accountId: tenants.mine.accountId });
    const key = await app.make(`/projects/${sibling['id']}/keys`, { name: 'siblings', scope: anyScope });
    for (const path of [
      `/projects/${sibling['id']}`,
      `/projects/${sibling['id']}/keys`,
      `/keys/${key['id']}`,
      `/keys/${tenants.mine.accountKeyId}`,
      `/usage?projectId=${sibling['id']}`,
    ]) {
      expect((await call('GET', path, undefined, tenants.mine.projectKey)).status).toBe(404);
    }
    expect((await call('GET', `/keys/${key['id']}`, undefined, tenants.mine.accountKey)).status).toBe(200);
  });

  test.each(cases.filter((one) => one.accountKey === 'open' && one.operation.startsWith('GET')))(
    '$operation is open to the account’s own key',
    async ({ operation, path }) => {
      expect((await call(operation, path(tenants.mine), undefined, tenants.mine.accountKey)).status).toBe(200);
    },
  );

  test.each(
    cases.filter(
      (one) => one.projectKey === 'open' && one.operation.startsWith('GET') && !one.operation.includes('/services'),
    ),
  )('$operation is open to the project’s own key', async ({ operation, path }) => {
    expect((await call(operation, path(tenants.mine), undefined, tenants.mine.projectKey)).status).toBe(200);
  });

  test('an account makes its own projects and keys, and cannot make them for others', async () => {
    const made = await app.make('/projects', { name: 'own' }, { key: tenants.mine.accountKey });
    expect(made['accountId']).toBe(tenants.mine.accountId);
    for (const accountId of [tenants.theirs.accountId, 'acc_nobody', 'acc_platform']) {
      const answer = await changingNothing(() =>
        call('POST /projects', '/projects', { name: 'x', accountId }, tenants.mine.accountKey),
      );
      expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, '/accountId']);
      expect(answer.body.detail).toBe(`There is no account ${accountId} here.`);
    }
    expect((await call('POST /projects', '/projects', { name: 'x' }, tenants.mine.projectKey)).status).toBe(403);
  });

  test('an account cannot suspend itself or lift its suspension, and sees only itself', async () => {
    const answer = await changingNothing(() =>
      call('PATCH', `/accounts/${tenants.mine.accountId}`, { status: 'suspended' }, tenants.mine.accountKey),
    );
    expect(answer.status).toBe(403);
    const { body } = await call('GET', '/accounts', undefined, tenants.mine.accountKey);
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual([tenants.mine.accountId]);
  });

  test('the keys of an account are of class management, whatever the body says', async () => {
    expect(
      (
        await call(
          'POST',
          `/accounts/${tenants.mine.accountId}/keys`,
          { name: 'x', class: 'standard' },
          tenants.mine.accountKey,
        )
      ).status,
    ).toBe(400);
    expect(
      (
        await call(
          'POST',
          `/accounts/${tenants.mine.accountId}/keys`,
          { name: 'x', scope: anyScope },
          tenants.mine.accountKey,
        )
      ).status,
    ).toBe(400);
  });

  test('the platform’s account holds no projects and cannot be suspended', async () => {
    expect(
      (await changingNothing(() => app.call('POST', '/projects', { name: 'x', accountId: 'acc_platform' }))).status,
    ).toBe(400);
    expect(
      (await changingNothing(() => app.call('PATCH', '/accounts/acc_platform', { status: 'suspended' }))).status,
    ).toBe(409);
  });
});
