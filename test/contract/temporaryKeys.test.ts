import { describe, expect, test } from 'vitest';
import type { Key } from '../../src/core/key.ts';
import { MOST_TEMPORARY } from '../../src/core/temporary.ts';
import { HOUR_MS, NOON_MS, UNITS, WINDOWS, Ward } from '../kit/limits.ts';
import { engines, keyIn, newId, newKey, newTenant, secretOf, useStore } from '../kit/stores.ts';

const NOW = 1_000_000;

describe.each(engines)('A08 A14 temporary keys on %s', (engine) => {
  const used = useStore(engine);

  async function parent(fields: Partial<Key> = {}) {
    const { project } = await newTenant(used.store);
    const key = keyIn(project, fields);
    const secret = secretOf(key);
    await used.store.keys.create(key, secret);
    const childOf = (more: Partial<Key> = {}): Key =>
      keyIn(project, { class: 'temporary', parentKeyId: key.id, createdAtMs: NOW, expiresAtMs: NOW + 60_000, ...more });
    return { project, key, secret, childOf };
  }
  const make = async (store: typeof used.store, key: Key, hash = newId('hash')) => {
    await store.keys.create(key, secretOf(key, hash));
    return hash;
  };
  const found = async (hash: string) => (await used.other.keys.findByHashes([hash]))[0]?.found;

  test('one is found with its parent as that is now', async () => {
    const { key, childOf } = await parent();
    const child = childOf();
    const hash = await make(used.store, child);
    expect(await found(hash)).toMatchObject({
      key: child,
      parent: {
        id: key.id,
        status: 'active',
        scope: { mode: 'all' },
        ipAllow: [],
        expiresAtMs: null,
        deletedAtMs: null,
      },
    });
    const scope = { mode: 'range', resources: [{ type: 'model', id: 'm' }] } as const;
    await used.store.keys.update(key.id, { scope, ipDeny: ['10.0.0.0/8'], expiresAtMs: 9, status: 'disabled' }, NOW);
    expect((await found(hash))?.parent).toMatchObject({
      status: 'disabled',
      scope,
      ipDeny: ['10.0.0.0/8'],
      expiresAtMs: 9,
    });
    expect(await found('none')).toBeUndefined();
  });

  test('with its parent it is deleted, and from then on none is made', async () => {
    const { key, childOf } = await parent();
    const child = childOf();
    const hash = await make(used.store, child);
    await used.store.keys.remove(key.id, NOW + 1);
    expect(await found(hash)).toMatchObject({ key: { deletedAtMs: NOW + 1 }, parent: { deletedAtMs: NOW + 1 } });
    await expect(make(used.store, childOf())).rejects.toMatchObject({ code: 'not_found' });
  });

  test('X05 made while its parent is deleted: it is refused, or deleted with it', async () => {
    for (let round = 0; round < 15; round++) {
      const { key, childOf } = await parent();
      const children = Array.from({ length: 8 }, () => childOf());
      const made = children.map((child, at) => make(at % 2 ? used.other : used.store, child).catch(() => undefined));
      await used.store.keys.remove(key.id, NOW + 1);
      const hashes = (await Promise.all(made)).filter((hash) => hash !== undefined);
      const left = await Promise.all(hashes.map(async (hash) => (await found(hash))?.key.deletedAtMs));
      expect(left).toEqual(hashes.map(() => NOW + 1));
    }
  });

  test('none is made from one that is none to make it from, or for longer than that lives', async () => {
    const { childOf, project } = await parent({ expiresAtMs: NOW + 30_000 });
    await expect(make(used.store, childOf())).rejects.toMatchObject({ code: 'conflict' });
    const child = childOf({ expiresAtMs: NOW + 30_000 });
    await make(used.store, child);
    const grandchild = { ...childOf({ expiresAtMs: NOW + 1 }), parentKeyId: child.id };
    await expect(make(used.store, grandchild)).rejects.toMatchObject({ code: 'not_found' });
    const management = await newKey(used.store, project, { class: 'management' });
    const none = { ...childOf(), parentKeyId: management.id };
    await expect(make(used.store, none)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('T14 one that was made with a value ends with that value, and with no other', async () => {
    const { key, secret, childOf } = await parent();
    const own = childOf({ parentSecretId: secret.id });
    const others = childOf();
    const hashes = [await make(used.store, own), await make(used.store, others)];
    const next = { ...secretOf(key), createdAtMs: NOW };
    await used.store.secrets.rotate(next, NOW + 10_000);
    const ends = async () => Promise.all(hashes.map(async (hash) => (await found(hash))?.key.expiresAtMs));
    expect(await ends()).toEqual([NOW + 10_000, NOW + 60_000]);
    // Not for longer, either, than the value has left.
    const late = childOf({ parentSecretId: secret.id, expiresAtMs: NOW + 10_001 });
    await expect(make(used.store, late)).rejects.toMatchObject({ code: 'conflict' });
    await used.store.secrets.end(key.id, secret.id, NOW + 5_000);
    expect(await ends()).toEqual([NOW + 5_000, NOW + 60_000]);
    const ofNext = childOf({ parentSecretId: next.id });
    const hash = await make(used.store, ofNext);
    const last = { ...secretOf(key), createdAtMs: NOW + 6_000 };
    await used.store.secrets.rotate(last, NOW + 50_000);
    await used.store.secrets.undo(key.id, NOW + 7_000);
    expect((await found(hash))?.key.expiresAtMs).toBe(NOW + 50_000);
  });

  test('of many at once there are never more than a key may have, ended ones left out', async () => {
    const { key, childOf } = await parent();
    const living = Array.from({ length: MOST_TEMPORARY - 3 }, () => childOf({ createdAtMs: NOW - 1 }));
    for (let at = 0; at < living.length; at += 50)
      await Promise.all(living.slice(at, at + 50).map((child) => make(used.store, child)));
    await make(used.store, childOf({ createdAtMs: 1, expiresAtMs: NOW }));
    const answers = await Promise.allSettled(
      Array.from({ length: 12 }, (_none, at) => make(at % 2 ? used.other : used.store, childOf())),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    for (const answer of answers)
      if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'quota_exceeded' });
    const page = await used.store.keys.list({
      accountId: key.accountId,
      projectId: null,
      parentKeyId: key.id,
      state: 'active',
      nowMs: NOW,
      limit: 2_000,
    });
    expect(page.data).toHaveLength(MOST_TEMPORARY);
  }, 60_000);

  test('T07 they count toward no cap', async () => {
    const { project, childOf } = await parent();
    await used.store.policies.setAccount(project.accountId, { keyCap: 2 });
    for (const child of [childOf(), childOf(), childOf()])
      await used.store.keys.create(child, secretOf(child), undefined, [], { capped: true });
    const place = { accountId: project.accountId, projectId: null };
    expect(await used.store.policies.countKeys(place)).toBe(1);
    const second = keyIn(project);
    await used.store.keys.create(second, secretOf(second), undefined, [], { capped: true });
    const third = keyIn(project);
    await expect(used.store.keys.create(third, secretOf(third), undefined, [], { capped: true })).rejects.toMatchObject(
      { code: 'quota_exceeded' },
    );
  });

  test('lists are narrowed to a class and to what was made from a key', async () => {
    const { project, key, childOf } = await parent();
    const child = childOf();
    await make(used.store, child);
    const list = (query: object) =>
      used.store.keys.list({ accountId: project.accountId, projectId: project.id, nowMs: NOW, limit: 9, ...query });
    expect((await list({ class: 'temporary' })).data.map(({ id }) => id)).toEqual([child.id]);
    expect((await list({ parentKeyId: key.id })).data.map(({ id }) => id)).toEqual([child.id]);
    expect((await list({ parentKeyId: child.id })).data).toEqual([]);
    expect((await list({ class: 'standard' })).data.map(({ id }) => id)).toEqual([key.id]);
  });

  test('long after their end they leave the lists with their limits, and their calls stay', async () => {
    const ward = await Ward.open(used.store, used.place);
    await ward.add('requests', 9);
    const child = await ward.child();
    await child.add('requests', 5, { window: WINDOWS[3]! });
    expect(await child.call(70)).toBe(true);
    const other = await ward.child({ expiresAtMs: NOON_MS + 48 * HOUR_MS });
    const at = NOON_MS + 25 * HOUR_MS;
    while ((await used.store.keys.buryEnded(at, at, 100)) > 0);
    expect(await used.store.keys.get(child.key.id)).toMatchObject({ deletedAtMs: at });
    expect(await used.store.keys.get(other.key.id)).toMatchObject({ deletedAtMs: null });
    expect(await used.store.keys.get(ward.key.id)).toMatchObject({ deletedAtMs: null });
    expect(await used.store.limits.list(child.subject())).toEqual([]);
    const place = { accountId: ward.key.accountId, projectId: null };
    const rows = (query: object) => used.store.ledger.requests({ ...place, fromMs: 0, toMs: at, limit: 9, ...query });
    expect((await rows({ parentKeyId: ward.key.id })).data).toMatchObject([
      { keyId: child.key.id, parentKeyId: ward.key.id, chargedTokens: 70 },
    ]);
    expect((await rows({ keyId: ward.key.id })).data).toEqual([]);
    expect(await ward.states()).toEqual([[1, 0]]);
    await ward.verify();
  });

  describe.each(UNITS)('limits of their parent in %s', (unit) => {
    test.each(WINDOWS)('A07 X05 count all their calls, exactly, over a $kind window', async (window) => {
      const each = unit === 'tokens' || unit === 'cost' ? 100 : 1;
      const ward = await Ward.open(used.store, used.place);
      await ward.add(unit, 37 * each, { window });
      const children = [await ward.child(), await ward.child(), await ward.child()];
      await children[0]!.add('requests', 5);
      const keys = [ward, ...children];
      const batches = Array.from({ length: 40 }, (_none, index) =>
        [used.store, used.other][index % 2]!.limits.reserve(
          Array.from({ length: 5 }, (__, at) => keys[(index + at) % keys.length]!.ask()),
        ),
      );
      const answers = (await Promise.all(batches)).flat();
      expect(answers.filter(({ ok }) => ok)).toHaveLength(37);
      expect(await ward.states()).toEqual([[0, 37 * each]]);
      const [own, ofParent] = await children[0]!.states();
      expect([own![1] <= 5, ofParent]).toEqual([true, [0, 37 * each]]);
      await ward.verify();
    });
  });

  test('A07 calls count toward the limits of both, of the parent’s template, its project and its account', async () => {
    const templateId = newId('ltm');
    const ward = await Ward.open(used.store, used.place);
    const { accountId } = ward.key;
    await used.store.limits.createTemplate({ id: templateId, accountId, name: 't', createdAtMs: 1 }, [
      ward.limit('requests', 50, { subject: { type: 'template', id: templateId } }),
    ]);
    await used.store.keys.update(ward.key.id, { limitTemplateId: templateId }, NOON_MS);
    await ward.add('tokens', 1_000);
    await ward.add('tokens', 2_000, { subject: ward.subject('project') });
    await ward.add('tokens', 3_000, { subject: ward.subject('account') });
    const child = await ward.child();
    await child.add('tokens', 500);
    expect(await child.call(60)).toBe(true);
    expect(await ward.call(30)).toBe(true);
    // The parent's own, its template's, the project's, the account's; before those of the child its own.
    const all = [
      [90, 0],
      [2, 0],
      [90, 0],
      [90, 0],
    ];
    expect(await ward.states()).toEqual(all);
    expect(await child.states()).toEqual([[60, 0], ...all]);
    // What takes more than was reserved takes it from both.
    const ask = child.ask();
    const [answer] = await child.reserve(ask);
    await child.settle(child.row(ask, answer, 150));
    expect(await child.states()).toEqual([
      [210, 0],
      [240, 0],
      [3, 0],
      [240, 0],
      [240, 0],
    ]);
    await ward.verify();
    await used.store.keys.update(ward.key.id, { limitTemplateId: null }, NOON_MS);
    expect(await child.states()).toEqual([
      [210, 0],
      [240, 0],
      [240, 0],
      [240, 0],
    ]);
    await used.store.keys.update(ward.key.id, { limitTemplateId: templateId }, NOON_MS);
    expect((await child.states())[2]).toEqual([3, 0]);
    await ward.verify();
  });

  test.each(WINDOWS)('A07 a limit set later counts what they used and hold: $kind', async (window) => {
    const ward = await Ward.open(used.store, used.place);
    const child = await ward.child();
    expect(await child.call(60)).toBe(true);
    const ask = child.ask();
    const [answer] = await child.reserve(ask);
    await ward.add('tokens', 1_000, { window });
    const isSession = window.kind === 'session';
    expect(await ward.states()).toEqual([isSession ? [0, 0] : [60, 100]]);
    await child.settle(child.row(ask, answer, 40));
    expect(await child.call(5)).toBe(true);
    expect(await ward.states()).toEqual([isSession ? [5, 0] : [105, 0]]);
    await ward.verify();
    await used.store.limits.resetKey(ward.key.id, ward.nowMs);
    await ward.at(ward.nowMs + 1_000);
    expect(await ward.states()).toEqual([[0, 0]]);
    expect(await child.call(7)).toBe(true);
    expect(await ward.states()).toEqual([[7, 0]]);
    await ward.verify();
  });

  test('A07 what their limits count is told from the ledger again', async () => {
    const ward = await Ward.open(used.store, used.place);
    const limit = await ward.add('tokens', 1_000, { window: WINDOWS[1]! });
    const child = await ward.child();
    await child.call(60);
    await ward.call(30);
    await used.store.limits.remove(limit.id);
    await ward.add('tokens', 1_000, { window: WINDOWS[1]! });
    expect(await ward.states()).toEqual([[90, 0]]);
    await ward.verify();
  });
});
