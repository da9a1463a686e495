import { sql, type Transaction } from 'kysely';
import type { AppliedLimit, SubjectType, Unit } from '../core/limit.ts';
import { slotOfTime } from '../core/window.ts';
import { derive, type Derived } from './derive.ts';
import type { Engine } from './engine.ts';
import { pairOf } from './limitReads.ts';
import { fromReservationRow, takesText, type HeldTake, type HeldUse, type Reservation } from './reservation.ts';
import type { Tables } from './schema.ts';

/** A limit of a subject whose counter is to be written anew. */
export interface Recounted {
  readonly applied: AppliedLimit;
  readonly accountId: string;
}

/**
 * Writes counters as ledger and calls under way have it: for a limit that is new to its subject (calls under way take
 * from it from now on), or (`repair`) one whose counter is wrong. To be run under the subjects' lock.
 */
export async function recount(
  engine: Engine['name'],
  transaction: Transaction<Tables>,
  limits: readonly Recounted[],
  nowMs: number,
  options: { readonly repair: boolean } = { repair: false },
): Promise<void> {
  for (let at = 0; at < limits.length; at += CHUNK)
    await recountChunk(engine, transaction, limits.slice(at, at + CHUNK), nowMs, options.repair);
}

const CHUNK = 200;

async function recountChunk(
  engine: Engine['name'],
  transaction: Transaction<Tables>,
  limits: readonly Recounted[],
  nowMs: number,
  repair: boolean,
): Promise<void> {
  const open = await openCalls(engine, transaction, limits);
  const known = repair ? await storedSlots(transaction, limits) : new Map<string, number[]>();
  const wanted = limits.map(({ applied, accountId }) => {
    const calls = open.filter((call) => isOf(call, applied));
    const held = repair ? calls.flatMap(({ takes }) => takes).filter((take) => isTakeOf(take, applied)) : [];
    const stored = known.get(pairOf(applied.limit.id, applied.subjectId)) ?? [];
    return {
      applied,
      accountId,
      slots: [...new Set([...stored, ...held.map(({ slotMs }) => slotMs)])],
      openTimes: repair ? [] : calls.map(({ startedAtMs }) => startedAtMs),
      looksAhead: true,
    };
  });
  const derived = await derive(engine, transaction, wanted, nowMs);
  const calls = repair ? open : await giveTakes(transaction, open, [...derived.values()]);
  for (const one of derived.values()) await writeCounter(transaction, one, calls);
}

/** The calls under way of the limits' subjects, held so that none is settled meanwhile. */
async function openCalls(
  engine: Engine['name'],
  transaction: Transaction<Tables>,
  limits: readonly Recounted[],
): Promise<Reservation[]> {
  const idsOf = (type: AppliedLimit['subjectType']) => [
    ...new Set(limits.filter(({ applied }) => applied.subjectType === type).map(({ applied }) => applied.subjectId)),
    // No call has this id: a list must not be empty.
    '',
  ];
  const select = transaction
    .selectFrom('reservations')
    .selectAll()
    .where((eb) =>
      eb.or([
        eb('key_id', 'in', idsOf('key')),
        eb('key_id', 'in', eb.selectFrom('keys').select('keys.id').where('parent_key_id', 'in', idsOf('key'))),
        eb('project_id', 'in', idsOf('project')),
        eb('account_id', 'in', idsOf('account')),
      ]),
    )
    .orderBy('id');
  const rows = await (engine === 'postgres' ? select.forUpdate() : select).execute();
  return rows.map(fromReservationRow);
}

async function storedSlots(
  transaction: Transaction<Tables>,
  limits: readonly Recounted[],
): Promise<Map<string, number[]>> {
  const rows = await transaction
    .selectFrom('counters')
    .select(['limit_id', 'subject_id', 'slot_ms'])
    .where('limit_id', 'in', [...new Set(limits.map(({ applied }) => applied.limit.id))])
    .where('subject_id', 'in', [...new Set(limits.map(({ applied }) => applied.subjectId))])
    .execute();
  const slots = new Map<string, number[]>();
  for (const { limit_id: limitId, subject_id: subjectId, slot_ms: slotMs } of rows) {
    const name = pairOf(limitId, subjectId);
    slots.set(name, [...(slots.get(name) ?? []), slotMs]);
  }
  return slots;
}

/** Lets the calls under way take from the limits what they can use at most, as if the limits had been there before. */
async function giveTakes(
  transaction: Transaction<Tables>,
  open: readonly Reservation[],
  derived: readonly Derived[],
): Promise<Reservation[]> {
  const calls: Reservation[] = [];
  for (const call of open) {
    const of = derived.filter(({ underived }) => isOf(call, underived.applied));
    const kept = call.takes.filter((take) => !of.some(({ underived }) => isTakeOf(take, underived.applied)));
    const given = of.flatMap(({ underived: { applied }, sessions }): HeldTake[] => {
      const { id: limitId, unit } = applied.limit;
      const slotMs = slotOfTime(applied.limit, call.startedAtMs, sessions);
      if (slotMs === null) return [];
      return [{ limitId, subjectId: applied.subjectId, slotMs, unit, amount: mostOf(unit, call.use) }];
    });
    const takes = [...kept, ...given];
    calls.push({ ...call, takes });
    await transaction
      .updateTable('reservations')
      .set({ takes: takesText(takes) })
      .where('id', '=', call.call.id)
      .execute();
  }
  return calls;
}

function mostOf(unit: Unit, use: HeldUse): bigint {
  switch (unit) {
    case 'requests':
    case 'concurrency':
      return 1n;
    case 'tokens':
      return bounded(BigInt(use.inputTokens) + BigInt(use.outputTokens));
    case 'cost':
      return bounded(use.costNano ?? 0n);
  }
}

/** So much that no limit has room for it, and little enough that thousands of calls together fit into a counter. */
function bounded(amount: bigint): bigint {
  return amount < MOST_TAKEN ? amount : MOST_TAKEN;
}

const MOST_TAKEN = 2n ** 50n;

async function writeCounter(
  transaction: Transaction<Tables>,
  { underived: { applied, slots }, settled }: Derived,
  calls: readonly Reservation[],
): Promise<void> {
  const { limit, subjectId } = applied;
  const reserved = reservedOf(
    applied,
    calls.flatMap(({ takes }) => takes),
  );
  // What has ended and is no longer told from the ledger stays as it is, but for what is held of it.
  const written = new Set([...settled.keys(), ...reserved.keys(), ...slots]);
  for (const slotMs of written) {
    const [settledNow, reservedNow] = [settled.get(slotMs), reserved.get(slotMs) ?? 0n];
    if (!settledNow && reservedNow === 0n && !slots.includes(slotMs) && limit.window.kind !== 'session') continue;
    const set = { reserved: reservedNow, ...(settledNow !== undefined && { settled: settledNow }) };
    await transaction
      .insertInto('counters')
      .values({
        limit_id: limit.id,
        subject_id: subjectId,
        slot_ms: slotMs,
        settled: settledNow ?? 0n,
        reserved: reservedNow,
      })
      .onConflict((conflict) => conflict.columns(['limit_id', 'subject_id', 'slot_ms']).doUpdateSet(set))
      .execute();
  }
}

/** What calls under way hold of a limit, slot by slot. */
export function reservedOf(applied: AppliedLimit, takes: readonly HeldTake[]): Map<number, bigint> {
  const reserved = new Map<number, bigint>();
  for (const take of takes)
    if (isTakeOf(take, applied)) reserved.set(take.slotMs, (reserved.get(take.slotMs) ?? 0n) + take.amount);
  return reserved;
}

function isTakeOf(take: HeldTake, { limit, subjectId }: AppliedLimit): boolean {
  return take.limitId === limit.id && take.subjectId === subjectId;
}

function isOf({ call }: Reservation, { subjectType, subjectId }: AppliedLimit): boolean {
  if (subjectType === 'key') return call.keyId === subjectId || call.parentKeyId === subjectId;
  return (subjectType === 'project' ? call.projectId : call.accountId) === subjectId;
}

/** Deletes the counters of limits, of one subject or of all. */
export async function dropCounters(
  engine: Engine['name'],
  transaction: Transaction<Tables>,
  limitIds: readonly string[],
  subjectId?: string,
): Promise<void> {
  if (limitIds.length === 0) return;
  let dropped = transaction
    .selectFrom('counters')
    .select(COUNTER_KEY)
    .where('limit_id', 'in', [...limitIds]);
  if (subjectId !== undefined) dropped = dropped.where('subject_id', '=', subjectId);
  // In the order in which every transaction locks counters.
  if (engine === 'postgres') dropped = dropped.orderBy('limit_id').orderBy('subject_id').orderBy('slot_ms').forUpdate();
  await transaction
    .deleteFrom('counters')
    .where((eb) => eb(eb.refTuple(...COUNTER_KEY), 'in', dropped.$asTuple(...COUNTER_KEY)))
    .execute();
}

const COUNTER_KEY = ['limit_id', 'subject_id', 'slot_ms'] as const;

/** A time later than every call admitted so far for keys, projects or accounts: from then on everything counts anew. */
export async function laterThanAll(
  transaction: Transaction<Tables>,
  accountId: string,
  subjects: readonly { readonly type: SubjectType; readonly id: string }[],
  nowMs: number,
): Promise<number> {
  let latest = nowMs;
  for (const { type, id } of subjects) {
    // The key's own index begins with the key, the others' with the account.
    const inAccount = type === 'key' ? sql`` : sql`account_id = ${accountId} and`;
    const where = sql`where ${inAccount} ${sql.ref(`${type}_id`)} = ${id}`;
    const ofChildren =
      type === 'key'
        ? sql`union all select max(started_at_ms) from ledger where parent_key_id = ${id}
          union all select max(started_at_ms) from reservations
            where key_id in (select id from keys where parent_key_id = ${id})`
        : sql``;
    const { rows } = await sql<{ last: number | null }>`select max(last) as last from (
      select max(started_at_ms) as last from ledger ${where}
      union all select max(started_at_ms) from reservations ${where}
      ${ofChildren}) as times`.execute(transaction);
    latest = Math.max(latest, (rows[0]?.last ?? -1) + 1);
  }
  return latest;
}
