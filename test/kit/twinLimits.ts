import { expect } from 'vitest';
import type { LimitStore } from '../../src/core/limitStore.ts';
import type { SimLimits } from './memoryLimits.ts';

/**
 * Two stores of limits that are told the same, each in the order it is asked; whatever the first answers, the second has
 * to answer too. So what is proven on the one with the lives that are quick to run holds for the other.
 */
export function twinLimits(real: () => LimitStore, double: SimLimits): SimLimits {
  async function both<T>(ask: (limits: SimLimits) => Promise<T>): Promise<T> {
    // The double is asked at once: while the real one is under way, the next question may come.
    const [one, other] = await Promise.all([ask(real()), ask(double)]);
    expect(other).toEqual(one);
    return one;
  }
  return {
    reserve: (asks) => both((limits) => limits.reserve(asks)),
    charge: (asks) => both((limits) => limits.charge(asks)),
    settle: (rows) => both((limits) => limits.settle(rows)),
    release: (ids) => both((limits) => limits.release(ids)),
    probe: (ask) => both((limits) => limits.probe(ask)),
    statesOf: (key, nowMs) => both((limits) => limits.statesOf(key, nowMs)),
    create: (limit) => both((limits) => limits.create(limit)),
    setAmount: (id, amount) => both((limits) => limits.setAmount(id, amount)),
    remove: (id) => both((limits) => limits.remove(id)),
    reset: (id, nowMs) => both((limits) => limits.reset(id, nowMs)),
    resetKey: (keyId, nowMs) => both((limits) => limits.resetKey(keyId, nowMs)),
    abandonLost: (nowMs) => both((limits) => limits.abandonLost(nowMs)),
    adjust: (adjustment) => both((limits) => limits.adjust(adjustment)),
  };
}
