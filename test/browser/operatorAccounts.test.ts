// The pages of the platform's operator: tenants and people.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, LOOKS, newLogin, signIn, startConsole, type TestConsole } from '../kit/browser.ts';
import { signedIn, totpOf } from '../kit/people.ts';

let console: TestConsole;

beforeAll(async () => {
  console = await startConsole();
});
afterAll(() => console.close());

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const newAccount = async (name: string) =>
  (await console.app.api<{ id: string }>('POST', '/accounts', { name })).body.id;
const callModels = async (value: string) =>
  (await fetch(`${console.app.url}/v1/models`, { headers: { authorization: `Bearer ${value}` } })).status;

test('an account is created, opened and renamed, and its owner invited by a link that is shown once', async () => {
  const { page, faults } = await console.signedIn();
  await page.getByRole('link', { name: 'Accounts' }).click();
  await page.getByRole('button', { name: 'Create account' }).click();
  const drawer = page.getByRole('dialog', { name: 'Create account' });
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await drawer.getByText('This is needed.').waitFor();
  await drawer.getByRole('textbox', { name: 'Name' }).fill('Acme');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('heading', { name: 'Acme', level: 1 }).waitFor();
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';

  await page.getByRole('button', { name: 'Edit' }).click();
  const edit = page.getByRole('dialog', { name: 'Edit Acme' });
  await edit.getByRole('textbox', { name: 'Name' }).fill('Acme Ltd');
  await edit.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Acme Ltd', level: 1 }).waitFor();
  expect((await console.app.api('GET', `/accounts/${id}`)).body).toMatchObject({ name: 'Acme Ltd' });

  await page.getByRole('button', { name: 'Invite' }).click();
  const invite = page.getByRole('dialog', { name: 'Invite into Acme Ltd' });
  await invite.getByLabel('E-mail').fill('owner@acme.test');
  await invite.getByRole('button', { name: 'Make the link' }).click();
  const link = await page.getByRole('textbox', { name: 'Copy the link' }).inputValue();
  expect(link).toContain('#');
  await page.getByLabel('I have saved it').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  expect(await page.content()).not.toContain(link.split('#')[1]);
  const { body } = await console.app.api<{ data: object[] }>('GET', `/invitations?accountId=${id}`);
  expect(body.data).toMatchObject([{ email: 'owner@acme.test', role: 'owner', status: 'open' }]);
  expect(faults).toEqual([]);
});

test('suspending says what stops, stops every key at the next call, and is taken back at once', async () => {
  const accountId = await newAccount('Tenant');
  const project = await console.app.api<{ defaultKey: { value: string } }>('POST', '/projects', {
    name: 'Shop',
    accountId,
  });
  const { value } = project.body.defaultKey;
  expect(await callModels(value)).toBe(200);
  const { page } = await console.signedIn();
  await page.goto(`/platform/accounts/${accountId}`);
  await row(page, 'Shop').waitFor();
  await page.getByRole('button', { name: 'Suspend' }).click();
  const question = page.getByRole('dialog', { name: 'Suspend Tenant?' });
  await question.getByText('Every key of the account is refused').waitFor();
  expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('Cancel');
  await question.getByRole('button', { name: 'Suspend' }).click();
  await page.getByText('Suspended', { exact: true }).waitFor();
  expect(await callModels(value)).toBe(403);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Active', { exact: true }).waitFor();
  expect(await callModels(value)).toBe(200);
});

test('limits and the cap on keys of an account are set, changed and removed, as the API then has them', async () => {
  const accountId = await newAccount('Bounded');
  const limits = async () =>
    (await console.app.api<{ data: { amount: string; unit: string }[] }>('GET', `/accounts/${accountId}/limits`)).body
      .data;
  const { page, faults } = await console.signedIn();
  await page.goto(`/platform/accounts/${accountId}`);
  await page.getByRole('button', { name: 'Set a limit' }).click();
  const drawer = page.getByRole('dialog', { name: 'Set a limit' });
  await drawer.getByLabel('Amount').fill('much');
  await drawer.getByRole('button', { name: 'Save' }).click();
  await drawer.getByText('A number, such as 100.').waitFor();
  await drawer.getByLabel('Amount').fill('1,250.50');
  await drawer.getByRole('button', { name: 'Save' }).click();
  await page.getByText('0 / 1,250.5').waitFor();
  expect(await limits()).toMatchObject([
    { unit: 'cost', amount: '1250.5', window: { kind: 'calendar', period: 'month' } },
  ]);
  const card = page.locator('.ant-card').filter({ hasText: 'Limits over all its calls' });
  await card.getByRole('button', { name: 'Change' }).click();
  const change = page.getByRole('dialog', { name: 'Change the limit: Cost' });
  await change.getByLabel('Amount').fill('2000');
  await change.getByRole('button', { name: 'Save' }).click();
  await page.getByText('0 / 2,000').waitFor();
  await card.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('dialog', { name: 'Remove this limit?' }).getByRole('button', { name: 'Remove' }).click();
  await page.getByText('No limit: its calls').waitFor();
  expect(await limits()).toEqual([]);

  const keys = page.locator('.ant-card').filter({ hasText: 'of 50 keys' });
  await keys.getByRole('button', { name: 'Change' }).click();
  const quota = page.getByRole('dialog', { name: 'How many keys' });
  await quota.getByLabel('Most keys of the account').fill('80');
  await quota.getByLabel('Most keys made by one person').fill('5');
  await quota.getByRole('button', { name: 'Save' }).click();
  await page.getByText('0 of 80 keys').waitFor();
  expect((await console.app.api('GET', `/accounts/${accountId}/quota`)).body).toMatchObject({
    keyCap: 80,
    memberKeyCap: 5,
  });
  expect(faults).toEqual([]);
});

test('Z19 the pages of the platform are there for its operator, and neither shown nor opened to admins', async () => {
  const accountId = await newAccount('Walled');
  const admin = await newLogin(console, { accountId, role: 'owner' });
  const { page } = await console.signedIn();
  await page.getByRole('heading', { name: 'Platform' }).waitFor();
  const { page: theirs } = await console.signedIn({}, admin);
  await theirs.getByRole('link', { name: 'All projects' }).waitFor();
  expect(await theirs.getByText('Platform', { exact: true }).count()).toBe(0);
  for (const path of ['accounts', `accounts/${accountId}`, 'people']) {
    await theirs.goto(`/platform/${path}`);
    await theirs.getByText('It does not exist, or it is not yours to see.').waitFor();
  }
});

test('a person is added, found, signed out, disabled and let in again; links are shown once', async () => {
  const { page, faults } = await console.signedIn();
  await page.goto('/platform/people');
  await page.getByRole('button', { name: 'Add a person' }).click();
  const drawer = page.getByRole('dialog', { name: 'Add a person' });
  await drawer.getByLabel('Name').fill('Li Wei');
  await drawer.getByLabel('E-mail').fill('no address');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  await drawer.getByText('This must be an e-mail address.').waitFor();
  await drawer.getByLabel('E-mail').fill('li@example.com');
  await drawer.getByRole('button', { name: 'Create', exact: true }).click();
  const done = async (): Promise<string> => {
    const link = await page.getByRole('textbox', { name: 'Copy the link' }).inputValue();
    await page.getByLabel('I have saved it').check();
    await page.getByRole('button', { name: 'Done' }).click();
    return link.split('#')[1] ?? '';
  };
  const token = await done();
  const password = 'a-long-password-of-li-wei';
  const csrf = { headers: { 'x-keyward-csrf': '1' }, key: null };
  expect((await console.app.api('POST', '/auth/password-reset', { token, password }, csrf)).status).toBe(204);

  await page.getByRole('textbox', { name: 'Name or e-mail' }).fill('li@exam');
  await row(page, 'admin@keyward.local').waitFor({ state: 'hidden' });
  await expect.poll(() => page.url()).toContain('search=li');
  await row(page, 'Li Wei').getByRole('link').click();
  const panel = page.getByRole('dialog', { name: 'Li Wei' });

  const { page: theirs } = await console.signedIn({}, { email: 'li@example.com', password });
  await panel.getByRole('button', { name: 'Disable' }).click();
  const question = page.getByRole('dialog', { name: 'Disable Li Wei?' });
  await question.getByRole('button', { name: 'Disable' }).click();
  await panel.getByText('Disabled', { exact: true }).waitFor();
  await theirs.reload();
  await theirs.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  await panel.getByRole('button', { name: 'Enable' }).click();
  await panel.getByText('Active', { exact: true }).waitFor();

  await signIn(theirs, '/', { email: 'li@example.com', password });
  await panel.getByRole('button', { name: 'Sign out' }).click();
  await page
    .getByRole('dialog', { name: 'Sign Li Wei out everywhere?' })
    .getByRole('button', { name: 'Sign out' })
    .click();
  await page.getByText('Li Wei is signed out everywhere.').waitFor();
  await theirs.reload();
  await theirs.getByRole('button', { name: 'Sign in', exact: true }).waitFor();

  await panel.getByRole('button', { name: 'Reset link' }).click();
  expect(await done()).toMatch(/^.{20,}$/);
  await panel.getByRole('button', { name: 'Make operator' }).click();
  await page
    .getByRole('dialog', { name: 'Make Li Wei an operator?' })
    .getByRole('button', { name: 'Make operator' })
    .click();
  await panel.getByRole('button', { name: 'Operator no more' }).waitFor();
  const { body } = await console.app.api<{ data: object[] }>('GET', '/people?search=li@example.com');
  expect(body.data).toMatchObject([{ isOperator: true, status: 'active' }]);
  expect(faults).toEqual([]);
});

test('a lost second factor is removed by a link to a new password, and the operator cannot shut themselves out', async () => {
  const lost = await newLogin(console, { accountId: await newAccount('Of the lost'), role: 'member' });
  const theirs = await signedIn(console.app.url, lost.email, lost.password);
  const totp = await theirs.call('POST', '/auth/totp', { password: lost.password });
  const on = await theirs.call('POST', '/auth/totp/confirm', { code: totpOf(totp.body.uri) });
  expect(on.body.user.twoFactor).toBe(true);
  const { name, id } = on.body.user as { name: string; id: string };
  const { page } = await console.signedIn();
  await page.goto(`/platform/people?person=${id}`);
  const panel = page.getByRole('dialog', { name });
  await panel.getByRole('button', { name: 'Remove second factor' }).click();
  const question = page.getByRole('dialog', { name: `Remove the second factor of ${name}?` });
  await question.getByText('Make sure first that it is really them').waitFor();
  await question.getByRole('button', { name: 'Remove second factor' }).click();
  expect(await page.getByRole('textbox', { name: 'Copy the link' }).inputValue()).toContain('#');
  expect((await console.app.api('GET', `/people/${id}`)).body).toMatchObject({ twoFactor: false });
  expect((await theirs.call('GET', '/auth/session')).status).toBe(401);
  await page.goto('/platform/people');
  await row(page, ADMIN.email).getByRole('link').click();
  const own = page.getByRole('dialog', { name: /./ });
  await own.getByRole('button', { name: 'Reset link' }).waitFor();
  expect(await own.getByRole('button', { name: 'Disable' }).count()).toBe(0);
  expect(await own.getByRole('button', { name: 'Operator no more' }).count()).toBe(0);
});

test('T39 accounts are fit for everybody, at a desk and in the hand, full and empty', async () => {
  const accountId = await newAccount('Looked at GmbH & Co. with a long name of a firm');
  await console.app.api('POST', `/accounts/${accountId}/limits`, {
    unit: 'cost',
    amount: '100',
    window: { kind: 'calendar', period: 'month' },
  });
  await console.app.api('POST', '/projects', { name: 'Shop', accountId });
  const empty = await newAccount('Empty');
  for (const look of LOOKS) {
    const { page } = await console.signedIn(look);
    for (const [path, name] of [
      ['accounts', 'platform-accounts'],
      [`accounts/${accountId}`, 'platform-account'],
      [`accounts/${empty}`, 'platform-account-empty'],
    ] as const) {
      await page.goto(`/platform/${path}`);
      expect(await console.look(page, name), name).toEqual([]);
    }
  }
});

test('T39 people are fit for everybody, at a desk and in the hand, full and empty', async () => {
  for (const look of LOOKS) {
    const { page } = await console.signedIn(look);
    await page.goto('/platform/people?search=nobody');
    expect(await console.look(page, 'platform-people-empty')).toEqual([]);
    await page.goto('/platform/people');
    expect(await console.look(page, 'platform-people')).toEqual([]);
    await page.getByRole('row').nth(1).getByRole('link').click();
    await page.getByRole('dialog').getByRole('button').nth(1).waitFor();
    expect(await console.look(page, 'platform-person')).toEqual([]);
  }
});
