import type { IncomingMessage, ServerResponse } from 'node:http';
import { endOf } from '../core/authorise.ts';
import { keyState } from '../core/key.ts';
import type { LimitState, LimitWindow } from '../core/limit.ts';
import type { LimitStore } from '../core/limitStore.ts';
import type { UsageRow } from '../core/ports.ts';
import { formatMoney } from '../core/price.ts';
import type { HolderReports } from '../service/holderReports.ts';
import { attemptOf, respondDenial, respondError, wrongMethod } from './gateway.ts';
import { limitHeaders } from './limitHeaders.ts';
import { identity } from './respond.ts';
import type { GatewayOptions, Visit } from './visit.ts';

export interface HolderUsageOptions extends Pick<
  GatewayOptions,
  'admission' | 'trust' | 'keyPrefix' | 'newId' | 'clock' | 'log'
> {
  readonly reports: HolderReports;
  readonly limits: Pick<LimitStore, 'statesOf'>;
}

const ROUTE = '/v1/usage';

/**
 * `GET /v1/usage`: what the key that asks has used in the last 30 days, by model, and where its limits stand. Answered
 * to expired and exhausted keys too, whose holders need it most; never to disabled or deleted ones. Counts as no use.
 */
export function createHolderUsage(
  options: HolderUsageOptions,
): (request: IncomingMessage, response: ServerResponse, path: string, query: string) => void {
  return (request, response, path, query) => {
    const visit: Visit = { request, response, path, query, requestId: options.newId('req'), shape: 'openai' };
    answer(options, visit).catch((error: unknown) => respondError(options, visit, error));
  };
}

async function answer(options: HolderUsageOptions, visit: Visit): Promise<void> {
  const { request, response } = visit;
  const attempt = attemptOf(options, visit, ROUTE);
  if (!('value' in attempt)) return respondDenial(visit, attempt);
  const record = await options.admission.holder(attempt);
  if ('ok' in record) return respondDenial(visit, record);
  if (request.method !== 'GET' && request.method !== 'HEAD') throw wrongMethod(response, 'GET', 'HEAD');
  const nowMs = options.clock();
  const { key } = record;
  const { accountId, projectId, parentKeyId } = key;
  const call = { accountId, projectId: projectId ?? '', keyId: key.id, ...(parentKeyId !== null && { parentKeyId }) };
  const expiresAtMs = endOf(record);
  const [limits, report] = await Promise.all([options.limits.statesOf(call, nowMs), options.reports.read(key)]);
  const body = Buffer.from(
    JSON.stringify({
      object: 'usage',
      key: {
        name: key.name,
        masked: key.masked,
        state: keyState({ ...key, expiresAtMs }, nowMs),
        expires_at: time(expiresAtMs),
      },
      limits: limits.map(limitOut),
      from: time(report.fromMs),
      to: time(report.toMs),
      models: report.rows.map(modelOut),
    }),
  );
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
    ...limitHeaders(limits, visit.shape, nowMs),
    ...identity(visit.shape, visit.requestId),
  });
  response.end(body);
}

/** Money as a decimal string, everything else as a number, as the management API shows it. */
function limitOut({ applied: { limit, subjectType }, used, reserved, remaining, freesAtMs }: LimitState): object {
  const show = (amount: bigint): string | number => (limit.unit === 'cost' ? formatMoney(amount) : Number(amount));
  return {
    id: limit.id,
    on: subjectType,
    unit: limit.unit,
    amount: show(limit.amount),
    ...(limit.unit !== 'concurrency' && { window: windowOut(limit.window) }),
    used: show(used),
    reserved: show(reserved),
    remaining: show(remaining),
    resets_at: time(freesAtMs),
  };
}

function windowOut(window: LimitWindow): object {
  return 'windowMs' in window ? { kind: window.kind, seconds: window.windowMs / 1000 } : window;
}

function modelOut({ group, requests, inputTokens, outputTokens, costNano, unpricedRequests }: UsageRow): object {
  return {
    model: group.model === '' ? null : (group.model ?? null),
    requests,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    cost: formatMoney(costNano),
    ...(unpricedRequests > 0 && { unpriced_requests: unpricedRequests }),
  };
}

function time(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
