import pg from 'pg';
import { describe, expect, test } from 'vitest';
import type { LedgerRow } from '../../src/core/ledger.ts';
import { WINDOWS, Ward } from '../kit/limits.ts';
import { engines, useStore } from '../kit/stores.ts';

// Calls and the change of a limit at the same moment: nothing is counted twice, nothing is forgotten, and nobody waits
// for another tenant.

const ROUNDS = 12;
const CALLS = 10;

describe.each(engines)('a limit that is made while calls end, on %s', (engine) => {
  const used = useStore(engine);

  async function chargedOf(ward: Ward): Promise<number> {
    const { data } = await used.store.ledger.requests({
      accountId: ward.key.accountId,
      projectId: null,
      fromMs: 0,
      toMs: 8e15,
      limit: 200,
    });
    return data.reduce((sum, { chargedTokens }) => sum + chargedTokens, 0);
  }

  test.each([
    ['no more than was reserved', 70],
    ['more than was reserved', 250],
  ])('counts every one of them that used %s, once', { timeout: 60_000 }, async (_how, tokens) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const ward = await Ward.open(used.store, used.place);
      await ward.add('tokens', 1_000_000, { window: WINDOWS[2]! });
      const asks = Array.from({ length: CALLS }, () => ward.ask());
      const answers = await ward.reserve(...asks);
      const rows = asks.map((ask, index) => ward.row(ask, answers[index], tokens));
      const settling = rows.map((row, index) => (index % 2 === 0 ? used.store : used.other).limits.settle([{ row }]));
      const adding = [
        ward.add('tokens', 900_000),
        ward.add('requests', 500, { subject: ward.subject('project') }),
        ward.add('concurrency', 100),
      ];
      await Promise.all([...settling, ...adding]);
      await ward.verify();
      const charged = await chargedOf(ward);
      expect(charged).toBe(tokens * CALLS);
      const states = await used.store.limits.statesOf(ward.caller, ward.nowMs);
      const told = states.map(({ applied, used: settled, reserved }) => [applied.limit.unit, settled, reserved]);
      expect(told).toEqual([
        ['tokens', BigInt(charged), 0n],
        ['tokens', BigInt(charged), 0n],
        ['concurrency', 0n, 0n],
        ['requests', BigInt(CALLS), 0n],
      ]);
    }
  });

  test('bears calls that ask for more than any counter holds', async () => {
    const ward = await Ward.open(used.store, used.place);
    const prices = { ...ward.ask().bound.prices!, outputNanoPerMillion: 10n ** 15n };
    const asks = Array.from({ length: 3 }, () => ward.ask({ outputTokens: 1e15, prices }));
    const answers = await ward.reserve(...asks);
    await ward.add('cost', 1_000);
    await ward.add('tokens', 1_000, { subject: ward.subject('account') });
    const [cost, tokens] = await used.store.limits.statesOf(ward.caller, ward.nowMs);
    expect([cost?.remaining, tokens?.remaining]).toEqual([0n, 0n]);
    await ward.settle(...asks.map((ask, index) => ward.row(ask, answers[index], 10)));
    expect(await ward.states()).toEqual([
      [30, 0],
      [30, 0],
    ]);
    await ward.verify();
  });
});

describe('a change that takes long, on postgres', () => {
  const used = useStore('postgres');

  /** Holds what someone holds who changes limits of these subjects, until `run` has ended. */
  async function whileChanging<T>(ids: readonly string[], run: () => Promise<T>): Promise<T> {
    const client = new pg.Client({ connectionString: used.place.url ?? '' });
    await client.connect();
    try {
      await client.query('begin');
      for (const id of ids) await client.query('select pg_advisory_xact_lock(hashtextextended($1, 1))', [id]);
      return await run();
    } finally {
      await client.end();
    }
  }

  test('keeps the calls of its own subject waiting and no other tenant’s', async () => {
    const busy = await Ward.open(used.store, used.place);
    const free = await Ward.open(used.store, used.place);
    await busy.add('tokens', 1_000);
    await free.add('tokens', 1_000);
    const asks = [busy.ask(), free.ask(), busy.ask()];
    const [first, second, third] = await whileChanging([busy.key.accountId], async () => {
      const answers = await used.store.limits.reserveEach(asks);
      expect(answers.map((answer) => answer instanceof Promise)).toEqual([true, false, true]);
      const still = await Promise.race([answers[0], new Promise((resolve) => setTimeout(resolve, 50, 'waiting'))]);
      expect(still).toBe('waiting');
      return answers;
    });
    expect([await first, second, await third]).toMatchObject([{ ok: true }, { ok: true }, { ok: true }]);
    expect(await busy.states()).toEqual([[0, 200]]);
    expect(await free.states()).toEqual([[0, 100]]);
  });

  test('of a template keeps only those waiting that refer to it', async () => {
    const template = { id: `tpl_${Date.now()}`, name: 'shared', createdAtMs: 0 };
    const free = await Ward.open(used.store, used.place);
    await used.store.limits.createTemplate({ ...template, accountId: free.key.accountId }, []);
    const busy = await free.sibling({ limitTemplateId: template.id });
    const answers = await whileChanging([template.id], () =>
      used.store.limits.reserveEach([free.ask(), busy.ask()]).then((all) => [all[0] instanceof Promise, all[1]]),
    );
    expect(answers[0]).toBe(false);
    expect(await answers[1]).toMatchObject({ ok: true });
  });

  test('loses nothing of a call that ends meanwhile and cannot be charged: it is charged whole when it is tried again', async () => {
    const ward = await Ward.open(used.store, used.place);
    const other = await Ward.open(used.store, used.place);
    await ward.add('tokens', 1_000);
    const [ask, easy] = [ward.ask(), other.ask()];
    const [answer] = await ward.reserve(ask);
    const [easyAnswer] = await other.reserve(easy);
    const row = ward.row(ask, answer, 250);
    const settle = (...rows: LedgerRow[]) => used.store.limits.settleEach(rows.map((one) => ({ row: one })));
    await whileChanging([ward.key.id], async () => {
      const [mine, theirs] = await settle(row, other.row(easy, easyAnswer, 10));
      expect(theirs).toBe(true);
      await expect(mine).rejects.toMatchObject({ code: 'store_unavailable' });
    });
    expect(await ward.states()).toEqual([[0, 100]]);
    await ward.verify();
    await ward.settle(row);
    expect(await ward.states()).toEqual([[250, 0]]);
    await ward.verify();
  });
});
