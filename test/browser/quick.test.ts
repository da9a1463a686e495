// How light and how quick the page of keys is. What is a duration is printed; what is asserted is sizes and orders.

import type { Page, Request } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startConsole, type TestConsole } from '../kit/browser.ts';

let console: TestConsole;

beforeAll(async () => {
  console = await startConsole();
});
afterAll(() => console.close());

/** A browser that was signed in before, and has nothing else. */
async function returning(): Promise<Page> {
  const { page } = await console.signedIn();
  await page.getByRole('row').first().waitFor();
  const storageState = await page.context().storageState();
  await page.context().close();
  return (await console.open({ storageState })).page;
}

async function atKeys(page: Page): Promise<void> {
  await page.getByRole('row').filter({ hasText: 'Name' }).waitFor();
  await page.waitForLoadState('networkidle');
}

/** Keeps what the page does when it has nothing else to do until it is let go. */
async function keepBusy(page: Page): Promise<() => Promise<void>> {
  await page.addInitScript(`
    window.kept = new Map();
    window.requestIdleCallback = (work) => (window.kept.set(window.kept.size + 1, work), window.kept.size);
    window.cancelIdleCallback = (id) => window.kept.set(id, () => {});`);
  return () => page.evaluate<void>(`window.kept.forEach((work) => work())`);
}

test('the page of keys comes in under 320 KB over the wire, in few answers', async () => {
  const page = await returning();
  await keepBusy(page);
  const sizes: Promise<number>[] = [];
  page.on('requestfinished', (request) => {
    sizes.push(
      request.sizes().then(({ responseBodySize, responseHeadersSize }) => responseBodySize + responseHeadersSize),
    );
  });
  await page.goto('/');
  await atKeys(page);
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  process.stdout.write(`The page of keys: ${(bytes / 1000).toFixed(0)} KB over the wire, in ${sizes.length} answers\n`);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(320_000);
  expect(sizes.length).toBeLessThan(20);
});

test.each(['/', 'the page itself'])(
  'no answer of the page of keys is waited for by way of more than one other, from %s',
  async (from) => {
    const page = await returning();
    if (from !== '/') {
      await page.goto('/');
      await atKeys(page);
    }
    const steps = new Map<Request, number>();
    let done = 0;
    page.on('request', (request) => {
      // The count of new notices beside the list of pages: nothing of the page waits for it.
      const isAside = request.url().includes('/notices/unread');
      if (request.url().includes('/api/v1/') && !isAside) steps.set(request, done + 1);
    });
    page.on('requestfinished', (request) => {
      done = Math.max(done, steps.get(request) ?? 0);
    });
    await (from === '/' ? page.goto('/') : page.reload());
    await atKeys(page);
    const [first, others] = [1, 2].map((step) =>
      [...steps].filter(([, at]) => at === step).map(([request]) => new URL(request.url()).pathname),
    );
    const asked = expect.arrayContaining([expect.stringMatching(/session$/), expect.stringMatching(/projects$/)]);
    expect(first).toEqual(asked);
    expect(
      first?.some((path) => path.endsWith('/keys')),
      String(first),
    ).toBe(true);
    expect(Math.max(...steps.values()), String(others)).toBeLessThanOrEqual(2);
  },
);

test('what one does in the page of keys is answered at once', async () => {
  const { page } = await console.signedIn();
  await atKeys(page);
  /** Milliseconds from a click to the next picture that shows what it asked for. */
  const measure = (click: string, shown: string) =>
    page.evaluate<number>(`new Promise((resolve) => {
      const startedMs = performance.now();
      const look = () => document.querySelector(${JSON.stringify(shown)})
        ? resolve(performance.now() - startedMs) : requestAnimationFrame(look);
      document.querySelector(${JSON.stringify(click)}).click();
      look();
    })`);
  const first = await measure('main .ant-btn-primary', '.ant-drawer-open input');
  await page.keyboard.press('Escape');
  await page.locator('.ant-drawer-open').waitFor({ state: 'hidden' });
  const drawer = await measure('main .ant-btn-primary', '.ant-drawer-open input');
  await page.keyboard.press('Escape');
  await page.locator('.ant-drawer-open').waitFor({ state: 'hidden' });
  const filter = await measure('[role=search] input[type=checkbox]', '[role=search] .ant-btn-link');
  process.stdout.write(
    `Creation drawer: ${drawer.toFixed(0)} ms (${first.toFixed(0)} ms the first time); a filter: ${filter.toFixed(0)} ms\n`,
  );
  await expect.poll(() => page.url()).toContain('mine=true');
});

test('the form of a new key is fetched when the page is idle, after its list', async () => {
  const { projectId } = await console.newPlace('Idle');
  const { page } = await console.signedIn();
  const letGo = await keepBusy(page);
  // What the page before has begun is not of this one.
  await page.goto('about:blank');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const isForm = (path: string) => /\/CreateKey-.*\.js$/.test(path);
  await page.goto(`/projects/${projectId}/keys`);
  await page.getByText('No keys yet.').waitFor();
  await page.waitForLoadState('networkidle');
  expect(asked.filter(isForm)).toEqual([]);
  await letGo();
  await expect.poll(() => asked.filter(isForm).length).toBe(1);
  await page.waitForLoadState('networkidle');
  // From here on nothing has to be fetched to show it.
  asked.length = 0;
  await page.evaluate(`document.querySelector('main .ant-btn-primary').click()`);
  await page.locator('.ant-drawer-open input').first().waitFor();
  expect(asked.filter((path) => path.startsWith('/assets/'))).toEqual([]);
});
