import type { z } from 'zod';
import type { bulkDeletionOut, bulkOut } from '../../../src/http/manage/schema/bulk.ts';
import { ApiError, call, hasCode } from '../api/client.ts';
import type { Key } from '../api/types.ts';

/** What is done to many keys at once. */
export type Deed = 'disable' | 'enable' | 'expire' | 'environment' | 'template' | 'delete';
/** One member, set to the same on all. */
export type Change = Partial<Pick<Key, 'status' | 'expiresAt' | 'environment' | 'limitTemplateId'>>;
type Answer = z.output<typeof bulkOut>;
type DeletionAnswer = z.output<typeof bulkDeletionOut>;
export type Result = DeletionAnswer['results'][number];

/** What became of each key, or would; `confirms`: what deletes those, part by part. */
export interface Outcome {
  readonly results: readonly Result[];
  readonly confirms: readonly { readonly ids: readonly string[]; readonly confirm: string }[];
}

const DAY_MS = 86_400_000;
/** What stands in the choice of an expiry when it is opened. */
export const FIRST_DAYS = 90;

/** What a deed sets as long as nobody has chosen; null: it has to be chosen, or nothing is set. */
export function firstChange(deed: Deed, nowMs: number): Change | null {
  if (deed === 'expire') return { expiresAt: expiryIn(FIRST_DAYS, nowMs) };
  if (deed === 'disable' || deed === 'enable') return { status: deed === 'disable' ? 'disabled' : 'active' };
  return null;
}

export function expiryIn(days: number, nowMs: number): string {
  return new Date(nowMs + days * DAY_MS).toISOString();
}

/** As many as the server takes in one call. */
const MOST = 200;

function partsOf(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / MOST) }, (_, at) => ids.slice(at * MOST, (at + 1) * MOST));
}

/** `base`: the project or account, as in `/projects/prj_…`. */
export async function changeMany(
  base: string,
  ids: readonly string[],
  change: Change,
  dryRun: boolean,
): Promise<Outcome> {
  const results: Result[] = [];
  for (const part of partsOf(ids)) {
    // One after another: each key is judged by what was done before.
    const answer: Answer = await call<Answer>('POST', `${base}/keys/bulk-change`, {
      body: { ids: part, change, dryRun },
    });
    results.push(...answer.results);
  }
  return { results, confirms: [] };
}

/** Deletes nothing: says what would be deleted, and how to. */
export async function lookAtDeletion(base: string, ids: readonly string[]): Promise<Outcome> {
  const results: Result[] = [];
  const confirms: { ids: string[]; confirm: string }[] = [];
  for (const part of partsOf(ids)) {
    const answer: DeletionAnswer = await call<DeletionAnswer>('POST', `${base}/keys/bulk-delete`, {
      body: { ids: part, dryRun: true },
    });
    results.push(...answer.results);
    if (answer.confirm !== undefined) confirms.push({ ids: part, confirm: answer.confirm });
  }
  return { results, confirms };
}

export async function deleteMany(base: string, { confirms }: Outcome): Promise<Outcome> {
  const results: Result[] = [];
  for (const { ids, confirm } of confirms) {
    const answer: DeletionAnswer = await call<DeletionAnswer>('POST', `${base}/keys/bulk-delete`, {
      body: { ids, confirm },
    });
    results.push(...answer.results);
  }
  return { results, confirms: [] };
}

/** Sets keys back to what they were before a change, as far as it was made. What has expired by itself stays so. */
export async function takeBack(base: string, before: readonly Key[], done: readonly Result[], change: Change) {
  const changed = new Set(done.flatMap(({ id, outcome }) => (outcome === 'changed' ? [id] : [])));
  const names = Object.keys(change) as (keyof Change)[];
  const backOf = (key: Key): Change => Object.fromEntries(names.map((name) => [name, key[name]]));
  const groups = Map.groupBy(
    before.filter(({ id }) => changed.has(id)),
    (key) => JSON.stringify(backOf(key)),
  );
  for (const keys of groups.values()) {
    const [first] = keys;
    const back = first ? backOf(first) : {};
    if (back.expiresAt && Date.parse(back.expiresAt) <= Date.now()) continue;
    const ids = keys.map(({ id }) => id);
    const { results } = await changeMany(base, ids, back, false);
    const refused = results.find(({ outcome }) => outcome === 'refused' || outcome === 'failed');
    if (refused) throw new Error(`${refused.name ?? refused.id}: ${refused.detail}`);
  }
}

export function isStale(error: unknown): boolean {
  return hasCode(error, 'invalid_request') && error instanceof ApiError && error.at('/confirm') !== undefined;
}
