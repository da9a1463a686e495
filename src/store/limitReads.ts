import { sql, type Kysely } from 'kysely';
import type { AppliedLimit, Slot } from '../core/limit.ts';
import type { CallOf, StoredLimit, SubjectRef } from '../core/limitStore.ts';
import { oldestSlot } from './decide.ts';
import { applied, LIMIT_COLUMNS, limitFromRow, type LimitRow } from './limitRow.ts';
import type { Tables } from './schema.ts';

/** The limits of subjects, in the order they are named, the oldest first of each. */
export async function readLimits(db: Kysely<Tables>, subjects: readonly SubjectRef[]): Promise<StoredLimit[]> {
  if (subjects.length === 0) return [];
  const wanted = subjects.map(({ type, id }) => sql`(subject_type = ${type} and subject_id = ${id})`);
  const { rows } = await sql<LimitRow>`select ${sql.raw(LIMIT_COLUMNS)} from limits
    where ${sql.join(wanted, sql` or `)} order by created_at_ms, id`.execute(db);
  const limits = Map.groupBy(rows.map(limitFromRow), ({ subject }) => `${subject.type} ${subject.id}`);
  return subjects.flatMap(({ type, id }) => limits.get(`${type} ${id}`) ?? []);
}

export async function readLimit(db: Kysely<Tables>, id: string): Promise<StoredLimit | undefined> {
  const { rows } = await sql<LimitRow>`select ${sql.raw(LIMIT_COLUMNS)} from limits where id = ${id}`.execute(db);
  return rows[0] && limitFromRow(rows[0]);
}

/** The limits that apply to a key's calls: its own, its template's, the same of its parent, its project's, its account's. */
export async function limitsOfCaller(
  db: Kysely<Tables>,
  { accountId, projectId, keyId, parentKeyId }: CallOf,
): Promise<AppliedLimit[]> {
  const ofKeys: AppliedLimit[] = [];
  for (const id of parentKeyId === undefined ? [keyId] : [keyId, parentKeyId]) ofKeys.push(...(await ofKey(db, id)));
  const places = await readLimits(db, [
    { type: 'project', id: projectId },
    { type: 'account', id: accountId },
  ]);
  return [
    ...ofKeys,
    ...places.map((limit) =>
      applied(limit, limit.subject.type === 'project' ? 'project' : 'account', limit.subject.id),
    ),
  ];
}

async function ofKey(db: Kysely<Tables>, id: string): Promise<AppliedLimit[]> {
  return (await limitsOfKeys(db, [id])).map((one) => one.applied);
}

/** Keys' own limits and their templates', which count for each of them apart from the template's other keys. */
export async function limitsOfKeys(
  db: Kysely<Tables>,
  ids: readonly string[],
): Promise<{ limit: StoredLimit; applied: AppliedLimit }[]> {
  if (ids.length === 0) return [];
  const keys = await db
    .selectFrom('keys')
    .select(['id', 'limit_template_id', 'limits_since_ms'])
    .where('id', 'in', ids)
    .execute();
  const byId = new Map(keys.map((key) => [key.id, key]));
  const templates = new Set(keys.flatMap((key) => key.limit_template_id ?? []));
  const limits = await readLimits(db, [
    ...ids.map((id) => ({ type: 'key', id }) as const),
    ...[...templates].map((id) => ({ type: 'template', id }) as const),
  ]);
  const bySubject = Map.groupBy(limits, ({ subject }) => subject.id);
  return ids.flatMap((id) => {
    const key = byId.get(id);
    return [id, key?.limit_template_id ?? '']
      .flatMap((subject) => bySubject.get(subject) ?? [])
      .map((limit) => ({ limit, applied: applied(limit, 'key', id, key?.limits_since_ms) }));
  });
}

/** The name of the pair of a limit and a subject that a counter belongs to. */
export function pairOf(limitId: string, subjectId: string): string {
  return `${limitId} ${subjectId}`;
}

/** The slots of each pair that can count at this time or later, by `pairOf`. */
export async function readSlots(
  db: Kysely<Tables>,
  limits: readonly AppliedLimit[],
  nowMs: number,
): Promise<Map<string, Slot[]>> {
  const found = new Map<string, Slot[]>(limits.map(({ limit, subjectId }) => [pairOf(limit.id, subjectId), []]));
  if (limits.length === 0) return found;
  const wanted = limits.map((one) => {
    const fromMs = oldestSlot(one, nowMs);
    return sql`(limit_id = ${one.limit.id} and subject_id = ${one.subjectId} and slot_ms >= ${fromMs})`;
  });
  const { rows } = await sql<CounterRow>`select ${sql.raw(COUNTER_COLUMNS)} from counters
    where ${sql.join(wanted, sql` or `)}`.execute(db);
  for (const row of rows) found.get(pairOf(row.limit_id, row.subject_id))?.push(slotFromRow(row));
  return found;
}

export const COUNTER_COLUMNS =
  'limit_id, subject_id, slot_ms, cast(settled as text) as settled, cast(reserved as text) as reserved';

export interface CounterRow {
  limit_id: string;
  subject_id: string;
  slot_ms: number;
  settled: string;
  reserved: string;
}

export function slotFromRow(row: CounterRow): Slot {
  return { slotMs: row.slot_ms, settled: BigInt(row.settled), reserved: BigInt(row.reserved) };
}
