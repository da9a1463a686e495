// Help, the finder, and what single keys do.

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { made } from '../kit/app.ts';
import { LOOKS, newLogin, startConsole, type TestConsole } from '../kit/browser.ts';
import { settled } from '../kit/settled.ts';
import { repositoryRoot } from '../kit/repository.ts';

let console: TestConsole;
let accountId: string;
let projectId: string;

beforeAll(async () => {
  console = await startConsole();
  accountId = (await make('/accounts', { name: 'Acme' })).id;
  projectId = (await newProject('Shop')).id;
});
afterAll(() => console.close());

const make = (path: string, body: object) => made(console.app, path, body);
const newProject = (name: string) => make('/projects', { name, accountId, defaultKey: false });
const newKey = (name: string, body: object = {}) =>
  make(`/projects/${projectId}/keys`, { name, scope: { mode: 'all' }, ...body });
const finder = (page: Page) => page.getByRole('dialog', { name: 'Find' });
const field = (page: Page) => finder(page).getByRole('combobox');
/** Its code is fetched at the first time. */
async function openFinder(page: Page): Promise<void> {
  await page.keyboard.press('Control+k');
  await finder(page).waitFor();
}
/** The option that Enter would take, as assistive technology is told. */
const chosen = async (page: Page): Promise<string | null> => {
  const id = await field(page).getAttribute('aria-activedescendant');
  return page.locator(`[id="${id}"]`).textContent();
};
async function openAt(path: string, who?: Awaited<ReturnType<typeof newLogin>>) {
  const opened = await console.signedIn({}, who);
  await opened.page.goto(path);
  await opened.page.locator('main h1').waitFor();
  await settled(opened.page);
  return opened;
}

test('anything is found by Ctrl K: pages, keys by name or masked value, projects, and pages of the guide', async () => {
  await newProject('Elsewhere');
  const key = await newKey('billing-worker');
  const { page, faults } = await openAt(`/projects/${projectId}/usage`);
  await page.keyboard.press('Control+k');
  await finder(page).waitFor();
  expect(await page.evaluate<string>('document.activeElement.getAttribute("role")')).toBe('combobox');
  await page.keyboard.type('secur');
  await expect.poll(() => chosen(page)).toContain('Security');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Security' }).waitFor();
  await expect.poll(() => new URL(page.url()).pathname).toBe(`/projects/${projectId}/security`);

  for (const text of ['billing-w', String(key['masked']).slice(-4)]) {
    await page.getByRole('button', { name: 'Find', exact: true }).click();
    await field(page).waitFor();
    await page.keyboard.type(text);
    await finder(page).getByRole('option').filter({ hasText: 'billing-worker' }).click();
    await page.getByRole('heading', { name: 'billing-worker' }).waitFor();
  }
  await openFinder(page);
  await page.keyboard.type('elsewh');
  await page.keyboard.press('Enter');
  await page.getByText('No keys yet.').waitFor();
  await openFinder(page);
  await page.keyboard.type('errors');
  await finder(page).getByRole('option').filter({ hasText: 'When a call is refused' }).click();
  await page.getByRole('heading', { name: 'When a call is refused', level: 1 }).waitFor();
  await expect.poll(() => new URL(page.url()).pathname).toBe('/help/errors');
  expect(faults).toEqual([]);
});

test('the finder is walked by arrows, says how much it found, and gives the focus back when it is left', async () => {
  const { page } = await openAt(`/projects/${projectId}/keys`);
  await page.getByRole('button', { name: 'Find', exact: true }).focus();
  await page.keyboard.press('Enter');
  await finder(page).waitFor();
  // What it offers comes piece by piece.
  await settled(page);
  const first = await chosen(page);
  await page.keyboard.press('ArrowDown');
  expect(await chosen(page)).not.toBe(first);
  await page.keyboard.press('ArrowUp');
  expect(await chosen(page)).toBe(first);
  await page.keyboard.press('ArrowUp');
  expect(await finder(page).getByRole('option').last().getAttribute('aria-selected')).toBe('true');
  await page.keyboard.type('zzzz');
  await finder(page).getByRole('status').filter({ hasText: 'Nothing fits.' }).waitFor();
  await page.keyboard.press('Escape');
  await finder(page).waitFor({ state: 'hidden' });
  expect(await page.evaluate<string>('document.activeElement.getAttribute("aria-label")')).toBe('Find');
});

test('the finder does things too: dark or light, the language, a new key', async () => {
  const { page } = await openAt(`/projects/${projectId}/usage`);
  await openFinder(page);
  await page.keyboard.type('dark');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate<string>('document.documentElement.style.colorScheme')).toBe('dark');
  await openFinder(page);
  await page.keyboard.type('create k');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Create a key' }).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await openFinder(page);
  await page.keyboard.type('中文');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'API Key 管理' }).waitFor();
});

test('Z19 the finder offers a member what they may see, and nothing of other accounts', async () => {
  await make('/projects', { name: 'Secret plans', accountId, defaultKey: false });
  const member = await newLogin(console, { projectId, role: 'member' });
  await console.app.api('PATCH', `/projects/${projectId}/security`, { memberAccess: 'none' });
  const { page } = await openAt(`/projects/${projectId}/models`, member);
  await page.keyboard.press('Control+k');
  await finder(page).getByRole('option').filter({ hasText: 'Models' }).waitFor();
  const all = await finder(page).getByRole('listbox').textContent();
  for (const hidden of ['API keys', 'Create key', 'Secret plans', 'People']) expect(all).not.toContain(hidden);
  await console.app.api('PATCH', `/projects/${projectId}/security`, { memberAccess: 'all' });
});

test('single keys lead to pages, to the search field and to a new key, and never while one types or answers', async () => {
  const { page, faults } = await openAt(`/projects/${projectId}/keys`);
  await page.keyboard.press('g');
  await page.keyboard.press('u');
  await page.getByRole('heading', { name: 'Usage', exact: true }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await page.getByRole('heading', { name: 'Security' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('k');
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
  await page.keyboard.press('/');
  const search = page.locator('main [role=search] input').first();
  await expect.poll(() => page.evaluate<string>('document.activeElement.tagName')).toBe('INPUT');
  await page.keyboard.type('gc?/');
  expect(await search.inputValue()).toBe('gc?/');
  expect(await page.getByRole('dialog').count()).toBe(0);
  await search.fill('');
  await page.locator('main h1').click();
  await page.keyboard.press('c');
  const drawer = page.getByRole('dialog', { name: 'Create a key' });
  await drawer.waitFor();
  await drawer.getByRole('button', { name: 'Cancel' }).focus();
  await page.keyboard.press('?');
  await page.keyboard.press('g');
  await page.keyboard.press('u');
  await drawer.getByRole('button', { name: 'Cancel' }).click();
  await drawer.waitFor({ state: 'hidden' });
  await expect.poll(() => page.url()).toContain('/keys');
  expect(await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).count()).toBe(0);
  expect(faults).toEqual([]);
});

test('single keys can be switched off where they are listed, and stay off; Ctrl K still works', async () => {
  const { page } = await openAt(`/projects/${projectId}/keys`);
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await dialog.getByText('Go to Usage').waitFor();
  await dialog.getByLabel('Single keys do things').click();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page.reload();
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
  await page.keyboard.press('c');
  await page.keyboard.press('?');
  await page.keyboard.press('Control+k');
  await finder(page).waitFor();
  expect(await page.getByRole('dialog').count()).toBe(1);
});

test('T34 T35 T36 T37 T38 A12 A13 the page of help advises on keys, and leads to the pages of the guide', async () => {
  const { page } = await openAt('/help');
  for (const advice of [
    'One key for each application',
    'Keep dev, test and production apart',
    'Open only what is needed',
    'Store a value as soon as you see it',
    'Rotate regularly',
    'Disable what nobody uses',
  ])
    await page.getByText(advice, { exact: true }).waitFor();
  const links = await page.evaluate<string[]>(
    `[...document.querySelectorAll('main a[href^="/docs"]')].map((link) => link.getAttribute('href'))`,
  );
  expect(links.length).toBeGreaterThan(4);
  for (const link of links) expect([link, (await fetch(console.app.url + link)).status]).toEqual([link, 200]);
});

test('T39 the page of help says when its documentation was last updated, and of which version it is', async () => {
  const docs = join(repositoryRoot, 'docs');
  const times: number[] = [];
  for (const section of ['guide', 'guide-zh-CN', 'reference', 'decisions'])
    for (const name of await readdir(join(docs, section))) times.push((await stat(join(docs, section, name))).mtimeMs);
  const { page } = await openAt('/help');
  const shown = await page.locator('main time').getAttribute('datetime');
  expect(Date.parse(shown ?? '')).toBe(Math.floor(Math.max(...times) / 1000) * 1000);
  await page.getByText('Documentation last updated').waitFor();
});

test('the first steps know what is done', async () => {
  const project = await newProject('Fresh');
  const { page } = await openAt(`/projects/${project.id}/keys`);
  await page.goto('/help');
  const steps = page.getByRole('list').filter({ hasText: 'Make a first call' });
  await page.getByText('0 of 4 done').waitFor();
  await steps.getByRole('link', { name: 'To the members' }).click();
  await page.getByRole('heading', { name: 'Members', exact: true, level: 1 }).waitFor();
  await page.goBack();
  await steps.getByRole('link', { name: 'Create key' }).click();
  await page.getByRole('dialog', { name: 'Create a key' }).waitFor();
  const limits = [{ unit: 'requests', amount: 100, window: { kind: 'lifetime' } }];
  const key = await make(`/projects/${project.id}/keys`, { name: 'prod-api', scope: { mode: 'all' }, limits });
  const answer = await fetch(`${console.app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hi' }] }),
  });
  await answer.text();
  await newLogin(console, { projectId: project.id, role: 'member' });
  await page.goto('/help');
  await page.getByText('4 of 4 done').waitFor();
  expect(await page.getByRole('list').getByRole('img', { name: 'Done' }).count()).toBe(4);
});

test.each(LOOKS)('T39 help and the finder, $locale, $colorScheme, $viewport.width wide', async (look) => {
  const { page, faults } = await console.signedIn(look);
  await page.goto('/help');
  expect(await console.look(page, 'help')).toEqual([]);
  await page.keyboard.press('?');
  await page.locator('.ant-modal .shortcuts').waitFor();
  expect(await console.look(page, 'shortcuts')).toEqual([]);
  await page.keyboard.press('Escape');
  await page.locator('.ant-modal').waitFor({ state: 'hidden' });
  await page.keyboard.press('Control+k');
  await page.locator('.finder').waitFor();
  expect(await console.look(page, 'finder')).toEqual([]);
  await page.keyboard.type('a');
  await page.locator('.finder').getByRole('option').first().waitFor();
  expect(await console.look(page, 'finder-typed')).toEqual([]);
  expect(faults).toEqual([]);
});
