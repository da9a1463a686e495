import type { Clock } from '../core/ambient.ts';
import type { KeyRecord } from '../core/authorise.ts';
import type { DenialCode } from '../core/denial.ts';
import type { DenialCount } from '../core/ledger.ts';
import type { LedgerStore } from '../core/ports.ts';

/**
 * Refusals, counted by hour, key, code, route and address. However many there are, an hour holds a bounded number of
 * counts per process: past the bounds the address, then the key, is no longer told apart. What strangers send has
 * a bound of its own, so that a flood of bad keys cannot blot out what is refused to real ones.
 */
export interface Denials {
  note(denial: { readonly code: DenialCode; readonly record?: KeyRecord }, route: string, address: string | null): void;
  /** Writes what has been counted. Called every few seconds and at the stop; on failure the counts are kept. */
  flush(): Promise<void>;
}

const HOUR_MS = 3_600_000;

/** Most counts of each level in one hour; codes and routes are few, so the level below them always fits. */
const MOST = { stranger: 500, keyAndAddress: 1000, key: 1000 } as const;
type Level = keyof typeof MOST;

/** Most counts waiting to be written, for a store that is away for hours. */
const MOST_WAITING = 10_000;

export function createDenials(options: { ledger: Pick<LedgerStore, 'countDenials'>; clock: Clock }): Denials {
  let counts = new Map<string, DenialCount>();
  let seen = noneSeen();
  let seenHourMs = 0;
  let writing: Promise<void> = Promise.resolve();

  /** Whether a count may be told apart at its level this hour; remembers those that are. */
  function apart(level: Level, one: DenialCount): boolean {
    if (one.hourMs !== seenHourMs) {
      seen = noneSeen();
      seenHourMs = one.hourMs;
    }
    const kind = kindOf(one);
    if (seen[level].has(kind)) return true;
    if (seen[level].size >= MOST[level] || counts.size >= MOST_WAITING) return false;
    seen[level].add(kind);
    return true;
  }

  function add(one: DenialCount): void {
    const kind = kindOf(one);
    const known = counts.get(kind);
    counts.set(kind, known ? added(known, one) : one);
  }

  async function write(): Promise<void> {
    if (counts.size === 0) return;
    const batch = counts;
    counts = new Map();
    try {
      await options.ledger.countDenials([...batch.values()]);
    } catch (error) {
      for (const one of batch.values()) add(one);
      throw error;
    }
  }

  return {
    note(denial, route, address) {
      const atMs = options.clock();
      const key = denial.record?.key;
      const one: DenialCount = {
        accountId: key?.accountId ?? '',
        projectId: key?.projectId ?? '',
        keyId: key?.id ?? '',
        code: denial.code,
        route,
        address: address ?? '',
        hourMs: atMs - (atMs % HOUR_MS),
        count: 1,
        firstAtMs: atMs,
        lastAtMs: atMs,
      };
      if (apart(key ? 'keyAndAddress' : 'stranger', one)) return add(one);
      const anywhere = { ...one, address: '' };
      if (key && apart('key', anywhere)) return add(anywhere);
      add({ ...anywhere, accountId: '', projectId: '', keyId: '' });
    },
    flush() {
      // One after the other: the last one, at the stop, returns when an earlier one has ended too.
      writing = writing.catch(() => undefined).then(write);
      return writing;
    },
  };
}

function noneSeen(): Record<Level, Set<string>> {
  return { stranger: new Set(), keyAndAddress: new Set(), key: new Set() };
}

function kindOf(one: DenialCount): string {
  return `${one.hourMs}|${one.keyId}|${one.code}|${one.route}|${one.address}`;
}

function added(a: DenialCount, b: DenialCount): DenialCount {
  return {
    ...a,
    count: a.count + b.count,
    firstAtMs: Math.min(a.firstAtMs, b.firstAtMs),
    lastAtMs: Math.max(a.lastAtMs, b.lastAtMs),
  };
}
