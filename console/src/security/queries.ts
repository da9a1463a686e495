import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { memberOut } from '../../../src/http/manage/schema/members.ts';
import { call } from '../api/client.ts';
import type { Page } from '../api/types.ts';

export type Member = z.output<typeof memberOut>;

/** The first of a project's members. */
export const projectMembersQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['members', projectId, 'first'],
    queryFn: ({ signal }) =>
      call<Page<Member>>('GET', `/projects/${projectId}/members`, { query: { limit: 50 }, signal }),
  });
