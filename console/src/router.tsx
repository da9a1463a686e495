import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { ApiError } from './api/client.ts';
import { keyQuery, projectsQuery, sessionQuery } from './api/queries.ts';
import { readUsageView } from './usage/usageView.ts';
import { readKeysView } from './keys/keysView.ts';
import { PageError, PageMissing } from './shell/PageError.tsx';
import { NoProject } from './shell/NoProject.tsx';
import { Shell } from './shell/Shell.tsx';
import { lastProject } from './shell/lastProject.ts';

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  errorComponent: PageError,
  notFoundComponent: PageMissing,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: ({ back }: Record<string, unknown>): { back?: string } => (typeof back === 'string' ? { back } : {}),
  component: lazyRouteComponent(() => import('./session/SignInPage.tsx'), 'SignInPage'),
});

/** Everything behind it is for people who are signed in; others sign in first, and come back to where they were going. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signedIn',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queries.query({ ...sessionQuery, staleTime: 'static' });
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem.status !== 401) throw error;
      redirect({ to: '/sign-in', search: location.href === '/' ? {} : { back: location.href }, throw: true });
    }
  },
});

const home = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  loader: async ({ context }) => {
    const { data } = await context.queries.query({ ...projectsQuery, staleTime: 'static' });
    const kept = lastProject();
    const project = data.find(({ id }) => id === kept) ?? data[0];
    if (!project) return;
    redirect({ to: '/projects/$projectId/keys', params: { projectId: project.id }, replace: true, throw: true });
  },
  component: NoProject,
});

const keys = createRoute({
  getParentRoute: () => signedIn,
  path: '/projects/$projectId/keys',
  validateSearch: readKeysView,
  component: lazyRouteComponent(() => import('./keys/KeysPage.tsx'), 'KeysPage'),
});

const usage = createRoute({
  getParentRoute: () => signedIn,
  path: '/projects/$projectId/usage',
  validateSearch: readUsageView,
  component: lazyRouteComponent(() => import('./usage/UsagePage.tsx'), 'UsagePage'),
});

const security = createRoute({
  getParentRoute: () => signedIn,
  path: '/projects/$projectId/security',
  component: lazyRouteComponent(() => import('./security/SecurityPage.tsx'), 'SecurityPage'),
});

const key = createRoute({
  getParentRoute: () => signedIn,
  path: '/keys/$keyId',
  loader: ({ context, params }) => context.queries.query(keyQuery(params.keyId)),
  component: lazyRouteComponent(() => import('./key/KeyPage.tsx'), 'KeyPage'),
});

const tree = root.addChildren([signIn, signedIn.addChildren([home, keys, usage, security, key])]);

export function createConsoleRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queries },
    defaultPreload: 'intent',
    defaultErrorComponent: PageError,
    defaultNotFoundComponent: PageMissing,
  });
}
