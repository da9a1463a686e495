import type { Clock } from '../core/ambient.ts';
import type { Store } from '../core/ports.ts';
import type { ShownSetting, SystemLook } from '../core/system.ts';
import type { Directory } from './directory.ts';
import type { Lease } from './lease.ts';
import { patiently } from './patience.ts';
import type { Pulse } from './pulse.ts';
import type { Stopwatch } from './stopwatch.ts';

/** What a process knows of itself. */
export interface SystemFacts {
  /** Of Keyward. */
  readonly version: string;
  /** What runs it, such as `Node 26.1.0`. */
  readonly runtime: string;
  readonly startedAtMs: number;
  readonly nodeId: string;
  readonly lease: Pick<Lease, 'term'>;
  /** Times that calls under way are looked at. */
  readonly sweeps: Pulse;
  /** How far apart those are meant to be. */
  readonly sweepMs: number;
  /** For how long a key is decided by as it was read; 0: changes can only be made here, and act at once. */
  readonly keyAgeMs: number;
  readonly stopwatch: Stopwatch;
  readonly settings: readonly ShownSetting[];
}

/** How this node and its store stand. */
export interface SystemView extends SystemLook {
  readonly facts: SystemFacts;
  readonly engine: Store['engine'];
  readonly nowMs: number;
  /** Milliseconds that a write and a read of the store took; null: they failed. */
  readonly checkMs: number | null;
  readonly holdsLease: boolean;
  /** How long ago the catalogue was read that is decided by; null: nobody else can change it. */
  readonly catalogueAgeMs: number | null;
  readonly worstSweep: { readonly gapMs: number; readonly atMs: number } | null;
  /** Why this node is not ready; none: it is. */
  readonly reasons: readonly string[];
}

/** How long a change made on another node can be missed at most. */
export const PROMISED_MS = 1000;

/** Reads how the system stands. Throws `store_unavailable` where the store cannot even be read. */
export type ReadSystem = () => Promise<SystemView>;

export function createSystemReader(options: {
  store: Pick<Store, 'engine' | 'system' | 'check'>;
  directory: Pick<Directory, 'ageMs' | 'current'>;
  facts: SystemFacts;
  clock: Clock;
}): ReadSystem {
  const { store, directory, facts, clock } = options;

  return async () => {
    const look = await patiently(store.system.look());
    const sinceCheck = facts.stopwatch();
    const isWritable = await patiently(store.check()).then(
      () => true,
      () => false,
    );
    const checkMs = isWritable ? sinceCheck() : null;
    const holdsLease = facts.lease.term() !== null;
    const catalogueAgeMs = directory.ageMs();
    const isCatalogueOld = directory.current() !== undefined;
    return {
      ...look,
      facts,
      engine: store.engine,
      nowMs: clock(),
      checkMs,
      holdsLease,
      catalogueAgeMs,
      worstSweep: facts.sweeps.worst(),
      reasons: [
        ...(isWritable ? [] : ['The store can be read, and not written: is its disk full, or is it a standby?']),
        ...(holdsLease ? [] : ['This node has lost its lease, and admits nobody until it has renewed it.']),
        ...(isCatalogueOld ? ['The catalogue is older than it may be, and is being read.'] : []),
      ],
    };
  };
}
