import { z } from 'zod';
import { DEFAULT_OVERLAP_MS, isLiving, LONGEST_OVERLAP_MS, type Secret } from '../../../core/secret.ts';
import { momentOut, toMoment, toMomentOrNull } from './fields.ts';
import { keyOut } from './keys.ts';

export const secretOut = z
  .object({
    id: z.string().meta({ examples: ['sec_8Kq3VbT1xYw0RzE5uNfa'] }),
    masked: z.string().meta({ examples: ['kw_2b***3sQc'] }),
    state: z.enum(['living', 'ended']).describe('`ended`: it opens nothing any more.'),
    newest: z.boolean().describe('The one that `masked` of the key shows.'),
    createdAt: momentOut,
    endsAt: momentOut.nullable().describe('From then on it is refused as unknown; null: it lives as long as the key.'),
    lastUsedAt: momentOut.nullable().describe('Right within a minute; null: never used.'),
    lastUsedAddress: z.string().nullable().describe('Where its last call came from.'),
  })
  .meta({ id: 'Secret', description: 'A value of a key, without the value.' });

export const secretsOut = z
  .object({ data: z.array(secretOut).describe('Newest first, those that ended included.') })
  .meta({ id: 'Secrets', description: 'The values a key has and had.' });

export const rotateBody = z.strictObject({
  overlapSeconds: z
    .int()
    .min(0)
    .max(LONGEST_OVERLAP_MS / 1000)
    .default(DEFAULT_OVERLAP_MS / 1000)
    .describe('How long the earlier value goes on working, at most 30 days; 0: it ends now. Default 24 hours.'),
});

export const rotatedKeyOut = keyOut
  .extend({
    value: z.string().describe('The new value. It is shown here and never again.'),
    secrets: z.array(secretOut).describe('All values of the key, newest first.'),
  })
  .meta({ id: 'RotatedKey', description: 'A key with its new value, which is shown this once.' });

export const revealBody = z.strictObject({
  confirm: z.string().max(200).exactOptional().describe('The key’s name. Keys have to send it.'),
});

export const revealedOut = z
  .object({ id: z.string(), masked: z.string(), value: z.string().describe('The newest value of the key.') })
  .meta({ id: 'RevealedKey', description: 'A key’s value, shown again.' });

export const secretParams = z.object({ id: z.string().describe('The key’s id.'), secretId: z.string() });

export function toSecretsOut(secrets: readonly Secret[], nowMs: number): z.output<typeof secretOut>[] {
  return secrets.map((one) => ({
    id: one.id,
    masked: one.masked,
    state: isLiving(one, nowMs) ? 'living' : 'ended',
    newest: one.endsAtMs === null,
    createdAt: toMoment(one.createdAtMs),
    endsAt: toMomentOrNull(one.endsAtMs),
    lastUsedAt: toMomentOrNull(one.lastUsedAtMs),
    lastUsedAddress: one.lastUsedAddress,
  }));
}
