import { z } from 'zod';
import type { ActivityStore } from '../../../core/activity.ts';
import { momentOut, toMoment } from './fields.ts';

export const activityOut = z
  .object({
    hours: z
      .array(z.object({ from: momentOut, requests: z.int(), tokens: z.int() }))
      .describe('Hours in which it was used, of the last 15 days, newest first. Tokens as limits count them.'),
    addresses: z
      .array(z.object({ address: z.string(), firstSeenAt: momentOut }))
      .describe('Where it was used from, at most 200, the latest to come first. Of IPv6 the /64.'),
  })
  .meta({ id: 'Activity', description: 'How a key has been used of late, right within a minute.' });

export function toActivityOut({
  hours,
  addresses,
}: Awaited<ReturnType<ActivityStore['ofKey']>>): z.output<typeof activityOut> {
  return {
    hours: hours.map(({ hourMs, requests, tokens }) => ({ from: toMoment(hourMs), requests, tokens })),
    addresses: addresses.map(({ address, firstAtMs }) => ({ address, firstSeenAt: toMoment(firstAtMs) })),
  };
}
