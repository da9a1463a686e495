import { AsyncLocalStorage } from 'node:async_hooks';
import type { Kysely, Transaction } from 'kysely';
import type { AuditBy, AuditOutcome, AuditRecord, NewAuditRecord } from '../core/audit.ts';
import { difference, type Snapshot } from '../core/auditDifference.ts';
import type { AuditScope } from '../core/auditStore.ts';
import type { Rule, Rules } from './auditRules.ts';
import type { Nouns } from './auditView.ts';
import type { Engine } from './engine.ts';
import { lockThing } from './locks.ts';
import type { Tables } from './schema.ts';
import { createTurns } from './turns.ts';

/** An operation under way, and who is at work. */
interface Scope extends AuditScope {
  readonly by: AuditBy;
  written: number;
  closed: boolean;
  /** The transaction that all of it is to be in; left out: each change has its own. */
  readonly within?: Kysely<Tables>;
}

/** Changes of one account, each on a connection of its own: fewer than there are, so that no tenant waits for another. */
const MOST_AT_ONCE = 2;
const MOST_WAITING = 200;

type Verb = (...args: unknown[]) => Promise<unknown>;

/**
 * Ties changes to their rows. Who is at work is known from the operation under way (`during`), so that no verb has to
 * hand it on and none can forget to. The change is then made on a transaction of ours, whatever transactions it opens
 * itself, and its row is the last thing written in it: the lock of the chain is held until the commit and no longer.
 */
export function createTrail(options: {
  engine: Pick<Engine, 'name' | 'edits'>;
  /** The parts of the store over another connection. */
  nounsOver: (db: Kysely<Tables>) => Nouns;
  append: (transaction: Kysely<Tables>, record: NewAuditRecord) => Promise<void>;
}): {
  during<T>(by: AuditBy, work: (scope: AuditScope) => T): T;
  /** One transaction, and what it leaves in the log too. */
  together<T>(work: (within: Kysely<Tables>) => Promise<T>): Promise<T>;
  /** A part of the store whose changes leave rows. */
  audited<T extends object>(rules: Rules<T>, pick: (nouns: Nouns) => T, plain: T): T;
} {
  const { engine, nounsOver, append } = options;
  const underWay = new AsyncLocalStorage<Scope>();
  const turns = createTurns({ atOnce: MOST_AT_ONCE, waiting: MOST_WAITING });

  function inOne<T>({ within }: Scope, run: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    return within ? run(within) : engine.edits.transaction().execute((transaction) => run(joined(transaction)));
  }

  /** What is in one transaction has one turn: whoever holds locks must wait for nobody who may wait for those. */
  function inTurn<T>({ by, within }: Scope, work: () => Promise<T>): Promise<T> {
    return within ? work() : turns.run(by.share ?? by.actor.id, work);
  }

  /** On SQLite there is one writer. On Postgres another node's change could come between two looks, and be taken for this one. */
  async function firstLook(
    db: Kysely<Tables>,
    see: () => Promise<Snapshot | undefined>,
  ): Promise<Snapshot | undefined> {
    const seen = await see();
    if (engine.name === 'sqlite' || !seen?.object.id) return seen;
    await lockThing(db, seen.object.id);
    return see();
  }

  async function changed(
    scope: Scope,
    look: (...args: never[]) => Promise<Snapshot | undefined>,
    verbOf: (nouns: Nouns) => Verb,
    args: unknown[],
  ): Promise<unknown> {
    let rows = 0;
    const answer = await inOne(scope, async (db) => {
      const nouns = nounsOver(db);
      const see = (): Promise<Snapshot | undefined> => look(...([{ nouns, db }, ...args] as never[]));
      const before = await firstLook(db, see);
      const result = await verbOf(nouns)(...args);
      const after = await see();
      const one = after ?? before;
      if (one) {
        await append(db, await recordOf(scope, nouns, one, 'done', difference(before, after)));
        rows = 1;
      }
      return result;
    });
    scope.written += rows;
    return answer;
  }

  /** A row before and a row after, each by itself: a crash in between leaves the first. */
  async function apart(scope: Scope, one: Snapshot, run: () => Promise<unknown>): Promise<unknown> {
    const write = (outcome: AuditOutcome): Promise<void> =>
      engine.edits.transaction().execute(async (transaction) => {
        const nouns = nounsOver(joined(transaction));
        await append(transaction, await recordOf(scope, nouns, one, outcome, { before: null, after: null }));
      });
    await write('attempted');
    scope.written += 1;
    const answer = await run();
    await write('done');
    return answer;
  }

  return {
    during(by, work) {
      const scope: Scope = {
        by,
        written: 0,
        closed: false,
        close() {
          scope.closed = true;
        },
      };
      return underWay.run(scope, () => work(scope));
    },
    together(work) {
      const outer = underWay.getStore();
      const run = (): ReturnType<typeof work> =>
        engine.edits.transaction().execute(async (transaction) => {
          const within = joined(transaction);
          if (!outer) return work(within);
          const scope: Scope = { ...outer, written: 0, within };
          const answer = await underWay.run(scope, () => work(within));
          outer.written += scope.written;
          return answer;
        });
      return outer ? inTurn(outer, run) : run();
    },
    audited(rules, pick, plain) {
      const verbs = Object.entries(plain).map(([name, verb]: [string, Verb]) => {
        const rule = (rules as Record<string, Rule<unknown[]> | undefined>)[name] ?? 'silent';
        if (rule === 'silent') return [name, verb];
        const run: Verb = (...args) => {
          const scope = underWay.getStore();
          if (!scope || scope.closed) return verb(...args);
          if ('look' in rule)
            return inTurn(scope, () =>
              changed(scope, rule.look, (nouns) => (pick(nouns) as Record<string, Verb>)[name] as Verb, args),
            );
          const one = rule.apart(...args);
          return one ? apart(scope, one, () => verb(...args)) : verb(...args);
        };
        return [name, run];
      });
      return Object.fromEntries(verbs) as typeof plain;
    },
  };
}

async function recordOf(
  { by }: Scope,
  nouns: Nouns,
  { object, place }: Snapshot,
  outcome: AuditOutcome,
  fields: Pick<AuditRecord, 'before' | 'after'>,
): Promise<NewAuditRecord> {
  const { actor, address, operation, requestId, clock } = by;
  const name = actor.name ?? (await nameOf(nouns, actor));
  return {
    atMs: clock(),
    actor: { ...actor, name },
    address,
    operation,
    object,
    ...place,
    outcome,
    code: null,
    requestId,
    ...fields,
  };
}

/** As it is now: in the row it stays. */
export async function nameOf(nouns: Nouns, { type, id }: AuditBy['actor']): Promise<string | null> {
  if (type === 'key') return (await nouns.keys.get(id))?.name ?? null;
  return type === 'person' ? ((await nouns.people.get(id))?.name ?? null) : null;
}

/** A transaction in which whoever opens another one joins it. */
function joined(transaction: Transaction<Tables>): Kysely<Tables> {
  const opening = {
    setAccessMode: () => opening,
    setIsolationLevel: () => opening,
    execute: (run: (within: Kysely<Tables>) => Promise<unknown>) => run(within),
  };
  // Kysely keeps its state in private members, so its functions are called on the transaction itself.
  const within: Kysely<Tables> = new Proxy<Kysely<Tables>>(transaction, {
    get(target, name) {
      if (name === 'transaction') return () => opening;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
  return within;
}
