import { z } from 'zod';
import type { Clock } from '../../../core/ambient.ts';
import { MOST_KEYS } from '../../../service/bulk.ts';
import { momentOut } from './fields.ts';
import { keyFilterIn } from './keyFilter.ts';
import { keyBodies } from './keys.ts';

const choice = {
  ids: z
    .array(z.string().min(1).max(100))
    .min(1)
    .max(MOST_KEYS)
    .exactOptional()
    .describe(`Ids of keys, at most ${MOST_KEYS}. Either these or \`filter\`.`),
  filter: keyFilterIn.exactOptional().describe('As for the list of keys, at least one condition.'),
  limit: z
    .int()
    .min(1)
    .max(MOST_KEYS)
    .default(MOST_KEYS)
    .describe('Most keys of the filter in one call, newest first.'),
  cursor: z
    .string()
    .min(1)
    .max(500)
    .exactOptional()
    .describe('`nextCursor` of the call before, to go on with the same filter.'),
  dryRun: z.boolean().default(false).describe('`true`: judges each key, says what would happen, and changes nothing.'),
};

const eitherOr = {
  when: ({ ids, filter }: { ids?: unknown; filter?: unknown }) => (ids === undefined) !== (filter === undefined),
  error: 'Say which keys: either `ids` or `filter`.',
};

/** The bodies that name a moment in the future need the clock. */
export function bulkBodies(clock: Clock) {
  const { expiresAt, environment, limitTemplateId, groupId } = keyBodies(clock).change.shape;
  const change = z
    .strictObject({
      status: z.enum(['active', 'disabled']).exactOptional().describe('`disabled` stops a key, `active` enables it.'),
      expiresAt,
      environment,
      limitTemplateId,
      groupId,
    })
    .refine((asked) => Object.keys(asked).length > 0, {
      error: 'Say what to set: `status`, `expiresAt`, `environment`, `limitTemplateId` or `groupId`.',
    });
  return {
    change: z.strictObject({ ...choice, change }).refine(eitherOr.when, { error: eitherOr.error }),
    deletion: z
      .strictObject({
        ...choice,
        confirm: z.string().max(200).exactOptional().describe('The token of a dry run, or of the 428 answer.'),
      })
      .refine(eitherOr.when, { error: eitherOr.error }),
  };
}

const outcomes = ['changed', 'unchanged', 'refused', 'failed'] as const;

const resultOut = z.object({
  id: z.string(),
  name: z.string().nullable().describe('Null where the key is not the caller’s to know, or was refused or not tried.'),
  masked: z.string().nullable(),
  before: z
    .object({
      status: z.enum(['active', 'disabled']),
      expiresAt: momentOut.nullable(),
      environment: z.string().nullable(),
      limitTemplateId: z.string().nullable(),
      groupId: z.string().nullable(),
    })
    .nullable()
    .describe('What it was until then, so that it can be set back; null where `name` is.'),
  outcome: z
    .enum(outcomes)
    .describe(
      'What became of it, or in a dry run what would. `unchanged`: it is so already. `refused`: as the same call for this key alone would be. `failed`: the server could not; it is as it was.',
    ),
  code: z.string().nullable().describe('Why it was refused or failed, as in a problem document.'),
  detail: z.string().nullable(),
});

export const bulkOut = z
  .object({
    dryRun: z.boolean(),
    counts: z.object({ changed: z.int(), unchanged: z.int(), refused: z.int(), failed: z.int() }),
    results: z.array(resultOut).describe('One for each key that was chosen.'),
    nextCursor: z.string().nullable().describe('The filter finds more: send this as `cursor` to go on.'),
  })
  .meta({ id: 'BulkAnswer', description: 'What became of each key.' });

export const bulkDeletionOut = bulkOut
  .extend({
    results: z.array(
      resultOut.extend({
        lastUsedAt: momentOut.nullable().exactOptional().describe('In a dry run, of keys that would be deleted.'),
        requestsLast24h: z.int().exactOptional().describe('In a dry run, of keys that would be deleted.'),
      }),
    ),
    confirm: z
      .string()
      .exactOptional()
      .describe('In a dry run: deletes just these keys as they are, for five minutes.'),
    confirmExpiresAt: momentOut.exactOptional(),
  })
  .meta({ id: 'BulkDeletion', description: 'What became of each key.' });
