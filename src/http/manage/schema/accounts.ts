import { z } from 'zod';
import type { Account } from '../../../core/account.ts';
import { momentOut, nameField, toMoment } from './fields.ts';
import { rulesIn, rulesOut } from './keyRules.ts';
import { limitOut } from './limits.ts';

export const accountOut = z
  .object({
    id: z.string().meta({ examples: ['acc_5f0RhqTqk2pVb1mYcX7a'] }),
    name: z.string(),
    status: z.enum(['active', 'suspended']).describe('No key of a suspended account opens anything.'),
    nameEditable: z.boolean().describe('Whether names of keys may be changed after creation.'),
    defaultGroupId: z.string().nullable().describe('The group of its keys that are in none of their own; null: none.'),
    createdAt: momentOut,
  })
  .meta({ id: 'Account', description: 'A tenant.' });

export const accountDetailsOut = accountOut
  .extend({
    limits: z
      .array(limitOut)
      .exactOptional()
      .describe('Over all calls of its keys; set by the operator. Left out for who may not read them.'),
  })
  .meta({ id: 'AccountDetails', description: 'A tenant and where its limits stand.' });

export const accountCreate = z.strictObject({
  name: nameField,
  nameEditable: z.boolean().default(false).describe('Whether names of keys may be changed after creation.'),
});

export const accountChange = z.strictObject({
  name: nameField.exactOptional(),
  status: z
    .enum(['active', 'suspended'])
    .exactOptional()
    .describe('Operator only. A suspension acts on the next request.'),
  nameEditable: z.boolean().exactOptional(),
  defaultGroupId: z
    .string()
    .max(100)
    .nullable()
    .exactOptional()
    .describe('Operator only. A group that is open to the whole account; acts on the next request.'),
});

const keyReveal = z
  .enum(['once', 'recoverable'])
  .describe(
    '`once`: values are shown when they are made and kept nowhere. `recoverable`: kept encrypted, and shown again on record.',
  );
const customKeys = z.boolean().describe('Whether values of standard keys may be chosen instead of generated.');
const stepUp = z
  .boolean()
  .describe('Whether people prove again who they are before they delete or reveal a key, or change security settings.');
const onLeakReport = z
  .enum(['disable', 'notify'])
  .describe(
    'What is done at once about a key that a scanner or a finder reports with its whole value: `disable` it, or only `notify`. Either way a leak report is opened.',
  );

export const accountSecurityOut = z
  .object({ accountId: z.string(), keyReveal, customKeys, stepUp, onLeakReport, ...rulesOut })
  .meta({ id: 'AccountSecurity', description: 'The security settings of an account.' });
export const accountSecurityChange = z.strictObject({
  keyReveal: keyReveal.exactOptional(),
  customKeys: customKeys.exactOptional(),
  stepUp: stepUp.exactOptional(),
  onLeakReport: onLeakReport.exactOptional(),
  ...rulesIn,
});

export function toAccountOut({ createdAtMs, ...account }: Account): z.output<typeof accountOut> {
  return { ...account, createdAt: toMoment(createdAtMs) };
}
