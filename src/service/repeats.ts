/**
 * Keeps refused attempts from filling the audit log, which is kept for ever: of the same one by the same caller a row each
 * minute, and of one caller no more than so many rows each hour. Those that leave no row are counted, and the caller's
 * next row says how many they were. Counted by each node for itself, in memory.
 */
export interface Repeats {
  /** How many before this one left no row; null: this one leaves none either. */
  admit(actorId: string, attempt: string, nowMs: number): number | null;
}

export const MOST_REFUSALS_PER_HOUR = 120;
const SAME_MS = 60_000;
const HOUR_MS = 60 * SAME_MS;
const MOST_ACTORS = 10_000;

interface Told {
  readonly sinceMs: number;
  readonly last: Map<string, number>;
  rows: number;
  unrecorded: number;
}

export function createRepeats(): Repeats {
  const told = new Map<string, Told>();

  function of(actorId: string, nowMs: number): Told {
    const known = told.get(actorId);
    if (known && nowMs - known.sinceMs < HOUR_MS) return known;
    const fresh: Told = { sinceMs: nowMs, last: new Map(), rows: 0, unrecorded: known?.unrecorded ?? 0 };
    told.delete(actorId);
    told.set(actorId, fresh);
    const [oldest] = told.keys();
    if (told.size > MOST_ACTORS && oldest !== undefined) told.delete(oldest);
    return fresh;
  }

  return {
    admit(actorId, attempt, nowMs) {
      const actor = of(actorId, nowMs);
      const last = actor.last.get(attempt);
      if (actor.rows >= MOST_REFUSALS_PER_HOUR || (last !== undefined && nowMs - last < SAME_MS)) {
        actor.unrecorded += 1;
        return null;
      }
      const { unrecorded } = actor;
      actor.last.set(attempt, nowMs);
      actor.rows += 1;
      actor.unrecorded = 0;
      return unrecorded;
    },
  };
}
