import { z } from 'zod';
import { descriptionError, type Key } from '../../../core/key.ts';
import { LEAK_PLACES, stepsLeft } from '../../../core/leak.ts';
import { SUSPECT_GROUPS, type LeakView, type SuspectUse } from '../../../service/leaks.ts';
import { keeping, momentIn, momentOut, pageQuery, toMoment, toMomentOrNull } from './fields.ts';
import { toUsageOut, usageOut } from './usage.ts';

const words = (description: string) => keeping(z.string().trim(), descriptionError).describe(description);
const note = words('Up to 500 characters. What looks like a key of this server is taken out.').default('');

const PLACE_WORDS: Record<(typeof LEAK_PLACES)[number], string> = {
  logs: 'Logs, of your own programs and of services they pass through.',
  frontEnd: 'The bundle of a web page or an app, where everybody can read it.',
  repository: 'A repository, its history too.',
  screenshot: 'Screenshots, chats, tickets and mails.',
};
const placeState = z
  .enum(['open', 'clear', 'found'])
  .describe('`open`: not looked at yet. `clear`: not there. `found`: it got out there.');
const useState = z
  .enum(['open', 'clear', 'abnormal'])
  .describe('`open`: not looked at yet. `clear`: all of it is yours. `abnormal`: some of it is not.');
const replacementState = z
  .enum(['open', 'done', 'notNeeded'])
  .describe('`done`: another key took over (`keyId`), or the key has a new value.');

export const leakCreate = z.strictObject({
  since: momentIn
    .exactOptional()
    .describe('Since when its use is suspect. Left out: 30 days ago, or when it was made.'),
  foundAt: words(
    'Where the value was found: an address, a file, in your words. Never the value itself.',
  ).exactOptional(),
});

const eachPlace = <T extends z.ZodType>(schema: (description: string) => T) =>
  Object.fromEntries(LEAK_PLACES.map((place) => [place, schema(PLACE_WORDS[place])])) as Record<
    (typeof LEAK_PLACES)[number],
    T
  >;

export const leakChange = z
  .strictObject({
    use: z.strictObject({ state: useState, note }).exactOptional(),
    replacement: z
      .strictObject({
        state: replacementState,
        keyId: z.string().max(100).nullable().default(null).describe('Of the key that took over, from the same place.'),
      })
      .exactOptional(),
    places: z
      .strictObject(eachPlace((words_) => z.strictObject({ state: placeState, note }).exactOptional().describe(words_)))
      .exactOptional(),
  })
  .refine((change) => Object.keys(change).length > 0, {
    error: 'Say what was done: `use`, `replacement` or `places`.',
  });

export const leakClose = z.strictObject({
  reason: words('Why it is closed with steps left. Not needed when none are.')
    .refine((text) => text !== '', { error: 'Say why, or leave it out.' })
    .exactOptional(),
});

export const leakListQuery = z.strictObject({
  accountId: z.string().exactOptional().describe('Operator only; otherwise the caller’s own account.'),
  projectId: z.string().exactOptional(),
  keyId: z.string().exactOptional().describe('Deleted keys too: their history stays.'),
  status: z.enum(['open', 'closed']).exactOptional(),
  origin: z.enum(['person', 'scanner', 'finder']).exactOptional(),
  ...pageQuery,
});

const leakOrigin = z.enum(['person', 'scanner', 'finder']);

const link = z.object({ method: z.string(), path: z.string() });

export const leakOut = z
  .object({
    id: z.string().meta({ examples: ['leak_3vN8cKq0XzYw5LhR7Tcp2a'] }),
    accountId: z.string(),
    projectId: z.string().nullable(),
    key: z.object({ id: z.string(), name: z.string(), masked: z.string() }).describe('Deleted ones too.'),
    origin: leakOrigin.describe(
      'Who said so: somebody of the account, a scanner with a signature, or whoever had the whole key.',
    ),
    foundAt: z.string().nullable().describe('Where, in the words of who reported it: do not trust links in it.'),
    finds: z
      .array(z.object({ origin: leakOrigin, foundAt: z.string().nullable(), at: momentOut }))
      .describe('Other values of the key that were reported while this was open, in order.'),
    status: z.enum(['open', 'closed']),
    since: momentOut.describe('Use from then on is suspect.'),
    stopped: z
      .enum(['disabled', 'deleted', 'replaced'])
      .nullable()
      .describe(
        'Step 1, as it is now. `replaced`: every value it had then has ended, and no temporary key made before works. Null: it may still be used.',
      ),
    use: z.object({ state: useState, note: z.string() }).describe('Step 2: what it was used for since then.'),
    replacement: z.object({ state: replacementState, keyId: z.string().nullable() }).describe('Step 3.'),
    places: z
      .object(eachPlace((text) => z.object({ state: placeState, note: z.string() }).describe(text)))
      .describe('Step 4: where it got out.'),
    left: z.array(z.string()).describe('Steps that are not done: `stopped`, `use`, `replacement`, `places/logs`, …'),
    links: z
      .object({ use: link, rotate: link.nullable(), replace: link.nullable().describe('With `copyFrom`, this key.') })
      .describe('Where the steps are done. Null: the key is gone, or a temporary one.'),
    reason: z.string().nullable().describe('Why it was closed with steps left.'),
    createdBy: z.string().describe('`system`: a report from outside.'),
    createdAt: momentOut,
    updatedAt: momentOut,
    closedBy: z.string().nullable(),
    closedAt: momentOut.nullable(),
  })
  .meta({ id: 'LeakReport', description: 'What is done about a key that leaked, step by step.' });

const rows = usageOut.shape.data;

export const suspectUseOut = z
  .object({
    from: momentOut,
    to: momentOut,
    total: rows.element,
    ...(Object.fromEntries(
      SUSPECT_GROUPS.map((group) => [`by${group.charAt(0).toUpperCase()}${group.slice(1)}`, rows]),
    ) as Record<'byAddress' | 'byModel' | 'byStatus' | 'byDay', typeof rows>),
  })
  .meta({ id: 'SuspectUse', description: 'How a leaked key was used: the busiest 100 of each side.' });

export function toLeakOut({ report, key, stopped }: LeakView): z.output<typeof leakOut> {
  const { keyId: _, secretId: __, sinceMs, createdAtMs, updatedAtMs, closedAtMs, ...rest } = report;
  return {
    ...rest,
    key: { id: key.id, name: key.name, masked: key.masked },
    since: toMoment(sinceMs),
    stopped,
    finds: report.finds.map(({ origin, foundAt, atMs }) => ({ origin, foundAt, at: toMoment(atMs) })),
    places: { ...report.places },
    left: report.status === 'closed' ? [] : stepsLeft(report, stopped).map(({ pointer }) => pointer.slice(1)),
    links: linksOf(report.id, key),
    createdAt: toMoment(createdAtMs),
    updatedAt: toMoment(updatedAtMs),
    closedAt: toMomentOrNull(closedAtMs),
  };
}

function linksOf(id: string, key: Key): z.output<typeof leakOut>['links'] {
  // Temporary keys are neither rotated nor copied.
  const isThere = key.deletedAtMs === null && key.class !== 'temporary';
  const keys = key.projectId === null ? `/accounts/${key.accountId}/keys` : `/projects/${key.projectId}/keys`;
  return {
    use: { method: 'GET', path: `/api/v1/leak-reports/${id}/use` },
    rotate: isThere ? { method: 'POST', path: `/api/v1/keys/${key.id}/rotate` } : null,
    replace: isThere ? { method: 'POST', path: `/api/v1${keys}` } : null,
  };
}

const NO_USE = {
  group: {},
  requests: 0,
  inputTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  costNano: 0n,
  unpricedRequests: 0,
  estimatedRequests: 0,
};

export function toSuspectUseOut({ fromMs, toMs, total, by }: SuspectUse): z.output<typeof suspectUseOut> {
  return {
    from: toMoment(fromMs),
    to: toMoment(toMs),
    total: toUsageOut(total ?? NO_USE),
    byAddress: by.address.map(toUsageOut),
    byModel: by.model.map(toUsageOut),
    byStatus: by.status.map(toUsageOut),
    byDay: by.day.map(toUsageOut),
  };
}
