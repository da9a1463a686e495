import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TestManagement } from '../kit/management.ts';
import { pointers, startTenants, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;

beforeAll(async () => {
  tenants = await startTenants();
  app = tenants.app;
});
afterAll(() => app.close());

const all = { mode: 'all' };
const range = (...resources: object[]) => ({ mode: 'range', resources });
const newKey = (body: object = {}) =>
  app.make(`/projects/${tenants.mine.projectId}/keys`, { name: 'changing', scope: all, ...body });
const patch = (id: string, body: unknown) => app.call('PATCH', `/keys/${id}`, body);
async function refused(run: () => ReturnType<typeof app.call>) {
  const before = await app.snapshot();
  const answer = await run();
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(await app.snapshot()).toBe(before);
  return answer;
}

describe('changing', () => {
  test('T27 name, value and class cannot be changed, and a refused change changes nothing', async () => {
    const { id } = await newKey();
    for (const [field, value] of Object.entries({
      name: 'other',
      value: 'kw_other',
      class: 'management',
      masked: 'x',
      accountId: 'acc_x',
      projectId: tenants.theirs.projectId,
      createdBy: 'me',
      status: 'disabled',
    })) {
      const answer = await refused(() => patch(id, { [field]: value, description: 'changed' }));
      expect([answer.status, pointers(answer)]).toEqual([400, [`/${field}`]]);
    }
  });

  test('the name can be changed where the account allows it', async () => {
    const { id } = await newKey();
    await app.call('PATCH', `/accounts/${tenants.mine.accountId}`, { nameEditable: true });
    expect((await patch(id, { name: 'new name' })).body.name).toBe('new name');
    await app.call('PATCH', `/accounts/${tenants.mine.accountId}`, { nameEditable: false });
    await refused(() => patch(id, { name: 'newer name' }));
  });

  test('T28 a change of the description leaves the scope, a change of the scope the description', async () => {
    const scope = range({ type: 'model', id: tenants.modelId });
    const key = await newKey({ scope, description: 'before', environment: 'prod', ipAllow: ['10.0.0.1'] });
    const described = await patch(key['id'], { description: 'after' });
    const { value: _, ...rest } = key;
    expect(described.body).toEqual({ ...rest, limits: [], description: 'after', updatedAt: described.body.updatedAt });
    const scoped = await patch(key['id'], { scope: all });
    expect(scoped.body).toMatchObject({ description: 'after', scope: all, environment: 'prod', ipAllow: ['10.0.0.1'] });
  });

  test('T29 a new scope voids the earlier selection: range A,B, all, range C', async () => {
    const [a, b, c] = [
      tenants.modelId,
      tenants.otherModelId,
      (await app.make('/models', { name: 'third', providerId: tenants.providerId }))['id'],
    ];
    const key = await newKey({ scope: range({ type: 'model', id: a }, { type: 'model', id: b }) });
    await patch(key['id'], { scope: all });
    await patch(key['id'], { scope: range({ type: 'model', id: c }) });
    const decisions = await Promise.all([a, b, c].map((id) => app.decide(key['value'], 'model', id)));
    expect(decisions).toEqual(['model_not_found', 'model_not_found', 'ok']);
  });

  test('V17 T16 a change of scope or addresses acts on the next call, warm caches included', async () => {
    const { id, value } = await newKey();
    expect(await app.decide(value, 'model', tenants.modelId)).toBe('ok');
    await patch(id, { scope: range({ type: 'model', id: 'other' }) });
    expect(await app.decide(value, 'model', tenants.modelId)).toBe('model_not_found');
    await patch(id, { scope: all, ipAllow: ['203.0.113.9'] });
    expect(await app.decide(value, 'model', tenants.modelId)).toBe('ip_not_allowed');
    await patch(id, { ipAllow: [] });
    expect(await app.decide(value, 'model', tenants.modelId)).toBe('ok');
  });

  test('A08 an expired key is shown so, is refused, and works again once extended', async () => {
    const { id, value } = await newKey({ expiresAt: new Date(app.nowMs + 2000).toISOString() });
    expect(await app.decide(value)).toBe('ok');
    app.nowMs += 2000;
    expect(await app.decide(value)).toBe('key_expired');
    expect((await app.call('GET', `/keys/${id}`)).body).toMatchObject({ state: 'expired', status: 'active' });
    const past = await refused(() => patch(id, { expiresAt: new Date(app.nowMs).toISOString() }));
    expect(pointers(past)).toEqual(['/expiresAt']);
    await patch(id, { expiresAt: new Date(app.nowMs + 1000).toISOString() });
    expect(await app.decide(value)).toBe('ok');
    app.nowMs += 1000;
    expect((await patch(id, { expiresAt: null })).body.expiresAt).toBeNull();
    expect(await app.decide(value)).toBe('ok');
  });

  test('T01 a key without expiry works five years later', async () => {
    const { value } = await newKey();
    const nowMs = app.nowMs;
    app.nowMs += 5 * 366 * 86_400_000;
    expect(await app.decide(value)).toBe('ok');
    app.nowMs = nowMs;
  });

  test('X06 a scope cannot be changed to what another project has', async () => {
    const { id } = await newKey();
    const answer = await refused(() =>
      patch(id, { scope: range({ type: 'endpoint', id: tenants.theirs.endpointId }) }),
    );
    expect(pointers(answer)).toEqual(['/scope/resources/0/id']);
  });

  test('a management key has no scope to change', async () => {
    const answer = await refused(() => patch(tenants.mine.projectKeyId, { scope: all }));
    expect(pointers(answer)).toEqual(['/scope']);
  });

  test('an empty change changes nothing', async () => {
    const before = await app.snapshot();
    expect((await patch(tenants.mine.keyId, {})).status).toBe(200);
    expect(await app.snapshot()).toBe(before);
  });
});

describe('disabling and enabling', () => {
  test('V18 V19 V21 T12 T13 A11 A17 a disabled key fails authentication on the next call, and works again when enabled', async () => {
    const { id, value } = await newKey();
    expect(await app.decide(value)).toBe('ok');
    expect((await app.call('POST', `/keys/${id}/disable`)).body).toMatchObject({
      status: 'disabled',
      state: 'disabled',
    });
    expect(await app.decide(value)).toBe('key_disabled');
    expect((await app.call('GET', `/keys/${id}`)).body.state).toBe('disabled');
    expect((await app.call('POST', `/keys/${id}/enable`)).body.state).toBe('active');
    expect(await app.decide(value)).toBe('ok');
  });

  test('a change made at the same time does not undo a disable', async () => {
    const { id, value } = await newKey();
    await Promise.all([
      patch(id, { description: 'meanwhile' }),
      app.call('POST', `/keys/${id}/disable`),
      patch(id, { environment: 'prod' }),
    ]);
    expect(await app.decide(value)).toBe('key_disabled');
    expect((await app.call('GET', `/keys/${id}`)).body).toMatchObject({
      description: 'meanwhile',
      environment: 'prod',
      status: 'disabled',
    });
  });

  test('both can be said twice, and take no body', async () => {
    const { id } = await newKey();
    expect((await app.call('POST', `/keys/${id}/disable`)).status).toBe(200);
    expect((await app.call('POST', `/keys/${id}/disable`, {})).status).toBe(200);
    expect((await refused(() => app.call('POST', `/keys/${id}/enable`, { reason: 'x' }))).status).toBe(400);
  });
});

describe('deleting', () => {
  async function confirmation(id: string): Promise<string> {
    return (await app.call('DELETE', `/keys/${id}`)).body.confirm;
  }

  test('V22 D15 T18 Z14 Z15 a key deleted with its confirmation is gone from the lists and refused on the next call', async () => {
    const { id, value } = await newKey({ name: 'doomed' });
    expect(await app.decide(value)).toBe('ok');
    const answer = await app.call('DELETE', `/keys/${id}?confirm=${await confirmation(id)}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await app.decide(value)).toBe('invalid_api_key');
    expect((await app.call('GET', `/projects/${tenants.mine.projectId}/keys?search=doomed`)).body.data).toEqual([]);
    expect((await app.call('GET', `/keys/${id}`)).status).toBe(404);
  });

  test('T17 Z15 D14 without confirmation nothing is deleted, and the answer says what would be', async () => {
    const { id, masked, value } = await newKey({ name: 'in use' });
    await app.store.keys.touch([{ keyId: id, atMs: app.nowMs - 1000, address: null }]);
    const usage = { inputTokens: 1, cachedTokens: 0, cacheWriteTokens: 0, outputTokens: 1, reasoningTokens: 0 };
    const row = {
      accountId: tenants.mine.accountId,
      projectId: tenants.mine.projectId,
      keyId: id,
      route: '/v1/chat/completions',
      resourceType: null,
      resourceId: null,
      resourceName: null,
      providerId: null,
      outcome: 'answered',
      status: 200,
      streamed: false,
      usage,
      usageSource: 'reported',
      costNano: 0n,
      chargedTokens: 2,
      chargedCostNano: 0n,
      prices: null,
      address: null,
      firstByteMs: 1,
      durationMs: 2,
    } as const;
    await app.store.ledger.append([
      { ...row, id: 'req_1', startedAtMs: app.nowMs - 1000 },
      { ...row, id: 'req_2', startedAtMs: app.nowMs },
      { ...row, id: 'req_3', startedAtMs: app.nowMs - 2 * 86_400_000 },
    ]);
    const answer = await refused(() => app.call('DELETE', `/keys/${id}`));
    expect(answer.status).toBe(428);
    expect(answer.body).toMatchObject({
      code: 'confirmation_required',
      name: 'in use',
      masked,
      requestsLast24h: 2,
      lastUsedAt: new Date(app.nowMs - 1000).toISOString(),
    });
    expect(await app.decide(value)).toBe('ok');
  });

  test('T17 a wrong, expired, foreign or outdated confirmation is refused and nothing is deleted', async () => {
    const { id } = await newKey();
    const other = await newKey();
    const good = await confirmation(id);
    const forged = good.replace(/^\d+/, (ms) => String(Number(ms) + 1));
    for (const confirm of ['x', '', forged, `${good}x`, await confirmation(other['id'])]) {
      expect((await refused(() => app.call('DELETE', `/keys/${id}?confirm=${confirm}`))).status).toBe(400);
    }
    app.nowMs += 5 * 60_000;
    expect((await refused(() => app.call('DELETE', `/keys/${id}?confirm=${good}`))).status).toBe(400);
    const outdated = await confirmation(id);
    app.nowMs += 1;
    await patch(id, { description: 'changed since' });
    expect((await refused(() => app.call('DELETE', `/keys/${id}?confirm=${outdated}`))).status).toBe(400);
  });

  test('T17 a key that is in use can be deleted: its last use is no change of it', async () => {
    const { id } = await newKey();
    const confirm = await confirmation(id);
    await app.store.keys.touch([{ keyId: id, atMs: app.nowMs + 1, address: '192.0.2.10' }]);
    expect((await app.call('DELETE', `/keys/${id}?confirm=${confirm}`)).status).toBe(204);
  });

  test('T31 a deleted key cannot be brought back', async () => {
    const { id } = await newKey();
    const confirm = await confirmation(id);
    await app.call('DELETE', `/keys/${id}?confirm=${confirm}`);
    const calls = [
      ['POST', `/keys/${id}/enable`],
      ['POST', `/keys/${id}/disable`],
      ['PATCH', `/keys/${id}`],
      ['DELETE', `/keys/${id}`],
      ['DELETE', `/keys/${id}?confirm=${confirm}`],
    ] as const;
    for (const [method, path] of calls) {
      expect(
        (await refused(() => app.call(method, path, method === 'PATCH' ? { description: 'back' } : undefined))).status,
      ).toBe(404);
    }
  });

  test('a creation sent again after its key was deleted makes nothing and says so', async () => {
    const send = () =>
      app.call(
        'POST',
        `/projects/${tenants.mine.projectId}/keys`,
        { name: 'short-lived', scope: all },
        { headers: { 'idempotency-key': '"gone"' } },
      );
    const { id } = (await send()).body;
    await app.call('DELETE', `/keys/${id}?confirm=${await confirmation(id)}`);
    expect((await refused(send)).status).toBe(409);
  });
});
