import { sql, type SelectQueryBuilder, type SqlBool } from 'kysely';
import { invalidField } from '../core/fault.ts';
import type { Page, PageQuery } from '../core/page.ts';
import type { Tables, Value } from './schema.ts';

/**
 * Lists are walked by the position of their last row, not by a count of rows: rows added meanwhile are neither
 * repeated nor push others out. A cursor is opaque to callers: base64url of the sorted-by values of that row.
 */
export type Position = readonly (string | number)[];

/** Reads a cursor whose values have these types; a fault of the query where it is not one of ours. */
export function positionOf(query: PageQuery, shape: readonly ('string' | 'number')[]): Position | undefined {
  if (query.cursor === undefined) return undefined;
  const values = decoded(query.cursor);
  const fits =
    Array.isArray(values) &&
    values.length === shape.length &&
    shape.every((type, index) => fitsType(values[index], type));
  if (!fits)
    throw invalidField(
      '?cursor',
      'This is not a cursor of this list. Use `nextCursor` of the page before as it came, or leave it out to start again.',
    );
  return values as Position;
}

/** The page from up to `limit + 1` rows: the extra one only tells that there is more. */
export function pageOf<R, T>(
  query: PageQuery,
  rows: readonly R[],
  toItem: (row: R) => T,
  position: (row: R) => Position,
): Page<T> {
  const shown = rows.slice(0, query.limit);
  const last = shown.at(-1);
  const more = rows.length > query.limit && last !== undefined;
  return { data: shown.map(toItem), nextCursor: more ? encoded(position(last)) : null };
}

/** A page of what was selected from a table, sorted by when it was made and then by id, the newest first. */
export async function newestFirst<TB extends keyof Tables, R extends { created_at_ms: number; id: string }, T>(
  query: PageQuery,
  selected: SelectQueryBuilder<Tables, TB, R>,
  toItem: (row: R) => T,
): Promise<Page<T>> {
  const after = positionOf(query, ['number', 'string']);
  const rest = after ? selected.where(sql<SqlBool>`(created_at_ms, id) < (${sql.join([...after])})`) : selected;
  const rows = await rest
    .orderBy(sql`created_at_ms`, 'desc')
    .orderBy(sql`id`, 'desc')
    .limit(query.limit + 1)
    .execute();
  return pageOf(query, rows, toItem, (row) => [row.created_at_ms, row.id]);
}

function fitsType(value: unknown, type: 'string' | 'number'): boolean {
  return type === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && !value.includes('\0');
}

function encoded(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function decoded(cursor: string): Value[] | undefined {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as Value[];
  } catch {
    return undefined;
  }
}
