import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import { listQuery } from '../api/queries.ts';
import type { Key, Model, Page, UsageRow } from '../api/types.ts';
import type { ClusterUser, Endpoint, Service } from './types.ts';

export const modelsQuery = (projectId: string, search: string | undefined) =>
  listQuery<Model>(['models', projectId], '/models', { projectId, search });

export const endpointsQuery = (projectId: string) =>
  listQuery<Endpoint>(['endpoints', projectId], `/projects/${projectId}/endpoints`);

export const servicesQuery = (projectId: string) =>
  listQuery<Service>(['services', projectId], `/projects/${projectId}/services`);

export const serviceQuery = (id: string) =>
  queryOptions({
    queryKey: ['service', id],
    queryFn: ({ signal }) => call<Service>('GET', `/services/${id}`, { signal }),
  });

export const usersQuery = (serviceId: string) =>
  listQuery<ClusterUser>(['clusterUsers', serviceId], `/services/${serviceId}/users`);

const DAY_MS = 86_400_000;
/** Keys that are named before the rest is only counted. */
const SHOWN = 5;

export interface Dependents {
  readonly keys: readonly Key[];
  readonly isMore: boolean;
  /** Calls in the last 24 hours. */
  readonly calls: number;
}

/** What stops when something is taken away: keys that name it, and its calls of late by the name they use. */
export const dependentsQuery = (projectId: string, resourceId: string, name: string) =>
  queryOptions({
    queryKey: ['dependents', resourceId],
    queryFn: async ({ signal }): Promise<Dependents> => {
      const from = new Date(Date.now() - DAY_MS).toISOString();
      const [keys, usage] = await Promise.all([
        call<Page<Key>>('GET', `/projects/${projectId}/keys`, { query: { resourceId, limit: SHOWN }, signal }),
        call<{ data: readonly UsageRow[] }>('GET', '/usage', { query: { projectId, groupBy: 'model', from }, signal }),
      ]);
      const rows = usage.data.filter(({ group }) => group.model === name);
      return {
        keys: keys.data,
        isMore: keys.nextCursor !== null,
        calls: rows.reduce((sum, { requests }) => sum + requests, 0),
      };
    },
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });
