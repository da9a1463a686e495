import { deny, type Denial, type DenialCode } from './denial.ts';
import type { Key, KeyStatus } from './key.ts';
import { matchesPath } from './pathPattern.ts';

/** What a cluster user may do on its service, by method; anything else is the admin’s. */
export const CLUSTER_ROLES = {
  'read-only': ['GET', 'HEAD', 'OPTIONS'],
  'read-write': ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH'],
  admin: 'every method',
} as const;
export type ClusterRole = keyof typeof CLUSTER_ROLES;

/** A user name and password that are valid on one service. */
export interface ClusterUser {
  /** `cus_…`; stands where a key’s id does: in the ledger, in counts of refusals, in identity headers. */
  readonly id: string;
  readonly accountId: string;
  readonly projectId: string;
  readonly serviceId: string;
  /** Unique on its service, and never changed: in old logs it means the same user. */
  readonly username: string;
  /** Argon2id, with its parameters. */
  readonly passwordHash: string;
  readonly role: ClusterRole;
  /** Paths behind the service’s name that it may ask for (core/pathPattern); at least one. */
  readonly paths: readonly string[];
  readonly ipAllow: readonly string[];
  readonly ipDeny: readonly string[];
  readonly expiresAtMs: number | null;
  readonly status: KeyStatus;
  readonly description: string;
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedAddress: string | null;
}

export type ClusterUserChange = Partial<
  Pick<ClusterUser, 'passwordHash' | 'role' | 'paths' | 'ipAllow' | 'ipDeny' | 'expiresAtMs' | 'status' | 'description'>
>;

export const USERNAME_PATTERN = /^[A-Za-z0-9._-]{1,64}$/;

/** What a user is looked up by, beside the hashes that keys are: it has a `/`, which no hash has. */
export function loginOf(serviceId: string, username: string): string {
  return `${serviceId}/${username}`;
}

export function isLogin(text: string): boolean {
  return text.includes('/');
}

/** Whether a presented value is a user name and password (`user:password`): no key holds a colon. */
export function isPair(value: string): boolean {
  return value.includes(':');
}

/** A password may hold colons, a user name none. */
export function pairOf(value: string): { readonly username: string; readonly password: string } {
  const at = value.indexOf(':');
  return { username: value.slice(0, at), password: value.slice(at + 1) };
}

/** The user as the decision sees it: a key for its one service. */
export function keyOfUser(user: ClusterUser): Key {
  const { id, accountId, projectId, username, description, status, ipAllow, ipDeny, expiresAtMs, createdBy } = user;
  return {
    id,
    accountId,
    projectId,
    class: 'standard',
    parentKeyId: null,
    parentSecretId: null,
    name: username,
    description,
    environment: null,
    masked: username,
    status,
    scope: { mode: 'range', resources: [{ type: 'service', id: user.serviceId }] },
    ipAllow,
    ipDeny,
    expiresAtMs,
    limitTemplateId: null,
    groupId: null,
    region: null,
    createdBy,
    createdAtMs: user.createdAtMs,
    updatedAtMs: user.updatedAtMs,
    lastUsedAtMs: user.lastUsedAtMs,
    lastUsedAddress: user.lastUsedAddress,
    deletedAtMs: null,
    isDefault: false,
    rotateEveryDays: null,
  };
}

/** The part of the decision that keys do not have: the method by the role, then the path by the patterns. */
export function withinRole(
  { role, paths }: Pick<ClusterUser, 'role' | 'paths'>,
  method: string,
  path: string | null,
): Denial | undefined {
  const methods: readonly string[] | 'every method' = CLUSTER_ROLES[role];
  if (methods !== 'every method' && !methods.includes(method))
    return deny('insufficient_scope', `This user is ${role}: its methods are ${methods.join(', ')}. ${ASK_FOR_MORE}`);
  return matchesPath(paths, path) ? undefined : deny('insufficient_scope', `${OUTSIDE} ${ASK_FOR_MORE}`);
}

const ASK_FOR_MORE = 'Ask an admin of the project for more.';
const OUTSIDE = 'This user may use some paths of the service only, and this is none of them.';

/** What refusals of the table say where a user is meant and not a key. */
export const SAID_OF_USERS: Partial<Record<DenialCode, string>> = {
  invalid_api_key: 'This user name and password are not valid on this service. Check both, or ask for new ones.',
  key_disabled: 'This user is disabled. Ask an admin of the project to enable it.',
  key_expired: 'This user has expired. Ask an admin of the project to extend it.',
  account_suspended: 'The account of this user is suspended. Ask its owner to contact the operator.',
  ip_not_allowed:
    'This user may not sign in from this address. Ask an admin of the project to change its address lists.',
};
