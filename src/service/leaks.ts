import type { Clock } from '../core/ambient.ts';
import type { Caller } from '../core/caller.ts';
import { Fault, invalidField, notFound } from '../core/fault.ts';
import type { Key } from '../core/key.ts';
import type { KeyStore } from '../core/keyStore.ts';
import {
  lastFoundMs,
  stepsLeft,
  withoutKeys,
  type LeakChange,
  type LeakPlace,
  type LeakQuery,
  type LeakReport,
  type LeakStore,
  type Noted,
  type PlaceState,
  type ReplacementState,
  type Stopped,
  type UseState,
} from '../core/leak.ts';
import type { Page, PageQuery } from '../core/page.ts';
import type { LedgerStore, Store, StoreParts, UsageGroup, UsageRow } from '../core/ports.ts';
import { isLiving, type SecretStore } from '../core/secret.ts';
import type { Access } from './access.ts';
import type { Keys } from './keys.ts';
import { SUSPECT_MS } from './leakIntake.ts';
import type { OpenLeak } from './leakOpening.ts';
import type { Asked, FindReach } from './reach.ts';

/** A report with what is found out when it is read: whether the key still works, and what took its place. */
export interface LeakView {
  readonly report: LeakReport;
  /** Deleted ones too. */
  readonly key: Key;
  readonly stopped: Stopped;
}

/** What people set; what is left out stays. */
export interface LeakProgress {
  readonly use?: Noted<UseState>;
  readonly replacement?: { readonly state: ReplacementState; readonly keyId: string | null };
  readonly places?: Readonly<Partial<Record<LeakPlace, Noted<PlaceState>>>>;
}

/** How a key, and what was made from it, was used since its value may have been out: sums in all, and by each of a few sides. */
export interface SuspectUse {
  readonly fromMs: number;
  readonly toMs: number;
  readonly total: UsageRow | undefined;
  readonly by: Readonly<Record<SuspectGroup, readonly UsageRow[]>>;
}
export const SUSPECT_GROUPS = ['address', 'model', 'status', 'day'] as const satisfies readonly UsageGroup[];
export type SuspectGroup = (typeof SUSPECT_GROUPS)[number];

/** What is done about leaked keys, on record. Who may call these: core/role.ts, asked at the route. */
export interface Leaks {
  /** Disables the key and opens its report. There is one open report of a key: with one, that is answered. */
  open(
    caller: Caller,
    keyId: string,
    draft: { readonly sinceMs?: number; readonly foundAt?: string },
  ): Promise<LeakView & { readonly isNew: boolean }>;
  get(id: string): Promise<LeakView>;
  list(caller: Caller, asked: Asked, query: PageQuery & Pick<LeakQuery, 'status' | 'origin'>): Promise<Page<LeakView>>;
  /** Throws Fault `conflict` for one that is closed. */
  change(caller: Caller, id: string, progress: LeakProgress): Promise<LeakView>;
  /** With steps left only with a reason: Fault `conflict` that names them otherwise. */
  close(caller: Caller, id: string, reason: string | null): Promise<LeakView>;
  use(id: string): Promise<SuspectUse>;
}

/** Through which a report’s key is looked at: the whole store, or a transaction of it. */
interface View {
  readonly keys: Pick<KeyStore, 'get' | 'list'>;
  readonly secrets: Pick<SecretStore, 'list'>;
}

/** Most rows of each side; the busiest come first. */
const MOST_ROWS = 100;

export function createLeaks(options: {
  leaks: LeakStore;
  keys: Pick<Keys, 'get' | 'judge' | 'change'>;
  store: Pick<Store, 'together'>;
  keyStore: Pick<KeyStore, 'get' | 'list'>;
  secrets: Pick<SecretStore, 'list'>;
  ledger: Pick<LedgerStore, 'usage'>;
  access: Pick<Access, 'key'>;
  findReach: FindReach;
  open: OpenLeak;
  keyPrefix: string;
  clock: Clock;
}): Leaks {
  const { leaks, keys, store, keyStore, secrets, ledger, access, findReach, open, keyPrefix, clock } = options;

  async function viewOf(report: LeakReport, from: View = { keys: keyStore, secrets }): Promise<LeakView> {
    const key = await from.keys.get(report.keyId);
    if (!key) throw notFound('leak report', report.id);
    const values = await from.secrets.list(key.id);
    const foundAtMs = lastFoundMs(report);
    const living = values.filter((one) => isLiving(one, clock()));
    const renewedAtMs = Math.min(...living.map(({ createdAtMs }) => createdAtMs));
    const isRenewed = living.length > 0 && renewedAtMs > foundAtMs && !(await hasChildren(from, key, renewedAtMs));
    const stopped: Stopped =
      key.deletedAtMs !== null ? 'deleted' : key.status === 'disabled' ? 'disabled' : isRenewed ? 'replaced' : null;
    const hasNewValue = values.some(({ createdAtMs }) => createdAtMs > foundAtMs);
    const replacement =
      report.replacement.state === 'open' && hasNewValue ? { state: 'done' as const, keyId: null } : report.replacement;
    return { report: { ...report, replacement }, key, stopped };
  }

  /** Whoever had the value may have made keys from it, which outlive it. */
  async function hasChildren(from: View, key: Key, beforeMs: number): Promise<boolean> {
    const { accountId, projectId, id: parentKeyId } = key;
    const query = { accountId, projectId, parentKeyId, createdBeforeMs: beforeMs, nowMs: clock() };
    return (await from.keys.list({ ...query, state: 'active', limit: 1 })).data.length > 0;
  }

  async function read(id: string): Promise<LeakReport> {
    const report = await leaks.get(id);
    if (!report) throw notFound('leak report', id);
    return report;
  }

  /** The key that took over: one of the same place, that the caller may know. */
  async function mustReplace(caller: Caller, { keyId, accountId, projectId }: LeakReport, id: string): Promise<void> {
    const other = id === keyId ? undefined : await keyStore.get(id);
    const isHere = other?.deletedAtMs === null && other.accountId === accountId && other.projectId === projectId;
    const missing = invalidField(
      '/replacement/keyId',
      `There is no other key ${id.slice(0, 32)} here that could replace it.`,
    );
    if (!isHere) throw missing;
    await access.key(caller, 'keys.read', other).catch((error: unknown) => {
      throw error instanceof Fault && error.status < 500 ? missing : error;
    });
  }

  const clean = <T extends string>({ state, note }: Noted<T>): Noted<T> => ({
    state,
    note: withoutKeys(note, keyPrefix),
  });

  /** One after the other: what others noted of the same report meanwhile is seen, and stays. */
  async function write(
    id: string,
    changeOf: (report: LeakReport, parts: StoreParts) => LeakChange | Promise<LeakChange>,
  ): Promise<LeakView> {
    const changed = await store.together(async (parts) => {
      const report = await parts.leaks.hold(id);
      if (!report) throw notFound('leak report', id);
      if (report.status === 'closed') throw new Fault('conflict', CLOSED);
      return parts.leaks.update(id, await changeOf(report, parts), clock());
    });
    if (!changed) throw new Fault('conflict', CLOSED);
    return viewOf(changed);
  }

  return {
    async open(caller, keyId, { sinceMs, foundAt }) {
      const { key } = await keys.judge(caller, keyId, { status: 'disabled' });
      const nowMs = clock();
      if (sinceMs !== undefined && sinceMs > nowMs)
        throw invalidField('/since', 'This is in the future. Say since when its use is suspect.');
      const report = await open({
        key,
        origin: 'person',
        secretId: null,
        foundAt: foundAt === undefined ? null : withoutKeys(foundAt, keyPrefix),
        sinceMs: sinceMs ?? Math.max(key.createdAtMs, nowMs - SUSPECT_MS),
        createdBy: caller.id,
        disable: true,
      });
      const found = report ?? (await leaks.openOf(keyId));
      if (!found) throw new Fault('conflict', 'The report of this key was closed at this moment. Send this again.');
      // There was one, and the key may have been enabled since.
      if (!report && key.status === 'active') await keys.change(caller, keyId, { status: 'disabled' });
      return { ...(await viewOf(found)), isNew: report !== null };
    },
    get: async (id) => viewOf(await read(id)),
    async list(caller, asked, query) {
      const within = await findReach(caller, 'leaks.read', asked);
      const page = await leaks.list({ ...query, ...within, ...(asked.keyId !== null && { keyId: asked.keyId }) });
      return { ...page, data: await Promise.all(page.data.map((report) => viewOf(report))) };
    },
    async change(caller, id, { use, replacement, places }) {
      if (replacement?.keyId != null) await mustReplace(caller, await read(id), replacement.keyId);
      const cleaned = Object.entries(places ?? {}).map(([place, noted]) => [place, clean(noted)] as const);
      return write(id, (report) => ({
        ...(use && { use: clean(use) }),
        ...(replacement && { replacement }),
        ...(places && { places: { ...report.places, ...Object.fromEntries(cleaned) } }),
      }));
    },
    close: (caller, id, reason) =>
      write(id, async (held, parts) => {
        const { report, stopped } = await viewOf(held, parts);
        const left = stepsLeft(report, stopped);
        if (left.length > 0 && reason === null) throw new Fault('conflict', STEPS_LEFT, { errors: left });
        return {
          status: 'closed',
          replacement: report.replacement,
          reason: reason === null ? null : withoutKeys(reason, keyPrefix),
          closedBy: caller.id,
          closedAtMs: clock(),
        };
      }),
    async use(id) {
      const { accountId, projectId, keyId, sinceMs } = await read(id);
      const span = { accountId, projectId, fromMs: sinceMs, toMs: clock() + 1 };
      // What was made from the key is used in its name.
      const sum = async (groupBy: readonly UsageGroup[]): Promise<UsageRow[]> =>
        (
          await Promise.all([
            ledger.usage({ ...span, keyId, groupBy }),
            ledger.usage({ ...span, parentKeyId: keyId, groupBy }),
          ])
        ).flat();
      const [total] = merged(await sum([]));
      const by: Partial<Record<SuspectGroup, readonly UsageRow[]>> = {};
      for (const group of SUSPECT_GROUPS) {
        const rows = merged(await sum([group]));
        by[group] = rows.toSorted((one, other) => other.requests - one.requests).slice(0, MOST_ROWS);
      }
      return { fromMs: span.fromMs, toMs: span.toMs, total, by: by as SuspectUse['by'] };
    },
  };
}

/** Rows of the same group in one. */
function merged(rows: readonly UsageRow[]): UsageRow[] {
  const sums = new Map<string, UsageRow>();
  for (const row of rows) {
    const name = JSON.stringify(row.group);
    const known = sums.get(name);
    sums.set(name, known ? added(known, row) : row);
  }
  return [...sums.values()];
}

function added(one: UsageRow, other: UsageRow): UsageRow {
  return {
    group: one.group,
    requests: one.requests + other.requests,
    inputTokens: one.inputTokens + other.inputTokens,
    cachedTokens: one.cachedTokens + other.cachedTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    reasoningTokens: one.reasoningTokens + other.reasoningTokens,
    costNano: one.costNano + other.costNano,
    unpricedRequests: one.unpricedRequests + other.unpricedRequests,
    estimatedRequests: one.estimatedRequests + other.estimatedRequests,
  };
}

const CLOSED = 'This report is closed, and stays as it is. Open another one if the key leaked again.';
const STEPS_LEFT = 'There are steps left; `errors` names each. Finish them, or say in `reason` why they need not be.';
