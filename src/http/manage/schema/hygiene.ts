import { z } from 'zod';
import { FINDINGS } from '../../../core/hygiene.ts';
import { pageQuery, wholeNumberOr } from './fields.ts';
import { keyOut } from './keys.ts';

const finding = z
  .enum(FINDINGS)
  .describe(
    '`idle`: not used for `unusedForDays`. `old`: its newest value was made more than `olderThanDays` ago. `withoutLimit`: a standard key with no limit of its own, nor of a template. `withoutExpiry`: it never expires. `wideOpen`: it opens everything of its project, from everywhere. `orphaned`: its maker is gone. `againstRules`: it breaks what its account or project asks of keys.',
  );

const days = (usual: number, description: string) =>
  wholeNumberOr(usual, 'This must be a whole number of days, at most 36500.', 0, 36_500).describe(description);

export const hygieneQuery = z.strictObject({
  finding: finding.exactOptional().describe('Only keys that have this one. Left out: keys that have any.'),
  unusedForDays: days(90, 'When a key counts as `idle`.'),
  olderThanDays: days(365, 'When a key counts as `old`.'),
  ...pageQuery,
});

export const hygieneOut = z
  .object({
    keys: z.int().describe('Keys that work: neither disabled nor expired. Only those are looked at.'),
    counts: z
      .object(Object.fromEntries(FINDINGS.map((one) => [one, z.int()])) as Record<(typeof FINDINGS)[number], z.ZodInt>)
      .describe('How many of them have each finding; a key may have several.'),
    data: z
      .array(z.object({ key: keyOut, findings: z.array(finding).describe('At least one.') }))
      .describe('Newest first.'),
    nextCursor: z.string().nullable().describe('Pass it as `cursor` for the next page; null: this was the last.'),
  })
  .meta({ id: 'Hygiene', description: 'Keys that should be looked at, and why.' });
