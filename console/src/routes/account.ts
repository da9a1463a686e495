import { createRoute } from '@tanstack/react-router';
import { readUsageView } from '../usage/usageView.ts';
import { page } from './page.ts';
import { signedIn } from './signedIn.ts';

const getParentRoute = () => signedIn;

const projects = createRoute({
  getParentRoute,
  path: '/projects',
  component: page(() => import('../projects/ProjectsPage.tsx'), 'ProjectsPage', 'projects'),
});

const usage = createRoute({
  getParentRoute,
  path: '/accounts/$accountId/usage',
  validateSearch: readUsageView,
  component: page(() => import('../usage/UsagePage.tsx'), 'AccountUsagePage', 'usage'),
});

const quota = createRoute({
  getParentRoute,
  path: '/accounts/$accountId/quota',
  component: page(() => import('../quota/QuotaPage.tsx'), 'QuotaPage', 'quota'),
});

/** The pages of an account. */
export const accountRoutes = [projects, usage, quota] as const;
