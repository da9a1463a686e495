import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import type { auditCheckOut } from '../../../../src/http/manage/schema/audit.ts';
import type { ledgerCheckOut } from '../../../../src/http/manage/schema/ledger.ts';
import type { systemOut } from '../../../../src/http/manage/schema/system.ts';
import type { requestOut } from '../../../../src/http/manage/schema/usage.ts';
import { call } from '../../api/client.ts';

export type System = z.output<typeof systemOut>;
export type LedgerCheck = z.output<typeof ledgerCheckOut>;
export type AuditCheck = z.output<typeof auditCheckOut>;
export type AbandonedRequest = z.output<typeof requestOut> & { readonly abandonedAt: string };

const REFRESH_MS = 5000;

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: ({ signal }) => call<System>('GET', '/system', { signal }),
  refetchInterval: REFRESH_MS,
  staleTime: 0,
  retry: false,
});

/** What `/readyz` says, in its own words; asked when nothing else answers. */
export const readinessQuery = queryOptions({
  queryKey: ['readiness'],
  queryFn: async ({ signal }) => (await fetch('/readyz', { signal })).text(),
  refetchInterval: REFRESH_MS,
  staleTime: 0,
  retry: false,
});

export const abandonedQuery = queryOptions({
  queryKey: ['abandoned'],
  queryFn: ({ signal }) =>
    call<{ data: readonly AbandonedRequest[] }>('GET', '/requests/abandoned', { query: { limit: 100 }, signal }),
});
