// Keys that should be looked at, of a project and of an account; and the management keys of an account.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeBeside } from '../kit/beside.ts';
import { LOOKS, newLogin, startConsole, type TestConsole } from '../kit/browser.ts';

const DAY_MS = 86_400_000;
let console: TestConsole;
let accountId: string;

beforeAll(async () => {
  console = await startConsole();
  ({ accountId } = console);
});
afterAll(() => console.close());

interface Key {
  id: string;
  value: string;
  class: string;
  status: string;
  expiresAt: string | null;
  ipAllow: string[];
}
const newProject = async (name: string) =>
  (await console.app.api<{ id: string }>('POST', '/projects', { name, accountId, defaultKey: false })).body.id;
const newKey = async (projectId: string, name: string, body: object = {}) =>
  (await console.app.api<Key>('POST', `/projects/${projectId}/keys`, { name, scope: { mode: 'all' }, ...body })).body;
const read = async (id: string) => (await console.app.api<Key>('GET', `/keys/${id}`)).body;
const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const finding = (page: Page, name: string) => page.getByRole('button', { name });

/** As if it had been made that long ago. */
const age = (id: string, days: number) =>
  writeBeside(console.app.dataDir, (database) => {
    for (const [table, column] of [
      ['keys', 'id'],
      ['secrets', 'key_id'],
    ] as const)
      database
        .prepare(`update ${table} set created_at_ms = created_at_ms - ? where ${column} = ?`)
        .run(days * DAY_MS, id);
  });

test('T37 D23 T36 keys that should be looked at are counted and listed by why; unused ones are disabled together', async () => {
  const projectId = await newProject('Old house');
  const limits = [{ unit: 'cost', amount: '5', window: { kind: 'lifetime' } }];
  const expiresAt = new Date(Date.now() + 30 * DAY_MS).toISOString();
  const tidy = { limits, expiresAt, ipAllow: ['10.0.0.0/24'] };
  const [idle, ancient] = [await newKey(projectId, 'idle', tidy), await newKey(projectId, 'ancient', tidy)];
  await newKey(projectId, 'fine', tidy);
  const open = await newKey(projectId, 'open', { limits });
  await age(idle.id, 100);
  await age(ancient.id, 400);
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${projectId}/keys`);
  await page.getByRole('link', { name: 'Hygiene', exact: true }).click();
  await page.getByText('4 keys work.').waitFor();
  await finding(page, 'Not used for 90 days').getByText('2 / 4').waitFor();
  await finding(page, 'Same value for more than 365 days').getByText('1 / 4').waitFor();
  await finding(page, 'Never expires').getByText('1 / 4').waitFor();
  expect(await finding(page, 'No limit of its own').isDisabled()).toBe(true);
  expect(await row(page, 'fine').count()).toBe(0);
  await row(page, 'open').getByText('Open to all').waitFor();

  // What is open to all is narrowed in the form that is open when its page comes.
  const wide = await newKey(projectId, 'wide', { limits, expiresAt });
  await page.reload();
  await row(page, 'wide').getByRole('link', { name: 'Narrow it: wide' }).click();
  const form = page.getByRole('dialog', { name: 'Edit wide' });
  await form.getByLabel('Allowed addresses').fill('10.0.0.0/24');
  await form.getByRole('button', { name: 'Save' }).click();
  await form.waitFor({ state: 'hidden' });
  expect((await read(wide.id)).ipAllow).toEqual(['10.0.0.0/24']);
  await expect.poll(() => new URL(page.url()).search).not.toContain('edit');
  await page.goto(`/projects/${projectId}/hygiene`);
  await page.getByText('5 keys work.').waitFor();

  await finding(page, 'Same value for more than').click();
  await row(page, 'open').waitFor({ state: 'hidden' });
  await expect.poll(() => page.url()).toContain('finding=old');
  expect(await row(page, 'ancient').getByRole('link', { name: 'Rotate: ancient' }).getAttribute('href')).toBe(
    `/keys/${ancient.id}?tab=secrets`,
  );
  await page.getByLabel('Old: after 365 days').selectOption('Older than 30 days');
  await row(page, 'idle').waitFor();

  await finding(page, 'Not used for 90 days').click();
  await page.getByRole('checkbox', { name: 'Choose all that are shown' }).check();
  await page.getByRole('button', { name: 'Disable', exact: true }).click();
  await page.getByRole('button', { name: 'Disable 2 keys' }).click();
  await page.getByText('2 keys are disabled.').waitFor();
  await page.getByText('3 keys work.').waitFor();
  expect([await read(idle.id), await read(ancient.id)].map(({ status }) => status)).toEqual(['disabled', 'disabled']);

  await finding(page, 'Never expires').click();
  await page.getByRole('checkbox', { name: 'Choose open' }).check();
  await page.getByRole('button', { name: 'Set expiry' }).click();
  await page.getByRole('button', { name: 'Set for 1 key' }).click();
  await page.getByText('The expiry of 1 key is set.').waitFor();
  expect((await read(open.id)).expiresAt).not.toBeNull();
  expect(faults).toEqual([]);
});

test('T37 where no key needs a look that is said, and where there is no key at all, that', async () => {
  const projectId = await newProject('New house');
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/hygiene`);
  await page.getByText('No key works here yet').waitFor();
  expect(await page.getByRole('region', { name: 'What to look at' }).count()).toBe(0);
  await newKey(projectId, 'fine', {
    limits: [{ unit: 'cost', amount: '5', window: { kind: 'lifetime' } }],
    expiresAt: new Date(Date.now() + 30 * DAY_MS).toISOString(),
    ipAllow: ['10.0.0.0/24'],
  });
  await page.reload();
  await page.getByText('Nothing to look at').waitFor();
  await page.getByRole('region', { name: 'What to look at' }).getByText('1 key works').waitFor();
});

test('V29 Z05 members look at their own keys, and have no page of the account', async () => {
  const projectId = await newProject('Shared');
  await newKey(projectId, 'of-an-admin');
  await console.app.api('PATCH', `/projects/${projectId}/security`, { memberAccess: 'own' });
  const member = await newLogin(console, { projectId, role: 'member' });
  const { page } = await console.signedIn({}, member);
  await page.goto(`/projects/${projectId}/hygiene`);
  await page.getByText('No key works here yet').waitFor();
  expect(await page.getByRole('link', { name: 'Account hygiene' }).count()).toBe(0);
  expect(await page.getByRole('link', { name: 'Account keys' }).count()).toBe(0);
  for (const path of ['hygiene', 'keys']) {
    await page.goto(`/accounts/${accountId}/${path}`);
    await page.getByText('This is not open to you').waitFor();
  }
});

test('T07 a management key is made for the account, shown once, manages and calls no model', async () => {
  const projectId = await newProject('Beside');
  await newKey(projectId, 'of-a-project');
  const { page, faults } = await console.signedIn();
  await page.goto(`/accounts/${accountId}/keys`);
  await page.getByText('do not count toward the number of keys').waitFor();
  await page.getByRole('button', { name: 'Create management key' }).click();
  const drawer = page.getByRole('dialog', { name: 'Create a management key' });
  await drawer.getByLabel('Name').fill('deploy-bot');
  await drawer.getByLabel('Allowed addresses').fill('127.0.0.1');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'The value of deploy-bot' });
  const value = await dialog.getByLabel('Copy the key').first().inputValue();
  await dialog.getByLabel('I have saved it').check();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await row(page, 'deploy-bot').getByText('Whole account').waitFor();
  expect(await page.content()).not.toContain(value);
  const mine = await console.app.api<{ data: Key[] }>(
    'GET',
    `/accounts/${accountId}/keys?class=management`,
    undefined,
    {
      key: value,
    },
  );
  expect(mine.status).toBe(200);
  expect(mine.body.data[0]).toMatchObject({ class: 'management', projectId: null, ipAllow: ['127.0.0.1'] });
  const models = await fetch(`${console.app.url}/v1/models`, { headers: { authorization: `Bearer ${value}` } });
  expect(models.status).toBeGreaterThanOrEqual(400);

  expect(await row(page, 'of-a-project').count()).toBe(0);
  await page.getByText('All keys of the account').click();
  await row(page, 'of-a-project').getByText('Beside').waitFor();
  await expect.poll(() => page.url()).toContain('all=true');
  expect(faults).toEqual([]);
});

test.each(LOOKS)('T39 hygiene and keys of an account, $locale, $colorScheme, $viewport.width wide', async (look) => {
  const projectId = await newProject(`Looks ${look.locale}`);
  const empty = await newProject(`Empty ${look.locale}`);
  await age((await newKey(projectId, 'billing-worker', { description: 'sends the invoices' })).id, 500);
  await newKey(projectId, 'prod-api', { environment: 'prod' });
  const { page, faults } = await console.signedIn(look);
  for (const [name, path] of [
    ['hygiene', `/projects/${projectId}/hygiene`],
    ['hygiene-none', `/projects/${empty}/hygiene`],
    ['hygiene-account', `/accounts/${accountId}/hygiene?finding=idle`],
    ['account-keys', `/accounts/${accountId}/keys`],
    ['account-keys-all', `/accounts/${accountId}/keys?all=true`],
  ] as const) {
    await page.goto(path);
    expect(await console.look(page, name), name).toEqual([]);
  }
  expect(faults).toEqual([]);
});
