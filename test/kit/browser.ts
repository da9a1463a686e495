import { randomUUID } from 'node:crypto';
import type { Browser, BrowserContextOptions, Cookie, Locator, Page } from 'playwright-core';
import { startTestApp, type TestApp } from './app.ts';
import { consoleData, type ConsoleData } from './consoleData.ts';
import { browserPages, type OpenedPage } from './browserPages.ts';
import { startChromium } from './chromium.ts';
import { look } from './look.ts';

export const ADMIN = { email: 'admin@keyward.local', password: 'a-long-password-for-tests' };

/** How people have the console: at a desk, and in the hand. */
export const LOOKS = [
  { locale: 'en-US', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { locale: 'zh-CN', colorScheme: 'dark', viewport: { width: 390, height: 844 } },
] as const;

/** What somebody signs in with. */
export interface Login {
  readonly email: string;
  readonly password: string;
}

/** A Keyward with its console, and a real browser. */
export interface TestConsole extends ConsoleData {
  readonly app: TestApp;
  readonly browser: Browser;
  /** A page of its own, with no cookie and no cache of another. */
  open(options?: BrowserContextOptions): Promise<OpenedPage>;
  /** Signed in, as the administrator where nobody is named, at the keys of the first project. */
  signedIn(options?: BrowserContextOptions, who?: Login): Promise<OpenedPage>;
  readonly look: typeof look;
  close(): Promise<void>;
}

export async function startConsole(
  env: Record<string, string> = {},
  options: { clock?: () => number } = {},
): Promise<TestConsole> {
  const app = await startTestApp({ ...options, env: { KEYWARD_ADMIN_PASSWORD: ADMIN.password, ...env } });
  const browser = await startChromium();
  /** The cookies that people have from their last sign-in. */
  const known = new Map<string, Cookie[]>();

  const pages = browserPages(browser, app.url);

  return {
    ...(await consoleData(app)),
    app,
    browser,
    open: pages.open,
    async signedIn(options, who = ADMIN) {
      const cookies = known.get(who.email) ?? [];
      const opened = await pages.openAgain(options ?? {}, cookies);
      const { page } = opened;
      await page.goto('/');
      await page.locator('header, input[type=email]').first().waitFor();
      // Not yet, or a test has ended that session.
      if (new URL(page.url()).pathname === '/sign-in') await signIn(page, '/', who);
      known.set(who.email, await opened.cookies());
      return opened;
    },
    look,
    async close() {
      await browser.close();
      await app.remove();
    },
  };
}

/** The row of a table that says this. */
export function row(page: Page, text: string): Locator {
  return page.getByRole('row').filter({ hasText: text });
}

/** From wherever the page is sent; ends at the page that was wanted. */
export async function signIn(page: Page, to = '/', { email, password }: Login = ADMIN): Promise<void> {
  await page.goto(to);
  await page.locator('input[type=email]').fill(email);
  await page.locator('input[type=password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.locator('header').waitFor();
}

/** Somebody new with a role in an account or in one project of it, who can sign in. */
export async function newLogin(
  { app }: TestConsole,
  place: { accountId: string; role: 'owner' | 'admin' | 'member' } | { projectId: string; role: 'admin' | 'member' },
): Promise<Login> {
  const email = `p${randomUUID().slice(0, 8)}@example.com`;
  const password = 'a-long-password-of-a-person';
  const send = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await app.api<T>(method, path, body, { headers: { 'x-keyward-csrf': '1' } });
    if (answer.status >= 300) throw new Error(`nobody was made: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const roles =
    'accountId' in place
      ? place
      : {
          accountId: (await send<{ accountId: string }>('GET', `/projects/${place.projectId}`)).accountId,
          role: 'member',
          projectId: place.projectId,
          projectRole: place.role,
        };
  const { link } = await send<{ link: { token: string } }>('POST', '/invitations', { email, ...roles });
  await send('POST', '/invitations/accept', { token: link.token, name: email.slice(0, 9), password });
  return { email, password };
}

/**
 * Gives the page's browser a device with passkeys that knows who sits before it, and says yes to what a page asks. It would
 * also choose in a field, as soon as that is shown; so it says that it offers nothing there.
 */
export async function addAuthenticator(page: Page): Promise<void> {
  await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => false');
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}
