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
