import type { Clock } from '../core/ambient.ts';
import type { Caller } from '../core/caller.ts';
import { invalidField } from '../core/fault.ts';
import type { DenialCount, LedgerRow } from '../core/ledger.ts';
import type { Page, PageQuery } from '../core/page.ts';
import type { DenialQuery, LedgerQuery, LedgerStore, RequestQuery, UsageGroup, UsageRow } from '../core/ports.ts';
import type { Asked, FindReach } from './reach.ts';

/** Of which time a report is asked for: null means the last 30 days, up to now. */
export interface Period extends Asked {
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

export interface UsageReport {
  readonly fromMs: number;
  readonly toMs: number;
  readonly rows: UsageRow[];
}

/** Reading the ledger: sums, single requests, and refusals. Nothing here tells of what the caller does not reach. */
export interface Usage {
  sum(caller: Caller, period: Period, groupBy: readonly UsageGroup[]): Promise<UsageReport>;
  requests(
    caller: Caller,
    period: Period,
    query: PageQuery & Pick<RequestQuery, 'resourceName' | 'status' | 'outcome' | 'address'>,
  ): Promise<Page<LedgerRow>>;
  denials(
    caller: Caller,
    period: Period,
    query: PageQuery & Pick<DenialQuery, 'code' | 'address'>,
  ): Promise<Page<DenialCount>>;
}

const DAY_MS = 86_400_000;
const DEFAULT_SPAN_MS = 30 * DAY_MS;
/** The longest span of one question: bounds how many rows it can sum and answer. */
const LONGEST_SPAN_MS = 400 * DAY_MS;
/** The longest that is summed by the hour, for the same reason. */
const LONGEST_BY_HOUR_MS = 31 * DAY_MS;

export function createUsage(options: { ledger: LedgerStore; findReach: FindReach; clock: Clock }): Usage {
  const { ledger, findReach, clock } = options;

  async function ledgerQuery(caller: Caller, period: Period): Promise<LedgerQuery> {
    const toMs = period.toMs ?? clock() + 1;
    const fromMs = period.fromMs ?? toMs - DEFAULT_SPAN_MS;
    if (fromMs >= toMs)
      throw invalidField('?from', 'The period ends before it begins: `from` must be earlier than `to`.');
    if (toMs - fromMs > LONGEST_SPAN_MS)
      throw invalidField('?from', 'This period is longer than 400 days. Ask for it in parts.');
    const place = await findReach(caller, 'usage.read', period);
    const { keyId, parentKeyId } = period;
    return {
      ...place,
      fromMs,
      toMs,
      ...(keyId !== null && { keyId }),
      ...(parentKeyId !== undefined && { parentKeyId }),
    };
  }

  return {
    async sum(caller, period, groupBy) {
      const query = await ledgerQuery(caller, period);
      if (groupBy.includes('hour') && query.toMs - query.fromMs > LONGEST_BY_HOUR_MS)
        throw invalidField('?from', 'By the hour at most 31 days are summed at once. Ask for less, or by `day`.');
      return { fromMs: query.fromMs, toMs: query.toMs, rows: await ledger.usage({ ...query, groupBy }) };
    },
    async requests(caller, period, query) {
      return ledger.requests({ ...(await ledgerQuery(caller, period)), ...query });
    },
    async denials(caller, period, query) {
      return ledger.denials({ ...(await ledgerQuery(caller, period)), ...query });
    },
  };
}
