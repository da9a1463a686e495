import { reaches, type Caller } from '../core/caller.ts';
import { invalidField, notFound } from '../core/fault.ts';
import type { DenialCount, LedgerRow } from '../core/ledger.ts';
import type {
  Clock,
  KeyStore,
  LedgerQuery,
  LedgerStore,
  Page,
  PageQuery,
  ProjectStore,
  RequestQuery,
  UsageGroup,
  UsageRow,
  Within,
} from '../core/ports.ts';

/** What is asked about: null means all that the caller reaches. Times: null means the last 30 days, up to now. */
export interface Period {
  readonly accountId: string | null;
  readonly projectId: string | null;
  readonly keyId: string | null;
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
    query: PageQuery & Pick<RequestQuery, 'resourceName' | 'status' | 'outcome'>,
  ): Promise<Page<LedgerRow>>;
  denials(caller: Caller, period: Period, query: PageQuery): Promise<Page<DenialCount>>;
}

const DAY_MS = 86_400_000;
const DEFAULT_SPAN_MS = 30 * DAY_MS;
/** The longest span of one question: bounds how many rows it can sum and answer. */
const LONGEST_SPAN_MS = 400 * DAY_MS;

export function createUsage(options: {
  ledger: LedgerStore;
  keys: Pick<KeyStore, 'get'>;
  projects: Pick<ProjectStore, 'get'>;
  clock: Clock;
}): Usage {
  const { ledger, keys, projects, clock } = options;

  async function within(caller: Caller, { accountId, projectId, keyId }: Period): Promise<Within> {
    if (accountId !== null && caller.accountId !== null && accountId !== caller.accountId)
      throw notFound('account', accountId);
    if (projectId !== null) {
      const project = await projects.get(projectId);
      if (!project || !reaches(caller, { accountId: project.accountId, projectId }))
        throw notFound('project', projectId);
    }
    if (keyId !== null) {
      // Deleted keys are found too: their history stays.
      const key = await keys.get(keyId);
      if (!key || !reaches(caller, key)) throw notFound('key', keyId);
    }
    return { accountId: caller.accountId ?? accountId, projectId: caller.projectId ?? projectId };
  }

  async function ledgerQuery(caller: Caller, period: Period): Promise<LedgerQuery> {
    const toMs = period.toMs ?? clock() + 1;
    const fromMs = period.fromMs ?? toMs - DEFAULT_SPAN_MS;
    if (fromMs >= toMs)
      throw invalidField('?from', 'The period ends before it begins: `from` must be earlier than `to`.');
    if (toMs - fromMs > LONGEST_SPAN_MS)
      throw invalidField('?from', 'This period is longer than 400 days. Ask for it in parts.');
    const place = await within(caller, period);
    return period.keyId === null ? { ...place, fromMs, toMs } : { ...place, fromMs, toMs, keyId: period.keyId };
  }

  return {
    async sum(caller, period, groupBy) {
      const query = await ledgerQuery(caller, period);
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
