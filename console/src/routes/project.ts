import { createRoute } from '@tanstack/react-router';
import { readAuditView } from '../audit/auditView.ts';
import { keyQuery } from '../api/queries.ts';
import { readHygieneView } from '../hygiene/hygieneView.ts';
import { readKeyView } from '../key/keyView.ts';
import { readKeysView } from '../keys/keysView.ts';
import { readModelsView } from '../resources/modelsView.ts';
import { readLeaksView } from '../leaks/leaksView.ts';
import { readRequestsView } from '../requests/requestsView.ts';
import { readNoticesView } from '../notices/noticesView.ts';
import { readUsageView } from '../usage/usageView.ts';
import { page } from './page.ts';
import { signedIn } from './signedIn.ts';

const getParentRoute = () => signedIn;

const keys = createRoute({
  getParentRoute,
  path: '/projects/$projectId/keys',
  validateSearch: readKeysView,
  component: page(() => import('../keys/KeysPage.tsx'), 'KeysPage', 'limits'),
});

const key = createRoute({
  getParentRoute,
  path: '/keys/$keyId',
  validateSearch: readKeyView,
  loader: ({ context, params }) => context.queries.query(keyQuery(params.keyId)),
  component: page(() => import('../key/KeyPage.tsx'), 'KeyPage', 'key'),
});

const models = createRoute({
  getParentRoute,
  path: '/projects/$projectId/models',
  validateSearch: readModelsView,
  component: page(() => import('../resources/ModelsPage.tsx'), 'ModelsPage', 'resources'),
});

const endpoints = createRoute({
  getParentRoute,
  path: '/projects/$projectId/endpoints',
  component: page(() => import('../resources/EndpointsPage.tsx'), 'EndpointsPage', 'resources'),
});

const services = createRoute({
  getParentRoute,
  path: '/projects/$projectId/services',
  component: page(() => import('../resources/ServicesPage.tsx'), 'ServicesPage', 'resources'),
});

// Not at `/services/…`, where the gateway has the services themselves.
const service = createRoute({
  getParentRoute,
  path: '/projects/$projectId/services/$serviceId',
  component: page(() => import('../resources/ServicePage.tsx'), 'ServicePage', 'resources'),
});

const usage = createRoute({
  getParentRoute,
  path: '/projects/$projectId/usage',
  validateSearch: readUsageView,
  component: page(() => import('../usage/UsagePage.tsx'), 'UsagePage', 'usage', 'notices'),
});

const requests = createRoute({
  getParentRoute,
  path: '/projects/$projectId/requests',
  validateSearch: readRequestsView,
  component: page(() => import('../requests/RequestsPage.tsx'), 'RequestsPage', 'requests'),
});

const leaks = createRoute({
  getParentRoute,
  path: '/projects/$projectId/leaks',
  validateSearch: readLeaksView,
  component: page(() => import('../leaks/LeaksPage.tsx'), 'LeaksPage', 'leaks'),
});

const leak = createRoute({
  getParentRoute,
  path: '/projects/$projectId/leaks/$reportId',
  component: page(() => import('../leaks/LeakPage.tsx'), 'LeakPage', 'leaks'),
});

const hygiene = createRoute({
  getParentRoute,
  path: '/projects/$projectId/hygiene',
  validateSearch: readHygieneView,
  component: page(() => import('../hygiene/HygienePage.tsx'), 'HygienePage', 'hygiene', 'bulk'),
});

const security = createRoute({
  getParentRoute,
  path: '/projects/$projectId/security',
  component: page(() => import('../security/SecurityPage.tsx'), 'SecurityPage', 'security'),
});

const notices = createRoute({
  getParentRoute,
  path: '/projects/$projectId/notices',
  validateSearch: readNoticesView,
  component: page(() => import('../notices/NoticesPage.tsx'), 'ProjectNoticesPage', 'notices', 'limits'),
});

const settings = createRoute({
  getParentRoute,
  path: '/projects/$projectId/settings',
  component: page(() => import('../settings/ProjectSettingsPage.tsx'), 'ProjectSettingsPage', 'settings'),
});

const audit = createRoute({
  getParentRoute,
  path: '/projects/$projectId/audit',
  validateSearch: readAuditView,
  component: page(() => import('../audit/AuditPage.tsx'), 'AuditPage', 'audit', 'limits'),
});

const members = createRoute({
  getParentRoute,
  path: '/projects/$projectId/members',
  component: page(() => import('../members/MembersPage.tsx'), 'ProjectMembersPage', 'members'),
});

/** The pages of a project and of its keys. */
export const projectRoutes = [
  keys,
  key,
  models,
  endpoints,
  services,
  service,
  usage,
  requests,
  leaks,
  leak,
  hygiene,
  security,
  notices,
  settings,
  audit,
  members,
] as const;
