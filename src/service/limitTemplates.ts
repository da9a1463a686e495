import { PLATFORM_ACCOUNT_ID } from '../core/account.ts';
import type { Clock, NewId } from '../core/ambient.ts';
import { belongsTo, type Caller } from '../core/caller.ts';
import { Fault, notFound } from '../core/fault.ts';
import type { LimitStore, LimitTemplate } from '../core/limitStore.ts';
import type { Page, PageQuery } from '../core/page.ts';
import type { AccountStore } from '../core/ports.ts';
import { faulty } from './keys.ts';
import { limitErrors, limitsFrom, type LimitDraft } from './limitDraft.ts';
import { sliceOf } from './slice.ts';

/** A template as asked for. */
export interface TemplateDraft {
  readonly name: string;
  readonly limits: readonly LimitDraft[];
}

/**
 * Named sets of limits that keys of an account refer to rather than copy: a change of the template reaches all of them.
 * Every caller of the account reads them; those who reach the whole account change them.
 */
export interface LimitTemplates {
  create(caller: Caller, accountId: string, draft: TemplateDraft): Promise<LimitTemplate>;
  list(caller: Caller, accountId: string, query: PageQuery): Promise<Page<LimitTemplate>>;
  /** Throws `not_found` for what the caller may not know. */
  get(caller: Caller, id: string): Promise<LimitTemplate>;
  /** How many keys refer to each of some templates. */
  keysOf(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  rename(caller: Caller, id: string, name: string | undefined): Promise<LimitTemplate>;
  /** Throws `conflict` while keys refer to it. */
  remove(caller: Caller, id: string): Promise<void>;
}

export function createLimitTemplates(options: {
  limits: LimitStore;
  accounts: Pick<AccountStore, 'get'>;
  clock: Clock;
  newId: NewId;
}): LimitTemplates {
  const { limits, accounts, clock, newId } = options;

  async function get(caller: Caller, id: string): Promise<LimitTemplate> {
    const template = await limits.getTemplate(id);
    if (!template || !belongsTo(caller, template.accountId)) throw notFound('limit template', id);
    return template;
  }

  async function reachAccount(caller: Caller, id: string): Promise<void> {
    if (!belongsTo(caller, id) || !(await accounts.get(id))) throw notFound('account', id);
  }

  return {
    async create(caller, accountId, { name, limits: drafts }) {
      await reachAccount(caller, accountId);
      if (accountId === PLATFORM_ACCOUNT_ID)
        throw new Fault(
          'conflict',
          'The platform’s own account makes no calls that are counted. Choose the keys’ account.',
        );
      const errors = limitErrors(drafts, '/limits');
      if (errors.length > 0) throw faulty(errors);
      const nowMs = clock();
      const template: LimitTemplate = { id: newId('tpl'), accountId, name, createdAtMs: nowMs };
      const subject = { type: 'template', id: template.id } as const;
      await limits.createTemplate(template, limitsFrom(drafts, subject, accountId, { newId, nowMs }));
      return template;
    },
    async list(caller, accountId, query) {
      await reachAccount(caller, accountId);
      return sliceOf(await limits.listTemplates(accountId), query);
    },
    get,
    keysOf: (ids) => limits.countTemplateKeys(ids),
    async rename(caller, id, name) {
      const template = await get(caller, id);
      if (name === undefined) return template;
      const renamed = await limits.renameTemplate(id, name);
      if (!renamed) throw notFound('limit template', id);
      return renamed;
    },
    async remove(caller, id) {
      await get(caller, id);
      if (!(await limits.removeTemplate(id))) throw notFound('limit template', id);
    },
  };
}
