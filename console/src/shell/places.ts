import { linkOptions, type LinkProps } from '@tanstack/react-router';
import type { Permission } from '../../../src/core/role.ts';
import type { Words } from '../words.ts';

/** A page that one can go to. */
export interface Place {
  readonly link: LinkProps;
  /** Its name, below `place.` in the words. */
  readonly word: keyof Words['place'];
  /** How it stands in the list, below the name of what it is a page of; left out: as its name. */
  readonly short?: keyof Words['short'];
  /** Shown to who may do this there; left out: to all. */
  readonly permission?: Permission;
  /** Shown only to who may do it with everything there, and not with their own alone. */
  readonly whole?: true;
}

/** The pages of a project. */
export function projectPlaces(projectId: string): readonly Place[] {
  const params = { projectId };
  return [
    { word: 'keys', permission: 'keys.read', link: linkOptions({ to: '/projects/$projectId/keys', params }) },
    { word: 'models', permission: 'catalogue.read', link: linkOptions({ to: '/projects/$projectId/models', params }) },
    {
      word: 'endpoints',
      permission: 'endpoints.read',
      link: linkOptions({ to: '/projects/$projectId/endpoints', params }),
    },
    {
      word: 'services',
      permission: 'services.read',
      link: linkOptions({ to: '/projects/$projectId/services', params }),
    },
    { word: 'usage', permission: 'usage.read', link: linkOptions({ to: '/projects/$projectId/usage', params }) },
    { word: 'requests', permission: 'usage.read', link: linkOptions({ to: '/projects/$projectId/requests', params }) },
    {
      word: 'leaks',
      permission: 'leaks.read',
      whole: true,
      link: linkOptions({ to: '/projects/$projectId/leaks', params }),
    },
    {
      word: 'notices',
      permission: 'notices.read',
      link: linkOptions({ to: '/projects/$projectId/notices', params }),
    },
    { word: 'hygiene', permission: 'keys.read', link: linkOptions({ to: '/projects/$projectId/hygiene', params }) },
    {
      word: 'members',
      permission: 'projectMembers.read',
      link: linkOptions({ to: '/projects/$projectId/members', params }),
    },
    {
      word: 'security',
      permission: 'security.read',
      link: linkOptions({ to: '/projects/$projectId/security', params }),
    },
    {
      word: 'settings',
      permission: 'project.read',
      link: linkOptions({ to: '/projects/$projectId/settings', params }),
    },
    { word: 'audit', permission: 'audit.read', link: linkOptions({ to: '/projects/$projectId/audit', params }) },
  ];
}

/** The pages of an account. */
export function accountPlaces(accountId: string): readonly Place[] {
  const params = { accountId };
  return [
    { word: 'projects', link: linkOptions({ to: '/projects' }) },
    {
      word: 'accountKeys',
      short: 'accountKeys',
      permission: 'accountKeys.read',
      link: linkOptions({ to: '/accounts/$accountId/keys', params }),
    },
    {
      word: 'accountHygiene',
      short: 'accountHygiene',
      permission: 'accountKeys.read',
      link: linkOptions({ to: '/accounts/$accountId/hygiene', params }),
    },
    {
      word: 'accountMembers',
      short: 'accountMembers',
      permission: 'accountMembers.read',
      link: linkOptions({ to: '/accounts/$accountId/members', params }),
    },
    {
      word: 'accountUsage',
      short: 'accountUsage',
      permission: 'usage.read',
      link: linkOptions({ to: '/accounts/$accountId/usage', params }),
    },
    {
      word: 'accountLeaks',
      short: 'accountLeaks',
      permission: 'leaks.read',
      link: linkOptions({ to: '/accounts/$accountId/leaks', params }),
    },
    {
      word: 'accountNotices',
      permission: 'notices.read',
      link: linkOptions({ to: '/accounts/$accountId/notices', params }),
    },
    {
      word: 'quota',
      permission: 'quotaRequests.read',
      link: linkOptions({ to: '/accounts/$accountId/quota', params }),
    },
    {
      word: 'accountAudit',
      short: 'accountAudit',
      permission: 'audit.read',
      link: linkOptions({ to: '/accounts/$accountId/audit', params }),
    },
    {
      word: 'limitTemplates',
      permission: 'limitTemplates.read',
      link: linkOptions({ to: '/accounts/$accountId/limit-templates', params }),
    },
    {
      word: 'accountSettings',
      short: 'accountSettings',
      permission: 'account.read',
      link: linkOptions({ to: '/accounts/$accountId/settings', params }),
    },
    { word: 'help', link: linkOptions({ to: '/help' }) },
  ];
}

/** The pages of the platform. */
export function platformPlaces(): readonly Place[] {
  return [
    { word: 'accounts', link: linkOptions({ to: '/platform/accounts' }) },
    { word: 'people', link: linkOptions({ to: '/platform/people' }) },
    { word: 'quotaRequests', link: linkOptions({ to: '/platform/quota-requests' }) },
    { word: 'providers', link: linkOptions({ to: '/platform/providers' }) },
    { word: 'platformModels', link: linkOptions({ to: '/platform/models' }) },
    { word: 'groups', link: linkOptions({ to: '/platform/groups' }) },
    { word: 'system', link: linkOptions({ to: '/platform/system' }) },
  ];
}
