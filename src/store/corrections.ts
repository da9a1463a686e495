import { sql, type Transaction } from 'kysely';
import type { LedgerRow } from '../core/ledger.ts';
import { slotAt } from '../core/window.ts';
import type { Engine } from './engine.ts';
import { limitsOfCaller, pairOf, readSlots } from './limitReads.ts';
import { usedOf, type Charge, type Correction } from './reservation.ts';
import type { Tables } from './schema.ts';

/**
 * Moves counters from what a row was charged to what it is charged now (`was` undefined: it is new), in the windows it
 * was admitted in, of the limits that apply to its key today. To be run under the lock of its key, project and account.
 */
export async function correctCounters(
  engine: Engine['name'],
  transaction: Transaction<Tables>,
  row: Pick<LedgerRow, 'accountId' | 'projectId' | 'keyId' | 'startedAtMs'>,
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
  await writeCorrections(engine, transaction, corrections);
}

export async function writeCorrections(
  engine: Engine['name'],
  transaction: Transaction<Tables>,
  corrections: readonly Correction[],
): Promise<void> {
  // In the order in which every transaction locks counters.
  const ordered = corrections.toSorted((a, b) =>
    pairOf(a.limitId, a.subjectId) < pairOf(b.limitId, b.subjectId) ? -1 : 1,
  );
  const least = engine === 'postgres' ? sql.raw('greatest') : sql.raw('max');
  for (const { limitId, subjectId, slotMs, by } of ordered) {
    const start = by > 0n ? by : 0n;
    await sql`insert into counters (limit_id, subject_id, slot_ms, settled, reserved)
      values (${limitId}, ${subjectId}, ${slotMs}, ${start}, 0)
      on conflict (limit_id, subject_id, slot_ms) do update
      set settled = ${least}(0, counters.settled + ${by})`.execute(transaction);
  }
}
