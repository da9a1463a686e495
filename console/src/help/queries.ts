import { queryOptions } from '@tanstack/react-query';
import { call, send } from '../api/client.ts';
import type { Key, Page, Query, UsageRow } from '../api/types.ts';
import type { Guide } from './guides.ts';

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

/** Where the guide is on the server, by language. */
const GUIDE_FOLDERS = { en: '/docs/guide', 'zh-CN': '/docs/guide-zh-CN' } as const;

export interface WrittenGuide {
  readonly language: keyof typeof GUIDE_FOLDERS;
  /** What holds its text. */
  readonly main: Element;
}

/**
 * A page of the guide as the server renders it. No script of it can run. While it is fetched in another language, it stands
 * there in the one it was read in.
 */
export const guideQuery = (guide: Guide, language: WrittenGuide['language']) =>
  queryOptions({
    queryKey: ['guide', guide, language],
    queryFn: async ({ signal }): Promise<WrittenGuide> => {
      const html = await send(`${GUIDE_FOLDERS[language]}/${guide}`, { signal });
      const page = new DOMParser().parseFromString(html, 'text/html');
      return { language, main: page.querySelector('main') ?? page.body };
    },
    placeholderData: (before, query) => (query?.queryKey[1] === guide ? before : undefined),
    staleTime: Infinity,
    structuralSharing: false,
  });

/**
 * How far somebody has come with a project; undefined: not theirs to know. Who may ask only about their own keys (`usage`
 * false) sees by these whether one was used.
 */
export const progressQuery = (projectId: string, may: { readonly usage: boolean; readonly members: boolean }) =>
  queryOptions({
    queryKey: ['keys', projectId, 'progress', may.usage, may.members],
    queryFn: async ({ signal }) => {
      const page = <T>(path: string, query: Query) => call<Page<T>>('GET', path, { query, signal });
      const keys = `/projects/${projectId}/keys`;
      const [any, limited, usage, members] = await Promise.all([
        page<Key>(keys, { limit: 50 }),
        page<Key>(keys, { withoutLimit: false, limit: 1 }),
        may.usage ? page<UsageRow>('/usage', { projectId }) : undefined,
        may.members ? page(`/projects/${projectId}/members`, { limit: 1 }) : undefined,
      ]);
      return {
        key: any.data.length > 0,
        limits: limited.data.length > 0,
        used:
          any.data.some(({ lastUsedAt }) => lastUsedAt !== null) ||
          (usage?.data.some(({ requests }) => requests > 0) ?? false),
        members: members && members.data.length > 0,
      };
    },
  });
