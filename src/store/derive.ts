import { sql, type Kysely } from 'kysely';
import type { AppliedLimit, SubjectType, Unit } from '../core/limit.ts';
import { liveSpan, slotOfTime, slotRange } from '../core/window.ts';
import { pairOf } from './limitReads.ts';
import type { Tables } from './schema.ts';
import type { Engine } from './engine.ts';

/** A limit of a subject whose counter is to be told from the ledger, and what is known of its windows. */
export interface Underived {
  readonly applied: AppliedLimit;
  readonly accountId: string;
  /** Known slots, of counters or of calls under way. Sessions are told by them. */
  readonly slots: readonly number[];
  /** When calls under way that have no slot yet began: one of them may have opened a session. */
  readonly openTimes: readonly number[];
  /** Whether to look for calls later than now: the clock may have been set back. */
  readonly looksAhead: boolean;
}

/** What is used of a limit, slot by slot, as the ledger has it. Holds every slot that can count now, and known later ones. */
export interface Derived {
  readonly underived: Underived;
  readonly settled: ReadonlyMap<number, bigint>;
  /** Every session known or found. */
  readonly sessions: readonly number[];
}

/** Most slots of one limit that are looked for in the ledger one after another. */
const MOST_SLOTS = 1_000;
/** Ranges of one statement. */
const CHUNK = 500;

/** Adds up the ledger for each limit: the inverse of what settling calls wrote into counters. By `pairOf`. */
export async function derive(
  engine: Engine['name'],
  db: Kysely<Tables>,
  wanted: readonly Underived[],
  nowMs: number,
): Promise<Map<string, Derived>> {
  const derived = new Map<string, Derived & { settled: Map<number, bigint> }>();
  const ranges: Range[] = [];
  for (const one of wanted) {
    const sessions = await sessionsOf(db, one, nowMs);
    const settled = new Map<number, bigint>();
    derived.set(pairOf(one.applied.limit.id, one.applied.subjectId), { underived: one, settled, sessions });
    const live = rangesOf(one, sessions, nowMs);
    for (const slotMs of misplaced(one)) settled.set(slotMs, 0n);
    const later = one.looksAhead ? await rangesAhead(db, one, live.at(-1)) : [];
    for (const range of [...live, ...later]) {
      if (range.partMs === 0) settled.set(range.slotMs, 0n);
      else for (const slotMs of one.slots) if (slotMs >= range.fromMs) settled.set(slotMs, 0n);
      ranges.push(range);
    }
  }
  for (const [type, column] of SOURCES) {
    const ofType = ranges.filter(({ one }) => one.applied.subjectType === type);
    for (let at = 0; at < ofType.length; at += CHUNK) {
      const chunk = ofType.slice(at, at + CHUNK);
      for (const row of await addUp(engine, db, type, column, chunk)) {
        const range = chunk[row.n];
        if (!range) continue;
        const { one, slotMs: firstMs, partMs } = range;
        const { limit, subjectId } = one.applied;
        const slotMs = partMs === 0 ? firstMs : Math.max(row.part * partMs, limit.sinceMs);
        const found = derived.get(pairOf(limit.id, subjectId))?.settled;
        found?.set(slotMs, atMost((found.get(slotMs) ?? 0n) + usedOf(limit.unit, row)));
      }
    }
  }
  return derived;
}

interface Range {
  readonly one: Underived;
  readonly slotMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Where a slot is a short part of the stretch: how long. Otherwise 0. */
  readonly partMs: number;
}

/** The stretches of time whose calls count now, and the known ones after them, in order. */
function rangesOf(one: Underived, sessions: readonly number[], nowMs: number): Range[] {
  const { limit } = one.applied;
  if (limit.unit === 'concurrency') return [];
  if (limit.window.kind === 'rolling') return [rollingRange(one, nowMs)];
  const isSession = limit.window.kind === 'session';
  const known = isSession ? sessions : one.slots.filter((slotMs) => slotOfTime(limit, slotMs, []) === slotMs);
  const slots = known.map((slotMs) => ({ slotMs, settled: 0n, reserved: 0n }));
  const { firstMs } = liveSpan(limit, slots, nowMs);
  const all = [...new Set([...(isSession ? [] : [firstMs]), ...known.filter((slotMs) => slotMs >= firstMs)])].toSorted(
    (a, b) => a - b,
  );
  return all.map((slotMs, index) => ({ one, slotMs, ...slotRange(limit, slotMs, all[index + 1] ?? null), partMs: 0 }));
}

/** All parts of a rolling window in one, and those after it. */
function rollingRange(one: Underived, nowMs: number): Range {
  const { limit } = one.applied;
  const { firstMs } = liveSpan(limit, [], nowMs);
  const boundaryMs = slotRange(limit, firstMs, null).toMs;
  const partMs = slotRange(limit, boundaryMs, null).toMs - boundaryMs;
  return { one, slotMs: firstMs, fromMs: firstMs, toMs: Number.MAX_SAFE_INTEGER, partMs };
}

/** Known slots in which no call can count. */
function misplaced({ applied: { limit }, slots }: Underived): number[] {
  if (limit.window.kind === 'session' && limit.unit !== 'concurrency') return [];
  return slots.filter((slotMs) => slotMs >= limit.sinceMs && slotOfTime(limit, slotMs, []) !== slotMs);
}

/** The stretches after the last that is known in which there are calls. */
async function rangesAhead(db: Kysely<Tables>, one: Underived, last: Range | undefined): Promise<Range[]> {
  const { limit } = one.applied;
  // Those of sessions and rolling windows are there already.
  if (limit.window.kind !== 'calendar' || !last) return [];
  const ranges: Range[] = [];
  let { toMs } = last;
  while (ranges.length < MOST_SLOTS) {
    const first = await firstCall(db, one, toMs);
    const slotMs = Number.isFinite(first) ? slotOfTime(limit, first, []) : null;
    if (slotMs === null) break;
    const range = { one, slotMs, ...slotRange(limit, slotMs, null), partMs: 0 };
    ranges.push(range);
    toMs = range.toMs;
  }
  return ranges;
}

/** When the first call in the ledger at or after a time was admitted; Infinity: there is none. */
async function firstCall(db: Kysely<Tables>, { applied, accountId }: Underived, fromMs: number): Promise<number> {
  const inAccount = applied.subjectType === 'key' ? sql`` : sql`and account_id = ${accountId}`;
  const firsts = SOURCES.filter(([type]) => type === applied.subjectType).map(
    ([, column]) => sql`select min(started_at_ms) as first from ledger
      where ${sql.raw(column)} = ${applied.subjectId} ${inAccount} and started_at_ms >= ${fromMs}`,
  );
  const { rows } = await sql<{ first: number | null }>`select min(first) as first
    from (${sql.join(firsts, sql` union all `)}) as firsts`.execute(db);
  return rows[0]?.first ?? Infinity;
}

/** The known sessions, and those that calls in the ledger must have opened after the latest of them. */
async function sessionsOf(db: Kysely<Tables>, one: Underived, nowMs: number): Promise<number[]> {
  const { limit } = one.applied;
  if (limit.window.kind !== 'session' || limit.unit === 'concurrency') return [];
  const { windowMs } = limit.window;
  const sessions = one.slots.filter((slotMs) => slotMs >= limit.sinceMs).toSorted((a, b) => a - b);
  const latest = sessions.at(-1);
  let fromMs = Math.max(latest === undefined ? limit.sinceMs : latest + windowMs, nowMs - MOST_SLOTS * windowMs);
  while (sessions.length < MOST_SLOTS * 2) {
    const first = Math.min(...one.openTimes.filter((ms) => ms >= fromMs), await firstCall(db, one, fromMs));
    if (!Number.isFinite(first)) break;
    sessions.push(first);
    fromMs = first + windowMs;
  }
  return sessions;
}

/** Whose calls count toward what is set on a subject: on a key its own, and those of its temporary keys. No call is in two. */
const SOURCES: readonly (readonly [SubjectType, string])[] = [
  ['key', 'key_id'],
  ['key', 'parent_key_id'],
  ['project', 'project_id'],
  ['account', 'account_id'],
];

interface SumRow {
  n: number;
  part: number;
  requests: number;
  tokens_high: number;
  tokens_low: number;
  cost_units: string;
  cost_rest: string;
}

/** Sums are taken in two parts, because a sum of 64-bit integers can overflow. */
async function addUp(
  engine: Engine['name'],
  db: Kysely<Tables>,
  type: SubjectType,
  column: string,
  ranges: readonly Range[],
): Promise<SumRow[]> {
  const rows = JSON.stringify(
    ranges.map(({ one, fromMs, toMs, partMs }, n) => ({
      n,
      part_ms: Math.max(1, partMs),
      is_parted: partMs > 0 ? 1 : 0,
      account_id: one.accountId,
      subject_id: one.applied.subjectId,
      from_ms: fromMs,
      to_ms: toMs,
    })),
  );
  const given =
    engine === 'postgres'
      ? sql`select * from json_to_recordset(${rows}::json) as given (n int, account_id text, subject_id text, from_ms bigint, to_ms bigint, part_ms bigint, is_parted bigint)`
      : sql`select value ->> 'n' as n, value ->> 'account_id' as account_id, value ->> 'subject_id' as subject_id,
          value ->> 'from_ms' as from_ms, value ->> 'to_ms' as to_ms, value ->> 'part_ms' as part_ms,
          value ->> 'is_parted' as is_parted from json_each(${rows})`;
  // The key's own index begins with the key; an account in the condition would lead SQLite to the other one.
  const inAccount = type === 'key' ? sql`` : sql`and ledger.account_id = given.account_id`;
  const { rows: sums } = await sql<SumRow>`with given as materialized (${given})
    select given.n, given.is_parted * (ledger.started_at_ms / given.part_ms) as part, count(*) as requests,
      sum(charged_tokens / 1000000000) as tokens_high, sum(charged_tokens % 1000000000) as tokens_low,
      cast(coalesce(sum(charged_cost_nano / 1000000000), 0) as text) as cost_units,
      cast(coalesce(sum(charged_cost_nano % 1000000000), 0) as text) as cost_rest
    from given join ledger on ledger.${sql.raw(column)} = given.subject_id ${inAccount}
      and ledger.started_at_ms >= given.from_ms and ledger.started_at_ms < given.to_ms
    group by given.n, part`.execute(db);
  return sums;
}

const BILLION = 1_000_000_000n;
const MOST = 2n ** 63n - 1n;

function usedOf(unit: Unit, row: SumRow): bigint {
  const sum = { requests: requestsOf, tokens: tokensOf, cost: costOf, concurrency: () => 0n }[unit](row);
  return atMost(sum);
}

function atMost(sum: bigint): bigint {
  return sum > MOST ? MOST : sum;
}

const requestsOf = (row: SumRow): bigint => BigInt(row.requests);
const tokensOf = (row: SumRow): bigint => BigInt(row.tokens_high) * BILLION + BigInt(row.tokens_low);
const costOf = (row: SumRow): bigint => BigInt(row.cost_units) * BILLION + BigInt(row.cost_rest);
