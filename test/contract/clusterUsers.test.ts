import { describe, expect, test } from 'vitest';
import { keyOfUser, loginOf, type ClusterUser } from '../../src/core/clusterUser.ts';
import type { Service } from '../../src/core/catalogue.ts';
import { engines, keyIn, newId, newTenant, secretOf, useStore } from '../kit/stores.ts';

describe.each(engines)('cluster users on %s', (engine) => {
  const used = useStore(engine);

  async function setUp() {
    const { account, project } = await newTenant(used.store);
    const providerId = newId('prv');
    await used.store.catalogue.providers.create({
      id: providerId,
      name: providerId,
      kind: 'http',
      baseUrl: 'http://127.0.0.1:1',
      credential: null,
      credentialHeader: null,
      timeoutMs: 1,
      idleTimeoutMs: 1,
      createdAtMs: 1,
    });
    const newService = async (): Promise<Service> => {
      const id = newId('svc');
      const service = {
        id,
        accountId: account.id,
        projectId: project.id,
        name: id.toLowerCase(),
        description: '',
        providerId,
        createdAtMs: 1,
      };
      await used.store.catalogue.services.create(service);
      return service;
    };
    const service = await newService();
    const newUser = async (fields: Partial<ClusterUser> = {}): Promise<ClusterUser> => {
      const user: ClusterUser = {
        id: newId('cus'),
        accountId: account.id,
        projectId: project.id,
        serviceId: service.id,
        username: newId('user'),
        passwordHash: '$argon2id$1',
        role: 'read-only',
        paths: ['/a/**', '/b'],
        ipAllow: ['10.0.0.0/8'],
        ipDeny: ['10.0.0.1'],
        expiresAtMs: 1_900_000_000_000,
        status: 'active',
        description: '报告 "reports"',
        createdBy: 'root',
        createdAtMs: 1_800_000_000_000,
        updatedAtMs: 1_800_000_000_000,
        lastUsedAtMs: null,
        lastUsedAddress: null,
        ...fields,
      };
      await used.store.clusterUsers.create(user);
      return user;
    };
    return { account, project, service, newService, newUser };
  }

  test('a user is read as it was written, by id and by its login, with its place', async () => {
    const { account, project, service, newUser } = await setUp();
    const user = await newUser();
    expect(await used.other.clusterUsers.get(user.id)).toEqual(user);
    expect(await used.store.clusterUsers.get('cus_none')).toBeUndefined();
    const login = loginOf(service.id, user.username);
    const logins = [login, loginOf(service.id, user.username.toUpperCase()), loginOf('svc_none', user.username)];
    expect(await used.other.clusterUsers.findByLogins(logins)).toEqual([
      { hash: login, found: { key: keyOfUser(user), user, account, project } },
    ]);
    expect(await used.store.clusterUsers.findByLogins([])).toEqual([]);
  });

  test('Z07 a name is one user’s on its service, whoever is first, and free on another', async () => {
    const { newService, newUser } = await setUp();
    const user = await newUser();
    await expect(newUser({ username: user.username })).rejects.toMatchObject({ code: 'conflict' });
    await newUser({ username: user.username, serviceId: (await newService()).id });
    await newUser({ username: user.username.toUpperCase() });
    await expect(newUser({ serviceId: 'svc_none' })).rejects.toMatchObject({ code: 'conflict' });
    const username = newId('twice');
    const made = await Promise.allSettled([newUser({ username }), newUser({ username }), newUser({ username })]);
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('a change writes what it names and nothing else, and a removal what it says', async () => {
    const { newUser } = await setUp();
    const user = await newUser();
    const change = { status: 'disabled', paths: ['/**'], expiresAtMs: null } as const;
    expect(await used.store.clusterUsers.update(user.id, change, 9)).toEqual({ ...user, ...change, updatedAtMs: 9 });
    expect(await used.other.clusterUsers.get(user.id)).toEqual({ ...user, ...change, updatedAtMs: 9 });
    expect(await used.store.clusterUsers.update('cus_none', change, 9)).toBeUndefined();
    expect(await used.store.clusterUsers.remove(user.id)).toBe(true);
    expect(await used.store.clusterUsers.remove(user.id)).toBe(false);
    expect(await used.other.clusterUsers.get(user.id)).toBeUndefined();
  });

  test('users are listed by service, newest first, page by page', async () => {
    const { service, newService, newUser } = await setUp();
    const users = [];
    for (const createdAtMs of [1, 2, 2, 3]) users.push(await newUser({ createdAtMs }));
    await newUser({ serviceId: (await newService()).id });
    const first = await used.store.clusterUsers.list({ serviceId: service.id, limit: 3 });
    expect(first.data.map(({ createdAtMs }) => createdAtMs)).toEqual([3, 2, 2]);
    const rest = await used.store.clusterUsers.list({ serviceId: service.id, limit: 3, cursor: first.nextCursor! });
    expect([rest.data.map(({ id }) => id), rest.nextCursor]).toEqual([[users[0]!.id], null]);
  });

  test('users go with their service', async () => {
    const { service, newUser } = await setUp();
    const user = await newUser();
    expect(await used.store.catalogue.services.remove(service.id)).toBe(true);
    expect(await used.store.clusterUsers.get(user.id)).toBeUndefined();
  });

  test('last use moves forwards only', async () => {
    const { newUser } = await setUp();
    const [one, other] = [await newUser(), await newUser()];
    const use = (keyId: string, atMs: number, address: string | null) => ({ keyId, atMs, address });
    await used.store.clusterUsers.touch([use(one.id, 5, '10.0.0.9'), use(one.id, 7, null), use(other.id, 6, '::1')]);
    await used.other.clusterUsers.touch([use(one.id, 6, '10.0.0.1'), use('cus_none', 6, null)]);
    const seen = async ({ id }: ClusterUser) => {
      const user = await used.store.clusterUsers.get(id);
      return [user?.lastUsedAtMs, user?.lastUsedAddress];
    };
    expect([await seen(one), await seen(other)]).toEqual([
      [7, null],
      [6, '::1'],
    ]);
  });

  test('Z17 the lists of a project come with its users and keys, and none where it has none', async () => {
    const { project, service, newUser } = await setUp();
    const { username } = await newUser();
    const key = keyIn(project);
    const secret = secretOf(key);
    await used.store.keys.create(key, secret);
    const found = async () => {
      const [user] = await used.other.clusterUsers.findByLogins([loginOf(service.id, username)]);
      const [ofKey] = await used.other.keys.findByHashes([secret.hash]);
      return [user?.found.projectLists, ofKey?.found.projectLists];
    };
    expect(await found()).toEqual([undefined, undefined]);
    const lists = { ipAllow: ['10.0.0.0/8'], ipDeny: [] };
    expect(await used.store.policies.setProject(project.id, { ipAllow: lists.ipAllow })).toMatchObject(lists);
    expect(await found()).toEqual([lists, lists]);
    await used.store.policies.setProject(project.id, { ipAllow: [] });
    expect(await found()).toEqual([undefined, undefined]);
  });
});
