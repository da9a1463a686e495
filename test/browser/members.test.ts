// Who belongs to accounts and projects, what they are there, and what each of them sees.

import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PEOPLE_ROLES, ROLE_ROWS } from '../../console/src/members/roleRows.ts';
import { PERMISSIONS } from '../../src/core/role.ts';
import { LOOKS, newLogin, startConsole, type Login, type TestConsole } from '../kit/browser.ts';
import { newBrowser, signedIn } from '../kit/people.ts';

/** How long a page may take on a busy machine. */
const SOON = { timeout: 30_000 };

let console: TestConsole;

beforeAll(async () => {
  console = await startConsole();
});
afterAll(() => console.close());

/** An account and a project of its own. */
async function newPlace() {
  const { body: account } = await console.app.api<{ id: string }>('POST', '/accounts', { name: 'Borealis' });
  const { body: project } = await console.app.api<{ id: string }>('POST', '/projects', {
    name: `shop-${randomUUID().slice(0, 4)}`,
    accountId: account.id,
  });
  return { accountId: account.id, projectId: project.id };
}
const as = (login: Login) => signedIn(console.app.url, login.email, login.password);
const newKey = async (projectId: string, login: Login, name: string) =>
  (await (await as(login)).call('POST', `/projects/${projectId}/keys`, { name, scope: { mode: 'all' } })).body as {
    id: string;
    value: string;
  };
type Member = { userId: string; email: string; role: string; mayRequestQuota: boolean };
const membersOf = async (path: string) =>
  (await console.app.api<{ data: Member[] }>('GET', `${path}/members`)).body.data;
const row = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text });

test('V05 somebody is invited into an account and a project by a link that is shown once; an open one is revoked', async () => {
  const { accountId, projectId } = await newPlace();
  const owner = await newLogin(console, { accountId, role: 'owner' });
  const { page, faults } = await console.signedIn({}, owner);
  await page.goto(`/projects/${projectId}/members`);
  await page.getByRole('button', { name: 'Invite' }).click();
  const drawer = page.getByRole('dialog', { name: 'Invite' });
  await drawer.getByLabel('E-mail').fill('ana');
  await drawer.getByRole('button', { name: 'Make the link' }).click();
  await drawer.getByText('This must be an e-mail address.').waitFor();
  await drawer.getByLabel('E-mail').fill('ana@people.test');
  await drawer.getByLabel('Role in the project').getByLabel('Admin').check();
  await drawer.getByRole('button', { name: 'Make the link' }).click();
  const once = page.getByRole('dialog', { name: 'The link for ana@people.test' });
  const link = await once.getByRole('textbox', { name: 'Copy the link' }).inputValue();
  await once.getByText('no e-mail is sent').waitFor();
  await once.getByLabel('I have saved it').check();
  await once.getByRole('button', { name: 'Done' }).click();
  await row(page, 'ana@people.test').getByText('Open').waitFor();
  const token = new URL(link).hash.slice(1);
  expect(await page.evaluate<boolean>(`document.documentElement.outerHTML.includes('${token}')`)).toBe(false);
  const accepted = await newBrowser(console.app.url).call('POST', '/invitations/accept', {
    token,
    name: 'Ana',
    password: 'heron walks at dawn',
  });
  expect(accepted.status).toBe(200);
  expect(await membersOf(`/projects/${projectId}`)).toMatchObject([{ email: 'ana@people.test', role: 'admin' }]);

  const { body } = await console.app.api<{ link: { token: string } }>('POST', '/invitations', {
    email: 'ola@people.test',
    accountId,
    role: 'member',
  });
  await page.goto(`/accounts/${accountId}/members`);
  await row(page, 'ana@people.test').getByText('Accepted').waitFor();
  await page.getByRole('button', { name: 'Revoke the invitation of ola@people.test' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
  await row(page, 'ola@people.test').getByText('Revoked').waitFor();
  const late = { token: body.link.token, name: 'Ola', password: 'heron walks at dawn' };
  expect((await newBrowser(console.app.url).call('POST', '/invitations/accept', late)).status).toBe(401);
  expect(faults).toEqual([]);
});

test('Z19 V05 roles are changed and taken back, more keys asked for where that is given, and the last owner stays', async () => {
  const { accountId, projectId } = await newPlace();
  const owner = await newLogin(console, { accountId, role: 'owner' });
  const member = await newLogin(console, { accountId, role: 'member' });
  const { page, faults } = await console.signedIn({}, owner);
  const now = async (who: Login) =>
    (await membersOf(`/accounts/${accountId}`)).find(({ email }) => email === who.email);
  await page.goto(`/accounts/${accountId}/members`);
  await row(page, member.email).getByRole('switch').click();
  await expect.poll(async () => (await now(member))?.mayRequestQuota, SOON).toBe(true);
  await row(page, member.email).getByRole('combobox').selectOption('Admin');
  await expect.poll(async () => (await now(member))?.role, SOON).toBe('admin');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(async () => (await now(member))?.role, SOON).toBe('member');

  // What is refused is said for some seconds only.
  const refused = page.locator('.ant-message-error').filter({ hasText: 'owner' }).waitFor();
  await row(page, owner.email).getByRole('combobox').selectOption('Member');
  await refused;
  expect((await now(owner))?.role).toBe('owner');
  expect(await row(page, owner.email).getByRole('combobox').inputValue()).toBe('owner');

  // Somebody of the account is put into a project by name.
  await page.goto(`/projects/${projectId}/members`);
  await page.getByRole('button', { name: 'Add somebody of the account' }).click();
  const drawer = page.getByRole('dialog', { name: 'Add somebody of the account' });
  await drawer.getByLabel('Whom').fill(member.email.slice(0, 8));
  await page.locator('.ant-select-item-option').filter({ hasText: member.email }).waitFor();
  await page.keyboard.press('Enter');
  await drawer.getByRole('button', { name: 'Add', exact: true }).click();
  // The list of invitations has them too.
  await page.getByRole('table', { name: 'Members', exact: true }).getByText(member.email).waitFor();
  expect(await membersOf(`/projects/${projectId}`)).toMatchObject([{ email: member.email, role: 'member' }]);
  expect(faults).toEqual([]);
});

test('V05 V15 who is removed loses what they reached at once; their keys keep working and are named', async () => {
  const { accountId, projectId } = await newPlace();
  const owner = await newLogin(console, { accountId, role: 'owner' });
  const member = await newLogin(console, { projectId, role: 'member' });
  const key = await newKey(projectId, member, 'left-behind');
  const theirs = await as(member);
  const { page, faults } = await console.signedIn({}, owner);
  await page.goto(`/accounts/${accountId}/members`);
  await row(page, member.email).getByRole('button', { name: 'Remove' }).click();
  const question = page.getByRole('dialog').filter({ hasText: 'The keys they made keep working' });
  await question.getByRole('button', { name: 'Cancel' }).click();
  expect((await theirs.call('GET', `/projects/${projectId}`)).status).toBe(200);
  await row(page, member.email).getByRole('button', { name: 'Remove' }).click();
  await question.getByRole('button', { name: 'Remove', exact: true }).click();
  const left = page.getByRole('dialog').filter({ hasText: 'leaves 1 key behind' });
  await left.getByRole('link', { name: 'left-behind' }).waitFor();
  expect((await theirs.call('GET', `/projects/${projectId}`)).status).toBe(401);
  const models = { headers: { authorization: `Bearer ${key.value}` } };
  expect((await fetch(`${console.app.url}/v1/models`, models)).status).toBe(200);
  expect(faults).toEqual([]);
});

test('V26 V27 V29 Z04 Z05 Z06 a member sees every key, their own, or none, as the project lets, and an admin all of them', async () => {
  const { accountId, projectId } = await newPlace();
  const admin = await newLogin(console, { projectId, role: 'admin' });
  const member = await newLogin(console, { projectId, role: 'member' });
  const [theirs, other] = [
    await newKey(projectId, member, 'of-the-member'),
    await newKey(projectId, admin, 'of-the-admin'),
  ];
  const api = await as(member);
  const allow = (memberAccess: string) => console.app.api('PATCH', `/projects/${projectId}/security`, { memberAccess });
  const { page, faults } = await console.signedIn({}, member);
  const at = `/projects/${projectId}/keys`;

  await page.goto(at);
  await row(page, 'of-the-admin').getByRole('switch').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await row(page, 'of-the-admin').getByText('Disabled').waitFor();
  const statusNow = async () => (await console.app.api<{ status: string }>('GET', `/keys/${other.id}`)).body.status;
  await expect.poll(statusNow, SOON).toBe('disabled');

  expect((await allow('own')).status).toBe(200);
  await page.goto(at);
  await row(page, 'of-the-member').waitFor();
  expect(await row(page, 'of-the-admin').count()).toBe(0);
  await page.goto(`/keys/${other.id}`);
  await page.getByText('it is not yours to see').waitFor();
  expect((await api.call('DELETE', `/keys/${other.id}`)).status).toBe(404);

  expect((await allow('none')).status).toBe(200);
  await page.goto(at);
  await page.getByText('Only admins work with the keys of this project').waitFor();
  expect(await page.getByRole('button', { name: 'Create key' }).count()).toBe(0);
  expect(await page.getByRole('navigation').getByRole('link', { name: 'API keys' }).count()).toBe(0);
  expect((await api.call('DELETE', `/keys/${theirs.id}`)).status).toBe(403);
  const { page: admins } = await console.signedIn({}, admin);
  await admins.goto(at);
  await row(admins, 'of-the-member').waitFor();
  await row(admins, 'of-the-admin').waitFor();

  // They see who is in the project, change nothing there, and nothing of the account.
  await page.goto(`/projects/${projectId}/members`);
  await row(page, admin.email).getByText('Admin').waitFor();
  await page.getByText('ask one of its owners or admins').waitFor();
  expect(await page.getByRole('button', { name: /Invite|Remove|Add/ }).count()).toBe(0);
  expect(await page.getByRole('combobox', { name: /^Role of/ }).count()).toBe(0);
  expect(await page.getByRole('navigation').getByRole('link', { name: 'Account members' }).count()).toBe(0);
  await page.goto(`/accounts/${accountId}/members`);
  await page.getByText('This is not open to you').waitFor();
  expect(faults).toEqual([]);
});

test('V05 each of two people sees the projects they are a member of, and no other', async () => {
  const [one, other] = [await newPlace(), await newPlace()];
  const login = await newLogin(console, { projectId: one.projectId, role: 'member' });
  const { page, faults } = await console.signedIn({}, login);
  await page.goto('/projects');
  await expect.poll(() => page.getByRole('row').count(), SOON).toBe(2);
  await page.goto(`/projects/${one.projectId}/keys`);
  await page.getByRole('button', { name: 'Create key' }).first().waitFor();
  await page.goto(`/projects/${other.projectId}/keys`);
  await page.getByText('not yours to see').first().waitFor();
  expect(await page.getByRole('button', { name: 'Create key' }).count()).toBe(0);
  expect(faults).toEqual([]);
});

test('Z19 what the page says of roles is what the table of roles decides', () => {
  for (const [permission, answers] of ROLE_ROWS)
    expect([permission, ...answers]).toEqual([
      permission,
      ...PEOPLE_ROLES.map((role) => PERMISSIONS[permission].cells[role]),
    ]);
});

test.each(LOOKS)('Z19 T39 members and roles, $locale, $viewport.width wide', async (look) => {
  const { accountId, projectId } = await newPlace();
  const owner = await newLogin(console, { accountId, role: 'owner' });
  const { page, faults } = await console.signedIn(look, owner);
  await page.goto(`/projects/${projectId}/members`);
  expect(await console.look(page, 'members-empty')).toEqual([]);
  await newLogin(console, { projectId, role: 'admin' });
  await newLogin(console, { projectId, role: 'member' });
  await console.app.api('POST', '/invitations', {
    email: 'someone.with.a.long.name@people.test',
    accountId,
    role: 'admin',
  });
  await page.goto(`/projects/${projectId}/members`);
  expect(await console.look(page, 'members-project')).toEqual([]);
  await page.goto(`/accounts/${accountId}/members`);
  expect(await console.look(page, 'members-account')).toEqual([]);
  await page.locator('main .ant-btn-primary').click();
  await page.locator('.ant-drawer-open').waitFor();
  expect(await console.look(page, 'members-invite')).toEqual([]);
  expect(faults).toEqual([]);
});
