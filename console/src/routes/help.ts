import { createRoute } from '@tanstack/react-router';
import { page } from './page.ts';
import { signedIn } from './signedIn.ts';

/** Help, which is of no project and no account. */
export const helpRoute = createRoute({
  getParentRoute: () => signedIn,
  path: '/help',
  component: page(() => import('../help/HelpPage.tsx'), 'HelpPage', 'help'),
});
