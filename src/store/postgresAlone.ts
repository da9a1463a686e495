import { sql, type Insertable, type Kysely, type Transaction } from 'kysely';
import { stateOf } from '../core/allocate.ts';
import type { LedgerRow } from '../core/ledger.ts';
import type { Slot } from '../core/limit.ts';
import { correctCounters, moveCounters } from './corrections.ts';
import { MONEY_READ } from './ledger.ts';
import { toColumns } from './ledgerRow.ts';
import { limitsOfCaller, pairOf, readSlots } from './limitReads.ts';
import { lockedForCaller } from './locks.ts';
import {
  exchanged,
  heldTo,
  lesser,
  takesOf,
  takesThatCount,
  usedOf,
  withinRoom,
  type Charge,
  type CountingTake,
} from './reservation.ts';
import type { LedgerTable, Tables } from './schema.ts';

/**
 * Settles calls one by one, each under the lock of all that its limits are set on: those that used more than was
 * reserved, those whose reservation somebody else holds, and (`late`) those that have none.
 */
export function createSettlingAlone(edits: Kysely<Tables>) {
  const engine = { name: 'postgres', edits } as const;

  /** Answers whether the call had a reservation. */
  async function settleAlone(row: LedgerRow): Promise<boolean> {
    return lockedForCaller(engine, row, 0, async (transaction) => {
      const held = await transaction
        .selectFrom('reservations')
        .select(['started_at_ms', 'takes'])
        .where('id', '=', row.id)
        .forUpdate()
        .executeTakeFirst();
      if (!held) return false;
      const startedAtMs = held.started_at_ms;
      const takes = takesOf(held.takes);
      const limits = (await limitsOfCaller(transaction, row)).filter(({ limit }) => startedAtMs >= limit.sinceMs);
      const slots = await readSlots(transaction, limits, startedAtMs);
      const used = chargeOf(row);
      const atFirst = heldTo(takes, used);
      const states = takesThatCount(takes, limits).map((one) =>
        stateOf(one.applied, slotsAfter(slots, one, atFirst), startedAtMs),
      );
      const charge = withinRoom(atFirst, used, states);
      await transaction.deleteFrom('reservations').where('id', '=', row.id).execute();
      await insertRow(transaction, { ...row, startedAtMs }, charge);
      await moveCounters(
        transaction,
        takes.map((take) => ({ ...take, used: usedOf(take.unit, charge) })),
      );
      return true;
    });
  }

  /** A row without a reservation: settled before, abandoned meanwhile, or of a call that never reserved. */
  async function settleLate(row: LedgerRow): Promise<void> {
    const earlier = await edits.selectFrom('ledger').select('outcome').where('id', '=', row.id).executeTakeFirst();
    if (earlier && earlier.outcome !== 'abandoned') return;
    await lockedForCaller(engine, row, 0, async (transaction) => {
      const found = await readCharge(transaction, row.id);
      if (found && found.outcome !== 'abandoned') return;
      const used = chargeOf(row);
      // What somebody has decided stays decided; and it was held for that much, so it is never charged more.
      const charge = found ? (found.isDecided ? found.charge : lesser(used, found.charge)) : used;
      const startedAtMs = found?.startedAtMs ?? row.startedAtMs;
      if (found) await transaction.deleteFrom('ledger').where('id', '=', row.id).execute();
      await insertRow(transaction, { ...row, startedAtMs }, charge);
      await correctCounters('postgres', transaction, { ...row, startedAtMs }, charge, found?.charge);
    });
  }

  return { settleAlone, settleLate };
}

/** The slots of a limit once what a call took of it is exchanged for what it is charged. */
function slotsAfter(
  slots: ReadonlyMap<string, readonly Slot[]>,
  { take, applied }: CountingTake,
  charge: Charge,
): Slot[] {
  const known = slots.get(pairOf(applied.limit.id, applied.subjectId)) ?? [];
  return known.map((slot) => (slot.slotMs === take.slotMs ? exchanged(slot, take, charge) : slot));
}

async function insertRow(transaction: Transaction<Tables>, row: LedgerRow, charge: Charge): Promise<void> {
  const charged: LedgerRow = { ...row, chargedTokens: Number(charge.tokens), chargedCostNano: charge.costNano };
  await transaction
    .insertInto('ledger')
    .values(toColumns(charged) as unknown as Insertable<LedgerTable>)
    .execute();
}

function chargeOf({ chargedTokens, chargedCostNano }: LedgerRow): Charge {
  return { tokens: BigInt(chargedTokens), costNano: chargedCostNano };
}

/** What a row of the ledger was charged, which then nobody else changes until the transaction ends. */
async function readCharge(transaction: Transaction<Tables>, id: string) {
  const found = await transaction
    .selectFrom('ledger')
    .select(['outcome', 'started_at_ms', 'charged_tokens'])
    .select(MONEY_READ)
    .select(sql<boolean>`exists (select 1 from adjustments where request_id = ledger.id)`.as('decided'))
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (!found) return undefined;
  const { charged_tokens: tokens, charged_cost_nano: costNano } = found;
  const charge: Charge = { tokens: BigInt(tokens), costNano: costNano === null ? null : BigInt(costNano) };
  return { outcome: found.outcome, startedAtMs: found.started_at_ms, charge, isDecided: found.decided };
}
