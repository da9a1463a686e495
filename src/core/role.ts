import { isOperator, type Caller, type Person, type Place } from './caller.ts';
import type { HeldMembership } from './member.ts';
import type { MemberAccess } from './policy.ts';

/**
 * Who may do what: the one table of the management API. Every operation names its permission (http/manage), every verb
 * asks `decide`, and docs/reference/roles.md is written from here.
 */
export const ROLES = {
  operator: 'platform operator',
  root: 'root key',
  platformKey: 'platform-wide key',
  accountOwner: 'account owner',
  accountAdmin: 'account admin',
  accountMember: 'account member',
  projectAdmin: 'project admin',
  projectMember: 'project member',
  accountKey: 'account-wide key',
  projectKey: 'project-wide key',
  stranger: 'stranger',
} as const;
export type Role = keyof typeof ROLES;

/**
 * `own`: only for what the caller made. `suspended`: their role allows it, and the account is suspended; answers 403, as
 * `forbidden` does. `unknown` answers 404: not even that it exists.
 */
export type Answer = 'allowed' | 'own' | 'suspended' | 'forbidden' | 'unknown';

/** An answer of the table. `policy`: as the project’s `memberAccess` says. `granted`: where `mayRequestQuota` was given. */
export type Cell = Exclude<Answer, 'suspended'> | 'policy' | 'granted';

/** What a permission is about, and so where it is looked for. `any`: nothing in particular. */
type Level = 'any' | 'platform' | 'account' | 'project';

export interface PermissionRow {
  readonly level: Level;
  readonly cells: Readonly<Record<Role, Cell>>;
}

const CELLS: Record<string, Cell> = {
  A: 'allowed',
  O: 'own',
  F: 'forbidden',
  U: 'unknown',
  P: 'policy',
  G: 'granted',
};

/**
 * The cells in the order of ROLES: operator, root key, platform key; account owner, admin, member; project admin,
 * member; account key, project key; stranger.
 */
function row(level: Level, text: string): PermissionRow {
  const letters = text.replaceAll(' ', '');
  const roles = Object.keys(ROLES) as Role[];
  const cells = Object.fromEntries(roles.map((role, at) => [role, CELLS[letters.charAt(at)]]));
  return { level, cells: cells as Record<Role, Cell> };
}

/** A key of the project is the project's; a key or a limit of the account as a whole has rows of its own. */
export const PERMISSIONS = {
  'platform.manage': row('platform', 'AAA FFF FF FF F'),
  'session.own': row('any', 'AFF AAA AA FF A'),
  'catalogue.read': row('any', 'AAA AAA AA AA A'),
  'accounts.list': row('any', 'AAA AAA AA AF A'),
  'projects.list': row('any', 'AAA AAA AA AA A'),

  'account.read': row('account', 'AAA AAA AA AF U'),
  'account.change': row('account', 'AAA AAF FF AF U'),
  'accountKeys.read': row('account', 'AAA AAF FF AF U'),
  'accountKeys.manage': row('account', 'AAA AAF FF AF U'),
  'accountLimits.read': row('account', 'AAA AAF FF AF U'),
  'accountLimits.set': row('platform', 'AAA FFF FF FF F'),
  'limitTemplates.read': row('account', 'AAA AAA AA AA U'),
  'limitTemplates.manage': row('account', 'AAA AAF FF AF U'),
  'webhooks.read': row('account', 'AAA AAF FF AF U'),
  'webhooks.manage': row('account', 'AAA AAF FF AF U'),
  'accountMembers.read': row('account', 'AAA AAF FF AF U'),
  'accountMembers.manage': row('account', 'AAA AAF FF AF U'),
  'accountQuota.read': row('account', 'AAA AAF FF AF U'),
  'accountQuota.set': row('account', 'AAA AAF FF AF U'),
  'quotaRequests.create': row('account', 'AAA AAG FF AF U'),
  'quotaRequests.read': row('account', 'AAA AAO FF AF U'),
  'quotaRequests.withdraw': row('account', 'OOO OOO FF OF U'),
  'quotaRequests.decide': row('platform', 'AAA FFF FF FF F'),
  'projects.create': row('account', 'AAA AAF FF AF U'),

  'project.read': row('project', 'AAA AAU AA AA U'),
  'project.change': row('project', 'AAA AAU AF AF U'),
  'security.read': row('project', 'AAA AAU AA AA U'),
  'security.change': row('project', 'AAA AAU AF AF U'),
  'projectMembers.read': row('project', 'AAA AAU AA AA U'),
  'projectMembers.manage': row('project', 'AAA AAU AF AF U'),
  'projectQuota.read': row('project', 'AAA AAU AA AA U'),
  'projectQuota.set': row('project', 'AAA AAU FF AF U'),
  'projectLimits.read': row('project', 'AAA AAU AA AA U'),
  'projectLimits.set': row('project', 'AAA AAU FF AF U'),
  'keys.read': row('project', 'AAA AAU AP AA U'),
  'keys.create': row('project', 'AAA AAU AP AA U'),
  'temporaryKeys.create': row('project', 'AAA AAU AP AA U'),
  'keys.change': row('project', 'AAA AAU AP AA U'),
  'keys.rotate': row('project', 'AAA AAU AP AA U'),
  'keys.reveal': row('project', 'AAA AAU AP AA U'),
  'keys.delete': row('project', 'AAA AAU AP AA U'),
  'leaks.read': row('project', 'AAA AAU AP AA U'),
  'leaks.manage': row('project', 'AAA AAU AP AA U'),
  'managementKeys.manage': row('project', 'AAA AAU AF AA U'),
  'usage.read': row('project', 'AAA AAU AP AA U'),
  'notices.read': row('project', 'AAA AAU AP AA U'),
  'audit.read': row('project', 'AAA AAU AF AA U'),
  'endpoints.read': row('project', 'AAA AAU AA AA U'),
  'endpoints.manage': row('project', 'AAA AAU AF AA U'),
  'services.read': row('project', 'AAA AAU AA AA U'),
  'clusterUsers.read': row('project', 'AAA AAU AA AA U'),
  'clusterUsers.manage': row('project', 'AAA AAU AF AA U'),
} as const satisfies Record<string, PermissionRow>;

export type Permission = keyof typeof PERMISSIONS;

/** What the decision has to know of the project; left out where the permission does not depend on it. */
export interface Policy {
  readonly memberAccess: MemberAccess;
}

const OPEN: Policy = { memberAccess: 'all' };

/**
 * What a caller may do with what lies at a place (null: the permission is about no place). A person may have several
 * roles that count there; the best answer of them holds. A key that may never do a thing is told so wherever it asks,
 * which tells it nothing of the place. Where the account is suspended its people read, and change nothing.
 */
export function decide(caller: Caller, permission: Permission, place: Place | null, policy = OPEN): Answer {
  const { level, cells }: PermissionRow = PERMISSIONS[permission];
  const own = cells[classOf(caller)];
  if (level === 'any' || level === 'platform' || isOperator(caller)) return resolved(own, policy);
  if (caller.kind !== 'person') {
    if (own === 'forbidden') return own;
    return place !== null && covers(caller, level, place) ? resolved(own, policy) : 'unknown';
  }
  const answers =
    place === null
      ? []
      : countingAt(caller, level, place).map((one) => {
          const answer = resolved(cells[roleOf(one)], policy, one);
          const mayChange = answer === 'allowed' || answer === 'own';
          return mayChange && one.isSuspended === true && !READ.test(permission) ? 'suspended' : answer;
        });
  return answers.toSorted((one, other) => WEIGHT[other] - WEIGHT[one])[0] ?? 'unknown';
}

const WEIGHT: Record<Answer, number> = { allowed: 4, own: 3, suspended: 2, forbidden: 1, unknown: 0 };

/** Permissions by which nothing can be changed. */
const READ = /\.(?:read|list)$/;

/** What kind of caller it is, whatever it asks for; a person who is not the operator counts as a stranger. */
export function classOf(caller: Caller): Role {
  if (caller.kind === 'person') return caller.isOperator ? 'operator' : 'stranger';
  if (caller.kind === 'root') return 'root';
  if (caller.accountId === null) return 'platformKey';
  return caller.projectId === null ? 'accountKey' : 'projectKey';
}

/** Whether a key reaches a place: what an account shares is reached by keys of its projects too. */
function covers(caller: Exclude<Caller, Person>, level: Level, place: Place): boolean {
  if (caller.accountId !== place.accountId) return false;
  return level === 'account' || caller.projectId === null || caller.projectId === place.projectId;
}

/** The memberships that count for a thing: of the account always, and of its own project, or of any where all share it. */
function countingAt({ memberships }: Person, level: Level, { accountId, projectId }: Place): HeldMembership[] {
  return memberships.filter(
    (one) =>
      one.accountId === accountId && (one.projectId === null || level === 'account' || one.projectId === projectId),
  );
}

function roleOf({ projectId, role }: HeldMembership): Role {
  if (projectId !== null) return role === 'admin' ? 'projectAdmin' : 'projectMember';
  return role === 'owner' ? 'accountOwner' : role === 'admin' ? 'accountAdmin' : 'accountMember';
}

const BY_ACCESS: Record<MemberAccess, Answer> = { all: 'allowed', own: 'own', none: 'forbidden' };

function resolved(cell: Cell, { memberAccess }: Policy, membership?: HeldMembership): Answer {
  if (cell === 'policy') return BY_ACCESS[memberAccess];
  if (cell !== 'granted') return cell;
  return membership?.projectId === null && membership.mayRequestQuota ? 'allowed' : 'forbidden';
}
