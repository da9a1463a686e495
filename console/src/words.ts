import type accountKeys from './locales/en/accountKeys.json';
import type accounts from './locales/en/accounts.json';
import type audit from './locales/en/audit.json';
import type bulk from './locales/en/bulk.json';
import type catalogue from './locales/en/catalogue.json';
import type entry from './locales/en/entry.json';
import type help from './locales/en/help.json';
import type hygiene from './locales/en/hygiene.json';
import type key from './locales/en/key.json';
import type leaks from './locales/en/leaks.json';
import type limits from './locales/en/limits.json';
import type members from './locales/en/members.json';
import type notices from './locales/en/notices.json';
import type people from './locales/en/people.json';
import type profile from './locales/en/profile.json';
import type projects from './locales/en/projects.json';
import type quota from './locales/en/quota.json';
import type quotaRequests from './locales/en/quotaRequests.json';
import type requests from './locales/en/requests.json';
import type resources from './locales/en/resources.json';
import type security from './locales/en/security.json';
import type settings from './locales/en/settings.json';
import type start from './locales/en/start.json';
import type system from './locales/en/system.json';
import type templates from './locales/en/templates.json';
import type usage from './locales/en/usage.json';

/** All that the console says, by name. A room whose words are fetched with its pages has a file of its own. */
export type Words = typeof accountKeys &
  typeof accounts &
  typeof audit &
  typeof bulk &
  typeof catalogue &
  typeof entry &
  typeof help &
  typeof hygiene &
  typeof key &
  typeof leaks &
  typeof limits &
  typeof members &
  typeof notices &
  typeof people &
  typeof profile &
  typeof projects &
  typeof quota &
  typeof quotaRequests &
  typeof requests &
  typeof resources &
  typeof security &
  typeof settings &
  typeof start &
  typeof system &
  typeof templates &
  typeof usage;
