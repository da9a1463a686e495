import type { AppliedLimit, Limit, LimitState, Slot, Take, Unit } from './limit.ts';
import { costOfSum, sumWithin, type Prices } from './price.ts';
import { liveSpan, slotAt, slotEndsAt } from './window.ts';

/** The most a call can use, known before it is made. */
export interface Bound {
  readonly inputTokens: number;
  /** What the client asked for, or the model's most; of all copies together. */
  readonly outputTokens: number;
  /** How many answers of equal length share `outputTokens`, when more than one is asked for. */
  readonly copies?: number;
  /** Whether the output may be lowered to what is affordable: the client named no maximum. */
  readonly flexible: boolean;
  /** Null: no price is known. */
  readonly prices: Prices | null;
  /** A cost known beforehand (a verify call) in place of tokens and prices. */
  readonly costNano?: bigint;
}

/** A limit that applies to a call, with what is known of its use. */
export interface Counted {
  readonly applied: AppliedLimit;
  readonly slots: readonly Slot[];
}

export type Allocation = Granted | Short | Unpriced;

/** Everything fits. `takes` are to be added to `reserved` of their slots, all or none. */
export interface Granted {
  readonly ok: true;
  /** The time the call counts at, to be kept with it: now, or the latest `sinceMs` should the clock be behind that. */
  readonly admittedAtMs: number;
  readonly takes: readonly Take[];
  /** As asked, or lowered to what is affordable. */
  readonly outputTokens: number;
  /** After the takes. */
  readonly states: readonly LimitState[];
}

/** A limit has no room. `limit`: the one that frees last of those that refuse. */
export interface Short {
  readonly ok: false;
  readonly reason: 'short';
  readonly limit: LimitState;
  /** What the call needs of `limit`, with its output lowered as far as it may be. */
  readonly need: bigint;
  /**
   * When the call would be admitted by every limit if nothing else happened; null: not by itself. Where something else
   * is short too, calls under way are taken to end by then.
   */
  readonly freesAtMs: number | null;
  readonly states: readonly LimitState[];
}

/** A cost limit applies, and what the call costs is not known. */
export interface Unpriced {
  readonly ok: false;
  readonly reason: 'unpriced';
  readonly states: readonly LimitState[];
}

/** An answer shorter than this is of no use: a call that can afford less is refused rather than lowered. */
export const LEAST_OUTPUT_TOKENS = 16;

/**
 * Decides one call against all limits that apply to it, and says what it takes of each: all or nothing. Never takes less
 * than the call can use: what is lowered is the call itself.
 */
export function allocate(bound: Bound, counted: readonly Counted[], nowMs: number): Allocation {
  let atMs = nowMs;
  for (const { applied } of counted) atMs = Math.max(atMs, applied.limit.sinceMs);
  const standings = counted.map(({ applied, slots }): Standing => ({
    applied,
    slots,
    state: stateOf(applied, slots, atMs),
  }));
  const states = standings.map(({ state }) => state);
  if (
    bound.prices === null &&
    bound.costNano === undefined &&
    states.some(({ applied }) => applied.limit.unit === 'cost')
  ) {
    return { ok: false, reason: 'unpriced', states };
  }
  const outputTokens = bound.flexible ? affordableOutput(bound, states) : bound.outputTokens;
  const needs = needsOf(bound, outputTokens);
  const short = standings.filter(({ applied, state }) => needs[applied.limit.unit] > state.remaining);
  if (short.length > 0) return { ...refusal(bound, counted, short, atMs), states };
  const takes: Take[] = [];
  const after: LimitState[] = [];
  for (const { applied, slots, state } of standings) {
    const taken = takeOf(applied, slots, needs, atMs);
    takes.push(taken);
    after.push(afterTake(state, slots, taken));
  }
  return { ok: true, admittedAtMs: atMs, takes, outputTokens, states: after };
}

/** Where a limit stands now. */
export function stateOf(applied: AppliedLimit, slots: readonly Slot[], nowMs: number): LimitState {
  const { limit } = applied;
  const { firstMs, lastMs } = liveSpan(limit, slots, nowMs);
  let used = 0n;
  let reserved = 0n;
  let oldestMs = Infinity;
  for (const slot of slots) {
    if (slot.slotMs < firstMs || slot.slotMs > lastMs) continue;
    used += slot.settled;
    reserved += slot.reserved;
    if (slot.slotMs < oldestMs && !isEmpty(slot)) oldestMs = slot.slotMs;
  }
  const rest = limit.amount - used - reserved;
  const freesAtMs = oldestMs === Infinity ? null : slotEndsAt(limit, slots, oldestMs);
  return { applied, used, reserved, remaining: rest > 0n ? rest : 0n, freesAtMs };
}

type Needs = Readonly<Record<Unit, bigint>>;

/** The most a call with this much output can use. Costs are rounded up, as they are when it is charged. */
export function needsOf(bound: Bound, outputTokens: number): Needs {
  return {
    requests: 1n,
    concurrency: 1n,
    tokens: BigInt(bound.inputTokens) + BigInt(outputTokens),
    cost: bound.costNano ?? (bound.prices === null ? 0n : mostCost(bound, bound.prices, outputTokens)),
  };
}

function mostCost(bound: Bound, prices: Prices, outputTokens: number): bigint {
  return costOfSum(inputSum(bound, prices) + BigInt(outputTokens) * prices.outputNanoPerMillion, prices);
}

/** In millionths of a nano-unit, before any multiplier: every input token at the dearest rate it can be charged at. */
function inputSum({ inputTokens }: Bound, prices: Prices): bigint {
  const { inputNanoPerMillion: plain, cachedInputNanoPerMillion: cached, cacheWriteNanoPerMillion: written } = prices;
  let dearest = plain;
  if (cached !== null && cached > dearest) dearest = cached;
  if (written !== null && written > dearest) dearest = written;
  return BigInt(inputTokens) * dearest;
}

/** The output that fits into every limit, at most what was asked; or the least useful one, which will then be refused. */
function affordableOutput(bound: Bound, states: readonly LimitState[]): number {
  let most = BigInt(bound.outputTokens);
  for (const { applied, remaining } of states) {
    const fits = outputWithin(applied.limit.unit, remaining, bound);
    if (fits !== null && fits < most) most = fits;
  }
  // Each copy gets the same.
  const given = Number(most) - (Number(most) % (bound.copies ?? 1));
  return Math.max(given, leastOutput(bound));
}

/** What a call is lowered to before it is refused, all copies together. */
export function leastOutput({ flexible, outputTokens, copies = 1 }: Bound): number {
  return flexible ? Math.min(outputTokens, LEAST_OUTPUT_TOKENS * copies) : outputTokens;
}

/** Below zero where not even the input fits; null where output takes nothing of the unit. */
function outputWithin(unit: Unit, remaining: bigint, bound: Bound): bigint | null {
  if (unit === 'tokens') return remaining - BigInt(bound.inputTokens);
  const { prices } = bound;
  if (unit !== 'cost' || prices === null || bound.costNano !== undefined || prices.outputNanoPerMillion === 0n)
    return null;
  const most = sumWithin(remaining, prices);
  return most === null ? null : (most - inputSum(bound, prices)) / prices.outputNanoPerMillion;
}

/** A limit that applies, and where it stands. */
interface Standing extends Counted {
  readonly state: LimitState;
}

function takeOf({ limit, subjectId }: AppliedLimit, slots: readonly Slot[], needs: Needs, atMs: number): Take {
  return { subjectId, limitId: limit.id, slotMs: slotAt(limit, slots, atMs), amount: needs[limit.unit] };
}

function afterTake(
  { applied, used, reserved, remaining, freesAtMs }: LimitState,
  slots: readonly Slot[],
  { slotMs, amount }: Take,
): LimitState {
  const endsAtMs = amount === 0n ? null : slotEndsAt(applied.limit, slots, slotMs);
  return {
    applied,
    used,
    reserved: reserved + amount,
    remaining: remaining - amount,
    freesAtMs: earlier(freesAtMs, endsAtMs),
  };
}

function earlier(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** Which of the limits that are short to name, and when all limits would admit the call, lowered as far as it may be. */
function refusal(
  bound: Bound,
  counted: readonly Counted[],
  short: readonly Standing[],
  atMs: number,
): Omit<Short, 'states'> {
  const needs = needsOf(bound, leastOutput(bound));
  // A place among calls under way frees at any moment: what else is short says more, and for how long.
  const lasting = short.filter(({ applied }) => !isOpening(applied.limit));
  const named = lasting.length > 0 ? lasting : short;
  const shortages = named.map(({ applied, slots, state }) => {
    const need = needs[applied.limit.unit];
    return { limit: state, need, freesAtMs: fitsAt(applied, slots, need, atMs) };
  });
  const { limit, need } = shortages.reduce((a, b) => (isLater(b.freesAtMs, a.freesAtMs) ? b : a));
  const awaited = lasting.length > 0 ? counted.filter(({ applied }) => !isOpening(applied.limit)) : counted;
  return { ok: false, reason: 'short', limit, need, freesAtMs: allFitAt(awaited, needs, atMs) };
}

/** Has room as soon as a call ends, if nothing else does. */
function isOpening({ unit, amount }: Limit): boolean {
  return unit === 'concurrency' && amount > 0n;
}

function isLater(a: number | null, b: number | null): boolean {
  return b !== null && (a === null || a > b);
}

/** While one limit frees, another may fill with what was used before the clock was set back: hence until none objects. */
function allFitAt(counted: readonly Counted[], needs: Needs, fromMs: number): number | null {
  let atMs = fromMs;
  for (;;) {
    const startMs = atMs;
    for (const { applied, slots } of counted) {
      const next = fitsAt(applied, slots, needs[applied.limit.unit], atMs);
      if (next === null) return null;
      atMs = next;
    }
    if (atMs === startMs) return atMs;
  }
}

/** The first moment from `fromMs` on that has room for the need. What is held may come back earlier; that is not promised. */
function fitsAt(applied: AppliedLimit, slots: readonly Slot[], need: bigint, fromMs: number): number | null {
  let atMs: number | null = fromMs;
  // In each round at least one slot leaves for good.
  for (let rounds = slots.length; atMs !== null && rounds >= 0; rounds -= 1) {
    const { used, reserved, remaining } = stateOf(applied, slots, atMs);
    if (need <= remaining) return atMs;
    atMs = leavesRoomAt(applied.limit, slots, used + reserved + need - applied.limit.amount, atMs);
  }
  return null;
}

/** When so much of what counts now will have left the window; null: never by itself. */
function leavesRoomAt(limit: Limit, slots: readonly Slot[], excess: bigint, nowMs: number): number | null {
  const { firstMs, lastMs } = liveSpan(limit, slots, nowMs);
  const live = slots.filter(({ slotMs }) => slotMs >= firstMs && slotMs <= lastMs);
  let over = excess;
  for (const slot of live.toSorted((a, b) => a.slotMs - b.slotMs)) {
    over -= slot.settled + slot.reserved;
    if (over <= 0n) return slotEndsAt(limit, slots, slot.slotMs);
  }
  return null;
}

function isEmpty({ settled, reserved }: Slot): boolean {
  return settled === 0n && reserved === 0n;
}
