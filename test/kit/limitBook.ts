import { allocate, type Allocation, type Bound, type Counted } from '../../src/core/allocate.ts';
import type { Limit, LimitWindow, Slot, Take, Unit } from '../../src/core/limit.ts';
import { LimitModel } from './limitModel.ts';

/** A limit under test: as the rules see it, with its counters, beside its model. */
export interface Entry {
  limit: Limit;
  readonly subjectId: string;
  readonly slots: Map<number, Slot>;
  readonly model: LimitModel;
}

interface OpenCall {
  readonly takes: readonly Take[];
}

/** What a store does with the decisions of `allocate`, and nothing more: adds takes, moves charges, edits, resets. */
export class LimitBook {
  readonly entries: Entry[];
  nowMs: number;
  /** The time of every admitted call, in the order of admission: all that a ledger knows of it beside its charge. */
  readonly ledger: {
    readonly id: number;
    readonly atMs: number;
    readonly takes: readonly Take[];
    charges: readonly bigint[];
  }[] = [];
  readonly open = new Map<number, OpenCall>();
  private nextId = 1;

  constructor(limits: readonly { unit: Unit; window: LimitWindow; amount: bigint }[], nowMs: number) {
    this.nowMs = nowMs;
    this.entries = limits.map(({ unit, window, amount }, index) => ({
      limit: { id: `lim_${index}`, unit, window, amount, sinceMs: window.kind === 'session' ? nowMs : 0 },
      subjectId: index % 2 === 0 ? 'key_1' : 'prj_1',
      slots: new Map(),
      model: new LimitModel(unit, window, amount),
    }));
  }

  /** Where the clock is, as the limits see it: never before the time from which one of them counts. */
  get atMs(): number {
    return Math.max(this.nowMs, ...this.entries.map(({ limit }) => limit.sinceMs));
  }

  counted(): Counted[] {
    return this.entries.map(({ limit, subjectId, slots }) => ({
      applied: { limit, subjectType: 'key', subjectId },
      slots: [...slots.values()],
    }));
  }

  decide(bound: Bound, nowMs = this.nowMs): Allocation {
    return allocate(bound, this.counted(), nowMs);
  }

  call(bound: Bound): Allocation {
    const decision = this.decide(bound);
    if (!decision.ok) return decision;
    const id = this.nextId++;
    this.open.set(id, { takes: decision.takes });
    this.ledger.push({
      id,
      atMs: decision.admittedAtMs,
      takes: decision.takes,
      charges: decision.takes.map(({ amount }) => amount),
    });
    for (const [index, take] of decision.takes.entries()) {
      const entry = this.entries[index]!;
      change(entry.slots, take.slotMs, 0n, take.amount);
      entry.model.admit(id, decision.admittedAtMs, take.amount);
    }
    return decision;
  }

  /** Settles an open call at a share, in percent, of what it holds; concurrency is given back whole. */
  settle(which: number, percent: number): void {
    const ids = [...this.open.keys()];
    const id = ids[which % ids.length];
    if (id === undefined) return;
    const { takes } = this.open.get(id)!;
    this.open.delete(id);
    const charges = takes.map(({ amount }, index) =>
      this.entries[index]!.limit.unit === 'concurrency' ? 0n : (amount * BigInt(percent)) / 100n,
    );
    this.ledger.find((row) => row.id === id)!.charges = charges;
    for (const [index, take] of takes.entries()) {
      change(this.entries[index]!.slots, take.slotMs, charges[index]!, -take.amount);
      this.entries[index]!.model.settle(id, charges[index]!);
    }
  }

  edit(which: number, amount: bigint): void {
    const entry = this.entries[which % this.entries.length]!;
    entry.limit = { ...entry.limit, amount };
    entry.model.amount = amount;
  }

  reset(which: number): void {
    const entry = this.entries[which % this.entries.length]!;
    const latestMs = Math.max(this.nowMs, ...this.ledger.map(({ atMs }) => atMs), entry.limit.sinceMs);
    entry.limit = { ...entry.limit, sinceMs: latestMs + 1 };
    entry.model.reset();
  }
}

function change(slots: Map<number, Slot>, slotMs: number, settled: bigint, reserved: bigint): void {
  const slot = slots.get(slotMs) ?? { slotMs, settled: 0n, reserved: 0n };
  slots.set(slotMs, { slotMs, settled: slot.settled + settled, reserved: slot.reserved + reserved });
}
