import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { made, startTestApp } from '../kit/app.ts';
import type { Json, TestManagement } from '../kit/management.ts';
import { use } from './limitsUse.ts';
import { pointers, startTenants, type Tenant, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;
let tenant: Tenant;

beforeAll(async () => {
  tenants = await startTenants();
  app = tenants.app;
});
afterAll(() => app.close());
beforeEach(async () => {
  const key = await app.make(`/projects/${tenants.mine.projectId}/keys`, { name: 'asked', scope: { mode: 'all' } });
  tenant = { ...tenants.mine, keyId: key['id'], value: key['value'] };
});

/** Prices 1 and 2 per million, 1000 tokens of output at most. */
const MODEL = 'u-8105f7322477/test';
const lifetime = { kind: 'lifetime' };

/** Asks, and shows that asking changes nothing and leaves no trace. */
async function explain(body: object, keyId = tenant.keyId): Promise<Json> {
  const before = await app.snapshot();
  const answer = await app.call('POST', `/keys/${keyId}/explain`, body);
  expect(answer.status).toBe(200);
  expect(await app.snapshot()).toBe(before);
  return answer.body;
}
const limit = (body: object) => {
  // They are listed by age.
  app.nowMs += 1;
  return app.make(`/keys/${tenant.keyId}/limits`, body);
};
const change = (body: object) => app.call('PATCH', `/keys/${tenant.keyId}`, body);
const failing = ({ steps }: Json) => steps.filter(({ passed }: Json) => passed === false).map(({ name }: Json) => name);
const step = ({ steps }: Json, name: string) => steps.find((one: Json) => one.name === name);

describe('a call that would pass', () => {
  test('passes every step, and says what the name stands for', async () => {
    const answer = await explain({ model: MODEL, ip: '192.0.2.10' });
    expect(answer).toMatchObject({
      allowed: true,
      code: 'valid',
      status: 200,
      at: new Date(app.nowMs).toISOString(),
      resource: { type: 'model', id: tenants.modelId, name: MODEL },
      maxTokens: 1000,
      freesAt: null,
      limits: [],
    });
    expect(answer.steps.map(({ name, passed }: Json) => [name, passed])).toEqual(
      ['class', 'status', 'account', 'expiry', 'address', 'scope', 'group', 'limits'].map((name) => [name, true]),
    );
    expect(await explain({})).toMatchObject({ allowed: true, resource: null, maxTokens: null });
    expect(await explain({ service: tenant.serviceName })).toMatchObject({ allowed: true, maxTokens: null });
    expect(await explain({ model: tenant.endpointId })).toMatchObject({ resource: { type: 'endpoint' } });
  });

  test('shows what it needs of each limit, and the output it would be lowered to', async () => {
    await limit({ unit: 'tokens', amount: 500, window: lifetime });
    await limit({ unit: 'cost', amount: '1', window: lifetime });
    const lowered = await explain({ model: MODEL, inputTokens: 100 });
    expect(lowered).toMatchObject({ allowed: true, maxTokens: 400 });
    expect(lowered.limits).toMatchObject([
      { unit: 'tokens', used: 0, remaining: 500, need: 500, fits: true },
      { unit: 'cost', used: '0', remaining: '1', need: '0.0009', fits: true },
    ]);
    const asked = await explain({ model: MODEL, inputTokens: 100, maxTokens: 50 });
    expect(asked).toMatchObject({ maxTokens: 50, limits: [{ need: 150 }, { need: '0.0002' }] });
  });

  test('nothing it says is used up by asking, however often', async () => {
    await limit({ unit: 'requests', amount: 1, window: lifetime });
    for (let times = 0; times < 3; times++) expect((await explain({ model: MODEL })).allowed).toBe(true);
    expect((await use(app, tenant)).ok).toBe(true);
    expect((await explain({ model: MODEL })).allowed).toBe(false);
  });
});

describe('a call that would be refused', () => {
  const cases: [string, () => Promise<unknown>, object, string, string][] = [
    ['status', () => app.call('POST', `/keys/${tenant.keyId}/disable`), {}, 'key_disabled', 'enable'],
    [
      'expiry',
      () => change({ expiresAt: new Date(app.nowMs + 1).toISOString() }).then(() => (app.nowMs += 1)),
      {},
      'key_expired',
      'expiresAt',
    ],
    ['address', () => change({ ipAllow: ['10.0.0.1'] }), { ip: '192.0.2.10' }, 'ip_not_allowed', 'ipAllow'],
    ['address', () => change({ ipDeny: ['10.0.0.1'] }), {}, 'ip_not_allowed', 'as `ip`'],
    [
      'scope',
      () => change({ scope: { mode: 'range', resources: [{ type: 'model', id: 'other' }] } }),
      { model: MODEL },
      'model_not_found',
      'scope',
    ],
    ['scope', async () => undefined, { model: 'no-such-model' }, 'model_not_found', 'name'],
    [
      'scope',
      async () => undefined,
      { service: tenants?.theirs.serviceName ?? 'theirs-vectors' },
      'service_not_allowed',
      'name',
    ],
  ];
  test.each(cases)(
    'A19 names the step %s as the door would, and what to do',
    async (name, arrange, question, code, fix) => {
      await arrange();
      const answer = await explain(question);
      expect([answer.allowed, answer.code, failing(answer)]).toEqual([false, code, [name]]);
      expect(step(answer, name)).toMatchObject({ code, fix: expect.stringContaining(fix) });
      // The door itself decides the same.
      const type = 'model' in question ? 'model' : 'service' in question ? 'service' : undefined;
      app.address = 'ip' in question ? String(question.ip) : null;
      expect(await app.decide(tenant.value, type, type && 'nobody')).toBe(type === 'model' ? 'model_not_found' : code);
      app.address = '192.0.2.10';
    },
  );

  test('tells everything that is in the way at once; the code is that of the first', async () => {
    await change({ ipDeny: ['192.0.2.10'], scope: { mode: 'range', resources: [{ type: 'model', id: 'other' }] } });
    await app.call('POST', `/keys/${tenant.keyId}/disable`);
    await app.call('PATCH', `/accounts/${tenant.accountId}`, { status: 'suspended' });
    await limit({ unit: 'requests', amount: 0, window: lifetime });
    const answer = await explain({ model: MODEL, ip: '192.0.2.10' });
    await app.call('PATCH', `/accounts/${tenant.accountId}`, { status: 'active' });
    expect(answer.code).toBe('key_disabled');
    expect(failing(answer)).toEqual(['status', 'account', 'address', 'scope', 'limits']);
  });

  test('read access to a service is told apart from none, and a management key from a standard one', async () => {
    await change({ scope: { mode: 'range', resources: [{ type: 'service', id: tenant.serviceId, access: 'read' }] } });
    const service = tenant.serviceName;
    expect(await explain({ service, method: 'GET' })).toMatchObject({ allowed: true });
    expect(await explain({ service, method: 'DELETE' })).toMatchObject({ code: 'insufficient_scope' });
    const management = await explain({ model: MODEL }, tenants.mine.projectKeyId);
    expect([management.code, failing(management)]).toEqual(['insufficient_scope', ['class']]);
    expect(failing(await explain({}, tenants.mine.accountKeyId))).toEqual(['class']);
  });

  test('A07 names the limit that is short, need and rest, and when it frees', async () => {
    const made = await limit({ unit: 'tokens', amount: 100, window: { kind: 'session', seconds: 3600 } });
    await limit({ unit: 'requests', amount: 100, window: lifetime });
    await use(app, tenant, { tokens: 95 });
    const answer = await explain({ model: MODEL, inputTokens: 3, maxTokens: 10 });
    expect(answer).toMatchObject({ code: 'rate_limit_exceeded', status: 429, maxTokens: null });
    expect(Date.parse(answer.freesAt)).toBe(app.nowMs + 3_600_000);
    expect(answer.limits).toMatchObject([
      { id: made['id'], used: 95, remaining: 5, need: 13, fits: false },
      { unit: 'requests', need: 1, fits: true },
    ]);
    expect(step(answer, 'limits')).toMatchObject({
      code: 'rate_limit_exceeded',
      detail: expect.stringContaining('5 tokens left'),
      fix: expect.stringContaining(made['id']),
    });
    // Without a maximum the output would be lowered, but not below what is of any use.
    expect((await explain({ model: MODEL, inputTokens: 3 })).limits[0]).toMatchObject({ need: 19, fits: false });
    expect(await explain({ model: MODEL, at: answer.freesAt })).toMatchObject({ allowed: true });
  });

  test.each([
    ['insufficient_quota', { unit: 'cost', amount: '0', window: { kind: 'calendar', period: 'day' } }],
    ['insufficient_quota', { unit: 'requests', amount: 0, window: lifetime }],
    ['concurrency_exceeded', { unit: 'concurrency', amount: 0 }],
    ['rate_limit_exceeded', { unit: 'requests', amount: 0, window: { kind: 'rolling', seconds: 60 } }],
  ])('%s, as the gateway would say', async (code, body) => {
    await limit(body);
    expect(await explain({ model: MODEL })).toMatchObject({ code, status: 429, limits: [{ fits: false }] });
  });

  test('a model without a price under a cost limit is refused for that, and the need is not known', async () => {
    await limit({ unit: 'cost', amount: '1', window: lifetime });
    const answer = await explain({ model: 'other' });
    expect(answer).toMatchObject({ code: 'price_unknown', status: 403, limits: [{ need: null, fits: false }] });
    expect(step(answer, 'limits').fix).toContain('price');
    expect((await explain({ model: 'nothing' })).limits).toMatchObject([{ need: null, fits: null }]);
  });

  test('another time is decided about as that time', async () => {
    await change({ expiresAt: '2027-01-01T00:00:00Z' });
    expect(await explain({ at: '2026-12-31T23:59:59Z' })).toMatchObject({ allowed: true });
    expect(await explain({ at: '2027-01-01T00:00:00Z' })).toMatchObject({ code: 'key_expired' });
  });
});

test('A07 the gateway answers what explain says, with the same code, status and words', async () => {
  const server = await startTestApp();
  try {
    const { body: projects } = await server.api<Json>('GET', '/projects');
    const limits = [{ unit: 'requests', amount: 1, window: { kind: 'session', seconds: 18_000 } }];
    const body = { name: 'k', scope: { mode: 'all' }, limits };
    const key = await made(server, `/projects/${projects.data[0].id}/keys`, body);
    const both = async (model: string) => {
      const { body: said } = await server.api<Json>('POST', `/keys/${key.id}/explain`, { model, ip: '127.0.0.1' });
      const response = await fetch(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
      });
      const { error } = (await response.json()) as Json;
      const step = said.steps.find(({ passed }: Json) => passed === false);
      expect([said.status, step?.code, step?.detail]).toEqual([response.status, error?.code, error?.message]);
      return said.code;
    };
    expect([await both('nothing'), await both('demo'), await both('demo')]).toEqual([
      'model_not_found',
      'valid',
      'rate_limit_exceeded',
    ]);
    await server.api('POST', `/keys/${key.id}/disable`);
    expect(await both('demo')).toBe('key_disabled');
  } finally {
    await server.remove();
  }
});

test.each<[object, string[]]>([
  [{ model: 'a', service: 'b' }, ['/service']],
  [{ method: 'GET' }, ['/method']],
  [{ ip: 'somewhere' }, ['/ip']],
  [{ inputTokens: -1, maxTokens: 1.5 }, ['/inputTokens', '/maxTokens']],
  [{ at: 'tomorrow' }, ['/at']],
  [{ key: 'kw_x' }, ['/key']],
])('the question %j is faulty at %j', async (body, expected) => {
  const answer = await app.call('POST', `/keys/${tenant.keyId}/explain`, body);
  expect([answer.status, pointers(answer)]).toEqual([400, expected]);
});
