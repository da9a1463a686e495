import { PLATFORM_ACCOUNT_ID, type Project } from '../core/account.ts';
import type { Clock } from '../core/ambient.ts';
import { belongsTo, reaches, reachOf, type Caller } from '../core/caller.ts';
import { Fault, invalidField, notFound } from '../core/fault.ts';
import { plainKey } from '../core/key.ts';
import { lastMoment, NO_RULES, ruleErrors } from '../core/keyRules.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { Page, PageQuery } from '../core/page.ts';
import type { PolicyStore } from '../core/policy.ts';
import type { AccountStore, ProjectStore, Store } from '../core/ports.ts';
import { NO_REGIONS, type Regions } from '../core/region.ts';
import { decide } from '../core/role.ts';
import { forbidden, suspended } from './access.ts';
import type { CreatedKey } from './creation.ts';
import type { Keyring } from './keyring.ts';
import { mismatch, replayOf } from './replays.ts';
import { makeValue, type ValueMaking } from './values.ts';

export interface ProjectDraft {
  readonly name: string;
  /** Undefined: the caller's own. */
  readonly accountId: string | undefined;
  readonly defaultKey: boolean;
}

export interface CreatedProject {
  readonly project: Project;
  /** Null: it was made without one, or the key has been deleted since. */
  readonly defaultKey: CreatedKey | null;
  /** Whether the same creation was sent before. */
  readonly isReplay: boolean;
}

/** Workspaces inside an account. */
export interface Projects {
  /** With its default key (Z02), unless that is not wanted. `token`: the Idempotency-Key; the same again makes nothing again. */
  create(caller: Caller, draft: ProjectDraft, token: string | null): Promise<CreatedProject>;
  /** `accountId` null: every account the caller reaches. */
  list(caller: Caller, accountId: string | null, query: PageQuery): Promise<Page<Project>>;
  /** Throws `not_found` for what the caller may not know. */
  get(caller: Caller, id: string): Promise<Project>;
  change(caller: Caller, id: string, change: Partial<Pick<Project, 'name'>>): Promise<Project>;
}

export function createProjects(
  options: ValueMaking & {
    projects: ProjectStore;
    accounts: Pick<AccountStore, 'get'>;
    keys: Pick<KeyStore, 'get'>;
    policies: Pick<PolicyStore, 'ofAccount'>;
    store: Pick<Store, 'together'>;
    keyring: Pick<Keyring, 'evictAll'>;
    /** Left out: there are none. */
    regions?: Regions;
    clock: Clock;
  },
): Projects {
  const { projects, accounts, keys, policies, store, keyring, regions = NO_REGIONS, clock, newId } = options;

  async function get(caller: Caller, id: string): Promise<Project> {
    const project = await projects.get(id);
    if (!project || !reaches(caller, { accountId: project.accountId, projectId: project.id }))
      throw notFound('project', id);
    return project;
  }

  /** The project and its key, or neither. */
  async function make(
    caller: Caller,
    draft: ProjectDraft & { readonly accountId: string },
    token: string | null,
  ): Promise<CreatedProject> {
    const { accountId, name } = draft;
    const nowMs = clock();
    const project: Project = { id: newId('prj'), accountId, name, createdAtMs: nowMs };
    const replay = token === null ? undefined : replayOf(`${caller.id} ${accountId} projects`, draft, token, nowMs);
    const made = draft.defaultKey ? await defaultKeyOf(caller, project) : null;
    const outcome = await store
      .together(async (parts) => {
        const madeId = made?.key.id ?? project.id;
        const written = await parts.projects.create(project, replay && { replay, madeId });
        if (written.created && made) await parts.keys.create(made.key, made.secret, undefined, [], { capped: true });
        return written;
      })
      .catch((error: unknown) => {
        throw error instanceof Fault && error.code === 'quota_exceeded' ? withoutPlace(error) : error;
      });
    if (!outcome.created) {
      if (outcome.fingerprint !== replay?.fingerprint) throw mismatch();
      return madeBefore(outcome.madeId);
    }
    return { project, defaultKey: made && { key: made.key, value: made.value }, isReplay: false };
  }

  async function defaultKeyOf({ id: createdBy }: Caller, { id: projectId, accountId, createdAtMs }: Project) {
    const id = newId('key');
    const policy = await policies.ofAccount(accountId);
    const { value, secret } = makeValue(options, { id, accountId }, { nowMs: createdAtMs, policy });
    const name = 'Default key';
    const { masked } = secret;
    const { own: region } = regions;
    const given = {
      id,
      accountId,
      projectId,
      class: 'standard',
      name,
      masked,
      region,
      createdBy,
      createdAtMs,
    } as const;
    const plain = plainKey(given);
    const expiresAtMs = lastMoment(createdAtMs, policy ?? NO_RULES);
    const key = { ...plain, isDefault: true, expiresAtMs };
    const broken = ruleErrors(key, policy ?? NO_RULES, []).map(({ detail }) => detail);
    if (broken.length > 0) throw invalidField('/defaultKey', againstRules(broken));
    return { key, value, secret };
  }

  /** `madeId`: of the default key, or of a project without one. */
  async function madeBefore(madeId: string): Promise<CreatedProject> {
    const key = await keys.get(madeId);
    const project = await projects.get(key?.projectId ?? madeId);
    if (!project) throw notFound('project', madeId);
    return { project, defaultKey: key?.deletedAtMs === null ? { key, value: null } : null, isReplay: true };
  }

  return {
    async create(caller, { name, accountId = homeOf(caller), defaultKey }, token) {
      if (accountId === undefined) throw invalidField('/accountId', 'Say which account the project belongs to.');
      const answer = decide(caller, 'projects.create', { accountId, projectId: null });
      if (answer === 'forbidden') throw forbidden();
      if (answer === 'suspended') throw suspended();
      const known = reaches(caller, { accountId, projectId: null }) && (await accounts.get(accountId));
      if (!known) throw invalidField('/accountId', `There is no account ${accountId} here.`);
      if (accountId === PLATFORM_ACCOUNT_ID) {
        throw invalidField('/accountId', 'The platform’s own account holds no projects. Create an account first.');
      }
      return make(caller, { name, accountId, defaultKey }, token);
    },
    async list(caller, accountId, query) {
      if (accountId !== null && !belongsTo(caller, accountId)) throw notFound('account', accountId);
      if (caller.kind === 'person') {
        const within = { accountId, projectId: null, ...(!caller.isOperator && { places: reachOf(caller) }) };
        return projects.list({ ...query, ...within });
      }
      return projects.list({ ...query, accountId: caller.accountId ?? accountId, projectId: caller.projectId });
    },
    get,
    async change(caller, id, change) {
      await get(caller, id);
      const changed = await projects.update(id, change);
      if (!changed) throw notFound('project', id);
      // Every key of the project carries it.
      keyring.evictAll();
      return changed;
    },
  };
}

/** The account asks of keys what a key that opens everything cannot keep. */
function againstRules(details: readonly string[]): string {
  return `${details.join(' ')} So there is no default key here: send "defaultKey": false, and make a key that is as it has to be.`;
}

/** Said with what the store says of the cap, which knows nothing of projects. */
function withoutPlace({ message, details }: Fault): Fault {
  return new Fault(
    'quota_exceeded',
    `${message} Or make the project without a key of its own: send "defaultKey": false. Nothing was made.`,
    details,
  );
}

/** Where a caller’s new project belongs when it does not say: its account, where it can mean only one. */
function homeOf(caller: Caller): string | undefined {
  if (caller.kind !== 'person') return caller.accountId ?? undefined;
  const [home, other] = reachOf(caller).filter(({ projectId }) => projectId === null);
  return other ? undefined : home?.accountId;
}
