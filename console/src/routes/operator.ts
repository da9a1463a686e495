import { createRoute } from '@tanstack/react-router';
import { readOpenView } from '../operator/openView.ts';
import { readPeopleView } from '../operator/people/peopleView.ts';
import { readQuotaView } from '../operator/quota/quotaView.ts';
import { page } from './page.ts';
import { signedIn } from './signedIn.ts';

const platform = createRoute({
  getParentRoute: () => signedIn,
  path: '/platform',
  component: page(() => import('../operator/OperatorOnly.tsx'), 'OperatorOnly'),
});
const getParentRoute = () => platform;

const accounts = createRoute({
  getParentRoute,
  path: '/accounts',
  component: page(() => import('../operator/accounts/AccountsPage.tsx'), 'AccountsPage', 'accounts'),
});

const account = createRoute({
  getParentRoute,
  path: '/accounts/$accountId',
  component: page(() => import('../operator/accounts/AccountPage.tsx'), 'AccountPage', 'accounts'),
});

const people = createRoute({
  getParentRoute,
  path: '/people',
  validateSearch: readPeopleView,
  component: page(() => import('../operator/people/PeoplePage.tsx'), 'PeoplePage', 'people'),
});

const providers = createRoute({
  getParentRoute,
  path: '/providers',
  validateSearch: readOpenView,
  component: page(() => import('../operator/providers/ProvidersPage.tsx'), 'ProvidersPage', 'catalogue'),
});

const models = createRoute({
  getParentRoute,
  path: '/models',
  validateSearch: readOpenView,
  component: page(() => import('../operator/models/ModelsPage.tsx'), 'ModelsPage', 'catalogue'),
});

const groups = createRoute({
  getParentRoute,
  path: '/groups',
  validateSearch: readOpenView,
  component: page(() => import('../operator/groups/GroupsPage.tsx'), 'GroupsPage', 'catalogue'),
});

const quotaRequests = createRoute({
  getParentRoute,
  path: '/quota-requests',
  validateSearch: readQuotaView,
  component: page(() => import('../operator/quota/QuotaRequestsPage.tsx'), 'QuotaRequestsPage', 'quotaRequests'),
});

const system = createRoute({
  getParentRoute,
  path: '/system',
  component: page(() => import('../operator/system/SystemPage.tsx'), 'SystemPage', 'system'),
});

/** The pages of the platform, for its operator. */
export const operatorRoutes = platform.addChildren([
  accounts,
  account,
  people,
  providers,
  models,
  groups,
  quotaRequests,
  system,
]);
