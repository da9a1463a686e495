import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client.ts';

/** Where keys can live; none where Keyward runs in one place. */
export const regionsQuery = queryOptions({
  queryKey: ['regions'],
  queryFn: ({ signal }) =>
    call<{ data: readonly { id: string; baseUrl: string; isHere: boolean }[] }>('GET', '/regions', { signal }),
  staleTime: 300_000,
});
