import type { Clock } from '../core/ambient.ts';
import type { Place } from '../core/caller.ts';
import type { Finding, FoundKey, HygieneCounts, HygieneStore } from '../core/hygiene.ts';
import type { Page, PageQuery } from '../core/page.ts';

export interface HygieneAsk extends PageQuery {
  readonly unusedForDays: number;
  readonly olderThanDays: number;
  readonly finding?: Finding;
  /** Left out: of everybody. */
  readonly createdBy?: string;
}

/** Which keys of a place should be looked at, and why. */
export interface Hygiene {
  report(place: Place, ask: HygieneAsk): Promise<{ readonly counts: HygieneCounts; readonly page: Page<FoundKey> }>;
}

const DAY_MS = 86_400_000;

export function createHygiene({ hygiene, clock }: { hygiene: HygieneStore; clock: Clock }): Hygiene {
  return {
    async report(place, { unusedForDays, olderThanDays, ...ask }) {
      const nowMs = clock();
      const idleSinceMs = nowMs - unusedForDays * DAY_MS;
      const query = { ...place, ...ask, nowMs, idleSinceMs, oldBeforeMs: nowMs - olderThanDays * DAY_MS };
      const [counts, page] = await Promise.all([hygiene.count(query), hygiene.list(query)]);
      return { counts, page };
    },
  };
}
