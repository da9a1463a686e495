import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { projectDetailsOut } from '../../../src/http/manage/schema/projects.ts';
import { call } from '../api/client.ts';

export type ProjectDetails = z.output<typeof projectDetailsOut>;

export const projectQuery = (id: string) =>
  queryOptions({
    queryKey: ['project', id],
    queryFn: ({ signal }) => call<ProjectDetails>('GET', `/projects/${id}`, { signal }),
  });
