import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { belongsTo, isOperator, reaches, reachOf, type Caller, type Person } from './caller.ts';
import type { Membership } from './member.ts';
import { classOf, decide, PERMISSIONS, ROLES, type Answer, type Permission, type Role } from './role.ts';

const person = (memberships: readonly Membership[], operator = false): Person => ({
  kind: 'person',
  id: 'usr_1',
  isOperator: operator,
  memberships,
});
const inAccount = (role: 'owner' | 'admin' | 'member', accountId = 'acc_1', mayRequestQuota = false): Membership => ({
  accountId,
  projectId: null,
  role,
  mayRequestQuota,
});
const inProject = (role: 'admin' | 'member', projectId = 'prj_1', accountId = 'acc_1'): Membership => ({
  accountId,
  projectId,
  role,
});
const everywhere = { accountId: null, projectId: null } as const;

const CALLERS: Record<Role, Caller> = {
  operator: person([], true),
  root: { kind: 'root', id: 'root', ...everywhere },
  platformKey: { kind: 'key', id: 'key_1', ...everywhere },
  accountOwner: person([inAccount('owner')]),
  accountAdmin: person([inAccount('admin')]),
  accountMember: person([inAccount('member')]),
  projectAdmin: person([inProject('admin')]),
  projectMember: person([inProject('member')]),
  accountKey: { kind: 'key', id: 'key_2', accountId: 'acc_1', projectId: null },
  projectKey: { kind: 'key', id: 'key_3', accountId: 'acc_1', projectId: 'prj_1' },
  stranger: person([inAccount('owner', 'acc_2'), inProject('admin', 'prj_2', 'acc_3')]),
};
const permissions = Object.keys(PERMISSIONS) as Permission[];
const roles = Object.keys(ROLES) as Role[];
const placeOf = (permission: Permission) =>
  ({ accountId: 'acc_1', projectId: PERMISSIONS[permission].level === 'project' ? 'prj_1' : null }) as const;

describe('Z19 decide', () => {
  test.each(roles)('answers as the table says, at its place: %s', (role) => {
    for (const permission of permissions) {
      const cell = PERMISSIONS[permission].cells[role];
      const [all, own, none]: Answer[] = (['all', 'own', 'none'] as const).map((memberAccess) =>
        decide(CALLERS[role], permission, placeOf(permission), { memberAccess }),
      );
      const expected =
        cell === 'policy' ? ['allowed', 'own', 'forbidden'] : Array(3).fill(cell === 'granted' ? 'forbidden' : cell);
      expect([permission, all, own, none]).toEqual([permission, ...expected]);
    }
  });

  test('every cell of the table is filled', () => {
    for (const permission of permissions)
      expect([permission, Object.values(PERMISSIONS[permission].cells).includes(undefined as never)]).toEqual([
        permission,
        false,
      ]);
  });

  test('V05 X06 what lies elsewhere is unknown, whatever the role at home', () => {
    for (const permission of permissions) {
      const { level } = PERMISSIONS[permission];
      if (level !== 'account' && level !== 'project') continue;
      for (const role of ['accountOwner', 'accountAdmin', 'accountMember', 'projectAdmin', 'projectMember'] as const) {
        const there = { accountId: 'acc_9', projectId: level === 'project' ? 'prj_9' : null };
        expect([permission, role, decide(CALLERS[role], permission, there)]).toEqual([permission, role, 'unknown']);
      }
      if (level !== 'project') continue;
      for (const role of ['accountMember', 'projectAdmin', 'projectMember'] as const) {
        const next = { accountId: 'acc_1', projectId: 'prj_9' };
        expect([permission, role, decide(CALLERS[role], permission, next)]).toEqual([permission, role, 'unknown']);
      }
    }
  });

  test('a key is refused with 403 what it may do nowhere, and with 404 what it may do elsewhere', () => {
    const elsewhere = { accountId: 'acc_2', projectId: 'prj_2' };
    expect(decide(CALLERS.projectKey, 'security.change', elsewhere)).toBe('forbidden');
    expect(decide(CALLERS.projectKey, 'keys.read', elsewhere)).toBe('unknown');
    expect(decide(CALLERS.accountKey, 'keys.read', elsewhere)).toBe('unknown');
    expect(decide(CALLERS.projectKey, 'keys.read', { accountId: 'acc_1', projectId: 'prj_2' })).toBe('unknown');
    expect(decide(CALLERS.accountKey, 'keys.read', null)).toBe('unknown');
    expect(decide(CALLERS.accountOwner, 'keys.read', null)).toBe('unknown');
  });

  test('of several roles the best answer holds', () => {
    const place = { accountId: 'acc_1', projectId: 'prj_1' };
    const both = person([inAccount('member'), inProject('admin')]);
    expect(decide(both, 'security.change', place)).toBe('allowed');
    expect(
      decide(person([inProject('member'), inAccount('admin')]), 'keys.read', place, { memberAccess: 'none' }),
    ).toBe('allowed');
  });

  test.each(['accountOwner', 'accountAdmin', 'accountMember', 'projectAdmin', 'projectMember'] as const)(
    'Z19 in a suspended account people read what they could read, and change nothing: %s',
    (role) => {
      const { memberships } = CALLERS[role] as Person;
      const bound = person(memberships.map((one) => ({ ...one, isSuspended: true })));
      for (const permission of permissions) {
        if (!['account', 'project'].includes(PERMISSIONS[permission].level)) continue;
        const before = decide(CALLERS[role], permission, placeOf(permission));
        const change = !permission.endsWith('.read') && (before === 'allowed' || before === 'own');
        const now = decide(bound, permission, placeOf(permission));
        expect([permission, now]).toEqual([permission, change ? 'suspended' : before]);
      }
    },
  );

  test('V25 a member asks for quota only where that was given', () => {
    const place = { accountId: 'acc_1', projectId: null };
    expect(decide(person([inAccount('member', 'acc_1', true)]), 'quotaRequests.create', place)).toBe('allowed');
    expect(decide(person([inAccount('member', 'acc_1', false)]), 'quotaRequests.create', place)).toBe('forbidden');
    expect(decide(person([inAccount('member', 'acc_2', true)]), 'quotaRequests.create', place)).toBe('unknown');
  });
});

describe('V05 the reach of a person', () => {
  const account = fc.constantFrom('acc_1', 'acc_2');
  const project = fc.constantFrom('prj_1', 'prj_2');
  const membership: fc.Arbitrary<Membership> = fc.oneof(
    fc
      .tuple(fc.constantFrom('owner' as const, 'admin' as const, 'member' as const), account)
      .map(([role, id]) => inAccount(role, id)),
    fc.tuple(fc.constantFrom('admin' as const, 'member' as const), project, account).map((all) => inProject(...all)),
  );

  test('no set of memberships makes an operator, and none reaches where it has no part', () => {
    fc.assert(
      fc.property(fc.array(membership), (memberships) => {
        const caller = person(memberships);
        expect(isOperator(caller)).toBe(false);
        expect(classOf(caller)).toBe('stranger');
        expect(reaches(caller, { accountId: 'acc_9', projectId: 'prj_1' })).toBe(false);
        expect(belongsTo(caller, 'acc_9')).toBe(false);
        for (const permission of permissions)
          if (PERMISSIONS[permission].level === 'platform')
            expect(decide(caller, permission, { accountId: 'acc_1', projectId: null })).toBe('forbidden');
      }),
    );
  });

  test('reaches exactly the places it is told to reach', () => {
    fc.assert(
      fc.property(fc.array(membership), account, fc.option(project), (memberships, accountId, projectId) => {
        const caller = person(memberships);
        const known = memberships.some(
          (one) =>
            one.accountId === accountId &&
            (one.projectId === null ? one.role !== 'member' : projectId !== null && one.projectId === projectId),
        );
        expect(reaches(caller, { accountId, projectId })).toBe(known);
        expect(reachOf(caller).some((one) => one.accountId === accountId)).toBe(
          memberships.some((one) => one.accountId === accountId && (one.projectId !== null || one.role !== 'member')),
        );
      }),
    );
  });

  test('the operator reaches everything and belongs everywhere, and has no list of places', () => {
    for (const role of ['operator', 'root', 'platformKey'] as const) {
      expect(isOperator(CALLERS[role])).toBe(true);
      expect(belongsTo(CALLERS[role], 'acc_9')).toBe(true);
      expect(reachOf(CALLERS[role])).toEqual([]);
    }
    expect(belongsTo(CALLERS.accountKey, 'acc_1')).toBe(true);
    expect(belongsTo(CALLERS.accountKey, 'acc_2')).toBe(false);
  });
});
