import { onTestFinished, TestRunner } from 'vitest';
import type { Browser, BrowserContext, BrowserContextOptions, Cookie, Page } from 'playwright-core';
import { watch } from './settled.ts';

/** The pages of one browser. Each is closed when its test ends, so that none works on beside the next one. */
export interface BrowserPages {
  /** A page of a context of its own, with an empty cache. */
  readonly open: (options?: BrowserContextOptions) => Promise<OpenedPage>;
  /**
   * A page that knows of nothing but these cookies, in a context that an earlier test opened in the same way and has left,
   * where there is one: the scripts are fetched and compiled there already, which is half the work of a first page. A test
   * that reaches for its page's context or clock has that context for itself.
   */
  readonly openAgain: (options: BrowserContextOptions, cookies: Cookie[]) => Promise<OpenedPage>;
}

export interface OpenedPage {
  readonly page: Page;
  /** What went wrong in it: a script's error, a refused style. */
  readonly faults: string[];
  cookies(): Promise<Cookie[]>;
}

export function browserPages(browser: Browser, baseURL: string): BrowserPages {
  /** Contexts without a page, by how they were opened. */
  const left = new Map<string, BrowserContext[]>();

  const newContext = (options: BrowserContextOptions): Promise<BrowserContext> =>
    browser.newContext({ baseURL, locale: 'en-US', reducedMotion: 'reduce', ...options });

  return {
    async open(options = {}) {
      const context = await newContext(options);
      whenTestEnds(() => context.close());
      return openedIn(context);
    },
    async openAgain(options, cookies) {
      const kind = JSON.stringify(options);
      const free = left.get(kind) ?? [];
      left.set(kind, free);
      const earlier = free.pop();
      const context = earlier ?? (await newContext(options));
      const opened = await openedIn(context);
      if (earlier) await forget(context, opened.page, baseURL);
      await context.addCookies(cookies);
      const isLent = lend(opened.page, context);
      whenTestEnds(async () => {
        if (!isLent()) return context.close();
        await opened.page.close();
        free.push(context);
      });
      return opened;
    },
  };
}

async function openedIn(context: BrowserContext): Promise<OpenedPage> {
  const page = await context.newPage();
  // Two cores run the server, the browser and another file of tests besides.
  page.setDefaultTimeout(40_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    // The browser itself reports every answer of 400 and above; the page is to show those, and tests look at that.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  watch(page);
  return { page, faults, cookies: () => context.cookies() };
}

async function forget(context: BrowserContext, page: Page, origin: string): Promise<void> {
  await context.clearCookies();
  const devtools = await context.newCDPSession(page);
  const storageTypes = 'local_storage,indexeddb,cache_storage,service_workers';
  await devtools.send('Storage.clearDataForOrigin', { origin, storageTypes });
  await devtools.detach();
}

/** Says whether the context is still as it was given: a popup, the context or its clock make it the page's own. */
function lend(page: Page, context: BrowserContext): () => boolean {
  let isLent = true;
  const own = <Part>(part: Part): Part => {
    isLent = false;
    return part;
  };
  const { clock } = page;
  page.context = () => own(context);
  Object.defineProperty(page, 'clock', { get: () => own(clock) });
  return () => isLent && context.pages().length === 1;
}

/** Where no test runs, in `beforeAll`, it stays until the browser ends. */
function whenTestEnds(leave: () => Promise<void>): void {
  if (TestRunner.getCurrentTest()) onTestFinished(leave);
}
