import { PLATFORM_ACCOUNT_ID, type Project } from '../core/account.ts';
import { belongsTo, reaches, reachOf, type Caller } from '../core/caller.ts';
import { invalidField, notFound } from '../core/fault.ts';
import type { AccountStore, Clock, NewId, Page, PageQuery, ProjectStore } from '../core/ports.ts';
import { decide } from '../core/role.ts';
import { forbidden, suspended } from './access.ts';
import type { Keyring } from './keyring.ts';

/** Workspaces inside an account. */
export interface Projects {
  /** `accountId` undefined: the caller's own. */
  create(caller: Caller, draft: { readonly name: string; readonly accountId: string | undefined }): Promise<Project>;
  /** `accountId` null: every account the caller reaches. */
  list(caller: Caller, accountId: string | null, query: PageQuery): Promise<Page<Project>>;
  /** Throws `not_found` for what the caller may not know. */
  get(caller: Caller, id: string): Promise<Project>;
  change(caller: Caller, id: string, change: Partial<Pick<Project, 'name'>>): Promise<Project>;
}

export function createProjects(options: {
  projects: ProjectStore;
  accounts: Pick<AccountStore, 'get'>;
  keyring: Pick<Keyring, 'evictAll'>;
  clock: Clock;
  newId: NewId;
}): Projects {
  const { projects, accounts, keyring, clock, newId } = options;

  async function get(caller: Caller, id: string): Promise<Project> {
    const project = await projects.get(id);
    if (!project || !reaches(caller, { accountId: project.accountId, projectId: project.id }))
      throw notFound('project', id);
    return project;
  }

  return {
    async create(caller, { name, accountId = homeOf(caller) }) {
      if (accountId === undefined) throw invalidField('/accountId', 'Say which account the project belongs to.');
      const answer = decide(caller, 'projects.create', { accountId, projectId: null });
      if (answer === 'forbidden') throw forbidden();
      if (answer === 'suspended') throw suspended();
      const known = reaches(caller, { accountId, projectId: null }) && (await accounts.get(accountId));
      if (!known) throw invalidField('/accountId', `There is no account ${accountId} here.`);
      if (accountId === PLATFORM_ACCOUNT_ID) {
        throw invalidField('/accountId', 'The platform’s own account holds no projects. Create an account first.');
      }
      const project: Project = { id: newId('prj'), accountId, name, createdAtMs: clock() };
      await projects.create(project);
      return project;
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

/** Where a caller’s new project belongs when it does not say: its account, where it can mean only one. */
function homeOf(caller: Caller): string | undefined {
  if (caller.kind !== 'person') return caller.accountId ?? undefined;
  const [home, other] = reachOf(caller).filter(({ projectId }) => projectId === null);
  return other ? undefined : home?.accountId;
}
