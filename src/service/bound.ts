import type { Bound } from '../core/allocate.ts';
import type { Target } from './directory.ts';

/** The most a request may use, as far as the request itself says. */
export interface Demand {
  readonly inputTokens: number;
  /** Null: the client named no maximum, and one may be set for it. `unknown`: no maximum can be named, or none that holds. */
  readonly outputTokens: number | 'unknown' | null;
  /** How many answers are asked for at once (`n`, `best_of`); each may be as long as the maximum. */
  readonly copies: number;
  /** `tokens`: by the model's price. `unknown`: it is charged by what cannot be told from outside. Otherwise a cost known beforehand. */
  readonly cost: 'tokens' | 'unknown' | bigint;
}

/** Nothing but itself: a list, a service's call, a proxy's question. */
export const NO_DEMAND: Demand = { inputTokens: 0, outputTokens: 0, copies: 1, cost: 0n };

/**
 * Reserved for an answer whose longest possible length nobody has told: neither the client nor the catalogue. The call
 * is then sent with it as its maximum, so that it holds.
 */
export const UNKNOWN_OUTPUT_TOKENS = 16_384;

/** More than any model gives, and small enough to be added up: what a client names may be any number. */
const MOST_TOKENS = 1e15;

/** A demand on a target, in the terms limits are decided in. */
export function boundOf(demand: Demand, target: Target | null): Bound {
  const { inputTokens, outputTokens: named, copies } = demand;
  const perCopy = typeof named === 'number' ? named : (target?.maxOutputTokens ?? UNKNOWN_OUTPUT_TOKENS);
  const bound = {
    inputTokens,
    outputTokens: Math.min(perCopy * copies, MOST_TOKENS),
    flexible: named === null,
    ...(copies > 1 && { copies }),
  };
  if (typeof demand.cost === 'bigint') return { ...bound, prices: null, costNano: demand.cost };
  return { ...bound, prices: demand.cost === 'tokens' ? (target?.prices ?? null) : null };
}

/** The maximum to send a call with, so that it uses no more than was reserved: null when it names one, or no limit asks. */
export function outputToSet(demand: Demand, grantedTokens: number, limited: boolean): number | null {
  if (demand.outputTokens !== null || !limited) return null;
  return Math.max(1, Math.floor(grantedTokens / demand.copies));
}
