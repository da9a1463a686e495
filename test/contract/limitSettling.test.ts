import { describe, expect, test } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/core/ports.ts';
import { HOUR_MS, NOON_MS, WINDOWS, Ward, dump } from '../kit/limits.ts';
import { engines, newPlace, testCipher, useStore, type StorePlace } from '../kit/stores.ts';

describe.each(engines)('settling on %s', (engine) => {
  const used = useStore(engine);
  const newWard = (fields = {}) => Ward.open(used.store, used.place, fields);
  const rowsOf = async (ward: Ward) =>
    (
      await used.store.ledger.requests({
        accountId: ward.key.accountId,
        projectId: null,
        fromMs: 0,
        toMs: 8e15,
        limit: 99,
      })
    ).data;

  test('a row counts once, however often, in whatever company and by whichever node it is settled', async () => {
    const ward = await newWard();
    await ward.add('tokens', 1_000);
    const asks = [ward.ask(), ward.ask(), ward.ask()];
    const answers = await ward.reserve(...asks);
    const rows = asks.map((ask, index) => ward.row(ask, answers[index], 10));
    await ward.settle(rows[0]!, rows[0]!);
    expect(await ward.states()).toEqual([[10, 200]]);
    await ward.settle(rows[0]!, rows[1]!);
    await Promise.all([
      ward.settle(...rows),
      used.other.limits.settle(rows.toReversed().map((row) => ({ row }))),
      used.other.limits.settle([{ row: { ...rows[2]!, chargedTokens: 99 } }]),
    ]);
    await ward.settle(...rows);
    expect([[[30, 0]], [[119, 0]]]).toContainEqual(await ward.states());
    expect(await rowsOf(ward)).toHaveLength(3);
    await ward.verify();
  });

  test('calls charged as they are admitted are in the ledger with their limits charged, and refused ones leave nothing', async () => {
    const ward = await newWard();
    await ward.add('tokens', 250);
    await ward.add('concurrency', 10);
    const asks = [10, 20, 30, 250].map((tokens, index) => {
      const ask = ward.ask(index === 3 ? { inputTokens: 250 } : {});
      return { ...ask, row: ward.row(ask, undefined, tokens, { startedAtMs: 5 }) };
    });
    const [first, second, ...others] = asks;
    expect((await used.store.limits.charge([first!])).map(({ ok }) => ok)).toEqual([true]);
    expect((await used.store.limits.charge([second!, ...others])).map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(await ward.states()).toEqual([
      [60, 0],
      [0, 0],
    ]);
    const rows = await rowsOf(ward);
    expect(new Map(rows.map(({ id, startedAtMs }) => [id, startedAtMs]))).toEqual(
      new Map(asks.slice(0, 3).map(({ call }) => [call.id, NOON_MS])),
    );
    await ward.verify();
    await used.store.limits.release(asks.map(({ call }) => call.id));
    await ward.settle(first!.row);
    expect(await ward.states()).toEqual([
      [60, 0],
      [0, 0],
    ]);
    await ward.verify();
  });

  test.each([
    ['whole where all limits have room', [1_000], 1, 250],
    ['up to what other calls hold', [250], 2, 150],
    ['no further than reserved where nothing is left', [200], 2, 100],
    ['as far as the tightest limit goes', [1_000, 130, 400], 1, 130],
  ])(
    'a call that used more than was reserved is charged %s, at the time of its admission',
    async (_how, amounts, calls, charged) => {
      const ward = await newWard();
      for (const [index, amount] of amounts.entries()) await ward.add('tokens', amount, { window: WINDOWS[index]! });
      const asks = Array.from({ length: calls }, () => ward.ask());
      const answers = await ward.reserve(...asks);
      await ward.at(NOON_MS + 10);
      const row = ward.row(asks[0]!, answers[0], 250, { startedAtMs: 5 });
      await ward.settle(row);
      const held = (calls - 1) * 100;
      expect(await rowsOf(ward)).toMatchObject([
        {
          startedAtMs: NOON_MS,
          chargedTokens: charged,
          chargedCostNano: 250n,
          costNano: 250n,
          usage: { inputTokens: 250 },
        },
      ]);
      expect(await ward.states()).toEqual(amounts.map(() => [charged, held]));
      await ward.verify();
      await ward.settle(row);
      expect(await ward.states()).toEqual(amounts.map(() => [charged, held]));
    },
  );

  test('nothing is charged beyond the reservation in a limit that was reset meanwhile, and tokens and cost apart', async () => {
    const ward = await newWard();
    const tokens = await ward.add('tokens', 120);
    await ward.add('cost', 180);
    const ask = ward.ask();
    const [answer] = await ward.reserve(ask);
    await ward.at(NOON_MS + 10);
    await used.store.limits.reset(tokens.id, ward.nowMs);
    await ward.settle(ward.row(ask, answer, 250));
    expect(await rowsOf(ward)).toMatchObject([{ chargedTokens: 250, chargedCostNano: 180n }]);
    expect(await ward.states()).toEqual([
      [0, 0],
      [180, 0],
    ]);
    await ward.verify();
  });

  test('many calls at once that use more than was reserved pass no limit', async () => {
    const ward = await newWard();
    await ward.add('tokens', 1_100, { window: WINDOWS[1]! });
    await ward.add('cost', 1_150);
    const asks = Array.from({ length: 10 }, () => ward.ask());
    const answers = await ward.reserve(...asks);
    const rows = asks.map((ask, index) => ward.row(ask, answers[index], 250));
    await Promise.all(rows.map((row, index) => (index % 2 === 0 ? used.store : used.other).limits.settle([{ row }])));
    const ledger = await rowsOf(ward);
    const sum = (amounts: readonly number[]) => amounts.reduce((a, b) => a + b, 0);
    expect(sum(ledger.map(({ chargedTokens }) => chargedTokens))).toBe(1_100);
    expect(sum(ledger.map(({ chargedCostNano }) => Number(chargedCostNano)))).toBe(1_150);
    expect(await ward.states()).toEqual([
      [1_100, 0],
      [1_150, 0],
    ]);
    await ward.verify();
  });

  test('a row whose figures no column takes is bounded, and the rows beside it are written', async () => {
    const ward = await newWard();
    const most = 2n ** 63n - 1n;
    await ward.add('requests', 10);
    const asks = [ward.ask(), ward.ask(), ward.ask()];
    const answers = await ward.reserve(...asks);
    const usage = {
      inputTokens: 1e300,
      cachedTokens: NaN,
      cacheWriteTokens: -1,
      outputTokens: 0.5,
      reasoningTokens: Infinity,
    };
    await ward.settle(
      ward.row(asks[0]!, answers[0], 1),
      ward.row(asks[1]!, answers[1], 1, {
        costNano: 2n ** 70n,
        chargedCostNano: 2n ** 70n,
        chargedTokens: 1e300,
        usage,
      }),
      ward.row(asks[2]!, answers[2], 1, { resourceName: 'a\0b\ud800' }),
    );
    const rows = await rowsOf(ward);
    expect(rows).toHaveLength(3);
    expect(rows.find(({ id }) => id === asks[1]!.call.id)).toMatchObject({
      costNano: most,
      chargedCostNano: most,
      chargedTokens: Number.MAX_SAFE_INTEGER,
      usage: {
        inputTokens: Number.MAX_SAFE_INTEGER,
        cachedTokens: 0,
        cacheWriteTokens: 0,
        outputTokens: 1,
        reasoningTokens: Number.MAX_SAFE_INTEGER,
      },
    });
    // Sums that no 64-bit integer holds count as the largest.
    const again = ward.ask();
    const [answer] = await ward.reserve(again);
    await ward.settle(ward.row(again, answer, 1, { chargedCostNano: most }));
    await ward.add('cost', most);
    expect(await used.store.limits.statesOf(ward.caller, ward.nowMs)).toMatchObject([
      { used: 4n },
      { used: most, remaining: 0n },
    ]);
    await ward.verify();
  });

  test('a row of a call that never reserved is written and counted', async () => {
    const ward = await newWard();
    await ward.add('tokens', 100, { window: WINDOWS[0]! });
    await ward.add('requests', 1, { window: WINDOWS[1]! });
    const ask = ward.ask();
    await ward.at(NOON_MS + 10);
    await ward.settle(ward.row(ask, undefined, 70));
    expect(await ward.states()).toEqual([
      [70, 0],
      [1, 0],
    ]);
    await ward.settle(ward.row(ask, undefined, 70));
    expect(await ward.states()).toEqual([
      [70, 0],
      [1, 0],
    ]);
    await ward.verify();
  });

  test('what was reserved for a call that was never sent comes back whole, once', async () => {
    const ward = await newWard();
    for (const window of WINDOWS) await ward.add('tokens', 500, { window });
    const asks = [ward.ask(), ward.ask()];
    const before = await dump(used.place);
    await ward.reserve(...asks);
    const ids = asks.map(({ call }) => call.id);
    await Promise.all([used.store.limits.release(ids), used.store.limits.release([...ids, 'req_none'])]);
    await used.store.limits.release([]);
    expect(await ward.states()).toEqual(WINDOWS.map(() => [0, 0]));
    const after = await dump(used.place);
    expect({ ...after, counters: [] }).toEqual({ ...before, counters: [] });
    await ward.verify();
  });
});

describe.each(engines)('calls whose node died on %s', (engine) => {
  const inPlace = async (run: (place: StorePlace, open: (nodeId: string) => Promise<Store>) => Promise<void>) => {
    const place = await newPlace(engine);
    const stores: Store[] = [];
    const open = async (nodeId: string) => {
      // One process owns SQLite's file: the next node is the next process.
      if (engine === 'sqlite') await stores.pop()?.close();
      const store = await openStore({ url: place.url, dataDir: place.dataDir, cipher: testCipher, nodeId });
      stores.push(store);
      return store;
    };
    try {
      await run(place, open);
    } finally {
      for (const store of stores) await store.close();
      await place.clear();
    }
  };

  test('are found once their lease has run out, charged at their reservation, and hold no slot', async () => {
    await inPlace(async (place, open) => {
      const dead = await open('node_a');
      const ward = await Ward.open(dead, place);
      await ward.add('tokens', 1_000, { window: WINDOWS[0]! });
      await ward.add('cost', 1_000, { subject: ward.subject('account'), window: WINDOWS[2]! });
      await ward.add('concurrency', 2);
      await ward.add('requests', 5);
      const asks = [ward.ask(), ward.ask()];
      await ward.reserve(...asks);
      const store = await open('node_b');
      const next = new Ward(store, place, ward.key);
      // Its first lease is 30 s long.
      await next.at(NOON_MS + 29_000);
      if (engine === 'postgres') {
        expect(await store.limits.abandonLost(next.nowMs)).toBe(0);
        await dead.limits.renewLease('node_a', 60_000);
        await next.at(NOON_MS + 80_000);
        expect(await store.limits.abandonLost(next.nowMs)).toBe(0);
      }
      await next.at(NOON_MS + 100_000);
      expect(await store.limits.abandonLost(next.nowMs)).toBe(2);
      expect(await store.limits.abandonLost(next.nowMs)).toBe(0);
      const states = await store.limits.statesOf(ward.caller, next.nowMs);
      const of = (unit: string) =>
        states.filter(({ applied }) => applied.limit.unit === unit).map((state) => [state.used, state.reserved]);
      expect([of('tokens'), of('cost'), of('concurrency'), of('requests')]).toEqual([
        [[200n, 0n]],
        [[200n, 0n]],
        [[0n, 0n]],
        [[2n, 0n]],
      ]);
      const abandoned = await store.limits.abandoned(ward.key.accountId, 10);
      expect(abandoned.map(({ row }) => row.id).toSorted()).toEqual(asks.map(({ call }) => call.id).toSorted());
      expect(abandoned[0]).toMatchObject({
        abandonedAtMs: NOON_MS + 100_000,
        row: {
          outcome: 'abandoned',
          startedAtMs: NOON_MS,
          usageSource: 'estimated',
          chargedTokens: 100,
          chargedCostNano: 100n,
          route: '/v1/chat/completions',
        },
      });
      expect(await store.limits.abandoned(null, 1)).toHaveLength(1);
      expect(await store.limits.abandoned('acc_other', 10)).toEqual([]);
      await next.verify();
    });
  });

  test('that settle after all replace what was charged by what is true, once', async () => {
    await inPlace(async (place, open) => {
      const ward = await Ward.open(await open('node_a'), place);
      await ward.add('tokens', 1_000, { window: WINDOWS[0]! });
      await ward.add('requests', 5, { window: WINDOWS[1]! });
      await ward.add('cost', 1_000, { subject: ward.subject('project') });
      const asks = [ward.ask(), ward.ask()];
      const answers = await ward.reserve(...asks);
      const store = await open('node_b');
      const next = new Ward(store, place, ward.key);
      await next.at(NOON_MS + 60_000);
      await store.limits.abandonLost(next.nowMs);
      const row = next.row(asks[0]!, answers[0], 30);
      await Promise.all([next.settle(row), next.settle(row, row)]);
      await next.settle({ ...row, chargedTokens: 99 });
      expect(await next.states()).toEqual([
        [130, 0],
        [2, 0],
        [130, 0],
      ]);
      expect(await store.limits.getAbandoned(row.id)).toBeUndefined();
      expect(await store.limits.abandoned(ward.key.accountId, 9)).toHaveLength(1);
      // Never more than was held for it.
      await next.settle(next.row(asks[1]!, answers[1], 5_000));
      expect(await next.states()).toEqual([
        [130, 0],
        [2, 0],
        [130, 0],
      ]);
      await next.verify();
    });
  });

  test('are charged what somebody decides, once, and stay so when they settle after all', async () => {
    await inPlace(async (place, open) => {
      const ward = await Ward.open(await open('node_a'), place);
      await ward.add('tokens', 1_000, { window: WINDOWS[0]! });
      await ward.add('cost', 1_000, { subject: ward.subject('account') });
      const asks = [ward.ask(), ward.ask(), ward.ask()];
      const answers = await ward.reserve(...asks);
      await ward.settle(ward.row(asks[2]!, answers[2], 5));
      const store = await open('node_b');
      const next = new Ward(store, place, ward.key);
      await next.at(NOON_MS + HOUR_MS);
      await store.limits.abandonLost(next.nowMs);
      const decision = {
        requestId: asks[0]!.call.id,
        chargedTokens: 0,
        chargedCostNano: 20n,
        note: '供应商未收费',
        by: 'usr_1',
        atMs: next.nowMs,
      };
      await expect(store.limits.adjust({ ...decision, chargedTokens: 101 })).rejects.toMatchObject({
        code: 'invalid_request',
      });
      const decided = await Promise.all([store.limits.adjust(decision), store.limits.adjust(decision)]);
      expect(decided.filter(Boolean)).toEqual([true]);
      expect(await store.limits.adjust({ ...decision, requestId: asks[2]!.call.id })).toBe(false);
      expect(await store.limits.adjust({ ...decision, requestId: 'req_none' })).toBe(false);
      expect(await store.limits.adjustments([decision.requestId, asks[1]!.call.id])).toEqual([decision]);
      expect(await store.limits.adjustments([])).toEqual([]);
      expect(await next.states()).toEqual([
        [105, 0],
        [125, 0],
      ]);
      expect(await store.limits.abandoned(ward.key.accountId, 9)).toHaveLength(1);
      expect(await store.limits.getAbandoned(decision.requestId)).toMatchObject({
        row: { chargedTokens: 0, chargedCostNano: 20n, costNano: 100n },
      });
      await next.verify();
      await next.settle(next.row(asks[0]!, answers[0], 70));
      expect(await next.states()).toEqual([
        [105, 0],
        [125, 0],
      ]);
      await next.verify();
    });
  });

  test('are abandoned once by nodes that look at the same time, or settled first', async () => {
    await inPlace(async (place, open) => {
      const dead = await open('node_a');
      const ward = await Ward.open(dead, place);
      await ward.add('tokens', 100_000, { window: WINDOWS[1]! });
      await ward.add('concurrency', 1_000);
      const asks = Array.from({ length: 60 }, () => ward.ask());
      const answers = await ward.reserve(...asks);
      const [b, c] =
        engine === 'postgres'
          ? [await open('node_b'), await open('node_c')]
          : Array<Store>(2).fill(await open('node_b'));
      const next = new Ward(b!, place, ward.key);
      await next.at(NOON_MS + 60_000);
      const rows = asks.slice(0, 20).map((ask, index) => ({ row: next.row(ask, answers[index], 1) }));
      const [first, second] = await Promise.all([
        b!.limits.abandonLost(next.nowMs),
        c!.limits.abandonLost(next.nowMs),
        b!.limits.settle(rows),
        c!.limits.settle(rows.toReversed()),
      ]);
      expect(first + second).toBeLessThanOrEqual(60);
      expect(first + second).toBeGreaterThanOrEqual(40);
      expect(await next.states()).toEqual([
        [40 * 100 + 20, 0],
        [0, 0],
      ]);
      await next.verify();
    });
  });
});
