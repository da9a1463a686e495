import { needsOf, type Bound, type Granted } from '../core/allocate.ts';
import type { LedgerRow } from '../core/ledger.ts';
import type { AppliedLimit, LimitState, Slot, Take, Unit } from '../core/limit.ts';
import type { OpenCall } from '../core/limitStore.ts';
import { NO_USAGE } from '../core/usage.ts';
import { storable } from './columns.ts';
import { pricesOfText, pricesText } from './ledgerRow.ts';

/** A take as it is kept with its call, with the unit it is of. */
export interface HeldTake extends Take {
  readonly unit: Unit;
}

/** The most a call under way can use. `costNano` null: no price is known. */
export interface HeldUse {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNano: bigint | null;
}

/** A call under way. */
export interface Reservation {
  readonly call: OpenCall;
  readonly nodeId: string;
  readonly startedAtMs: number;
  readonly use: HeldUse;
  readonly takes: readonly HeldTake[];
}

/** The reservation of a call that was granted. */
export function reservationOf(call: OpenCall, bound: Bound, granted: Granted, nodeId: string): Reservation {
  const { outputTokens, admittedAtMs } = granted;
  const priced = bound.prices !== null || bound.costNano !== undefined;
  return {
    call,
    nodeId,
    startedAtMs: admittedAtMs,
    use: {
      inputTokens: bound.inputTokens,
      outputTokens,
      costNano: priced ? bounded(needsOf(bound, outputTokens).cost) : null,
    },
    takes: heldTakes(granted),
  };
}

/** What a column can hold: a call that no cost limit applies to may ask for any number of tokens. */
function bounded(costNano: bigint): bigint {
  return costNano < MOST ? costNano : MOST;
}

const MOST = 2n ** 63n - 1n;

/** Takes stand in the order of the states. */
function heldTakes({ takes, states }: Granted): HeldTake[] {
  return states.flatMap(({ applied }, index) => {
    const take = takes[index];
    return take ? [{ ...take, unit: applied.limit.unit }] : [];
  });
}

/** As it is stored, column by column: account, project, id, key, node, start, call, takes. */
export type ReservationValues = readonly [string, string, string, string, string, number, string, string];

export function toReservationValues({ call, nodeId, startedAtMs, use, takes }: Reservation): ReservationValues {
  return [
    call.accountId,
    call.projectId,
    call.id,
    call.keyId,
    nodeId,
    startedAtMs,
    callText(call, use),
    takesText(takes),
  ];
}

function callText(call: OpenCall, use: HeldUse): string {
  return JSON.stringify([
    storable(call.route),
    call.resourceType,
    call.resourceId,
    call.resourceName && storable(call.resourceName),
    call.providerId,
    call.prices && pricesText(call.prices),
    call.address && storable(call.address),
    call.streamed,
    use.inputTokens,
    use.outputTokens,
    use.costNano === null ? null : use.costNano.toString(),
    ...(call.parentKeyId === undefined ? [] : [call.parentKeyId]),
  ]);
}

type StoredCall = readonly [
  string,
  OpenCall['resourceType'],
  string | null,
  string | null,
  string | null,
  string | null,
  string | null,
  boolean,
  number,
  number,
  string | null,
  // Of the key it was made from, for calls of temporary keys.
  string?,
];

export interface ReservationRow {
  account_id: string;
  project_id: string;
  id: string;
  key_id: string;
  node_id: string;
  started_at_ms: number;
  call: string;
  takes: string;
}

export function fromReservationRow(row: ReservationRow): Reservation {
  const [
    route,
    resourceType,
    resourceId,
    resourceName,
    providerId,
    prices,
    address,
    streamed,
    input,
    output,
    cost,
    parent,
  ] = JSON.parse(row.call) as StoredCall;
  return {
    call: {
      id: row.id,
      accountId: row.account_id,
      projectId: row.project_id,
      keyId: row.key_id,
      ...(parent !== undefined && { parentKeyId: parent }),
      route,
      resourceType,
      resourceId,
      resourceName,
      providerId,
      prices: prices === null ? null : pricesOfText(prices),
      address,
      streamed,
    },
    nodeId: row.node_id,
    startedAtMs: row.started_at_ms,
    use: { inputTokens: input, outputTokens: output, costNano: cost === null ? null : BigInt(cost) },
    takes: takesOf(row.takes),
  };
}

export function takesText(takes: readonly HeldTake[]): string {
  return JSON.stringify(
    takes.map(({ limitId, subjectId, slotMs, amount, unit }) => [limitId, subjectId, slotMs, amount.toString(), unit]),
  );
}

export function takesOf(text: string): HeldTake[] {
  return (JSON.parse(text) as [string, string, number, string, Unit][]).map(
    ([limitId, subjectId, slotMs, amount, unit]) => ({ limitId, subjectId, slotMs, amount: BigInt(amount), unit }),
  );
}

/** What is charged for a call. */
export interface Charge {
  readonly tokens: bigint;
  /** Null: no price was known. */
  readonly costNano: bigint | null;
}

/** How much of a unit a finished call used; a call that has ended is not under way. */
export function usedOf(unit: Unit, charge: Charge): bigint {
  switch (unit) {
    case 'requests':
      return 1n;
    case 'tokens':
      return charge.tokens;
    case 'cost':
      return charge.costNano ?? 0n;
    case 'concurrency':
      return 0n;
  }
}

/** The charge, held to what was reserved where a limit of its unit applied. */
export function heldTo(takes: readonly HeldTake[], charge: Charge): Charge {
  let { tokens, costNano } = charge;
  for (const { unit, amount } of takes) {
    if (unit === 'tokens' && tokens > amount) tokens = amount;
    if (unit === 'cost' && costNano !== null && costNano > amount) costNano = amount;
  }
  return { tokens, costNano };
}

/** A take, and the limit it is of. */
export interface CountingTake {
  readonly take: HeldTake;
  readonly applied: AppliedLimit;
}

/** The takes whose limits still apply and still count them. */
export function takesThatCount(takes: readonly HeldTake[], limits: readonly AppliedLimit[]): CountingTake[] {
  return takes.flatMap((take) => {
    const applied = limits.find(({ limit, subjectId }) => limit.id === take.limitId && subjectId === take.subjectId);
    return applied ? [{ take, applied }] : [];
  });
}

/** A slot once what a call took of it is exchanged for what it is charged. */
export function exchanged(slot: Slot, { amount, unit }: HeldTake, charge: Charge): Slot {
  return { ...slot, reserved: slot.reserved - amount, settled: slot.settled + usedOf(unit, charge) };
}

/** What a counter is changed by when a call is charged otherwise than it was. */
export interface Correction {
  readonly limitId: string;
  readonly subjectId: string;
  readonly slotMs: number;
  readonly by: bigint;
}

export function correctionsOf(counting: readonly CountingTake[], charge: Charge, was: Charge): Correction[] {
  return counting
    .map(({ take: { limitId, subjectId, slotMs, unit } }) => ({
      limitId,
      subjectId,
      slotMs,
      by: usedOf(unit, charge) - usedOf(unit, was),
    }))
    .filter(({ by }) => by !== 0n);
}

/**
 * The charge of a call that used more than was reserved for it: as much more as every limit that counts it has room for.
 * `states`: where those stand at the time it was admitted, with `held` charged.
 */
export function withinRoom(held: Charge, used: Charge, states: readonly LimitState[]): Charge {
  const roomOf = (unit: Unit): bigint | null =>
    states
      .filter(({ applied }) => applied.limit.unit === unit)
      .reduce<bigint | null>((least, { remaining }) => (least === null || remaining < least ? remaining : least), null);
  const within = (unit: Unit, from: bigint, to: bigint): bigint => {
    const room = roomOf(unit);
    return room === null || from + room > to ? to : from + room;
  };
  return {
    tokens: within('tokens', held.tokens, used.tokens),
    costNano:
      held.costNano === null || used.costNano === null ? held.costNano : within('cost', held.costNano, used.costNano),
  };
}

/** The ledger row of a call that nobody will settle: charged, and shown as used, at what was reserved for it. */
export function abandonedRow({ call, startedAtMs, use }: Reservation, nowMs: number): LedgerRow {
  return {
    ...call,
    outcome: 'abandoned',
    status: 0,
    usage: { ...NO_USAGE, inputTokens: use.inputTokens, outputTokens: use.outputTokens },
    usageSource: 'estimated',
    costNano: use.costNano,
    chargedTokens: use.inputTokens + use.outputTokens,
    chargedCostNano: use.costNano,
    startedAtMs,
    firstByteMs: null,
    durationMs: Math.max(0, nowMs - startedAtMs),
  };
}

export function isSame(a: Charge, b: Charge): boolean {
  return a.tokens === b.tokens && a.costNano === b.costNano;
}

/** Never more than before; the cost of a call reserved without a price is what it turned out to be. */
export function lesser(a: Charge, b: Charge): Charge {
  const costNano = a.costNano !== null && b.costNano !== null && b.costNano < a.costNano ? b.costNano : a.costNano;
  return { tokens: a.tokens < b.tokens ? a.tokens : b.tokens, costNano };
}
