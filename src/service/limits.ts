import { PLATFORM_ACCOUNT_ID } from '../core/account.ts';
import type { Clock, NewId } from '../core/ambient.ts';
import { belongsTo, isOperator, reaches, type Caller, type Place } from '../core/caller.ts';
import { Fault, notFound } from '../core/fault.ts';
import type { Key } from '../core/key.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { LimitState } from '../core/limit.ts';
import type { LimitStore, StoredLimit, SubjectRef } from '../core/limitStore.ts';
import { decide } from '../core/role.ts';
import { suspended } from './access.ts';
import type { Accounts } from './accounts.ts';
import type { Keys } from './keys.ts';
import { limitsFrom, refuseExtra, type LimitDraft } from './limitDraft.ts';
import type { LimitTemplates } from './limitTemplates.ts';
import type { Projects } from './projects.ts';

/** A limit and where it stands; `state` null for a template's by itself, which counts for each key apart. */
export interface LimitView {
  readonly limit: StoredLimit;
  readonly state: LimitState | null;
}

/**
 * Looking after limits. They are read by all whose calls they can refuse, and set by those who answer for what they are
 * set on: a key's by all who reach it, a project's and a template's by its account, an account's by the operator, so
 * that nobody raises their own budget. Throws `not_found` for what the caller may not know. Changes act on the next call.
 */
export interface Limits {
  list(caller: Caller, subject: SubjectRef): Promise<LimitView[]>;
  /** At most one of the same unit and window. */
  add(caller: Caller, subject: SubjectRef, draft: LimitDraft): Promise<LimitView>;
  get(caller: Caller, id: string): Promise<LimitView>;
  /** `amountOf` reads the amount once the unit is known, and throws what is wrong with it. */
  setAmount(caller: Caller, id: string, amountOf: (limit: StoredLimit) => bigint): Promise<LimitView>;
  remove(caller: Caller, id: string): Promise<void>;
  /** Starts counting anew: what was used until now, and what is under way, does not count any more. */
  reset(caller: Caller, id: string): Promise<LimitView>;
  /** The same for all limits of a key's own and of its template, for this key alone. */
  resetKey(caller: Caller, keyId: string): Promise<LimitView[]>;
  /** All limits that apply to a key's calls: its own, its template's, the same of its parent, its project's, its account's. `atMs`: as of that time instead of now. */
  applyingTo(key: Key, atMs?: number): Promise<LimitView[]>;
  /** Of keys that the caller is known to reach, by key: their own limits and their templates'. */
  ofKeys(keys: readonly Key[]): Promise<ReadonlyMap<string, readonly LimitView[]>>;
  /** Where the limits of a project or an account stand, which the caller is known to reach. */
  standing(subject: SubjectRef): Promise<LimitView[]>;
}

export function createLimits(options: {
  limits: LimitStore;
  keyStore: Pick<KeyStore, 'get'>;
  keys: Pick<Keys, 'get'>;
  projects: Pick<Projects, 'get'>;
  accounts: Pick<Accounts, 'get'>;
  templates: Pick<LimitTemplates, 'get'>;
  clock: Clock;
  newId: NewId;
}): Limits {
  const { limits, keyStore, keys, projects, accounts, templates, clock, newId } = options;

  /** The account a subject belongs to. Throws `not_found` for one that the caller may not know. */
  async function accountOf(caller: Caller, { type, id }: SubjectRef): Promise<string> {
    switch (type) {
      case 'key': {
        const key = await keys.get(caller, id);
        if (key.class === 'management')
          throw new Fault('conflict', 'A management key makes no calls that are counted, so it has no limits.');
        return key.accountId;
      }
      case 'project':
        return (await projects.get(caller, id)).accountId;
      case 'template':
        return (await templates.get(caller, id)).accountId;
      case 'account':
        if (id === PLATFORM_ACCOUNT_ID)
          throw new Fault(
            'conflict',
            'The platform’s own account makes no calls that are counted, so it has no limits.',
          );
        return (await accounts.get(caller, id)).id;
    }
  }

  /** Whether a limit can refuse calls within the caller's reach, or is set there. */
  async function sees(caller: Caller, { accountId, subject }: StoredLimit): Promise<boolean> {
    if (!belongsTo(caller, accountId)) return false;
    if (subject.type === 'key') {
      const key = await keyStore.get(subject.id);
      return key?.deletedAtMs === null && reaches(caller, key);
    }
    return subject.type !== 'project' || reaches(caller, { accountId, projectId: subject.id });
  }

  async function find(caller: Caller, id: string): Promise<StoredLimit> {
    const limit = await limits.get(id);
    if (!limit || !(await sees(caller, limit))) throw notFound('limit', id);
    return limit;
  }

  async function standing(subject: SubjectRef): Promise<LimitView[]> {
    const stored = await limits.list(subject);
    return joined(stored, subject.type === 'template' ? [] : await limits.appliedTo(subject, clock()));
  }

  async function viewOf(limit: StoredLimit): Promise<LimitView> {
    const views = await standing(limit.subject);
    // Where it was removed meanwhile, what was done to it is answered all the same.
    return views.find((view) => view.limit.id === limit.id) ?? { limit, state: null };
  }

  async function applyingTo(key: Key, atMs?: number): Promise<LimitView[]> {
    const { id: keyId, accountId, projectId, parentKeyId } = key;
    if (key.class === 'management' || projectId === null) return [];
    const parent = parentKeyId === null ? undefined : await keyStore.get(parentKeyId);
    const subjects: SubjectRef[] = [
      ...subjectsOf(key),
      ...(parent ? subjectsOf(parent) : []),
      { type: 'project', id: projectId },
      { type: 'account', id: accountId },
    ];
    const stored = (await Promise.all(subjects.map((subject) => limits.list(subject)))).flat();
    const call = { accountId, projectId, keyId, ...(parent && { parentKeyId: parent.id }) };
    const states = await limits.statesOf(call, clock(), atMs);
    return joined(stored, states).filter(({ state }) => state !== null);
  }

  return {
    async list(caller, subject) {
      await accountOf(caller, subject);
      return standing(subject);
    },
    async add(caller, subject, draft) {
      const accountId = await accountOf(caller, subject);
      refuseSetting(caller, subject, accountId);
      refuseExtra(draft, await limits.list(subject));
      const [limit] = limitsFrom([draft], subject, accountId, { newId, nowMs: clock() });
      if (!limit) throw new Error('a draft became no limit');
      await limits.create(limit);
      return viewOf(limit);
    },
    get: async (caller, id) => viewOf(await find(caller, id)),
    async setAmount(caller, id, amountOf) {
      const limit = await find(caller, id);
      refuseSetting(caller, limit.subject, limit.accountId);
      const changed = await limits.setAmount(id, amountOf(limit));
      if (!changed) throw notFound('limit', id);
      return viewOf(changed);
    },
    async remove(caller, id) {
      const { subject, accountId } = await find(caller, id);
      refuseSetting(caller, subject, accountId);
      if (!(await limits.remove(id))) throw notFound('limit', id);
    },
    async reset(caller, id) {
      const { subject, accountId } = await find(caller, id);
      refuseSetting(caller, subject, accountId);
      const reset = await limits.reset(id, clock());
      if (!reset) throw notFound('limit', id);
      return viewOf(reset);
    },
    async resetKey(caller, keyId) {
      const key = await keys.get(caller, keyId);
      await limits.resetKey(keyId, clock());
      return applyingTo(key);
    },
    applyingTo,
    ofKeys: (all) =>
      limits.ofKeys(
        all.map(({ id }) => id),
        clock(),
      ),
    standing,
  };
}

/** What a key's own limits and its template's are set on. */
function subjectsOf({ id, limitTemplateId }: Pick<Key, 'id' | 'limitTemplateId'>): SubjectRef[] {
  return [
    { type: 'key', id },
    ...(limitTemplateId === null ? [] : [{ type: 'template' as const, id: limitTemplateId }]),
  ];
}

/** Whom a subject's limits bind does not loosen them. Only for those who may see it. */
function refuseSetting(caller: Caller, { type, id }: SubjectRef, accountId: string): void {
  if (isOperator(caller) || type === 'key') return;
  if (type === 'account')
    throw new Fault('forbidden', 'The limits of an account are the operator’s to set. Ask them to change it.');
  const place: Place = { accountId, projectId: type === 'project' ? id : null };
  const permission = type === 'project' ? 'projectLimits.set' : 'limitTemplates.manage';
  const answer = decide(caller, permission, place);
  if (answer === 'suspended') throw suspended();
  if (answer !== 'allowed')
    throw new Fault('forbidden', `The limits of a ${type} are set by those who look after the whole account.`);
}

function joined(stored: readonly StoredLimit[], states: readonly LimitState[]): LimitView[] {
  const byId = new Map(states.map((state) => [state.applied.limit.id, state]));
  return stored.map((limit) => ({ limit, state: byId.get(limit.id) ?? null }));
}
