import { describe, expect, test } from 'vitest';
import type { Page, PageQuery } from '../../src/core/page.ts';
import { engines, newId, newPlace, newTenant, useStore } from '../kit/stores.ts';

describe.each(engines)('accounts, projects and facts on %s', (engine) => {
  const used = useStore(engine);

  test('a new store holds nothing', async () => {
    expect(await used.store.accounts.list({ id: null, limit: 10 })).toEqual({ data: [], nextCursor: null });
    expect(await used.store.projects.list({ accountId: null, projectId: null, limit: 10 })).toEqual({
      data: [],
      nextCursor: null,
    });
    expect(await used.store.catalogue.read()).toEqual({
      providers: [],
      models: [],
      endpoints: [],
      services: [],
      groups: [],
    });
  });

  test('an account and a project are read as they were written', async () => {
    const { account, project } = await newTenant(used.store);
    expect(await used.store.accounts.get(account.id)).toEqual(account);
    expect(await used.store.projects.get(project.id)).toEqual(project);
    expect(await used.store.accounts.get('acc_none')).toBeUndefined();
    expect(await used.store.projects.get('prj_none')).toBeUndefined();
  });

  test('only what is named changes, and two changes at once are both kept', async () => {
    const { account, project } = await newTenant(used.store);
    await Promise.all([
      used.store.accounts.update(account.id, { status: 'suspended' }),
      used.other.accounts.update(account.id, { nameEditable: false }),
    ]);
    expect(await used.store.accounts.get(account.id)).toEqual({ ...account, status: 'suspended', nameEditable: false });
    expect(await used.store.accounts.update(account.id, {})).toMatchObject({ name: account.name });
    expect(await used.store.projects.update(project.id, { name: '改名' })).toEqual({ ...project, name: '改名' });
    expect(await used.store.accounts.update('acc_none', { name: 'n' })).toBeUndefined();
    expect(await used.store.projects.update('prj_none', { name: 'n' })).toBeUndefined();
  });

  test('an id is used once, and a project needs its account', async () => {
    const { account, project } = await newTenant(used.store);
    const conflict = { code: 'conflict' };
    await expect(used.store.accounts.create(account)).rejects.toMatchObject(conflict);
    await expect(used.store.projects.create(project)).rejects.toMatchObject(conflict);
    await expect(
      used.store.projects.create({ ...project, id: newId('prj'), accountId: 'acc_none' }),
    ).rejects.toMatchObject(conflict);
  });

  test('Z02 X03 a creation sent twice makes one project, of two at once too, and says what was asked then', async () => {
    const { account, project } = await newTenant(used.store);
    const replay = { owner: newId('usr'), token: 't', fingerprint: 'f', createdAtMs: 5_000, forgetBeforeMs: 1_000 };
    const two = [newId('prj'), newId('prj')].map((id) => ({ ...project, id, name: id }));
    const answers = await Promise.all(
      two.map((one, at) => (at === 0 ? used.store : used.other).projects.create(one, { replay, madeId: one.id })),
    );
    const winner = answers.findIndex(({ created }) => created);
    const [made, other] = winner === 0 ? two : two.toReversed();
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(answers[1 - winner]).toEqual({ created: false, madeId: made?.id, fingerprint: 'f' });
    expect(await used.store.projects.get(other?.id ?? '')).toBeUndefined();
    expect(await used.store.projects.get(made?.id ?? '')).toMatchObject({ accountId: account.id });
    const later = { ...replay, createdAtMs: 9_000, forgetBeforeMs: 6_000 };
    expect(await used.store.projects.create({ ...project, id: newId('prj') }, { replay: later, madeId: 'x' })).toEqual({
      created: true,
    });
  });

  test('lists are walked page by page, newest first, and kept to the account', async () => {
    const { account, project } = await newTenant(used.store);
    const more = [5_000, 3_000, 3_000, 4_000].map((createdAtMs) => ({ ...project, id: newId('prj'), createdAtMs }));
    for (const one of more) await used.store.projects.create(one);
    const within = { accountId: account.id, projectId: null };
    const walked = await walk((page) => used.store.projects.list({ ...within, ...page }));
    expect(walked.map(({ createdAtMs }) => createdAtMs)).toEqual([5_000, 4_000, 3_000, 3_000, 1_000]);
    expect(new Set(walked.map(({ id }) => id)).size).toBe(5);
    expect((await used.store.projects.list({ accountId: account.id, projectId: project.id, limit: 9 })).data).toEqual([
      project,
    ]);
    expect((await used.store.accounts.list({ id: account.id, limit: 9 })).data).toEqual([account]);
    const all = await walk((page) => used.store.accounts.list({ id: null, ...page }));
    expect(all.length).toBeGreaterThan(1);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    await expect(used.store.accounts.list({ id: null, limit: 1, cursor: 'no' })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    await expect(used.store.projects.list({ ...within, limit: 1, cursor: 'no' })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  test('a fact is written once: the first writer wins, and every writer learns what is stored', async () => {
    const name = newId('fact');
    expect(await used.store.meta.get(name)).toBeUndefined();
    const values = ['a', 'b', 'c', 'd'];
    const answers = await Promise.all(
      values.map((value, index) => (index % 2 ? used.store : used.other).meta.putOnce(name, value)),
    );
    expect(new Set(answers).size).toBe(1);
    expect(await used.store.meta.get(name)).toBe(answers[0]);
    expect(await used.store.meta.putOnce(name, 'later')).toBe(answers[0]);
  });

  test('an open store is reachable, a closed one is not, and no call to it hangs', async () => {
    await used.store.check();
    const place = await newPlace(engine);
    const closed = await place.open();
    await closed.close();
    await closed.close();
    const unavailable = { code: 'store_unavailable' };
    await expect(closed.check()).rejects.toMatchObject(unavailable);
    await expect(closed.keys.findByHashes(['h'])).rejects.toMatchObject(unavailable);
    await expect(closed.catalogue.read()).rejects.toMatchObject(unavailable);
    await place.clear();
  });
});

async function walk<T>(list: (page: PageQuery) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await list({ limit: 2, ...(cursor !== undefined && { cursor }) });
    all.push(...page.data);
    cursor = page.nextCursor;
  }
  return all;
}
