import type { Page, Request } from 'playwright-core';

/** What a page waits for, and how much it ever asked for. */
interface Traffic {
  readonly underWay: Set<Request>;
  asked: number;
  /** Called when nothing is under way any more. */
  whenQuiet: (() => void) | undefined;
}

const traffic = new WeakMap<Page, Traffic>();

/** From its first request on. */
export function watch(page: Page): void {
  const seen: Traffic = { underWay: new Set(), asked: 0, whenQuiet: undefined };
  traffic.set(page, seen);
  page.on('request', (request) => {
    seen.underWay.add(request);
    seen.asked += 1;
  });
  const end = (request: Request): void => {
    seen.underWay.delete(request);
    if (seen.underWay.size === 0) seen.whenQuiet?.();
  };
  page.on('requestfinished', end);
  page.on('requestfailed', end);
}

/**
 * Resolves when a page has all that it asked for, has drawn it and moves no more: nothing is under way, and nothing has been
 * asked for while it went idle, drew and ended what moved. It takes no longer than the page itself, where `networkidle`
 * always takes half a second more.
 */
export async function settled(page: Page): Promise<void> {
  const seen = traffic.get(page);
  if (!seen) throw new Error('This page was not opened by the kit');
  for (;;) {
    if (seen.underWay.size > 0) await new Promise<void>((quiet) => (seen.whenQuiet = quiet));
    const { asked } = seen;
    await page.evaluate(STILL);
    if (seen.underWay.size === 0 && seen.asked === asked) return;
  }
}

/** Idle, two frames later, and with the end of every movement that has one. */
const STILL = `(async () => {
  await new Promise((done) => requestIdleCallback(done, { timeout: 5000 }));
  for (const _ of [1, 2]) await new Promise((done) => requestAnimationFrame(done));
  const moving = document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity);
  await Promise.allSettled(moving.map(({ finished }) => finished));
})()`;
