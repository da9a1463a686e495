import { randomUUID } from 'node:crypto';
import type { Membership } from '../../src/core/member.ts';
import type { User } from '../../src/core/people.ts';
import type { Store } from '../../src/core/ports.ts';

/** Writes a user who belongs to these places, and answers them. */
export async function newPerson(
  store: Store,
  memberships: readonly Membership[] = [],
  fields: Partial<User> = {},
): Promise<User> {
  const id = `usr_${randomUUID().replaceAll('-', '').slice(0, 20)}`;
  const user: User = {
    id,
    email: `${id}@example.com`,
    name: `Person ${id.slice(-4)}`,
    isOperator: false,
    status: 'active',
    createdAtMs: 1_000,
    twoFactor: false,
    ...fields,
  };
  await store.people.create(user, 'no password');
  for (const membership of memberships) await join(store, user.id, membership);
  return user;
}

/** Makes a user a member, or another kind of member; of a project’s account too. */
export async function join(store: Store, userId: string, membership: Membership): Promise<void> {
  const { accountId, projectId } = membership;
  if (projectId !== null && !(await store.members.get({ accountId, projectId: null }, userId)))
    await join(store, userId, ofAccount(accountId, 'member'));
  const before = await store.members.get(membership, userId);
  await store.members.put({ ...membership, userId, addedBy: 'root', createdAtMs: 2_000 }, before?.role ?? null);
}

export function ofAccount(accountId: string, role: 'owner' | 'admin' | 'member', mayRequestQuota = false): Membership {
  return { accountId, projectId: null, role, mayRequestQuota };
}

export function ofProject(accountId: string, projectId: string, role: 'admin' | 'member'): Membership {
  return { accountId, projectId, role };
}
