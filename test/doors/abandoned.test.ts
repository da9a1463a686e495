import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Answer, Json, TestManagement } from '../kit/management.ts';
import { use } from './limitsUse.ts';
import { pointers, startTenants, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;
let tokens: string;
let cost: string;

const lifetime = { kind: 'lifetime' };

beforeAll(async () => {
  tenants = await startTenants();
  app = tenants.app;
  const url = `/keys/${tenants.mine.keyId}/limits`;
  tokens = (await app.make(url, { unit: 'tokens', amount: 1000, window: lifetime }))['id'];
  cost = (await app.make(url, { unit: 'cost', amount: '1000', window: lifetime }))['id'];
});
afterAll(() => app.close());
beforeEach(async () => {
  app.nowMs += 1000;
  await app.call('POST', `/keys/${tenants.mine.keyId}/reset-usage`);
});

/** Calls of a node that dies before they end. */
async function abandon(count = 1): Promise<string[]> {
  const ids = [];
  for (let made = 0; made < count; made++) {
    ids.push((await use(app, tenants.mine, { tokens: 300, costNano: 2_000_000_000n, open: true })).id);
    app.nowMs += 1000;
  }
  const other = new DatabaseSync(join(app.dataDir, 'keyward.db'));
  other.prepare(`update reservations set node_id = 'a node that died'`).run();
  other.close();
  expect(await app.store.limits.abandonLost(app.nowMs)).toBe(count);
  return ids;
}
const listed = async (query = ''): Promise<string[]> =>
  (await app.call('GET', `/requests/abandoned${query}`)).body.data.map(({ id }: Json) => id);
const counted = async (id: string): Promise<Json> => (await app.call('GET', `/limits/${id}`)).body;
async function shown(id: string): Promise<Json> {
  return (await app.call('GET', '/requests?outcome=abandoned')).body.data.find((one: Json) => one.id === id);
}
async function refused(run: () => Promise<Answer>): Promise<Answer> {
  const before = await app.snapshot();
  const answer = await run();
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(await app.snapshot()).toBe(before);
  return answer;
}

describe('a call whose end nobody saw', () => {
  test('stays charged at what was reserved for it, and is listed for the operator', async () => {
    const [id] = await abandon();
    expect(await counted(tokens)).toMatchObject({ used: 300, reserved: 0 });
    expect(await counted(cost)).toMatchObject({ used: '2', reserved: '0' });
    const { body } = await app.call('GET', '/requests/abandoned');
    const [item] = body.data.filter((one: Json) => one.id === id);
    expect(item).toMatchObject({
      keyId: tenants.mine.keyId,
      outcome: 'abandoned',
      chargedTokens: 300,
      chargedCost: '2',
      adjustment: null,
      abandonedAt: new Date(app.nowMs).toISOString(),
    });
    expect(await listed(`?accountId=${tenants.theirs.accountId}`)).toEqual([]);
    expect(await listed(`?accountId=${tenants.mine.accountId}&limit=1`)).toHaveLength(1);
    expect(await shown(id!)).toMatchObject({ chargedTokens: 300, adjustment: null });
  });

  test('is waived: charged nothing, with note, who and when beside it; its limits have room at once', async () => {
    const [id] = await abandon();
    const operator = await app.make('/accounts/acc_platform/keys', { name: 'support' });
    const note = 'The node lost power.';
    const answer = await app.call('POST', `/requests/${id}/waive`, { note }, { key: operator['value'] });
    expect(answer.status).toBe(200);
    const adjustment = { tokens: 0, cost: '0', note, by: operator['id'], at: new Date(app.nowMs).toISOString() };
    expect(answer.body).toMatchObject({ id, chargedTokens: 0, chargedCost: '0', adjustment });
    expect(await shown(id!)).toMatchObject({ chargedTokens: 0, chargedCost: '0', adjustment });
    expect(await counted(tokens)).toMatchObject({ used: 0, remaining: 1000 });
    expect(await counted(cost)).toMatchObject({ used: '0' });
    expect(await listed()).not.toContain(id);
  });

  test('once settled after all, still shows what was decided about it before', async () => {
    const [id] = await abandon();
    await app.call('POST', `/requests/${id}/waive`, { note: 'The node is gone.' });
    const call = await app.store.limits.getAbandoned(id!);
    await app.store.limits.settle([{ row: { ...call!.row, outcome: 'answered' } }]);
    const [one] = (await app.call('GET', '/requests?outcome=answered')).body.data.filter((row: Json) => row.id === id);
    expect(one).toMatchObject({ outcome: 'answered', adjustment: { tokens: 0, note: 'The node is gone.' } });
  });

  test('is adjusted: what is not said stays as it was', async () => {
    const [one, two] = await abandon(2);
    const first = await app.call('POST', `/requests/${one}/adjust`, { tokens: 120, note: 'From the provider’s log.' });
    expect(first.body).toMatchObject({ chargedTokens: 120, chargedCost: '2' });
    const second = await app.call('POST', `/requests/${two}/adjust`, { cost: '0.5', note: 'From their bill.' });
    expect(second.body).toMatchObject({ chargedTokens: 300, chargedCost: '0.5' });
    expect(await counted(tokens)).toMatchObject({ used: 420 });
    expect(await counted(cost)).toMatchObject({ used: '2.5' });
  });

  test('is decided about once, also by two at once', async () => {
    const [id] = await abandon();
    const waive = () => app.call('POST', `/requests/${id}/waive`, { note: 'x' });
    const answers = await Promise.all([waive(), waive(), waive()]);
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['200', '409', '409']);
    const again = await refused(() => app.call('POST', `/requests/${id}/adjust`, { tokens: 5, note: 'x' }));
    expect([again.status, again.body.code]).toEqual([409, 'conflict']);
    expect(await shown(id!)).toMatchObject({ adjustment: { tokens: 0, note: 'x' } });
  });

  test('cannot be charged more than was reserved, nor decided about without saying why', async () => {
    const [id] = await abandon();
    const cases: [string, object, string[]][] = [
      ['adjust', { tokens: 301, cost: '2.000000001', note: 'x' }, ['/tokens', '/cost']],
      ['adjust', { tokens: -1, note: 'x' }, ['/tokens']],
      ['adjust', { cost: 2, note: 'x' }, ['/cost']],
      ['adjust', { note: 'x' }, ['']],
      ['adjust', { tokens: 1 }, ['/note']],
      ['waive', {}, ['/note']],
      ['waive', { note: '   ' }, ['/note']],
      ['waive', { note: 'x'.repeat(501) }, ['/note']],
      ['waive', { note: 'x', tokens: 1 }, ['/tokens']],
    ];
    for (const [verb, body, expected] of cases) {
      const answer = await refused(() => app.call('POST', `/requests/${id}/${verb}`, body));
      expect([body, answer.status, pointers(answer)]).toEqual([body, 400, expected]);
    }
    expect(await listed()).toContain(id);
  });

  test('is no call that ended well: those are what they were', async () => {
    const { id } = await use(app, tenants.mine);
    for (const requestId of [id, 'req_nobody']) {
      const answer = await refused(() => app.call('POST', `/requests/${requestId}/waive`, { note: 'x' }));
      expect(answer.status).toBe(404);
    }
  });
});

describe('counters and ledger', () => {
  const verify = async (body: object = {}): Promise<Json> => (await app.call('POST', '/ledger/verify', body)).body;

  test('are the same after all of this', async () => {
    await use(app, tenants.mine);
    await use(app, tenants.mine, { open: true });
    expect(await verify()).toEqual({
      checkedAt: new Date(app.nowMs).toISOString(),
      differences: 0,
      repaired: false,
      data: [],
    });
    expect(await verify({ repair: true })).toMatchObject({ differences: 0, repaired: false });
    expect((await app.call('POST', '/ledger/verify', {})).status).toBe(200);
    expect(pointers(await app.call('POST', '/ledger/verify', { repair: 'yes' }))).toEqual(['/repair']);
  });

  test('a counter that differs is named with both figures, and repaired when asked', async () => {
    await use(app, tenants.mine, { tokens: 40 });
    const other = new DatabaseSync(join(app.dataDir, 'keyward.db'));
    other.prepare('update counters set settled = settled + 7 where limit_id = ? and settled = 40').run(tokens);
    other.close();
    const found = await verify();
    expect(found).toMatchObject({ differences: 1, repaired: false });
    expect(found.data).toEqual([
      {
        limitId: tokens,
        subjectId: tenants.mine.keyId,
        windowStart: expect.stringMatching(/Z$/),
        stored: { settled: '47', reserved: '0' },
        derived: { settled: '40', reserved: '0' },
      },
    ]);
    expect(await verify({ repair: true })).toMatchObject({ differences: 1, repaired: true });
    expect(await verify()).toMatchObject({ differences: 0, repaired: false });
    expect(await counted(tokens)).toMatchObject({ used: 40 });
  });
});
