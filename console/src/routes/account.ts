import { createRoute } from '@tanstack/react-router';
import { readAuditView } from '../audit/auditView.ts';
import { readNoticesView } from '../notices/noticesView.ts';
import { readLeaksView } from '../leaks/leaksView.ts';
import { readAccountKeysView } from '../accountKeys/accountKeysView.ts';
import { readHygieneView } from '../hygiene/hygieneView.ts';
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
  component: page(() => import('../usage/UsagePage.tsx'), 'AccountUsagePage', 'usage', 'notices'),
});

const leaks = createRoute({
  getParentRoute,
  path: '/accounts/$accountId/leaks',
  validateSearch: readLeaksView,
  component: page(() => import('../leaks/LeaksPage.tsx'), 'AccountLeaksPage', 'leaks'),
});

const leak = createRoute({
  getParentRoute,
  path: '/accounts/$accountId/leaks/$reportId',
  component: page(() => import('../leaks/LeakPage.tsx'), 'LeakPage', 'leaks'),
});

const keys = createRoute({
  getParentRoute,
  path: '/accounts/$accountId/keys',
  validateSearch: readAccountKeysView,
  component: page(
    () => import('../accountKeys/AccountKeysPage.tsx'),
    'AccountKeysPage',
    'accountKeys',
    'bulk',
    'limits',
  ),
});

const hygiene = createRoute({
  getParentRoute,
  path: '/accounts/$accountId/hygiene',
  validateSearch: readHygieneView,
  component: page(() => import('../hygiene/HygienePage.tsx'), 'AccountHygienePage', 'hygiene', 'bulk'),
});

const quota = createRoute({
  getParentRoute,
  path: '/accounts/$accountId/quota',
  component: page(() => import('../quota/QuotaPage.tsx'), 'QuotaPage', 'quota'),
});

const notices = createRoute({
  getParentRoute,
  path: '/accounts/$accountId/notices',
  validateSearch: readNoticesView,
  component: page(() => import('../notices/NoticesPage.tsx'), 'AccountNoticesPage', 'notices', 'limits'),
});

const webhook = createRoute({
  getParentRoute,
  path: '/accounts/$accountId/webhooks/$webhookId',
  component: page(() => import('../notices/WebhookPage.tsx'), 'WebhookPage', 'notices'),
});

const templates = createRoute({
  getParentRoute,
  path: '/accounts/$accountId/limit-templates',
  component: page(() => import('../limits/TemplatesPage.tsx'), 'TemplatesPage', 'templates', 'limits'),
});

const settings = createRoute({
  getParentRoute,
  path: '/accounts/$accountId/settings',
  component: page(() => import('../settings/AccountSettingsPage.tsx'), 'AccountSettingsPage', 'settings', 'security'),
});

const audit = createRoute({
  getParentRoute,
  path: '/accounts/$accountId/audit',
  validateSearch: readAuditView,
  component: page(() => import('../audit/AuditPage.tsx'), 'AccountAuditPage', 'audit', 'limits'),
});

const members = createRoute({
  getParentRoute,
  path: '/accounts/$accountId/members',
  component: page(() => import('../members/MembersPage.tsx'), 'AccountMembersPage', 'members'),
});

/** The pages of an account. */
export const accountRoutes = [
  projects,
  usage,
  quota,
  notices,
  webhook,
  leaks,
  leak,
  templates,
  settings,
  keys,
  hygiene,
  audit,
  members,
] as const;
