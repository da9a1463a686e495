import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/client.ts';
import type { Key, Page, UsageRow } from '../api/types.ts';

export interface DocsPage {
  readonly title: string;
  readonly path: string;
}

/** The pages of the documentation, as the server lists them for programs; `updatedAt`: the latest change of one. */
export const docsQuery = queryOptions({
  queryKey: ['docs'],
  queryFn: async ({ signal }): Promise<{ pages: readonly DocsPage[]; updatedAt: string | null }> => {
    const answer = await fetch('/docs/llms.txt', { signal });
    const text = answer.ok ? await answer.text() : '';
    const pages = [...text.matchAll(/^- \[(.+)\]\((\/docs\/.+)\.md\)$/gm)].map(([, title = '', path = '']) => ({
      title: title.replaceAll('`', ''),
      path,
    }));
    return { pages, updatedAt: answer.headers.get('last-modified') };
  },
  staleTime: Infinity,
});

/** Keys of a project by a piece of their name, description or masked value. */
export const foundKeysQuery = (projectId: string, search: string) =>
  queryOptions({
    queryKey: ['keys', projectId, 'found', search],
    queryFn: ({ signal }) =>
      call<Page<Key>>('GET', `/projects/${projectId}/keys`, { query: { search, limit: 8 }, signal }),
    staleTime: 10_000,
  });

/** How far somebody has come with a project; undefined: not theirs to know. */
export const progressQuery = (projectId: string, may: { readonly usage: boolean; readonly members: boolean }) =>
  queryOptions({
    queryKey: ['keys', projectId, 'progress', may.usage, may.members],
    queryFn: async ({ signal }) => {
      const keys = (query: object) =>
        call<Page<Key>>('GET', `/projects/${projectId}/keys`, { query: { ...query, limit: 1 }, signal });
      const [any, limited, usage, members] = await Promise.all([
        keys({}),
        keys({ withoutLimit: false }),
        may.usage ? call<{ data: readonly UsageRow[] }>('GET', '/usage', { query: { projectId }, signal }) : undefined,
        may.members
          ? call<Page<unknown>>('GET', `/projects/${projectId}/members`, { query: { limit: 2 }, signal })
          : undefined,
      ]);
      return {
        key: any.data.length > 0,
        limits: limited.data.length > 0,
        used: usage && usage.data.some(({ requests }) => requests > 0),
        members: members && members.data.length > 0,
      };
    },
  });
