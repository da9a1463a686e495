import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { ONE_NANO, type Group } from '../../src/core/group.ts';
import { costNano, type Prices } from '../../src/core/price.ts';
import { NO_USAGE } from '../../src/core/usage.ts';
import { NOON_MS, PRICES, Ward } from '../kit/limits.ts';
import { engines, newId, newKey, newTenant, useStore } from '../kit/stores.ts';

describe.each(engines)('A03 groups on %s', (engine) => {
  const used = useStore(engine);
  const catalogue = () => used.store.catalogue;

  const newGroup = async (fields: Partial<Group> = {}): Promise<Group> => {
    const group: Group = {
      id: newId('grp'),
      name: newId('分组'),
      description: '便宜',
      opens: { mode: 'all' },
      openTo: { mode: 'all' },
      priceMultiplierNano: ONE_NANO,
      createdAtMs: 1_000,
      ...fields,
    };
    await catalogue().groups.create(group);
    return group;
  };
  const groupOf = async (id: string) => (await used.other.catalogue.read()).groups.find((one) => one.id === id);

  test('are read as they were written, multipliers exact, and changed by what is given', async () => {
    const group = await newGroup({
      opens: {
        mode: 'range',
        resources: [
          { type: 'model', id: 'mdl_1' },
          { type: 'provider', id: 'prv_1' },
        ],
      },
      openTo: { mode: 'range', places: [] },
      priceMultiplierNano: 999_999_999_999_999_999n,
    });
    expect(await groupOf(group.id)).toEqual(group);
    const change = { priceMultiplierNano: 0n, openTo: { mode: 'all' } } as const;
    expect(await catalogue().groups.update(group.id, change)).toEqual({ ...group, ...change });
    expect(await groupOf(group.id)).toEqual({ ...group, ...change });
    expect(await catalogue().groups.update('grp_none', change)).toBeUndefined();
    await expect(newGroup({ name: group.name })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a key keeps its group and its region, and is found by them', async () => {
    const { project } = await newTenant(used.store);
    const group = await newGroup();
    const key = await newKey(used.store, project, { groupId: group.id, region: 'eu-1' });
    const other = await newKey(used.store, project, { region: 'us-1' });
    expect(await used.other.keys.get(key.id)).toEqual(key);
    const listed = async (filter: { groupId?: string; region?: string }) =>
      (await used.other.keys.list({ accountId: null, projectId: project.id, limit: 10, nowMs: 0, ...filter })).data;
    expect(await listed({ groupId: group.id })).toEqual([key]);
    expect(await listed({ region: 'us-1' })).toEqual([other]);
    expect(await listed({ region: 'us-1', groupId: group.id })).toEqual([]);
    expect(await used.store.keys.update(key.id, { groupId: null }, 2)).toMatchObject({ groupId: null, region: 'eu-1' });
    expect(await used.store.keys.update(key.id, { groupId: group.id }, 2)).toMatchObject({ groupId: group.id });
    const nowhere = used.store.keys.update(key.id, { groupId: 'grp_none' }, 2);
    await expect(nowhere).rejects.toMatchObject({ code: 'conflict' });
    await expect(newKey(used.store, project, { groupId: 'grp_none' })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('one that keys are in, or an account’s keys by default, stays; deleted keys keep none', async () => {
    const { account, project } = await newTenant(used.store);
    const group = await newGroup();
    const keys = [
      await newKey(used.store, project, { groupId: group.id }),
      await newKey(used.store, project, { groupId: group.id }),
    ];
    const remove = () => used.store.catalogue.groups.remove(group.id);
    await expect(remove()).rejects.toMatchObject({ code: 'conflict', message: expect.stringMatching(/^2 keys are/) });
    await used.store.keys.remove(keys[0]!.id, 20);
    await expect(remove()).rejects.toMatchObject({ message: expect.stringMatching(/^One key is/) });
    expect(await used.store.keys.get(keys[0]!.id)).toMatchObject({ groupId: group.id });
    await used.store.keys.update(keys[1]!.id, { groupId: null }, 30);
    expect(await used.store.accounts.update(account.id, { defaultGroupId: group.id })).toEqual({
      ...account,
      defaultGroupId: group.id,
    });
    await expect(remove()).rejects.toMatchObject({ message: expect.stringContaining(account.id) });
    await used.store.accounts.update(account.id, { defaultGroupId: null });
    expect([await remove(), await remove()]).toEqual([true, false]);
    expect(await used.other.keys.get(keys[0]!.id)).toMatchObject({ groupId: null });
    const nowhere = used.store.accounts.update(account.id, { defaultGroupId: group.id });
    await expect(nowhere).rejects.toMatchObject({ code: 'conflict' });
  });

  test('a look-up of a key brings the default of its account along', async () => {
    const { account, project } = await newTenant(used.store);
    const group = await newGroup();
    const key = await newKey(used.store, project);
    const [secret] = await query(`select hash from secrets where key_id = '${key.id}'`);
    const hashes = [String(secret!['hash'])];
    const look = async () => (await used.other.keys.findByHashes(hashes))[0]?.found.account.defaultGroupId;
    expect(await look()).toBeNull();
    await used.store.accounts.update(account.id, { defaultGroupId: group.id });
    expect(await look()).toBe(group.id);
  });

  test('A03 the multiplier holds for what is reserved, what is charged and what is left of an abandoned call', async () => {
    const ward = await Ward.open(used.store, used.place);
    const prices: Prices = { ...PRICES, multiplierNano: 1_333_333_333n };
    const usage = { ...NO_USAGE, inputTokens: 40, outputTokens: 60 };
    const cost = costNano(usage, prices);
    expect(cost).toBe(134n);
    await ward.add('cost', 2n * cost - 1n);
    const ask = ward.ask({ prices });
    const [answer] = await ward.reserve({ ...ask, call: { ...ask.call, prices } });
    expect(await ward.states()).toEqual([[0, 134]]);
    expect(await ward.reserve(ward.ask({ prices }))).toMatchObject([{ ok: false, need: cost }]);
    const [plain] = await ward.reserve(ward.ask());
    expect(plain).toMatchObject({ ok: true });

    const row = ward.row(ask, answer, 100, { usage, costNano: cost, chargedCostNano: cost, prices });
    await ward.settle(row);
    expect(await ward.states()).toEqual([[134, 100]]);
    const page = await used.other.ledger.requests({ ...ward.caller, fromMs: 0, toMs: NOON_MS * 2, limit: 1 });
    expect(page.data[0]).toMatchObject({ id: ask.call.id, prices, costNano: cost });
    await ward.verify();
  });

  test('A03 a call that was lost keeps the prices of its group', async () => {
    const ward = await Ward.open(used.store, used.place);
    const prices: Prices = { ...PRICES, multiplierNano: 2_500_000_000n };
    await ward.add('cost', 1000);
    const ask = ward.ask({ prices });
    await ward.reserve({ ...ask, call: { ...ask.call, prices } });
    await query(`update reservations set node_id = 'one that died' where id = '${ask.call.id}'`);
    await used.store.limits.abandonLost(ward.nowMs);
    const [lost] = await used.store.limits.abandoned(ward.key.accountId, 1);
    expect(lost?.row).toMatchObject({ prices, chargedCostNano: 250n });
    await ward.verify();
  });

  /** Beside the store, on its own data. */
  async function query(text: string): Promise<Record<string, unknown>[]> {
    if (engine === 'postgres') return (await used.place.sql(text)).rows;
    const database = new DatabaseSync(join(used.place.dataDir, 'keyward.db'));
    const rows = database.prepare(text).all();
    database.close();
    return rows;
  }
});
