import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json, TestManagement } from '../kit/management.ts';
import { newPerson, ofAccount, ofProject } from '../kit/memberships.ts';
import { startTenants, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;
beforeAll(async () => {
  tenants = await startTenants();
  ({ app } = tenants);
});
afterAll(() => app.close());

const newKey = (fields: object = {}): Promise<Json> =>
  app.make(`/projects/${tenants.mine.projectId}/keys`, { name: 'kept', scope: { mode: 'all' }, ...fields });
const reveal = (id: string, confirm?: string, key?: string): Promise<Json> =>
  app.call('POST', `/keys/${id}/reveal`, confirm === undefined ? {} : { confirm }, key ? { key } : {});
const set = (change: object, key?: string): Promise<Json> =>
  app.call('PATCH', `/accounts/${tenants.mine.accountId}/security`, change, key ? { key } : {});

test('D07 T11 values are shown once by default: a reveal says so, and what to do', async () => {
  const security = (await app.call('GET', `/accounts/${tenants.mine.accountId}/security`)).body;
  expect(security).toMatchObject({ keyReveal: 'once', customKeys: false, stepUp: true });
  const { status, body } = await reveal((await newKey()).id, 'kept');
  expect([status, body.code]).toEqual([404, 'not_found']);
  expect(body.detail).toMatch(/Rotate the key/);
});

test('T11 in a recoverable account the full value is shown again, by name, on record, and never kept by anyone between', async () => {
  const before = await newKey();
  expect((await set({ keyReveal: 'recoverable' })).body.keyReveal).toBe('recoverable');
  const old = await reveal(before.id, 'kept');
  expect([old.status, old.body.detail]).toEqual([404, expect.stringContaining('Rotate')]);

  const key = await newKey();
  expect((await reveal(key.id)).body.code).toBe('confirmation_required');
  expect((await reveal(key.id, 'another')).body.code).toBe('confirmation_required');
  const { status, body, headers } = await reveal(key.id, 'kept');
  expect([status, body, headers.get('cache-control')]).toEqual([
    200,
    { id: key.id, masked: key.masked, value: key.value },
    'no-store',
  ]);
  const rotated = (await app.call('POST', `/keys/${key.id}/rotate`, {})).body;
  expect((await reveal(key.id, 'kept')).body.value).toBe(rotated.value);
  const { data } = (await app.call('GET', `/audit-events?objectId=${key.id}&operation=revealKey`)).body;
  expect(data.filter(({ outcome }: Json) => outcome === 'done')).toHaveLength(2);
  expect(JSON.stringify(data)).not.toContain(key.value);
});

test('D07 the switch back to once forgets all values at once, and those made while it was so stay forgotten', async () => {
  await set({ keyReveal: 'recoverable' });
  const key = await newKey();
  await set({ keyReveal: 'once' });
  expect((await reveal(key.id, 'kept')).status).toBe(404);
  await set({ keyReveal: 'recoverable' });
  expect((await reveal(key.id, 'kept')).status).toBe(404);
  expect(await app.decide(key.value)).toBe('ok');
});

test('who may not manage a key does not see its value, and members change no security', async () => {
  const { accountId, projectId, projectKey, accountKey } = tenants.mine;
  await set({ keyReveal: 'recoverable' });
  const key = await newKey();
  const member = await newPerson(app.store, [ofProject(accountId, projectId, 'member')]);
  const stranger = await newPerson(app.store, [ofAccount(tenants.theirs.accountId, 'owner')]);
  expect((await reveal(key.id, undefined, member.id)).status).toBe(200);
  expect((await reveal(key.id, 'kept', projectKey)).status).toBe(200);
  expect((await reveal(key.id, 'kept', tenants.theirs.accountKey)).status).toBe(404);
  expect((await reveal(key.id, undefined, stranger.id)).status).toBe(404);
  expect((await set({ keyReveal: 'recoverable' }, member.id)).status).toBe(403);
  // A management key sees neither its peers' values nor those of keys that reach further.
  const peer = await app.make(`/accounts/${accountId}/keys`, { name: 'peer' });
  expect((await reveal(peer['id'], 'peer', accountKey)).status).toBe(403);
  await app.call('PATCH', `/projects/${projectId}/security`, { memberAccess: 'none' });
  expect((await reveal(key.id, undefined, member.id)).status).toBe(403);
  await app.call('PATCH', `/projects/${projectId}/security`, { memberAccess: 'all' });
});

test('T17 a management key deletes with the key’s name in one call, or with the token in two', async () => {
  const [one, two] = [await newKey({ name: 'prod api' }), await newKey()];
  expect((await app.call('DELETE', `/keys/${one.id}`)).status).toBe(428);
  expect((await app.call('DELETE', `/keys/${one.id}?confirm=prod`)).status).toBe(400);
  expect((await app.call('DELETE', `/keys/${one.id}?confirm=prod%20api`)).status).toBe(204);
  const { confirm } = (await app.call('DELETE', `/keys/${two.id}`)).body;
  expect((await app.call('DELETE', `/keys/${two.id}?confirm=${confirm}`)).status).toBe(204);
  const third = await newKey();
  const { id: person } = await newPerson(app.store, [ofAccount(tenants.mine.accountId, 'owner')]);
  expect((await app.call('DELETE', `/keys/${third.id}?confirm=kept`, undefined, { key: person })).status).toBe(400);
});
