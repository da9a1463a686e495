import { createRoute } from '@tanstack/react-router';
import { page } from './page.ts';
import { signedIn } from './signedIn.ts';

const help = createRoute({
  getParentRoute: () => signedIn,
  path: '/help',
  component: page(() => import('../help/HelpPage.tsx'), 'HelpPage', 'help'),
});

const guide = createRoute({
  getParentRoute: () => signedIn,
  path: '/help/$guide',
  component: page(() => import('../help/GuidePage.tsx'), 'GuidePage', 'help'),
});

/** Help and the guide, which are of no project and no account. */
export const helpRoutes = [help, guide] as const;
