import { sql, type Kysely, type Transaction } from 'kysely';
import type { AppliedLimit } from '../core/limit.ts';
import type { CounterDifference, LimitStore } from '../core/limitStore.ts';
import { derive } from './derive.ts';
import type { Engine } from './engine.ts';
import { COUNTER_COLUMNS, pairOf, slotFromRow, type CounterRow } from './limitReads.ts';
import { applied, LIMIT_COLUMNS, limitFromRow, type LimitRow } from './limitRow.ts';
import { databaseNow, locked } from './locks.ts';
import { dropCounters, recount, reservedOf } from './recount.ts';
import { takesOf, type HeldTake } from './reservation.ts';
import type { Tables } from './schema.ts';

/** Limits of subjects looked at together. */
const CHUNK = 500;

interface Pair {
  readonly applied: AppliedLimit;
  readonly accountId: string;
}

interface Found {
  readonly difference: CounterDifference;
  /** Undefined: a counter that belongs to no limit of its subject. */
  readonly pair: Pair | undefined;
}

/** Proves counters by the ledger. */
export function createCounterAudit(engine: Engine): Pick<LimitStore, 'verify'> {
  /** All differences at one moment, while calls go on. */
  function differences(nowMs: number): Promise<Found[]> {
    return engine.reports
      .transaction()
      .setAccessMode('read only')
      .setIsolationLevel('repeatable read')
      .execute(async (view) => {
        const atMs = engine.name === 'postgres' ? await databaseNow(view) : nowMs;
        const takes = await takesByPair(view);
        const stored = await countersByPair(view);
        const found: Found[] = [];
        const pairs = await allPairs(view);
        for (let at = 0; at < pairs.length; at += CHUNK)
          found.push(...(await compare(engine.name, view, pairs.slice(at, at + CHUNK), stored, takes, atMs)));
        const known = new Set(pairs.map(({ applied: { limit, subjectId } }) => pairOf(limit.id, subjectId)));
        for (const [name, rows] of stored) {
          if (known.has(name)) continue;
          for (const row of rows) found.push({ difference: differenceOf(row, NOTHING), pair: undefined });
        }
        return found;
      });
  }

  /** Decided anew under the lock of the subject: calls have gone on since it was looked at. */
  async function repair({ difference, pair }: Found, nowMs: number): Promise<void> {
    const { limitId, subjectId } = difference;
    const type = pair?.applied.subjectType ?? 'key';
    await locked(engine, [{ type, id: subjectId }], nowMs, async (transaction, atMs) => {
      if (!pair) return dropCounters(engine.name, transaction, [limitId], subjectId);
      const still = await transaction.selectFrom('limits').select('id').where('id', '=', limitId).executeTakeFirst();
      if (still) await recount(engine.name, transaction, [pair], atMs, { repair: true });
    });
  }

  return {
    async verify({ repair: mend, nowMs }) {
      const found = await differences(nowMs);
      if (mend) {
        const byPair = new Map(found.map((one) => [pairOf(one.difference.limitId, one.difference.subjectId), one]));
        for (const one of byPair.values()) await repair(one, nowMs);
      }
      return found.map(({ difference }) => difference);
    },
  };
}

/** Every limit with each subject it counts for. */
async function allPairs(view: Kysely<Tables>): Promise<Pair[]> {
  const { rows } = await sql<LimitRow>`select ${sql.raw(LIMIT_COLUMNS)} from limits order by id`.execute(view);
  const limits = rows.map(limitFromRow);
  const keys = await view
    .selectFrom('keys')
    .select(['id', 'account_id', 'limit_template_id', 'limits_since_ms'])
    .where((eb) =>
      eb.or([
        eb('limit_template_id', 'is not', null),
        eb('id', 'in', eb.selectFrom('limits').select('subject_id').where('subject_type', '=', 'key')),
      ]),
    )
    .execute();
  const keysOfTemplate = Map.groupBy(keys, (key) => key.limit_template_id);
  const sinceOf = new Map(keys.map((key) => [key.id, key.limits_since_ms]));
  return limits.flatMap((limit): Pair[] => {
    const { type, id } = limit.subject;
    if (type === 'template')
      return (keysOfTemplate.get(id) ?? []).map((key) => ({
        applied: applied(limit, 'key', key.id, key.limits_since_ms),
        accountId: key.account_id,
      }));
    return [{ applied: applied(limit, type, id, sinceOf.get(id)), accountId: limit.accountId }];
  });
}

async function compare(
  engine: Engine['name'],
  view: Transaction<Tables>,
  pairs: readonly Pair[],
  stored: ReadonlyMap<string, readonly CounterRow[]>,
  takes: ReadonlyMap<string, readonly HeldTake[]>,
  nowMs: number,
): Promise<Found[]> {
  const wanted = pairs.map((pair) => {
    const { limit, subjectId } = pair.applied;
    const name = pairOf(limit.id, subjectId);
    const slots = [
      ...(stored.get(name) ?? []).map((row) => row.slot_ms),
      ...(takes.get(name) ?? []).map((take) => take.slotMs),
    ];
    return { ...pair, slots: [...new Set(slots)], openTimes: [], looksAhead: false };
  });
  const derived = await derive(engine, view, wanted, nowMs);
  const found: Found[] = [];
  for (const pair of pairs) {
    const { limit, subjectId } = pair.applied;
    const name = pairOf(limit.id, subjectId);
    const settled = derived.get(name)?.settled ?? new Map<number, bigint>();
    const reserved = reservedOf(pair.applied, takes.get(name) ?? []);
    const rows = new Map((stored.get(name) ?? []).map((row) => [row.slot_ms, row]));
    for (const slotMs of new Set([...rows.keys(), ...settled.keys(), ...reserved.keys()])) {
      const row = rows.get(slotMs) ?? emptyRow(limit.id, subjectId, slotMs);
      // What has ended is not told from the ledger any more; only what is held of it is.
      const was = slotFromRow(row);
      const is = { settled: settled.get(slotMs) ?? was.settled, reserved: reserved.get(slotMs) ?? 0n };
      if (is.settled !== was.settled || is.reserved !== was.reserved)
        found.push({ difference: differenceOf(row, is), pair });
    }
  }
  return found;
}

const NOTHING = { settled: 0n, reserved: 0n };

function emptyRow(limitId: string, subjectId: string, slotMs: number): CounterRow {
  return { limit_id: limitId, subject_id: subjectId, slot_ms: slotMs, settled: '0', reserved: '0' };
}

function differenceOf(row: CounterRow, derived: CounterDifference['derived']): CounterDifference {
  const { slotMs, settled, reserved } = slotFromRow(row);
  return { limitId: row.limit_id, subjectId: row.subject_id, slotMs, stored: { settled, reserved }, derived };
}

async function takesByPair(view: Kysely<Tables>): Promise<Map<string, HeldTake[]>> {
  const rows = await view.selectFrom('reservations').select('takes').execute();
  return Map.groupBy(
    rows.flatMap(({ takes }) => takesOf(takes)),
    ({ limitId, subjectId }) => pairOf(limitId, subjectId),
  );
}

async function countersByPair(view: Kysely<Tables>): Promise<Map<string, CounterRow[]>> {
  const { rows } = await sql<CounterRow>`select ${sql.raw(COUNTER_COLUMNS)} from counters`.execute(view);
  return Map.groupBy(rows, (row) => pairOf(row.limit_id, row.subject_id));
}
