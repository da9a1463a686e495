import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LimitWindow } from '../../src/core/limit.ts';
import type { ReserveAsk, Reserved } from '../../src/core/limitStore.ts';
import { HOUR_MS, UNITS, Ward } from '../kit/limits.ts';
import { engines, newId, useStore } from '../kit/stores.ts';

const WINDOWS: readonly LimitWindow[] = [
  { kind: 'session', windowMs: HOUR_MS },
  { kind: 'rolling', windowMs: 60_000 },
  { kind: 'calendar', period: 'day', timeZone: 'America/New_York' },
  { kind: 'lifetime' },
];
const SUBJECTS = ['key', 'template', 'project', 'account'] as const;

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('reserve' as const),
      tokens: fc.array(fc.integer({ min: 0, max: 150 }), { minLength: 1, maxLength: 4 }),
      flexible: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      which: fc.nat(),
      tokens: fc.integer({ min: 0, max: 200 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: -90_000, max: 3 * HOUR_MS })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      unit: fc.constantFrom(...UNITS),
      window: fc.constantFrom(...WINDOWS),
      subject: fc.constantFrom(...SUBJECTS),
      amount: fc.integer({ min: 0, max: 600 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('remove' as const, 'reset' as const), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('amount' as const),
      which: fc.nat(),
      amount: fc.integer({ min: 0, max: 600 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('move' as const, 'leave' as const, 'resetKey' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe.each(engines)('random histories on %s', (engine) => {
  const used = useStore(engine);

  test(
    'after every step counters are what ledger and calls under way say, and nothing was granted beyond an amount',
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => play(steps)),
        { numRuns: engine === 'sqlite' ? 60 : 15 },
      );
    },
  );

  async function play(steps: readonly Step[]): Promise<void> {
    const { limits, keys } = used.store;
    const ward = await Ward.open(used.store, used.place);
    const template = { id: newId('tpl'), accountId: ward.key.accountId, name: 't', createdAtMs: 1 };
    await limits.createTemplate(template, []);
    const open: { ask: ReserveAsk; answer: Reserved }[] = [];
    const made: string[] = [];
    const pick = <T>(list: readonly T[], which: number): T | undefined => list[which % Math.max(1, list.length)];

    for (const one of steps) {
      switch (one.do) {
        case 'reserve': {
          const asks = one.tokens.map((outputTokens) =>
            ward.ask({ inputTokens: 0, outputTokens, flexible: one.flexible }),
          );
          const answers = await ward.reserve(...asks);
          for (const [index, answer] of answers.entries()) {
            if (!answer.ok) continue;
            open.push({ ask: asks[index]!, answer });
            // A limit that was made too small may be passed already, by calls that take nothing more of it.
            for (const [at, { used: usedNow, reserved, applied }] of answer.states.entries())
              expect(usedNow + reserved <= applied.limit.amount || answer.takes[at]?.amount === 0n).toBe(true);
          }
          break;
        }
        case 'settle': {
          const call = pick(open, one.which);
          if (!call) break;
          open.splice(open.indexOf(call), 1);
          await ward.settle(ward.row(call.ask, call.answer, one.tokens));
          break;
        }
        case 'release': {
          const call = pick(open, one.which);
          if (!call) break;
          open.splice(open.indexOf(call), 1);
          await limits.release([call.ask.call.id]);
          break;
        }
        case 'wait':
          await ward.at(ward.nowMs + one.ms);
          break;
        case 'create': {
          const subject =
            one.subject === 'template' ? ({ type: 'template', id: template.id } as const) : ward.subject(one.subject);
          const limit = ward.limit(one.unit, one.amount, { window: one.window, subject });
          await limits.create(limit).then(
            () => made.push(limit.id),
            (error: unknown) => expect(error).toMatchObject({ code: 'conflict' }),
          );
          break;
        }
        case 'remove':
          await limits.remove(pick(made, one.which) ?? 'lim_none');
          break;
        case 'reset':
          await limits.reset(pick(made, one.which) ?? 'lim_none', ward.nowMs);
          break;
        case 'amount':
          await limits.setAmount(pick(made, one.which) ?? 'lim_none', BigInt(one.amount));
          break;
        case 'move':
          await keys.update(ward.key.id, { limitTemplateId: template.id }, ward.nowMs);
          break;
        case 'leave':
          await keys.update(ward.key.id, { limitTemplateId: null }, ward.nowMs);
          break;
        case 'resetKey':
          await limits.resetKey(ward.key.id, ward.nowMs);
      }
      const mine = new Set([ward.key.id, ward.key.projectId, ward.key.accountId]);
      const found = await limits.verify({ repair: false, nowMs: ward.nowMs });
      expect(found.filter(({ subjectId }) => mine.has(subjectId))).toEqual([]);
    }
    for (const { ask, answer } of open) await ward.settle(ward.row(ask, answer, 10));
    const states = await limits.statesOf(ward.caller, ward.nowMs);
    expect(states.map(({ reserved }) => reserved)).toEqual(states.map(() => 0n));
    // What is left behind would only make the next proof longer.
    for (const id of made) await limits.remove(id);
  }
});
