// What must not be lost, kept, or shown to somebody else.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { made } from '../kit/app.ts';
import { newLogin, signIn, startConsole, type Login, type TestConsole } from '../kit/browser.ts';
import { settled } from '../kit/settled.ts';

let console: TestConsole;
let projectId: string;
let alice: Login;
let bob: Login;

beforeAll(async () => {
  console = await startConsole();
  projectId = await newProject('Shop');
  alice = await newLogin(console, { projectId, role: 'admin' });
  bob = await newLogin(console, { projectId: await newProject('Elsewhere'), role: 'admin' });
});
afterAll(() => console.close());

/** In an account of its own. */
async function newProject(name: string): Promise<string> {
  const { id: accountId } = await made(console.app, '/accounts', { name });
  return (await made(console.app, '/projects', { name, accountId, defaultKey: false })).id;
}

/** Makes a key by hand; its value stands in a dialog then. */
async function makeKey(page: Page): Promise<string> {
  await page.goto(`/projects/${projectId}/usage`);
  await page.getByRole('link', { name: 'API keys' }).click();
  await page.getByRole('button', { name: 'Create key' }).first().click();
  const drawer = page.getByRole('dialog', { name: 'Create a key' });
  await drawer.getByLabel('Name').fill('shown-once');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  return value(page).inputValue();
}
const value = (page: Page) => page.getByRole('textbox', { name: 'Copy the key' });

/** All that the parts of the page hold on to, as text. */
const kept = (page: Page) =>
  page.evaluate<string>(`(() => {
    const root = document.getElementById('root');
    const client = (fiber) =>
      fiber && (fiber.memoizedProps?.client ?? client(fiber.child) ?? client(fiber.sibling));
    const found = client(root[Object.keys(root).find((name) => name.startsWith('__reactContainer'))]);
    return JSON.stringify([found.getMutationCache(), found.getQueryCache()].map((cache) => cache.getAll().map(({ state }) => state)));
  })()`);

test('T26 what is shown once is not lost by the finder, the way back or loading anew', async () => {
  const { page, faults } = await console.signedIn({}, alice);
  const shown = await makeKey(page);
  await page.keyboard.press('Control+k');
  await page.goBack();
  await settled(page);
  expect(await page.getByRole('dialog', { name: 'Find' }).count()).toBe(0);
  expect(await value(page).inputValue()).toBe(shown);
  const asked = page.waitForEvent('dialog').then(async (dialog) => {
    await dialog.dismiss();
    return dialog.type();
  });
  await page.evaluate('void setTimeout(() => location.reload())');
  expect(await asked).toBe('beforeunload');
  expect(await value(page).inputValue()).toBe(shown);

  await page.getByRole('checkbox', { name: 'I have saved it' }).check();
  await page.getByRole('button', { name: 'Done' }).click();
  await value(page).waitFor({ state: 'detached' });
  expect(await kept(page), 'X03 nothing of the page holds it any longer').not.toContain(shown);
  expect(faults).toEqual([]);
});

test('a form is sent once, however often it is asked to, so that the value stays the one that was made', async () => {
  const { page } = await console.signedIn({}, alice);
  const sent: string[] = [];
  await page.route(`**/api/v1/projects/${projectId}/keys`, async (route) => {
    sent.push(route.request().method());
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.continue();
  });
  await page.goto(`/projects/${projectId}/keys?create=true`);
  await page.getByRole('dialog', { name: 'Create a key' }).getByLabel('Name').fill('made-once');
  await page.evaluate(`for (const _ of [1, 2, 3]) document.querySelector('[role=dialog] form').requestSubmit()`);
  await value(page).waitFor();
  await settled(page);
  expect(await value(page).inputValue()).toMatch(/^kw_/);
  expect(sent.filter((method) => method === 'POST')).toEqual(['POST']);
});

/** The page is left for a new one, whatever was on its way in it. */
async function atSignIn(page: Page): Promise<void> {
  await expect.poll(() => new URL(page.url()).pathname, { timeout: 20_000 }).toBe('/sign-in');
  await expect.poll(() => new URL(page.url()).searchParams.has('back')).toBe(true);
  await page.locator('input[type=email]').waitFor();
  await settled(page);
}

test('a page ends with its session in another tab, and shows nothing of who was there to who comes', async () => {
  const { page, faults } = await console.open();
  await signIn(page, `/projects/${projectId}/usage`, alice);
  const other = await page.context().newPage();
  await other.goto('/');
  await other.locator('header').waitFor();
  await other.getByRole('button', { name: alice.email.slice(0, 9) }).click();
  await other.getByRole('button', { name: 'Sign out' }).click();
  await atSignIn(page);
  await expect.poll(() => new URL(page.url()).searchParams.get('back')).toBe(`/projects/${projectId}/usage`);

  await signIn(page, `/projects/${projectId}/usage`, alice);
  await page.getByText('Shop').first().waitFor();
  await settled(page);
  await page.context().clearCookies();
  await signIn(other, '/', bob);
  // As when one comes back to the tab.
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`);
  await page.getByRole('button', { name: bob.email.slice(0, 9) }).waitFor();
  await settled(page);
  expect(await page.locator('body').textContent()).not.toContain('Shop');
  expect(faults).toEqual([]);
});

test('V01 a page that waits for a sign-in goes on, where it was wanted, with the sign-in in another tab', async () => {
  const { page, faults } = await console.open();
  await page.goto(`/projects/${projectId}/usage`);
  await page.getByLabel('E-mail').fill('half');
  const other = await page.context().newPage();
  await signIn(other, '/', alice);
  await page.getByRole('heading', { name: 'Usage', exact: true }).waitFor();
  await expect.poll(() => new URL(page.url()).pathname).toBe(`/projects/${projectId}/usage`);
  await other.getByRole('button', { name: alice.email.slice(0, 9) }).click();
  await other.getByRole('button', { name: 'Sign out' }).click();
  await other.getByLabel('E-mail').waitFor();
  await atSignIn(page);
  // News that nobody signed in takes nothing that was typed.
  await page.getByLabel('E-mail').fill('half');
  const asked = page.waitForResponse('**/api/v1/auth/session');
  await other.evaluate(`new BroadcastChannel('keyward.session').postMessage('')`);
  expect((await asked).status()).toBe(401);
  await settled(page);
  expect(await page.getByLabel('E-mail').inputValue()).toBe('half');
  expect(faults).toEqual([]);
});

test('who signs out leaves nothing behind of what was read: neither in the document nor on the way back', async () => {
  const { page } = await console.open();
  await signIn(page, `/projects/${projectId}/usage`, alice);
  await page.getByText('Shop').first().waitFor();
  await page.getByRole('link', { name: 'Requests' }).click();
  await page.getByRole('heading', { name: 'Requests' }).waitFor();
  await page.evaluate(`globalThis.isOfAlice = true`);
  await page.getByRole('button', { name: alice.email.slice(0, 9) }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.locator('input[type=email]').waitFor();
  expect(await page.evaluate(`'isOfAlice' in globalThis`)).toBe(false);
  await page.goBack();
  await atSignIn(page);
  expect(await page.locator('body').textContent()).not.toContain('Shop');
});

test('a window beside another one in which somebody else signs in is theirs from then on, before anything is clicked in it', async () => {
  const { page } = await console.open();
  await signIn(page, `/projects/${projectId}/usage`, alice);
  await page.getByText('Shop').first().waitFor();
  await settled(page);
  const beside = await page.context().newPage();
  await signIn(beside, '/sign-in', bob);
  await page.getByRole('button', { name: bob.email.slice(0, 9) }).waitFor();
  await settled(page);
  expect(await page.locator('body').textContent()).not.toContain('Shop');
});

test('a page whose session has run out leads to the sign-in, and back', async () => {
  const { page } = await console.open();
  await signIn(page, `/projects/${projectId}/usage`, alice);
  await page.getByRole('link', { name: 'Requests' }).waitFor();
  await settled(page);
  await page.context().clearCookies();
  // Unless the page has asked for something since, and is on its way.
  await page.evaluate(`document.querySelector('a[href$="/requests"]')?.click()`);
  await atSignIn(page);
  await page.locator('input[type=email]').waitFor();
  await expect.poll(() => page.locator('header').count()).toBe(0);
});

test.each([
  ['usage?from=zz&to=99&by=__proto__', 'Usage'],
  ['keys?state=gone&environment=&cursor=x', 'API keys'],
])('what makes no sense in the address %s is left out', async (path, title) => {
  const { page, faults } = await console.signedIn({}, alice);
  const refused: string[] = [];
  page.on('response', (answer) => {
    if (answer.status() >= 400) refused.push(`${answer.status()} ${answer.url()}`);
  });
  await page.goto(`/projects/${projectId}/${path}`);
  await page.getByRole('heading', { name: title, exact: true }).waitFor();
  await settled(page);
  expect([refused, faults]).toEqual([[], []]);
});

test('an id in the address leads to nothing but the thing it names', async () => {
  const { page } = await console.signedIn({}, alice);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`/keys/${encodeURIComponent('../auth/session')}`);
  await page.getByRole('heading', { name: 'Not found' }).waitFor();
  for (const path of [
    `/projects/${encodeURIComponent(`../projects/${projectId}`)}/keys`,
    `/projects/${encodeURIComponent(`${projectId}/keys`)}/settings`,
    `/keys/${encodeURIComponent(`${(await console.newKey({}, projectId)).id}/secrets`)}`,
  ]) {
    await page.goto(path);
    await page.getByRole('heading', { name: 'Not found' }).waitFor();
  }
  expect(asked.filter((path) => path === `/api/v1/projects/${projectId}/keys`)).toEqual([]);
});
