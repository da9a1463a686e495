import { leastOutput, needsOf, type Allocation, type Bound } from '../core/allocate.ts';
import type { Clock, NewId } from '../core/ambient.ts';
import { authorise, type KeyRecord, type Wanted } from '../core/authorise.ts';
import type { Caller } from '../core/caller.ts';
import { deny, type Denial, type DenialCode } from '../core/denial.ts';
import { notFound } from '../core/fault.ts';
import type { ParentKey } from '../core/key.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { LimitStore } from '../core/limitStore.ts';
import { shortageDenial } from '../core/limitText.ts';
import type { PolicyStore } from '../core/policy.ts';
import type { AccountStore, ProjectStore } from '../core/ports.ts';
import { targetOf, wantedBy } from './admission.ts';
import type { Ask } from './attempt.ts';
import { boundOf, type Demand } from './bound.ts';
import type { Directory, Target } from './directory.ts';
import { toRecord } from './keyring.ts';
import type { Keys } from './keys.ts';
import type { Limits, LimitView } from './limits.ts';

/** A call that somebody wonders about. */
export interface Question {
  readonly ask: Ask;
  /** Null: not said. */
  readonly address: string | null;
  readonly demand: Demand;
  /** Null: now. */
  readonly atMs: number | null;
}

/** The checks before the limits, in the order of the decision. */
export type StepName = 'class' | 'status' | 'account' | 'expiry' | 'address' | 'scope' | 'group';

/** A limit that applies, what the call needs of it, and whether that fits; null where it is not known. */
export interface ExplainedLimit extends LimitView {
  readonly need: bigint | null;
  readonly fits: boolean | null;
}

export interface Explanation {
  readonly atMs: number;
  /** What the door would answer; null: it would admit the call. */
  readonly denial: Denial | null;
  /** Every check, also those behind the one that refuses first: with all of them mended the call would pass. */
  readonly steps: readonly { readonly name: StepName; readonly denial: Denial | null }[];
  /** `undefined`: not decided, because what the call would cost is not known. */
  readonly limitDenial: Denial | null | undefined;
  readonly limits: readonly ExplainedLimit[];
  readonly target: Target | null;
  /** The output the call would be admitted with, lowered to what is affordable; null: it would not be, or has none. */
  readonly outputTokens: number | null;
  /** When the limits would admit it, if nothing else happened; null: now, or not by themselves. */
  readonly freesAtMs: number | null;
}

/** Says why a call of a key is or would be refused, with the doors' own functions, and changes and counts nothing. */
export interface Explain {
  /** Throws `not_found` for a key the caller may not know. */
  explain(caller: Caller, keyId: string, question: Question): Promise<Explanation>;
}

export function createExplain(options: {
  keys: Pick<Keys, 'get'>;
  keyStore: Pick<KeyStore, 'get'>;
  accounts: Pick<AccountStore, 'get'>;
  projects: Pick<ProjectStore, 'get'>;
  policies: Pick<PolicyStore, 'ofProject'>;
  directory: Pick<Directory, 'model' | 'service' | 'inGroup'>;
  limits: Pick<Limits, 'applyingTo'>;
  store: Pick<LimitStore, 'probe'>;
  clock: Clock;
  newId: NewId;
}): Explain {
  const { keys, keyStore, accounts, projects, policies, directory, limits, store, clock, newId } = options;

  async function recordOf(caller: Caller, keyId: string): Promise<KeyRecord> {
    const key = await keys.get(caller, keyId);
    const account = await accounts.get(key.accountId);
    const project = key.projectId === null ? undefined : await projects.get(key.projectId);
    const projectLists = key.projectId === null ? undefined : await policies.ofProject(key.projectId);
    if (!account) throw notFound('key', keyId);
    const parent = key.parentKeyId === null ? undefined : await keyStore.get(key.parentKeyId);
    const around = { ...(projectLists && { projectLists }), ...(parent && { parent }) };
    return toRecord({ key, project: project ?? null, account, ...around });
  }

  async function probe(record: KeyRecord, target: Target | null, bound: Bound, { address, atMs }: Question) {
    const { id: keyId, accountId, projectId, parentKeyId } = record.key;
    const call = {
      id: newId('req'),
      accountId,
      projectId: projectId ?? '',
      keyId,
      ...(parentKeyId !== null && { parentKeyId }),
      route: 'explain',
      resourceType: target?.resource.type ?? null,
      resourceId: target?.resource.id ?? null,
      resourceName: target?.name ?? null,
      providerId: target?.provider.id ?? null,
      prices: target?.prices ?? null,
      address,
      streamed: false,
    };
    return store.probe({ call, bound, nowMs: clock() }, atMs ?? undefined);
  }

  return {
    async explain(caller, keyId, question) {
      const { ask, address, demand } = question;
      const atMs = question.atMs ?? clock();
      const record = await recordOf(caller, keyId);
      const inGroup = targetOf(directory, record, ask);
      const target = inGroup ?? targetOf(directory, withoutGroup(record), ask);
      const failed = failures(record, address, atMs, wantedBy(ask, target));
      if (target && !inGroup) failed.set('group', deny('model_not_found'));
      const steps = STEPS.map((name) => ({ name, denial: failed.get(name) ?? null }));
      const [first = null] = failed.values();
      const views = await limits.applyingTo(record.key, question.atMs ?? undefined);
      const base = { atMs, steps, target: inGroup };

      if (record.key.projectId === null || (ask.kind !== 'list' && !inGroup)) {
        const undecided = views.map((view) => ({ ...view, need: null, fits: null }));
        return {
          ...base,
          denial: first,
          limitDenial: undefined,
          limits: undecided,
          outputTokens: null,
          freesAtMs: null,
        };
      }
      const bound = boundOf(demand, inGroup);
      const allocation = await probe(record, inGroup, bound, question);
      const limitDenial = limitDenialOf(allocation, atMs);
      return {
        ...base,
        denial: first ?? limitDenial,
        limitDenial,
        limits: explained(views, allocation, bound),
        outputTokens: allocation.ok && ask.kind === 'model' ? allocation.outputTokens : null,
        freesAtMs: !allocation.ok && allocation.reason === 'short' ? allocation.freesAtMs : null,
      };
    },
  };
}

const STEPS: readonly StepName[] = ['class', 'status', 'account', 'expiry', 'address', 'scope', 'group'];

const STEP_OF: Partial<Record<DenialCode, StepName>> = {
  key_disabled: 'status',
  account_suspended: 'account',
  key_expired: 'expiry',
  ip_not_allowed: 'address',
  insufficient_scope: 'scope',
  model_not_found: 'scope',
  service_not_allowed: 'scope',
};

/** A record that passes a check, and is otherwise the same: the decision is then asked for what it objects to next. */
const CURES: Record<StepName, ((record: KeyRecord) => KeyRecord) | null> = {
  class: (record) => ({ ...record, key: { ...record.key, class: 'standard' } }),
  status: (record) => withParent({ ...record, key: { ...record.key, status: 'active' } }, { status: 'active' }),
  account: (record) => ({ ...record, account: { ...record.account, status: 'active' } }),
  expiry: (record) => withParent({ ...record, key: { ...record.key, expiresAtMs: null } }, { expiresAtMs: null }),
  address: ({ parent, ...record }) => ({
    ...record,
    allow: null,
    deny: null,
    projectAllow: null,
    projectDeny: null,
    ...(parent && { parent: { ...parent, allow: null, deny: null } }),
  }),
  scope: null,
  group: null,
};

/** What it would reach in no group: with that known, the scope can be told apart. */
function withoutGroup(record: KeyRecord): KeyRecord {
  const account = { ...record.account, defaultGroupId: null };
  return withParent({ ...record, account, key: { ...record.key, groupId: null } }, { groupId: null });
}

/** The same of what a temporary key was made from. */
function withParent(record: KeyRecord, change: Partial<ParentKey>): KeyRecord {
  const { parent } = record;
  return parent ? { ...record, parent: { ...parent, key: { ...parent.key, ...change } } } : record;
}

/** All that the decision objects to, in its order, found by asking it again with each objection mended. */
function failures(record: KeyRecord, address: string | null, atMs: number, wanted: Wanted): Map<StepName, Denial> {
  const failed = new Map<StepName, Denial>();
  let mended: KeyRecord | undefined = record;
  while (mended) {
    const denial = authorise(mended, address, atMs, wanted);
    if (!denial) return failed;
    const step: StepName | undefined = mended.key.class === 'management' ? 'class' : STEP_OF[denial.code];
    if (step === undefined || failed.has(step)) throw new Error(`explain does not know the refusal ${denial.code}`);
    failed.set(step, denial);
    mended = CURES[step]?.(mended);
  }
  return failed;
}

function limitDenialOf(allocation: Allocation, atMs: number): Denial | null {
  if (allocation.ok) return null;
  return allocation.reason === 'short' ? shortageDenial(allocation, atMs) : deny('price_unknown');
}

function explained(views: readonly LimitView[], allocation: Allocation, bound: Bound): ExplainedLimit[] {
  const needs = needsOf(bound, allocation.ok ? allocation.outputTokens : leastOutput(bound));
  const unpriced = bound.prices === null && bound.costNano === undefined;
  const rests = new Map(allocation.states.map(({ applied, remaining }) => [applied.limit.id, remaining]));
  return views.map((view) => {
    const { id, unit } = view.limit;
    const need = unit === 'cost' && unpriced ? null : needs[unit];
    return { ...view, need, fits: allocation.ok || (need !== null && need <= (rests.get(id) ?? 0n)) };
  });
}
