import type { Clock } from '../core/ambient.ts';
import type { Stopwatch } from './stopwatch.ts';

/** How far apart the beats of something came that is done again and again. */
export interface Pulse {
  beat(): void;
  /** Of the last hour. */
  worst(): { readonly gapMs: number; readonly atMs: number } | null;
}

const MINUTE_MS = 60_000;
const MINUTES_KEPT = 60;

/** Keeps the longest gap of each of the last sixty minutes. */
export function createPulse(clock: Clock, stopwatch: Stopwatch): Pulse {
  const kept: { gapMs: number; atMs: number }[] = [];
  let sinceBeat: (() => number) | undefined;

  function forget(nowMs: number): void {
    while (kept[0] && kept[0].atMs <= nowMs - MINUTES_KEPT * MINUTE_MS) kept.shift();
  }

  return {
    beat() {
      const nowMs = clock();
      const gapMs = sinceBeat?.();
      sinceBeat = stopwatch();
      if (gapMs === undefined) return;
      const last = kept.at(-1);
      const isSameMinute = last && Math.floor(last.atMs / MINUTE_MS) === Math.floor(nowMs / MINUTE_MS);
      if (!isSameMinute) kept.push({ gapMs, atMs: nowMs });
      else if (gapMs > last.gapMs) Object.assign(last, { gapMs, atMs: nowMs });
      forget(nowMs);
    },
    worst() {
      forget(clock());
      return kept.reduce<{ gapMs: number; atMs: number } | null>(
        (most, one) => (most && most.gapMs >= one.gapMs ? most : { ...one }),
        null,
      );
    },
  };
}
