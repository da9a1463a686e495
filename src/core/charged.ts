import type { LedgerRow } from './ledger.ts';
import type { LimitState, Take, Unit } from './limit.ts';

type Charge = Pick<LedgerRow, 'chargedTokens' | 'chargedCostNano'>;

/**
 * Where limits stand once a call is charged (null: given back): `states` with the call taken in, `takes` what it took of
 * each, in the same order. What other calls did meanwhile is not in it.
 */
export function afterCharge(
  states: readonly LimitState[],
  takes: readonly Take[],
  charge: Charge | null,
): LimitState[] {
  /** Beyond what it took, a call is charged what the tightest limit of the unit has room for. */
  const chargedOf = (unit: Unit, given: Charge): bigint =>
    states
      .flatMap(({ applied, remaining }, index) => {
        const take = takes[index];
        return take && applied.limit.unit === unit ? [remaining + take.amount] : [];
      })
      .reduce(lesser, chargeOf(unit, given));
  return states.map((state, index) => {
    const { limit } = state.applied;
    const take = takes[index];
    const taken = take?.amount ?? 0n;
    const charged = charge && take ? chargedOf(limit.unit, charge) : 0n;
    const used = state.used + charged;
    const reserved = state.reserved - taken;
    const rest = limit.amount - used - reserved;
    const freesAtMs = used + reserved === 0n ? null : state.freesAtMs;
    return { applied: state.applied, used, reserved, remaining: rest > 0n ? rest : 0n, freesAtMs };
  });
}

function chargeOf(unit: Unit, { chargedTokens, chargedCostNano }: Charge): bigint {
  switch (unit) {
    case 'requests':
      return 1n;
    case 'tokens':
      return BigInt(chargedTokens);
    case 'cost':
      return chargedCostNano ?? 0n;
    case 'concurrency':
      return 0n;
  }
}

function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
