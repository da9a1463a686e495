import { z } from 'zod';
import { MOST_LIFETIME_DAYS, type KeyRules } from '../../../core/keyRules.ts';

const requireExpiry = z.boolean().describe('Whether keys have to expire.');
const requireAddresses = z
  .boolean()
  .describe(
    'Whether keys have to name the addresses they are used from (`ipAllow`), where their project does not. Networks wider than /8 do not count.',
  );
const requireRangeScope = z.boolean().describe('Whether standard keys have to name what they open.');
const lifetime = 'How many days keys may live, counted from when they were made; null: as long as they like.';

/** What an account or a project asks of its keys; the stricter of the two binds a key. */
export const rulesOut = {
  maxKeyLifetimeDays: z.int().nullable().describe(lifetime),
  requireExpiry,
  requireAddresses,
  requireRangeScope,
};

export const rulesIn = {
  maxKeyLifetimeDays: z.int().min(1).max(MOST_LIFETIME_DAYS).nullable().exactOptional().describe(lifetime),
  requireExpiry: requireExpiry.exactOptional(),
  requireAddresses: requireAddresses.exactOptional(),
  requireRangeScope: requireRangeScope.exactOptional(),
};

export function toRulesOut({
  maxKeyLifetimeDays,
  requireExpiry: expiry,
  requireAddresses: addresses,
  requireRangeScope: range,
}: KeyRules): KeyRules {
  return { maxKeyLifetimeDays, requireExpiry: expiry, requireAddresses: addresses, requireRangeScope: range };
}
