import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, Json, TestManagement } from '../kit/management.ts';
import { admits } from './limitsUse.ts';
import { pointers, startTenants, type Tenant, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;
let keysUrl: string;

beforeAll(async () => {
  tenants = await startTenants();
  app = tenants.app;
  keysUrl = `/projects/${tenants.mine.projectId}/keys`;
});
afterAll(() => app.close());

const scope = { mode: 'all' };
const lifetime = { kind: 'lifetime' };
const quota = (amount: number) => ({ unit: 'tokens', amount, window: lifetime });
const day = { unit: 'requests', amount: 5, window: { kind: 'session', seconds: 86_400 } };
const template = (name: string, ...limits: object[]) =>
  app.make(`/accounts/${tenants.mine.accountId}/limit-templates`, { name, limits });
const as = (keyId: string): Tenant => ({ ...tenants.mine, keyId });
const limitsOf = async (id: string): Promise<Json[]> => (await app.call('GET', `/keys/${id}`)).body.limits;
const brief = (limits: Json[]) => limits.map(({ subject, unit, amount }) => [subject.type, unit, amount]);
async function refused(run: () => Promise<Answer>): Promise<Answer> {
  const before = await app.snapshot();
  const answer = await run();
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(await app.snapshot()).toBe(before);
  return answer;
}

describe('A14 A15 a key that is made with limits', () => {
  test('A09 is listed with them, and with its template’s, by who asks for that', async () => {
    const shared = await template('shared', day);
    const description = 'listed with limits';
    const body = { name: 'listed', scope, description, limits: [quota(20)], limitTemplateId: shared['id'] };
    const listed = await app.make(keysUrl, body);
    await app.make(keysUrl, { name: 'without', scope, description });
    expect(await admits(app, as(listed['id']))).toBe(true);
    const list = async (query: string): Promise<Json[]> =>
      (await app.call('GET', `${keysUrl}?search=listed%20with${query}`)).body.data;
    const [without, has] = await list('&limits=true');
    expect(without).toMatchObject({ name: 'without', limits: [] });
    expect(brief(has!['limits'])).toEqual([
      ['key', 'tokens', 20],
      ['template', 'requests', 5],
    ]);
    const details = await limitsOf(listed['id']);
    expect(has!['limits']).toEqual(
      details.filter(({ subject }) => subject.type === 'key' || subject.type === 'template'),
    );
    for (const one of await list('')) expect(one).not.toHaveProperty('limits');
  });

  test('has them from its first call on', async () => {
    const made = await app.make(keysUrl, { name: 'contractor', scope, limits: [quota(15), day] });
    expect(brief(await limitsOf(made['id']))).toEqual([
      ['key', 'tokens', 15],
      ['key', 'requests', 5],
    ]);
    expect([await admits(app, as(made['id'])), await admits(app, as(made['id']))]).toEqual([true, false]);
  });

  test('is not made at all when one of them is faulty', async () => {
    const limits = [quota(1), { unit: 'cost', amount: 3, window: lifetime }, quota(1)];
    const faulty = await refused(() => app.call('POST', keysUrl, { name: 'x', scope, limits }));
    expect(pointers(faulty)).toEqual(['/limits/1/amount']);
    const twice = await refused(() => app.call('POST', keysUrl, { name: 'x', scope, limits: [quota(1), quota(2)] }));
    expect(pointers(twice)).toEqual(['/limits/1']);
    const many = Array.from({ length: 21 }, (_, index) => ({
      unit: 'requests',
      amount: 1,
      window: { kind: 'rolling', seconds: index + 1 },
    }));
    expect(pointers(await refused(() => app.call('POST', keysUrl, { name: 'x', scope, limits: many })))).toEqual([
      '/limits',
    ]);
  });

  test('is made once with its limits, however often it is sent; other limits are another creation', async () => {
    const headers = { 'idempotency-key': '"limited"' };
    const body = { name: 'once', scope, limits: [quota(15), day], limitTemplateId: tenants.mine.templateId };
    const [first, second] = [
      await app.call('POST', keysUrl, body, { headers }),
      await app.call('POST', keysUrl, body, { headers }),
    ];
    expect(second.body).toEqual({ ...first.body, value: null });
    expect(brief(await limitsOf(first.body.id))).toHaveLength(3);
    const other = await app.call('POST', keysUrl, { ...body, limits: [quota(16), day] }, { headers });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']);
  });

  test('D03 copies its own limits and its template from another, with nothing used', async () => {
    const source = await app.make(keysUrl, {
      name: 'source',
      scope,
      limits: [quota(25), day],
      limitTemplateId: tenants.mine.templateId,
    });
    await admits(app, as(source['id']));
    const copy = await app.make(keysUrl, { name: 'copy', copyFrom: source['id'] });
    expect(copy['limitTemplateId']).toBe(tenants.mine.templateId);
    const limits = await limitsOf(copy['id']);
    expect(brief(limits)).toEqual(brief(await limitsOf(source['id'])));
    expect(limits.map(({ used }) => used)).toEqual([0, 0, 0]);
    await app.call('PATCH', `/limits/${limits[0].id}`, { amount: 1 });
    expect((await limitsOf(source['id']))[0].amount).toBe(25);
    const bare = { name: 'bare', copyFrom: source['id'], limits: [], limitTemplateId: null };
    expect(await limitsOf((await app.make(keysUrl, bare))['id'])).toEqual([]);
  });

  test('is no management key', async () => {
    for (const [field, value] of Object.entries({ limits: [quota(1)], limitTemplateId: tenants.mine.templateId })) {
      const body = { name: 'x', class: 'management', [field]: value };
      expect(pointers(await refused(() => app.call('POST', keysUrl, body)))).toEqual([`/${field}`]);
    }
    const ofAccount = `/accounts/${tenants.mine.accountId}/keys`;
    const answer = await refused(() => app.call('POST', ofAccount, { name: 'x', limits: [quota(1)] }));
    expect(pointers(answer)).toEqual(['/limits']);
  });
});

describe('a key and its template', () => {
  test('the reference is set and taken away, and acts on the next call', async () => {
    const tight = await template('tight', quota(5));
    const { id } = await app.make(keysUrl, { name: 'a', scope });
    expect(await admits(app, as(id))).toBe(true);
    const set = await app.call('PATCH', `/keys/${id}`, { limitTemplateId: tight['id'] });
    expect(set.body).toMatchObject({ limitTemplateId: tight['id'], limits: [{ subject: { type: 'template' } }] });
    expect(await admits(app, as(id))).toBe(false);
    expect((await app.call('PATCH', `/keys/${id}`, { description: 'other' })).body.limitTemplateId).toBe(tight['id']);
    expect((await app.call('PATCH', `/keys/${id}`, { limitTemplateId: null })).body.limits).toEqual([]);
    expect(await admits(app, as(id))).toBe(true);
  });

  test('X06 a template of another account is unknown, in the words for what nobody has', async () => {
    const words = [];
    for (const limitTemplateId of [tenants.theirs.templateId, 'tpl_nobody']) {
      const changed = await refused(() => app.call('PATCH', `/keys/${tenants.mine.keyId}`, { limitTemplateId }));
      const made = await refused(() => app.call('POST', keysUrl, { name: 'x', scope, limitTemplateId }));
      expect([pointers(changed), pointers(made)]).toEqual([['/limitTemplateId'], ['/limitTemplateId']]);
      expect(made.body.detail).toBe(changed.body.detail);
      words.push(made.body.detail.replace(limitTemplateId, '_'));
    }
    expect(words[0]).toBe(words[1]);
  });
});

describe('looking at a key', () => {
  test('T05 shows all that applies to it with where it stands: its own, its template’s, its project’s, its account’s', async () => {
    const { theirs } = tenants;
    const calendar = { kind: 'calendar', period: 'month' };
    await app.make(`/accounts/${theirs.accountId}/limits`, { unit: 'cost', amount: '100', window: calendar });
    await app.make(`/projects/${theirs.projectId}/limits`, { unit: 'cost', amount: '50', window: calendar });
    await app.call('PATCH', `/keys/${theirs.keyId}`, { limitTemplateId: theirs.templateId });
    expect(await admits(app, theirs)).toBe(true);
    const { body } = await app.call('GET', `/keys/${theirs.keyId}`, undefined, { key: theirs.projectKey });
    expect(body.limits).toMatchObject([
      { subject: { type: 'key', id: theirs.keyId }, used: 1, remaining: 999_999 },
      { subject: { type: 'template', id: theirs.templateId }, used: 1, remaining: 999_999 },
      { subject: { type: 'project', id: theirs.projectId }, used: '0.001', remaining: '49.999' },
      { subject: { type: 'account', id: theirs.accountId }, used: '0.001', remaining: '99.999' },
    ]);
    const list = await app.call('GET', `/projects/${theirs.projectId}/keys`);
    expect(list.body.data[0]).not.toHaveProperty('limits');
    expect((await app.call('GET', `/keys/${theirs.projectKeyId}`)).body.limits).toEqual([]);
  });

  test('A07 its usage is reset: its own limits and its template’s for it alone, and nobody else’s', async () => {
    const shared = await template('shared', { unit: 'requests', amount: 1, window: lifetime });
    const make = () => app.make(keysUrl, { name: 'r', scope, limits: [quota(10)], limitTemplateId: shared['id'] });
    const [one, other] = [await make(), await make()];
    const project = await app.make(`/projects/${tenants.mine.projectId}/limits`, quota(1000));
    const { used } = (await app.call('GET', `/limits/${project['id']}`)).body;
    for (const { id } of [one, other] as Json[])
      expect([await admits(app, as(id)), await admits(app, as(id))]).toEqual([true, false]);
    app.nowMs += 1000;
    const reset = await app.call('POST', `/keys/${one['id']}/reset-usage`);
    expect([reset.status, reset.body.nextCursor]).toEqual([200, null]);
    expect(reset.body.data).toMatchObject([
      { subject: { type: 'key' }, used: 0 },
      { subject: { type: 'template' }, used: 0 },
      { subject: { type: 'project' }, used: used + 20 },
    ]);
    expect(await admits(app, as(one['id']))).toBe(true);
    expect(await admits(app, as(other['id']))).toBe(false);
    await app.call('DELETE', `/limits/${project['id']}`);
  });
});
