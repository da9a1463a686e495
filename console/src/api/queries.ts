import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { call, isNoMore } from './client.ts';
import { everyPage, MOST_PAGES } from './everyPage.ts';
import type { Query } from '../api/types.ts';
import type {
  Account,
  AccountSecurity,
  Key,
  KeyDetails,
  ListedKey,
  Model,
  Named,
  OpenGroup,
  Page,
  Project,
  Security,
  SignedIn,
} from './types.ts';

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => call<SignedIn>('GET', '/auth/session', { signal }),
  staleTime: 60_000,
  retry: false,
});

/** All of a list of the API, to choose from: what stands on a later page can be chosen as well as what stands on the first. */
export const allQuery = <T>(of: readonly [string, ...unknown[]], path: string, query: Query = {}) =>
  queryOptions({ queryKey: of, queryFn: ({ signal }) => everyPage<T>(path, signal, query) });

export const projectsQuery = allQuery<Project>(['projects'], '/projects');

export const accountsQuery = allQuery<Account>(['accounts'], '/accounts');

/** What the caller may do in a project, by the names of the permissions. */
export const rightsQuery = (projectId: string) => rights(`/projects/${projectId}`);

/** What the caller may do in an account, by the names of the permissions. */
export const accountRightsQuery = (accountId: string) => rights(`/accounts/${accountId}`);

function rights(path: string) {
  return queryOptions({
    queryKey: ['rights', path],
    queryFn: ({ signal }) =>
      call<{ permissions: Readonly<Record<string, string>> }>('GET', `${path}/permissions`, { signal }),
  });
}

/** How often something that is looked at is asked for again, in milliseconds; what is gone is not asked for any more. */
export const whileThere =
  (everyMs: number) =>
  ({ state }: { readonly state: { readonly error: unknown } }): number | false =>
    !isNoMore(state.error) && everyMs;

/** A list of the API, page by page. `of` names it among what is kept, and what changes it has read anew. */
export const listQuery = <T>(of: readonly [string, ...unknown[]], path: string, query: Query = {}) =>
  infiniteQueryOptions({
    queryKey: [...of, query],
    queryFn: ({ signal, pageParam }) =>
      call<Page<T>>('GET', path, { query: { ...query, limit: 50, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: (before) => before,
  });

export const keysQuery = (projectId: string, filters: Query) =>
  listQuery<ListedKey>(['keys', projectId], `/projects/${projectId}/keys`, { ...filters, limits: true });

export const keyQuery = (id: string) =>
  queryOptions({
    queryKey: ['key', id],
    queryFn: ({ signal }) => call<KeyDetails>('GET', `/keys/${id}`, { signal }),
  });

/** How many notices came since the caller last looked. Not asked by the clock: a page that is left open ends as one that nobody uses. */
export const unreadQuery = (of: { readonly accountId: string } | { readonly projectId: string }) =>
  queryOptions({
    queryKey: ['unread', of],
    queryFn: ({ signal }) =>
      call<{ count: number; ofAccount: number | null }>('GET', '/notices/unread', { query: { ...of }, signal }),
    staleTime: 60_000,
    retry: false,
  });

export const accountSecurityQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['accountSecurity', accountId],
    queryFn: ({ signal }) => call<AccountSecurity>('GET', `/accounts/${accountId}/security`, { signal }),
    retry: false,
  });

/** Everything that a key of the project can be scoped to. */
export const resourcesQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['resources', projectId],
    queryFn: async ({ signal }) => {
      const [model, endpoint, service] = await Promise.all([
        everyPage<Model>('/models', signal, { projectId }),
        everyPage<Named>(`/projects/${projectId}/endpoints`, signal),
        everyPage<Named>(`/projects/${projectId}/services`, signal),
      ]);
      return { model: model.data, endpoint: endpoint.data, service: service.data };
    },
    staleTime: 30_000,
  });

export const securityQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['security', projectId],
    queryFn: ({ signal }) => call<Security>('GET', `/projects/${projectId}/security`, { signal }),
  });

/** The groups that keys of a project can be put into. */
export const groupsQuery = (projectId: string) => ({
  ...allQuery<OpenGroup>(['groups', projectId], `/projects/${projectId}/groups`),
  staleTime: 30_000,
});

/** Keys of a project by a piece of their name, description or masked value: the latest `limit` of them. */
export const foundKeysQuery = (projectId: string, search: string, limit: number) =>
  queryOptions({
    queryKey: ['keys', projectId, 'found', search, limit],
    queryFn: ({ signal }) =>
      call<Page<Key>>('GET', `/projects/${projectId}/keys`, { query: { search, limit }, signal }),
    staleTime: 10_000,
  });

/** Names of a project's keys by their ids, as far as that many pages go. */
export const keyNamesQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['keys', projectId, 'names'],
    queryFn: async ({ signal }) => {
      const { data } = await everyPage<Key>(`/projects/${projectId}/keys`, signal, {}, MOST_PAGES);
      return new Map(data.map(({ id, name }) => [id, name]));
    },
    staleTime: 30_000,
  });
