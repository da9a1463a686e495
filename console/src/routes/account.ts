import { createRoute } from '@tanstack/react-router';
import { page } from './page.ts';
import { signedIn } from './signedIn.ts';

const getParentRoute = () => signedIn;

const projects = createRoute({
  getParentRoute,
  path: '/projects',
  component: page(() => import('../projects/ProjectsPage.tsx'), 'ProjectsPage', 'projects'),
});

/** The pages of an account. */
export const accountRoutes = [projects] as const;
