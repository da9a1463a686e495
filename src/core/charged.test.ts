import { expect, test } from 'vitest';
import { afterCharge } from './charged.ts';
import type { LimitState, Take, Unit } from './limit.ts';

const END = 99_000;

function held(unit: Unit, amount: bigint, used: bigint, reserved: bigint): LimitState {
  const limit = { id: `lim_${unit}`, unit, amount, window: { kind: 'lifetime' }, sinceMs: 0 } as const;
  const rest = amount - used - reserved;
  return {
    applied: { limit, subjectType: 'key', subjectId: 'key_1' },
    used,
    reserved,
    remaining: rest > 0n ? rest : 0n,
    freesAtMs: END,
  };
}

const take = (unit: Unit, amount: bigint): Take => ({ subjectId: 'key_1', limitId: `lim_${unit}`, slotMs: 0, amount });
const units: readonly Unit[] = ['requests', 'tokens', 'cost', 'concurrency'];
const states = [
  held('requests', 10n, 3n, 2n),
  held('tokens', 1000n, 100n, 300n),
  held('cost', 500n, 0n, 70n),
  held('concurrency', 2n, 0n, 2n),
];
const takes = [take('requests', 1n), take('tokens', 200n), take('cost', 70n), take('concurrency', 1n)];
const after = (charge: Parameters<typeof afterCharge>[2]) =>
  Object.fromEntries(
    afterCharge(states, takes, charge).map(({ used, reserved, remaining, freesAtMs }, index) => [
      units[index],
      [used, reserved, remaining, freesAtMs],
    ]),
  );

test('what was reserved and not used is free again; the call itself and its charge stay used', () => {
  expect(after({ chargedTokens: 18, chargedCostNano: 30n })).toEqual({
    requests: [4n, 1n, 5n, END],
    tokens: [118n, 100n, 782n, END],
    cost: [30n, 0n, 470n, END],
    concurrency: [0n, 1n, 1n, END],
  });
});

test('beyond what was reserved as much is charged as the tightest limit has room for, and an unknown cost is none', () => {
  expect(after({ chargedTokens: 250, chargedCostNano: null })).toMatchObject({
    tokens: [350n, 100n, 550n, END],
    cost: [0n, 0n, 500n, null],
  });
  expect(after({ chargedTokens: 9999, chargedCostNano: 9999n })).toMatchObject({
    tokens: [900n, 100n, 0n, END],
    cost: [500n, 0n, 0n, END],
  });
  const tighter = held('tokens', 320n, 100n, 200n);
  const both = afterCharge([states[1]!, tighter], [take('tokens', 200n), take('tokens', 200n)], {
    chargedTokens: 9999,
    chargedCostNano: null,
  });
  expect(both).toMatchObject([
    { used: 320n, remaining: 580n },
    { used: 320n, remaining: 0n },
  ]);
});

test('a call that is given back leaves no trace, not even when it would free', () => {
  expect(after(null)).toEqual({
    requests: [3n, 1n, 6n, END],
    tokens: [100n, 100n, 800n, END],
    cost: [0n, 0n, 500n, null],
    concurrency: [0n, 1n, 1n, END],
  });
});

test('a limit lowered below what is used leaves nothing, and no negative rest; one without a take stays as it is', () => {
  const lowered = held('tokens', 50n, 100n, 20n);
  expect(afterCharge([lowered], [take('tokens', 10n)], { chargedTokens: 5, chargedCostNano: null })[0]).toMatchObject({
    used: 105n,
    reserved: 10n,
    remaining: 0n,
  });
  expect(afterCharge([states[1]!], [], { chargedTokens: 5, chargedCostNano: null })[0]).toMatchObject({
    used: 100n,
    reserved: 300n,
  });
});
