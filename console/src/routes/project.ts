import { createRoute } from '@tanstack/react-router';
import { keyQuery } from '../api/queries.ts';
import { readKeyView } from '../key/keyView.ts';
import { readKeysView } from '../keys/keysView.ts';
import { readUsageView } from '../usage/usageView.ts';
import { page } from './page.ts';
import { signedIn } from './signedIn.ts';

const getParentRoute = () => signedIn;

const keys = createRoute({
  getParentRoute,
  path: '/projects/$projectId/keys',
  validateSearch: readKeysView,
  component: page(() => import('../keys/KeysPage.tsx'), 'KeysPage'),
});

const key = createRoute({
  getParentRoute,
  path: '/keys/$keyId',
  validateSearch: readKeyView,
  loader: ({ context, params }) => context.queries.query(keyQuery(params.keyId)),
  component: page(() => import('../key/KeyPage.tsx'), 'KeyPage', 'key'),
});

const usage = createRoute({
  getParentRoute,
  path: '/projects/$projectId/usage',
  validateSearch: readUsageView,
  component: page(() => import('../usage/UsagePage.tsx'), 'UsagePage', 'usage'),
});

const security = createRoute({
  getParentRoute,
  path: '/projects/$projectId/security',
  component: page(() => import('../security/SecurityPage.tsx'), 'SecurityPage', 'security'),
});

/** The pages of a project and of its keys. */
export const projectRoutes = [keys, key, usage, security] as const;
