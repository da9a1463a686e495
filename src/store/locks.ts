import { sql, type Kysely, type Transaction } from 'kysely';
import type { SubjectRef } from '../core/limitStore.ts';
import type { Engine } from './engine.ts';
import type { Tables } from './schema.ts';

/**
 * Runs a transaction in which nobody else admits calls of these subjects or changes what limits apply to them. `nowMs`
 * is the time by the clock that calls are admitted by: the database's own where nodes share it, else the one given.
 */
export function locked<T>(
  { name, db }: Pick<Engine, 'name' | 'db'>,
  subjects: readonly SubjectRef[],
  nowMs: number,
  run: (transaction: Transaction<Tables>, nowMs: number) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (transaction) => {
    if (name === 'sqlite') return run(transaction, nowMs);
    const ids = [false, true].flatMap((last) =>
      inLockOrder(subjects.filter(({ type }) => (type === 'template') === last).map(({ id }) => id)),
    );
    await sql`select pg_advisory_xact_lock(hashtextextended(id, 1)) from unnest(${ids}::text[]) as id`.execute(
      transaction,
    );
    return run(transaction, await databaseNow(transaction));
  });
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
