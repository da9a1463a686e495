import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LedgerRow } from '../../src/core/ledger.ts';
import type { TestManagement } from '../kit/management.ts';
import { pointers, startTenants, type Tenant, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;

const HOUR_MS = 3_600_000;
const prices = {
  inputNanoPerMillion: 1n,
  cachedInputNanoPerMillion: null,
  cacheWriteNanoPerMillion: null,
  outputNanoPerMillion: 2n,
};
let rows = 0;

function row(tenant: Tenant, over: Partial<LedgerRow> = {}): LedgerRow {
  return {
    id: `req_${++rows}`,
    accountId: tenant.accountId,
    projectId: tenant.projectId,
    keyId: tenant.keyId,
    route: '/v1/chat/completions',
    resourceType: 'model',
    resourceId: tenants.modelId,
    resourceName: 'u-8105f7322477/test',
    providerId: tenants.providerId,
    outcome: 'answered',
    status: 200,
    streamed: false,
    usage: { inputTokens: 100, cachedTokens: 40, cacheWriteTokens: 0, outputTokens: 10, reasoningTokens: 5 },
    usageSource: 'reported',
    costNano: 1_500_000_001n,
    chargedTokens: 110,
    chargedCostNano: 1_500_000_001n,
    prices,
    address: '192.0.2.10',
    startedAtMs: app.nowMs - HOUR_MS,
    firstByteMs: 12,
    durationMs: 34,
    ...over,
  };
}

beforeAll(async () => {
  tenants = await startTenants();
  app = tenants.app;
  await app.store.ledger.append([
    row(tenants.mine),
    row(tenants.mine, { startedAtMs: app.nowMs - 25 * HOUR_MS, usageSource: 'estimated' }),
    row(tenants.mine, { resourceName: 'other', costNano: null, prices: null }),
    row(tenants.mine, { status: 502, outcome: 'upstream_failed', usageSource: 'none', costNano: 0n }),
    row(tenants.mine, {
      resourceType: null,
      resourceId: null,
      resourceName: null,
      route: '/v1/models',
      outcome: 'allowed',
      usageSource: 'none',
      costNano: 0n,
      providerId: null,
    }),
    row(tenants.mine, { startedAtMs: app.nowMs - 24 * 40 * HOUR_MS }),
    row(tenants.theirs),
  ]);
  const denial = {
    code: 'ip_not_allowed',
    route: '/v1/chat/completions',
    address: '203.0.113.9',
    hourMs: app.nowMs - HOUR_MS,
    firstAtMs: app.nowMs - HOUR_MS,
    lastAtMs: app.nowMs - 1,
  };
  const place = ({ accountId, projectId, keyId }: Tenant) => ({ accountId, projectId, keyId });
  await app.store.ledger.countDenials([
    { ...denial, ...place(tenants.mine), count: 3 },
    { ...denial, ...place(tenants.theirs), count: 4 },
    { ...denial, accountId: '', projectId: '', keyId: '', code: 'invalid_api_key', address: '', count: 10_000 },
  ]);
});
afterAll(() => app.close());

const get = (path: string, key?: string) => app.call('GET', path, undefined, key ? { key } : {});

describe('A18 usage', () => {
  test('sums everything the caller reaches over the last 30 days', async () => {
    const { body } = await get('/usage', tenants.mine.projectKey);
    expect(body.data).toEqual([
      {
        group: {},
        requests: 5,
        inputTokens: 500,
        cachedTokens: 200,
        outputTokens: 50,
        reasoningTokens: 25,
        cost: '3.000000002',
        unpricedRequests: 1,
        estimatedRequests: 1,
      },
    ]);
    expect([body.from, body.to]).toEqual(['2026-01-30T12:00:00.001Z', '2026-03-01T12:00:00.001Z']);
  });

  test('is grouped by key, model, day, hour, status and project', async () => {
    const groups = async (by: string) =>
      (await get(`/usage?groupBy=${by}`, tenants.mine.accountKey)).body.data.map(
        ({ group, requests }: { group: object; requests: number }) => ({ ...group, requests }),
      );
    expect(await groups('key')).toEqual([{ key: tenants.mine.keyId, requests: 5 }]);
    expect(await groups('project')).toEqual([{ project: tenants.mine.projectId, requests: 5 }]);
    expect(await groups('status')).toEqual(
      expect.arrayContaining([
        { status: '200', requests: 4 },
        { status: '502', requests: 1 },
      ]),
    );
    expect(await groups('day')).toEqual(
      expect.arrayContaining([
        { day: '2026-02-28', requests: 1 },
        { day: '2026-03-01', requests: 4 },
      ]),
    );
    expect((await groups('hour')).slice(-1)).toEqual([{ hour: '2026-03-01T11:00:00.000Z', requests: 4 }]);
    expect(await groups('model,day')).toEqual(
      expect.arrayContaining([{ model: 'other', day: '2026-03-01', requests: 1 }]),
    );
  });

  test('is narrowed by key, project and time', async () => {
    const count = async (query: string) =>
      (await get(`/usage?${query}`)).body.data.reduce(
        (sum: number, { requests }: { requests: number }) => sum + requests,
        0,
      );
    expect(await count(`keyId=${tenants.theirs.keyId}`)).toBe(1);
    expect(await count(`projectId=${tenants.mine.projectId}`)).toBe(5);
    expect(await count(`accountId=${tenants.mine.accountId}&from=2026-01-01T00:00:00Z`)).toBe(6);
    expect(await count(`keyId=${tenants.mine.keyId}&from=2026-02-28T00:00:00Z&to=2026-03-01T00:00:00%2B00:00`)).toBe(1);
  });

  test.each([
    'groupBy=colour',
    'groupBy=key,key',
    'from=yesterday',
    'from=2026-03-01T00:00:00',
    'from=2030-01-01T00:00:00Z',
    'from=2020-01-01T00:00:00Z',
    'from=2026-01-28T12:00:00Z&groupBy=hour',
    'x=1',
  ])('the question %s is refused', async (query) => {
    const answer = await get(`/usage?${query}`);
    expect([answer.status, pointers(answer)]).toEqual([400, [`?${query.split('=')[0]}`]]);
  });

  test('V22 the history of a deleted key stays', async () => {
    const key = await app.make(`/projects/${tenants.mine.projectId}/keys`, { name: 'x', scope: { mode: 'all' } });
    await app.store.ledger.append([
      row(tenants.mine, { keyId: key['id'], startedAtMs: app.nowMs - 24 * 35 * HOUR_MS }),
    ]);
    const { confirm } = (await app.call('DELETE', `/keys/${key['id']}`)).body;
    await app.call('DELETE', `/keys/${key['id']}?confirm=${confirm}`);
    const { body } = await get(`/usage?keyId=${key['id']}&from=2026-01-01T00:00:00Z`, tenants.mine.projectKey);
    expect(body.data[0].requests).toBe(1);
    expect((await get(`/usage?keyId=${key['id']}`, tenants.theirs.projectKey)).status).toBe(404);
  });
});

describe('A18 requests', () => {
  test('show key, model, address, status, tokens and cost, newest first', async () => {
    const { body } = await get(
      `/requests?keyId=${tenants.mine.keyId}&model=u-8105f7322477/test&status=200`,
      tenants.mine.projectKey,
    );
    expect(body.data).toHaveLength(2);
    expect(body.data[0]).toMatchObject({
      keyId: tenants.mine.keyId,
      resource: { type: 'model', id: tenants.modelId, name: 'u-8105f7322477/test' },
      address: '192.0.2.10',
      status: 200,
      outcome: 'answered',
      inputTokens: 100,
      cost: '1.500000001',
      usageSource: 'reported',
      startedAt: new Date(app.nowMs - HOUR_MS).toISOString(),
      durationMs: 34,
    });
    expect(JSON.stringify(body)).not.toContain(tenants.providerId);
  });

  test('an unknown price is null, and a call of nothing in particular names no resource', async () => {
    expect((await get('/requests?model=other')).body.data[0].cost).toBeNull();
    expect((await get('/requests?outcome=allowed')).body.data[0]).toMatchObject({ resource: null, cost: '0' });
  });

  test('A18 of one address are listed alone, and what is no address is told apart', async () => {
    const all = (await get('/requests')).body.data.filter(
      ({ address }: { address: string }) => address === '192.0.2.10',
    );
    expect((await get('/requests?address=192.0.2.10')).body.data).toHaveLength(all.length);
    expect((await get('/requests?address=192.0.2.11')).body.data).toEqual([]);
    expect(pointers(await get('/requests?address=everywhere'))).toEqual(['?address']);
  });

  test('are walked by cursor, each once', async () => {
    const first = (await get('/requests?limit=4', tenants.mine.accountKey)).body;
    const second = (await get(`/requests?limit=4&cursor=${first.nextCursor}`, tenants.mine.accountKey)).body;
    expect(new Set([...first.data, ...second.data].map(({ id }) => id)).size).toBe(5);
    expect(second.nextCursor).toBeNull();
  });
});

describe('A18 refusals', () => {
  test('are counted, each for who reaches the key; those of no key for the operator', async () => {
    const counts = async (path: string, key?: string) =>
      (await get(path, key)).body.data
        .map(({ count }: { count: number }) => count)
        .toSorted((a: number, b: number) => a - b);
    expect(await counts('/denials', tenants.mine.projectKey)).toEqual([3]);
    expect(await counts('/denials', tenants.theirs.accountKey)).toEqual([4]);
    expect(await counts('/denials')).toEqual([3, 4, 10_000]);
    expect(await counts('/denials?code=ip_not_allowed', tenants.mine.projectKey)).toEqual([3]);
    expect(await counts('/denials?code=key_disabled', tenants.mine.projectKey)).toEqual([]);
    expect(await counts('/denials?address=203.0.113.9', tenants.mine.projectKey)).toEqual([3]);
    expect(pointers(await get('/denials?address=somewhere&code=A'))).toEqual(['?code', '?address']);
    const { body } = await get(`/denials?keyId=${tenants.mine.keyId}`);
    expect(body.data).toEqual([
      {
        accountId: tenants.mine.accountId,
        projectId: tenants.mine.projectId,
        keyId: tenants.mine.keyId,
        code: 'ip_not_allowed',
        route: '/v1/chat/completions',
        address: '203.0.113.9',
        hour: '2026-03-01T11:00:00.000Z',
        count: 3,
        firstAt: '2026-03-01T11:00:00.000Z',
        lastAt: '2026-03-01T11:59:59.999Z',
      },
    ]);
    expect((await get('/denials?limit=1')).body.data[0]).toMatchObject({
      keyId: null,
      accountId: null,
      address: null,
      code: 'invalid_api_key',
    });
  });
});
