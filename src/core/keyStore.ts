import type { Account, Project } from './account.ts';
import type { ClusterUser } from './clusterUser.ts';
import type { StandingFinding } from './hygiene.ts';
import type { Key, KeyChange, KeyClass, KeyState, ParentKey } from './key.ts';
import type { StoredLimit } from './limitStore.ts';
import type { PageQuery, Page, Within } from './page.ts';
import type { AddressLists } from './policy.ts';
import type { Replay } from './replay.ts';
import type { NewSecret, SecretEnd } from './secret.ts';

/** Of the findings (core/hygiene) `true` wants keys that have it, `false` those that have it not. */
export interface KeyQuery extends PageQuery, Within, Readonly<Partial<Record<StandingFinding, boolean>>> {
  /** Found in name, description or masked value, case ignored. */
  readonly search?: string;
  readonly class?: KeyClass;
  /** Temporary keys of that key. */
  readonly parentKeyId?: string;
  /** As shown: `expired` is computed from `nowMs`. */
  readonly state?: KeyState;
  readonly environment?: string;
  readonly createdBy?: string;
  readonly groupId?: string;
  readonly limitTemplateId?: string;
  readonly region?: string;
  /** Only those whose range names this model, endpoint or service; those that open everything are not among them. */
  readonly resourceId?: string;
  /** Not used since then: last used before it, or never used and created before it. */
  readonly unusedSinceMs?: number;
  readonly createdBeforeMs?: number;
  readonly nowMs: number;
}

export interface KeyWithPlace {
  readonly key: Key;
  readonly project: Project | null;
  readonly account: Account;
  /** The value it was found by; left out where that is none of a key's. */
  readonly secret?: SecretEnd;
  /** Of the project; left out where both are empty. */
  readonly projectLists?: AddressLists;
  /** Of a temporary key: what it was made from. */
  readonly parent?: ParentKey;
  /** Where it is a cluster user, whom the key stands for. */
  readonly user?: ClusterUser;
}

export interface KeyUse {
  readonly keyId: string;
  /** By which of its values, where that is known. */
  readonly secretId?: string | undefined;
  readonly atMs: number;
  readonly address: string | null;
}

export interface KeyStore {
  /** The keys behind hashes, in any order, hash beside each; unknown hashes are left out. Deleted keys are found too. */
  findByHashes(hashes: readonly string[]): Promise<{ hash: string; found: KeyWithPlace }[]>;
  /**
   * Writes key, secret and the key's own limits in one step. With a replay whose owner and token were used before,
   * writes nothing and answers what that creation made, and its fingerprint. `capped`: throws Fault `quota_exceeded`
   * where the account, the project or the person who makes it has all keys they may have, and always of a temporary key
   * whose parent has `MOST_TEMPORARY` of them. `not_found` where its parent is gone, or the value of that it was made with.
   */
  create(
    key: Key,
    secret: NewSecret,
    replay?: Replay,
    limits?: readonly StoredLimit[],
    options?: { readonly capped: boolean },
  ): Promise<{ created: true } | { created: false; keyId: string; fingerprint: string }>;
  /** What an earlier creation with this replay's owner and token made; undefined when there was none, or it is forgotten. */
  findReplay(replay: Replay): Promise<{ keyId: string; fingerprint: string } | undefined>;
  /** Deleted keys are found too. */
  get(id: string): Promise<Key | undefined>;
  /** Deleted keys are left out. Newest first. */
  list(query: KeyQuery): Promise<Page<Key>>;
  /** Writes only the members of `change`; undefined when there is no such key or it was deleted. */
  update(id: string, change: KeyChange, nowMs: number): Promise<Key | undefined>;
  /** Turns the key into a tombstone, once, and its temporary keys with it; undefined when there was nothing to delete. */
  remove(id: string, nowMs: number): Promise<Key | undefined>;
  /** Last use; never moves it backwards. */
  touch(uses: readonly KeyUse[]): Promise<void>;
  /** Turns temporary keys that ended before a time into tombstones, with their own limits; at most so many. Answers how many. */
  buryEnded(beforeMs: number, nowMs: number, most: number): Promise<number>;
}
