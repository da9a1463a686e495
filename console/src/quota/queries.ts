import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { accountQuotaOut, projectQuotaOut, quotaRequestOut } from '../../../src/http/manage/schema/members.ts';
import { call } from '../api/client.ts';
import { listQuery } from '../api/queries.ts';

export type AccountQuota = z.output<typeof accountQuotaOut>;
export type ProjectQuota = z.output<typeof projectQuotaOut>;
export type QuotaRequest = z.output<typeof quotaRequestOut>;

export const accountQuotaQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['quota', accountId],
    queryFn: ({ signal }) => call<AccountQuota>('GET', `/accounts/${accountId}/quota`, { signal }),
  });

export const projectQuotaQuery = (projectId: string) =>
  queryOptions({
    queryKey: ['projectQuota', projectId],
    queryFn: ({ signal }) => call<ProjectQuota>('GET', `/projects/${projectId}/quota`, { signal }),
  });

export const quotaRequestsQuery = (accountId: string) =>
  listQuery<QuotaRequest>(['quotaRequests', accountId], `/accounts/${accountId}/quota-requests`);
