import type { Clock } from '../core/ambient.ts';

/** Begins to count; what it answers tells the milliseconds since then. */
export type Stopwatch = () => () => number;

/**
 * Counts by two clocks, and the longer time holds: one of them can be put back, the other stands still while the machine
 * sleeps. So whatever must not be older than a bound may be taken for too old, and never for too young.
 */
export function createStopwatch(clock: Clock, steadyClock: Clock): Stopwatch {
  return () => {
    const [atMs, steadyAtMs] = [clock(), steadyClock()];
    return () => Math.max(clock() - atMs, steadyClock() - steadyAtMs);
  };
}
