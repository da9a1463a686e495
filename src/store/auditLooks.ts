import { PLATFORM_ACCOUNT_ID } from '../core/account.ts';
import type { Field, Snapshot } from '../core/auditDifference.ts';
import type { StoredLimit } from '../core/limitStore.ts';
import type { Member } from '../core/member.ts';
import type { AccountPolicy, ProjectPolicy } from '../core/policy.ts';
import type { AuthCondition, AuthTable } from '../core/session.ts';
import {
  accountSeen,
  clusterUserSeen,
  invitationSeen,
  keySeen,
  limitSeen,
  limitsText,
  memberSeen,
  passkeySeen,
  projectSeen,
  quotaRequestSeen,
  shown,
  templateSeen,
  userSeen,
  webhookSeen,
} from './auditShowing.ts';
import type { Nouns, Seen, View } from './auditView.ts';
import { openInvitations } from './invitations.ts';

/* How each kind of thing is looked at before and after a change, in the transaction of the change. */

/** A key that is not deleted; with its own limits, because they are made with it, and a reset moves where they begin. */
export async function keyAt({ nouns, db }: View, id: string): Seen {
  const key = await nouns.keys.get(id);
  if (key?.deletedAtMs !== null) return undefined;
  const limits = shown(limitsText(await nouns.limits.list({ type: 'key', id })));
  const more = key.class === 'management' ? await invited(db, id) : await endingUnder(db, id);
  return keySeen(key, { limits, ...more });
}

/** How many temporary keys hang on a key: a change that ends it ends them. */
async function endingUnder(db: View['db'], parentKeyId: string): Promise<Record<string, Field>> {
  const { count } = await db
    .selectFrom('keys')
    .select((eb) => eb.fn.countAll<number | bigint>().as('count'))
    .where('parent_key_id', '=', parentKeyId)
    .where('deleted_at_ms', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(count) > 0 ? { temporaryKeys: shown(Number(count)) } : {};
}

export async function accountAt({ nouns }: View, id: string): Seen {
  const account = await nouns.accounts.get(id);
  const policy = await nouns.policies.ofAccount(id);
  return account && accountSeen(account, policyFields(policy));
}

function policyFields(policy: AccountPolicy | ProjectPolicy | undefined): Record<string, Field> {
  return Object.fromEntries(Object.entries(policy ?? {}).map(([name, value]) => [name, shown(value)]));
}

export async function projectAt({ nouns }: View, id: string): Seen {
  const project = await nouns.projects.get(id);
  const policy = await nouns.policies.ofProject(id);
  return project && projectSeen(project, policyFields(policy));
}

export async function limitAt({ nouns }: View, id: string): Seen {
  const limit = await nouns.limits.get(id);
  if (!limit) return undefined;
  const { name, projectId } = await subjectOf(nouns, limit);
  return limitSeen(limit, name, projectId);
}

/** What a limit is set on: its name, and its project where it has one. */
async function subjectOf(
  nouns: Nouns,
  { subject: { type, id } }: StoredLimit,
): Promise<{ name: string | null; projectId: string | null }> {
  if (type === 'key') {
    const key = await nouns.keys.get(id);
    return { name: key?.name ?? null, projectId: key?.projectId ?? null };
  }
  if (type === 'project') return { name: (await nouns.projects.get(id))?.name ?? null, projectId: id };
  const named = await (type === 'account' ? nouns.accounts.get(id) : nouns.limits.getTemplate(id));
  return { name: named?.name ?? null, projectId: null };
}

export async function templateAt({ nouns }: View, id: string): Seen {
  const template = await nouns.limits.getTemplate(id);
  return template && templateSeen(template, await nouns.limits.list({ type: 'template', id }));
}

export async function adjustmentAt({ nouns }: View, requestId: string): Seen {
  const call = await nouns.limits.getAbandoned(requestId);
  if (!call) return undefined;
  const { accountId, projectId, chargedTokens, chargedCostNano } = call.row;
  const [decided] = await nouns.limits.adjustments([requestId]);
  const fields = { chargedTokens, chargedCostNano, note: decided?.note };
  return {
    object: { type: 'request', id: requestId, name: null },
    place: { accountId, projectId },
    fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, shown(value)])),
  };
}

export async function webhookAt({ nouns }: View, id: string): Seen {
  return seenIf(await nouns.webhooks.get(id), webhookSeen);
}

export async function clusterUserAt({ nouns }: View, id: string): Seen {
  return seenIf(await nouns.clusterUsers.get(id), clusterUserSeen);
}

export async function userAt({ nouns, db }: View, id: string): Seen {
  const user = await nouns.people.get(id);
  if (!user) return undefined;
  const passkeys = await nouns.authRows.count('passkeys', [{ column: 'user_id', is: '=', value: id }]);
  const issuers = await nouns.people.issuersOf(id);
  const more = {
    ...(passkeys > 0 && { passkeys: shown(passkeys) }),
    ...(issuers.length > 0 && { identityProviders: shown(issuers) }),
    ...(await invited(db, id)),
  };
  return userSeen(user, await nouns.people.passwordHash(id), more);
}

export async function authRowAt(view: View, table: AuthTable, where: readonly AuthCondition[]): Seen {
  if (table !== 'users' && table !== 'passkeys') return undefined;
  const [row] = await view.nouns.authRows.find(table, where, { limit: 1 });
  if (!row) return undefined;
  return table === 'users' ? userAt(view, String(row['id'])) : passkeySeen(row);
}

export async function invitationAt({ nouns }: View, id: string): Seen {
  return seenIf(await nouns.invitations.get(id), invitationSeen);
}

/** Of an account with what ends with it: the projects they are in, and their open invitations to it. */
export async function memberAt({ nouns, db }: View, { accountId, projectId, userId }: Member): Seen {
  const member = await nouns.members.get({ accountId, projectId }, userId);
  if (!member) return undefined;
  const more = projectId === null ? await endingWith({ nouns, db }, accountId, userId) : {};
  return memberSeen(member, (await nouns.people.get(userId))?.name ?? null, more);
}

async function endingWith({ nouns, db }: View, accountId: string, userId: string): Promise<Record<string, Field>> {
  const projects = (await nouns.members.ofUser(userId))
    .filter((one) => one.accountId === accountId && one.projectId !== null)
    .map((one) => ({ projectId: one.projectId, role: one.role }))
    .toSorted((one, other) => ((one.projectId ?? '') < (other.projectId ?? '') ? -1 : 1));
  return { ...(projects.length > 0 && { projects: shown(projects) }), ...(await invited(db, userId, accountId)) };
}

/** The open invitations somebody made: a change that ends them shows which. */
async function invited(db: View['db'], createdBy: string, accountId?: string): Promise<Record<string, Field>> {
  const ids = await openInvitations(db, createdBy, accountId);
  return ids.length > 0 ? { openInvitations: shown(ids) } : {};
}

export async function quotaRequestAt({ nouns }: View, id: string): Seen {
  const request = await nouns.quotas.get(id);
  return request && quotaRequestSeen(request, (await nouns.policies.ofAccount(request.accountId))?.keyCap ?? null);
}

export function seenIf<T>(thing: T | undefined, seen: (thing: T) => Snapshot): Snapshot | undefined {
  return thing && seen(thing);
}

export const LEDGER: Snapshot = {
  object: { type: 'ledger', id: null, name: null },
  place: { accountId: PLATFORM_ACCOUNT_ID, projectId: null },
  fields: {},
};
