import type { Clock } from '../core/ambient.ts';
import type { Caller, Place } from '../core/caller.ts';
import { Fault, invalidField, notFound } from '../core/fault.ts';
import type { Key, KeyChange } from '../core/key.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { LedgerStore } from '../core/ports.ts';
import type { Permission } from '../core/role.ts';
import type { Access } from './access.ts';
import type { Confirmations } from './confirmation.ts';
import type { KeyFilter, Keys } from './keys.ts';

/** Which keys of a place: those named, or those a filter finds. At most MOST_KEYS of them in one go. */
export type Choice =
  | { readonly ids: readonly string[] }
  | { readonly filter: Omit<KeyFilter, 'limit'>; readonly limit: number };

/** What can be set on many keys at once. */
export type BulkChange = Pick<KeyChange, 'status' | 'expiresAtMs' | 'environment' | 'limitTemplateId' | 'groupId'>;

export interface BulkResult {
  readonly id: string;
  /** As it was before; null where the caller may not know it. */
  readonly key: Key | null;
  /** `unchanged`: it is so already. `refused`: by its rules or the caller’s rights. `failed`: the server could not, or did not try. */
  readonly outcome: 'changed' | 'unchanged' | 'refused' | 'failed';
  /** Why it was refused or failed; a Fault unless it is a bug. */
  readonly error: unknown;
}

export interface BulkAnswer {
  readonly results: readonly BulkResult[];
  /** Of the filter, where it finds more. */
  readonly nextCursor: string | null;
}

/** What someone about to delete keys should look at, and the token that says they did. */
export interface BulkDeletionCheck extends BulkAnswer {
  /** By key. */
  readonly requestsLast24h: ReadonlyMap<string, number>;
  readonly confirm: { readonly token: string; readonly expiresAtMs: number };
}

/**
 * One thing done to many keys. Each is judged by itself, by the same rules as if it were asked alone, and each change is a
 * transaction of its own: the answer says of every key what became of it. `dryRun` judges and changes nothing.
 */
export interface Bulk {
  change(
    caller: Caller,
    place: Place,
    choice: Choice,
    asked: { readonly change: BulkChange; readonly dryRun: boolean },
  ): Promise<BulkAnswer>;
  checkDeletion(caller: Caller, place: Place, choice: Choice): Promise<BulkDeletionCheck>;
  /** `confirm` is the token of `checkDeletion`: with any other, or when one of those keys has changed since, nothing is deleted. */
  remove(caller: Caller, place: Place, choice: Choice, confirm: string): Promise<BulkAnswer>;
}

export const MOST_KEYS = 200;
const DAY_MS = 86_400_000;

type Attempt = (id: string) => Promise<Pick<BulkResult, 'key' | 'outcome'>>;

export function createBulk(options: {
  keys: Pick<Keys, 'judge' | 'change' | 'list' | 'remove'>;
  keyStore: Pick<KeyStore, 'get'>;
  ledger: Pick<LedgerStore, 'usage'>;
  access: Pick<Access, 'key'>;
  confirmations: Confirmations;
  clock: Clock;
}): Bulk {
  const { keys, keyStore, ledger, access, confirmations, clock } = options;

  async function chosen(place: Place, choice: Choice): Promise<{ ids: readonly string[]; nextCursor: string | null }> {
    if ('ids' in choice) return { ids: [...new Set(choice.ids)], nextCursor: null };
    const { data, nextCursor } = await keys.list(place, { ...choice.filter, limit: choice.limit });
    return { ids: data.map(({ id }) => id), nextCursor };
  }

  async function known(caller: Caller, place: Place, permission: Permission, id: string): Promise<Key> {
    const key = await keyStore.get(id);
    const isHere =
      key?.deletedAtMs === null &&
      key.accountId === place.accountId &&
      (place.projectId === null || key.projectId === place.projectId);
    if (!isHere) throw notFound('key', id);
    await access.key(caller, permission, key);
    return key;
  }

  async function each(ids: readonly string[], attempt: Attempt): Promise<BulkResult[]> {
    const results: BulkResult[] = [];
    let broken: { readonly error: unknown } | undefined;
    for (const id of ids) {
      if (broken) {
        results.push({ id, key: null, outcome: 'failed', error: NOT_TRIED });
        continue;
      }
      try {
        results.push({ id, ...(await attempt(id)), error: null });
      } catch (error) {
        const isRefusal = error instanceof Fault && error.status < 500;
        if (!isRefusal) broken = { error };
        results.push({ id, key: null, outcome: isRefusal ? 'refused' : 'failed', error });
      }
    }
    // As long as nothing was done, the whole can fail.
    if (broken && !results.some(({ outcome }) => outcome === 'changed')) throw broken.error;
    return results;
  }

  const judgingDeletion =
    (caller: Caller, place: Place): Attempt =>
    async (id) => {
      const key = await known(caller, place, 'keys.delete', id);
      refuseItself(caller, key);
      return { key, outcome: 'changed' };
    };

  return {
    async change(caller, place, choice, { change, dryRun }) {
      const { ids, nextCursor } = await chosen(place, choice);
      const results = await each(ids, async (id) => {
        const key = await known(caller, place, 'keys.change', id);
        refuseItself(caller, key);
        if (isSo(key, change)) return { key, outcome: 'unchanged' };
        if (dryRun || change.groupId !== undefined) {
          // A group may have been named by its name.
          const judged = await keys.judge(caller, id, change);
          if (isSo(key, judged.change)) return { key, outcome: 'unchanged' };
        }
        if (!dryRun) await keys.change(caller, id, change);
        return { key, outcome: 'changed' };
      });
      return { results, nextCursor };
    },

    async checkDeletion(caller, place, choice) {
      const { ids, nextCursor } = await chosen(place, choice);
      const results = await each(ids, judgingDeletion(caller, place));
      const nowMs = clock();
      const usage = { ...place, fromMs: nowMs - DAY_MS, toMs: nowMs + 1, groupBy: ['key'] } as const;
      const rows = await ledger.usage(usage);
      return {
        results,
        nextCursor,
        requestsLast24h: new Map(rows.map(({ group, requests }) => [group.key ?? '', requests])),
        confirm: confirmations.issue(...doomed(results)),
      };
    },

    async remove(caller, place, choice, confirm) {
      const { ids, nextCursor } = await chosen(place, choice);
      const judged = await each(ids, judgingDeletion(caller, place));
      if (!confirmations.isGood(confirm, ...doomed(judged))) throw invalidField('/confirm', STALE);
      const before = new Map(judged.map((one) => [one.id, one]));
      const results = await each(ids, async (id) => {
        const { key, error } = before.get(id) ?? { key: null, error: NOT_TRIED };
        if (key === null) throw error;
        await keys.remove(caller, id, confirmations.issue(key).token);
        return { key, outcome: 'changed' };
      });
      return { results, nextCursor };
    },
  };
}

function doomed(results: readonly BulkResult[]): Key[] {
  return results.flatMap(({ key, outcome }) => (key !== null && outcome === 'changed' ? [key] : []));
}

function isSo(key: Key, change: KeyChange): boolean {
  const names = Object.keys(change) as (keyof KeyChange)[];
  return names.every((name) => change[name] === undefined || change[name] === key[name]);
}

function refuseItself(caller: Caller, key: Key): void {
  if (caller.id === key.id) throw new Fault('conflict', ITSELF);
}

const ITSELF =
  'This is the key that calls: it would end in the middle of its work. Name it alone, in a call of its own.';
const NOT_TRIED = new Fault(
  'store_unavailable',
  'This key was not tried, because the one before it failed. Send it again.',
);
const STALE =
  'This confirmation is not good for these keys as they are now. Send this again without it, look at what would be deleted, and use the new one.';
