import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import type { Secret } from './types.ts';

/** The values a key has and had, masked. Kept below the key, so that what reads the key anew reads them too. */
export const secretsQuery = (id: string) =>
  queryOptions({
    queryKey: ['key', id, 'secrets'],
    queryFn: ({ signal }) => call<{ data: readonly Secret[] }>('GET', `/keys/${id}/secrets`, { signal }),
  });
