import { sql, type Transaction } from 'kysely';
import type { LedgerRow } from '../core/ledger.ts';
import type { Take } from '../core/limit.ts';
import type { CallOf } from '../core/limitStore.ts';
import { slotAt } from '../core/window.ts';
import type { Engine } from './engine.ts';
import { limitsOfCaller, pairOf, readSlots } from './limitReads.ts';
import { usedOf, type Charge } from './reservation.ts';
import type { Tables } from './schema.ts';

/**
 * Moves counters from what a row was charged to what it is charged now (`was` undefined: it is new), in the windows it
 * was admitted in, of the limits that apply to its key today. To be run under the lock of its key, project and account.
 */
export async function correctCounters(
  engine: Engine['name'],
  transaction: Transaction<Tables>,
  row: CallOf & Pick<LedgerRow, 'startedAtMs'>,
  charge: Charge,
  was: Charge | undefined,
): Promise<void> {
  const { startedAtMs } = row;
  const limits = await limitsOfCaller(transaction, row);
  const slots = await readSlots(transaction, limits, startedAtMs);
  const corrections = limits.flatMap(({ limit, subjectId }) => {
    const by = usedOf(limit.unit, charge) - (was ? usedOf(limit.unit, was) : 0n);
    if (by === 0n || startedAtMs < limit.sinceMs) return [];
    const slotMs = slotAt(limit, slots.get(pairOf(limit.id, subjectId)) ?? [], startedAtMs);
    return [{ limitId: limit.id, subjectId, slotMs, by }];
  });
  const least = engine === 'postgres' ? sql.raw('greatest') : sql.raw('max');
  for (const { limitId, subjectId, slotMs, by } of inCounterOrder(corrections)) {
    const start = by > 0n ? by : 0n;
    await sql`insert into counters (limit_id, subject_id, slot_ms, settled, reserved)
      values (${limitId}, ${subjectId}, ${slotMs}, ${start}, 0)
      on conflict (limit_id, subject_id, slot_ms) do update
      set settled = ${least}(0, counters.settled + ${by})`.execute(transaction);
  }
}

/** Postgres: gives back what calls took, and adds what they used. Counters whose limit is gone are passed over. */
export async function moveCounters(
  transaction: Transaction<Tables>,
  moves: readonly (Take & { readonly used: bigint })[],
): Promise<void> {
  for (const { limitId, subjectId, slotMs, amount, used } of inCounterOrder(moves))
    await sql`update counters set settled = least(settled + ${used}, 9223372036854775807)::bigint, reserved = reserved - ${amount}
      where limit_id = ${limitId} and subject_id = ${subjectId} and slot_ms = ${slotMs}`.execute(transaction);
}

/** The order in which every transaction locks counters. */
function inCounterOrder<T extends Pick<Take, 'limitId' | 'subjectId' | 'slotMs'>>(counters: readonly T[]): T[] {
  const named = (one: T) => pairOf(one.limitId, one.subjectId);
  return counters.toSorted((a, b) => (named(a) === named(b) ? a.slotMs - b.slotMs : named(a) < named(b) ? -1 : 1));
}
