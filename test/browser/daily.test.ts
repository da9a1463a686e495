// What people meet every day, whatever page they are on: in the hand, by keyboard, with few rights, with the server away.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp } from '../kit/app.ts';
import { ADMIN, LOOKS, newLogin, startConsole, type TestConsole } from '../kit/browser.ts';
import type { MadeKey } from '../kit/consoleData.ts';

let console: TestConsole;
let projectId: string;
let accountId: string;
let key: MadeKey;

beforeAll(async () => {
  console = await startConsole();
  ({ projectId, accountId } = console);
  key = await console.newKey({ name: 'an-everyday-key', description: 'one line that is longer than a hand is wide' });
});
afterAll(() => console.close());

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const focused = (page: Page) =>
  page.evaluate<string>('document.activeElement.ariaLabel ?? document.activeElement.textContent');

test('T39 V12 T12 in the hand a row is a card, and nothing of it has to be scrolled to', async () => {
  const { page } = await console.signedIn({ ...LOOKS[1], locale: 'en-US' });
  const isWhole = () =>
    page.evaluate<boolean>(
      `[...document.querySelectorAll('.table')].every((one) => one.scrollWidth <= one.clientWidth)`,
    );
  await page.goto(`/projects/${projectId}/keys`);
  await row(page, key.name).getByRole('switch').waitFor();
  const place = await row(page, key.name).getByText('Active').boundingBox();
  expect((place?.x ?? 999) + (place?.width ?? 0)).toBeLessThan(390);
  expect(await isWhole()).toBe(true);
  // All are chosen by a box that says so.
  await page.getByRole('checkbox', { name: 'Choose all that are shown' }).check();
  await page.getByRole('region', { name: 'What to do with the chosen keys' }).waitFor();

  await page.goto(`/projects/${projectId}/hygiene`);
  await row(page, key.name).getByText('Never expires').waitFor();
  expect(await row(page, key.name).getByText('Never expires').isVisible()).toBe(true);
  expect(await isWhole()).toBe(true);
});

test('T39 where the system chooses the colours, switches and bars are still to be seen', async () => {
  const { page } = await console.signedIn({ forcedColors: 'active' });
  const isSeen = async (what: string) => {
    await page.locator(what).first().waitFor();
    const colour = (of: string) =>
      page.evaluate<string>(`getComputedStyle(document.querySelector('${of}')).backgroundColor`);
    return (await colour(what)) !== (await colour('body'));
  };
  await page.goto(`/projects/${projectId}/keys`);
  expect(await isSeen('.ant-switch')).toBe(true);
  await page.goto(`/projects/${projectId}/hygiene`);
  expect(await isSeen('.finding-bar')).toBe(true);
  expect(await console.look(page, 'hygiene-forced')).toEqual([]);
});

test('T39 the focus goes into a dialog, and back to what opened it', async () => {
  const { page } = await console.signedIn();
  const ask = async (opener: string) => {
    await page.getByRole('button', { name: opener }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
  };
  const isBack = async (opener: string) => {
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => focused(page)).toBe(opener);
  };
  await page.goto(`/projects/${projectId}/keys`);
  await ask('Create key');
  // The first field waits for what is typed.
  const name = page.getByRole('dialog').getByLabel('Name');
  await expect.poll(() => name.evaluate((input) => input.matches(':focus'))).toBe(true);
  await page.keyboard.type('typed at once');
  expect(await name.inputValue()).toBe('typed at once');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await isBack('Create key');

  await page.goto(`/keys/${key.id}`);
  for (const [opener, out] of [
    ['Edit', 'Cancel'],
    ['Rotate', 'Cancel'],
    ['This key leaked', 'Cancel'],
    ['Delete', 'Keep it'],
  ] as const) {
    await ask(opener);
    await page.getByRole('dialog').getByRole('button', { name: out }).click();
    await isBack(opener);
    await ask(opener);
    await page.getByRole('dialog').getByRole('button', { name: out }).waitFor();
    await page.keyboard.press('Escape');
    await isBack(opener);
  }
  await page.goto(`/accounts/${accountId}/limit-templates`);
  await ask('Create a template');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await isBack('Create a template');
});

test('V26 V29 Z04 members who work with their own keys alone, or with none, are told so and led on', async () => {
  const newProject = async (name: string, memberAccess: string) => {
    const project = await console.send('POST', '/projects', { name, accountId, defaultKey: false });
    await console.send('PATCH', `/projects/${project.id}/security`, { memberAccess });
    return { id: project.id, who: await newLogin(console, { projectId: project.id, role: 'member' }) };
  };
  const own = await newProject('Each their own', 'own');
  const theirs = await console.newKey({ name: 'of-an-admin' }, own.id);
  await console.send('POST', `/keys/${theirs.id}/leak-reports`, {});
  const { page } = await console.signedIn({}, own.who);
  await page.goto(`/projects/${own.id}/keys?create=true`);
  await page.getByRole('dialog').getByLabel('Name').fill('mine');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByLabel('I have saved it').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await row(page, 'mine').waitFor();
  await page.goto(`/projects/${own.id}/leaks`);
  await page.getByText('Choose one of them to see its reports.').waitFor();
  await page.getByRole('combobox', { name: 'Key' }).click();
  await page
    .getByRole('option', { name: 'mine' })
    .or(page.locator('.ant-select-item', { hasText: 'mine' }))
    .last()
    .click();
  await page.getByText('No report fits').waitFor();
  expect(await page.getByText('of-an-admin').count()).toBe(0);

  const none = await newProject('Admins alone', 'none');
  const { page: other } = await console.signedIn({}, none.who);
  await other.goto(`/projects/${none.id}/keys`);
  await other.getByText('Only admins work with the keys of this project.').waitFor();
  expect(await other.getByRole('search').count()).toBe(0);
  await other.getByRole('link', { name: 'See its models' }).click();
  await other.getByRole('heading', { name: 'Models' }).waitFor();
  await other.goto(`/projects/${none.id}/usage`);
  await other.getByText('This is not open to you').waitFor();
  // Sums of nothing would say that nothing was used.
  expect(await other.getByText('Requests', { exact: true }).count()).toBe(0);
});

test('what cannot be read is said to be so, and not that there is none', async () => {
  const { page } = await console.signedIn();
  const problem = {
    type: 'about:blank',
    title: '',
    status: 500,
    code: 'internal',
    detail: 'Out of order.',
    requestId: '',
  };
  const refuse = (path: string) => page.route(path, (route) => route.fulfill({ status: 500, json: problem }));
  const said = page.getByText(problem.detail);
  await refuse('**/api/v1/requests/abandoned?*');
  await page.goto('/platform/system');
  await said.waitFor();
  expect(await page.getByText('None: every request ended on record.').count()).toBe(0);
  await refuse('**/api/v1/projects?*');
  for (const path of [`/platform/accounts/${console.accountId}`, `/accounts/${console.accountId}/quota`]) {
    await page.goto(path);
    await said.first().waitFor();
    expect(await page.getByText('No projects yet.').count()).toBe(0);
  }
});

test('a page that was open while the server was away goes on by itself once it is back', async () => {
  const away = await startConsole();
  try {
    const { page } = await away.signedIn();
    const { page: other } = await away.signedIn();
    await row(page, 'First key').waitFor();
    await other.goto(`/projects/${away.projectId}/usage`);
    await other.getByText('Nothing was used in this time.').waitFor();
    await away.app.stop();
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('It is tried again every few seconds.').waitFor();
    // What was there stays.
    await row(page, 'First key').waitFor();
    await other.getByText('7 days').click();
    await other.getByText('It is tried again every few seconds.').waitFor();

    const back = await startTestApp({
      env: { PORT: new URL(away.app.url).port, KEYWARD_ADMIN_PASSWORD: ADMIN.password },
      dataDir: away.app.dataDir,
    });
    try {
      await page.getByText('It is tried again every few seconds.').waitFor({ state: 'hidden' });
      await row(page, 'First key').waitFor();
      await other.getByText('Nothing was used in this time.').waitFor();
      await expect.poll(() => other.getByRole('alert').count()).toBe(0);
    } finally {
      await back.stop();
    }
  } finally {
    await away.browser.close();
    await away.app.remove();
  }
});
