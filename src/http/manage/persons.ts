import type { Clock, NewId, Random } from '../../core/ambient.ts';
import type { Caller } from '../../core/caller.ts';
import { Fault } from '../../core/fault.ts';
import type { NamedProvider } from '../../core/oidc.ts';
import type { Store } from '../../core/ports.ts';
import type { Permission } from '../../core/role.ts';
import type { Access } from '../../service/access.ts';
import { createInvitations } from '../../service/invitations.ts';
import { createOidc } from '../../service/oidc.ts';
import type { Standing } from '../../service/standing.ts';
import type { Entry } from '../session/entry.ts';
import type { Api } from './api.ts';
import { authRoutes } from './auth.ts';
import { identityRoutes } from './identity.ts';
import { linkRoutes } from './links.ts';
import { oidcRoutes } from './oidc.ts';
import { passkeyRoutes } from './passkeys.ts';
import { peopleRoutes } from './people.ts';
import { profileRoutes } from './profile.ts';
import { secondFactorRoutes } from './secondFactor.ts';

/** All operations of people: how they come in, and who lets them in. */
export function personRoutes(
  app: Api,
  entry: Entry,
  deps: {
    store: Store;
    access: Pick<Access, 'check'>;
    standing: Standing;
    oidc?: NamedProvider | null;
    clock: Clock;
    random: Random;
    newId: NewId;
  },
): void {
  const { store, access } = deps;

  async function refuse(caller: Caller, permission: Permission, accountId: string): Promise<void> {
    await access.check(caller, permission, { type: 'account', id: accountId });
    if (!(await store.accounts.get(accountId))) throw new Fault('not_found', 'There is no such account.');
  }

  const createProved: Entry['people']['createProved'] = (fields) => entry.people.createProved(fields);
  const invitations = createInvitations({
    ...deps,
    ...store,
    create: (fields) => entry.people.createWithPassword(fields),
    createProved,
    refuse,
  });

  authRoutes(app, entry);
  const oidc =
    deps.oidc && createOidc({ ...deps, ...store, ...deps.oidc, rows: store.authRows, createProved, invitations });
  oidcRoutes(app, entry, oidc ?? null);
  identityRoutes(app, entry, { rows: store.authRows, oidc: oidc ?? null });
  profileRoutes(app, entry);
  secondFactorRoutes(app, entry);
  passkeyRoutes(app, entry, store.authRows);
  peopleRoutes(app, { entry, invitations });
  linkRoutes(app, { entry, invitations });
}
