// The list of pages at the side.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { newLogin, startConsole, type TestConsole } from '../kit/browser.ts';

let console: TestConsole;

beforeAll(async () => {
  console = await startConsole();
});
afterAll(() => console.close());

test('the parts of the list of pages fold by keyboard, stay so on the next page, and take their pages out of the way', async () => {
  const { page, faults } = await console.signedIn();
  const pages = page.getByRole('navigation', { name: 'Pages' });
  const platform = pages.locator('summary').filter({ hasText: 'Platform' });
  await pages.getByRole('link', { name: 'Providers' }).waitFor();
  await platform.focus();
  await page.keyboard.press('Enter');
  await pages.getByRole('link', { name: 'Providers' }).waitFor({ state: 'hidden' });
  await pages.getByRole('link', { name: 'Usage', exact: true }).click();
  await page.waitForURL('**/usage');
  expect(await pages.getByRole('link', { name: 'Providers' }).count()).toBe(0);
  await platform.click();
  await pages.getByRole('link', { name: 'Providers' }).waitFor();
  expect(await console.look(page, 'nav-folds')).toEqual([]);
  expect(faults).toEqual([]);
});

test('an operator has the platform before their eyes, and the account as soon as they are in it', async () => {
  const { accountId } = console;
  const { page, faults } = await console.signedIn({ viewport: { width: 1000, height: 900 } });
  const pages = page.getByRole('navigation', { name: 'Pages' });
  const last = pages.getByRole('link', { name: 'System' });
  await last.waitFor();
  const box = await last.boundingBox();
  expect(box && box.y + box.height).toBeLessThan(900);
  expect(await console.look(page, 'nav-operator')).toEqual([]);
  await pages.locator('summary').filter({ hasText: 'Account' }).click();
  await pages.getByRole('link', { name: 'Account members' }).waitFor();
  // It is there from the start where they are in it, and stays when they leave it.
  await page.goto(`/accounts/${accountId}/quota`);
  await pages.getByRole('link', { name: 'Account members' }).waitFor();
  await pages.getByRole('link', { name: 'System' }).click();
  await page.waitForURL('**/platform/system');
  await pages.getByRole('link', { name: 'Account members' }).waitFor();
  expect(faults).toEqual([]);
});

test('without a network nothing hangs: it is said, nobody is signed out, and the work goes on when it is back', async () => {
  const { projectId } = await console.newPlace('Offline');
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${projectId}/settings`);
  await page.getByRole('textbox', { name: 'Name' }).fill('Back again');
  // All of the page is there: parts of it that are not fetched yet could not be.
  await page.getByRole('button', { name: 'Set a limit' }).waitFor();
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Save' }).first().click();
  await page.getByRole('alert').filter({ hasText: 'The server cannot be reached.' }).first().waitFor();
  await page.getByRole('button', { name: 'Signed in as Administrator' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are still signed in: The server cannot be reached.').waitFor();
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Save' }).first().click();
  await page.getByText('Saved.').waitFor();
  expect(await console.send('GET', `/projects/${projectId}`)).toMatchObject({ name: 'Back again' });
  expect(faults).toEqual([]);
});

test('who closes what lies over the page is where they were, also after a second question', async () => {
  const { projectId } = await console.newPlace('Focused');
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${projectId}/endpoints`);
  const opener = page.getByRole('button', { name: 'Create endpoint' });
  const hasFocus = () => opener.evaluate((button) => button.matches(':focus'));
  await opener.focus();
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog', { name: 'Create endpoint' });
  await drawer.getByRole('textbox', { name: 'Endpoint' }).waitFor();
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
  await expect.poll(hasFocus).toBe(true);
  await page.keyboard.press('Enter');
  await drawer.getByRole('textbox', { name: 'Endpoint' }).fill('half');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Discard' }).click();
  await drawer.waitFor({ state: 'detached' });
  await expect.poll(hasFocus).toBe(true);
  expect(faults).toEqual([]);
});

test('Z19 who sees only their own keys is offered no page that would be refused', async () => {
  const { projectId } = await console.newPlace('Own');
  await console.send('PATCH', `/projects/${projectId}/security`, { memberAccess: 'own' });
  const { page } = await console.signedIn({}, await newLogin(console, { projectId, role: 'member' }));
  await page.goto(`/projects/${projectId}/models`);
  const pages = page.getByRole('navigation', { name: 'Pages' });
  await pages.getByRole('link', { name: 'Usage', exact: true }).waitFor();
  expect(await pages.getByRole('link', { name: 'Leaked keys' }).count()).toBe(0);
  // There they choose one of their keys.
  await pages.getByRole('link', { name: 'Notices' }).click();
  await page.getByRole('heading', { name: 'Notices' }).waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

test('what a list was searched for is gone when its page is opened anew from the side', async () => {
  const { page, faults } = await console.signedIn();
  await page.goto('/platform/models');
  const search = page.getByRole('textbox', { name: 'Name of a model' });
  await search.fill('no-such-model');
  await expect.poll(() => page.url()).toContain('search=no-such-model');
  await page.getByRole('link', { name: 'Models and prices' }).click();
  await page.getByRole('row').filter({ hasText: 'demo' }).waitFor();
  expect(await search.inputValue()).toBe('');
  await search.pressSequentially('dem');
  await expect.poll(() => new URL(page.url()).search).toBe('?search=dem');
  expect(faults).toEqual([]);
});

test('T39 in a window of 320 pixels, as at four times the size, nothing of the head stands outside', async () => {
  const { page } = await console.signedIn({ viewport: { width: 320, height: 640 } });
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(320);
  await page.getByRole('button', { name: 'Administrator' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(320);
});
