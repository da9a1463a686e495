import { z } from 'zod';
import type { LedgerCheck } from '../../../service/ledgerCheck.ts';
import { momentOut, toMoment } from './fields.ts';

export const verifyBody = z.strictObject({
  repair: z.boolean().default(false).describe('Write what the ledger says into the counters that differ.'),
});

const amounts = z.object({
  settled: z.string().describe('Used by calls that have ended.'),
  reserved: z.string().describe('Held for calls under way.'),
});

export const ledgerCheckOut = z
  .object({
    checkedAt: momentOut,
    differences: z.int().describe('How many counters differed from the ledger.'),
    repaired: z.boolean().describe('Whether they hold now what the ledger says.'),
    data: z
      .array(
        z.object({
          limitId: z.string(),
          subjectId: z.string().describe('Whom the limit counts: a key, a project or an account.'),
          windowStart: momentOut.describe('Start of the stretch of the window that was counted.'),
          stored: amounts.describe('What the counter held, in the unit of the limit; costs in billionths.'),
          derived: amounts.describe('What ledger and calls under way come to.'),
        }),
      )
      .describe('The first 1000 of them.'),
  })
  .meta({ id: 'LedgerCheck', description: 'How the counters of all limits compare with the ledger.' });

/** A cap on the answer: many differences have one cause. */
const MOST_SHOWN = 1000;

export function toLedgerCheckOut({ atMs, differences, repaired }: LedgerCheck): z.output<typeof ledgerCheckOut> {
  const text = ({ settled, reserved }: { settled: bigint; reserved: bigint }) => ({
    settled: String(settled),
    reserved: String(reserved),
  });
  return {
    checkedAt: toMoment(atMs),
    differences: differences.length,
    repaired,
    data: differences.slice(0, MOST_SHOWN).map(({ limitId, subjectId, slotMs, stored, derived }) => ({
      limitId,
      subjectId,
      windowStart: toMoment(slotMs),
      stored: text(stored),
      derived: text(derived),
    })),
  };
}
