import { describe, expect, test } from 'vitest';
import { UNITS, WINDOWS, Ward, dump, HOUR_MS, NOON_MS } from '../kit/limits.ts';
import { engines, newId, useStore } from '../kit/stores.ts';

describe.each(engines)('admission on %s', (engine) => {
  const used = useStore(engine);
  const newWard = (fields = {}) => Ward.open(used.store, used.place, fields);

  describe.each(UNITS)('a limit of %s', (unit) => {
    test.each(WINDOWS)('over a $kind window admits what fits and not one more (A07, A09)', async (window) => {
      const ward = await newWard();
      const each = unit === 'tokens' || unit === 'cost' ? 100 : 1;
      await ward.add(unit, each * 3, { window });
      const asks = Array.from({ length: 4 }, () => ward.ask());
      const answers = await ward.reserve(...asks);
      expect(answers.map(({ ok }) => ok)).toEqual([true, true, true, false]);
      expect(answers[3]).toMatchObject({ ok: false, reason: 'short', need: BigInt(each), limit: { remaining: 0n } });
      expect(await ward.states()).toEqual([[0, each * 3]]);

      await ward.settle(ward.row(asks[0]!, answers[0], 10));
      const left = { requests: 1, concurrency: 0, tokens: 10, cost: 10 }[unit];
      expect(await ward.states()).toEqual([[left, each * 2]]);
      await ward.verify();
      // Requests stay used; of the others, what was not used is free again.
      const [again] = await ward.reserve(ward.ask({ inputTokens: 40, outputTokens: 50 }));
      expect(again!.ok).toBe(unit !== 'requests');
      await ward.verify();
    });
  });

  test.each([
    [{ kind: 'session', windowMs: 5 * HOUR_MS }, NOON_MS + 5 * HOUR_MS],
    [{ kind: 'rolling', windowMs: HOUR_MS }, NOON_MS + HOUR_MS + HOUR_MS / 120],
    // Midnight in Shanghai is 16:00 UTC.
    [{ kind: 'calendar', period: 'day', timeZone: 'Asia/Shanghai' }, Date.UTC(2027, 0, 14, 16)],
    [{ kind: 'calendar', period: 'month', timeZone: 'UTC' }, Date.UTC(2027, 1, 1)],
  ] as const)('what was used leaves a window of %o at its very end, and says when (A09)', async (window, endMs) => {
    const ward = await newWard();
    await ward.add('requests', 1, { window });
    await ward.at(NOON_MS + (window.kind === 'session' ? 0 : 1));
    expect(await ward.call()).toBe(true);
    const [refused] = await ward.reserve(ward.ask());
    expect(refused).toMatchObject({ ok: false, freesAtMs: endMs });
    await ward.at(endMs - 1);
    expect(await ward.call()).toBe(false);
    await ward.at(endMs);
    expect(await ward.call()).toBe(true);
    expect(await ward.call()).toBe(false);
    await ward.verify();
  });

  test('a lifetime limit never frees by itself, and one of concurrency when a call ends', async () => {
    const ward = await newWard();
    await ward.add('concurrency', 1);
    await ward.add('requests', 2);
    const ask = ward.ask();
    const [answer] = await ward.reserve(ask);
    expect((await ward.reserve(ward.ask()))[0]).toMatchObject({
      ok: false,
      limit: { applied: { limit: { unit: 'concurrency' } } },
    });
    await ward.settle(ward.row(ask, answer, 0));
    expect(await ward.call()).toBe(true);
    await ward.at(NOON_MS + 10_000 * HOUR_MS);
    expect((await ward.reserve(ward.ask()))[0]).toMatchObject({ ok: false, freesAtMs: null });
    await ward.verify();
  });

  test('every limit of key, template, project and account applies, and the tightest refuses (A09)', async () => {
    const template = { id: newId('tpl'), accountId: '', name: 'small', createdAtMs: 1 };
    const ward = await newWard();
    template.accountId = ward.key.accountId;
    await used.store.limits.createTemplate(template, []);
    await used.store.keys.update(ward.key.id, { limitTemplateId: template.id }, NOON_MS);
    await ward.add('requests', 4);
    await ward.add('tokens', 400, { subject: { type: 'template', id: template.id }, window: WINDOWS[1]! });
    await ward.add('cost', 400, { subject: ward.subject('project'), window: WINDOWS[2]! });
    await ward.add('concurrency', 1, { subject: ward.subject('account') });
    const ask = ward.ask();
    const [answer] = await ward.reserve(ask);
    expect(answer!.states.map(({ applied }) => [applied.limit.unit, applied.subjectType, applied.subjectId])).toEqual([
      ['requests', 'key', ward.key.id],
      ['tokens', 'key', ward.key.id],
      ['cost', 'project', ward.key.projectId],
      ['concurrency', 'account', ward.key.accountId],
    ]);
    expect(answer!.states.map(({ remaining }) => remaining)).toEqual([3n, 300n, 300n, 0n]);
    expect((await ward.reserve(ward.ask()))[0]).toMatchObject({
      limit: { applied: { limit: { unit: 'concurrency' } } },
    });
    await ward.settle(ward.row(ask, answer, 50));
    const big = await ward.reserve(ward.ask({ outputTokens: 320 }));
    expect(big[0]).toMatchObject({ ok: false, need: 360n });
    expect(await ward.states()).toEqual([
      [1, 0],
      [50, 0],
      [50, 0],
      [0, 0],
    ]);
    // Another key of the project shares what is left of project and account, and nothing else.
    const other = await ward.sibling();
    expect(await other.states()).toEqual([
      [50, 0],
      [0, 0],
    ]);
    await ward.verify();
  });

  test('asks of a batch are decided in order, each seeing what those before it took', async () => {
    const ward = await newWard();
    await ward.add('tokens', 250);
    const answers = await ward.reserve(
      ward.ask(),
      ward.ask({ outputTokens: 500 }),
      ward.ask(),
      ward.ask({ outputTokens: 20, flexible: true }),
      ward.ask({ inputTokens: 30, outputTokens: 500, flexible: true }),
      ward.ask({ inputTokens: 5, outputTokens: 15 }),
    );
    expect(answers.map(({ ok }) => ok)).toEqual([true, false, true, false, true, false]);
    // Lowered to what was left.
    expect(answers[4]).toMatchObject({ outputTokens: 20 });
    expect(await ward.states()).toEqual([[0, 250]]);
    await ward.verify();
  });

  test('a refused ask leaves every table as it was (promise 6)', async () => {
    const ward = await newWard();
    await ward.add('tokens', 1_000, { window: WINDOWS[1]! });
    await ward.add('requests', 100, { window: WINDOWS[0]! });
    await ward.add('cost', 50, { subject: ward.subject('account') });
    const before = await dump(used.place);
    for (let round = 0; round < 3; round++) {
      expect((await ward.reserve(ward.ask(), ward.ask())).map(({ ok }) => ok)).toEqual([false, false]);
      expect((await ward.reserve(ward.ask({ prices: null })))[0]).toMatchObject({ ok: false, reason: 'unpriced' });
    }
    expect(await dump(used.place)).toEqual(before);
    await ward.verify();
  });

  test('asking what would happen, and where limits stand, writes nothing and says the same', async () => {
    const ward = await newWard();
    await ward.add('tokens', 150, { window: WINDOWS[0]! });
    const first = ward.ask();
    await ward.reserve(first);
    const before = await dump(used.place);
    const probed = await used.store.limits.probe(ward.ask());
    const fits = await used.store.limits.probe(ward.ask({ inputTokens: 10, outputTokens: 40 }));
    expect(await used.store.limits.appliedTo(ward.subject(), ward.nowMs)).toMatchObject([
      { reserved: 100n, remaining: 50n },
    ]);
    expect(await dump(used.place)).toEqual(before);
    expect(probed).toMatchObject({ ok: false, need: 100n });
    expect(fits).toMatchObject({ ok: true, states: [{ remaining: 0n }] });
    expect((await ward.reserve(ward.ask()))[0]).toEqual(probed);
  });

  test('a call that no limit applies to is admitted, kept while it runs, and written to the ledger', async () => {
    const ward = await newWard();
    const ask = ward.ask({ prices: null });
    const [answer] = await ward.reserve(ask);
    expect(answer).toEqual({ ok: true, admittedAtMs: NOON_MS, takes: [], outputTokens: 60, states: [] });
    const row = ward.row(ask, answer, 7, { costNano: null, chargedCostNano: null });
    await ward.settle(row);
    const { data } = await used.store.ledger.requests({
      accountId: ward.key.accountId,
      projectId: null,
      fromMs: 0,
      toMs: 4e12,
      limit: 9,
    });
    expect(data).toEqual([row]);
    expect((await dump(used.place))['reservations']!.filter((one) => one['id'] === ask.call.id)).toEqual([]);
  });

  test('amounts are exact beyond 2^53, up to the largest of 64 bits', async () => {
    const ward = await newWard();
    const most = 2n ** 63n - 1n;
    await ward.add('cost', most);
    const asks = [most - 1n, 2n, 1n, 1n].map((costNano) => ward.ask({ costNano }));
    const answers = await ward.reserve(...asks);
    expect(answers.map(({ ok }) => ok)).toEqual([true, false, true, false]);
    expect(answers[2]).toMatchObject({
      states: [{ reserved: most, remaining: 0n, applied: { limit: { amount: most } } }],
    });
    await ward.settle(ward.row(asks[0]!, answers[0], 0, { costNano: most - 2n, chargedCostNano: most - 2n }));
    expect(await used.store.limits.statesOf(ward.caller, ward.nowMs)).toMatchObject([
      { used: most - 2n, reserved: 1n, remaining: 1n },
    ]);
    await ward.verify();
  });
});
