import type { QueryClient } from '@tanstack/react-query';
import { accountsQuery, keysQuery, projectsQuery, rightsQuery } from '../api/queries.ts';
import { readKeysView, toQuery } from '../keys/keysView.ts';
import { lastProject } from '../shell/lastProject.ts';

/**
 * Asks for what the page is going to need while it is still being found out who is signed in: nothing waits for an answer
 * that it does not depend on. What is refused here is asked again by the page, which says so.
 */
export function askEarly(queries: QueryClient, pathname: string, search: Record<string, unknown>): void {
  queries.query({ ...projectsQuery, staleTime: 'static' }).catch(leave);
  queries.query({ ...accountsQuery, staleTime: 'static' }).catch(leave);
  const [, named, page] = /^\/projects\/([^/]+)\/([^/]+)/.exec(pathname) ?? [];
  const projectId = named ?? (pathname === '/' ? lastProject() : null);
  if (projectId === null) return;
  queries.query({ ...rightsQuery(projectId), staleTime: 'static' }).catch(leave);
  if (page !== undefined && page !== 'keys') return;
  const { create: _, ...filters } = readKeysView(search);
  queries.infiniteQuery({ ...keysQuery(projectId, toQuery(filters)), staleTime: 'static' }).catch(leave);
}

function leave(): void {
  // The page asks again.
}
