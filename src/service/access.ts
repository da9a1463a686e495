import { belongsTo, isOperator, reaches, type Caller, type Place } from '../core/caller.ts';
import { Fault, notFound } from '../core/fault.ts';
import type { Key } from '../core/key.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { LeakStore } from '../core/leak.ts';
import type { LimitStore } from '../core/limitStore.ts';
import type { WebhookStore } from '../core/noticeStore.ts';
import type { PolicyStore } from '../core/policy.ts';
import type { ProjectStore } from '../core/ports.ts';
import type { QuotaStore } from '../core/quota.ts';
import { decide, PERMISSIONS, type Answer, type Permission, type Policy } from '../core/role.ts';
import type { Directory } from './directory.ts';

/** What an operation names by its id. */
export interface Subject {
  readonly type: SubjectType;
  readonly id: string;
}
export type SubjectType =
  | 'account'
  | 'project'
  | 'key'
  | 'limit'
  | 'limit template'
  | 'webhook'
  | 'endpoint'
  | 'service'
  | 'quota request'
  | 'leak report';

/**
 * Asks the table (core/role.ts) whether a caller may do a thing to what an operation names. Throws `not_found` for what
 * the caller may not know, `forbidden` for what it may not do, `account_suspended` for what nobody of the account may now. `own`: lists hold only what the caller made.
 */
export interface Access {
  check(caller: Caller, permission: Permission, subject: Subject): Promise<Granted>;
  at(caller: Caller, permission: Permission, place: Place, subject: Subject): Promise<Granted>;
  /** All that a caller may do in an account or one of its projects, as it is now. */
  permissionsOf(caller: Caller, place: Place): Promise<Partial<Record<Permission, Granted>>>;
  /** As `check`, of a key that was read already. */
  key(caller: Caller, permission: Permission, key: Key): Promise<void>;
}
export type Granted = Extract<Answer, 'allowed' | 'own'>;

export function createAccess(options: {
  keys: Pick<KeyStore, 'get'>;
  projects: Pick<ProjectStore, 'get'>;
  limits: Pick<LimitStore, 'get' | 'getTemplate'>;
  webhooks: Pick<WebhookStore, 'get'>;
  quotas: Pick<QuotaStore, 'get'>;
  leaks: Pick<LeakStore, 'get'>;
  policies: Pick<PolicyStore, 'ofProject'>;
  directory: Pick<Directory, 'catalogue'>;
}): Access {
  const { keys, projects, limits, webhooks, quotas, leaks, policies, directory } = options;

  async function at(caller: Caller, permission: Permission, place: Place, subject: Subject): Promise<Granted> {
    return granted(decide(caller, permission, place, await policyOf(caller, place)), subject);
  }

  /** Only people are bound by what a project lets its members do. */
  async function policyOf(caller: Caller, { projectId }: Place): Promise<Policy | undefined> {
    return caller.kind === 'person' && projectId !== null ? policies.ofProject(projectId) : undefined;
  }

  async function key(caller: Caller, permission: Permission, found: Key): Promise<void> {
    const subject: Subject = { type: 'key', id: found.id };
    if (found.projectId === null && !reaches(caller, found)) throw notFound('key', found.id);
    const policy = await policyOf(caller, found);
    // Whoever reads only what they made does not learn of the others, not even of those that are admins' to change.
    const read = decide(caller, permissionOn(found, 'keys.read'), found, policy);
    const answer = decide(caller, permissionOn(found, permission), found, policy);
    if ((read === 'own' || answer === 'own') && !(await isOwn(caller, found))) throw notFound('key', found.id);
    granted(answer, subject);
  }

  /** Whoever made a key has what was made from it too. */
  async function isOwn(caller: Caller, { createdBy, parentKeyId }: Key): Promise<boolean> {
    if (createdBy === caller.id) return true;
    return parentKeyId !== null && (await keys.get(parentKeyId))?.createdBy === caller.id;
  }

  async function limit(caller: Caller, permission: Permission, id: string): Promise<Granted> {
    const found = await limits.get(id);
    if (!found || !belongsTo(caller, found.accountId)) throw notFound('limit', id);
    const { accountId, subject } = found;
    switch (subject.type) {
      case 'key': {
        const ofKey = await keys.get(subject.id);
        if (!ofKey || ofKey.deletedAtMs !== null || !reaches(caller, ofKey)) throw notFound('limit', id);
        await key(caller, permission, ofKey).catch((error: unknown) => {
          throw error instanceof Fault && error.code === 'not_found' ? notFound('limit', id) : error;
        });
        return 'allowed';
      }
      case 'project':
        return at(caller, 'projectLimits.read', { accountId, projectId: subject.id }, { type: 'limit', id });
      case 'account':
        return at(caller, 'accountLimits.read', { accountId, projectId: null }, { type: 'limit', id });
      // All of the account may know what can refuse their calls.
      case 'template':
        return 'allowed';
    }
  }

  /** As its key, deleted or not. */
  async function leak(caller: Caller, permission: Permission, id: string): Promise<void> {
    const report = await leaks.get(id);
    const ofKey = report && (await keys.get(report.keyId));
    if (!ofKey) throw notFound('leak report', id);
    await key(caller, permission, ofKey).catch((error: unknown) => {
      throw error instanceof Fault && error.code === 'not_found' ? notFound('leak report', id) : error;
    });
  }

  async function mustHaveAsked(caller: Caller, place: Place, subject: Subject): Promise<void> {
    if ((await quotas.get(subject.id))?.askedBy === caller.id) return;
    // Who may read it is told that it is another's; to others it is not there.
    throw decide(caller, 'quotaRequests.read', place) === 'allowed' ? forbidden() : notFound(subject.type, subject.id);
  }

  async function placeOf({
    type,
    id,
  }: Exclude<Subject, { type: 'key' | 'limit' | 'leak report' }>): Promise<Place | undefined> {
    const catalogue = directory.catalogue();
    const ofAccount = (found: { readonly accountId: string } | undefined): Place | undefined =>
      found && { accountId: found.accountId, projectId: null };
    switch (type) {
      case 'account':
        return { accountId: id, projectId: null };
      case 'project': {
        const project = await projects.get(id);
        return project && { accountId: project.accountId, projectId: id };
      }
      case 'limit template':
        return ofAccount(await limits.getTemplate(id));
      case 'webhook':
        return ofAccount(await webhooks.get(id));
      case 'quota request':
        return ofAccount(await quotas.get(id));
      case 'endpoint':
        return catalogue.endpoints.find((one) => one.id === id);
      case 'service':
        return catalogue.services.find((one) => one.id === id);
      default:
        throw new Error(`${type} has no place of its own`);
    }
  }

  return {
    at,
    key,
    async permissionsOf(caller, place) {
      const policy = await policyOf(caller, place);
      const answers = (Object.keys(PERMISSIONS) as Permission[]).map(
        (permission) => [permission, decide(caller, permission, place, policy)] as const,
      );
      return Object.fromEntries(answers.filter(([, answer]) => answer === 'allowed' || answer === 'own'));
    },
    async check(caller, permission, subject) {
      if (subject.type === 'limit') return limit(caller, permission, subject.id);
      if (subject.type === 'key') {
        const found = await keys.get(subject.id);
        if (!found || found.deletedAtMs !== null) throw notFound('key', subject.id);
        await key(caller, permission, found);
        return 'allowed';
      }
      if (subject.type === 'leak report') {
        await leak(caller, permission, subject.id);
        return 'allowed';
      }
      const place = await placeOf(subject);
      if (!place) throw notFound(subject.type, subject.id);
      const answer = await at(caller, permission, place, subject);
      if (subject.type === 'quota request' && answer === 'own') await mustHaveAsked(caller, place, subject);
      return answer;
    },
  };
}

/** Keys that call this API, and those of a whole account, are admins' to change. */
function permissionOn({ projectId, class: keyClass }: Key, permission: Permission): Permission {
  const isRead = permission.endsWith('.read');
  if (projectId === null) return isRead ? 'accountKeys.read' : 'accountKeys.manage';
  return keyClass === 'management' && !isRead ? 'managementKeys.manage' : permission;
}

/** Turns an answer of the table that is a no into the fault that says it. */
export function granted(answer: Answer, { type, id }: Subject): Granted {
  if (answer === 'unknown') throw notFound(type, id);
  if (answer === 'forbidden') throw forbidden();
  if (answer === 'suspended') throw suspended();
  return answer;
}

/** To people of the account, who may go on reading what is in it. */
export function suspended(): Fault {
  return new Fault(
    'account_suspended',
    'This account is suspended: what is in it can be read and not changed. Ask the operator.',
  );
}

export function forbidden(): Fault {
  return new Fault('forbidden', 'Your role here does not allow this. Ask an admin of the project or the account.');
}

/** Throws `forbidden` for what a caller may do nowhere, before anything is looked for. */
export function refuseEverywhere(caller: Caller, permissions: readonly Permission[], words: () => string): void {
  if (permissions.every((permission) => decide(caller, permission, null) === 'forbidden'))
    throw new Fault('forbidden', caller.kind === 'person' && !isOperator(caller) ? PERSONS : words());
}

const PERSONS = 'This is the operator’s to do. Ask them.';
