import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import type { Page, UsageRow } from '../api/types.ts';
import { periodBefore, periodOf, type Span, type Unit } from './span.ts';
import type { Activity, Notice } from './types.ts';
import type { By } from './usageView.ts';

/** Of which project or account a page tells. */
export type Place = { readonly projectId: string } | { readonly accountId: string };

/** Sums of a span by some things; `isBefore`: of the stretch right before it. */
export const sumsQuery = (options: {
  place: Place;
  span: Span;
  groupBy: readonly (By | Unit)[];
  keyId?: string | undefined;
  isBefore?: boolean;
}) => {
  const { place, span, groupBy, keyId, isBefore = false } = options;
  return queryOptions({
    queryKey: ['usage', place, span.steps[0], span.steps.at(-1), span.length, groupBy, keyId, isBefore],
    queryFn: async ({ signal }) => {
      const period = (isBefore ? periodBefore : periodOf)(span, Date.now());
      const query = { ...place, keyId, ...period, groupBy: groupBy.join(',') };
      return (await call<{ data: readonly UsageRow[] }>('GET', '/usage', { query, signal })).data;
    },
    // Of another span, until that has come; sums of other things, or by others, would be read as these.
    placeholderData: (before, last) =>
      JSON.stringify(last?.queryKey.toSpliced(2, 3)) === JSON.stringify(['usage', place, groupBy, keyId, isBefore])
        ? before
        : undefined,
  });
};

/** What an unusual use of a key is called. */
export const UNUSUAL = ['key.newAddress', 'key.spike', 'key.refusals'] as const;
const MOST_UNUSUAL = 20;

/** Notices of unusual use, newest first. */
export const unusualQuery = (place: Place, keyId?: string) =>
  queryOptions({
    queryKey: ['notices', 'unusual', place, keyId],
    queryFn: async ({ signal }) => {
      const lists = await Promise.all(
        UNUSUAL.map((kind) =>
          call<Page<Notice>>('GET', '/notices', { query: { ...place, keyId, kind, limit: MOST_UNUSUAL }, signal }),
        ),
      );
      return lists
        .flatMap(({ data }) => data)
        .toSorted((one, other) => other.createdAt.localeCompare(one.createdAt))
        .slice(0, MOST_UNUSUAL);
    },
  });

/** How one key was used of late. */
export const activityQuery = (keyId: string) =>
  queryOptions({
    queryKey: ['activity', keyId],
    queryFn: ({ signal }) => call<Activity>('GET', `/keys/${keyId}/activity`, { signal }),
  });
