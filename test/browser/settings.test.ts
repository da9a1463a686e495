// Settings of projects and accounts, limit templates and security, as people meet them.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOOKS, newLogin, startConsole, type TestConsole } from '../kit/browser.ts';

let console: TestConsole;
beforeAll(async () => {
  console = await startConsole();
});
afterAll(() => console.close());

const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });
const card = (page: Page, title: string) => page.locator('.ant-card').filter({ hasText: title });

/** A limit of so much money a month, set in the drawer that is open. */
async function fillLimit(page: Page, amount: string) {
  const form = page.getByRole('dialog', { name: 'Set a limit' });
  await form.getByLabel('Amount').fill(amount);
  await form.getByRole('button', { name: 'Save' }).click();
  await form.waitFor({ state: 'hidden' });
}

test('A07 a project is renamed and that taken back, limited over all its keys, and given a cap of keys', async () => {
  const { accountId, projectId } = await console.newPlace('Renamed');
  const admin = await newLogin(console, { accountId, role: 'admin' });
  const { page, faults } = await console.signedIn({}, admin);
  const read = () => console.send<{ name: string; limits: { id: string }[] }>('GET', `/projects/${projectId}`);
  await page.goto(`/projects/${projectId}/keys`);
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await page.getByRole('heading', { name: 'Project settings' }).waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Another');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Undo' }).waitFor();
  expect((await read()).name).toBe('Another');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(async () => (await read()).name).toBe('Renamed Shop');
  await expect.poll(() => page.getByLabel('Name', { exact: true }).inputValue()).toBe('Renamed Shop');

  await page.getByText('No limit over the whole project').waitFor();
  await page.getByRole('button', { name: 'Set a limit' }).click();
  await fillLimit(page, '250.00');
  await page.getByText('/ 250').waitFor();
  expect((await read()).limits).toMatchObject([
    { unit: 'cost', amount: '250', window: { kind: 'calendar', period: 'month' } },
  ]);
  await card(page, '/ 250').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('No limit over the whole project').waitFor();
  expect((await read()).limits).toEqual([]);

  await page.getByRole('button', { name: 'Change the cap of Renamed Shop' }).click();
  await page.getByRole('dialog').getByLabel('Keys at most').fill('3');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByText('0 of 3 keys').waitFor();
  expect(await console.send('GET', `/projects/${projectId}/quota`)).toMatchObject({ keyCap: 3 });

  // Admins of the project name it, and do not loosen what binds them; members read.
  const projectAdmin = await newLogin(console, { projectId, role: 'admin' });
  const { page: theirs } = await console.signedIn({}, projectAdmin);
  await theirs.goto(`/projects/${projectId}/settings`);
  await theirs.getByRole('button', { name: 'Save' }).waitFor();
  await theirs.getByText('0 of 3 keys').waitFor();
  expect(await theirs.getByRole('button', { name: 'Set a limit' }).count()).toBe(0);
  expect(await theirs.getByRole('button', { name: /Change the cap/ }).count()).toBe(0);
  const member = await newLogin(console, { projectId, role: 'member' });
  const { page: members } = await console.signedIn({}, member);
  await members.goto(`/projects/${projectId}/settings`);
  expect(await members.getByLabel('Name', { exact: true }).isDisabled()).toBe(true);
  expect(await members.getByRole('button', { name: 'Save' }).count()).toBe(0);
  expect(faults).toEqual([]);
});

test('Z02 a project that is made without a default key is said to be there, and opens', async () => {
  const { page, faults } = await console.signedIn();
  await page.goto('/projects');
  await page.getByRole('button', { name: 'Create project' }).click();
  const drawer = page.getByRole('dialog', { name: 'Create project' });
  await drawer.getByLabel('Name').fill('Bare');
  await drawer.getByLabel('With a default key').uncheck();
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByText('Bare is there.').waitFor();
  await page.getByText('No keys yet.').waitFor();
  expect(faults).toEqual([]);
});

test('T39 what is typed and not saved yet is still there in another language', async () => {
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${console.projectId}/settings`);
  await page.getByLabel('Name', { exact: true }).fill('Half a na');
  for (const [to, label] of [
    ['中文', '名称'],
    ['English', 'Name'],
  ] as const) {
    await page.getByRole('button', { name: to }).click();
    const field = page.getByLabel(label, { exact: true });
    await field.waitFor();
    expect(await field.inputValue()).toBe('Half a na');
  }
  expect(faults).toEqual([]);
});

test('A14 T32 the security of an account is changed by its admins, after a question where values are forgotten', async () => {
  const { accountId } = await console.newPlace('Kept');
  const admin = await newLogin(console, { accountId, role: 'admin' });
  const { page, faults } = await console.signedIn({}, admin);
  const read = () => console.send('GET', `/accounts/${accountId}/security`);
  await page.goto(`/accounts/${accountId}/settings`);
  const form = card(page, 'Security of the account');
  await form.getByLabel('Can be shown again').check();
  await form.getByLabel('Only notify').check();
  await form.getByLabel('Values of keys may be chosen').check();
  await form.getByLabel('How many days keys may live at most').fill('90');
  await form.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await read()).toMatchObject({
    keyReveal: 'recoverable',
    onLeakReport: 'notify',
    customKeys: true,
    maxKeyLifetimeDays: 90,
  });
  await form.getByLabel('Shown once').check();
  await form.getByRole('button', { name: 'Save' }).click();
  const question = page.getByRole('dialog').filter({ hasText: 'Forget all kept values?' });
  await question.getByRole('button', { name: 'Cancel' }).click();
  expect(await read()).toMatchObject({ keyReveal: 'recoverable' });
  await form.getByRole('button', { name: 'Save' }).click();
  await question.getByRole('button', { name: 'Forget them' }).click();
  await expect.poll(read).toMatchObject({ keyReveal: 'once' });
  await page.getByText('The operator sets them.').waitFor();
  expect(await page.getByRole('button', { name: 'Set a limit' }).count()).toBe(0);

  const { page: operators } = await console.signedIn();
  await operators.goto(`/accounts/${accountId}/settings`);
  await operators.getByRole('button', { name: 'Set a limit' }).click();
  await fillLimit(operators, '1000');
  await operators.getByText('/ 1,000').waitFor();
  const member = await newLogin(console, { accountId, role: 'member' });
  const { page: members } = await console.signedIn({}, member);
  await members.goto(`/accounts/${accountId}/settings`);
  await members.getByText('Only admins of the account').waitFor();
  expect(await members.getByText('/ 1,000').count()).toBe(0);
  expect(faults).toEqual([]);
});

test('A07 limit templates are made with their limits, changed for all their keys, and deleted when no key refers to them', async () => {
  const { accountId, projectId } = await console.newPlace('Templates');
  const admin = await newLogin(console, { accountId, role: 'admin' });
  const { page, faults } = await console.signedIn({}, admin);
  const read = async () =>
    (await console.send<{ data: { id: string }[] }>('GET', `/accounts/${accountId}/limit-templates`)).data;
  await page.goto(`/accounts/${accountId}/limit-templates`);
  await page.getByText('No templates yet.').waitFor();
  await page.getByRole('button', { name: 'Create a template' }).click();
  const form = page.getByRole('dialog', { name: 'Create a template' });
  await form.getByLabel('Name').fill('Interns');
  await form.getByRole('button', { name: '1-day limit' }).click();
  await form.getByLabel('Amount').fill('5');
  await form.getByRole('button', { name: 'Create' }).click();
  await page.getByText('5 for each key').waitFor();
  await page.getByText('No key refers to it.').waitFor();
  const [template] = await read();
  expect(template).toMatchObject({ name: 'Interns', keys: 0, limits: [{ unit: 'cost', amount: '5' }] });
  await console.send('POST', `/projects/${projectId}/keys`, {
    name: 'intern',
    scope: { mode: 'all' },
    limitTemplateId: template?.id,
  });
  await page.reload();
  await page.getByText('Holds for 1 key.').waitFor();
  expect(await page.getByRole('button', { name: 'Delete Interns' }).count()).toBe(0);
  await card(page, 'Interns').getByRole('button', { name: 'Change', exact: true }).click();
  await page.getByRole('dialog').getByLabel('Amount').fill('7');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByText('7 for each key').waitFor();
  expect(await read()).toMatchObject([{ limits: [{ amount: '7' }] }]);

  await page.getByRole('button', { name: 'Create a template' }).click();
  await form.getByLabel('Name').fill('Trials');
  await form.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('button', { name: 'Delete Trials' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Trials is deleted.').waitFor();
  expect(await read()).toHaveLength(1);
  const member = await newLogin(console, { projectId, role: 'member' });
  const { page: theirs } = await console.signedIn({}, member);
  await theirs.goto(`/accounts/${accountId}/limit-templates`);
  await theirs.getByText('7 for each key').waitFor();
  expect(await theirs.getByRole('button', { name: 'Change', exact: true }).count()).toBe(0);
  expect(faults).toEqual([]);
});

test('V26 V28 V30 Z17 security settings are of a chosen project, read by its members and changed by its admins', async () => {
  const { projectId } = await console.newPlace('Guarded');
  const read = () => console.send('GET', `/projects/${projectId}/security`);
  const { page, faults } = await console.signedIn();
  await page.goto(`/projects/${projectId}/security`);
  await page.getByLabel('Manage only the keys they made').check();
  await page.getByLabel('Allowed addresses').fill('10.0.0.5/24');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('10.0.0.0/24').waitFor();
  expect(await read()).toMatchObject({ memberAccess: 'all', ipAllow: [] });
  await page.getByLabel('Allowed addresses').fill('10.0.0.0/24');
  await page.getByLabel('Keys have to expire').check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await read()).toMatchObject({ memberAccess: 'own', ipAllow: ['10.0.0.0/24'], requireExpiry: true });
  const member = await newLogin(console, { projectId, role: 'member' });
  const { page: theirs } = await console.signedIn({}, member);
  await theirs.goto(`/projects/${projectId}/security`);
  await theirs.getByText('Only admins of the project').waitFor();
  expect(await theirs.getByLabel('Keys have to expire').isDisabled()).toBe(true);
  expect(await theirs.getByRole('button', { name: 'Save' }).count()).toBe(0);
  expect(faults).toEqual([]);
});

test('V26 V28 a choice shows whom it binds before it is saved; what was chosen then binds them', async () => {
  const { projectId } = await console.newPlace('Bound');
  const admin = await newLogin(console, { projectId, role: 'admin' });
  const member = await newLogin(console, { projectId, role: 'member' });
  await console.send('POST', `/projects/${projectId}/keys`, { name: 'not-theirs', scope: { mode: 'all' } });
  const { page, faults } = await console.signedIn({}, admin);
  await page.goto(`/projects/${projectId}/security`);
  await row(page, member.email).getByText('Every key').waitFor();
  await page.getByLabel('Manage only the keys they made').check();
  await row(page, member.email).getByText('Only own keys').waitFor();
  await row(page, admin.email).getByText('Every key').waitFor();
  await page.getByLabel('Nothing: keys are for admins').check();
  await row(page, member.email).getByText('No keys').waitFor();
  // Nothing of it counts yet.
  expect(await console.send('GET', `/projects/${projectId}/security`)).toMatchObject({ memberAccess: 'all' });
  await page.getByLabel('Manage only the keys they made').check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  expect(await console.send('GET', `/projects/${projectId}/security`)).toMatchObject({ memberAccess: 'own' });
  const { page: theirs } = await console.signedIn({}, member);
  await theirs.goto(`/projects/${projectId}/keys`);
  await theirs.getByText('No keys yet.').waitFor();
  expect(await theirs.getByText('not-theirs').count()).toBe(0);
  expect(faults).toEqual([]);
});

test('V17 Z17 two who change the security of a project at once change both what they changed, and see it', async () => {
  const { projectId } = await console.newPlace('Shared');
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/security`);
  await page.getByLabel('Keys have to expire').check();
  await console.send('PATCH', `/projects/${projectId}/security`, { ipAllow: ['10.0.0.0/24'], memberAccess: 'none' });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  const both = { ipAllow: ['10.0.0.0/24'], memberAccess: 'none', requireExpiry: true };
  expect(await console.send('GET', `/projects/${projectId}/security`)).toMatchObject(both);
  await expect.poll(() => page.getByLabel('Allowed addresses').inputValue()).toBe('10.0.0.0/24');
  expect(await page.getByLabel('Nothing: keys are for admins').isChecked()).toBe(true);
});

test('V30 where no project is chosen there is nothing of its security, in the list of pages or elsewhere', async () => {
  const { projectId } = await console.newPlace('Chosen');
  const { page } = await console.signedIn();
  const pages = page.getByRole('navigation', { name: 'Pages' });
  await page.goto('/projects');
  await page.getByRole('heading', { name: 'Projects' }).first().waitFor();
  await pages.getByRole('link', { name: 'Quota', exact: true }).waitFor();
  expect(await pages.getByRole('link', { name: 'Security' }).count()).toBe(0);
  expect(await console.app.api('GET', '/security')).toMatchObject({ status: 400 });
  await page.goto(`/projects/${projectId}/keys`);
  await pages.getByRole('link', { name: 'Security' }).click();
  await page.getByRole('heading', { name: 'Security', exact: true }).waitFor();
  await expect.poll(() => new URL(page.url()).pathname).toBe(`/projects/${projectId}/security`);
});

test('Z17 addresses of a project count on top of those of its keys', async () => {
  const { projectId } = await console.newPlace('Walled');
  const key = await console.send<{ value: string }>('POST', `/projects/${projectId}/keys`, {
    name: 'walled',
    scope: { mode: 'all' },
    ipAllow: ['127.0.0.1'],
  });
  const call = async () =>
    (await fetch(`${console.app.url}/v1/models`, { headers: { authorization: `Bearer ${key.value}` } })).status;
  expect(await call()).toBe(200);
  const { page } = await console.signedIn();
  await page.goto(`/projects/${projectId}/security`);
  await page.getByLabel('Allowed addresses').fill('10.0.0.0/24');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  await expect.poll(call).toBe(403);
  await page.getByLabel('Allowed addresses').fill('127.0.0.1');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(call).toBe(200);
});

test.each(LOOKS)(
  'T39 settings, templates and security, $locale, $colorScheme, $viewport.width wide',
  { timeout: 180_000 },
  async (look) => {
    const { accountId, projectId } = await console.newPlace('Looked');
    const { page, faults } = await console.signedIn(look);
    const visit = async (list: readonly (readonly [string, string])[]) => {
      for (const [name, path] of list) {
        await page.goto(path);
        expect(await console.look(page, name), name).toEqual([]);
      }
    };
    await visit([
      ['project-settings-empty', `/projects/${projectId}/settings`],
      ['templates-empty', `/accounts/${accountId}/limit-templates`],
    ]);
    const month = { kind: 'calendar', period: 'month' };
    await console.send('POST', `/projects/${projectId}/limits`, { unit: 'cost', amount: '250', window: month });
    await console.send('POST', `/projects/${projectId}/limits`, { unit: 'concurrency', amount: 8 });
    await console.send('POST', `/accounts/${accountId}/limits`, { unit: 'tokens', amount: 5_000_000, window: month });
    await console.send('PATCH', `/projects/${projectId}/quota`, { keyCap: 20 });
    await console.send('POST', `/accounts/${accountId}/limit-templates`, {
      name: 'Interns',
      limits: [
        { unit: 'cost', amount: '5', window: { kind: 'session', seconds: 86_400 } },
        { unit: 'requests', amount: 500, window: { kind: 'rolling', seconds: 3600 } },
      ],
    });
    await newLogin(console, { projectId, role: 'admin' });
    await newLogin(console, { projectId, role: 'member' });
    await visit([
      ['project-settings', `/projects/${projectId}/settings`],
      ['account-settings', `/accounts/${accountId}/settings`],
      ['templates', `/accounts/${accountId}/limit-templates`],
      ['security', `/projects/${projectId}/security`],
    ]);
    expect(faults).toEqual([]);
  },
);
