import { z } from 'zod';
import type { Adjustment } from '../../../core/limitStore.ts';
import { descriptionError } from '../../../core/key.ts';
import { formatMoney, parseMoney } from '../../../core/price.ts';
import { keeping, momentOut, toMoment } from './fields.ts';

const note = keeping(
  z.string().trim().min(1, { error: 'Say why: others will read it with the request.' }),
  descriptionError,
).meta({ description: 'Why, for those who read it later; up to 500 characters.', examples: ['Node lost power.'] });

export const waiveBody = z.strictObject({ note });

export const adjustBody = z
  .strictObject({
    tokens: z.int().min(0).max(1_000_000_000_000).exactOptional().describe('Tokens to charge, at most those reserved.'),
    cost: z
      .string()
      .transform((text, context) => {
        const nano = parseMoney(text);
        if (nano !== null) return nano;
        const message = 'This must be a decimal in a string, like "0.25", below 10^9 and with at most 9 decimals.';
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      })
      .exactOptional()
      .describe('Cost to charge, as a decimal string, at most that reserved.'),
    note,
  })
  .superRefine(({ tokens, cost }, context) => {
    if (tokens !== undefined || cost !== undefined) return;
    context.addIssue({ code: 'custom', message: 'Say what is charged instead: `tokens`, `cost` or both.' });
  });

export const adjustmentOut = z
  .object({
    tokens: z.int().describe('What limits count for the request now.'),
    cost: z.string().describe('Decimal, likewise.'),
    note: z.string(),
    by: z.string().describe('Id of the management key that decided, or `root`.'),
    at: momentOut,
  })
  .meta({ id: 'Adjustment', description: 'What the operator decided about an abandoned request.' });

export function toAdjustmentOut(adjustment: Adjustment): z.output<typeof adjustmentOut> {
  const { chargedTokens, chargedCostNano, note: reason, by, atMs } = adjustment;
  return { tokens: chargedTokens, cost: formatMoney(chargedCostNano), note: reason, by, at: toMoment(atMs) };
}
