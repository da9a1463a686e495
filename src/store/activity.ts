import { sql } from 'kysely';
import {
  HISTORY_DAYS,
  HOUR_MS,
  LEAST_BURST,
  LEAST_SPIKE,
  MOST_ADDRESSES,
  REFUSED_FOR_ROOM,
  type ActivityStore,
  type NewAddress,
  type SeenAddress,
} from '../core/activity.ts';
import type { Batch, Engine } from './engine.ts';

/** How keys are used, by hour and by address. Written once a minute, read on connections of its own. */
export function createActivity(engine: Engine): ActivityStore {
  const { db, reports } = engine;

  /** What is known of the keys before. */
  async function known(keyIds: readonly string[]): Promise<Map<string, { others: number; knownSinceMs: number }>> {
    const rows = await db
      .selectFrom('key_addresses')
      .select(['key_id', sql<number | string>`count(*)`.as('others'), sql<number>`min(first_at_ms)`.as('since')])
      .where('key_id', 'in', keyIds)
      .groupBy('key_id')
      .execute();
    return new Map(rows.map((row) => [row.key_id, { others: Number(row.others), knownSinceMs: row.since }]));
  }

  async function seen(some: readonly SeenAddress[]): Promise<NewAddress[]> {
    const before = await known([...new Set(some.map(({ keyId }) => keyId))]);
    const room = some.filter(({ keyId }) => (before.get(keyId)?.others ?? 0) < MOST_ADDRESSES);
    if (room.length === 0) return [];
    const rows = await db
      .insertInto('key_addresses')
      .values(
        room.map(({ accountId, keyId, address, firstAtMs }) => ({
          account_id: accountId,
          key_id: keyId,
          address,
          first_at_ms: firstAtMs,
        })),
      )
      .onConflict((conflict) => conflict.columns(['key_id', 'address']).doNothing())
      .returningAll()
      .execute();
    return rows.map(({ account_id: accountId, key_id: keyId, address, first_at_ms: firstAtMs }) => {
      const { others = 0, knownSinceMs = null } = before.get(keyId) ?? {};
      return { accountId, keyId, address, firstAtMs, others, knownSinceMs };
    });
  }

  return {
    async note(hours, addresses) {
      await engine.batch(
        COUNT,
        hours.map(({ accountId, keyId, hourMs, requests, tokens }) => [accountId, keyId, hourMs, requests, tokens]),
      );
      // In one order on every node: two that insert the same rows never wait for each other.
      const sorted = addresses.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
      const fresh: NewAddress[] = [];
      for (let at = 0; at < sorted.length; at += CHUNK) fresh.push(...(await seen(sorted.slice(at, at + CHUNK))));
      return fresh;
    },

    async busy(hourMs) {
      const { rows } = await sql<
        Record<'requests' | 'tokens' | 'hours' | 'most_requests' | 'most_tokens', string> & {
          key_id: string;
        }
      >`
        select now.key_id, now.requests, now.tokens, count(*) as hours,
          max(past.requests) as most_requests, max(past.tokens) as most_tokens
        from key_hours now join key_hours past on past.key_id = now.key_id
          and past.hour_ms < now.hour_ms and past.hour_ms >= ${hourMs - HISTORY_DAYS * 24 * HOUR_MS}
        where now.hour_ms = ${hourMs} and (now.requests >= ${LEAST_SPIKE.requests} or now.tokens >= ${LEAST_SPIKE.tokens})
        group by now.key_id, now.requests, now.tokens`.execute(reports);
      return rows.map((row) => ({
        keyId: row.key_id,
        hourMs,
        requests: Number(row.requests),
        tokens: Number(row.tokens),
        hours: Number(row.hours),
        mostRequests: Number(row.most_requests),
        mostTokens: Number(row.most_tokens),
      }));
    },

    async refused(hourMs) {
      const { rows } = await sql<{ key_id: string; refused: string; requests: string | null }>`
        select refused.key_id, refused.count as refused, key_hours.requests from (
          select key_id, sum(count) as count from denials
          where hour_ms = ${hourMs} and key_id <> '' and code not in (${sql.join(REFUSED_FOR_ROOM)})
          group by key_id having sum(count) >= ${LEAST_BURST}) refused
        left join key_hours on key_hours.key_id = refused.key_id and key_hours.hour_ms = ${hourMs}`.execute(reports);
      return rows.map((row) => ({
        keyId: row.key_id,
        refused: Number(row.refused),
        requests: Number(row.requests ?? 0),
      }));
    },

    async ofKey(keyId) {
      const [hours, addresses] = await Promise.all([
        reports.selectFrom('key_hours').selectAll().where('key_id', '=', keyId).orderBy('hour_ms', 'desc').execute(),
        reports
          .selectFrom('key_addresses')
          .selectAll()
          .where('key_id', '=', keyId)
          .orderBy('first_at_ms', 'desc')
          .orderBy('address')
          .execute(),
      ]);
      return {
        hours: hours.map((row) => ({
          accountId: row.account_id,
          keyId,
          hourMs: row.hour_ms,
          requests: row.requests,
          tokens: row.tokens,
        })),
        addresses: addresses.map((row) => ({
          accountId: row.account_id,
          keyId,
          address: row.address,
          firstAtMs: row.first_at_ms,
        })),
      };
    },

    async prune(beforeMs, most) {
      const old = db.selectFrom('key_hours').select(['key_id', 'hour_ms']).where('hour_ms', '<', beforeMs).limit(most);
      const free = engine.name === 'postgres' ? old.forUpdate().skipLocked() : old;
      await db
        .deleteFrom('key_hours')
        .where((eb) => eb(eb.refTuple('key_id', 'hour_ms'), 'in', free.$asTuple('key_id', 'hour_ms')))
        .execute();
    },
  };
}

const CHUNK = 200;

const COUNT: Batch = {
  name: 'key_hours_count',
  columns: [
    { name: 'account_id', type: 'text' },
    { name: 'key_id', type: 'text' },
    { name: 'hour_ms', type: 'bigint' },
    { name: 'requests', type: 'bigint' },
    { name: 'tokens', type: 'bigint' },
  ],
  // `where true`: without it SQLite reads `on conflict` as the condition of a join.
  sql: `insert into key_hours (account_id, key_id, hour_ms, requests, tokens)
    select account_id, key_id, hour_ms, requests, tokens from batch where true
    on conflict (key_id, hour_ms) do update set
      requests = key_hours.requests + excluded.requests, tokens = key_hours.tokens + excluded.tokens`,
  postgres: `insert into key_hours (account_id, key_id, hour_ms, requests, tokens)
    select account_id, key_id, hour_ms, requests, tokens from batch order by key_id, hour_ms
    on conflict (key_id, hour_ms) do update set
      requests = key_hours.requests + excluded.requests, tokens = key_hours.tokens + excluded.tokens`,
};

function nameOf({ keyId, address }: SeenAddress): string {
  return `${keyId} ${address}`;
}
