import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestManagement } from '../kit/management.ts';
import { use } from './limitsUse.ts';
import type { Tenant, Tenants } from './manageSetting.ts';

/** One success of an operation: what is sent, and the type of what it acts on. */
export interface Step {
  readonly object: string;
  /** Rows it leaves, one where it is left out. */
  readonly rows?: number;
  /** Nothing of the thing itself is changed: no `before` or `after`. */
  readonly plain?: true;
  readonly send: () => Promise<readonly [path: string, body?: unknown]> | readonly [path: string, body?: unknown];
}

/** What people do themselves, signed in or by a link: auditSignIn.test.ts walks these. */
export const PERSONAL_ROUTES = [
  'POST /invitations/accept',
  'POST /auth/password',
  'PATCH /auth/profile',
  'POST /auth/password-reset',
  'POST /auth/identity-check',
  'POST /auth/totp',
  'POST /auth/totp/confirm',
  'POST /auth/totp/disable',
  'POST /auth/recovery-codes',
  'POST /auth/passkeys',
  'PATCH /auth/passkeys/:id',
  'DELETE /auth/passkeys/:id',
  'DELETE /auth/sessions/:id',
  'POST /auth/sessions/end-others',
  'POST /auth/sign-out',
] as const;

/** Ways to the identity provider, which change nothing, and the end of one: oidc.test.ts walks these. */
export const OIDC_ROUTES = [
  'POST /auth/oidc/sign-in',
  'POST /auth/oidc/identity-check',
  'POST /auth/oidc/link',
  'DELETE /auth/oidc/link',
] as const;

/** Signing in, which is listed as a session, challenges, which change nothing, and what strangers send (foundKeys.test.ts). */
export const UNRECORDED_ROUTES = [
  'POST /auth/sign-in',
  'POST /auth/second-factor',
  'POST /auth/passkey',
  'POST /auth/passkey/options',
  'POST /auth/passkeys/options',
  'POST /invitations/look-up',
  'POST /auth/password-reset/look-up',
  'POST /leak-scans',
  'POST /found-keys',
  'POST /notices/read',
] as const;

const limit = (amount: number) => ({ unit: 'requests', amount, window: { kind: 'rolling', seconds: 3600 + amount } });

/** How each operation of the management API that can change something succeeds once, by its route. */
export function walk({ app, mine, providerId, httpProviderId, modelId }: Tenants): Record<string, Step> {
  const project = `/projects/${mine.projectId}`;
  const account = `/accounts/${mine.accountId}`;
  let count = 0;
  const key = async (): Promise<string> => {
    const made = await app.make(`${project}/keys`, { name: 'to change', scope: { mode: 'all' } });
    return `/keys/${made['id']}`;
  };
  const leakReport = async (): Promise<string> =>
    `/leak-reports/${(await app.make(`${await key()}/leak-reports`, {}))['id']}`;
  const rotatedKey = async (): Promise<string> => {
    const path = await key();
    await app.call('POST', `${path}/rotate`, {});
    return path;
  };
  const limitOf = async (): Promise<string> =>
    `/limits/${(await app.make(`${await key()}/limits`, limit(++count)))['id']}`;
  const template = async (): Promise<string> =>
    `/limit-templates/${(await app.make(`${account}/limit-templates`, { name: `t${++count}`, limits: [limit(5)] }))['id']}`;
  const webhook = async (): Promise<string> =>
    `/webhooks/${(await app.make(`${account}/webhooks`, { url: 'https://hooks.example/secret-path' }))['id']}`;
  const provider = async (): Promise<string> => `/providers/${(await app.make('/providers', newProvider()))['id']}`;
  const newProvider = () => ({
    name: `p${++count}`,
    kind: 'openai',
    baseUrl: 'https://api.example/v1',
    credential: 'provider-credential-1',
  });
  const model = async (): Promise<string> => `/models/${(await app.make('/models', newModel()))['id']}`;
  const newModel = () => ({ name: `m${++count}`, providerId, prices: { inputPerMillion: '1', outputPerMillion: '2' } });
  const endpoint = async (): Promise<string> =>
    `/endpoints/${(await app.make(`${project}/endpoints`, { name: `e${++count}`, modelId }))['id']}`;
  const group = async (): Promise<string> => `/groups/${(await app.make('/groups', { name: `g${++count}` }))['id']}`;
  const newService = () => ({ name: `s${++count}`, providerId: httpProviderId });
  const service = async (): Promise<string> =>
    `/services/${(await app.make(`${project}/services`, newService()))['id']}`;
  const newClusterUser = () => ({ username: `u${++count}`, role: 'read-only', password: 'fjord kestrel lantern' });
  const clusterUser = async (): Promise<string> => {
    const users = `${await service()}/users`;
    return `${users}/${(await app.make(users, newClusterUser()))['id']}`;
  };
  const person = async (): Promise<string> => {
    const id = `usr_${'0'.repeat(20)}${++count + 10}`;
    await app.store.people.create(
      {
        id,
        email: `${id}@example.com`,
        name: `Person ${count}`,
        isOperator: false,
        status: 'active',
        createdAtMs: 1,
        twoFactor: false,
      },
      'the-hash-of-a-password',
    );
    return id;
  };
  const member = async (place: string): Promise<string> => {
    const userId = await person();
    const { accountId, projectId } = mine;
    const added = { userId, addedBy: 'root', createdAtMs: 1 };
    const role = 'member' as const;
    await app.store.members.put({ ...added, accountId, projectId: null, role, mayRequestQuota: false }, null);
    if (place === project) await app.store.members.put({ ...added, accountId, projectId, role }, null);
    return `${place}/members/${userId}`;
  };
  const newInvitation = () => ({ email: `i${++count}@example.com`, accountId: mine.accountId, role: 'member' });
  const quotaRequest = async (): Promise<string> => {
    const made = await app.make(`${account}/quota-requests`, { amount: 60 + ++count, reason: 'more' });
    return `/quota-requests/${made['id']}`;
  };

  const steps: Record<string, Step> = {
    'POST /accounts': { object: 'account', send: () => ['/accounts', { name: 'New' }] },
    'PATCH /accounts/:id': { object: 'account', send: () => [account, { name: 'Renamed' }] },
    'POST /projects': {
      object: 'project',
      send: () => ['/projects', { name: 'New', accountId: mine.accountId, defaultKey: false }],
    },
    'PATCH /projects/:id': { object: 'project', send: () => [project, { name: 'Renamed' }] },
    'POST /projects/:id/keys': {
      object: 'key',
      send: () => [`${project}/keys`, { name: 'new', copyFrom: mine.keyId }],
    },
    'POST /accounts/:id/keys': { object: 'key', send: () => [`${account}/keys`, { name: 'new' }] },
    'PATCH /keys/:id': {
      object: 'key',
      send: async () => [await key(), { description: 'changed', ipAllow: ['10.0.0.0/8'] }],
    },
    'DELETE /keys/:id': {
      object: 'key',
      send: async () => {
        const path = await key();
        return [`${path}?confirm=${(await app.call('DELETE', path)).body.confirm}`];
      },
    },
    'POST /projects/:id/keys/bulk-change': {
      object: 'key',
      rows: 2,
      send: async () => [
        `${project}/keys/bulk-change`,
        { ids: [idOf(await key()), idOf(await key())], change: { status: 'disabled' } },
      ],
    },
    'POST /accounts/:id/keys/bulk-change': {
      object: 'key',
      send: async () => [
        `${account}/keys/bulk-change`,
        { ids: [idOf(await key())], change: { expiresAt: '2030-01-01T00:00:00Z' } },
      ],
    },
    'POST /projects/:id/keys/bulk-delete': { object: 'key', send: async () => doomed(project) },
    'POST /accounts/:id/keys/bulk-delete': { object: 'key', send: async () => doomed(account) },
    'POST /keys/:id/leak-reports': {
      object: 'leakReport',
      send: async () => {
        const path = await key();
        await app.call('POST', `${path}/disable`);
        return [`${path}/leak-reports`, { foundAt: 'a log' }];
      },
    },
    'PATCH /leak-reports/:id': {
      object: 'leakReport',
      send: async () => [await leakReport(), { places: { logs: { state: 'found', note: 'of the proxy' } } }],
    },
    'POST /leak-reports/:id/close': {
      object: 'leakReport',
      send: async () => [`${await leakReport()}/close`, { reason: 'a test' }],
    },
    'POST /keys/:id/temporary-keys': {
      object: 'key',
      send: async () => [`${await key()}/temporary-keys`, { ttlSeconds: 60 }],
    },
    'POST /keys/:id/disable': { object: 'key', send: async () => [`${await key()}/disable`] },
    'POST /keys/:id/enable': { object: 'key', send: async () => [`${await key()}/enable`] },
    'PATCH /accounts/:id/security': {
      object: 'account',
      send: () => [`${account}/security`, { keyReveal: 'recoverable', customKeys: true, stepUp: false }],
    },
    'POST /keys/:id/reveal': {
      object: 'key',
      plain: true,
      send: async () => {
        await app.store.policies.setAccount(mine.accountId, { keyReveal: 'recoverable' });
        return [`${await key()}/reveal`, { confirm: 'to change' }];
      },
    },
    'POST /keys/:id/rotate': { object: 'key', send: async () => [`${await key()}/rotate`, { overlapSeconds: 60 }] },
    'POST /keys/:id/rotate/undo': { object: 'key', send: async () => [`${await rotatedKey()}/rotate/undo`] },
    'POST /keys/:id/secrets/:secretId/end': {
      object: 'key',
      send: async () => {
        const path = await rotatedKey();
        return [`${path}/secrets/${(await app.call('GET', `${path}/secrets`)).body.data[1].id}/end`];
      },
    },
    'POST /keys/:id/reset-usage': { object: 'key', send: async () => [`${await key()}/reset-usage`] },
    'POST /keys/:id/limits': { object: 'limit', send: async () => [`${await key()}/limits`, limit(1)] },
    'POST /projects/:id/limits': { object: 'limit', send: () => [`${project}/limits`, limit(2)] },
    'POST /accounts/:id/limits': { object: 'limit', send: () => [`${account}/limits`, limit(3)] },
    'POST /limit-templates/:id/limits': { object: 'limit', send: async () => [`${await template()}/limits`, limit(4)] },
    'PATCH /limits/:id': { object: 'limit', send: async () => [await limitOf(), { amount: 9 }] },
    'DELETE /limits/:id': { object: 'limit', send: async () => [await limitOf()] },
    'POST /limits/:id/reset': { object: 'limit', send: async () => [`${await limitOf()}/reset`] },
    'POST /accounts/:id/limit-templates': {
      object: 'template',
      send: () => [`${account}/limit-templates`, { name: 'new', limits: [limit(7)] }],
    },
    'PATCH /limit-templates/:id': { object: 'template', send: async () => [await template(), { name: 'renamed' }] },
    'DELETE /limit-templates/:id': { object: 'template', send: async () => [await template()] },
    'POST /accounts/:id/webhooks': {
      object: 'webhook',
      send: () => [`${account}/webhooks`, { url: 'https://hooks.example/secret-path' }],
    },
    'PATCH /webhooks/:id': { object: 'webhook', send: async () => [await webhook(), { status: 'paused' }] },
    'DELETE /webhooks/:id': { object: 'webhook', send: async () => [await webhook()] },
    'POST /webhooks/:id/rotate-secret': { object: 'webhook', send: async () => [`${await webhook()}/rotate-secret`] },
    'POST /webhooks/:id/test': { object: 'webhook', plain: true, send: async () => [`${await webhook()}/test`] },
    'POST /providers': { object: 'provider', send: () => ['/providers', newProvider()] },
    'PATCH /providers/:id': {
      object: 'provider',
      send: async () => [await provider(), { credential: 'provider-credential-2' }],
    },
    'DELETE /providers/:id': { object: 'provider', send: async () => [await provider()] },
    'POST /providers/:id/test': { object: 'provider', plain: true, send: async () => [`${await provider()}/test`] },
    'POST /models': { object: 'model', send: () => ['/models', newModel()] },
    'PATCH /models/:id': { object: 'model', send: async () => [await model(), { maxOutputTokens: 7 }] },
    'DELETE /models/:id': { object: 'model', send: async () => [await model()] },
    'POST /models/import': {
      object: 'model',
      rows: 2,
      send: () => ['/models/import', { providerId, prices: priceFile() }],
    },
    'POST /groups': { object: 'group', send: () => ['/groups', { name: `g${++count}` }] },
    'PATCH /groups/:id': { object: 'group', send: async () => [await group(), { priceMultiplier: '0.5' }] },
    'DELETE /groups/:id': { object: 'group', send: async () => [await group()] },
    'POST /projects/:id/endpoints': {
      object: 'endpoint',
      send: () => [`${project}/endpoints`, { name: 'new', modelId }],
    },
    'PATCH /endpoints/:id': { object: 'endpoint', send: async () => [await endpoint(), { maxOutputTokens: 5 }] },
    'DELETE /endpoints/:id': { object: 'endpoint', send: async () => [await endpoint()] },
    'POST /projects/:id/services': { object: 'service', send: () => [`${project}/services`, newService()] },
    'PATCH /services/:id': { object: 'service', send: async () => [await service(), { description: 'changed' }] },
    'DELETE /services/:id': { object: 'service', send: async () => [await service()] },
    'POST /services/:id/users': {
      object: 'clusterUser',
      send: async () => [`${await service()}/users`, newClusterUser()],
    },
    'PATCH /services/:id/users/:userId': {
      object: 'clusterUser',
      send: async () => [await clusterUser(), { role: 'admin', ipAllow: ['10.0.0.0/8'] }],
    },
    'DELETE /services/:id/users/:userId': { object: 'clusterUser', send: async () => [await clusterUser()] },
    'POST /services/:id/users/:userId/disable': {
      object: 'clusterUser',
      send: async () => [`${await clusterUser()}/disable`],
    },
    'POST /services/:id/users/:userId/enable': {
      object: 'clusterUser',
      send: async () => [`${await clusterUser()}/enable`],
    },
    'POST /services/:id/users/:userId/reset-password': {
      object: 'clusterUser',
      send: async () => [`${await clusterUser()}/reset-password`, { password: 'kestrel lantern fjord' }],
    },
    'PUT /accounts/:id/members/:userId': {
      object: 'member',
      send: async () => [await member(account), { role: 'admin' }],
    },
    'DELETE /accounts/:id/members/:userId': { object: 'member', send: async () => [await member(account)] },
    'PUT /projects/:id/members/:userId': {
      object: 'member',
      send: async () => [await member(project), { role: 'admin' }],
    },
    'DELETE /projects/:id/members/:userId': { object: 'member', send: async () => [await member(project)] },
    // The person, and the link by which they choose their password.
    'POST /people': {
      object: 'user',
      rows: 2,
      send: () => ['/people', { email: `p${++count}@example.com`, name: 'New' }],
    },
    'PATCH /people/:id': { object: 'user', send: async () => [`/people/${await person()}`, { isOperator: true }] },
    // Sessions are no part of what a person is: there is no before and after.
    'POST /people/:id/end-sessions': {
      object: 'user',
      plain: true,
      send: async () => [`/people/${await person()}/end-sessions`],
    },
    'POST /people/:id/password-reset': {
      object: 'user',
      send: async () => [`/people/${await person()}/password-reset`],
    },
    // What was there is taken away, and the link to a new password made.
    'POST /people/:id/remove-second-factor': {
      object: 'user',
      rows: 2,
      send: async () => {
        const id = await person();
        const row = { id: `tfa_${id}`, user_id: id, secret: 'kept', backup_codes: '[]', verified: 1 };
        await app.store.authRows.create('two_factors', row);
        return [`/people/${id}/remove-second-factor`];
      },
    },
    'POST /invitations': { object: 'invitation', send: () => ['/invitations', newInvitation()] },
    'POST /invitations/:id/revoke': {
      object: 'invitation',
      send: async () => [`/invitations/${(await app.make('/invitations', newInvitation()))['invitation'].id}/revoke`],
    },
    'PATCH /projects/:id/security': {
      object: 'project',
      send: () => [`${project}/security`, { memberAccess: 'own', ipDeny: ['192.0.2.7'] }],
    },
    'PATCH /accounts/:id/quota': { object: 'account', send: () => [`${account}/quota`, { memberKeyCap: 11 }] },
    'PATCH /projects/:id/quota': { object: 'project', send: () => [`${project}/quota`, { keyCap: 49 }] },
    'POST /accounts/:id/quota-requests': {
      object: 'quotaRequest',
      send: async () => {
        await pendingGone();
        return [`${account}/quota-requests`, { amount: 60 + ++count, reason: 'more' }];
      },
    },
    'POST /quota-requests/:id/withdraw': {
      object: 'quotaRequest',
      send: async () => {
        await pendingGone();
        return [`${await quotaRequest()}/withdraw`];
      },
    },
    'POST /quota-requests/:id/approve': {
      object: 'quotaRequest',
      send: async () => {
        await pendingGone();
        return [`${await quotaRequest()}/approve`, {}];
      },
    },
    'POST /quota-requests/:id/reject': {
      object: 'quotaRequest',
      send: async () => {
        await pendingGone();
        return [`${await quotaRequest()}/reject`, { note: 'no' }];
      },
    },
    'POST /requests/:id/waive': {
      object: 'request',
      send: async () => [`/requests/${await abandonedCall(app, mine)}/waive`, { note: 'its node died' }],
    },
    'POST /requests/:id/adjust': {
      object: 'request',
      send: async () => [`/requests/${await abandonedCall(app, mine)}/adjust`, { tokens: 1, note: 'seen' }],
    },
    // Begun and ended: its repairs are one transaction each.
    'POST /ledger/verify': { object: 'ledger', rows: 2, plain: true, send: () => ['/ledger/verify', { repair: true }] },
  };
  return Object.fromEntries(Object.entries(steps).map(([route, step]) => [route.replace(' ', ' /api/v1'), step]));

  function idOf(path: string): string {
    return path.split('/')[2] ?? '';
  }
  async function doomed(place: string): Promise<[string, unknown]> {
    const path = `${place}/keys/bulk-delete`;
    const ids = [idOf(await key())];
    return [path, { ids, confirm: (await app.call('POST', path, { ids, dryRun: true })).body.confirm }];
  }
  async function pendingGone(): Promise<void> {
    const { body } = await app.call('GET', '/quota-requests?status=pending');
    for (const { id } of body.data) await app.call('POST', `/quota-requests/${id}/reject`, { note: 'no' });
  }
  function priceFile(): Record<string, unknown> {
    const entry = { input_cost_per_token: 1e-6, output_cost_per_token: 2e-6, mode: 'chat' };
    return { [`i${++count}`]: entry, [`i${++count}`]: entry };
  }
}

/** A call of a node that died. */
async function abandonedCall(app: TestManagement, tenant: Tenant): Promise<string> {
  const { id } = await use(app, tenant, { tokens: 300, open: true });
  const other = new DatabaseSync(join(app.dataDir, 'keyward.db'));
  other.prepare(`update reservations set node_id = 'a node that died'`).run();
  other.close();
  await app.store.limits.abandonLost(app.nowMs);
  return id;
}
