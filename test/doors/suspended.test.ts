// People of a suspended account, through the API: they read on, and change nothing.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { PERMISSIONS, type Permission } from '../../src/core/role.ts';
import { permissionsOf } from '../../src/http/manage/guard.ts';
import type { TestManagement } from '../kit/management.ts';
import { newPerson, ofAccount, ofProject } from '../kit/memberships.ts';
import { startTenants, type Tenants } from './manageSetting.ts';
import { roleCases, type Cases } from './roleCases.ts';

let tenants: Tenants;
let app: TestManagement;
let cases: Cases;
let owner = '';
let accountId = '';

beforeAll(async () => {
  tenants = await startTenants();
  ({ app } = tenants);
  ({ accountId } = tenants.mine);
  cases = roleCases(tenants);
  await app.store.policies.setAccount(accountId, { keyCap: 100_000 });
  owner = (await newPerson(app.store, [ofAccount(accountId, 'owner')])).id;
});
afterAll(() => app.close());

const suspend = (status: 'active' | 'suspended') => app.call('PATCH', `/accounts/${accountId}`, { status });
const isRead = (permission: Permission): boolean => /\.(?:read|list)$/.test(permission);

test('Z19 in a suspended account every operation that changes answers account_suspended, every one that reads answers as before', async () => {
  const operations = app.operations.filter(({ id, asks }) => {
    const [permission] = permissionsOf(asks);
    return id in cases && permission && ['account', 'project'].includes(PERMISSIONS[permission].level);
  });
  expect(operations.length).toBeGreaterThan(60);
  const wrong: unknown[] = [];
  for (const { id, route, asks } of operations) {
    const [permission] = permissionsOf(asks) as [Permission];
    const { path, body } = await cases[id]!(tenants.mine);
    await suspend('suspended');
    const answer = await app.call(route.split(' ')[0]!, path, body, { key: owner });
    await suspend('active');
    const code = answer.body?.code as string | undefined;
    // Of what the role itself does not allow, that is said.
    const isForbidden = PERMISSIONS[permission].cells.accountOwner === 'forbidden' || permission.endsWith('withdraw');
    const right = isRead(permission) ? answer.status < 300 : code === 'account_suspended' && answer.status === 403;
    if (!right && !isForbidden) wrong.push([id, permission, answer.status, code]);
  }
  expect(wrong).toEqual([]);
});

test('Z19 nothing has changed after a refusal, and the same request passes once the suspension is lifted', async () => {
  const project = `/projects/${tenants.mine.projectId}`;
  await suspend('suspended');
  const before = await app.snapshot();
  const refused = [
    await app.call('PATCH', project, { name: 'Renamed' }, { key: owner }),
    await app.call('POST', '/projects', { name: 'New', accountId }, { key: owner }),
    await app.call('POST', `/accounts/${accountId}/limits`, {}, { key: owner }),
    await app.call('PATCH', `/limits/${tenants.mine.limitId}`, { amount: 5 }, { key: owner }),
    await app.call('POST', '/invitations', { email: 'a@people.test', accountId, role: 'member' }, { key: owner }),
    await app.call('DELETE', `/keys/${tenants.mine.keyId}`, undefined, { key: owner }),
  ];
  expect(await app.snapshot()).toBe(before);
  expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 403));
  expect(refused[0]?.body).toMatchObject({ code: 'account_suspended', detail: expect.stringContaining('suspended') });
  await suspend('active');
  expect((await app.call('PATCH', project, { name: 'Renamed' }, { key: owner })).status).toBe(200);
});

test('Z19 a suspension binds only the people of that account, and tells strangers nothing', async () => {
  const { theirs, mine } = tenants;
  const both = await newPerson(app.store, [
    ofAccount(accountId, 'admin'),
    ofProject(theirs.accountId, theirs.projectId, 'admin'),
  ]);
  const operator = await newPerson(app.store, [], { isOperator: true });
  const stranger = await newPerson(app.store, [ofAccount(theirs.accountId, 'owner')]);
  await suspend('suspended');
  const rename = (id: string, key: string) => app.call('PATCH', `/projects/${id}`, { name: 'Named' }, { key });
  expect((await rename(mine.projectId, both.id)).body.code).toBe('account_suspended');
  expect((await rename(theirs.projectId, both.id)).status).toBe(200);
  expect((await rename(mine.projectId, operator.id)).status).toBe(200);
  expect((await rename(mine.projectId, stranger.id)).status).toBe(404);
  await suspend('active');
});

test('Z19 nobody comes into a suspended account by a link, until the suspension is lifted', async () => {
  const invited = await app.make('/invitations', { email: 'late@people.test', accountId, role: 'member' });
  const accept = () =>
    app.call(
      'POST',
      '/invitations/accept',
      { token: invited['link'].token, name: 'Late', password: 'heron otter robin kestrel' },
      { key: null, headers: { 'x-keyward-csrf': '1' } },
    );
  await suspend('suspended');
  const refused = await accept();
  expect([refused.status, refused.body.code]).toEqual([403, 'account_suspended']);
  expect(await app.store.people.findByEmail('late@people.test')).toBeUndefined();
  await suspend('active');
  expect((await accept()).status).toBe(200);
});
