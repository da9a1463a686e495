import { createRoute } from '@tanstack/react-router';
import { readPeopleView } from '../operator/people/peopleView.ts';
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

/** The pages of the platform, for its operator. */
export const operatorRoutes = platform.addChildren([accounts, account, people]);
