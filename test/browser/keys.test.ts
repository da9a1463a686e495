// The console as a person meets it, in a real browser, against a real Keyward.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, LOOKS, signIn, startConsole, type TestConsole } from '../kit/browser.ts';

let console: TestConsole;
let projectId: string;

beforeAll(async () => {
  console = await startConsole();
  ({ projectId } = console);
});
afterAll(() => console.close());

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const callModels = async (value: string) =>
  (await fetch(`${console.app.url}/v1/models`, { headers: { authorization: `Bearer ${value}` } })).status;

test('V01 A01 the page of keys has an address; who is not signed in comes back to it with its filters', async () => {
  const { page, faults } = await console.open();
  const wanted = `/projects/${projectId}/keys?state=active`;
  await signIn(page, wanted);
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
  await expect.poll(() => new URL(page.url()).pathname + new URL(page.url()).search).toBe(wanted);
  expect(faults).toEqual([]);
});

test('a wrong password is answered in words, and what was typed stays', async () => {
  const { page } = await console.open();
  await page.goto('/sign-in');
  await page.getByLabel('E-mail').fill(ADMIN.email);
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
  expect(await page.getByLabel('E-mail').inputValue()).toBe(ADMIN.email);
});

test('D04 D05 A10 A14 T26 T38 X03 a key is created, shown once, works, and is nowhere in the browser afterwards', async () => {
  const { page, faults } = await console.signedIn();
  await page.getByRole('button', { name: 'Create key' }).click();
  const drawer = page.getByRole('dialog', { name: 'Create a key' });
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await drawer.getByText('Give it a name').waitFor();
  await drawer.getByLabel('Name').fill('prod-api');
  await drawer.getByRole('button', { name: 'Temporary key' }).click();
  await drawer.getByLabel('Allowed addresses').fill('127.0.0.1\n10.0.0.5/24');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  // The server's fault stands at its field, and all that was typed is still there.
  await drawer.getByText('10.0.0.0/24').waitFor();
  expect(await drawer.getByLabel('Name').inputValue()).toBe('prod-api');
  await drawer.getByLabel('Allowed addresses').fill('127.0.0.1\n10.0.0.0/24');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();

  const dialog = page.getByRole('dialog', { name: 'The value of prod-api' });
  const value = await dialog.getByLabel('Copy the key').first().inputValue();
  expect(value).toMatch(/^kw_[0-9A-Za-z]{36}$/);
  expect(await callModels(value)).toBe(200);
  await page.keyboard.press('Escape');
  expect(await dialog.getByRole('button', { name: 'Done' }).isDisabled()).toBe(true);
  await dialog.getByText('the only time').waitFor();
  await dialog.getByLabel('I have saved it').check();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await dialog.waitFor({ state: 'hidden' });

  await row(page, 'prod-api').waitFor();
  expect(await page.content()).not.toContain(value);
  const kept = await page.evaluate<string>(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, location.href, document.title])',
  );
  expect(kept).not.toContain(value);
  const { body } = await console.app.api<{ data: { name: string; limits: object[]; expiresAt: string | null }[] }>(
    'GET',
    `/projects/${projectId}/keys?search=prod-api`,
  );
  expect(body.data[0]?.expiresAt).not.toBeNull();
  expect(faults).toEqual([]);
});

test('D02 Z13 V16 the page warns against making keys public, and says what to do after a leak', async () => {
  const { page } = await console.signedIn();
  const warning = page.getByRole('alert').filter({ hasText: 'never put it into a browser' });
  await warning.waitFor();
  expect(await warning.textContent()).toContain('disable it at once and create a new one');
});

test('V18 V20 V21 T12 A11 the switch asks before it disables, says what it does, acts at once, and enables again', async () => {
  const key = await console.newKey();
  const { page } = await console.signedIn();
  const control = row(page, key.name).getByRole('switch');
  await control.focus();
  await page.keyboard.press('Space');
  const question = page.getByRole('dialog').filter({ hasText: `Disable ${key.name}?` });
  await question.getByRole('button', { name: 'Cancel' }).click();
  expect(await callModels(key.value)).toBe(200);
  await control.click();
  await question.getByRole('button', { name: 'Disable' }).click();
  await row(page, key.name).getByText('Disabled').waitFor();
  await expect.poll(() => callModels(key.value)).toBe(401);
  await page.reload();
  await row(page, key.name).getByText('Disabled').waitFor();
  await row(page, key.name).getByRole('switch').click();
  await row(page, key.name).getByText('Active').waitFor();
  await expect.poll(() => callModels(key.value)).toBe(200);
});

test('a switch that the server refuses goes back, and says why', async () => {
  const key = await console.newKey();
  const { page } = await console.signedIn();
  await row(page, key.name).waitFor();
  await console.app.api('DELETE', `/keys/${key.id}?confirm=${encodeURIComponent(key.name)}`);
  await row(page, key.name).getByRole('switch').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await page.locator('.ant-message-error').waitFor();
  await row(page, key.name).waitFor({ state: 'hidden' });
  expect(await page.getByRole('row').count()).toBeGreaterThan(1);
});

test('D12 A11 V18 what one browser disables, another sees when it refreshes', async () => {
  const key = await console.newKey({ name: 'seen-by-two' });
  const [{ page: one }, { page: other }] = [await console.signedIn(), await console.signedIn()];
  for (const page of [one, other]) await row(page, key.name).getByText('Active').waitFor();
  await row(one, key.name).getByRole('switch').click();
  await one.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await one.getByText('seen-by-two is disabled.').waitFor();
  await row(other, key.name).getByText('Active').waitFor();
  await other.getByRole('button', { name: 'Refresh' }).click();
  await row(other, key.name).getByText('Disabled').waitFor();
  expect(await row(other, key.name).getByRole('switch').isChecked()).toBe(false);
});

test('D12 D08 D09 the refresh icon shows what was made elsewhere, and keeps the filters', async () => {
  const { page } = await console.signedIn();
  await page.getByRole('textbox', { name: 'Name, description or masked key' }).fill('elsewhere');
  await page.getByText('No key fits these filters.').waitFor();
  await console.newKey({ name: 'made-elsewhere' });
  await console.newKey({ name: 'another' });
  await page.getByRole('button', { name: 'Refresh' }).click();
  await row(page, 'made-elsewhere').waitFor();
  expect(await row(page, 'another').count()).toBe(0);
  await expect.poll(() => page.url()).toContain('search=elsewhere');
});

test('T08 T09 T10 T14 T15 D10 D11 V12 V13 A09 Z02 a row says what there is to know of a key, and copies no more than its mask', async () => {
  const key = await console.newKey({
    description: 'for the shop',
    environment: 'prod',
    limits: [
      { unit: 'cost', amount: '10', window: { kind: 'session', seconds: 18_000 } },
      { unit: 'requests', amount: 4, window: { kind: 'lifetime' } },
    ],
  });
  const body = JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hi' }] });
  const headers = { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' };
  await (await fetch(`${console.app.url}/v1/chat/completions`, { method: 'POST', headers, body })).text();
  const { page } = await console.signedIn({ permissions: ['clipboard-read', 'clipboard-write'] });
  const of = row(page, key.name);
  const masked = `${key.value.slice(0, 5)}***${key.value.slice(-4)}`;
  for (const text of ['for the shop', 'prod', masked, 'All', 'root', 'this minute', '1 / 4'])
    await of.getByText(text, { exact: true }).first().waitFor();
  await of.getByRole('listitem', { name: 'Requests · in total: 1 / 4' }).waitFor();
  expect(await of.locator('time').first().getAttribute('title')).toMatch(/UTC|GMT|[A-Z]{3}/);
  await of.getByRole('button', { name: `Copy the masked text of ${key.name}` }).click();
  await page.getByText('It is not enough to call with.').waitFor();
  const copied = await page.evaluate<string>('navigator.clipboard.readText()');
  expect(copied).toBe(masked);
  expect(await callModels(copied)).toBe(401);
  await row(page, 'First key').getByText('Default', { exact: true }).waitFor();

  // In the hand a row is a card, which has room for limits, where there are any.
  await page.setViewportSize({ width: 390, height: 844 });
  await of.getByRole('listitem', { name: 'Requests · in total: 1 / 4' }).waitFor();
  expect(await row(page, 'First key').locator('.none').isVisible()).toBe(false);
  await page.setViewportSize({ width: 800, height: 900 });
  await of.getByRole('listitem', { name: 'Requests · in total: 1 / 4' }).waitFor({ state: 'hidden' });
});

test('a project is changed to at the top, and who is signed in can leave', async () => {
  const { body } = await console.app.api<{ accountId: string }>('GET', `/projects/${projectId}`);
  const made = await console.app.api<{ id: string }>('POST', '/projects', {
    name: 'Elsewhere',
    accountId: body.accountId,
  });
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys`);
  await page.getByRole('button', { name: /^Project: / }).click();
  await page.getByRole('combobox', { name: 'Project' }).waitFor();
  await page.keyboard.type('Elsew');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/projects/${made.body.id}/keys`);
  await page.getByRole('button', { name: 'Project: Elsewhere' }).waitFor();
  await page.getByRole('button', { name: /^Signed in as/ }).click();
  await page.getByText(ADMIN.email).waitFor();
  await page.keyboard.press('Escape');
  await page.getByText(ADMIN.email).waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: /^Signed in as/ }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Password').waitFor();
  await page.goto(`/projects/${projectId}/keys`);
  await page.getByLabel('Password').waitFor();
  expect(await page.getByRole('table').count()).toBe(0);
});

test('D08 A13 A03 D23 T37 the list is narrowed by all that tells keys apart, in the address, and widened by one click', async () => {
  const group = await console.app.api<{ id: string }>('POST', '/groups', { name: 'narrow' });
  await console.newKey({ name: 'narrow-a', environment: 'staging', groupId: group.body.id });
  await console.newKey({
    name: 'narrow-b',
    environment: 'dev',
    expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
  });
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys?search=narrow-`);
  const shows = async (...names: string[]) =>
    expect.poll(() => page.locator('tbody a').allTextContents()).toEqual(names);
  await shows('narrow-b', 'narrow-a');
  await page.getByRole('button', { name: 'More filters' }).click();
  for (const [label, option, name, found] of [
    ['Environment', 'staging', 'environment=staging', 'narrow-a'],
    ['Group', 'narrow', `groupId=${group.body.id}`, 'narrow-a'],
    ['To look at', 'Never expires', 'finding=withoutExpiry', 'narrow-a'],
    ['Kind', 'Temporary', 'class=temporary', undefined],
    ['Unused', 'Unused for 7 days', 'unusedForDays=7', undefined],
    ['Age', 'Older than 30 days', 'olderThanDays=30', undefined],
    ['Status', 'Disabled', 'state=disabled', undefined],
  ] as const) {
    await page.getByLabel(label, { exact: true }).selectOption(option);
    await shows(...(found === undefined ? [] : [found]));
    await expect.poll(() => page.url()).toContain(name);
    await page.getByLabel(label, { exact: true }).selectOption('');
    await shows('narrow-b', 'narrow-a');
  }
  // Made by the root key, not by who looks.
  await page.getByLabel('Only mine').check();
  await shows();
  await page.getByRole('search').getByRole('button', { name: 'Clear' }).click();
  await row(page, 'First key').waitFor();
  await expect.poll(() => new URL(page.url()).search).toBe('');
});

test.each(LOOKS)(
  'T39 the pages of keys, $locale, $colorScheme, $viewport.width wide',
  { timeout: 180_000 },
  async (look) => {
    const key = await console.newKey({ limits: [{ unit: 'cost', amount: '10', window: { kind: 'lifetime' } }] });
    const { page: stranger } = await console.open(look);
    await stranger.goto('/sign-in');
    expect(await console.look(stranger, 'sign-in')).toEqual([]);
    const { page, faults } = await console.signedIn(look);
    for (const [name, path] of [
      ['keys', `/projects/${projectId}/keys`],
      ['create', `/projects/${projectId}/keys?create=true`],
      ['key', `/keys/${key.id}`],
      ['usage', `/projects/${projectId}/usage`],
      ['security', `/projects/${projectId}/security`],
      ['projects', '/projects'],
    ] as const) {
      await page.goto(path);
      if (name === 'create') await page.locator('.ant-drawer-open').waitFor();
      expect(await console.look(page, name), name).toEqual([]);
    }
    expect(faults).toEqual([]);
  },
);
