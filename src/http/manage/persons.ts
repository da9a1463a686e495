import { isOperator, type Caller } from '../../core/caller.ts';
import { Fault } from '../../core/fault.ts';
import type { AccountRole } from '../../core/member.ts';
import type { Clock, NewId, Random, Store } from '../../core/ports.ts';
import { forbidden, type Access } from '../../service/access.ts';
import { createInvitations } from '../../service/invitations.ts';
import type { Entry } from '../session/entry.ts';
import type { Api } from './api.ts';
import { authRoutes } from './auth.ts';
import { passkeyRoutes } from './passkeys.ts';
import { peopleRoutes } from './people.ts';
import { secondFactorRoutes } from './secondFactor.ts';

/** All operations of people: how they come in, and who lets them in. */
export function personRoutes(
  app: Api,
  entry: Entry,
  deps: { store: Store; access: Pick<Access, 'check'>; clock: Clock; random: Random; newId: NewId },
): void {
  const { store, access } = deps;

  async function refuse(caller: Caller, accountId: string, role: AccountRole | null): Promise<void> {
    await access.check(caller, 'accountMembers.manage', { type: 'account', id: accountId });
    if (!(await store.accounts.get(accountId))) throw new Fault('not_found', 'There is no such account.');
    // Who is no owner makes none; a management key stands as the account's admins do.
    const isOwner = isOperator(caller) || (caller.kind === 'person' && caller.memberships.some(isOwnerOf(accountId)));
    if (role === 'owner' && !isOwner) throw forbidden();
  }

  authRoutes(app, entry);
  secondFactorRoutes(app, entry);
  passkeyRoutes(app, entry, store.authRows);
  peopleRoutes(app, {
    entry,
    invitations: createInvitations({
      ...deps,
      ...store,
      create: (fields) => entry.people.createWithPassword(fields),
      refuse,
    }),
  });
}

function isOwnerOf(accountId: string) {
  return (one: { accountId: string; role: string }): boolean => one.accountId === accountId && one.role === 'owner';
}
