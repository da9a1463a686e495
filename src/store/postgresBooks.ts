import type { AppliedLimit, Slot, Take } from '../core/limit.ts';
import type { CallOf, OpenCall, ReserveAsk, StoredLimit, SubjectRef } from '../core/limitStore.ts';
import type { Books } from './decide.ts';
import { pairOf } from './limitReads.ts';
import { applied, limitFromRow, type LimitRow } from './limitRow.ts';
import { inLockOrder } from './locks.ts';

/** What `keyward_open` asks for. */
export function openText(nodeId: string, asks: readonly ReserveAsk[], waits: boolean): string {
  const idsOf = (pick: (call: OpenCall) => string) => [...new Set(asks.map(({ call }) => pick(call)))];
  const idsOfKeys = asks.flatMap(({ call: { keyId, parentKeyId } }) => [keyId, ...(parentKeyId ? [parentKeyId] : [])]);
  const keys = [...new Set(idsOfKeys)];
  const projects = idsOf(({ projectId }) => projectId);
  const accounts = idsOf(({ accountId }) => accountId);
  const subjects = inLockOrder([...keys, ...projects, ...accounts]);
  return JSON.stringify({ node: nodeId, waits, subjects, keys, projects, accounts });
}

/** Keys, projects and accounts whose limits somebody is changing. */
export interface BusyJson {
  readonly busy: readonly string[];
}

/** What `keyward_open` answers: without keys, limits and counters where no limit applies. */
export interface BooksJson {
  readonly now: number;
  readonly keys?: readonly (readonly [id: string, templateId: string | null, sinceMs: number])[] | null;
  readonly limits?: readonly LimitRow[];
  /** `slots`: when each begins, what is settled and what is reserved, one after the other. */
  readonly counters?: readonly (readonly [limitId: string, subjectId: string, slots: string])[] | null;
}

interface TakenSlot extends Slot {
  settled: bigint;
  reserved: bigint;
}

/** Limits and counters as they were read under lock, with what the batch takes. */
export class PostgresBooks implements Books {
  readonly #keys: ReadonlyMap<string, { readonly templateId: string | null; readonly sinceMs: number }>;
  readonly #limits: ReadonlyMap<string, readonly StoredLimit[]>;
  readonly #slots = new Map<string, TakenSlot[]>();
  readonly #applied = new Map<string, readonly AppliedLimit[]>();
  readonly #takes = new Map<string, Take>();

  constructor({ keys, limits, counters }: BooksJson) {
    this.#keys = new Map(keys?.map(([id, templateId, sinceMs]) => [id, { templateId, sinceMs }]));
    this.#limits = Map.groupBy((limits ?? []).map(limitFromRow), ({ subject }) => nameOf(subject.type, subject.id));
    for (const [limitId, subjectId, text] of counters ?? []) this.#slots.set(pairOf(limitId, subjectId), slotsOf(text));
  }

  limitsOf({ keyId, parentKeyId, projectId, accountId }: CallOf): AppliedLimit[] {
    return [
      ...this.#ofKey(keyId),
      ...(parentKeyId === undefined ? [] : this.#ofKey(parentKeyId)),
      ...this.#appliedOf('project', projectId, projectId),
      ...this.#appliedOf('account', accountId, accountId),
    ];
  }

  slotsOf({ limit, subjectId }: AppliedLimit): readonly Slot[] {
    return this.#slotsOf(limit.id, subjectId);
  }

  hold(take: Take): void {
    const slots = this.#slotsOf(take.limitId, take.subjectId);
    let slot = slots.find(({ slotMs }) => slotMs === take.slotMs);
    if (!slot) slots.push((slot = { slotMs: take.slotMs, settled: 0n, reserved: 0n }));
    slot.reserved += take.amount;
    const name = `${pairOf(take.limitId, take.subjectId)} ${take.slotMs}`;
    const amount = (this.#takes.get(name)?.amount ?? 0n) + take.amount;
    this.#takes.set(name, { ...take, amount });
  }

  /** What the batch takes of each counter, as `keyward_hold` reads it. */
  takes(): (readonly [string, string, number, string])[] {
    return [...this.#takes.values()].map(({ limitId, subjectId, slotMs, amount }) => [
      limitId,
      subjectId,
      slotMs,
      amount.toString(),
    ]);
  }

  #ofKey(id: string): AppliedLimit[] {
    const key = this.#keys.get(id);
    return [
      ...this.#appliedOf('key', id, id, key?.sinceMs),
      ...(key?.templateId ? this.#appliedOf('template', key.templateId, id, key.sinceMs) : []),
    ];
  }

  #appliedOf(type: SubjectRef['type'], id: string, subjectId: string, sinceMs?: number): readonly AppliedLimit[] {
    const name = `${nameOf(type, id)} ${subjectId}`;
    const known = this.#applied.get(name);
    if (known) return known;
    const subjectType = type === 'template' ? 'key' : type;
    const found = (this.#limits.get(nameOf(type, id)) ?? []).map((one) =>
      applied(one, subjectType, subjectId, sinceMs),
    );
    this.#applied.set(name, found);
    return found;
  }

  #slotsOf(limitId: string, subjectId: string): TakenSlot[] {
    const name = pairOf(limitId, subjectId);
    const slots = this.#slots.get(name) ?? [];
    this.#slots.set(name, slots);
    return slots;
  }
}

function slotsOf(text: string): TakenSlot[] {
  const parts = text.split(' ');
  const slots: TakenSlot[] = [];
  for (let at = 0; at < parts.length; at += 3)
    slots.push({ slotMs: Number(parts[at]), settled: amountOf(parts[at + 1]), reserved: amountOf(parts[at + 2]) });
  return slots;
}

function amountOf(text: string | undefined): bigint {
  return text === undefined || text === '0' ? 0n : BigInt(text);
}

function nameOf(type: SubjectRef['type'], id: string): string {
  return `${type} ${id}`;
}
