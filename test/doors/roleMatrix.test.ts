// Every cell of the table of roles, through the API.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PERMISSIONS, ROLES, type Answer, type Cell, type Permission, type Role } from '../../src/core/role.ts';
import { permissionsOf } from '../../src/http/manage/guard.ts';
import type { RoutedOperation } from '../../src/http/manage/routeTable.ts';
import type { MemberAccess } from '../../src/core/policy.ts';
import type { TestManagement } from '../kit/management.ts';
import { newPerson, ofAccount, ofProject } from '../kit/memberships.ts';
import { startTenants, type Tenant, type Tenants } from './manageSetting.ts';
import { roleCases, type Cases } from './roleCases.ts';

let tenants: Tenants;
let app: TestManagement;
let cases: Cases;
const credentials = {} as Record<Role, string | undefined>;
const roles = Object.keys(ROLES) as Role[];

beforeAll(async () => {
  tenants = await startTenants();
  ({ app } = tenants);
  cases = roleCases(tenants);
  const { accountId, projectId, accountKey, projectKey } = tenants.mine;
  // So that no cell meets a cap: these have tests of their own.
  for (const id of [accountId, tenants.theirs.accountId]) await app.store.policies.setAccount(id, { keyCap: 100_000 });
  const person = async (...memberships: Parameters<typeof newPerson>[1] & {}) =>
    (await newPerson(app.store, memberships)).id;
  Object.assign(credentials, {
    operator: (await newPerson(app.store, [], { isOperator: true })).id,
    platformKey: (await app.make('/accounts/acc_platform/keys', { name: 'platform' }))['value'],
    accountOwner: await person(ofAccount(accountId, 'owner')),
    accountAdmin: await person(ofAccount(accountId, 'admin')),
    accountMember: await person(ofAccount(accountId, 'member')),
    projectAdmin: await person(ofProject(accountId, projectId, 'admin')),
    projectMember: await person(ofProject(accountId, projectId, 'member')),
    accountKey,
    projectKey,
    stranger: await person(ofAccount(tenants.theirs.accountId, 'owner')),
  });
});
afterAll(() => app.close());

const operations = (): readonly RoutedOperation[] =>
  app.operations.filter(({ asks, route }) => asks !== 'public' && !route.startsWith('HEAD '));

const levelOf = ({ asks }: RoutedOperation) => PERMISSIONS[permissionsOf(asks)[0] ?? 'platform.manage'].level;
const isPlaced = (operation: RoutedOperation): boolean => ['account', 'project'].includes(levelOf(operation));
const tried = (): readonly RoutedOperation[] => operations().filter(({ id }) => id in cases);

/** The answers that may be given to a cell, by what the operation may answer otherwise. */
function answerTo(status: number): Answer | 'broken' {
  if (status === 403) return 'forbidden';
  if (status === 404) return 'unknown';
  return status >= 500 || status === 401 ? 'broken' : 'allowed';
}

async function call({ id, route }: RoutedOperation, role: Role, tenant: Tenant): Promise<number> {
  const { path, body } = await cases[id]!(tenant);
  const key = credentials[role];
  const { status } = await app.call(route.split(' ')[0]!, path, body, key === undefined ? {} : { key });
  return status;
}

/** People of a project are members of its account too, and of several roles the best answer holds. */
function cellOf(permission: Permission, role: Role): Cell {
  const { level, cells } = PERMISSIONS[permission];
  const ofAccount: Cell = cells.accountMember;
  return level === 'account' && role.startsWith('project') && role !== 'projectKey' && ofAccount === 'own'
    ? ofAccount
    : cells[role];
}

/** What a role sees of things that others made. */
function expected(cell: Cell, permission: Permission, memberAccess: MemberAccess): readonly (Answer | 'broken')[] {
  if (cell === 'policy') return [({ all: 'allowed', own: 'unknown', none: 'forbidden' } as const)[memberAccess]];
  if (cell === 'granted') return ['forbidden'];
  // Who may read a request of another is told that it is not theirs to withdraw.
  if (cell === 'own') return permission === 'quotaRequests.withdraw' ? ['forbidden', 'unknown'] : ['unknown'];
  return [cell];
}

/** Operations that ask about a place in a way of their own, and what they answer where nothing is known. */
const LISTS = new Set(['listAccountQuotaRequests', 'listKeys', 'createKey', 'getHygiene', 'changeKeys', 'deleteKeys']);
const REPORTS = new Set([
  'listLeakReports',
  'sumUsage',
  'listRequests',
  'listDenials',
  'listNotices',
  'countUnreadNotices',
  'markNoticesRead',
]);
/** Waive and adjust name a request that is not there. */
const NAMING_NOTHING = new Set(['waiveRequest', 'adjustRequest']);

/** Operations that find their place in a way of their own, and have tests of their own. */
const ELSEWHERE = /Invitation|Audit/;

test('Z19 every operation says what it asks of its caller, and has its cells tried', () => {
  const ids = operations().map(({ id }) => id);
  const placed = operations().filter((operation) => isPlaced(operation) && !ELSEWHERE.test(operation.id));
  expect(placed.map(({ id }) => id).filter((id) => !(id in cases))).toEqual([]);
  expect(Object.keys(cases).filter((id) => !ids.includes(id))).toEqual([]);
  const asked = new Set(operations().flatMap(({ asks }) => permissionsOf(asks)));
  const unasked = (Object.keys(PERMISSIONS) as Permission[]).filter((permission) => !asked.has(permission));
  // Asked by verbs, of management keys among the others, and of what people do with their own sessions.
  expect(unasked.filter((one) => one !== 'managementKeys.manage' && one !== 'session.own')).toEqual([]);
});

describe.each(['all', 'own', 'none'] as const)('Z19 V26 Z04 Z05 Z06 where memberAccess is %s', (memberAccess) => {
  beforeAll(() => app.store.policies.setProject(tenants.mine.projectId, { memberAccess }));

  const tellingRoles = memberAccess === 'all' ? roles : (['accountOwner', 'projectAdmin', 'projectMember'] as const);
  test.each(tellingRoles)('each operation answers as the table says: %s', async (role) => {
    const wrong: unknown[] = [];
    for (const operation of tried()) {
      const [permission] = permissionsOf(operation.asks) as [Permission];
      const cell = cellOf(permission, role);
      let answers = expected(cell, permission, memberAccess);
      if (LISTS.has(operation.id) && (cell === 'own' || (cell === 'policy' && memberAccess === 'own')))
        answers = ['allowed'];
      if (REPORTS.has(operation.id) && cell === 'policy' && memberAccess === 'own') answers = ['forbidden'];
      if (operation.id === 'createProject' && cell === 'unknown') answers = ['allowed'];
      if (NAMING_NOTHING.has(operation.id) && cell === 'allowed') answers = ['allowed', 'unknown'];
      const status = await call(operation, role, tenants.mine);
      if (!answers.includes(answerTo(status))) wrong.push([operation.id, permission, cell, status]);
    }
    expect(wrong).toEqual([]);
  });
});

test.each(['accountOwner', 'accountAdmin', 'accountMember', 'projectAdmin', 'projectMember', 'stranger'] as const)(
  'X06 V05 what another account has is answered as if it did not exist: %s',
  async (role) => {
    const there = role === 'stranger' ? tenants.mine : tenants.theirs;
    const wrong: unknown[] = [];
    for (const operation of tried()) {
      const [permission] = permissionsOf(operation.asks) as [Permission];
      const { level } = PERMISSIONS[permission];
      if (level === 'any') continue;
      const status = await call(operation, role, there);
      const right = level === 'platform' ? 403 : operation.id === 'createProject' ? 400 : 404;
      if (status !== right) wrong.push([operation.id, status]);
    }
    expect(wrong).toEqual([]);
  },
);

test.each(roles)(
  'Z19 what is the platform’s or a person’s own is refused to others, whatever it names: %s',
  async (role) => {
    const wrong: unknown[] = [];
    for (const operation of operations().filter((one) => !isPlaced(one) && !(one.id in cases))) {
      const [permission] = permissionsOf(operation.asks) as [Permission];
      if (PERMISSIONS[permission].cells[role] !== 'forbidden') continue;
      const [method = '', url = ''] = operation.route.split(' ');
      const path = url.replace('/api/v1', '').replaceAll(/:\w+/g, 'none');
      const key = credentials[role];
      const body = method === 'GET' || method === 'DELETE' ? undefined : {};
      const { status } = await app.call(method, path, body, key === undefined ? {} : { key });
      if (status !== 403) wrong.push([operation.id, status]);
    }
    expect(wrong).toEqual([]);
  },
);

test('X06 lists and counts hold nothing of another account', async () => {
  for (const role of ['accountOwner', 'accountMember', 'projectMember'] as const) {
    const key = credentials[role]!;
    for (const path of ['/accounts', '/projects', '/models']) {
      const { status, text } = await app.call('GET', path, undefined, { key });
      expect([role, path, status]).toEqual([role, path, 200]);
      for (const value of [tenants.theirs.accountId, tenants.theirs.projectId, tenants.theirs.keyId])
        expect(text).not.toContain(value);
    }
  }
});
