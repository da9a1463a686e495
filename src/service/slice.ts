import { invalidField } from '../core/fault.ts';
import type { Page, PageQuery } from '../core/page.ts';

interface Listed {
  readonly id: string;
  readonly createdAtMs: number;
}

/** A page of a list held in memory (the catalogue), newest first. Its cursor is the position of the last item, so that changes meanwhile neither repeat nor hide others. */
export function sliceOf<T extends Listed>(items: readonly T[], { limit, cursor }: PageQuery): Page<T> {
  const sorted = items.toSorted(newestFirst);
  const after = cursor === undefined ? undefined : positionOf(cursor);
  const rest = after ? sorted.filter((item) => newestFirst(item, after) > 0) : sorted;
  const data = rest.slice(0, limit);
  const last = data.at(-1);
  const more = rest.length > limit && last !== undefined;
  return {
    data,
    nextCursor: more ? Buffer.from(JSON.stringify([last.createdAtMs, last.id])).toString('base64url') : null,
  };
}

function newestFirst(a: Listed, b: Listed): number {
  if (a.createdAtMs !== b.createdAtMs) return b.createdAtMs - a.createdAtMs;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
}

function positionOf(cursor: string): Listed {
  try {
    const [createdAtMs, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (Number.isSafeInteger(createdAtMs) && typeof id === 'string') return { createdAtMs: createdAtMs as number, id };
  } catch {
    // Not JSON: not one of ours.
  }
  throw invalidField(
    '?cursor',
    'This is not a cursor of this list. Use `nextCursor` of the page before as it came, or leave it out to start again.',
  );
}
