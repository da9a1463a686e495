import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { User } from '../../src/core/people.ts';
import { startManagement, type Answer, type TestManagement } from '../kit/management.ts';
import { newPerson, ofAccount, ofProject } from '../kit/memberships.ts';

let app: TestManagement;
let accountId: string;
let projectId: string;
let otherId: string;
let owner: User;
let operator: User;

beforeAll(async () => {
  app = await startManagement();
  operator = await newPerson(app.store, [], { isOperator: true });
});
afterAll(() => app.close());

const as = (user: User, method: string, path: string, body?: object): Promise<Answer> =>
  app.call(method, path, body, { key: user.id });
const create = (user: User, place = projectId, extra: object = {}): Promise<Answer> =>
  as(user, 'POST', `/projects/${place}/keys`, { name: 'k', scope: { mode: 'all' }, ...extra });

/** A new account with two projects, and so many keys. */
async function newAccount(keys: number): Promise<void> {
  accountId = (await app.make('/accounts', { name: 'Acme' }))['id'];
  projectId = (await app.make('/projects', { name: 'One', accountId, defaultKey: false }))['id'];
  otherId = (await app.make('/projects', { name: 'Two', accountId, defaultKey: false }))['id'];
  owner = await newPerson(app.store, [ofAccount(accountId, 'owner')]);
  for (let at = 0; at < keys; at++) {
    const answer = await create(owner, at % 2 ? projectId : otherId);
    if (answer.status !== 201) throw new Error(answer.text);
  }
}

describe('V23 T05 50 keys per account', () => {
  test('50 creations succeed, over all members and projects; the 51st is refused with an error that names 50 and where to ask', async () => {
    await newAccount(49);
    const member = await newPerson(app.store, [ofProject(accountId, projectId, 'member')]);
    expect((await create(member)).status).toBe(201);
    const answer = await create(owner, otherId);
    expect([answer.status, answer.body.code, answer.body.keyCap, answer.body.of]).toEqual([
      409,
      'quota_exceeded',
      50,
      'account',
    ]);
    expect(answer.body.detail).toContain('50 keys');
    expect(answer.body.detail).toContain('quota-requests');
    expect((await as(owner, 'GET', `/accounts/${accountId}/quota`)).body).toEqual({
      keyCap: 50,
      memberKeyCap: null,
      keys: 50,
    });
    // Not even the operator passes a cap unnoticed: they raise it.
    expect((await create(operator)).status).toBe(409);
    expect((await as(operator, 'PATCH', `/accounts/${accountId}/quota`, { keyCap: 51 })).body.keyCap).toBe(51);
    expect((await create(operator)).status).toBe(201);
  });

  test('V23 X05 of parallel creations at 49 exactly one succeeds, by API too', async () => {
    await newAccount(49);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, at) => create(owner, at % 2 ? projectId : otherId)),
    );
    expect(answers.filter(({ status }) => status === 201).length).toBe(1);
    expect(answers.filter(({ body }) => body.code === 'quota_exceeded').length).toBe(99);
  });

  test('T07 management keys are neither counted nor refused, and a deleted key makes room', async () => {
    await newAccount(50);
    expect((await as(owner, 'POST', `/projects/${projectId}/keys`, { name: 'm', class: 'management' })).status).toBe(
      201,
    );
    expect((await as(owner, 'POST', `/accounts/${accountId}/keys`, { name: 'm' })).status).toBe(201);
    expect((await as(owner, 'GET', `/accounts/${accountId}/quota`)).body.keys).toBe(50);
    const [key] = (await as(owner, 'GET', `/projects/${projectId}/keys?class=standard`)).body.data;
    const { confirm } = (await as(owner, 'DELETE', `/keys/${key.id}`)).body;
    expect((await as(owner, 'POST', `/keys/${key.id}/disable`)).status).toBe(200);
    expect((await create(owner)).status).toBe(409);
    const again = confirm && (await as(owner, 'DELETE', `/keys/${key.id}`)).body.confirm;
    expect((await as(owner, 'DELETE', `/keys/${key.id}?confirm=${again}`)).status).toBe(204);
    expect((await create(owner)).status).toBe(201);
  });
});

describe('D21 caps of a project and of a person', () => {
  test('hold apart from each other and from the account’s, and are set by the account’s admins', async () => {
    await newAccount(0);
    const a = await newPerson(app.store, [ofProject(accountId, projectId, 'member')]);
    const b = await newPerson(app.store, [ofProject(accountId, projectId, 'admin')]);
    expect((await as(b, 'PATCH', `/projects/${projectId}/quota`, { keyCap: 5 })).status).toBe(403);
    expect((await as(b, 'PATCH', `/accounts/${accountId}/quota`, { memberKeyCap: 9 })).status).toBe(403);
    expect((await as(owner, 'PATCH', `/accounts/${accountId}/quota`, { keyCap: 500 })).status).toBe(403);
    expect((await as(owner, 'PATCH', `/accounts/${accountId}/quota`, { memberKeyCap: 2 })).body.memberKeyCap).toBe(2);
    expect((await as(owner, 'PATCH', `/projects/${projectId}/quota`, { keyCap: 3 })).body).toEqual({
      keyCap: 3,
      keys: 0,
    });
    expect([(await create(a)).status, (await create(a)).status]).toEqual([201, 201]);
    expect((await create(a)).body).toMatchObject({ code: 'quota_exceeded', of: 'member', keyCap: 2 });
    expect((await create(b)).status).toBe(201);
    expect((await create(b)).body).toMatchObject({ code: 'quota_exceeded', of: 'project', keyCap: 3 });
    expect((await as(a, 'GET', `/projects/${projectId}/quota`)).body).toEqual({ keyCap: 3, keys: 3 });
    expect((await as(owner, 'PATCH', `/projects/${projectId}/quota`, { keyCap: null })).status).toBe(200);
    expect((await create(b)).status).toBe(201);
    expect((await as(owner, 'PATCH', `/projects/${projectId}/quota`, { keyCap: -1 })).status).toBe(400);
  });
});

test('D21 a person’s cap holds for what their management keys make', async () => {
  await newAccount(0);
  const admin = await newPerson(app.store, [ofAccount(accountId, 'admin')]);
  expect((await as(owner, 'PATCH', `/accounts/${accountId}/quota`, { memberKeyCap: 1 })).status).toBe(200);
  const { value } = (await as(admin, 'POST', `/accounts/${accountId}/keys`, { name: 'm' })).body;
  const body = { name: 'k', scope: { mode: 'all' } };
  const make = (key: string) => app.call('POST', `/projects/${projectId}/keys`, body, { key });
  expect((await make(value)).status).toBe(201);
  expect((await make(value)).body).toMatchObject({ code: 'quota_exceeded', of: 'member', keyCap: 1 });
  expect((await make(admin.id)).status).toBe(409);
  expect((await make(owner.id)).status).toBe(201);
});

describe('T06 requests for more', () => {
  const ask = (user: User, amount = 60) =>
    as(user, 'POST', `/accounts/${accountId}/quota-requests`, { amount, reason: 'a new team' });

  test('V24 the owner asks for 60, the operator approves, and the 51st key is made', async () => {
    await newAccount(50);
    const asked = await ask(owner);
    expect([asked.status, asked.body]).toMatchObject([201, { status: 'pending', amount: 60, askedBy: owner.id }]);
    expect((await create(owner)).status).toBe(409);
    expect((await ask(owner, 70)).status).toBe(409);
    expect((await as(operator, 'GET', '/quota-requests?status=pending')).body.data).toContainEqual(asked.body);
    const path = `/quota-requests/${asked.body.id}`;
    expect((await as(owner, 'POST', `${path}/approve`, {})).status).toBe(403);
    const approved = await as(operator, 'POST', `${path}/approve`, { note: 'fine' });
    expect(approved.body).toMatchObject({
      status: 'approved',
      grantedAmount: 60,
      note: 'fine',
      decidedBy: operator.id,
    });
    expect((await create(owner)).status).toBe(201);
    expect((await as(owner, 'GET', path)).body).toEqual(approved.body);
    for (const [user, step, body] of [
      [operator, 'approve', {}],
      [operator, 'reject', { note: 'no' }],
      [owner, 'withdraw'],
    ] as const)
      expect((await as(user, 'POST', `${path}/${step}`, body)).status).toBe(409);
  });

  test('the operator may grant another amount, or reject with a reason', async () => {
    await newAccount(0);
    const first = await ask(owner, 1000);
    const granted = await as(operator, 'POST', `/quota-requests/${first.body.id}/approve`, { amount: 80 });
    expect(granted.body.grantedAmount).toBe(80);
    expect((await ask(owner, 80)).body.errors[0].pointer).toBe('/amount');
    const second = await ask(owner, 1000);
    expect((await as(operator, 'POST', `/quota-requests/${second.body.id}/reject`, {})).status).toBe(400);
    const rejected = await as(operator, 'POST', `/quota-requests/${second.body.id}/reject`, { note: 'too many' });
    expect(rejected.body).toMatchObject({ status: 'rejected', note: 'too many', grantedAmount: null });
    expect((await as(owner, 'GET', `/accounts/${accountId}/quota`)).body.keyCap).toBe(80);
    expect((await as(owner, 'GET', `/accounts/${accountId}/quota-requests`)).body.data.length).toBe(2);
  });

  test('V25 members ask only where they were given it, see their own requests alone, and withdraw them', async () => {
    await newAccount(0);
    const plain = await newPerson(app.store, [ofAccount(accountId, 'member')]);
    const asker = await newPerson(app.store, [ofAccount(accountId, 'member')]);
    expect((await ask(asker)).status).toBe(403);
    const given = { role: 'member', mayRequestQuota: true };
    expect((await as(owner, 'PUT', `/accounts/${accountId}/members/${asker.id}`, given)).body.mayRequestQuota).toBe(
      true,
    );
    const asked = await ask(asker);
    expect(asked.status).toBe(201);
    const path = `/quota-requests/${asked.body.id}`;
    expect((await as(plain, 'GET', path)).status).toBe(404);
    expect((await as(plain, 'GET', `/accounts/${accountId}/quota-requests`)).body.data).toEqual([]);
    expect((await as(plain, 'POST', `${path}/withdraw`)).status).toBe(404);
    // The owner reads it, and only who asked takes it back.
    expect((await as(owner, 'GET', path)).status).toBe(200);
    expect((await as(owner, 'POST', `${path}/withdraw`)).status).toBe(403);
    expect((await as(asker, 'GET', `/accounts/${accountId}/quota-requests`)).body.data.length).toBe(1);
    expect((await as(asker, 'POST', `${path}/withdraw`)).body.status).toBe('withdrawn');
    // Given to a member, it stays theirs when their role is set again.
    const set = await as(owner, 'PUT', `/accounts/${accountId}/members/${asker.id}`, { role: 'member' });
    expect(set.body.mayRequestQuota).toBe(true);
  });
});
