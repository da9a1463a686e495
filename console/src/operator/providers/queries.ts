import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { modelOut } from '../../../../src/http/manage/schema/models.ts';
import type { providerOut, providerTestOut } from '../../../../src/http/manage/schema/providers.ts';
import { call } from '../../api/client.ts';
import { allQuery } from '../../api/queries.ts';
import type { Page } from '../../api/types.ts';

export type Provider = z.output<typeof providerOut>;
export type ProviderTest = z.output<typeof providerTestOut>;
export type Model = z.output<typeof modelOut>;

export const allProvidersQuery = allQuery<Provider>(['providers', 'all'], '/providers');

/** The first few models of a provider: enough to say that there are some. */
export const servedQuery = (providerId: string) =>
  queryOptions({
    queryKey: ['models', 'served', providerId],
    queryFn: ({ signal }) => call<Page<Model>>('GET', '/models', { query: { providerId, limit: 6 }, signal }),
    staleTime: 0,
  });
