import { describe, expect, test } from 'vitest';
import { MOST_TEMPLATES } from '../../src/core/limit.ts';
import type { LimitTemplate } from '../../src/core/limitStore.ts';
import { HOUR_MS, NOON_MS, UNITS, WINDOWS, Ward, dump } from '../kit/limits.ts';
import { engines, newId, secretOf, useStore } from '../kit/stores.ts';

describe.each(engines)('changing limits on %s', (engine) => {
  const used = useStore(engine);
  const newWard = (fields = {}) => Ward.open(used.store, used.place, fields);
  const limits = () => used.store.limits;

  test('a limit is read as it was written, listed with its subject, and once per unit and window', async () => {
    const ward = await newWard();
    const made = [];
    for (const window of WINDOWS) made.push(await ward.add('tokens', 2n ** 63n - 1n, { window, sinceMs: 5 }));
    const listed = await limits().list(ward.subject());
    // A session begins with the first call after its limit was made.
    const stored = made.map((limit) => (limit.window.kind === 'session' ? { ...limit, sinceMs: NOON_MS } : limit));
    expect(listed).toEqual(stored);
    expect(await limits().get(made[2]!.id)).toEqual(made[2]);
    expect(await limits().get('lim_none')).toBeUndefined();
    for (const window of WINDOWS)
      await expect(ward.add('tokens', 1, { window })).rejects.toMatchObject({ code: 'conflict' });
    await ward.add('requests', 1, { window: WINDOWS[0]! });
    await ward.add('tokens', 1, { window: { kind: 'calendar', period: 'day', timeZone: 'UTC' } });
    await expect(ward.add('cost', 1, { accountId: 'acc_none' })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a raised or lowered amount holds for the next ask, also below what is used (X01)', async () => {
    const ward = await newWard();
    const limit = await ward.add('tokens', 200);
    await ward.reserve(ward.ask(), ward.ask());
    expect((await ward.reserve(ward.ask()))[0]!.ok).toBe(false);
    expect(await limits().setAmount(limit.id, 300n)).toEqual({ ...limit, amount: 300n });
    expect((await ward.reserve(ward.ask()))[0]).toMatchObject({
      ok: true,
      states: [{ reserved: 300n, remaining: 0n }],
    });
    await limits().setAmount(limit.id, 50n);
    expect((await ward.reserve(ward.ask({ inputTokens: 0, outputTokens: 1 })))[0]).toMatchObject({
      ok: false,
      limit: { reserved: 300n, remaining: 0n },
    });
    expect(await limits().setAmount('lim_none', 1n)).toBeUndefined();
    await ward.verify();
  });

  test('amounts that change while calls pour in are never passed: nothing is taken above the amount of its moment', async () => {
    const ward = await newWard();
    const limit = await ward.add('requests', 10);
    let most = 10;
    const loads = Array.from({ length: 12 }, async () => {
      for (let call = 0; call < 6; call++) {
        const [answer] = await (call % 2 ? used.store : used.other).limits.reserve([ward.ask()]);
        if (answer!.ok) expect(answer!.states[0]!.reserved <= answer!.states[0]!.applied.limit.amount).toBe(true);
      }
    });
    const edits = (async () => {
      for (const amount of [20, 5, 31, 2, 37]) {
        most = Math.max(most, amount);
        await used.other.limits.setAmount(limit.id, BigInt(amount));
      }
    })();
    await Promise.all([...loads, edits]);
    expect((await ward.states())[0]![1]).toBeLessThanOrEqual(most);
    await ward.verify();
  });

  test.each(UNITS)(
    'a new limit of %s counts what was used before it in its window, and calls under way (X01)',
    async (unit) => {
      const ward = await newWard();
      const usedBefore = { requests: 1, tokens: 30, cost: 30, concurrency: 0 }[unit];
      const held = { requests: 1, tokens: 100, cost: 100, concurrency: 1 }[unit];
      await ward.at(NOON_MS - 30 * 24 * HOUR_MS);
      await ward.call(30);
      await ward.at(NOON_MS);
      await ward.call(30);
      const open = ward.ask();
      const [answer] = await ward.reserve(open);
      for (const window of WINDOWS) await ward.add(unit, 1_000_000, { window });
      await ward.at(NOON_MS + 10);
      const expected = WINDOWS.map(({ kind }) => {
        if (unit === 'concurrency') return [0, held];
        // A session's limit counts from its creation.
        if (kind === 'session') return [0, 0];
        return [kind === 'lifetime' ? 2 * usedBefore : usedBefore, held];
      });
      const inOrder = async () => {
        const states = await limits().statesOf(ward.caller, ward.nowMs);
        return WINDOWS.map(({ kind }) => states.find(({ applied }) => applied.limit.window.kind === kind)!).map(
          (state) => [Number(state.used), Number(state.reserved)],
        );
      };
      expect(await inOrder()).toEqual(expected);
      await ward.verify();
      await ward.settle(ward.row(open, answer, 10));
      await ward.verify();
      const ten = { requests: 1, tokens: 10, cost: 10, concurrency: 0 }[unit];
      expect(await inOrder()).toEqual(expected.map(([before, now]) => [before! + (now! > 0 ? ten : 0), 0]));
    },
  );

  test.each(['project', 'account'] as const)('a new limit of a %s counts what all its keys have used', async (type) => {
    const ward = await newWard();
    const other = await ward.sibling();
    await ward.call(10);
    await other.call(20);
    await other.reserve(other.ask());
    await ward.add('tokens', 1_000, { subject: ward.subject(type), window: WINDOWS[1]! });
    expect(await ward.states()).toEqual([[30, 100]]);
    await ward.verify();
  });

  test.each(WINDOWS)(
    'a reset empties a $kind window at once; calls under way do not count in the new one',
    async (window) => {
      const ward = await newWard();
      const limit = await ward.add('tokens', 200, { window });
      await ward.call(100);
      const open = ward.ask();
      const [answer] = await ward.reserve(open);
      expect(await ward.call()).toBe(false);
      const reset = await limits().reset(limit.id, ward.nowMs);
      expect(reset).toMatchObject({ id: limit.id, sinceMs: NOON_MS + 1 });
      expect(await ward.states()).toEqual([[0, 0]]);
      await ward.verify();
      // In the same millisecond, and one that was already under way.
      expect(await ward.call(60)).toBe(true);
      await ward.settle(ward.row(open, answer, 90));
      await ward.at(NOON_MS + 5);
      expect(await ward.states()).toEqual([[60, 0]]);
      await ward.verify();
      expect(await limits().reset('lim_none', ward.nowMs)).toBeUndefined();
    },
  );

  test('a reset while calls pour in leaves counters that ledger and calls under way confirm', async () => {
    const ward = await newWard();
    const limit = await ward.add('requests', 1_000, { window: WINDOWS[1]! });
    const calls = Array.from({ length: 20 }, () => ward.call(5));
    await Promise.all([...calls, limits().reset(limit.id, ward.nowMs), used.other.limits.reset(limit.id, ward.nowMs)]);
    await ward.at(NOON_MS + 5);
    await ward.verify();
    expect((await ward.states())[0]![1]).toBe(0);
  });

  test('resetting a key frees its own limits and its template’s, for it alone', async () => {
    const ward = await newWard();
    const template = await newTemplate(ward);
    await ward.add('requests', 5, { subject: { type: 'template', id: template.id }, window: WINDOWS[2]! });
    await ward.add('tokens', 500, { subject: ward.subject('project') });
    await used.store.keys.update(ward.key.id, { limitTemplateId: template.id }, NOON_MS);
    const other = await ward.sibling({ limitTemplateId: template.id });
    await ward.add('cost', 500);
    await ward.call(10);
    await other.call(10);
    await limits().resetKey(ward.key.id, ward.nowMs);
    await ward.at(NOON_MS + 5);
    other.nowMs = ward.nowMs;
    expect(await ward.states()).toEqual([
      [0, 0],
      [0, 0],
      [20, 0],
    ]);
    expect(await other.states()).toEqual([
      [1, 0],
      [20, 0],
    ]);
    await ward.call(10);
    expect(await ward.states()).toEqual([
      [10, 0],
      [1, 0],
      [30, 0],
    ]);
    await ward.verify();
  });

  test('a removed limit frees at once what it held back, with its counters, whatever is under way', async () => {
    const ward = await newWard();
    const limit = await ward.add('requests', 1);
    const open = ward.ask();
    const [answer] = await ward.reserve(open);
    expect(await ward.call()).toBe(false);
    expect(await limits().remove(limit.id)).toBe(true);
    expect(await limits().remove(limit.id)).toBe(false);
    expect(await ward.call()).toBe(true);
    await ward.settle(ward.row(open, answer, 500));
    await ward.verify();
    const { counters } = await dump(used.place);
    expect(counters!.filter((row) => row['limit_id'] === limit.id)).toEqual([]);
  });

  describe('templates', () => {
    test('a fix of a template reaches every key that refers to it with the next call', async () => {
      const ward = await newWard();
      const template = await newTemplate(ward);
      const keys = [];
      for (let index = 0; index < 3; index++) keys.push(await ward.sibling({ limitTemplateId: template.id }));
      expect((await Promise.all(keys.map((key) => key.call()))).every(Boolean)).toBe(true);
      const limit = await ward.add('requests', 1, { subject: { type: 'template', id: template.id } });
      // One call each is used, of every key apart.
      for (const key of keys) expect(await key.call()).toBe(false);
      await limits().setAmount(limit.id, 2n);
      for (const key of keys) expect([await key.call(), await key.call()]).toEqual([true, false]);
      expect(await limits().appliedTo({ type: 'template', id: template.id }, ward.nowMs)).toMatchObject(
        keys
          .map(({ key }) => ({ applied: { subjectId: key.id }, used: 2n }))
          .toSorted((a, b) => (a.applied.subjectId < b.applied.subjectId ? -1 : 1)),
      );
      await ward.add('tokens', 90_000, { subject: { type: 'key', id: keys[1]!.key.id } });
      const standing = await limits().ofKeys([...keys.map(({ key }) => key.id), 'key_of_nobody'], ward.nowMs);
      const brief = keys.map(({ key }) => standing.get(key.id)?.map((one) => [one.limit.subject.type, one.state.used]));
      expect(brief).toEqual([
        [['template', 2n]],
        [
          ['key', expect.any(BigInt)],
          ['template', 2n],
        ],
        [['template', 2n]],
      ]);
      expect(standing.get('key_of_nobody')).toEqual([]);
      await limits().reset(limit.id, ward.nowMs);
      for (const key of keys)
        expect([await key.call(), await key.call(), await key.call()]).toEqual([true, true, false]);
      await limits().remove(limit.id);
      for (const key of keys) expect(await key.call()).toBe(true);
      await ward.verify();
    });

    test('a key that moves to a template brings what it used in the open window, and leaves the old one behind', async () => {
      const ward = await newWard();
      const [first, second] = [await newTemplate(ward), await newTemplate(ward)];
      for (const { id } of [first, second])
        for (const window of WINDOWS) await ward.add('tokens', 300, { subject: { type: 'template', id }, window });
      await ward.at(NOON_MS + 5);
      await ward.call(50);
      const open = ward.ask();
      const [answer] = await ward.reserve(open);
      const move = (limitTemplateId: string | null) =>
        used.store.keys.update(ward.key.id, { limitTemplateId }, ward.nowMs);
      expect(await move(first.id)).toMatchObject({ limitTemplateId: first.id });
      expect(await ward.states()).toEqual(WINDOWS.map(() => [50, 100]));
      await ward.verify();
      await move(second.id);
      expect(await ward.states()).toEqual(WINDOWS.map(() => [50, 100]));
      await ward.verify();
      await move(null);
      expect(await ward.states()).toEqual([]);
      await ward.verify();
      await move(first.id);
      await ward.settle(ward.row(open, answer, 70));
      expect(await ward.states()).toEqual(WINDOWS.map(() => [120, 0]));
      await ward.verify();
      await expect(move('tpl_none')).rejects.toMatchObject({ code: 'conflict' });
    });

    test('are listed, renamed, and removed with their limits once no key that lives refers to them', async () => {
      const ward = await newWard();
      const template = await newTemplate(ward);
      const other = await newTemplate(ward, template.createdAtMs + 1);
      const limit = await ward.add('requests', 1, { subject: { type: 'template', id: template.id } });
      const key = await ward.sibling({ limitTemplateId: template.id });
      await key.call();
      expect(await limits().listTemplates(ward.key.accountId)).toEqual([other, template]);
      const counted = () => limits().countTemplateKeys([template.id, other.id]);
      expect(Object.fromEntries(await counted())).toEqual({ [template.id]: 1, [other.id]: 0 });
      expect(await limits().countTemplateKeys([])).toEqual(new Map());
      expect(await limits().renameTemplate(template.id, 'new')).toEqual({ ...template, name: 'new' });
      expect(await limits().getTemplate(template.id)).toEqual({ ...template, name: 'new' });
      await expect(limits().removeTemplate(template.id)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('One key refers') as string,
      });
      await used.store.keys.remove(key.key.id, 5);
      expect((await counted()).get(template.id)).toBe(0);
      expect(await limits().removeTemplate(template.id)).toBe(true);
      expect(await limits().removeTemplate(template.id)).toBe(false);
      expect([await limits().get(limit.id), await limits().getTemplate(template.id)]).toEqual([undefined, undefined]);
      expect(await limits().renameTemplate(template.id, 'x')).toBeUndefined();
      await ward.verify();
    });
  });

  test('of templates made at once on every node, no account gets more than there may be', async () => {
    const ward = await newWard();
    const { accountId } = ward.key;
    const create = (index: number) =>
      (index % 2 ? used.store : used.other).limits.createTemplate(
        { id: newId('tpl'), accountId, name: 'one of many', createdAtMs: 7 },
        [],
      );
    // At once too, so that every connection is open by the time it matters.
    await Promise.all(Array.from({ length: MOST_TEMPLATES - 3 }, (_, index) => create(index)));
    const ends = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => create(index)));
    const codes = ends.map((end) => (end.status === 'rejected' ? (end.reason as { code: string }).code : 'made'));
    expect(codes.toSorted()).toEqual([...Array<string>(9).fill('conflict'), 'made', 'made', 'made']);
    expect(await limits().listTemplates(accountId)).toHaveLength(MOST_TEMPLATES);
  });

  async function newTemplate(ward: Ward, createdAtMs = 7): Promise<LimitTemplate> {
    const template = { id: newId('tpl'), accountId: ward.key.accountId, name: '团队', createdAtMs };
    await limits().createTemplate(template, []);
    return template;
  }

  test('a key is made with its limits in one step, or not at all', async () => {
    const ward = await newWard();
    const { id } = ward.key;
    const key = { ...ward.key, id: newId('key') };
    const limit = ward.limit('requests', 1, { subject: { type: 'key', id: key.id } });
    const secret = (hash: string) => secretOf(key, hash);
    await expect(
      used.store.keys.create(key, secret(newId('hash')), undefined, [limit, { ...limit, id: newId('lim') }]),
    ).rejects.toThrow(/There is already a limit/);
    expect(await used.store.keys.get(key.id)).toBeUndefined();
    await used.store.keys.create(key, secret(newId('hash')), undefined, [limit]);
    expect(await limits().list({ type: 'key', id: key.id })).toEqual([limit]);
    expect(id).not.toBe(key.id);
  });
});
