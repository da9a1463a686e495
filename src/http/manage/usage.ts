import type { Abandoned } from '../../service/abandoned.ts';
import type { Period, Usage } from '../../service/usage.ts';
import { callerOf, type Api } from './api.ts';
import { listOf, toMoment } from './schema/fields.ts';
import {
  denialOut,
  denialsQuery,
  requestOut,
  requestsQuery,
  toDenialOut,
  toRequestOut,
  toUsageOut,
  usageOut,
  usageQuery,
} from './schema/usage.ts';

/** `/usage`, `/requests` and `/denials`. */
export function usageRoutes(
  app: Api,
  { usage, abandoned }: { usage: Usage; abandoned: Pick<Abandoned, 'adjustmentsOf'> },
): void {
  const tags = ['Usage'];

  app.route({
    method: 'GET',
    url: '/usage',
    config: { permission: 'usage.read' },
    schema: {
      tags,
      operationId: 'sumUsage',
      summary: 'Sum usage',
      description: 'Sums of the ledger over all that the caller reaches, or the project or key named.',
      querystring: usageQuery,
      response: { 200: usageOut },
    },
    handler: async (request) => {
      const { groupBy, ...query } = request.query;
      const report = await usage.sum(callerOf(request), toPeriod(query), groupBy);
      return { from: toMoment(report.fromMs), to: toMoment(report.toMs), data: report.rows.map(toUsageOut) };
    },
  });

  app.route({
    method: 'GET',
    url: '/requests',
    config: { permission: 'usage.read' },
    schema: {
      tags,
      operationId: 'listRequests',
      summary: 'List requests',
      description: 'One item per admitted request.',
      querystring: requestsQuery,
      response: { 200: listOf(requestOut, 'Requests, newest first.') },
    },
    handler: async (request) => {
      const { limit, cursor, status, outcome, model, address, ...query } = request.query;
      const page = await usage.requests(callerOf(request), toPeriod(query), {
        limit,
        ...(cursor !== undefined && { cursor }),
        ...(status !== undefined && { status }),
        ...(outcome !== undefined && { outcome }),
        ...(model !== undefined && { resourceName: model }),
        ...(address !== undefined && { address }),
      });
      // Of all of them: one that was decided about while it was abandoned may have been settled since.
      const adjustments = await abandoned.adjustmentsOf(page.data.map(({ id }) => id));
      return { ...page, data: page.data.map((row) => toRequestOut(row, adjustments.get(row.id))) };
    },
  });

  app.route({
    method: 'GET',
    url: '/denials',
    config: { permission: 'usage.read' },
    schema: {
      tags,
      operationId: 'listDenials',
      summary: 'List refusals',
      description:
        'Refusals are counted by hour, key, code, route and address, not listed one by one, so that a flood of bad keys cannot fill the disk. Right within seconds.',
      querystring: denialsQuery,
      response: { 200: listOf(denialOut, 'Counts, newest hour first.') },
    },
    handler: async (request) => {
      const { limit, cursor, code, address, ...query } = request.query;
      const page = await usage.denials(callerOf(request), toPeriod(query), {
        limit,
        ...(cursor !== undefined && { cursor }),
        ...(code !== undefined && { code }),
        ...(address !== undefined && { address }),
      });
      return { ...page, data: page.data.map(toDenialOut) };
    },
  });
}

interface PeriodQuery {
  readonly accountId?: string;
  readonly projectId?: string;
  readonly keyId?: string;
  readonly parentKeyId?: string;
  readonly from?: number;
  readonly to?: number;
}

function toPeriod({ accountId, projectId, keyId, parentKeyId, from, to }: PeriodQuery): Period {
  return {
    accountId: accountId ?? null,
    projectId: projectId ?? null,
    keyId: keyId ?? null,
    ...(parentKeyId !== undefined && { parentKeyId }),
    fromMs: from ?? null,
    toMs: to ?? null,
  };
}
