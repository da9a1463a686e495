import type { Key } from './key.ts';
import type { Page, PageQuery, Within } from './page.ts';

/**
 * What keys that work are found to need looking at for. `idle`: not used for a while. `old`: so is the newest value.
 * `withoutLimit`: no limit of its own, nor of a template. `wideOpen`: every resource, from everywhere. `orphaned`: who made
 * it is gone. `againstRules`: it breaks what its account or project asks of keys by now.
 */
export const FINDINGS = [
  'idle',
  'old',
  'withoutLimit',
  'withoutExpiry',
  'wideOpen',
  'orphaned',
  'againstRules',
] as const;
export type Finding = (typeof FINDINGS)[number];

/** Findings that depend on nothing but the key as it stands, so that every list of keys can be narrowed by them. */
export type StandingFinding = Exclude<Finding, 'idle' | 'old'>;

export interface HygieneQuery extends Within {
  /** Not used since then: last used before it, or never used and made before it. */
  readonly idleSinceMs: number;
  /** The newest value was made before it. */
  readonly oldBeforeMs: number;
  readonly createdBy?: string;
  readonly nowMs: number;
}

export interface FoundKey {
  readonly key: Key;
  /** In the order of FINDINGS; at least one. */
  readonly findings: readonly Finding[];
}

export interface HygieneCounts {
  /** Keys that work: neither disabled nor expired. */
  readonly keys: number;
  readonly findings: Readonly<Record<Finding, number>>;
}

/** Reads only, and on connections that no call waits for. */
export interface HygieneStore {
  count(query: HygieneQuery): Promise<HygieneCounts>;
  /** Keys with any finding, or with this one. Newest first. */
  list(query: HygieneQuery & PageQuery & { readonly finding?: Finding }): Promise<Page<FoundKey>>;
}
