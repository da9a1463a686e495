import type { Logger } from 'pino';

const FLUSH_MS = 5000;
const NOTICE_MS = 1000;
const CLEANING_MS = 60_000;
const DELIVERY_MS = 2000;
const OWED_MS = 1000;
/** On Postgres other processes may write: what is in memory is at most this old. With the sweep this bounds a missed change to under a second. */
export const SHARED_MAX_AGE_MS = 500;

interface Lease {
  renew(): Promise<unknown>;
  sweep(): Promise<number>;
}

/** What a running server does besides answering. */
interface BackgroundWork {
  readonly notices: () => unknown;
  readonly sweepNotices: () => unknown;
  readonly sweepSessions: () => unknown;
  /** Takes temporary keys that ended long ago off the lists. */
  readonly sweepTemporaryKeys: () => unknown;
  readonly deliveries: () => unknown;
  /** Writes what is only noted. */
  readonly flush: () => unknown;
  readonly sweepCalls: () => unknown;
  /** Tries again to record calls that could not be. */
  readonly owed: () => unknown;
  /** Reads the catalogue that other processes may have changed. */
  readonly reload?: () => unknown;
}

/** Starts it, and answers what stops it. */
export function startBackground(
  work: BackgroundWork,
  { lease, leaseMs, sweepMs, log }: { lease: Lease; leaseMs: number; sweepMs: number; log: Logger },
): () => void {
  const timers = [
    every(NOTICE_MS, work.notices, log),
    every(CLEANING_MS, work.sweepNotices, log),
    every(CLEANING_MS, work.sweepSessions, log),
    every(CLEANING_MS, work.sweepTemporaryKeys, log),
    every(DELIVERY_MS, work.deliveries, log),
    every(FLUSH_MS, work.flush, log),
    every(sweepMs, work.sweepCalls, log),
    every(OWED_MS, work.owed, log),
    every(leaseMs / 5, () => lease.renew(), log),
    every(leaseMs, () => abandonLost(lease, log), log),
    ...(work.reload ? [every(SHARED_MAX_AGE_MS, work.reload, log)] : []),
  ];
  return () => timers.forEach((timer) => clearInterval(timer));
}

/** Does something again and again, one at a time. */
function every(ms: number, work: () => unknown, log: Logger): NodeJS.Timeout {
  let running = false;
  return setInterval(() => {
    if (running) return;
    running = true;
    Promise.resolve()
      .then(work)
      .catch((error: unknown) => log.error({ err: error }, 'background work failed; it is tried again'))
      .finally(() => (running = false));
  }, ms).unref();
}

/** Finds calls whose node died before they were settled. They stay charged until someone decides otherwise. */
export async function abandonLost(lease: Pick<Lease, 'sweep'>, log: Logger): Promise<void> {
  const found = await lease.sweep();
  if (found > 0)
    log.warn(
      { found },
      'calls of a node that died were found; they stay charged as reserved until they are waived or adjusted',
    );
}

/** Waits for something, but no longer than so many milliseconds. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, ms).unref())]);
}
