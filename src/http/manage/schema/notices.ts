import { z } from 'zod';
import { NOTICE_KINDS } from '../../../core/notice.ts';
import { PAUSE_CAUSES } from '../../../core/pauseCause.ts';
import { momentIn, momentOut, pageQuery } from './fields.ts';

export const noticeListQuery = z.strictObject({
  accountId: z.string().exactOptional().describe('Operator only; otherwise the caller’s own account.'),
  projectId: z.string().exactOptional().describe('Notices of the project and its keys.'),
  keyId: z.string().exactOptional().describe('Deleted keys too: their history stays.'),
  kind: z.enum(NOTICE_KINDS).exactOptional().describe('Only notices of this kind.'),
  ...pageQuery,
});

const place = {
  accountId: z.string().exactOptional().describe('Of an account; its projects’ too.'),
  projectId: z.string().exactOptional().describe('Of a project and its keys.'),
};
export const unreadQuery = z.strictObject(place);
export const unreadOut = z.object({
  count: z.int().describe('At most 100: that many or more.'),
  ofAccount: z.int().nullable().describe('Of the whole account; null: not yours to read.'),
});
export const readBody = z.strictObject({
  ...place,
  until: momentIn.meta({ description: '`createdAt` of the newest notice that was seen.' }),
});

const quantityOut = z.union([z.int(), z.string()]).nullable();

export const noticeOut = z
  .object({
    id: z.string().meta({ examples: ['ntc_2vM8dKq0XzYw5LhR7Tcp'] }),
    kind: z.enum(NOTICE_KINDS),
    accountId: z.string(),
    projectId: z.string().nullable().describe('Null: of the account as a whole.'),
    subject: z
      .object({
        type: z.enum(['key', 'project', 'account', 'webhook']),
        id: z.string(),
        name: z.string(),
        masked: z.string().nullable().describe('Of keys; never the value.'),
      })
      .describe('What it is about, by the name it had then.'),
    limit: z
      .object({
        id: z.string(),
        unit: z.enum(['requests', 'tokens', 'cost', 'concurrency']).nullable(),
        window: z
          .object({
            kind: z.enum(['session', 'rolling', 'calendar', 'lifetime']),
            period: z.enum(['day', 'week', 'month']).optional(),
            timeZone: z.string().optional(),
          })
          .nullable(),
      })
      .nullable()
      .describe('The limit that was reached; null for other kinds.'),
    threshold: z
      .int()
      .nullable()
      .describe(
        'Percent of the amount (50, 80, 100), days before the expiry (14, 3, 0), or the days a value should last.',
      ),
    used: quantityOut.describe('When the threshold was reached: a whole number; for `cost` a decimal string.'),
    amount: quantityOut.describe('Of the limit at that time.'),
    expiresAt: momentOut.nullable(),
    details: z
      .object({
        disabled: z.boolean().optional().describe('`key.leaked`: whether the key was disabled by then.'),
        address: z.string().optional().describe('`key.newAddress`: an IPv4 address, or the /64 of an IPv6 one.'),
        others: z.int().optional().describe('`key.newAddress`: addresses it was used from before.'),
        unit: z.enum(['requests', 'tokens']).optional().describe('`key.spike`'),
        times: z.int().optional().describe('`key.spike`: how many times its busiest hour before.'),
        amount: z.int().optional().describe('`key.spike`: within the hour.'),
        refused: z.int().optional().describe('`key.refusals`: within the hour.'),
        cause: z.enum(PAUSE_CAUSES).optional().describe('`webhook.paused`'),
      })
      .nullable()
      .describe('What else a program may want of it, by kind; null for other kinds, and of notices from before 1.0.'),
    text: z
      .string()
      .describe('One line for people.')
      .meta({ examples: ['Key "shop" (kw_Ab***wxyz) has used 80 % of its limit: 812 of 1000 tokens this day (UTC).'] }),
    createdAt: momentOut,
  })
  .meta({ id: 'Notice', description: 'Something its owner should know before it stops working.' });
