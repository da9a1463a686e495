import { z } from 'zod';
import type { Caller } from '../../../core/caller.ts';
import type { KeyFilter } from '../../../service/keys.ts';
import { pageQuery, wholeNumber } from './fields.ts';

const DAY_MS = 86_400_000;

/** What a list of keys can be narrowed by, in the query of a list and in a body. */
const plain = {
  search: z.string().max(200).exactOptional().describe('Found in name, description or masked value, case ignored.'),
  state: z.enum(['active', 'disabled', 'expired']).exactOptional(),
  environment: z.string().max(32).exactOptional(),
  class: z.enum(['standard', 'temporary', 'management']).exactOptional(),
  parentKeyId: z.string().max(100).exactOptional().describe('Temporary keys made from that key.'),
  createdBy: z.string().max(100).exactOptional().describe('Id of the creator; `me` for keys the caller made.'),
  groupId: z.string().max(100).exactOptional().describe('Only keys in this group.'),
  limitTemplateId: z.string().max(100).exactOptional().describe('Only keys that refer to this limit template.'),
  region: z.string().max(32).exactOptional().describe('Only keys of this region.'),
  resourceId: z
    .string()
    .min(1)
    .max(100)
    .exactOptional()
    .describe('Only keys whose range names this model, endpoint or service. Those of scope `all` are not among them.'),
};

const DAYS = {
  unusedForDays: 'Not used for so many days: last used before that, or never used and made before that.',
  olderThanDays: 'Made more than so many days ago.',
};

const FLAGS = {
  mine: '`true`: only keys the caller made.',
  withoutLimit: 'Standard keys with no limit of their own, nor of a template. `false`: the others.',
  withoutExpiry: 'Keys that never expire. `false`: the others.',
  wideOpen:
    'Keys that open everything of their project from everywhere: neither they nor the project name addresses. `false`: the others.',
  orphaned: 'Keys whose maker is gone (`owner.present` is false). `false`: the others.',
  againstRules: 'Keys that break what their account or project asks of keys. `false`: the others.',
};

function eachOf<K extends string, T>(words: Readonly<Record<K, string>>, schema: (description: string) => T) {
  return Object.fromEntries(
    Object.entries<string>(words).map(([name, description]) => [name, schema(description)]),
  ) as Record<K, T>;
}

const MOST_DAYS = 36_500;
const dayCount = { error: `This must be a whole number of days, at most ${MOST_DAYS}.` };

export const keyListQuery = z.strictObject({
  ...plain,
  ...eachOf(DAYS, (words) => wholeNumber(dayCount.error, 0, MOST_DAYS).exactOptional().describe(words)),
  ...eachOf(FLAGS, flag),
  limits: flag('`true`: each key with its own limits and its template’s, and where they stand.'),
  ...pageQuery,
});

function flag(words: string) {
  return z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .exactOptional()
    .describe(words);
}

/** The same in a body. */
export const keyFilterIn = z
  .strictObject({
    ...plain,
    ...eachOf(DAYS, (words) =>
      z.int(dayCount).min(0, dayCount).max(MOST_DAYS, dayCount).exactOptional().describe(words),
    ),
    ...eachOf(FLAGS, (words) => z.boolean().exactOptional().describe(words)),
  })
  .refine((filter) => Object.keys(filter).length > 0, {
    error: 'An empty filter would choose every key there is. Name at least one condition.',
  });

type Filtering = z.output<typeof keyFilterIn>;

/** Undefined: nothing can pass it, because it wants keys of two creators. `ownOnly`: others are none of the caller’s business. */
export function toFilter(
  { createdBy, mine = false, unusedForDays, olderThanDays, ...rest }: Filtering,
  caller: Caller,
  ownOnly: boolean,
  nowMs: number,
): Omit<KeyFilter, 'limit'> | undefined {
  const asked = createdBy === 'me' ? caller.id : createdBy;
  const creators = new Set([...(asked === undefined ? [] : [asked]), ...(mine || ownOnly ? [caller.id] : [])]);
  const [creator, other] = creators;
  if (other !== undefined) return undefined;
  return {
    ...rest,
    ...(creator !== undefined && { createdBy: creator }),
    ...(unusedForDays !== undefined && { unusedSinceMs: nowMs - unusedForDays * DAY_MS }),
    ...(olderThanDays !== undefined && { createdBeforeMs: nowMs - olderThanDays * DAY_MS }),
  };
}
