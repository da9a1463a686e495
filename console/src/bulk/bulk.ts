import type { z } from 'zod';
import type { bulkDeletionOut, bulkOut } from '../../../src/http/manage/schema/bulk.ts';
import { call, type ApiError } from '../api/client.ts';
import type { Key } from '../api/types.ts';

/** What is done to many keys at once. */
export type Deed = 'disable' | 'enable' | 'expire' | 'environment' | 'template' | 'group' | 'delete';
/** One member, set to the same on all. */
export type Change = Partial<Pick<Key, 'status' | 'expiresAt' | 'environment' | 'limitTemplateId' | 'groupId'>>;
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
/** An end cannot be set to what is past. */
const SOON_MS = 60_000;

function partsOf(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / MOST) }, (_, at) => ids.slice(at * MOST, (at + 1) * MOST));
}

/**
 * Part by part, one after another: each key is judged by what was done before. Once something was done, what fails is said of
 * its keys, and the rest is left; before that, and in a dry run, the whole fails.
 */
async function partByPart(
  parts: readonly (readonly string[])[],
  dryRun: boolean,
  send: (part: readonly string[], at: number) => Promise<readonly Result[]>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const [at, part] of parts.entries()) {
    try {
      results.push(...(await send(part, at)));
    } catch (error) {
      if (dryRun || !results.some(({ outcome }) => outcome === 'changed')) throw error;
      const { message, problem } = error as ApiError;
      const why = { code: problem?.code ?? null, detail: message };
      const left = parts.slice(at).flat();
      return [
        ...results,
        ...left.map((id) => ({ id, name: null, masked: null, before: null, outcome: 'failed' as const, ...why })),
      ];
    }
  }
  return results;
}

/** `base`: the project or account, as in `/projects/prj_…`. */
export async function changeMany(
  base: string,
  ids: readonly string[],
  change: Change,
  dryRun: boolean,
): Promise<Outcome> {
  const send = async (part: readonly string[]) =>
    (await call<Answer>('POST', `${base}/keys/bulk-change`, { body: { ids: part, change, dryRun } })).results;
  return { results: await partByPart(partsOf(ids), dryRun, send), confirms: [] };
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
  const send = async (ids: readonly string[], at: number) =>
    (await call<DeletionAnswer>('POST', `${base}/keys/bulk-delete`, { body: { ids, confirm: confirms[at]?.confirm } }))
      .results;
  const parts = confirms.map(({ ids }) => ids);
  return { results: await partByPart(parts, false, send), confirms: [] };
}

/** Sets keys back to what the server says they were before a change. What had expired does so again. */
export async function takeBack(base: string, done: readonly Result[], change: Change): Promise<void> {
  const soon = new Date(Date.now() + SOON_MS).toISOString();
  const names = Object.keys(change) as (keyof Change)[];
  const backOf = (before: Required<Change>): Change => {
    const back = Object.fromEntries(names.map((name) => [name, before[name]])) as Change;
    return back.expiresAt && back.expiresAt < soon ? { ...back, expiresAt: soon } : back;
  };
  const changed = done.flatMap(({ id, outcome, before }) =>
    outcome === 'changed' && before ? [{ id, back: backOf(before) }] : [],
  );
  for (const keys of Map.groupBy(changed, ({ back }) => JSON.stringify(back)).values()) {
    const { back = {} } = keys[0] ?? {};
    const ids = keys.map(({ id }) => id);
    const { results } = await changeMany(base, ids, back, false);
    const refused = results.find(({ outcome }) => outcome === 'refused' || outcome === 'failed');
    if (refused) throw new Error(`${refused.name ?? refused.id}: ${refused.detail}`);
  }
}
