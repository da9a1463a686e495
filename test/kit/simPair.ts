import type { LedgerRow } from '../../src/core/ledger.ts';
import type { SubjectType, Unit } from '../../src/core/limit.ts';
import type { LimitModel } from './limitModel.ts';
import type { SimKey } from './memoryLimits.ts';

/** The most a call can use, reckoned by the simulation itself. */
export type SimNeeds = Readonly<Record<Unit, bigint>>;

export interface SimCall {
  readonly id: string;
  /** Its name in the models. */
  readonly number: number;
  readonly key: SimKey;
  readonly atMs: number;
  readonly needs: SimNeeds;
  /** Whether what it costs was known when it was admitted. */
  readonly isPriced: boolean;
  /** What it is charged, once it has ended. */
  charge: { tokens: bigint; cost: bigint | null } | null;
  outcome: LedgerRow['outcome'] | null;
  /** Of these units it is charged more than it reserved only as far as there is room. */
  readonly heldUnits: Set<Unit>;
}

/** A limit and one of those it is set on. */
export interface Pair {
  readonly limitId: string;
  readonly subjectType: SubjectType;
  readonly subjectId: string;
  readonly model: LimitModel;
  /** Nobody lowered it, or made it when much was used: at no moment is more used than it lets pass. */
  isStrict: boolean;
  /** Calls that were under way when it was made, in a window that was over by then: they count there, where nobody looks. */
  readonly past: Set<number>;
}

export function tokensOf({ inputTokens, outputTokens }: LedgerRow['usage']): bigint {
  return BigInt(inputTokens) + BigInt(outputTokens);
}

export function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** For a rolling window of any span that the moment lies in. */
export function mostUsed(model: LimitModel, atMs: number): bigint {
  const { unit, window } = model;
  return unit !== 'concurrency' && window.kind === 'rolling'
    ? model.fullestSpanAt(window.windowMs, atMs)
    : model.usedAt(atMs);
}

export function chargeOf(unit: Unit, { charge }: SimCall): bigint {
  if (unit === 'requests') return 1n;
  if (unit === 'concurrency' || !charge) return 0n;
  return unit === 'tokens' ? charge.tokens : (charge.cost ?? 0n);
}

export function isOf(key: SimKey, { subjectType, subjectId }: Pick<Pair, 'subjectType' | 'subjectId'>): boolean {
  return { key: key.keyId, project: key.projectId, account: key.accountId }[subjectType] === subjectId;
}
