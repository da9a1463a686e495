import type { Clock, NewId } from '../core/ambient.ts';
import { isOperator, type Caller } from '../core/caller.ts';
import { Fault, invalidField, notFound } from '../core/fault.ts';
import type { Page } from '../core/page.ts';
import type { AccountPolicy, PolicyStore, ProjectPolicy } from '../core/policy.ts';
import type { QuotaDecision, QuotaQuery, QuotaRequest, QuotaStore } from '../core/quota.ts';

export type AccountQuota = AccountPolicy & { readonly keys: number };
export type ProjectQuota = Pick<ProjectPolicy, 'keyCap'> & { readonly keys: number };

/** How many keys there may be, and requests for more. Who may call these: core/role.ts. */
export interface Quotas {
  /** `keys`: how many count, of all members and regions. */
  ofAccount(accountId: string): Promise<AccountQuota>;
  /** The account’s own cap is the operator’s to set. Lowered below what there is, it refuses new keys and ends none. */
  setAccount(caller: Caller, accountId: string, change: Partial<AccountPolicy>): Promise<AccountQuota>;
  ofProject(place: { readonly accountId: string; readonly id: string }): Promise<ProjectQuota>;
  setProject(place: { readonly accountId: string; readonly id: string }, keyCap: number | null): Promise<ProjectQuota>;
  ask(caller: Caller, accountId: string, draft: Pick<QuotaRequest, 'amount' | 'reason'>): Promise<QuotaRequest>;
  list(query: QuotaQuery): Promise<Page<QuotaRequest>>;
  get(id: string): Promise<QuotaRequest>;
  withdraw(caller: Caller, id: string): Promise<QuotaRequest>;
  /** Raises the cap at once, to what was asked for unless `amount` says another. */
  approve(
    caller: Caller,
    id: string,
    decision: { readonly amount?: number; readonly note: string },
  ): Promise<QuotaRequest>;
  reject(caller: Caller, id: string, note: string): Promise<QuotaRequest>;
}

export function createQuotas(options: {
  quotas: QuotaStore;
  policies: PolicyStore;
  clock: Clock;
  newId: NewId;
}): Quotas {
  const { quotas, policies, clock, newId } = options;

  async function ofAccount(accountId: string): Promise<AccountQuota> {
    const policy = await policies.ofAccount(accountId);
    if (!policy) throw notFound('account', accountId);
    return { ...policy, keys: await policies.countKeys({ accountId, projectId: null }) };
  }

  async function ofProject({ accountId, id }: { accountId: string; id: string }): Promise<ProjectQuota> {
    const policy = await policies.ofProject(id);
    if (!policy) throw notFound('project', id);
    return { keyCap: policy.keyCap, keys: await policies.countKeys({ accountId, projectId: id }) };
  }

  async function get(id: string): Promise<QuotaRequest> {
    const request = await quotas.get(id);
    if (!request) throw notFound('quota request', id);
    return request;
  }

  function decide(caller: Caller, id: string, decision: Omit<QuotaDecision, 'decidedBy' | 'decidedAtMs'>) {
    return quotas.decide(id, { ...decision, decidedBy: caller.id, decidedAtMs: clock() });
  }

  return {
    ofAccount,
    async setAccount(caller, accountId, change) {
      if (change.keyCap !== undefined && !isOperator(caller))
        throw new Fault(
          'forbidden',
          'How many keys an account may have is the operator’s to set. Ask for more with a quota request.',
        );
      await policies.setAccount(accountId, change);
      return ofAccount(accountId);
    },
    ofProject,
    async setProject(place, keyCap) {
      await policies.setProject(place.id, { keyCap });
      return ofProject(place);
    },
    async ask(caller, accountId, { amount, reason }) {
      const { keyCap } = await ofAccount(accountId);
      if (amount <= keyCap)
        throw invalidField('/amount', `The account may have ${keyCap} keys already. Ask for more than that in all.`);
      const request: QuotaRequest = {
        id: newId('qrq'),
        accountId,
        status: 'pending',
        amount,
        reason,
        askedBy: caller.id,
        createdAtMs: clock(),
        grantedAmount: null,
        note: null,
        decidedBy: null,
        decidedAtMs: null,
      };
      await quotas.create(request);
      return request;
    },
    list: (query) => quotas.list(query),
    get,
    withdraw: (caller, id) => decide(caller, id, { status: 'withdrawn', note: null, grantedAmount: null }),
    async approve(caller, id, { amount, note }) {
      const grantedAmount = amount ?? (await get(id)).amount;
      return decide(caller, id, { status: 'approved', note, grantedAmount });
    },
    reject: (caller, id, note) => decide(caller, id, { status: 'rejected', note, grantedAmount: null }),
  };
}
