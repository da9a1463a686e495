import { call } from './client.ts';
import type { Page, Query } from './types.ts';

/** Most pages that are fetched where not all has to be there. */
export const MOST_PAGES = 20;

/** All of a list, page after page, or as much of it as `most` pages hold; then `nextCursor` is not null. */
export async function everyPage<T>(
  path: string,
  signal?: AbortSignal,
  query: Query = {},
  most = Infinity,
): Promise<Page<T>> {
  const data: T[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < most; pages += 1) {
    // Each page names the next.
    const page: Page<T> = await call<Page<T>>('GET', path, {
      query: { ...query, limit: 200, cursor },
      ...(signal && { signal }),
    });
    data.push(...page.data);
    if (page.nextCursor === null) return { data, nextCursor: null };
    cursor = page.nextCursor;
  }
  return { data, nextCursor: cursor ?? null };
}
