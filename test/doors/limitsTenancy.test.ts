import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, TestManagement } from '../kit/management.ts';
import { startTenants, type Tenants } from './manageSetting.ts';

// What other tenants' ids answer is in manageTenancy.test.ts; this is about who inside an account may set what.

let tenants: Tenants;
let app: TestManagement;
const ids = { key: '', project: '', account: '', template: '', sibling: '' };

const quota = { unit: 'cost', amount: '100', window: { kind: 'lifetime' } };

beforeAll(async () => {
  tenants = await startTenants();
  app = tenants.app;
  const { keyId, projectId, accountId, templateId } = tenants.mine;
  for (const [name, url] of [
    ['key', `/keys/${keyId}/limits`],
    ['project', `/projects/${projectId}/limits`],
    ['account', `/accounts/${accountId}/limits`],
    ['template', `/limit-templates/${templateId}/limits`],
  ] as const)
    ids[name] = (await app.make(url, quota))['id'];
  const sibling = await app.make('/projects', { name: 'sibling', accountId });
  ids.sibling = (await app.make(`/projects/${sibling['id']}/limits`, quota))['id'];
});
afterAll(() => app.close());

async function changingNothing(run: () => Promise<Answer>): Promise<Answer> {
  const before = await app.snapshot();
  const answer = await run();
  expect(await app.snapshot()).toBe(before);
  return answer;
}

const changes = [
  ['PATCH', '', { amount: '1000' }],
  ['POST', '/reset', undefined],
  ['DELETE', '', undefined],
] as const;

describe('nobody loosens a limit that binds themselves', () => {
  test.each([
    ['projectKey', 'project'],
    ['projectKey', 'template'],
    ['accountKey', 'account'],
  ] as const)('a %s sees the limit of its %s and cannot change it', async (who, type) => {
    const key = tenants.mine[who];
    const seen = await app.call('GET', `/limits/${ids[type]}`, undefined, { key });
    expect([seen.status, seen.body.subject?.type]).toEqual([200, type]);
    for (const [method, suffix, body] of changes) {
      const answer = await changingNothing(() => app.call(method, `/limits/${ids[type]}${suffix}`, body, { key }));
      expect([method, answer.status, answer.body.code]).toEqual([method, 403, 'forbidden']);
    }
  });

  test('a projectKey neither sees nor changes the limit of its account by its id', async () => {
    const { projectKey: key } = tenants.mine;
    for (const [method, suffix, body] of [['GET', '', undefined], ...changes] as const) {
      const url = `/limits/${ids.account}${suffix}`;
      const answer = await changingNothing(() => app.call(method, url, body, { key }));
      expect([method, answer.status, answer.body.code]).toEqual([method, 403, 'forbidden']);
    }
  });

  test.each([
    ['projectKey', 'key'],
    ['accountKey', 'key'],
    ['accountKey', 'project'],
    ['accountKey', 'template'],
  ] as const)('a %s changes the limit of its %s', async (who, type) => {
    const key = tenants.mine[who];
    const answer = await app.call('PATCH', `/limits/${ids[type]}`, { amount: '99.5' }, { key });
    expect([answer.status, answer.body.amount]).toEqual([200, '99.5']);
    expect((await app.call('POST', `/limits/${ids[type]}/reset`, undefined, { key })).status).toBe(200);
  });

  test('an account cannot set limits on itself, and reads them', async () => {
    const url = `/accounts/${tenants.mine.accountId}/limits`;
    const { accountKey: key } = tenants.mine;
    const answer = await changingNothing(() => app.call('POST', url, { ...quota, unit: 'tokens', amount: 1 }, { key }));
    expect(answer.status).toBe(403);
    const { data } = (await app.call('GET', url, undefined, { key })).body;
    expect(data.map(({ id }: { id: string }) => id)).toEqual([ids.account]);
  });
});

describe('X06 inside one account', () => {
  test('a key of a project does not see the limits of another project', async () => {
    const { projectKey: key } = tenants.mine;
    const answer = await app.call('GET', `/limits/${ids.sibling}`, undefined, { key });
    const unknown = await app.call('GET', '/limits/lim_nobody', undefined, { key });
    expect([answer.status, answer.body.detail.replace(ids.sibling, 'lim_nobody')]).toEqual([404, unknown.body.detail]);
    for (const [method, suffix, body] of changes) {
      const url = `/limits/${ids.sibling}${suffix}`;
      expect((await changingNothing(() => app.call(method, url, body, { key }))).status).toBe(404);
    }
  });

  test('a key of a project reads the templates of its account, to refer to them', async () => {
    const { projectKey: key, accountId, templateId, keyId } = tenants.mine;
    const list = await app.call('GET', `/accounts/${accountId}/limit-templates`, undefined, { key });
    expect(list.body.data.map(({ id }: { id: string }) => id)).toEqual([templateId]);
    const set = await app.call('PATCH', `/keys/${keyId}`, { limitTemplateId: templateId }, { key });
    expect(set.status).toBe(200);
  });
});
