import type { Clock } from '../core/ambient.ts';
import type { KeyRecord } from '../core/authorise.ts';
import type { Key } from '../core/key.ts';
import type { KeyStore, KeyWithPlace } from '../core/keyStore.ts';
import { addressSet } from '../core/network.ts';
import { isElsewhere } from '../core/region.ts';
import { isLiving } from '../core/secret.ts';

/**
 * The keys in use, in memory, found by the hash of their value.
 *
 * What makes a change act on the very next request: the store is written first, then the key is evicted here, and a
 * read that was under way meanwhile is made again rather than kept (a fill must never bring a dead key back). Unknown
 * hashes are not remembered, so a key works as soon as it is made. Where other processes write too, an entry older
 * than `maxAgeMs` is read again: that is the bound on how long another node's change can be missed. A value that ended
 * during a rotation is unknown from its very millisecond on, because its end is read with it.
 */
export interface Keyring {
  /** At once when the key is in memory; misses of one turn of the event loop share one query. Store faults are thrown, never guessed over. */
  lookup(hash: string): KeyRecord | undefined | Promise<KeyRecord | undefined>;
  /** Forgets a key, and the temporary keys made from it. Call it after the change is stored. */
  evict(keyId: string): void;
  /** Forgets every key: something they share has changed. */
  evictAll(): void;
  /** Calls back after every eviction; undefined: all keys. */
  onEvict(listener: (keyId: string | undefined) => void): void;
}

interface Entry {
  readonly hash: string;
  readonly record: KeyRecord;
  readonly readAtMs: number;
}

/** Two generations of entries, each half of the capacity: an approximate least-recently-used cache with no bookkeeping on a hit. */
class Generation {
  readonly byHash = new Map<string, Entry>();
  /** A key has one value, two during rotation; and what hangs on it goes with it: those of its temporary keys are here too. */
  readonly hashesByKey = new Map<string, string[]>();

  put(entry: Entry): void {
    const { id, parentKeyId } = entry.record.key;
    const isKnown = this.byHash.has(entry.hash);
    if (!isKnown) this.#note(id, entry.hash);
    if (!isKnown && parentKeyId !== null) this.#note(parentKeyId, entry.hash);
    this.byHash.set(entry.hash, entry);
  }

  drop(keyId: string): void {
    for (const hash of this.hashesByKey.get(keyId) ?? []) {
      const entry = this.byHash.get(hash);
      if (entry) this.hashesByKey.delete(entry.record.key.id);
      this.byHash.delete(hash);
    }
    this.hashesByKey.delete(keyId);
  }

  #note(keyId: string, hash: string): void {
    const hashes = this.hashesByKey.get(keyId);
    if (hashes) hashes.push(hash);
    else this.hashesByKey.set(keyId, [hash]);
  }
}

/** One query under way, and what was evicted meanwhile. */
interface Fill {
  readonly waiting: Map<string, PromiseWithResolvers<KeyRecord | undefined>>;
  readonly evicted: Set<string>;
  evictedAll: boolean;
}

const FILL_SIZE = 200;

export function createKeyring(options: {
  keys: Pick<KeyStore, 'findByHashes'>;
  clock: Clock;
  capacity: number;
  maxAgeMs: number;
  /** Of this node; left out or null: there are none. */
  region?: string | null;
}): Keyring {
  const { keys, clock, maxAgeMs, region = null } = options;
  const half = Math.max(1, Math.floor(options.capacity / 2));
  let young = new Generation();
  let old = new Generation();
  let gathering: Fill | undefined;
  const underWay = new Set<Fill>();
  const listeners: ((keyId: string | undefined) => void)[] = [];

  function put(entry: Entry): void {
    if (young.byHash.size >= half) {
      old = young;
      young = new Generation();
    }
    young.put(entry);
  }

  function cached(hash: string): KeyRecord | undefined {
    let entry = young.byHash.get(hash);
    if (!entry) {
      entry = old.byHash.get(hash);
      if (!entry) return undefined;
      put(entry);
    }
    if (maxAgeMs === Infinity) return entry.record;
    const ageMs = clock() - entry.readAtMs;
    // Negative when the clock was put back: how old the entry really is cannot be told.
    return ageMs >= 0 && ageMs <= maxAgeMs ? entry.record : undefined;
  }

  function enqueue(hash: string): Promise<KeyRecord | undefined> {
    if (!gathering || gathering.waiting.size >= FILL_SIZE) {
      const fill: Fill = { waiting: new Map(), evicted: new Set(), evictedAll: false };
      gathering = fill;
      setImmediate(() => void run(fill));
    }
    const same = gathering.waiting.get(hash);
    if (same) return same.promise;
    const waiter = Promise.withResolvers<KeyRecord | undefined>();
    gathering.waiting.set(hash, waiter);
    return waiter.promise;
  }

  function keep(hash: string, found: KeyWithPlace, readAtMs: number): KeyRecord | undefined {
    const record = toRecord(found, isElsewhere(region, found.key.region));
    put({ hash, record, readAtMs });
    return living(record);
  }

  function living(record: KeyRecord): KeyRecord | undefined {
    return record.secret === undefined || isLiving(record.secret, clock()) ? record : undefined;
  }

  async function run(fill: Fill): Promise<void> {
    if (gathering === fill) gathering = undefined;
    underWay.add(fill);
    try {
      const readAtMs = clock();
      const rows = await keys.findByHashes([...fill.waiting.keys()]);
      for (const { hash, found } of rows) {
        const waiter = fill.waiting.get(hash);
        if (!waiter) continue;
        fill.waiting.delete(hash);
        if (fill.evictedAll || isOneOf(fill.evicted, found.key)) waiter.resolve(enqueue(hash));
        else settle(waiter, () => keep(hash, found, readAtMs));
      }
      for (const waiter of fill.waiting.values()) waiter.resolve(undefined);
    } catch (error) {
      for (const waiter of fill.waiting.values()) waiter.reject(error);
    } finally {
      underWay.delete(fill);
    }
  }

  return {
    lookup(hash) {
      const record = cached(hash);
      return record ? living(record) : enqueue(hash);
    },
    evict(keyId) {
      young.drop(keyId);
      old.drop(keyId);
      for (const fill of underWay) fill.evicted.add(keyId);
      for (const listener of listeners) listener(keyId);
    },
    evictAll() {
      young = new Generation();
      old = new Generation();
      for (const fill of underWay) fill.evictedAll = true;
      for (const listener of listeners) listener(undefined);
    },
    onEvict: (listener) => void listeners.push(listener),
  };
}

/** A row that cannot be understood fails its own request, and not those that were read with it. */
function settle<T>(waiter: PromiseWithResolvers<T>, make: () => T): void {
  try {
    waiter.resolve(make());
  } catch (error) {
    waiter.reject(error);
  }
}

/** Whether the key, or the one it was made from, is among those. */
function isOneOf(keyIds: ReadonlySet<string>, { id, parentKeyId }: Pick<Key, 'id' | 'parentKeyId'>): boolean {
  return keyIds.has(id) || (parentKeyId !== null && keyIds.has(parentKeyId));
}

/** What the decision needs of a key: its address lists compiled. `elsewhere`: it is of another region. */
export function toRecord(found: KeyWithPlace, elsewhere = false): KeyRecord {
  const { key, project, account, projectLists, parent, user, secret } = found;
  return {
    key,
    project,
    account,
    allow: addressSet(key.ipAllow),
    deny: addressSet(key.ipDeny),
    ...(projectLists && {
      projectAllow: addressSet(projectLists.ipAllow),
      projectDeny: addressSet(projectLists.ipDeny),
    }),
    ...(parent && { parent: { key: parent, allow: addressSet(parent.ipAllow), deny: addressSet(parent.ipDeny) } }),
    ...(user && { user }),
    ...(elsewhere && { elsewhere }),
    ...(secret && { secret }),
  };
}
