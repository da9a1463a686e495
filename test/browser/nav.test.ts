// The list of pages at the side.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { startConsole, type TestConsole } from '../kit/browser.ts';

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

test('without a network nothing hangs: it is said, nobody is signed out, and the work goes on when it is back', async () => {
  const { projectId } = await console.newPlace('Offline');
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${projectId}/settings`);
  await page.getByRole('textbox', { name: 'Name' }).fill('Back again');
  // All of the page is there: parts of it that are not fetched yet could not be.
  await page.getByRole('button', { name: 'Set a limit' }).waitFor();
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Save' }).first().click();
  await page.getByRole('alert').filter({ hasText: 'The server cannot be reached.' }).waitFor();
  await page.getByRole('button', { name: 'Signed in as Administrator' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are still signed in: The server cannot be reached.').waitFor();
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Save' }).first().click();
  await page.getByText('Saved.').waitFor();
  expect(await console.send('GET', `/projects/${projectId}`)).toMatchObject({ name: 'Back again' });
  expect(faults).toEqual([]);
});
