import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer, Json, TestManagement } from '../kit/management.ts';
import { admits } from './limitsUse.ts';
import { pointers, startTenants, type Tenant, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;
let templatesUrl: string;

beforeAll(async () => {
  tenants = await startTenants();
  app = tenants.app;
  templatesUrl = `/accounts/${tenants.mine.accountId}/limit-templates`;
});
afterAll(() => app.close());

const quota = (amount: number) => ({ unit: 'tokens', amount, window: { kind: 'lifetime' } });
const as = (keyId: string): Tenant => ({ ...tenants.mine, keyId });
const newKey = (limitTemplateId: string) =>
  app.make(`/projects/${tenants.mine.projectId}/keys`, { name: 'k', scope: { mode: 'all' }, limitTemplateId });
async function refused(run: () => Promise<Answer>): Promise<Answer> {
  const before = await app.snapshot();
  const answer = await run();
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(await app.snapshot()).toBe(before);
  return answer;
}

test('a template is made with its limits, listed newest first by pages, renamed and deleted', async () => {
  app.nowMs += 1;
  const made = await app.make(templatesUrl, { name: 'Interns', limits: [quota(25)] });
  expect(made).toEqual({
    id: expect.stringMatching(/^tpl_\w{20,}$/),
    accountId: tenants.mine.accountId,
    name: 'Interns',
    limits: [
      expect.objectContaining({
        ...quota(25),
        subject: { type: 'template', id: made['id'] },
        used: null,
        reserved: null,
        remaining: null,
        resetsAt: null,
      }),
    ],
    keys: 0,
    createdAt: new Date(app.nowMs).toISOString(),
  });
  expect((await app.call('GET', `/limit-templates/${made['id']}`)).body).toEqual(made);
  app.nowMs += 1;
  const empty = await app.make(templatesUrl, { name: 'empty' });
  const first = (await app.call('GET', `${templatesUrl}?limit=1`)).body;
  expect(first.data).toEqual([empty]);
  const second = (await app.call('GET', `${templatesUrl}?limit=1&cursor=${first.nextCursor}`)).body;
  expect(second.data).toEqual([made]);
  const renamed = await app.call('PATCH', `/limit-templates/${made['id']}`, { name: 'Trainees' });
  expect(renamed.body).toEqual({ ...made, name: 'Trainees' });
  expect((await app.call('PATCH', `/limit-templates/${made['id']}`, {})).body).toEqual(renamed.body);
  expect((await app.call('DELETE', `/limit-templates/${made['id']}`)).status).toBe(204);
  expect((await app.call('GET', `/limit-templates/${made['id']}`)).status).toBe(404);
  expect((await app.call('GET', `/limits/${(made['limits'] as Json[])[0].id}`)).status).toBe(404);
});

test('a fix of the template reaches every key that refers to it, at the next call; each is counted apart', async () => {
  const template = await app.make(templatesUrl, { name: 'shared', limits: [quota(10)] });
  const keys = [await newKey(template['id']), await newKey(template['id'])].map((key) => as(key['id']));
  for (const key of keys) expect([await admits(app, key), await admits(app, key)]).toEqual([true, false]);
  const limitId = (template['limits'] as Json[])[0].id;
  await app.call('PATCH', `/limits/${limitId}`, { amount: 20 });
  for (const key of keys) expect([await admits(app, key), await admits(app, key)]).toEqual([true, false]);
  const url = `/limit-templates/${template['id']}/limits`;
  app.nowMs += 1;
  const added = await app.make(url, { unit: 'requests', amount: 2, window: { kind: 'lifetime' } });
  expect((await app.call('GET', url)).body.data.map(({ id }: Json) => id)).toEqual([limitId, added['id']]);
  await app.call('DELETE', `/limits/${limitId}`);
  // What was used before counts for a limit added later: it is the same two requests.
  for (const key of keys) expect(await admits(app, key)).toBe(false);
  app.nowMs += 1000;
  expect((await app.call('POST', `/limits/${added['id']}/reset`)).status).toBe(200);
  for (const key of keys) expect(await admits(app, key)).toBe(true);
});

test('a template that keys refer to is not deleted; the refusal says how many', async () => {
  const template = await app.make(templatesUrl, { name: 'in use', limits: [quota(10)] });
  const keys = [await newKey(template['id']), await newKey(template['id'])];
  const answer = await refused(() => app.call('DELETE', `/limit-templates/${template['id']}`));
  expect([answer.status, answer.body.code]).toEqual([409, 'conflict']);
  expect(answer.body.detail).toMatch(/\b2\b/);
  for (const { id } of keys as Json[]) await app.call('PATCH', `/keys/${id}`, { limitTemplateId: null });
  expect((await app.call('DELETE', `/limit-templates/${template['id']}`)).status).toBe(204);
});

test('a key that was deleted does not keep its template', async () => {
  const template = await app.make(templatesUrl, { name: 'left', limits: [quota(10)] });
  const { id } = await newKey(template['id']);
  const { confirm } = (await app.call('DELETE', `/keys/${id}`)).body;
  await app.call('DELETE', `/keys/${id}?confirm=${confirm}`);
  expect((await app.call('DELETE', `/limit-templates/${template['id']}`)).status).toBe(204);
});

test('faults are named by their pointers, and nothing is made', async () => {
  const cases: [object, string[]][] = [
    [{}, ['/name']],
    [{ name: '', limits: [] }, ['/name']],
    [{ name: 'x', limits: [quota(1), quota(2)] }, ['/limits/1']],
    [{ name: 'x', limits: [{ ...quota(1), amount: -1 }] }, ['/limits/0/amount']],
    [{ name: 'x', colour: 'red' }, ['/colour']],
  ];
  for (const [body, expected] of cases)
    expect(pointers(await refused(() => app.call('POST', templatesUrl, body)))).toEqual(expected);
  const answer = await refused(() => app.call('POST', '/accounts/acc_platform/limit-templates', { name: 'x' }));
  expect(answer.status).toBe(409);
  const again = `/limit-templates/${tenants.mine.templateId}/limits`;
  const same = { unit: 'requests', amount: 5, window: { kind: 'lifetime' } };
  expect((await refused(() => app.call('POST', again, same))).status).toBe(409);
});
