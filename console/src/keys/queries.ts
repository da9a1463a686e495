import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client.ts';

/** Where keys can live; none where Keyward runs in one place. */
export const regionsQuery = queryOptions({
  queryKey: ['regions'],
  queryFn: ({ signal }) =>
    call<{ data: readonly { id: string; baseUrl: string; isHere: boolean }[] }>('GET', '/regions', { signal }),
  staleTime: 300_000,
});

/** How many calls a key and the temporary keys made from it had in the last 24 hours. */
export const usesQuery = (keyId: string) =>
  queryOptions({
    queryKey: ['key', keyId, 'uses'],
    queryFn: async ({ signal }) => {
      const from = new Date(Date.now() - 86_400_000).toISOString();
      const sums = await Promise.all(
        [{ keyId }, { parentKeyId: keyId }].map((of) =>
          call<{ data: readonly { requests: number }[] }>('GET', '/usage', { query: { ...of, from }, signal }),
        ),
      );
      return sums.flatMap(({ data }) => data).reduce((sum, { requests }) => sum + requests, 0);
    },
    staleTime: 0,
    retry: false,
  });

/** The address that the caller comes from; null where the server cannot tell. */
export const mineQuery = queryOptions({
  queryKey: ['sessions', 'mine'],
  queryFn: async () => {
    const { data } = await call<{ data: readonly { current: boolean; address: string | null }[] }>(
      'GET',
      '/auth/sessions',
    );
    return data.find(({ current }) => current)?.address ?? null;
  },
  staleTime: 60_000,
});
