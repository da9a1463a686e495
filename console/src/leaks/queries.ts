import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import { listQuery } from '../api/queries.ts';
import type { Place } from '../usage/queries.ts';
import type { LeaksView } from './leaksView.ts';
import type { Leak, SuspectUse } from './types.ts';

/** Leak reports of a project or an account, newest first. */
export const leaksQuery = (place: Place, view: LeaksView) =>
  listQuery<Leak>(['leaks', place], '/leak-reports', { ...place, ...view });

export const leakQuery = (id: string) =>
  queryOptions({
    queryKey: ['leak', id],
    queryFn: ({ signal }) => call<Leak>('GET', `/leak-reports/${id}`, { signal }),
  });

/** How the key was used since its value may have been out. */
export const suspectUseQuery = (id: string) =>
  queryOptions({
    queryKey: ['leak', id, 'use'],
    queryFn: ({ signal }) => call<SuspectUse>('GET', `/leak-reports/${id}/use`, { signal }),
  });
