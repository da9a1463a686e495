import { sql, type Kysely } from 'kysely';
import type { AttemptStore } from '../core/session.ts';
import type { Tables } from './schema.ts';

/** 2^20 seconds are longer than any wait that is asked for. */
const MOST_DOUBLINGS = 20;

/** Counted attempts. */
export function createAttempts(db: Kysely<Tables>): AttemptStore {
  return {
    async take(name, { free, longestMs, nowMs, forgetBeforeMs }) {
      const over = sql<number>`attempts.failures - ${sql.lit(free)}`;
      const doubled = sql<number>`1000 * (1 << cast(case when ${over} > ${sql.lit(MOST_DOUBLINGS)} then ${sql.lit(MOST_DOUBLINGS)} else ${over} end as integer))`;
      const waitMs = sql<number>`case when ${over} < 0 then 0 when ${doubled} > ${sql.lit(longestMs)} then ${sql.lit(longestMs)} else ${doubled} end`;
      const taken = await db
        .insertInto('attempts')
        .values({ name, failures: 1, last_at_ms: nowMs })
        .onConflict((conflict) =>
          conflict
            .column('name')
            .doUpdateSet({
              failures: sql<number>`case when attempts.last_at_ms <= ${forgetBeforeMs} then 1 else attempts.failures + 1 end`,
              last_at_ms: nowMs,
            })
            .where(
              // A last one that lies further ahead than any wait was counted by a clock that has been set back since.
              sql<boolean>`${over} < 0 or attempts.last_at_ms + ${waitMs} <= ${nowMs} or attempts.last_at_ms <= ${forgetBeforeMs} or attempts.last_at_ms > ${nowMs + longestMs}`,
            ),
        )
        .returning('name')
        .executeTakeFirst();
      if (taken) return { ok: true };
      const row = await db.selectFrom('attempts').selectAll().where('name', '=', name).executeTakeFirst();
      if (!row) return { ok: false, untilMs: nowMs + 1000 };
      const wait = Math.min(longestMs, 1000 * 2 ** Math.min(MOST_DOUBLINGS, Math.max(0, row.failures - free)));
      return { ok: false, untilMs: row.last_at_ms + wait };
    },

    async giveBack(name) {
      await db
        .updateTable('attempts')
        .set({ failures: sql<number>`failures - 1` })
        .where('name', '=', name)
        .where('failures', '>', 0)
        .execute();
    },

    async clear(name) {
      await db.deleteFrom('attempts').where('name', '=', name).execute();
    },

    async spend(name, nowMs, untilMs) {
      const spent = await db
        .insertInto('attempts')
        .values({ name, failures: 1, last_at_ms: untilMs })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet({ last_at_ms: untilMs }).where('attempts.last_at_ms', '<=', nowMs),
        )
        .returning('name')
        .executeTakeFirst();
      return spent !== undefined;
    },
  };
}
