import { describe, expect, test } from 'vitest';
import type { Project } from '../../src/core/account.ts';
import { FINDINGS, type Finding, type HygieneQuery } from '../../src/core/hygiene.ts';
import type { Key } from '../../src/core/key.ts';
import { NO_RULES, ruleErrors, stricter, type KeyRules } from '../../src/core/keyRules.ts';
import { createOwners } from '../../src/service/owners.ts';
import { newPerson, ofAccount, ofProject } from '../kit/memberships.ts';
import { engines, keyIn, newId, newKey, newTenant, secretOf, useStore } from '../kit/stores.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 1_000 * DAY_MS;

describe.each(engines)('hygiene on %s', (engine) => {
  const used = useStore(engine);

  const query = (project: Project, fields: Partial<HygieneQuery> = {}): HygieneQuery => ({
    accountId: project.accountId,
    projectId: project.id,
    nowMs: NOW_MS,
    idleSinceMs: NOW_MS - 90 * DAY_MS,
    oldBeforeMs: NOW_MS - 365 * DAY_MS,
    ...fields,
  });
  const findings = async (project: Project, fields: Partial<HygieneQuery> = {}) => {
    const { data } = await used.store.hygiene.list({ ...query(project, fields), limit: 100 });
    return Object.fromEntries(data.map(({ key, findings: found }) => [key.name, found]));
  };
  /** One that nothing is found about. */
  const fine = (fields: Partial<Key> = {}): Partial<Key> => ({
    createdAtMs: NOW_MS - DAY_MS,
    expiresAtMs: NOW_MS + DAY_MS,
    ipAllow: ['10.0.0.0/8'],
    scope: { mode: 'range', resources: [{ type: 'model', id: 'mdl_1' }] },
    ...fields,
  });
  const limitOn = (type: 'key' | 'template', id: string, accountId: string) => ({
    id: newId('lim'),
    accountId,
    subject: { type, id },
    unit: 'requests' as const,
    amount: 5n,
    window: { kind: 'lifetime' as const },
    sinceMs: 0,
    createdAtMs: 0,
  });
  const limited = async (project: Project, fields: Partial<Key> = {}): Promise<Key> => {
    const key = keyIn(project, fine(fields));
    await used.store.keys.create(key, secretOf(key), undefined, [limitOn('key', key.id, key.accountId)]);
    return key;
  };

  test('D23 T37 each finding is found where it is, and nowhere else', async () => {
    const { account, project } = await newTenant(used.store);
    const { store } = used;
    await limited(project, { name: 'fine' });
    await limited(project, { name: 'idle', createdAtMs: NOW_MS - 91 * DAY_MS });
    await limited(project, { name: 'used', createdAtMs: NOW_MS - 91 * DAY_MS, lastUsedAtMs: NOW_MS - DAY_MS });
    await limited(project, { name: 'old', createdAtMs: NOW_MS - 366 * DAY_MS, lastUsedAtMs: NOW_MS });
    const rotated = await limited(project, {
      name: 'rotated',
      createdAtMs: NOW_MS - 366 * DAY_MS,
      lastUsedAtMs: NOW_MS,
    });
    await store.secrets.rotate({ ...secretOf(rotated), createdAtMs: NOW_MS - DAY_MS }, NOW_MS);
    await newKey(store, project, fine({ name: 'withoutLimit' }));
    await newKey(store, project, fine({ name: 'management', class: 'management' }));
    await limited(project, { name: 'withoutExpiry', expiresAtMs: null });
    await limited(project, { name: 'wideOpen', scope: { mode: 'all' }, ipAllow: ['::/0'] });
    await limited(project, { name: 'bound', scope: { mode: 'all' } });
    await limited(project, { name: 'orphaned', createdBy: 'usr_gone' });
    const template = { id: newId('tpl'), accountId: account.id, name: 'bounds', createdAtMs: 0 };
    await store.limits.createTemplate(template, [limitOn('template', template.id, account.id)]);
    await newKey(store, project, fine({ name: 'templated', limitTemplateId: template.id }));
    // What does not work is not looked at.
    await newKey(store, project, { name: 'disabled', status: 'disabled' });
    await newKey(store, project, { name: 'expired', expiresAtMs: NOW_MS });
    const deleted = await newKey(store, project, { name: 'deleted' });
    await store.keys.remove(deleted.id, NOW_MS);

    expect(await findings(project)).toEqual({
      idle: ['idle'],
      old: ['old'],
      withoutLimit: ['withoutLimit'],
      withoutExpiry: ['withoutExpiry'],
      wideOpen: ['wideOpen'],
      orphaned: ['orphaned'],
    });
    expect(await store.hygiene.count(query(project))).toEqual({
      keys: 12,
      findings: { idle: 1, old: 1, withoutLimit: 1, withoutExpiry: 1, wideOpen: 1, orphaned: 1, againstRules: 0 },
    });
    for (const finding of FINDINGS) {
      const { data } = await store.hygiene.list({ ...query(project), limit: 10, finding });
      expect([finding, data.map(({ key }) => key.name)]).toEqual([
        finding,
        finding === 'againstRules' ? [] : [finding],
      ]);
    }
    // A project bound to addresses binds its keys.
    await store.policies.setProject(project.id, { ipAllow: ['192.0.2.0/24'] });
    expect(await findings(project)).not.toHaveProperty('wideOpen');
  });

  test('T37 an empty account has no findings, and another’s keys are not counted', async () => {
    const { project } = await newTenant(used.store);
    const { project: other } = await newTenant(used.store);
    await newKey(used.store, other);
    const none = Object.fromEntries(FINDINGS.map((one) => [one, 0]));
    expect(await used.store.hygiene.count(query(project, { projectId: null }))).toEqual({ keys: 0, findings: none });
    expect(await findings(project, { projectId: null })).toEqual({});
    await newKey(used.store, project, { createdBy: 'usr_1', expiresAtMs: null });
    expect((await used.store.hygiene.count(query(project, { createdBy: 'usr_2' }))).keys).toBe(0);
    expect((await used.store.hygiene.count(query(project, { createdBy: 'usr_1' }))).keys).toBe(1);
  });

  test('T37 the list is walked by cursor, newest first, each key once', async () => {
    const { project } = await newTenant(used.store);
    for (let at = 0; at < 7; at++) await newKey(used.store, project, { name: `k${at}`, createdAtMs: NOW_MS - at });
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await used.store.hygiene.list({ ...query(project), limit: 3, ...(cursor && { cursor }) });
      names.push(...page.data.map(({ key }) => key.name));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(names).toEqual(['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6']);
  });

  test('V26 T37 orphaned is said of the same keys as their owners say', async () => {
    const { store } = used;
    const { account, project } = await newTenant(store);
    const { id: otherProject } = { id: newId('prj') };
    await store.projects.create({ ...project, id: otherProject });
    const person = async (...given: Parameters<typeof newPerson> extends [unknown, ...infer R] ? R : never) =>
      (await newPerson(store, ...given)).id;
    const maker = await newKey(store, project, { class: 'management', projectId: null });
    const gone = await newKey(store, project, { class: 'management', projectId: null });
    await store.keys.remove(gone.id, NOW_MS);
    const { account: elsewhere } = await newTenant(store);
    const makers = {
      root: 'root',
      system: 'system',
      unknown: 'usr_unknown',
      key: maker.id,
      deletedKey: gone.id,
      owner: await person([ofAccount(account.id, 'owner')]),
      admin: await person([ofAccount(account.id, 'admin')]),
      member: await person([ofAccount(account.id, 'member')]),
      projectMember: await person([ofProject(account.id, project.id, 'member')]),
      ofOther: await person([ofProject(account.id, otherProject, 'admin')]),
      ofOtherAccount: await person([ofAccount(elsewhere.id, 'owner')]),
      operator: await person([], { isOperator: true }),
      disabled: await person([ofAccount(account.id, 'owner')], { status: 'disabled' }),
      disabledOperator: await person([], { isOperator: true, status: 'disabled' }),
    };
    const keys: Key[] = [];
    for (const [name, createdBy] of Object.entries(makers)) {
      keys.push(await newKey(store, project, { name, createdBy }));
      keys.push(
        await newKey(store, project, { name: `${name} whole`, createdBy, projectId: null, class: 'management' }),
      );
    }
    const owners = await createOwners(store)(keys);
    const absent = keys.filter((_key, at) => owners[at]?.present === false).map(({ name }) => name);
    const within = { accountId: account.id, projectId: null, nowMs: NOW_MS, limit: 200 };
    const listed = await store.keys.list({ ...within, orphaned: true });
    expect(listed.data.map(({ name }) => name).toSorted()).toEqual(absent.toSorted());
    expect(absent).toContain('disabled');
    expect(absent).not.toContain('owner');
    const others = await store.keys.list({ ...within, orphaned: false });
    expect(others.data.length + listed.data.length).toBe(keys.length + 1);
  });

  test('T35 A08 againstRules is said of the same keys as the rules say', async () => {
    const { store } = used;
    const { account, project } = await newTenant(store);
    const keys: Key[] = [];
    for (const keyClass of ['standard', 'management'] as const)
      for (const expiresAtMs of [null, NOW_MS + DAY_MS, NOW_MS + DAY_MS + 1, NOW_MS + 30 * DAY_MS])
        for (const ipAllow of [[], ['10.0.0.1'], ['0.0.0.0/1', '10.0.0.1'], ['10.0.0.0/17']])
          for (const scope of [
            { mode: 'all' as const },
            { mode: 'range' as const, resources: [{ type: 'model' as const, id: 'x' }] },
          ])
            for (const projectId of keyClass === 'management' ? [project.id, null] : [project.id])
              keys.push(
                await newKey(store, project, {
                  class: keyClass,
                  projectId,
                  expiresAtMs,
                  ipAllow,
                  scope: keyClass === 'management' ? { mode: 'all' } : scope,
                  createdAtMs: NOW_MS,
                }),
              );
    const some: Partial<KeyRules>[] = [
      {},
      { maxKeyLifetimeDays: 1 },
      { maxKeyLifetimeDays: 20 },
      { requireExpiry: true },
      { requireAddresses: true },
      { requireRangeScope: true },
    ];
    const lists = [[], ['192.0.2.0/24'], ['8000::/1'], ['2000::/8']];
    let broken = 0;
    for (const ofTheAccount of some)
      for (const ofTheProject of some)
        for (const ipAllow of lists) {
          const [accountRules, projectRules] = [
            { ...NO_RULES, ...ofTheAccount },
            { ...NO_RULES, ...ofTheProject },
          ];
          await store.policies.setAccount(account.id, accountRules);
          await store.policies.setProject(project.id, { ...projectRules, ipAllow });
          const breaks = (key: Key): boolean =>
            (key.projectId === null
              ? ruleErrors(key, accountRules, [])
              : ruleErrors(key, stricter(accountRules, projectRules), ipAllow)
            ).length > 0;
          const wanted = keys.filter(breaks).map(({ id }) => id);
          const within = { accountId: account.id, projectId: null, nowMs: NOW_MS, limit: 200 };
          const listed = await store.keys.list({ ...within, againstRules: true });
          expect([accountRules, projectRules, ipAllow, listed.data.map(({ id }) => id).toSorted()]).toEqual([
            accountRules,
            projectRules,
            ipAllow,
            wanted.toSorted(),
          ]);
          broken += wanted.length;
        }
    expect(broken).toBeGreaterThan(100);
  });

  test('T37 a list takes several of the filters at once, both ways', async () => {
    const { project } = await newTenant(used.store);
    await newKey(used.store, project, fine({ name: 'open', scope: { mode: 'all' }, ipAllow: [], expiresAtMs: null }));
    await limited(project, { name: 'limited', scope: { mode: 'all' }, ipAllow: [], expiresAtMs: null });
    const names = async (filter: Partial<Record<Finding, boolean>>) =>
      (
        await used.store.keys.list({
          accountId: project.accountId,
          projectId: project.id,
          nowMs: NOW_MS,
          limit: 10,
          ...filter,
        })
      ).data.map(({ name }) => name);
    expect(await names({ wideOpen: true, withoutExpiry: true, withoutLimit: false })).toEqual(['limited']);
    expect(await names({ wideOpen: true, withoutLimit: true })).toEqual(['open']);
    expect(await names({ wideOpen: false })).toEqual([]);
  });
});
