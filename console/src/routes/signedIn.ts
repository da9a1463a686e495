import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, notFound, redirect } from '@tanstack/react-router';
import { ApiError } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import { askEarly } from './early.ts';
import { PageMissing, RouteError } from '../shell/PageError.tsx';
import { Shell } from '../shell/Shell.tsx';

/** What stands for a thing in an address. With a slash in it, it would lead to another one. */
const NAME = /^[\w-]{1,200}$/;

export const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  errorComponent: RouteError,
  notFoundComponent: PageMissing,
});

/** Everything behind it is for people who are signed in; others sign in first, and come back to where they were going. */
export const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signedIn',
  component: Shell,
  beforeLoad: async ({ context, location, params }) => {
    if (!Object.values(params).every((name) => NAME.test(String(name)))) notFound({ throw: true });
    askEarly(context.queries, location.pathname, location.search);
    try {
      await context.queries.query({ ...sessionQuery, staleTime: 'static' });
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem.status !== 401) throw error;
      redirect({ to: '/sign-in', search: location.href === '/' ? {} : { back: location.href }, throw: true });
    }
  },
});
