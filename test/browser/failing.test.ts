// What a page says and keeps when a part of it cannot be had.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOOKS, startConsole, type TestConsole } from '../kit/browser.ts';

let console: TestConsole;

beforeAll(async () => {
  console = await startConsole();
});
afterAll(() => console.close());

/** As the server says it when something goes wrong inside. */
const INSIDE = {
  status: 500,
  json: {
    code: 'internal',
    status: 500,
    detail: 'Something went wrong here. Tell the operator the request id.',
    requestId: 'req_3f2a9c81d7',
  },
};
const alertOf = (page: Page) => page.locator('main').getByRole('alert');

/** What `path` asks for fails until it is let through. */
async function failing(page: Page, path: string | RegExp): Promise<() => Promise<void>> {
  await page.route(path, (route) => route.fulfill(INSIDE));
  return () => page.unroute(path);
}

test('a part that cannot be had is not shown as nothing: it says why, with the id to tell, and asks again', async () => {
  const { page, faults } = await console.signedIn();
  const letThrough = await failing(page, '**/api/v1/requests/abandoned?*');
  await page.goto('/platform/system');
  await alertOf(page).getByText('Tell the operator the request id. (req_3f2a9c81d7)').waitFor();
  expect(await page.getByText('None: every request ended on record.').count()).toBe(0);
  await letThrough();
  await alertOf(page).getByRole('button', { name: 'Try again' }).click();
  await page.getByText('None: every request ended on record.').waitFor();
  expect(await alertOf(page).count()).toBe(0);
  expect(faults).toEqual([]);
});

test('no day is drawn as one without use while its use is not known', async () => {
  const { page } = await console.signedIn();
  const letThrough = await failing(page, /\/api\/v1\/usage\?.*groupBy=day/);
  await page.goto(`/projects/${console.projectId}/usage`);
  await alertOf(page).getByText('req_3f2a9c81d7').waitFor();
  const chart = page.locator('main').getByRole('img', { name: /^Cost per day/ });
  expect(await chart.count()).toBe(0);
  await letThrough();
  await alertOf(page).getByRole('button', { name: 'Try again' }).click();
  await chart.waitFor();
});

test('a page that cannot be had keeps its name, in the window too', async () => {
  const { projectId, accountId } = console;
  const pages = [
    [`/projects/${projectId}/settings`, 'Project settings', `**/api/v1/projects/${projectId}`],
    [`/projects/${projectId}/hygiene`, 'Hygiene', '**/hygiene?*'],
    [`/accounts/${accountId}/settings`, 'Account settings', `**/api/v1/accounts/${accountId}`],
    [`/accounts/${accountId}/limit-templates`, 'Limit templates', '**/limit-templates?*'],
  ] as const;
  const { page } = await console.signedIn();
  for (const [address, name, asked] of pages) {
    const letThrough = await failing(page, asked);
    await page.goto(address);
    await page.getByRole('heading', { name, exact: true }).waitFor();
    await alertOf(page).getByText('req_3f2a9c81d7').waitFor();
    await expect.poll(() => page.title()).toBe(`${name} · Keyward`);
    await letThrough();
    await alertOf(page).getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => alertOf(page).count()).toBe(0);
  }
});

test('security says that what one may do there cannot be had, and asks again', async () => {
  const { page } = await console.signedIn();
  const letThrough = await failing(page, `**/api/v1/projects/${console.projectId}/permissions`);
  await page.goto(`/projects/${console.projectId}/security`);
  await alertOf(page).getByText('req_3f2a9c81d7').waitFor();
  await letThrough();
  await alertOf(page).getByRole('button', { name: 'Try again' }).click();
  await page.locator('main').getByRole('button', { name: 'Save' }).waitFor();
  expect(await alertOf(page).count()).toBe(0);
});

test('pages of which nobody could say whether they are open are not just gone from the list: they are asked for again', async () => {
  const { page, faults } = await console.signedIn();
  const letThrough = await failing(page, `**/api/v1/projects/${console.projectId}/permissions`);
  await page.goto(`/projects/${console.projectId}/models`);
  const pages = page.getByRole('navigation', { name: 'Pages' });
  await pages.getByText('Some pages could not be listed.').waitFor();
  expect(await pages.getByRole('link', { name: 'API keys', exact: true }).count()).toBe(0);
  await letThrough();
  await pages.getByRole('button', { name: 'List them again' }).click();
  await pages.getByRole('link', { name: 'API keys', exact: true }).waitFor();
  expect(await pages.getByText('Some pages could not be listed.').count()).toBe(0);
  expect(faults).toEqual([]);
});

test.each(LOOKS)('a failing part looks right at $viewport.width', async (options) => {
  const { page } = await console.signedIn(options);
  await failing(page, `**/api/v1/accounts/${console.accountId}/quota`);
  await page.goto(`/accounts/${console.accountId}/quota`);
  await alertOf(page).getByText('req_3f2a9c81d7').waitFor();
  expect(await console.look(page, 'failing-part')).toEqual([]);
});
