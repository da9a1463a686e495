import type { Transaction } from 'kysely';
import { allocate, stateOf } from '../core/allocate.ts';
import { Fault } from '../core/fault.ts';
import { allOf } from '../core/gather.ts';
import { MOST_LIMITS, type AppliedLimit, type LimitState, type SubjectType } from '../core/limit.ts';
import type { LimitStore, Soon, StandingLimit, StoredLimit, SubjectRef } from '../core/limitStore.ts';
import { createAbandonment } from './abandonment.ts';
import { createCounterAudit } from './counterAudit.ts';
import type { Engine } from './engine.ts';
import { refused } from './limitConflict.ts';
import { limitsOfCaller, limitsOfKeys, pairOf, readLimit, readLimits, readSlots } from './limitReads.ts';
import { applied, limitToRow } from './limitRow.ts';
import { createLimitTemplates, keysOfTemplate } from './limitTemplates.ts';
import { databaseNow, locked } from './locks.ts';
import { dropCounters, laterThanAll, recount, type Recounted } from './recount.ts';
import type { Tables } from './schema.ts';

/**
 * Limits and what counts toward them. Calls are admitted and settled by the engine (sqliteCalls, postgresCalls); what
 * people change is here, the same for both, under the lock of the subject it is about.
 */
export function createLimits(engine: Engine): LimitStore {
  const { db, reports } = engine;

  /** A moment at which nothing changes, and its time. */
  function snapshot<T>(
    nowMs: number,
    read: (db: Transaction<Tables>, nowMs: number) => Promise<T>,
    of = db,
  ): Promise<T> {
    return of
      .transaction()
      .setAccessMode('read only')
      .setIsolationLevel('repeatable read')
      .execute(async (view) => read(view, engine.name === 'postgres' ? await databaseNow(view) : nowMs));
  }

  async function statesIn(view: Transaction<Tables>, limits: readonly AppliedLimit[], nowMs: number) {
    const slots = await readSlots(view, limits, nowMs);
    return limits.map((one): LimitState => {
      const atMs = Math.max(nowMs, one.limit.sinceMs);
      return stateOf(one, slots.get(pairOf(one.limit.id, one.subjectId)) ?? [], atMs);
    });
  }

  function settleEach(rows: Parameters<LimitStore['settle']>[0]): Promise<Soon<boolean>[]> {
    return engine.settle(
      rows.map(({ row }) => row),
      { late: true },
    );
  }

  /** Locks the limit's subject and changes it there; undefined when it is gone. */
  async function change<T>(
    id: string,
    nowMs: number,
    run: (transaction: Transaction<Tables>, limit: StoredLimit, nowMs: number) => Promise<T>,
  ): Promise<T | undefined> {
    const found = await readLimit(db, id);
    if (!found) return undefined;
    return locked(engine, [found.subject], nowMs, async (transaction, atMs) => {
      const limit = await readLimit(transaction, id);
      return limit && run(transaction, limit, atMs);
    });
  }

  return {
    reserve: async (asks) => allOf(await engine.reserve(asks)),
    charge: async (asks) => allOf(await engine.charge(asks)),
    reserveEach: (asks) => engine.reserve(asks),
    chargeEach: (asks) => engine.charge(asks),
    async settle(rows) {
      await allOf(await settleEach(rows));
    },
    settleEach,

    release: (ids) => engine.release(ids),

    probe({ call, bound, nowMs }, askedMs) {
      return snapshot(nowMs, async (view, currentMs) => {
        const atMs = askedMs ?? currentMs;
        const limits = await limitsOfCaller(view, call);
        const slots = await readSlots(view, limits, atMs);
        const counted = limits.map((one) => ({
          applied: one,
          slots: slots.get(pairOf(one.limit.id, one.subjectId)) ?? [],
        }));
        return { admittedAtMs: atMs, ...allocate(bound, counted, atMs) };
      });
    },

    statesOf(caller, nowMs, askedMs) {
      return snapshot(nowMs, async (view, atMs) => statesIn(view, await limitsOfCaller(view, caller), askedMs ?? atMs));
    },

    appliedTo(subject, nowMs) {
      return snapshot(nowMs, async (view, atMs) => {
        const limits = await readLimits(view, [subject]);
        const subjects = await subjectsOf(view, subject);
        const all = subjects.flatMap((one) => limits.map((limit) => applied(limit, one.type, one.id, one.sinceMs)));
        return statesIn(view, all, atMs);
      });
    },

    ofKeys(keyIds, nowMs) {
      return snapshot(
        nowMs,
        async (view, atMs) => {
          const all = await limitsOfKeys(view, keyIds);
          const states = await statesIn(
            view,
            all.map((one) => one.applied),
            atMs,
          );
          const byKey = new Map<string, StandingLimit[]>(keyIds.map((id) => [id, []]));
          for (const [at, { limit }] of all.entries()) {
            const state = states[at];
            if (state) byKey.get(state.applied.subjectId)?.push({ limit, state });
          }
          return byKey;
        },
        reports,
      );
    },

    async create(limit) {
      try {
        await locked(engine, [limit.subject], limit.createdAtMs, async (transaction, nowMs) => {
          // Counted under the lock: two that come at once must not both find the last place.
          if ((await readLimits(transaction, [limit.subject])).length >= MOST_LIMITS)
            throw new Fault('conflict', `There can be ${MOST_LIMITS} limits here at most.`);
          await addLimit(engine, transaction, limit, nowMs);
        });
      } catch (error) {
        throw refused(error, limit);
      }
    },

    get: (id) => readLimit(db, id),
    list: (subject) => readLimits(db, [subject]),

    async setAmount(id, amount) {
      await db.updateTable('limits').set({ amount }).where('id', '=', id).execute();
      return readLimit(db, id);
    },

    async remove(id) {
      const removed = await change(id, 0, async (transaction) => {
        await dropCounters(engine.name, transaction, [id]);
        const { numDeletedRows } = await transaction.deleteFrom('limits').where('id', '=', id).executeTakeFirst();
        return numDeletedRows > 0n;
      });
      return removed ?? false;
    },

    reset(id, nowMs) {
      return change(id, nowMs, async (transaction, limit, atMs) => {
        const subjects = await subjectsOf(transaction, limit.subject);
        const sinceMs = await laterThanAll(transaction, limit.accountId, subjects, Math.max(atMs, limit.sinceMs));
        await transaction.updateTable('limits').set({ since_ms: sinceMs }).where('id', '=', id).execute();
        return { ...limit, sinceMs };
      });
    },

    async resetKey(keyId, nowMs) {
      await locked(engine, [{ type: 'key', id: keyId }], nowMs, async (transaction, atMs) => {
        const sinceMs = await laterThanAll(transaction, '', [{ type: 'key', id: keyId }], atMs);
        await transaction.updateTable('keys').set({ limits_since_ms: sinceMs }).where('id', '=', keyId).execute();
        await transaction
          .updateTable('limits')
          .set({ since_ms: sinceMs })
          .where('subject_type', '=', 'key')
          .where('subject_id', '=', keyId)
          .execute();
      });
    },

    ...createLimitTemplates(engine),
    ...createAbandonment(engine),
    ...createCounterAudit(engine),
  };
}

/** Whom the limits of a subject count for: itself, or each key of a template. */
async function subjectsOf(
  db: Transaction<Tables>,
  { type, id }: SubjectRef,
): Promise<{ type: SubjectType; id: string; sinceMs: number }[]> {
  if (type === 'template') {
    const keys = await keysOfTemplate(db, id);
    return keys.map((key) => ({ type: 'key', id: key.id, sinceMs: key.limits_since_ms }));
  }
  if (type !== 'key') return [{ type, id, sinceMs: 0 }];
  const key = await db.selectFrom('keys').select('limits_since_ms').where('id', '=', id).executeTakeFirst();
  return [{ type, id, sinceMs: key?.limits_since_ms ?? 0 }];
}

/** Writes a limit with its counters: what was used before in the window that is open now counts, and so do calls under way. */
async function addLimit(
  engine: Engine,
  transaction: Transaction<Tables>,
  given: StoredLimit,
  nowMs: number,
): Promise<void> {
  const subjects = await subjectsOf(transaction, given.subject);
  // A session begins with the first call after this moment.
  const isNew = given.window.kind === 'session' && given.unit !== 'concurrency';
  const sinceMs = isNew ? await laterThanAll(transaction, given.accountId, subjects, nowMs) : given.sinceMs;
  const limit = { ...given, sinceMs };
  await transaction.insertInto('limits').values(limitToRow(limit)).execute();
  if (isNew) return;
  const recounted = subjects.map((one): Recounted => ({
    applied: applied(limit, one.type, one.id, one.sinceMs),
    accountId: limit.accountId,
  }));
  await recount(engine.name, transaction, recounted, nowMs);
}
