import { createRoute } from '@tanstack/react-router';
import { page } from './page.ts';
import { root, signedIn } from './signedIn.ts';

const getParentRoute = () => root;

const signIn = createRoute({
  getParentRoute,
  path: '/sign-in',
  validateSearch: ({ back }: Record<string, unknown>): { back?: string } => (typeof back === 'string' ? { back } : {}),
  component: page(() => import('../session/SignInPage.tsx'), 'SignInPage', 'entry'),
});

const invitation = createRoute({
  getParentRoute,
  path: '/invitation',
  component: page(() => import('../session/InvitationPage.tsx'), 'InvitationPage', 'entry'),
});

const passwordReset = createRoute({
  getParentRoute,
  path: '/password-reset',
  component: page(() => import('../session/PasswordResetPage.tsx'), 'PasswordResetPage', 'entry'),
});

/** The pages of people who are not in yet. */
export const entryRoutes = [signIn, invitation, passwordReset] as const;

const profile = createRoute({
  getParentRoute: () => signedIn,
  path: '/profile',
  component: page(() => import('../profile/ProfilePage.tsx'), 'ProfilePage', 'profile', 'entry'),
});

/** The pages of a person who is in. */
export const personRoutes = [profile] as const;
