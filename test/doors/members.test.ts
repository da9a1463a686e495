import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tokenHash } from '../../src/service/sessions.ts';
import type { User } from '../../src/core/people.ts';
import type { Answer, TestManagement } from '../kit/management.ts';
import { join, newPerson, ofAccount, ofProject } from '../kit/memberships.ts';
import { startManagement } from '../kit/management.ts';

let app: TestManagement;

beforeAll(async () => {
  app = await startManagement();
});
afterAll(() => app.close());

/** An account with two projects, an owner, and a member in each project. */
interface Team {
  readonly accountId: string;
  readonly projectId: string;
  readonly otherId: string;
  readonly owner: User;
  readonly admin: User;
  readonly projectAdmin: User;
  readonly m: User;
  readonly n: User;
}

async function newTeam(): Promise<Team> {
  const { store } = app;
  const accountId = (await app.make('/accounts', { name: 'Team' }))['id'] as string;
  const projectId = (await app.make('/projects', { name: 'One', accountId, defaultKey: false }))['id'] as string;
  const otherId = (await app.make('/projects', { name: 'Two', accountId, defaultKey: false }))['id'] as string;
  const member = ofAccount(accountId, 'member');
  return {
    accountId,
    projectId,
    otherId,
    owner: await newPerson(store, [ofAccount(accountId, 'owner')], { name: 'Olga' }),
    admin: await newPerson(store, [ofAccount(accountId, 'admin')], { name: 'Ada' }),
    projectAdmin: await newPerson(store, [member, ofProject(accountId, projectId, 'admin')], { name: 'Pia' }),
    m: await newPerson(store, [member, ofProject(accountId, projectId, 'member')], { name: 'Max' }),
    n: await newPerson(store, [member, ofProject(accountId, otherId, 'member')], { name: 'Nina' }),
  };
}

const as = (user: User, method: string, path: string, body?: object): Promise<Answer> =>
  app.call(method, path, body, { key: user.id });
const newKey = async (user: User, projectId: string, name = 'k'): Promise<Answer['body']> =>
  app.make(`/projects/${projectId}/keys`, { name, scope: { mode: 'all' } }, { key: user.id });
const ids = (answer: Answer): string[] => answer.body.data.map(({ id }: { id: string }) => id);
const idOf = ({ body }: Answer): string => body.id ?? body.invitation.id;
async function signIn(user: User): Promise<void> {
  const row = { id: `ses_${user.id}`, user_id: user.id, token_hash: user.id, expires_at_ms: app.nowMs + 1_000_000 };
  await app.store.authRows.create('sessions', { ...row, used_at_ms: app.nowMs, created_at_ms: 0, updated_at_ms: 0 });
}
const sessionsOf = async ({ id }: User): Promise<number> =>
  (await app.store.sessions.list(id, { nowMs: app.nowMs, usedSinceMs: 0 })).length;
async function remove(user: User, id: string): Promise<Answer> {
  const asked = await as(user, 'DELETE', `/keys/${id}`);
  return asked.status === 428 ? as(user, 'DELETE', `/keys/${id}?confirm=${asked.body.confirm}`) : asked;
}

describe('where people belong', () => {
  test('V05 Z01 two people in two projects: each sees and creates only where a member, and both see the account’s name', async () => {
    const { accountId, projectId, otherId, m, n } = await newTeam();
    for (const [user, mine, theirs] of [
      [m, projectId, otherId],
      [n, otherId, projectId],
    ] as const) {
      expect(ids(await as(user, 'GET', '/projects'))).toEqual([mine]);
      expect((await as(user, 'GET', `/accounts/${accountId}`)).body.name).toBe('Team');
      expect(ids(await as(user, 'GET', '/accounts'))).toEqual([accountId]);
      const key = await newKey(user, mine);
      expect(ids(await as(user, 'GET', `/projects/${mine}/keys`))).toEqual([key.id]);
      for (const path of [`/projects/${theirs}`, `/projects/${theirs}/keys`, `/usage?projectId=${theirs}`])
        expect((await as(user, 'GET', path)).status).toBe(404);
      const body = { name: 'x', scope: { mode: 'all' } };
      expect((await as(user, 'POST', `/projects/${theirs}/keys`, body)).status).toBe(404);
      expect((await as(user, 'GET', `/accounts/${accountId}/keys`)).status).toBe(403);
      expect((await as(user, 'POST', '/projects', { name: 'x', accountId })).status).toBe(403);
    }
  });

  test('V05 people of several accounts see what is theirs of each, and choose where a report is of one place', async () => {
    const [one, two] = [await newTeam(), await newTeam()];
    const user = await newPerson(app.store, [
      ofAccount(one.accountId, 'owner'),
      ofAccount(two.accountId, 'member'),
      ofProject(two.accountId, two.projectId, 'member'),
    ]);
    expect(ids(await as(user, 'GET', '/accounts')).toSorted()).toEqual([one.accountId, two.accountId].toSorted());
    expect(ids(await as(user, 'GET', '/projects')).toSorted()).toEqual(
      [one.projectId, one.otherId, two.projectId].toSorted(),
    );
    const stranger = await newTeam();
    expect((await as(user, 'GET', `/projects?accountId=${stranger.accountId}`)).status).toBe(404);
    expect(ids(await as(user, 'GET', `/projects?accountId=${two.accountId}`))).toEqual([two.projectId]);
    for (const report of ['/usage', '/requests', '/denials', '/notices']) {
      expect((await as(user, 'GET', report)).status).toBe(400);
      expect((await as(user, 'GET', `${report}?accountId=${one.accountId}`)).status).toBe(200);
      expect((await as(user, 'GET', `${report}?accountId=${two.accountId}`)).status).toBe(200);
      expect((await as(user, 'GET', `${report}?projectId=${two.projectId}`)).status).toBe(200);
      expect((await as(user, 'GET', `${report}?accountId=${stranger.accountId}`)).status).toBe(404);
      expect((await as(user, 'GET', `${report}?projectId=${two.otherId}`)).status).toBe(404);
    }
    // Who reads an account is told of it beside its project; who is of a project alone is not.
    const unread = async (project: string) => (await as(user, 'GET', `/notices/unread?projectId=${project}`)).body;
    expect(await unread(one.projectId)).toEqual({ count: 0, ofAccount: 0 });
    expect(await unread(two.projectId)).toEqual({ count: 0, ofAccount: null });
    const made = await as(user, 'POST', '/projects', { name: 'mine' });
    expect([made.status, made.body.accountId]).toEqual([201, one.accountId]);
  });

  test('someone who belongs nowhere reaches nothing, and is not the operator', async () => {
    const nobody = await newPerson(app.store);
    for (const path of ['/accounts', '/projects']) expect(ids(await as(nobody, 'GET', path))).toEqual([]);
    expect((await as(nobody, 'GET', '/providers')).status).toBe(403);
    expect((await as(nobody, 'GET', '/usage')).status).toBe(400);
    const disabled = await newPerson(app.store, [], { status: 'disabled' });
    expect((await as(disabled, 'GET', '/accounts')).status).toBe(401);
  });
});

describe('members', () => {
  test('are listed, change their role, and nobody grants one above their own', async () => {
    const { accountId, projectId, owner, admin, projectAdmin, m, n } = await newTeam();
    const { body } = await as(admin, 'GET', `/accounts/${accountId}/members`);
    expect(body.data.length).toBe(5);
    expect(body.data.find((one: { userId: string }) => one.userId === m.id)).toMatchObject({
      name: 'Max',
      email: m.email,
      role: 'member',
      projectId: null,
      mayRequestQuota: false,
    });
    const set = (user: User, whom: User, role: string) =>
      as(user, 'PUT', `/accounts/${accountId}/members/${whom.id}`, { role });
    expect((await set(admin, m, 'owner')).status).toBe(403);
    expect((await set(admin, owner, 'member')).status).toBe(403);
    expect((await as(admin, 'DELETE', `/accounts/${accountId}/members/${owner.id}`)).status).toBe(403);
    expect((await set(m, m, 'admin')).status).toBe(403);
    expect((await set(admin, n, 'admin')).body.role).toBe('admin');
    expect((await set(owner, n, 'owner')).body.role).toBe('owner');
    expect((await set(owner, n, 'member')).status).toBe(200);
    const bystander = await newPerson(app.store);
    expect((await set(owner, bystander, 'member')).status).toBe(404);

    const inProject = `/projects/${projectId}/members`;
    expect((await as(projectAdmin, 'PUT', `${inProject}/${n.id}`, { role: 'member' })).body).toMatchObject({
      projectId,
    });
    expect((await as(n, 'GET', `/projects/${projectId}`)).status).toBe(200);
    expect((await as(projectAdmin, 'PUT', `${inProject}/${bystander.id}`, { role: 'member' })).status).toBe(404);
    expect((await as(projectAdmin, 'PUT', `${inProject}/${n.id}`, { role: 'owner' })).status).toBe(400);
    expect((await as(m, 'PUT', `${inProject}/${m.id}`, { role: 'admin' })).status).toBe(403);
    expect((await as(m, 'GET', inProject)).body.data.length).toBe(3);
  });

  test('the last owner can be neither removed nor demoted, not by the operator either', async () => {
    const { accountId, owner } = await newTeam();
    const path = `/accounts/${accountId}/members/${owner.id}`;
    expect((await as(owner, 'PUT', path, { role: 'admin' })).status).toBe(409);
    expect((await app.call('DELETE', path)).status).toBe(409);
    expect((await as(owner, 'GET', `/accounts/${accountId}/keys`)).status).toBe(200);
  });

  test('V15 who leaves reaches nothing with the next request; their keys are named, keep working and show them', async () => {
    const { accountId, projectId, owner, m } = await newTeam();
    await signIn(m);
    const { id, value, owner: maker } = await newKey(m, projectId, 'left');
    expect(maker).toEqual({ id: m.id, name: 'Max', present: true });
    const { body } = await as(owner, 'DELETE', `/accounts/${accountId}/members/${m.id}`);
    expect(body).toEqual({
      count: 1,
      keys: [{ id, class: 'standard', name: 'left', masked: expect.any(String), projectId }],
    });
    for (const path of [`/accounts/${accountId}`, `/projects/${projectId}`, `/keys/${id}`])
      expect((await as(m, 'GET', path)).status).toBe(404);
    expect(await sessionsOf(m)).toBe(0);
    expect(await app.decide(value)).toBe('ok');
    const shown = await as(owner, 'GET', `/projects/${projectId}/keys`);
    expect(shown.body.data[0]).toMatchObject({ createdBy: m.id, owner: { id: m.id, name: 'Max', present: false } });
    expect((await as(owner, 'DELETE', `/accounts/${accountId}/members/${m.id}`)).status).toBe(404);
    // Back again, they are present again.
    await join(app.store, m.id, ofAccount(accountId, 'member'));
    await join(app.store, m.id, ofProject(accountId, projectId, 'member'));
    expect((await as(owner, 'GET', `/keys/${id}`)).body.owner.present).toBe(true);
  });

  test('V15 who leaves a project only keeps their session, and is absent from its keys', async () => {
    const { accountId, projectId, projectAdmin, m } = await newTeam();
    const { id } = await newKey(m, projectId);
    await signIn(m);
    expect((await as(projectAdmin, 'DELETE', `/projects/${projectId}/members/${m.id}`)).body.count).toBe(1);
    expect((await as(m, 'GET', `/keys/${id}`)).status).toBe(404);
    expect((await as(m, 'GET', `/accounts/${accountId}`)).status).toBe(200);
    expect(await sessionsOf(m)).toBe(1);
    expect((await as(projectAdmin, 'GET', `/keys/${id}`)).body.owner).toEqual({
      id: m.id,
      name: 'Max',
      present: false,
    });
  });

  test('an admin makes no owner by way of a management key or an invitation', async () => {
    const { accountId, admin, owner } = await newTeam();
    const { value } = (await as(admin, 'POST', `/accounts/${accountId}/keys`, { name: 'k' })).body;
    const invitation = { email: 'owner@example.com', accountId, role: 'owner' };
    for (const key of [value, admin.id])
      expect((await app.call('POST', '/invitations', invitation, { key })).status).toBe(403);
    const path = `/accounts/${accountId}/members/${admin.id}`;
    expect((await app.call('PUT', path, { role: 'owner' }, { key: value })).status).toBe(403);
    expect((await as(owner, 'POST', '/invitations', invitation)).status).toBe(201);
  });

  test('invitations made by who leaves open nothing any more', async () => {
    const { accountId, owner, admin } = await newTeam();
    const invite = (user: User) =>
      as(user, 'POST', '/invitations', { email: 'new@example.com', accountId, role: 'admin' });
    const [theirs, others] = [await invite(admin), await invite(owner)];
    expect([theirs.status, others.status]).toEqual([201, 201]);
    expect((await as(owner, 'DELETE', `/accounts/${accountId}/members/${admin.id}`)).status).toBe(200);
    const { data } = (await as(owner, 'GET', `/invitations?accountId=${accountId}`)).body;
    const statuses = new Map(data.map((one: { id: string; status: string }) => [one.id, one.status]));
    expect(statuses.get(idOf(theirs))).toBe('revoked');
    expect(statuses.get(idOf(others))).toBe('open');
  });

  test('the platform’s account has no members: nobody becomes the operator by way of it', async () => {
    const operator = await newPerson(app.store, [], { isOperator: true });
    const draft = { email: 'x@example.com', accountId: 'acc_platform', role: 'admin' };
    const refused = await as(operator, 'POST', '/invitations', draft);
    expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, '/accountId']);
    // One that is there from before means nothing.
    const user = await newPerson(app.store, [ofAccount('acc_platform', 'owner')]);
    expect((await as(user, 'GET', '/accounts/acc_platform')).status).toBe(404);
    expect((await as(user, 'POST', '/accounts/acc_platform/keys', { name: 'k' })).status).toBe(404);
    expect((await as(operator, 'POST', '/accounts/acc_platform/keys', { name: 'k' })).status).toBe(201);
    const member = `/accounts/acc_platform/members/${(await newPerson(app.store)).id}`;
    expect((await as(operator, 'PUT', member, { role: 'admin' })).status).toBe(404);
  });

  const acceptance = (token: string) =>
    app.call(
      'POST',
      '/invitations/accept',
      { token, name: 'New', password: `otter ${randomUUID()}` },
      { key: null, headers: { 'x-keyward-csrf': '1' } },
    );
  const invited = async (key: string, accountId: string, role: string, extra: object = {}) => {
    const email = `new-${randomUUID()}@example.com`;
    const { status, body } = await app.call('POST', '/invitations', { email, accountId, role, ...extra }, { key });
    expect(status).toBe(201);
    return {
      id: body.invitation.id as string,
      accept: () => acceptance(body.link.token),
    };
  };

  test('an invitation opens no more than who made it may still grant', async () => {
    const { accountId, owner, admin } = await newTeam();
    const second = await newPerson(app.store, [ofAccount(accountId, 'owner')]);
    const [asOwner, asAdmin] = [
      await invited(second.id, accountId, 'owner'),
      await invited(second.id, accountId, 'admin'),
    ];
    expect((await as(owner, 'PUT', `/accounts/${accountId}/members/${second.id}`, { role: 'admin' })).status).toBe(200);
    expect((await app.store.invitations.get(asOwner.id))?.status).toBe('revoked');
    expect((await asOwner.accept()).status).toBe(401);
    expect((await asAdmin.accept()).status).toBe(200);

    const toMember = await invited(admin.id, accountId, 'member');
    expect((await as(owner, 'PUT', `/accounts/${accountId}/members/${admin.id}`, { role: 'member' })).status).toBe(200);
    expect((await toMember.accept()).status).toBe(401);

    const operator = await newPerson(app.store, [], { isOperator: true });
    const [ofOperator, ofDisabled] = [
      await invited(operator.id, accountId, 'owner'),
      await invited(second.id, accountId, 'admin'),
    ];
    await newPerson(app.store, [], { isOperator: true });
    expect((await app.call('PATCH', `/people/${operator.id}`, { isOperator: false })).status).toBe(200);
    expect((await ofOperator.accept()).status).toBe(401);
    expect((await app.call('PATCH', `/people/${second.id}`, { status: 'disabled' })).status).toBe(200);
    expect((await ofDisabled.accept()).status).toBe(401);
    for (const { id } of [toMember, ofOperator, ofDisabled])
      expect((await app.store.invitations.get(id))?.status).toBe('revoked');
  });

  test('an invitation ends with the management key that made it, and shrinks with it', async () => {
    const { accountId, admin } = await newTeam();
    const newKeyOfAccount = async () => (await as(admin, 'POST', `/accounts/${accountId}/keys`, { name: 'k' })).body;
    for (const end of ['disable', 'delete', 'bind', 'expire'] as const) {
      const { id, value } = await newKeyOfAccount();
      const link = await invited(value, accountId, 'admin');
      if (end === 'disable') expect((await as(admin, 'POST', `/keys/${id}/disable`)).status).toBe(200);
      else if (end === 'delete') expect((await remove(admin, id)).status).toBe(204);
      else {
        const change =
          end === 'bind' ? { ipAllow: ['192.0.2.0/24'] } : { expiresAt: new Date(app.nowMs + 1000).toISOString() };
        expect((await as(admin, 'PATCH', `/keys/${id}`, change)).status).toBe(200);
      }
      expect([end, (await link.accept()).status]).toEqual([end, 401]);
    }
    // One that was made while its maker was being deleted was not there to be revoked.
    const token = randomUUID();
    const late = { id: `inv_${token}`, accountId, projectId: null, email: `${token}@example.com`, role: 'member' };
    const open = { projectRole: null, status: 'open', acceptedBy: null, createdBy: 'key_gone' } as const;
    const times = { createdAtMs: app.nowMs, expiresAtMs: app.nowMs + 1_000_000 };
    await app.store.invitations.create({ ...late, ...open, ...times }, tokenHash(token));
    expect((await acceptance(token)).status).toBe(401);
  });

  test('a management key with bounds grants no role above member, by invitation or in place', async () => {
    const { accountId, projectId, admin, projectAdmin, n } = await newTeam();
    const inAnHour = new Date(app.nowMs + 3_600_000).toISOString();
    const keyOf = async (bounds: object) =>
      (await as(admin, 'POST', `/accounts/${accountId}/keys`, { name: 'k', ...bounds })).body.value as string;
    const put = (key: string, place: string, role: string) =>
      app.call('PUT', `${place}/members/${n.id}`, { role }, { key });
    const account = `/accounts/${accountId}`;
    for (const bounds of [{ expiresAt: inAnHour }, { ipAllow: ['192.0.2.0/24'] }, { ipDeny: ['203.0.113.0/24'] }]) {
      const key = await keyOf(bounds);
      const draft = { email: 'x@example.com', accountId };
      for (const more of [{ role: 'admin' }, { role: 'member', projectId, projectRole: 'admin' }])
        expect((await app.call('POST', '/invitations', { ...draft, ...more }, { key })).status).toBe(403);
      expect((await app.call('POST', '/invitations', { ...draft, role: 'member' }, { key })).status).toBe(201);
      expect((await put(key, account, 'admin')).status).toBe(403);
      expect((await put(key, `/projects/${projectId}`, 'admin')).status).toBe(403);
      expect((await put(key, `/projects/${projectId}`, 'member')).status).toBe(200);
    }
    const { body } = await as(projectAdmin, 'POST', `/projects/${projectId}/keys`, { name: 'm', class: 'management' });
    expect((await put(body.value, `/projects/${projectId}`, 'admin')).status).toBe(403);
    const free = await keyOf({});
    expect((await put(free, account, 'owner')).status).toBe(403);
    expect((await put(free, account, 'admin')).status).toBe(200);
  });

  test('V15 a creator is shown by the name they have now', async () => {
    const { projectId, owner, m } = await newTeam();
    const { id } = await newKey(m, projectId);
    await app.store.authRows.change('users', [{ column: 'id', is: '=', value: m.id }], { name: 'Maximilian' });
    expect((await as(owner, 'GET', `/keys/${id}`)).body.owner).toEqual({ id: m.id, name: 'Maximilian', present: true });
  });

  test('V15 a key of a person, of a management key and of the root key each show who made them', async () => {
    const { projectId, owner } = await newTeam();
    const root = await app.make(`/projects/${projectId}/keys`, { name: 'r', scope: { mode: 'all' } });
    expect(root['owner']).toEqual({ id: 'root', name: 'root', present: true });
    const management = await app.make(`/projects/${projectId}/keys`, { name: 'terraform', class: 'management' });
    const body = { name: 'made', scope: { mode: 'all' } };
    const made = await app.make(`/projects/${projectId}/keys`, body, { key: management['value'] });
    expect(made['owner']).toEqual({ id: management['id'], name: 'terraform', present: true });
    expect((await remove(owner, management['id'])).status).toBe(204);
    expect((await as(owner, 'GET', `/keys/${made['id']}`)).body.owner).toMatchObject({
      name: 'terraform',
      present: false,
    });
    const operator = await newPerson(app.store, [], { isOperator: true, name: 'Otto' });
    expect((await newKey(operator, projectId)).owner).toEqual({ id: operator.id, name: 'Otto', present: true });
  });
});

test('limits of the account are read by those the table says, by their id and with the account too', async () => {
  const { accountId, admin, m, projectAdmin, projectId } = await newTeam();
  const limit = { unit: 'requests', amount: 10, window: { kind: 'lifetime' } };
  const { id } = await app.make(`/accounts/${accountId}/limits`, limit);
  const { value } = await app.make(`/projects/${projectId}/keys`, { name: 'k', class: 'management' });
  expect((await app.call('GET', `/limits/${id}`, undefined, { key: value })).status).toBe(403);
  expect((await as(admin, 'GET', `/accounts/${accountId}`)).body.limits).toMatchObject([{ id, used: 0 }]);
  expect((await as(admin, 'GET', `/limits/${id}`)).status).toBe(200);
  for (const key of [m.id, projectAdmin.id]) {
    const account = await app.call('GET', `/accounts/${accountId}`, undefined, { key });
    expect([account.status, account.body.limits]).toEqual([200, undefined]);
    expect((await app.call('GET', `/limits/${id}`, undefined, { key })).status).toBe(403);
  }
});

test('a management key that asks for a session is told that it has none', async () => {
  const { accountId, admin } = await newTeam();
  const { value } = (await as(admin, 'POST', `/accounts/${accountId}/keys`, { name: 'k' })).body;
  const { status, body } = await app.call('GET', '/auth/session', undefined, { key: value });
  expect([status, body.detail]).toEqual([403, expect.stringContaining('no session')]);
});

describe('what members may do with keys', () => {
  const secure = (user: User, projectId: string, memberAccess: string) =>
    as(user, 'PATCH', `/projects/${projectId}/security`, { memberAccess });

  test('V27 D08 by default members see and manage every key of the project, and `mine` shows their own', async () => {
    const { projectId, owner, m } = await newTeam();
    const theirs = await newKey(owner, projectId);
    const own = await newKey(m, projectId);
    const listed = ids(await as(m, 'GET', `/projects/${projectId}/keys`));
    expect(new Set(listed)).toEqual(new Set([own.id, theirs.id]));
    expect((await as(m, 'POST', `/keys/${theirs.id}/disable`)).status).toBe(200);
    for (const filter of ['mine=true', 'createdBy=me', `createdBy=${m.id}`])
      expect(ids(await as(m, 'GET', `/projects/${projectId}/keys?${filter}`))).toEqual([own.id]);
    expect(ids(await as(m, 'GET', `/projects/${projectId}/keys?mine=true&createdBy=${owner.id}`))).toEqual([]);
    expect(ids(await as(m, 'GET', `/projects/${projectId}/keys?mine=false`)).length).toBe(2);
  });

  test('V28 only admins switch it', async () => {
    const { projectId, owner, admin, projectAdmin, m, n } = await newTeam();
    for (const user of [owner, admin, projectAdmin]) {
      expect((await secure(user, projectId, 'own')).body).toMatchObject({ projectId, memberAccess: 'own' });
      expect((await secure(user, projectId, 'all')).status).toBe(200);
    }
    expect((await secure(m, projectId, 'own')).status).toBe(403);
    expect((await secure(n, projectId, 'own')).status).toBe(404);
    expect((await as(m, 'GET', `/projects/${projectId}/security`)).body.memberAccess).toBe('all');
    expect((await secure(owner, projectId, 'some')).status).toBe(400);
  });

  test('V26 V29 on: members manage only keys they made; admins are not bound; off again is V27', async () => {
    const { projectId, owner, projectAdmin, m } = await newTeam();
    const theirs = await newKey(owner, projectId);
    const limit = { unit: 'tokens', amount: 1, window: { kind: 'lifetime' } };
    const theirLimit = await app.make(`/keys/${theirs.id}/limits`, limit);
    await secure(projectAdmin, projectId, 'own');
    const own = await newKey(m, projectId);
    expect(ids(await as(m, 'GET', `/projects/${projectId}/keys`))).toEqual([own.id]);
    expect(ids(await as(m, 'GET', `/projects/${projectId}/keys?createdBy=${owner.id}`))).toEqual([]);
    for (const [method, path, body] of [
      ['GET', `/keys/${theirs.id}`],
      ['PATCH', `/keys/${theirs.id}`, { description: 'x' }],
      ['POST', `/keys/${theirs.id}/disable`],
      ['POST', `/keys/${theirs.id}/enable`],
      ['DELETE', `/keys/${theirs.id}`],
      ['POST', `/keys/${theirs.id}/explain`, {}],
      ['POST', `/keys/${theirs.id}/reset-usage`],
      ['GET', `/keys/${theirs.id}/limits`],
      ['POST', `/keys/${theirs.id}/limits`, limit],
      ['GET', `/limits/${theirLimit['id']}`],
      ['DELETE', `/limits/${theirLimit['id']}`],
      ['GET', `/usage?keyId=${theirs.id}`],
    ] as const)
      expect([method, path, (await as(m, method, path, body)).status]).toEqual([method, path, 404]);
    const copy = { name: 'copy', copyFrom: theirs.id };
    expect((await as(m, 'POST', `/projects/${projectId}/keys`, copy)).body.errors[0].pointer).toBe('/copyFrom');
    expect((await as(m, 'GET', `/usage?projectId=${projectId}&groupBy=key`)).status).toBe(403);
    expect((await as(m, 'GET', `/usage?keyId=${own.id}`)).status).toBe(200);
    expect(await app.decide(theirs.value)).toBe('ok');

    for (const step of ['disable', 'enable']) expect((await as(m, 'POST', `/keys/${own.id}/${step}`)).status).toBe(200);
    expect((await as(m, 'PATCH', `/keys/${own.id}`, { description: 'mine' })).status).toBe(200);
    expect((await remove(m, own.id)).status).toBe(204);
    expect((await as(projectAdmin, 'POST', `/keys/${theirs.id}/disable`)).status).toBe(200);

    await secure(owner, projectId, 'all');
    expect(ids(await as(m, 'GET', `/projects/${projectId}/keys`))).toEqual([theirs.id]);
    expect((await as(m, 'POST', `/keys/${theirs.id}/enable`)).status).toBe(200);
  });

  test('Z04 Z05 Z06 none: members neither see nor manage keys, their own neither, and nothing changes', async () => {
    const { projectId, owner, admin, projectAdmin, m } = await newTeam();
    const own = await newKey(m, projectId);
    await secure(owner, projectId, 'none');
    for (const [method, path, body] of [
      ['GET', `/projects/${projectId}/keys`],
      ['POST', `/projects/${projectId}/keys`, { name: 'x', scope: { mode: 'all' } }],
      ['GET', `/keys/${own.id}`],
      ['PATCH', `/keys/${own.id}`, { description: 'x' }],
      ['POST', `/keys/${own.id}/disable`],
      ['DELETE', `/keys/${own.id}`],
      ['GET', `/usage?projectId=${projectId}`],
    ] as const)
      expect([method, path, (await as(m, method, path, body)).status]).toEqual([method, path, 403]);
    expect(await app.decide(own.value)).toBe('ok');
    for (const user of [owner, admin, projectAdmin]) {
      const key = await newKey(user, projectId);
      expect((await as(user, 'PATCH', `/keys/${key.id}`, { description: 'x' })).status).toBe(200);
      expect((await remove(user, key.id)).status).toBe(204);
    }
    await secure(owner, projectId, 'all');
    expect((await as(m, 'GET', `/keys/${own.id}`)).status).toBe(200);
  });

  test('V30 security settings are of one project: without one the API answers 400 and says to choose', async () => {
    const { owner } = await newTeam();
    for (const [method, body] of [['GET'], ['PATCH', { memberAccess: 'own' }]] as const) {
      const answer = await as(owner, method, '/security', body);
      expect([answer.status, answer.body.detail]).toEqual([400, expect.stringContaining('Choose it')]);
    }
  });

  test('Z04 members make standard keys; those that call this API are admins’ to make, and to change', async () => {
    const { accountId, projectId, projectAdmin, owner, m } = await newTeam();
    const body = { name: 'deploy', class: 'management' };
    expect((await as(m, 'POST', `/projects/${projectId}/keys`, body)).status).toBe(403);
    const made = await as(projectAdmin, 'POST', `/projects/${projectId}/keys`, body);
    expect(made.status).toBe(201);
    expect((await as(m, 'POST', `/keys/${made.body.id}/disable`)).status).toBe(403);
    expect((await as(m, 'POST', `/projects/${projectId}/keys`, { name: 'c', copyFrom: made.body.id })).status).toBe(
      403,
    );
    expect((await as(projectAdmin, 'POST', `/accounts/${accountId}/keys`, { name: 'x' })).status).toBe(403);
    const whole = await as(owner, 'POST', `/accounts/${accountId}/keys`, { name: 'x' });
    expect(whole.status).toBe(201);
    for (const user of [m, projectAdmin]) expect((await as(user, 'GET', `/keys/${whole.body.id}`)).status).toBe(404);
  });
});

test('X06 reports of one’s own account hold nothing of another’s, whatever is named beside it', async () => {
  const [mine, theirs] = [await newTeam(), await newTeam()];
  const key = await newKey(theirs.owner, theirs.projectId);
  for (const report of ['/usage', '/requests', '/denials', '/notices'])
    for (const filter of [`keyId=${key.id}`, `accountId=${theirs.accountId}`, `projectId=${theirs.projectId}`])
      expect((await as(mine.owner, 'GET', `${report}?${filter}`)).status).toBe(404);
});
