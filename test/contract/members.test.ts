import { describe, expect, test } from 'vitest';
import type { Member, Membership } from '../../src/core/member.ts';
import type { QuotaRequest } from '../../src/core/quota.ts';
import type { Store } from '../../src/core/ports.ts';
import { join, ofAccount, ofProject } from '../kit/memberships.ts';
import { engines, keyIn, newId, newKey, newTenant, secretOf, useStore } from '../kit/stores.ts';

const conflict = { code: 'conflict' };
const userId = () => newId('usr');
const left = (member: Membership, user: string) => ({
  accountId: member.accountId,
  userId: user,
  name: 'as it was',
  removedAtMs: 5,
});
const kept = (membership: Membership, user: string): Member => ({
  ...membership,
  userId: user,
  addedBy: 'root',
  createdAtMs: 2_000,
});

describe.each(engines)('%s: members', (engine) => {
  const used = useStore(engine);

  test('are found by user and by place, and an account’s list leaves out those of its projects', async () => {
    const { account, project } = await newTenant(used.store);
    const [owner, member] = [userId(), userId()];
    await join(used.store, owner, ofAccount(account.id, 'owner'));
    await join(used.store, member, ofAccount(account.id, 'member', true));
    await join(used.store, member, ofProject(account.id, project.id, 'admin'));
    const { store } = used;
    expect(await store.members.ofUser(member)).toEqual(
      expect.arrayContaining([
        kept(ofAccount(account.id, 'member', true), member),
        kept(ofProject(account.id, project.id, 'admin'), member),
      ]),
    );
    expect((await store.members.ofUsers([owner, member])).length).toBe(3);
    expect(await store.members.ofUsers([])).toEqual([]);
    const place = { accountId: account.id, projectId: null };
    const first = await store.members.list({ ...place, limit: 1 });
    const second = await store.members.list({ ...place, limit: 1, cursor: first.nextCursor! });
    expect([...first.data, ...second.data].map((one) => one.userId).toSorted()).toEqual([owner, member].toSorted());
    expect(second.nextCursor).toBeNull();
    expect((await store.members.list({ ...place, projectId: project.id, limit: 9 })).data).toEqual([
      kept(ofProject(account.id, project.id, 'admin'), member),
    ]);
    expect(await store.members.get(place, owner)).toEqual(kept(ofAccount(account.id, 'owner'), owner));
    expect(await store.members.get({ accountId: 'acc_none', projectId: null }, owner)).toBeUndefined();
  });

  test('Z19 say whether their account is suspended, as it is at that moment on the other node too', async () => {
    const { account, project } = await newTenant(used.store);
    const user = userId();
    await join(used.store, user, ofProject(account.id, project.id, 'admin'));
    const suspended = async () => (await used.other.members.ofUser(user)).map(({ isSuspended }) => isSuspended);
    expect(await suspended()).toEqual([undefined, undefined]);
    await used.store.accounts.update(account.id, { status: 'suspended' });
    expect(await suspended()).toEqual([true, true]);
  });

  test('leave an account with all its projects, by the name they had, until they come back', async () => {
    const { account, project } = await newTenant(used.store);
    const user = userId();
    const membership = ofAccount(account.id, 'member');
    await join(used.store, user, membership);
    await join(used.store, user, ofProject(account.id, project.id, 'member'));
    await used.store.members.remove(kept(membership, user), left(membership, user));
    expect(await used.other.members.ofUser(user)).toEqual([]);
    expect(await used.store.members.former([user])).toEqual([left(membership, user)]);
    expect(await used.store.members.former([])).toEqual([]);
    await expect(used.store.members.remove(kept(membership, user), left(membership, user))).rejects.toMatchObject(
      conflict,
    );
    await join(used.store, user, membership);
    expect(await used.store.members.former([user])).toEqual([]);
  });

  test('one who leaves a project stays in the account', async () => {
    const { account, project } = await newTenant(used.store);
    const user = userId();
    await join(used.store, user, ofAccount(account.id, 'member'));
    const inProject = ofProject(account.id, project.id, 'member');
    await join(used.store, user, inProject);
    await used.store.members.remove(kept(inProject, user), left(inProject, user));
    expect(await used.store.members.ofUser(user)).toEqual([kept(ofAccount(account.id, 'member'), user)]);
  });

  test('nobody is in a project whose account they are not in, when they are removed at that moment on another node too', async () => {
    const { account, project } = await newTenant(used.store);
    const inProject = ofProject(account.id, project.id, 'member');
    await expect(used.store.members.put(kept(inProject, userId()), null)).rejects.toMatchObject(conflict);
    for (let turn = 0; turn < 10; turn++) {
      const user = userId();
      const membership = ofAccount(account.id, 'member');
      await join(used.store, user, membership);
      await Promise.allSettled([
        used.store.members.remove(kept(membership, user), left(membership, user)),
        used.other.members.put(kept(inProject, user), null),
      ]);
      expect(await used.store.members.ofUser(user)).toEqual([]);
    }
  });

  test('an account keeps an owner, when two of them step down at once on two nodes too', async () => {
    const { account } = await newTenant(used.store);
    const owners = [userId(), userId()];
    for (const user of owners) await join(used.store, user, ofAccount(account.id, 'owner'));
    const stepDown = (store: Store, user: string) =>
      store.members.put(kept(ofAccount(account.id, 'admin'), user), 'owner');
    const leave = (store: Store, user: string) =>
      store.members.remove(kept(ofAccount(account.id, 'owner'), user), left(ofAccount(account.id, 'owner'), user));
    const outcomes = await Promise.allSettled([stepDown(used.store, owners[0]!), leave(used.other, owners[1]!)]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    const { data } = await used.store.members.list({ accountId: account.id, projectId: null, limit: 9 });
    expect(data.filter(({ role }) => role === 'owner').length).toBe(1);
  });

  test('a change that rests on an older role is refused', async () => {
    const { account } = await newTenant(used.store);
    const user = userId();
    await join(used.store, user, ofAccount(account.id, 'admin'));
    const put = (role: 'member' | 'owner', expected: 'member' | null) =>
      used.store.members.put(kept(ofAccount(account.id, role), user), expected);
    await expect(put('member', null)).rejects.toMatchObject(conflict);
    await expect(put('owner', 'member')).rejects.toMatchObject(conflict);
    expect((await used.store.members.ofUser(user))[0]?.role).toBe('admin');
  });
});

describe.each(engines)('%s: how many keys there may be', (engine) => {
  const used = useStore(engine);
  const capped = { capped: true };

  test('V23 T05 an account has 50 unless it is said otherwise, and only standard keys that are not deleted count', async () => {
    const { store } = used;
    const { account, project } = await newTenant(store);
    expect(await store.policies.ofAccount(account.id)).toMatchObject({ keyCap: 50, memberKeyCap: null });
    expect(await store.policies.ofProject(project.id)).toMatchObject({
      memberAccess: 'all',
      keyCap: null,
      ipAllow: [],
      ipDeny: [],
    });
    expect(await store.policies.ofAccount('acc_none')).toBeUndefined();
    expect(await store.policies.ofProject('prj_none')).toBeUndefined();
    const keys = [];
    for (let at = 0; at < 50; at++) keys.push(await newKey(store, project));
    await newKey(store, project, { class: 'management' });
    expect(await store.policies.countKeys({ accountId: account.id, projectId: null })).toBe(50);
    const more = keyIn(project);
    await expect(store.keys.create(more, secretOf(more), undefined, [], capped)).rejects.toMatchObject({
      code: 'quota_exceeded',
      details: { extra: { of: 'account', keyCap: 50 } },
    });
    expect(await store.keys.get(more.id)).toBeUndefined();
    // T07: what calls the API only does not count, and is not refused.
    const management = keyIn(project, { class: 'management' });
    await store.keys.create(management, secretOf(management), undefined, [], capped);
    await store.keys.remove(keys[0]!.id, 9);
    await store.keys.create(more, secretOf(more), undefined, [], capped);
    expect(await store.policies.countKeys({ accountId: account.id, projectId: project.id })).toBe(50);
  });

  test('V23 X05 T05 of 100 creations at once at 49 exactly one succeeds, over both nodes and all projects', async () => {
    const { account, project } = await newTenant(used.store);
    const other = { ...project, id: newId('prj') };
    await used.store.projects.create(other);
    for (let at = 0; at < 49; at++) await newKey(used.store, at % 2 ? project : other);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, (_, at) => {
        const key = keyIn(at % 3 ? project : other, { createdBy: `usr_${at % 7}` });
        return (at % 2 ? used.store : used.other).keys.create(key, secretOf(key), undefined, [], capped);
      }),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    for (const one of outcomes)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'quota_exceeded' });
    expect(await used.store.policies.countKeys({ accountId: account.id, projectId: null })).toBe(50);
  });

  test('D21 X05 a project’s cap and a person’s hold at once too, each for itself', async () => {
    const { store, other } = used;
    const { account, project } = await newTenant(store);
    const second = { ...project, id: newId('prj') };
    await store.projects.create(second);
    await store.policies.setAccount(account.id, { memberKeyCap: 3 });
    await store.policies.setProject(project.id, { keyCap: 5 });
    const create = async (createdBy: string, place = project) => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 10 }, (_, at) => {
          const key = keyIn(place, { createdBy });
          return (at % 2 ? store : other).keys.create(key, secretOf(key), undefined, [], capped);
        }),
      );
      return outcomes.filter(({ status }) => status === 'fulfilled').length;
    };
    expect(await create('usr_a')).toBe(3);
    expect(await create('usr_b')).toBe(2);
    expect(await create('usr_b', second)).toBe(1);
    // Nobody is behind these: who made them is not known as a person.
    expect(await create('key_terraform', second)).toBe(10);
    expect(await store.policies.setAccount(account.id, {})).toMatchObject({ keyCap: 50, memberKeyCap: 3 });
    expect(await store.policies.setProject(project.id, {})).toMatchObject({
      memberAccess: 'all',
      keyCap: 5,
      ipAllow: [],
      ipDeny: [],
    });
  });

  test('D21 X05 what a person’s management keys make, and what these make, counts for the person, at once too', async () => {
    const { store, other } = used;
    const { account, project } = await newTenant(store);
    await store.policies.setAccount(account.id, { memberKeyCap: 3 });
    const person = userId();
    const first = await newKey(store, project, { class: 'management', createdBy: person });
    const second = await newKey(store, project, { class: 'management', createdBy: first.id });
    await store.keys.remove(first.id, 9);
    const others = await newKey(store, project, { class: 'management', createdBy: userId() });
    const create = async (makers: readonly string[]) => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, (_, at) => {
          const key = keyIn(project, { createdBy: makers[at % makers.length]! });
          return (at % 2 ? store : other).keys.create(key, secretOf(key), undefined, [], capped);
        }),
      );
      return outcomes.filter(({ status }) => status === 'fulfilled').length;
    };
    expect(await create([person, first.id, second.id])).toBe(3);
    expect(await create([second.id])).toBe(0);
    expect(await create([others.id])).toBe(3);
  });

  test('a creation that is sent again is answered at the cap, too', async () => {
    const { store } = used;
    const { account, project } = await newTenant(store);
    await store.policies.setAccount(account.id, { keyCap: 1 });
    const replay = { owner: 'o', token: newId('t'), fingerprint: 'f', createdAtMs: 1_000, forgetBeforeMs: 0 };
    const key = keyIn(project);
    await store.keys.create(key, secretOf(key), replay, [], capped);
    const again = keyIn(project);
    expect(await store.keys.create(again, secretOf(again), replay, [], capped)).toEqual({
      created: false,
      keyId: key.id,
      fingerprint: 'f',
    });
  });
});

describe.each(engines)('%s: quota requests', (engine) => {
  const used = useStore(engine);
  const requestOf = (accountId: string, fields: Partial<QuotaRequest> = {}): QuotaRequest => ({
    id: newId('qrq'),
    accountId,
    status: 'pending',
    amount: 60,
    reason: 'growth',
    askedBy: 'usr_a',
    createdAtMs: 1_000,
    grantedAmount: null,
    note: null,
    decidedBy: null,
    decidedAtMs: null,
    ...fields,
  });
  const decision = (status: 'approved' | 'rejected' | 'withdrawn', grantedAmount: number | null) => ({
    status,
    grantedAmount,
    note: 'so be it',
    decidedBy: 'root',
    decidedAtMs: 9,
  });

  test('T06 V24 an approval raises the cap in the same step, and never lowers it', async () => {
    const { store } = used;
    const { account } = await newTenant(store);
    const request = requestOf(account.id);
    await store.quotas.create(request);
    expect(await store.quotas.get(request.id)).toEqual(request);
    await expect(store.quotas.create(requestOf(account.id))).rejects.toMatchObject(conflict);
    expect(await store.quotas.decide(request.id, decision('approved', 60))).toEqual({
      ...request,
      ...decision('approved', 60),
    });
    expect((await store.policies.ofAccount(account.id))?.keyCap).toBe(60);
    const less = requestOf(account.id, { amount: 70, createdAtMs: 2_000, askedBy: 'usr_b' });
    await store.quotas.create(less);
    await store.quotas.decide(less.id, decision('approved', 10));
    expect((await store.policies.ofAccount(account.id))?.keyCap).toBe(60);

    const list = async (query: object) =>
      (await store.quotas.list({ accountId: account.id, limit: 9, ...query })).data.map(({ id }) => id);
    expect(await list({})).toEqual([less.id, request.id]);
    expect(await list({ askedBy: 'usr_a' })).toEqual([request.id]);
    expect(await list({ status: 'pending' })).toEqual([]);
    const page = await store.quotas.list({ accountId: null, limit: 1 });
    expect(
      (await store.quotas.list({ accountId: null, limit: 100, cursor: page.nextCursor! })).data.length,
    ).toBeGreaterThan(0);
    await expect(store.quotas.decide('qrq_none', decision('rejected', null))).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('T06 X05 of decisions that race, one wins', async () => {
    const { account } = await newTenant(used.store);
    const request = requestOf(account.id);
    await used.store.quotas.create(request);
    const outcomes = await Promise.allSettled([
      used.store.quotas.decide(request.id, decision('approved', 60)),
      used.other.quotas.decide(request.id, decision('rejected', null)),
      used.store.quotas.decide(request.id, decision('withdrawn', null)),
      used.other.quotas.decide(request.id, decision('approved', 90)),
    ]);
    const won = outcomes.filter((one) => one.status === 'fulfilled');
    expect(won.length).toBe(1);
    const stored = await used.store.quotas.get(request.id);
    expect(stored).toEqual(won[0]?.value);
    expect((await used.store.policies.ofAccount(account.id))?.keyCap).toBe(stored?.grantedAmount ?? 50);
  });
});
