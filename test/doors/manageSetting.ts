import { startManagement, type Answer, type TestManagement } from '../kit/management.ts';

/** Two tenants, each with a project, management keys, an endpoint and a service; models and providers of the operator. */
export interface Tenants {
  readonly app: TestManagement;
  readonly providerId: string;
  readonly httpProviderId: string;
  readonly modelId: string;
  readonly otherModelId: string;
  readonly mine: Tenant;
  readonly theirs: Tenant;
}

export interface Tenant {
  readonly accountId: string;
  readonly projectId: string;
  /** Value of a management key of the whole account. */
  readonly accountKey: string;
  readonly accountKeyId: string;
  /** Value of a management key of the project. */
  readonly projectKey: string;
  readonly projectKeyId: string;
  /** A standard key for everything in the project. */
  readonly keyId: string;
  readonly value: string;
  /** A limit of that key's own, which nothing here comes near. */
  readonly limitId: string;
  readonly templateId: string;
  readonly webhookId: string;
  readonly quotaRequestId: string;
  readonly invitationId: string;
  readonly leakReportId: string;
  readonly endpointId: string;
  readonly serviceId: string;
  readonly serviceName: string;
}

export async function startTenants(options: Parameters<typeof startManagement>[0] = {}): Promise<Tenants> {
  const app = await startManagement(options);
  const provider = await app.make('/providers', {
    name: 'vendor',
    kind: 'openai',
    baseUrl: 'http://127.0.0.1:9/v1',
    credential: 'upstream-secret',
  });
  const http = await app.make('/providers', { name: 'vectors', kind: 'http', baseUrl: 'http://127.0.0.1:9' });
  const prices = { inputPerMillion: '1', outputPerMillion: '2' };
  const model = await app.make('/models', {
    name: 'u-8105f7322477/test',
    providerId: provider['id'],
    maxOutputTokens: 1000,
    prices,
  });
  const other = await app.make('/models', { name: 'other', providerId: provider['id'] });
  const tenant = async (name: string): Promise<Tenant> => {
    const account = await app.make('/accounts', { name });
    const project = await app.make('/projects', {
      name: `${name} project`,
      accountId: account['id'],
      defaultKey: false,
    });
    const keys = `/projects/${project['id']}/keys`;
    const accountKey = await app.make(`/accounts/${account['id']}/keys`, { name: 'account management' });
    const projectKey = await app.make(keys, { name: 'project management', class: 'management' });
    const key = await app.make(keys, { name: 'standard', scope: { mode: 'all' } });
    const leaked = await app.make(keys, { name: 'leaked', scope: { mode: 'all' } });
    const leakReport = await app.make(`/keys/${leaked['id']}/leak-reports`, {});
    // The report outlives its key, which is in no list and counts toward no cap.
    await app.store.keys.remove(leaked['id'], app.nowMs);
    const much = { unit: 'requests', amount: 1_000_000, window: { kind: 'lifetime' } };
    const limit = await app.make(`/keys/${key['id']}/limits`, much);
    const template = await app.make(`/accounts/${account['id']}/limit-templates`, { name: 'much', limits: [much] });
    const webhook = await app.make(`/accounts/${account['id']}/webhooks`, { url: 'https://hooks.example/keyward' });
    const quotaRequest = await app.make(`/accounts/${account['id']}/quota-requests`, { amount: 60, reason: 'growth' });
    const invited = await app.make('/invitations', {
      email: `${account['id']}@people.test`,
      accountId: account['id'],
      role: 'member',
    });
    const endpoint = await app.make(`/projects/${project['id']}/endpoints`, {
      name: 'assistant',
      modelId: model['id'],
    });
    const service = await app.make(`/projects/${project['id']}/services`, {
      name: `${name}-vectors`,
      providerId: http['id'],
    });
    return {
      accountId: account['id'],
      projectId: project['id'],
      accountKey: accountKey['value'],
      accountKeyId: accountKey['id'],
      projectKey: projectKey['value'],
      projectKeyId: projectKey['id'],
      keyId: key['id'],
      value: key['value'],
      limitId: limit['id'],
      templateId: template['id'],
      webhookId: webhook['id'],
      quotaRequestId: quotaRequest['id'],
      invitationId: invited['invitation'].id,
      leakReportId: leakReport['id'],
      endpointId: endpoint['id'],
      serviceId: service['id'],
      serviceName: service['name'],
    };
  };
  return {
    app,
    providerId: provider['id'],
    httpProviderId: http['id'],
    modelId: model['id'],
    otherModelId: other['id'],
    mine: await tenant('mine'),
    theirs: await tenant('theirs'),
  };
}

/** The pointers of the faulty fields a problem names. */
export function pointers(answer: Answer): string[] {
  return (answer.body.errors ?? []).map((error: { pointer: string }) => error.pointer);
}
