import { sql, type Kysely, type Transaction } from 'kysely';
import type { CallOf, SubjectRef } from '../core/limitStore.ts';
import type { Engine } from './engine.ts';
import type { Tables } from './schema.ts';

/**
 * Runs a transaction in which nobody else admits calls of these subjects or changes what limits apply to them. `nowMs`
 * is the time by the clock that calls are admitted by: the database's own where nodes share it, else the one given.
 */
export function locked<T>(
  { name, edits }: Pick<Engine, 'name' | 'edits'>,
  subjects: readonly SubjectRef[],
  nowMs: number,
  run: (transaction: Transaction<Tables>, nowMs: number) => Promise<T>,
): Promise<T> {
  return edits.transaction().execute(async (transaction) => {
    if (name === 'sqlite') return run(transaction, nowMs);
    const ids = [false, true].flatMap((last) =>
      inLockOrder(subjects.filter(({ type }) => (type === 'template') === last).map(({ id }) => id)),
    );
    await lockIds(transaction, ids);
    return run(transaction, await databaseNow(transaction));
  });
}

/** As `locked`, for all that the limits of a key's calls are set on, its template and its parent's included. */
export function lockedForCaller<T>(
  engine: Pick<Engine, 'name' | 'edits'>,
  { accountId, projectId, keyId, parentKeyId }: CallOf,
  nowMs: number,
  run: (transaction: Transaction<Tables>, nowMs: number) => Promise<T>,
): Promise<T> {
  const keys = parentKeyId === undefined ? [keyId] : [keyId, parentKeyId];
  const subjects: readonly SubjectRef[] = [
    { type: 'account', id: accountId },
    { type: 'project', id: projectId },
    ...keys.map((id) => ({ type: 'key' as const, id })),
  ];
  return locked(engine, subjects, nowMs, async (transaction, atMs) => {
    if (engine.name === 'postgres') {
      // Which templates they are does not change while the keys are locked.
      const found = await transaction.selectFrom('keys').select('limit_template_id').where('id', 'in', keys).execute();
      const templates = inLockOrder(found.flatMap((key) => key.limit_template_id ?? []));
      if (templates.length > 0) await lockIds(transaction, templates);
    }
    return run(transaction, atMs);
  });
}

async function lockIds(transaction: Transaction<Tables>, ids: readonly string[]): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(id, 1)) from unnest(${[...ids]}::text[]) as id`.execute(
    transaction,
  );
}

/** Holds a thing until the transaction ends, against others that would change it; calls of it go on. */
export async function lockThing(db: Kysely<Tables>, id: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${id}, 4))`.execute(db);
}

/** Every node locks in this order, and templates last, so that none waits for another that waits for it. */
export function inLockOrder(ids: readonly string[]): string[] {
  return [...new Set(ids)].toSorted();
}

export async function databaseNow(db: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{ now: number }>`select keyward_now() as now`.execute(db);
  const [row] = rows as [{ now: number }];
  return row.now;
}
