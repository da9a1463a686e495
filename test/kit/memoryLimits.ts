import { allocate, stateOf } from '../../src/core/allocate.ts';
import type { LedgerRow } from '../../src/core/ledger.ts';
import type { AppliedLimit, LimitState, Slot, SubjectType, Take } from '../../src/core/limit.ts';
import type {
  Adjustment,
  ChargeAsk,
  LimitStore,
  ReserveAsk,
  Reserved,
  Settling,
  StoredLimit,
} from '../../src/core/limitStore.ts';
import { liveSpan, slotAt, slotOfTime } from '../../src/core/window.ts';
import { decide } from '../../src/store/decide.ts';
import { applied } from '../../src/store/limitRow.ts';
import {
  abandonedRow,
  correctionsOf,
  heldTo,
  lesser,
  reservationOf,
  takesThatCount,
  usedOf,
  withinRoom,
  type Charge,
  type HeldUse,
  type Reservation,
} from '../../src/store/reservation.ts';

/** The part of a store of limits that the simulation drives. */
export type SimLimits = Pick<
  LimitStore,
  | 'reserve'
  | 'charge'
  | 'settle'
  | 'release'
  | 'probe'
  | 'statesOf'
  | 'create'
  | 'setAmount'
  | 'remove'
  | 'reset'
  | 'resetKey'
  | 'abandonLost'
  | 'adjust'
>;

/** A key, as limits see it. */
export interface SimKey {
  readonly accountId: string;
  readonly projectId: string;
  readonly keyId: string;
  readonly templateId: string | null;
}

interface Counter {
  readonly slotMs: number;
  settled: bigint;
  reserved: bigint;
}

/**
 * The store of limits as one would write it without a disk: plain maps, nothing cached, nothing batched. It shares the
 * rules with the real stores, and nothing of how they read and write. `TwinLimits` holds it to what they answer.
 */
export class MemoryLimits implements SimLimits {
  /** Names this process in the calls it has under way. */
  nodeId = 'node_1';
  readonly #keys: readonly SimKey[];
  readonly #keysSince = new Map<string, number>();
  #limits: StoredLimit[] = [];
  readonly #counters = new Map<string, Counter[]>();
  readonly #open = new Map<string, Reservation>();
  readonly #rows = new Map<string, LedgerRow>();
  readonly #decided = new Set<string>();

  constructor(keys: readonly SimKey[]) {
    this.#keys = keys;
  }

  get rows(): readonly LedgerRow[] {
    return [...this.#rows.values()];
  }

  get openIds(): readonly string[] {
    return [...this.#open.keys()];
  }

  async reserve(asks: readonly ReserveAsk[]): Promise<Reserved[]> {
    const answers = decide(asks, {
      limitsOf: (call) => this.#limitsOf(call),
      slotsOf: (one) => this.#slots(one.limit.id, one.subjectId),
      hold: (take) => this.#add(take, 0n, take.amount),
    });
    for (const [index, answer] of answers.entries()) {
      const { call, bound } = asks[index]!;
      if (answer.ok) this.#open.set(call.id, reservationOf(call, bound, answer, this.nodeId));
    }
    return answers;
  }

  async charge(asks: readonly ChargeAsk[]): Promise<Reserved[]> {
    const answers = await this.reserve(asks);
    for (const [index, { row }] of asks.entries()) if (answers[index]!.ok) this.#settleRow(row, false);
    return answers;
  }

  async settle(rows: readonly Settling[]): Promise<void> {
    for (const { row } of rows) this.#settleRow(row, true);
  }

  async release(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      for (const take of this.#open.get(id)?.takes ?? []) this.#add(take, 0n, -take.amount, false);
      this.#open.delete(id);
    }
  }

  async probe({ call, bound, nowMs }: ReserveAsk): Promise<Reserved> {
    const counted = this.#limitsOf(call).map((one) => ({
      applied: one,
      slots: this.#slots(one.limit.id, one.subjectId),
    }));
    return { admittedAtMs: nowMs, ...allocate(bound, counted, nowMs) };
  }

  async statesOf(key: Parameters<SimLimits['statesOf']>[0], nowMs: number): Promise<LimitState[]> {
    return this.#limitsOf(key).map((one) =>
      stateOf(one, this.#slots(one.limit.id, one.subjectId), Math.max(nowMs, one.limit.sinceMs)),
    );
  }

  async create(given: StoredLimit): Promise<void> {
    const isNew = given.window.kind === 'session' && given.unit !== 'concurrency';
    const subjects = this.#subjectsOf(given);
    const sinceMs = isNew ? this.#laterThanAll(subjects, given.createdAtMs) : given.sinceMs;
    const limit = { ...given, sinceMs };
    this.#limits.push(limit);
    this.#limits.sort((a, b) => a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : 1));
    if (isNew) return;
    for (const { type, id } of subjects)
      this.#recount(applied(limit, type, id, this.#sinceOf(type, id)), given.createdAtMs);
  }

  async setAmount(id: string, amount: bigint): Promise<StoredLimit | undefined> {
    return this.#change(id, (limit) => ({ ...limit, amount }));
  }

  async remove(id: string): Promise<boolean> {
    for (const name of this.#counters.keys()) if (name.startsWith(`${id} `)) this.#counters.delete(name);
    const before = this.#limits.length;
    this.#limits = this.#limits.filter((limit) => limit.id !== id);
    return this.#limits.length < before;
  }

  async reset(id: string, nowMs: number): Promise<StoredLimit | undefined> {
    return this.#change(id, (limit) => {
      const sinceMs = this.#laterThanAll(this.#subjectsOf(limit), Math.max(nowMs, limit.sinceMs));
      return { ...limit, sinceMs };
    });
  }

  async resetKey(keyId: string, nowMs: number): Promise<void> {
    const sinceMs = this.#laterThanAll([{ type: 'key', id: keyId }], nowMs);
    this.#keysSince.set(keyId, sinceMs);
    this.#limits = this.#limits.map((limit) =>
      limit.subject.type === 'key' && limit.subject.id === keyId ? { ...limit, sinceMs } : limit,
    );
  }

  async abandonLost(nowMs: number): Promise<number> {
    const lost = [...this.#open.values()].filter(({ nodeId }) => nodeId !== this.nodeId);
    for (const reservation of lost) this.#settleRow(abandonedRow(reservation, nowMs), false);
    return lost.length;
  }

  async adjust({ requestId, chargedTokens, chargedCostNano }: Adjustment): Promise<boolean> {
    const row = this.#rows.get(requestId);
    if (row?.outcome !== 'abandoned' || this.#decided.has(requestId)) return false;
    const was = chargeOf(row);
    const charge = { tokens: BigInt(chargedTokens), costNano: was.costNano === null ? null : chargedCostNano };
    this.#decided.add(requestId);
    this.#rows.set(requestId, { ...row, chargedTokens, chargedCostNano: charge.costNano });
    this.#correct(row, charge, was);
    return true;
  }

  #settleRow(given: LedgerRow, late: boolean): void {
    const held = this.#open.get(given.id);
    if (held) {
      this.#open.delete(given.id);
      const row = { ...given, startedAtMs: held.startedAtMs };
      const atFirst = heldTo(held.takes, chargeOf(given));
      for (const take of held.takes) {
        const used = usedOf(take.unit, atFirst);
        this.#add(take, used < take.amount ? used : take.amount, -take.amount, false);
      }
      const limits = this.#limitsOf(row).filter(({ limit }) => row.startedAtMs >= limit.sinceMs);
      const counting = takesThatCount(held.takes, limits);
      const states = counting.map(({ applied: one }) =>
        stateOf(one, this.#slots(one.limit.id, one.subjectId), row.startedAtMs),
      );
      const charge = withinRoom(atFirst, chargeOf(given), states);
      for (const { by, ...take } of correctionsOf(counting, charge, atFirst)) this.#add(take, by, 0n, false);
      this.#rows.set(given.id, charged(row, charge));
      return;
    }
    const earlier = this.#rows.get(given.id);
    if (!late || (earlier && earlier.outcome !== 'abandoned')) return;
    const was = earlier && chargeOf(earlier);
    const charge = was ? (this.#decided.has(given.id) ? was : lesser(chargeOf(given), was)) : chargeOf(given);
    const row = charged({ ...given, startedAtMs: earlier?.startedAtMs ?? given.startedAtMs }, charge);
    this.#rows.set(given.id, row);
    this.#correct(row, charge, was);
  }

  #correct(row: LedgerRow, charge: Charge, was: Charge | undefined): void {
    for (const { limit, subjectId } of this.#limitsOf(row)) {
      const by = usedOf(limit.unit, charge) - (was ? usedOf(limit.unit, was) : 0n);
      if (by === 0n || row.startedAtMs < limit.sinceMs) continue;
      const slotMs = slotAt(limit, this.#slots(limit.id, subjectId), row.startedAtMs);
      this.#add({ limitId: limit.id, subjectId, slotMs }, by, 0n);
    }
  }

  /** A limit that is new to its subject counts what was used in the window that is open, and the calls under way. */
  #recount(one: AppliedLimit, nowMs: number): void {
    const { limit, subjectId } = one;
    const { firstMs } = liveSpan(limit, [], nowMs);
    for (const row of this.#rows.values()) {
      const slotMs = isOf(row, one) && limit.unit !== 'concurrency' ? slotOfTime(limit, row.startedAtMs, []) : null;
      if (slotMs === null || slotMs < firstMs) continue;
      const used = usedOf(limit.unit, chargeOf(row));
      if (used > 0n) this.#add({ limitId: limit.id, subjectId, slotMs }, used, 0n);
    }
    for (const [id, reservation] of this.#open) {
      const slotMs = isOf(reservation.call, one) ? slotOfTime(limit, reservation.startedAtMs, []) : null;
      if (slotMs === null) continue;
      const take = {
        limitId: limit.id,
        subjectId,
        slotMs,
        unit: limit.unit,
        amount: mostOf(limit.unit, reservation.use),
      };
      this.#open.set(id, { ...reservation, takes: [...reservation.takes, take] });
      this.#add(take, 0n, take.amount);
    }
  }

  #limitsOf({ accountId, projectId, keyId }: Parameters<SimLimits['statesOf']>[0]): AppliedLimit[] {
    const templateId = this.#keys.find((key) => key.keyId === keyId)?.templateId ?? null;
    const of = (type: StoredLimit['subject']['type'], id: string | null) =>
      this.#limits.filter(({ subject }) => subject.type === type && subject.id === id);
    return [
      ...[...of('key', keyId), ...of('template', templateId)].map((limit) =>
        applied(limit, 'key', keyId, this.#sinceOf('key', keyId)),
      ),
      ...of('project', projectId).map((limit) => applied(limit, 'project', projectId)),
      ...of('account', accountId).map((limit) => applied(limit, 'account', accountId)),
    ];
  }

  #subjectsOf({ subject: { type, id } }: StoredLimit): { type: SubjectType; id: string }[] {
    if (type !== 'template') return [{ type, id }];
    return this.#keys.filter(({ templateId }) => templateId === id).map(({ keyId }) => ({ type: 'key', id: keyId }));
  }

  #sinceOf(type: SubjectType, id: string): number {
    return type === 'key' ? (this.#keysSince.get(id) ?? 0) : 0;
  }

  #laterThanAll(subjects: readonly { type: SubjectType; id: string }[], nowMs: number): number {
    const calls = [
      ...this.#rows.values(),
      ...[...this.#open.values()].map(({ call, startedAtMs }) => ({ ...call, startedAtMs })),
    ];
    const times = calls
      .filter((call) => subjects.some(({ type, id }) => isOf(call, { subjectType: type, subjectId: id })))
      .map(({ startedAtMs }) => startedAtMs + 1);
    return Math.max(nowMs, ...times);
  }

  #change(id: string, change: (limit: StoredLimit) => StoredLimit): StoredLimit | undefined {
    this.#limits = this.#limits.map((limit) => (limit.id === id ? change(limit) : limit));
    return this.#limits.find((limit) => limit.id === id);
  }

  #slots(limitId: string, subjectId: string): readonly Slot[] {
    return this.#counters.get(`${limitId} ${subjectId}`) ?? [];
  }

  /** What was held of a limit that is gone is gone with it (`isMade` false). */
  #add({ limitId, subjectId, slotMs }: Omit<Take, 'amount'>, settled: bigint, reserved: bigint, isMade = true): void {
    const name = `${limitId} ${subjectId}`;
    let counters = this.#counters.get(name);
    let counter = counters?.find((one) => one.slotMs === slotMs);
    if (!counter) {
      if (!isMade) return;
      counter = { slotMs, settled: 0n, reserved: 0n };
      if (!counters) this.#counters.set(name, (counters = []));
      counters.push(counter);
    }
    counter.reserved += reserved;
    counter.settled = counter.settled + settled > 0n ? counter.settled + settled : 0n;
  }
}

function chargeOf({ chargedTokens, chargedCostNano }: LedgerRow): Charge {
  return { tokens: BigInt(chargedTokens), costNano: chargedCostNano };
}

function charged(row: LedgerRow, { tokens, costNano }: Charge): LedgerRow {
  return { ...row, chargedTokens: Number(tokens), chargedCostNano: costNano };
}

function isOf(
  call: Pick<LedgerRow, 'accountId' | 'projectId' | 'keyId'>,
  { subjectType, subjectId }: Pick<AppliedLimit, 'subjectType' | 'subjectId'>,
): boolean {
  return { key: call.keyId, project: call.projectId, account: call.accountId }[subjectType] === subjectId;
}

function mostOf(unit: AppliedLimit['limit']['unit'], use: HeldUse): bigint {
  if (unit === 'tokens') return BigInt(use.inputTokens) + BigInt(use.outputTokens);
  return unit === 'cost' ? (use.costNano ?? 0n) : 1n;
}
