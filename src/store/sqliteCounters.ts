import type { DatabaseSync } from 'node:sqlite';
import type { AppliedLimit, Slot, Take } from '../core/limit.ts';
import { oldestSlot } from './decide.ts';

interface LiveSlot extends Slot {
  readonly limitId: string;
  readonly subjectId: string;
  settled: bigint;
  reserved: bigint;
}

/** The slots of one limit and subject from `fromMs` on, and perhaps earlier ones. */
interface Kept {
  readonly fromMs: number;
  readonly slots: LiveSlot[];
  /** With so many it is read anew, to be rid of those that do not count any more. */
  readonly mostSlots: number;
}

const MOST_KEPT = 50_000;
const MANY_SLOTS = 300;
const MOST = 2n ** 63n - 1n;

/**
 * The counters, kept in memory by the only thread that writes them: read when first needed, changed here, and written
 * with `flush` in the transaction they belong to, each once however many calls of a batch changed it. After a failed
 * transaction, and when others wrote to them, `forget` drops what was kept.
 */
export class SqliteCounters {
  readonly #kept = new Map<string, Kept>();
  readonly #changed = new Set<LiveSlot>();
  readonly #read;
  readonly #readOne;
  readonly #write;

  constructor(database: DatabaseSync) {
    const columns = 'select slot_ms, settled, reserved from counters where limit_id = ? and subject_id = ?';
    this.#read = database.prepare(`${columns} and slot_ms >= ?`);
    this.#readOne = database.prepare(`${columns} and slot_ms = ?`);
    this.#read.setReadBigInts(true);
    this.#readOne.setReadBigInts(true);
    this.#write = database.prepare(
      `insert into counters (limit_id, subject_id, slot_ms, settled, reserved) values (?, ?, ?, ?, ?)
       on conflict (limit_id, subject_id, slot_ms) do update set settled = excluded.settled, reserved = excluded.reserved`,
    );
  }

  /** Those that can count at this time or later. */
  slotsOf(applied: AppliedLimit, nowMs: number): readonly LiveSlot[] {
    const { limit, subjectId } = applied;
    const name = nameOf(limit.id, subjectId);
    const fromMs = oldestSlot(applied, nowMs);
    const kept = this.#kept.get(name);
    if (kept && kept.fromMs <= fromMs && kept.slots.length < kept.mostSlots) return kept.slots;
    // What was changed and not yet written is not in the table.
    const changed = kept?.slots.filter((slot) => this.#changed.has(slot)) ?? [];
    const known = new Set(changed.map(({ slotMs }) => slotMs));
    const slots = this.#read
      .all(limit.id, subjectId, fromMs)
      .map((row) => slotOf(limit.id, subjectId, row))
      .filter(({ slotMs }) => !known.has(slotMs));
    slots.push(...changed);
    if (this.#kept.size >= MOST_KEPT && this.#changed.size === 0) this.#kept.clear();
    this.#kept.set(name, { fromMs, slots, mostSlots: Math.max(MANY_SLOTS, slots.length * 2) });
    return slots;
  }

  hold({ limitId, subjectId, slotMs, amount }: Take): void {
    const slot = this.#slot(limitId, subjectId, slotMs) ?? this.#newSlot(limitId, subjectId, slotMs);
    slot.reserved += amount;
    this.#changed.add(slot);
  }

  /** What was held is given back, and what was used of it stays used. */
  settle({ limitId, subjectId, slotMs, amount }: Take, used: bigint): void {
    const slot = this.#slot(limitId, subjectId, slotMs);
    // Gone with its limit.
    if (!slot) return;
    slot.reserved -= amount;
    slot.settled = bounded(slot.settled + (used < amount ? used : amount));
    this.#changed.add(slot);
  }

  /** Adds to what was used, or takes from it. */
  correct(limitId: string, subjectId: string, slotMs: number, by: bigint): void {
    const slot = this.#slot(limitId, subjectId, slotMs) ?? this.#newSlot(limitId, subjectId, slotMs);
    slot.settled = bounded(slot.settled + by);
    this.#changed.add(slot);
  }

  flush(): void {
    for (const { limitId, subjectId, slotMs, settled, reserved } of this.#changed)
      this.#write.run(limitId, subjectId, slotMs, settled, reserved);
    this.#changed.clear();
  }

  forget(): void {
    this.#kept.clear();
    this.#changed.clear();
  }

  #slot(limitId: string, subjectId: string, slotMs: number): LiveSlot | undefined {
    const kept = this.#kept.get(nameOf(limitId, subjectId));
    const found = kept?.slots.findLast((slot) => slot.slotMs === slotMs);
    if (found || (kept && kept.fromMs <= slotMs)) return found;
    const row = this.#readOne.get(limitId, subjectId, slotMs);
    return row && this.#keep(limitId, subjectId, slotOf(limitId, subjectId, row));
  }

  #newSlot(limitId: string, subjectId: string, slotMs: number): LiveSlot {
    return this.#keep(limitId, subjectId, { limitId, subjectId, slotMs, settled: 0n, reserved: 0n });
  }

  /** A slot beside those kept; alone where none are, so that the next look reads the others. */
  #keep(limitId: string, subjectId: string, slot: LiveSlot): LiveSlot {
    const name = nameOf(limitId, subjectId);
    const kept = this.#kept.get(name) ?? { fromMs: Infinity, slots: [], mostSlots: MANY_SLOTS };
    kept.slots.push(slot);
    this.#kept.set(name, kept);
    return slot;
  }
}

function slotOf(limitId: string, subjectId: string, row: Record<string, unknown>): LiveSlot {
  const { slot_ms: slotMs, settled, reserved } = row as Record<'slot_ms' | 'settled' | 'reserved', bigint>;
  return { limitId, subjectId, slotMs: Number(slotMs), settled, reserved };
}

function nameOf(limitId: string, subjectId: string): string {
  return `${limitId} ${subjectId}`;
}

function bounded(amount: bigint): bigint {
  if (amount < 0n) return 0n;
  return amount > MOST ? MOST : amount;
}
