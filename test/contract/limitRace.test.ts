import { describe, expect, test } from 'vitest';
import { UNITS, WINDOWS, Ward } from '../kit/limits.ts';
import { engines, useStore } from '../kit/stores.ts';

describe.each(engines)('500 calls at once on %s against room for 37 (A07, A15, T05, V23, X05)', (engine) => {
  const used = useStore(engine);

  describe.each(UNITS)('of %s', (unit) => {
    test.each(WINDOWS)(
      'over a $kind window: exactly 37 are admitted, one by one and in batches, by one node and by two',
      async (window) => {
        const each = unit === 'tokens' || unit === 'cost' ? 100 : 1;
        for (const [nodes, size] of [
          [[used.store], 1],
          [[used.store, used.other], 5],
        ] as const) {
          const ward = await Ward.open(used.store, used.place);
          await ward.add(unit, 37 * each, { window, subject: ward.subject('project') });
          await ward.add('requests', 1_000);
          const keys = [ward, await ward.sibling(), await ward.sibling()];
          const batches = Array.from({ length: 500 / size }, (_, index) =>
            nodes[index % nodes.length]!.limits.reserve(
              Array.from({ length: size }, (__, at) => keys[(index + at) % keys.length]!.ask()),
            ),
          );
          const answers = (await Promise.all(batches)).flat();
          expect(answers.filter(({ ok }) => ok)).toHaveLength(37);
          expect((await ward.states())[1]).toEqual([0, 37 * each]);
          await ward.verify();
        }
      },
    );
  });

  test('batches that name the same subjects in any order wait for each other and lose nothing', async () => {
    const wards: Ward[] = [];
    for (let index = 0; index < 4; index++) {
      const ward = await Ward.open(used.store, used.place);
      await ward.add('tokens', 100 * 40, { window: WINDOWS[1]! });
      await ward.add('requests', 30, { subject: ward.subject('account') });
      wards.push(ward);
    }
    const calls = Array.from({ length: 40 }, async (_, index) => {
      const { limits } = index % 2 ? used.store : used.other;
      const order = index % 3 ? wards : wards.toReversed();
      const asks = order.map((ward) => ward.ask());
      const answers = await limits.reserve(asks);
      const rows = order.flatMap((ward, at) =>
        answers[at]!.ok ? [{ row: ward.row(asks[at]!, answers[at], 60) }] : [],
      );
      await limits.settle(index % 5 ? rows : rows.toReversed());
      return answers.filter(({ ok }) => ok).length;
    });
    expect((await Promise.all(calls)).reduce((a, b) => a + b)).toBe(4 * 30);
    for (const ward of wards)
      expect(await ward.states()).toEqual([
        [30 * 60, 0],
        [30, 0],
      ]);
    await wards[0]!.verify();
  });
});
