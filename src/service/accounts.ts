import { PLATFORM_ACCOUNT_ID, type Account } from '../core/account.ts';
import type { Clock, NewId } from '../core/ambient.ts';
import { belongsTo, isOperator, type Caller } from '../core/caller.ts';
import { Fault, invalidField, notFound } from '../core/fault.ts';
import type { Page, PageQuery } from '../core/page.ts';
import type { AccountStore } from '../core/ports.ts';
import type { Directory } from './directory.ts';
import type { Keyring } from './keyring.ts';

export type AccountChange = Partial<Pick<Account, 'name' | 'status' | 'nameEditable' | 'defaultGroupId'>>;

/** Tenants: the operator makes and suspends them, each looks after its own name and settings. */
export interface Accounts {
  create(draft: Pick<Account, 'name' | 'nameEditable'>): Promise<Account>;
  /** Everything to the operator, to others the accounts they belong to. */
  list(caller: Caller, query: PageQuery): Promise<Page<Account>>;
  /** Throws `not_found` for what the caller may not know. */
  get(caller: Caller, id: string): Promise<Account>;
  change(caller: Caller, id: string, change: AccountChange): Promise<Account>;
}

export function createAccounts(options: {
  accounts: AccountStore;
  keyring: Pick<Keyring, 'evictAll'>;
  directory: Pick<Directory, 'tier'>;
  clock: Clock;
  newId: NewId;
}): Accounts {
  const { accounts, keyring, directory, clock, newId } = options;

  async function get(caller: Caller, id: string): Promise<Account> {
    const account = belongsTo(caller, id) ? await accounts.get(id) : undefined;
    if (!account) throw notFound('account', id);
    return account;
  }

  function mayChangeGroup(caller: Caller, accountId: string, groupId: string | null): void {
    if (!isOperator(caller)) throw new Fault('forbidden', 'Only the operator chooses the default group of an account.');
    if (groupId === null || directory.tier(groupId)?.isFor({ accountId, projectId: null })) return;
    const detail = `There is no group ${groupId.slice(0, 80)} that is open to this account. \`GET /api/v1/groups\` lists all.`;
    throw invalidField('/defaultGroupId', detail);
  }

  return {
    async create({ name, nameEditable }) {
      const account: Account = {
        id: newId('acc'),
        name,
        status: 'active',
        nameEditable,
        defaultGroupId: null,
        createdAtMs: clock(),
      };
      await accounts.create(account);
      return account;
    },
    list(caller, query) {
      if (caller.kind !== 'person') return accounts.list({ ...query, id: caller.accountId });
      const ids = caller.memberships.map(({ accountId }) => accountId);
      return accounts.list({ ...query, id: null, ...(!caller.isOperator && { ids }) });
    },
    get,
    async change(caller, id, change) {
      await get(caller, id);
      if (change.status !== undefined) mayChangeStatus(caller, id);
      if (change.defaultGroupId !== undefined) mayChangeGroup(caller, id, change.defaultGroupId);
      const changed = await accounts.update(id, change);
      if (!changed) throw notFound('account', id);
      // Every key of the account carries it.
      keyring.evictAll();
      return changed;
    },
  };
}

function mayChangeStatus(caller: Caller, id: string): void {
  if (!isOperator(caller)) throw new Fault('forbidden', 'Only the operator suspends an account or lifts a suspension.');
  if (id === PLATFORM_ACCOUNT_ID) {
    throw new Fault('conflict', 'The platform’s own account cannot be suspended: its keys could not undo it.');
  }
}
