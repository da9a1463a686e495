import { queryOptions } from '@tanstack/react-query';
import { everyPage } from '../api/queries.ts';
import type { Place } from '../usage/queries.ts';
import { periodOf, type Span } from '../usage/span.ts';
import type { Denial } from './types.ts';

/** Every count of refusals in a span, as far as they are sent at once. */
export const refusalsQuery = (place: Place, keyId: string | undefined, span: Span) =>
  queryOptions({
    queryKey: ['denials', 'all', place, keyId, span.days[0], span.days.at(-1)],
    queryFn: ({ signal }) => everyPage<Denial>('/denials', signal, { ...place, keyId, ...periodOf(span, Date.now()) }),
    placeholderData: (before) => before,
  });
