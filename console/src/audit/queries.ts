import { infiniteQueryOptions } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import type { Page, Query } from '../api/types.ts';
import type { Place } from '../usage/queries.ts';
import { periodOf, spanOf } from '../usage/span.ts';
import type { AuditView } from './auditView.ts';
import type { AuditEvent } from './types.ts';

/** Events, newest first; `isWhole`: all there ever were, whatever the time in `view`. */
export const auditQuery = (place: Place, view: AuditView, isWhole = false) =>
  infiniteQueryOptions({
    queryKey: ['audit', place, view, isWhole],
    queryFn: ({ signal, pageParam }) =>
      call<Page<AuditEvent>>('GET', '/audit-events', {
        query: { ...askedOf(place, view, isWhole), limit: 50, cursor: pageParam },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: (before) => before,
  });

/** Where the browser gets the same events as a file. */
export function exportPath(place: Place, view: AuditView, format: 'csv' | 'jsonl'): string {
  const search = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(askedOf(place, view)))
    if (value !== undefined) search.set(name, String(value));
  return `/api/v1/audit-events/export?${search}`;
}

function askedOf(place: Place, { days, from, to, ...filters }: AuditView, isWhole = false): Query {
  const nowMs = Date.now();
  return { ...place, ...filters, ...(!isWhole && periodOf(spanOf({ days, from, to }, nowMs), nowMs)) };
}
