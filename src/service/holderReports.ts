import type { Clock } from '../core/ambient.ts';
import { Fault } from '../core/fault.ts';
import type { LedgerStore, UsageRow } from '../core/ports.ts';
import { patiently } from './patience.ts';

/** What a key used, by model, and the span that was summed. */
export interface HolderReport {
  readonly fromMs: number;
  readonly toMs: number;
  readonly rows: readonly UsageRow[];
}

/**
 * Sums what keys used, for their holders. Any of them may ask as often as they like, and a sum may read a million rows, so
 * it is made for one key at a time and answered again for a while: the store's other reports must not wait for them.
 */
export interface HolderReports {
  /** Throws `too_many_attempts` while too many keys wait, and `store_unavailable` when it is not their turn in time. */
  read(key: {
    readonly id: string;
    readonly accountId: string;
    readonly projectId: string | null;
  }): Promise<HolderReport>;
}

const DAY_MS = 86_400_000;
const DAYS = 30;
/** How long a sum is answered again. */
export const REPORT_KEPT_MS = 5000;
const MOST_WAITING = 50;

interface Kept {
  readonly report: Promise<HolderReport>;
  /** Infinity while it is made. */
  endsAtMs: number;
}

export function createHolderReports(options: { ledger: Pick<LedgerStore, 'usage'>; clock: Clock }): HolderReports {
  const { ledger, clock } = options;
  const kept = new Map<string, Kept>();
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  function forget(nowMs: number): void {
    for (const [id, { endsAtMs }] of kept)
      if (endsAtMs !== Infinity && (nowMs >= endsAtMs || nowMs < endsAtMs - REPORT_KEPT_MS)) kept.delete(id);
  }

  return {
    read(key) {
      forget(clock());
      const before = kept.get(key.id);
      if (before) return patiently(before.report);
      if (waiting >= MOST_WAITING)
        throw new Fault('too_many_attempts', 'Many ask for their usage at this moment. Try again in a moment.', {
          retryAfterSeconds: 2,
        });
      waiting += 1;
      const report = last.then(async () => {
        const toMs = clock();
        const fromMs = toMs - DAYS * DAY_MS;
        const place = { accountId: key.accountId, projectId: key.projectId, keyId: key.id };
        return { fromMs, toMs, rows: await ledger.usage({ ...place, fromMs, toMs: toMs + 1, groupBy: ['model'] }) };
      });
      const one: Kept = { report, endsAtMs: Infinity };
      kept.set(key.id, one);
      last = report.then(
        () => void (one.endsAtMs = clock() + REPORT_KEPT_MS),
        () => void kept.delete(key.id),
      );
      void last.then(() => (waiting -= 1));
      return patiently(report);
    },
  };
}
