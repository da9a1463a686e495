import { queryOptions } from '@tanstack/react-query';
import { everyPage } from '../../api/queries.ts';
import type { Model } from '../providers/queries.ts';

export const allModelsQuery = queryOptions({
  queryKey: ['models', 'all'],
  queryFn: ({ signal }) => everyPage<Model>('/models', signal),
  staleTime: 30_000,
});
