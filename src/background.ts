import type { Logger } from 'pino';

/** Does something again and again, one at a time. */
export function every(ms: number, work: () => unknown, log: Logger): NodeJS.Timeout {
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
export async function abandonLost(lease: { sweep(): Promise<number> }, log: Logger): Promise<void> {
  const found = await lease.sweep();
  if (found > 0)
    log.warn(
      { found },
      'calls of a node that died were found; they stay charged as reserved until they are waived or adjusted',
    );
}
