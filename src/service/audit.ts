import { PLATFORM_ACCOUNT_ID } from '../core/account.ts';
import type { Clock } from '../core/ambient.ts';
import type { AuditActor, AuditBy, AuditFields, AuditEvent, AuditObject, NewAuditRecord } from '../core/audit.ts';
import type { AuditCheck } from '../core/auditChain.ts';
import type { AuditFilter, AuditStore } from '../core/auditStore.ts';
import { belongsTo, isOperator, reachOf, type Caller, type Place } from '../core/caller.ts';
import { invalidField, notFound } from '../core/fault.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { Page, PageQuery, Within } from '../core/page.ts';
import type { PeopleStore } from '../core/people.ts';
import type { AccountStore, ProjectStore } from '../core/ports.ts';
import { decide } from '../core/role.ts';
import type { FindReach } from './reach.ts';
import { createRepeats } from './repeats.ts';

/** What a reader narrows the log by. */
export type AuditAsked = Within & Omit<AuditFilter, keyof Within>;

/** An attempt that changed nothing, as it was asked for: `object` is what the address named. */
export interface Attempt {
  readonly by: AuditBy;
  readonly caller: Caller;
  readonly object: Pick<AuditObject, 'type' | 'id'>;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly code: string | null;
  readonly shown: AuditFields | null;
}

/** The audit log: reading it, and noting what the store did not note itself. Nothing here tells of what the caller does not reach. */
export interface Audit {
  list(caller: Caller, asked: AuditAsked, query: PageQuery): Promise<Page<AuditEvent>>;
  /** Throws `not_found` for what the caller may not know. */
  get(caller: Caller, id: string): Promise<AuditEvent>;
  /** All that there is now, oldest first, a few at a time. Who asked is checked before it answers. */
  export(caller: Caller, asked: AuditAsked): Promise<AsyncIterable<AuditEvent[]>>;
  verify(): Promise<AuditCheck>;
  /** Leaves a row for an attempt that changed nothing; of refusals that come again and again, fewer (./repeats.ts). */
  note(attempt: Attempt): Promise<void>;
}

interface Named {
  readonly name: string;
  readonly place: Place;
}

/** Events of an export that are in memory at a time. */
const BATCH = 200;

export function createAudit(options: {
  audit: AuditStore;
  keys: Pick<KeyStore, 'get'>;
  people: Pick<PeopleStore, 'get'>;
  accounts: Pick<AccountStore, 'get'>;
  projects: Pick<ProjectStore, 'get'>;
  findReach: FindReach;
}): Audit {
  const { audit, keys, people, accounts, projects, findReach } = options;
  const repeats = createRepeats();

  async function filterOf(caller: Caller, asked: AuditAsked): Promise<AuditFilter> {
    const { accountId, projectId, fromMs, toMs } = asked;
    if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs)
      throw invalidField('?from', 'The period ends before it begins: `from` must be earlier than `to`.');
    return { ...asked, ...(await findReach(caller, 'audit.read', { accountId, projectId, keyId: null })) };
  }

  async function nameOf({ type, id, name }: AuditActor): Promise<string | null> {
    if (type === 'key') return (await keys.get(id))?.name ?? null;
    return type === 'person' ? ((await people.get(id))?.name ?? null) : name;
  }

  /** What the address names, where it lies in an account that the caller belongs to: that account reads of the attempt. */
  async function named(caller: Caller, object: Attempt['object']): Promise<Named | undefined> {
    const found = object.id === null ? undefined : await find(object.type, object.id);
    return found && belongsTo(caller, found.place.accountId) ? found : undefined;
  }

  async function find(type: string, id: string): Promise<Named | undefined> {
    if (type === 'key') {
      const key = await keys.get(id);
      return key && { name: key.name, place: { accountId: key.accountId, projectId: key.projectId } };
    }
    if (type === 'project') {
      const project = await projects.get(id);
      return project && { name: project.name, place: { accountId: project.accountId, projectId: id } };
    }
    const account = type === 'account' ? await accounts.get(id) : undefined;
    return account && { name: account.name, place: { accountId: id, projectId: null } };
  }

  async function* batches(filter: AuditFilter): AsyncGenerator<AuditEvent[]> {
    const untilSeq = await audit.lastSeq();
    for (let seq = 0; ;) {
      const events = await audit.after(filter, seq, untilSeq, BATCH);
      const last = events.at(-1);
      if (!last) return;
      yield events;
      seq = last.seq;
    }
  }

  return {
    async list(caller, asked, query) {
      const page = await audit.list({ ...(await filterOf(caller, asked)), ...query });
      return { ...page, data: page.data.map((event) => forReader(caller, event)) };
    },
    async get(caller, id) {
      const event = await audit.get(id);
      if (!event || decide(caller, 'audit.read', event) !== 'allowed') throw notFound('audit event', id);
      return forReader(caller, event);
    },
    async export(caller, asked) {
      const events = batches(await filterOf(caller, asked));
      return (async function* () {
        for await (const some of events) yield some.map((event) => forReader(caller, event));
      })();
    },
    verify: () => audit.verify(),
    async note({ by, caller, object, outcome, code, shown }) {
      const { clock, actor, address, operation, requestId } = by;
      const nowMs = clock();
      const unrecorded =
        outcome === 'done'
          ? 0
          : repeats.admit(actor.id, JSON.stringify([operation, object.type, object.id, code]), nowMs);
      if (unrecorded === null) return;
      const found = await named(caller, object);
      const name = await nameOf(actor);
      const record: NewAuditRecord = {
        address,
        operation,
        requestId,
        ...(found?.place ?? placeOf(caller)),
        atMs: nowMs,
        actor: { ...actor, name },
        object: { ...object, name: found?.name ?? null },
        outcome,
        code,
        before: null,
        after: unrecorded > 0 ? { unrecorded } : shown,
      };
      await audit.append(record);
    },
  };
}

/** A caller as the log names it. The name is looked up when the row is written. */
export function actorOf(caller: Caller): AuditActor {
  return { type: caller.kind, id: caller.id, name: null, isOperator: isOperator(caller) };
}

/** Whose changes wait for one another where many come at once. */
export function shareOf(caller: Caller): string {
  const [first] = caller.kind === 'person' ? caller.memberships : [caller];
  return (isOperator(caller) ? null : first?.accountId) ?? caller.id;
}

/** What the server or its command line does, on nobody's request. */
export function byServer(options: { id: string; operation: string; clock: Clock }): AuditBy {
  const { id, ...by } = options;
  return { ...by, actor: { type: 'system', id, name: null, isOperator: true }, address: null, requestId: null };
}

/** Where an attempt belongs that named nothing the caller may know: with the caller, or with the platform. */
function placeOf(caller: Caller): Place {
  const [place, other] = reachOf(caller);
  if (place && !other) return place;
  const accounts = new Set(caller.kind === 'person' ? caller.memberships.map(({ accountId }) => accountId) : []);
  const [accountId = PLATFORM_ACCOUNT_ID] = isOperator(caller) || accounts.size > 1 ? [] : accounts;
  return { accountId, projectId: null };
}

/** Where the operator works from is no tenant's business, and who was invited that of those who may read invitations. */
function forReader(caller: Caller, event: AuditEvent): AuditEvent {
  const shown = event.actor.isOperator && !isOperator(caller) ? { ...event, address: null } : event;
  const { object, accountId, before, after } = shown;
  if (
    object.type !== 'invitation' ||
    decide(caller, 'accountMembers.read', { accountId, projectId: null }) === 'allowed'
  )
    return shown;
  return { ...shown, object: { ...object, name: null }, before: withoutEmail(before), after: withoutEmail(after) };
}

function withoutEmail(fields: AuditFields | null): AuditFields | null {
  return fields && Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'email'));
}
