import { describe, expect, test } from 'vitest';
import { groupIdOf, ONE_NANO, tierOf, type Group } from './group.ts';
import type { Prices } from './price.ts';

const group = (fields: Partial<Group> = {}): Group => ({
  id: 'grp_1',
  name: 'g',
  description: '',
  opens: { mode: 'all' },
  openTo: { mode: 'all' },
  priceMultiplierNano: ONE_NANO,
  createdAtMs: 0,
  ...fields,
});
const prices: Prices = {
  inputNanoPerMillion: 1n,
  cachedInputNanoPerMillion: null,
  cacheWriteNanoPerMillion: null,
  outputNanoPerMillion: 2n,
};

describe('A03 a group', () => {
  test('opens everything, or the models and providers it names', () => {
    const model = { modelId: 'mdl_1', providerId: 'prv_1' };
    expect(tierOf(group()).opens(model)).toBe(true);
    const named = (type: 'model' | 'provider', id: string) =>
      tierOf(group({ opens: { mode: 'range', resources: [{ type, id }] } })).opens(model);
    expect([named('model', 'mdl_1'), named('model', 'mdl_2'), named('model', 'prv_1')]).toEqual([true, false, false]);
    expect([named('provider', 'prv_1'), named('provider', 'prv_2'), named('provider', 'mdl_1')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('is for everybody, for the accounts and projects it names, or for nobody', () => {
    const place = { accountId: 'acc_1', projectId: 'prj_1' };
    const isFor = (...places: { type: 'account' | 'project'; id: string }[]) =>
      tierOf(group({ openTo: { mode: 'range', places } })).isFor(place);
    expect(tierOf(group()).isFor(place)).toBe(true);
    expect([isFor({ type: 'account', id: 'acc_1' }), isFor({ type: 'project', id: 'prj_1' })]).toEqual([true, true]);
    expect([isFor(), isFor({ type: 'account', id: 'acc_2' }, { type: 'project', id: 'prj_2' })]).toEqual([
      false,
      false,
    ]);
    const whole = { accountId: 'acc_1', projectId: null };
    const named = (type: 'account' | 'project', id: string) =>
      tierOf(group({ openTo: { mode: 'range', places: [{ type, id }] } })).isFor(whole);
    expect([named('account', 'acc_1'), named('project', 'prj_1')]).toEqual([true, false]);
    // An id of the other kind is none.
    expect([isFor({ type: 'project', id: 'acc_1' }), isFor({ type: 'account', id: 'prj_1' })]).toEqual([false, false]);
  });

  test('multiplies known prices, once for all calls, and leaves unknown ones unknown', () => {
    const tier = tierOf(group({ priceMultiplierNano: 800_000_000n }));
    expect(tier.priced(prices)).toEqual({ ...prices, multiplierNano: 800_000_000n });
    expect(tier.priced(prices)).toBe(tier.priced(prices));
    expect(tier.priced(null)).toBeNull();
    expect(tierOf(group()).priced(prices)).toBe(prices);
  });

  test('is the key’s own, else its account’s', () => {
    const of = (groupId: string | null, defaultGroupId: string | null) =>
      groupIdOf({ key: { groupId }, account: { defaultGroupId } });
    expect([of('own', 'theirs'), of(null, 'theirs'), of(null, null)]).toEqual(['own', 'theirs', null]);
  });
});
