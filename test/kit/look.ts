import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { repositoryRoot } from './repository.ts';
import { settled } from './settled.ts';

/** What the pages looked like, for people to look at. Not in git. */
const SHOTS = join(repositoryRoot, 'test', 'browser', 'screenshots');

/**
 * What is wrong with how a page looks, once it is there and still: wider than its window, or a rule of WCAG 2.2 AA broken.
 * It is kept as a picture, in its whole length, under `name`, its language and its width.
 */
export async function look(page: Page, name: string): Promise<string[]> {
  await page.locator('main h1').waitFor();
  await settled(page);
  const { width = 0 } = page.viewportSize() ?? {};
  const locale = await page.evaluate<string>('document.documentElement.lang');
  mkdirSync(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}-${locale}-${width}.png`), fullPage: true });
  const widest = await page.evaluate<number>('document.documentElement.scrollWidth');
  return [...(widest > width ? [`${widest} wide in a window of ${width}`] : []), ...(await violations(page))];
}

const require = createRequire(import.meta.url);
let axeSource: string | undefined;

async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate<boolean>('"axe" in globalThis'))) {
    axeSource ??= readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
    await page.evaluate(axeSource);
  }
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const found = await axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
      resultTypes: ['violations'],
    });
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  });
}
