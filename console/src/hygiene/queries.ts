import { infiniteQueryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { hygieneOut } from '../../../src/http/manage/schema/hygiene.ts';
import { call } from '../api/client.ts';
import type { HygieneView } from './hygieneView.ts';

export type Hygiene = z.output<typeof hygieneOut>;

/** `base`: the project or account, as in `/projects/prj_…`. */
export const hygieneQuery = (base: string, view: HygieneView) =>
  infiniteQueryOptions({
    queryKey: ['hygiene', base, view],
    queryFn: ({ signal, pageParam }) =>
      call<Hygiene>('GET', `${base}/hygiene`, { query: { ...view, limit: 50, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: (before) => before,
  });
