import type { QueryClient } from '@tanstack/react-query';
import { createRoute, createRouter, redirect } from '@tanstack/react-router';
import { projectsQuery } from './api/queries.ts';
import { accountRoutes } from './routes/account.ts';
import { helpRoutes } from './routes/help.ts';
import { operatorRoutes } from './routes/operator.ts';
import { entryRoutes, personRoutes } from './routes/person.ts';
import { projectRoutes } from './routes/project.ts';
import { root, signedIn } from './routes/signedIn.ts';
import { lastProject } from './shell/lastProject.ts';
import { PageMissing, RouteError } from './shell/PageError.tsx';

/** The home: the keys of the project that was looked at last, or all projects for who has none. */
const home = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  loader: async ({ context }) => {
    const { data } = await context.queries.query({ ...projectsQuery, staleTime: 'static' });
    const kept = lastProject();
    const project = data.find(({ id }) => id === kept) ?? data[0];
    if (!project) return redirect({ to: '/projects', replace: true, throw: true });
    return redirect({
      to: '/projects/$projectId/keys',
      params: { projectId: project.id },
      replace: true,
      throw: true,
    });
  },
});

const tree = root.addChildren([
  ...entryRoutes,
  signedIn.addChildren([home, ...helpRoutes, ...projectRoutes, ...accountRoutes, operatorRoutes, ...personRoutes]),
]);

export function createConsoleRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queries },
    // A page of another key, project or account is another page: what was typed, chosen or opened for one is not sent to the other.
    defaultRemountDeps: ({ params }) => params,
    defaultPreload: 'intent',
    // What a page leaves out of an address that anybody may have written is not there.
    search: { strict: true },
    defaultErrorComponent: RouteError,
    defaultNotFoundComponent: PageMissing,
  });
}
