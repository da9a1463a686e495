import { PLATFORM_ACCOUNT_ID, type Account, type Project } from '../core/account.ts';
import { fieldsOf, jsonOf, type Field, type Showing, type Snapshot } from '../core/auditDifference.ts';
import type { ClusterUser } from '../core/clusterUser.ts';
import type { Invitation } from '../core/invitation.ts';
import type { Key } from '../core/key.ts';
import type { LimitTemplate, StoredLimit } from '../core/limitStore.ts';
import type { Member } from '../core/member.ts';
import type { User } from '../core/people.ts';
import type { AuthRow } from '../core/session.ts';
import type { QuotaRequest } from '../core/quota.ts';
import type { Webhook } from '../core/webhook.ts';

/*
 * What the audit log keeps of each kind of thing. A list of what is shown, never of what is not: values of keys, their
 * hashes, credentials, signing secrets and passwords are no fields of these, or only `set`.
 */

export const ID_AND_PLACE = { id: 'hidden', accountId: 'hidden', projectId: 'hidden', createdAtMs: 'hidden' } as const;

const KEY: Showing<Key> = {
  ...ID_AND_PLACE,
  class: 'shown',
  parentKeyId: 'shown',
  parentSecretId: 'shown',
  name: 'shown',
  description: 'shown',
  environment: 'shown',
  masked: 'shown',
  status: 'shown',
  scope: 'shown',
  ipAllow: 'shown',
  ipDeny: 'shown',
  expiresAtMs: 'shown',
  limitTemplateId: 'shown',
  groupId: 'shown',
  region: 'shown',
  isDefault: 'shown',
  rotateEveryDays: 'shown',
  createdBy: 'hidden',
  updatedAtMs: 'hidden',
  lastUsedAtMs: 'hidden',
  lastUsedAddress: 'hidden',
  deletedAtMs: 'hidden',
};

const ACCOUNT: Showing<Account> = {
  id: 'hidden',
  createdAtMs: 'hidden',
  name: 'shown',
  status: 'shown',
  nameEditable: 'shown',
  defaultGroupId: 'shown',
};

const PROJECT: Showing<Project> = { id: 'hidden', accountId: 'hidden', createdAtMs: 'hidden', name: 'shown' };

const CLUSTER_USER: Showing<ClusterUser> = {
  ...ID_AND_PLACE,
  serviceId: 'shown',
  username: 'shown',
  // Shown as `password`, by what `clusterUserSeen` adds.
  passwordHash: 'hidden',
  role: 'shown',
  paths: 'shown',
  ipAllow: 'shown',
  ipDeny: 'shown',
  expiresAtMs: 'shown',
  status: 'shown',
  description: 'shown',
  createdBy: 'hidden',
  updatedAtMs: 'hidden',
  lastUsedAtMs: 'hidden',
  lastUsedAddress: 'hidden',
};

const LIMIT: Showing<StoredLimit> = {
  id: 'hidden',
  accountId: 'hidden',
  createdAtMs: 'hidden',
  subject: 'shown',
  unit: 'shown',
  amount: 'shown',
  window: 'shown',
  sinceMs: 'shown',
};

const WEBHOOK: Showing<Webhook> = {
  id: 'hidden',
  accountId: 'hidden',
  createdAtMs: 'hidden',
  updatedAtMs: 'hidden',
  // The address of a chat's hook is itself a secret.
  url: originOf,
  events: 'shown',
  status: 'shown',
  pausedReason: 'hidden',
  pausedAtMs: 'hidden',
  failingSinceMs: 'hidden',
  secret: 'set',
  previousSecret: 'hidden',
  previousSecretUntilMs: 'shown',
};

const USER: Showing<User> = {
  id: 'hidden',
  createdAtMs: 'hidden',
  email: 'shown',
  name: 'shown',
  isOperator: 'shown',
  status: 'shown',
  twoFactor: 'shown',
};

const QUOTA_REQUEST: Showing<QuotaRequest> = {
  id: 'hidden',
  accountId: 'hidden',
  createdAtMs: 'hidden',
  status: 'shown',
  amount: 'shown',
  reason: 'shown',
  askedBy: 'shown',
  grantedAmount: 'shown',
  note: 'shown',
  decidedBy: 'hidden',
  decidedAtMs: 'hidden',
};

const INVITATION: Showing<Invitation> = {
  ...ID_AND_PLACE,
  email: 'shown',
  role: 'shown',
  projectRole: 'shown',
  status: 'shown',
  acceptedBy: 'shown',
  createdBy: 'hidden',
  expiresAtMs: 'shown',
};

type More = Readonly<Record<string, Field>>;

export function keySeen(key: Key, more: More = {}): Snapshot {
  const { accountId, projectId } = key;
  return seen('key', key, { accountId, projectId }, { ...fieldsOf(key, KEY), ...more });
}

export function accountSeen(account: Account, more: More = {}): Snapshot {
  return seen(
    'account',
    account,
    { accountId: account.id, projectId: null },
    { ...fieldsOf(account, ACCOUNT), ...more },
  );
}

export function projectSeen(project: Project, more: More = {}): Snapshot {
  const { id, accountId } = project;
  return seen('project', project, { accountId, projectId: id }, { ...fieldsOf(project, PROJECT), ...more });
}

export function clusterUserSeen(user: ClusterUser): Snapshot {
  const { id, accountId, projectId, username: name } = user;
  const password: Field = { raw: user.passwordHash, shown: '(set)' };
  return seen('clusterUser', { id, name }, { accountId, projectId }, { ...fieldsOf(user, CLUSTER_USER), password });
}

/** A limit has no name: it is told by what it counts, over what time, and on what it is set, whose name is `name`. */
export function limitSeen(limit: StoredLimit, name: string | null, projectId: string | null): Snapshot {
  const { id, accountId, subject, unit, window } = limit;
  const telling = Object.fromEntries(
    Object.entries({ subject, unit, window }).map(([field, raw]) => [
      field,
      { ...shown(raw), isTelling: true as const },
    ]),
  );
  return seen('limit', { id, name }, { accountId, projectId }, { ...fieldsOf(limit, LIMIT), ...telling });
}

export function templateSeen(template: LimitTemplate, limits: readonly StoredLimit[]): Snapshot {
  const fields = { name: shown(template.name), limits: shown(limitsText(limits)) };
  return seen('template', template, { accountId: template.accountId, projectId: null }, fields);
}

export function webhookSeen(webhook: Webhook): Snapshot {
  const { id, accountId, url } = webhook;
  return seen(
    'webhook',
    { id, name: originOf(url) },
    { accountId, projectId: null },
    {
      ...fieldsOf(webhook, WEBHOOK),
    },
  );
}

export function userSeen(user: User, passwordHash: string | undefined, more: More = {}): Snapshot {
  const password = { raw: passwordHash, shown: passwordHash === undefined ? null : '(set)' };
  return seen('user', user, PLATFORM, { ...fieldsOf(user, USER), password, ...more });
}

export function passkeySeen(row: AuthRow): Snapshot {
  const name = row['name'] === null ? null : String(row['name']);
  return seen('passkey', { id: String(row['id']), name }, PLATFORM, {
    name: shown(name),
    userId: shown(row['user_id']),
  });
}

export function invitationSeen(invitation: Invitation): Snapshot {
  const { id, email, accountId, projectId } = invitation;
  return seen('invitation', { id, name: email }, { accountId, projectId }, fieldsOf(invitation, INVITATION));
}

export function memberSeen(member: Member, name: string | null, more: More = {}): Snapshot {
  const { accountId, projectId, userId, role } = member;
  const mayAsk = 'mayRequestQuota' in member ? { mayRequestQuota: shown(member.mayRequestQuota) } : {};
  return seen('member', { id: userId, name }, { accountId, projectId }, { role: shown(role), ...mayAsk, ...more });
}

export function quotaRequestSeen(request: QuotaRequest, keyCap: number | null): Snapshot {
  const fields = { ...fieldsOf(request, QUOTA_REQUEST), keyCap: shown(keyCap) };
  return seen(
    'quotaRequest',
    { id: request.id, name: null },
    { accountId: request.accountId, projectId: null },
    fields,
  );
}

/** Limits in one line each, as they are made with a key or a template. */
export function limitsText(limits: readonly StoredLimit[]): unknown {
  return limits.map(({ unit, amount, window, sinceMs }) => ({ unit, amount, window, sinceMs }));
}

export function shown(raw: unknown): Field {
  return { raw, shown: jsonOf(raw) };
}

export const PLATFORM = { accountId: PLATFORM_ACCOUNT_ID, projectId: null } as const;

export function seen(
  type: string,
  { id, name }: { readonly id: string; readonly name: string | null },
  place: Snapshot['place'],
  fields: Snapshot['fields'],
): Snapshot {
  return { object: { type, id, name }, place, fields };
}

function originOf(url: string): string {
  return URL.parse(url)?.origin ?? '';
}
