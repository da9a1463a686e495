import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import { everyPage, MOST_PAGES } from '../api/everyPage.ts';
import type { Page } from '../api/types.ts';
import type { Place } from '../usage/queries.ts';
import { periodOf, spanOf, type Span } from '../usage/span.ts';
import type { RequestsView } from './requestsView.ts';
import type { Denial, Request } from './types.ts';

/** Admitted requests, newest first. */
export const requestsQuery = (projectId: string, { status, model, address, ...view }: RequestsView) =>
  listIn<Request>('/requests', projectId, view, { status, model, address });

/** Counts of refusals, newest hour first. */
export const denialsQuery = (projectId: string, { code, address, ...view }: RequestsView) =>
  listIn<Denial>('/denials', projectId, view, { code, address });

/** A list of what was in a span, up to now where its last day is not over. */
function listIn<T>(
  path: string,
  projectId: string,
  { days, from, to, keyId }: RequestsView,
  filters: Record<string, string | number | undefined>,
) {
  const view = { days, from, to };
  return infiniteQueryOptions({
    queryKey: [path, projectId, view, keyId, filters],
    queryFn: ({ signal, pageParam }) => {
      const nowMs = Date.now();
      const period = periodOf(spanOf(view, nowMs), nowMs);
      const query = { projectId, keyId, ...period, ...filters, limit: 50, cursor: pageParam };
      return call<Page<T>>('GET', path, { query, signal });
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: (before) => before,
  });
}

/** Every count of refusals in a span, as far as they are sent at once. */
export const refusalsQuery = (place: Place, keyId: string | undefined, span: Span) =>
  queryOptions({
    queryKey: ['/denials', 'all', place, keyId, span.steps[0], span.steps.at(-1)],
    queryFn: ({ signal }) =>
      everyPage<Denial>('/denials', signal, { ...place, keyId, ...periodOf(span, Date.now()) }, MOST_PAGES),
    placeholderData: (before) => before,
  });
