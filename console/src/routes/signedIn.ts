import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, redirect } from '@tanstack/react-router';
import { ApiError } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import { askEarly } from './early.ts';
import { PageMissing, RouteError } from '../shell/PageError.tsx';
import { Shell } from '../shell/Shell.tsx';

export const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  errorComponent: RouteError,
  notFoundComponent: PageMissing,
});

/** Everything behind it is for people who are signed in; others sign in first, and come back to where they were going. */
export const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signedIn',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    askEarly(context.queries, location.pathname, location.search);
    try {
      await context.queries.query({ ...sessionQuery, staleTime: 'static' });
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem.status !== 401) throw error;
      redirect({ to: '/sign-in', search: location.href === '/' ? {} : { back: location.href }, throw: true });
    }
  },
});
