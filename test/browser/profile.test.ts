// What people look after of their own: who they are, by what they prove it, where they are signed in.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addAuthenticator, LOOKS, newLogin, signIn } from '../kit/browser.ts';
import { earlierCode, newBrowser, signedIn, totpOf } from '../kit/people.ts';
import { startPeopleConsole, type PeopleConsole } from '../kit/peopleConsole.ts';

/** How long a page may take on a busy machine. */
const SOON = { timeout: 30_000 };
const STALE_MS = 6 * 60_000;
const NEW_PASSWORD = 'heron walks at dawn';

let console: PeopleConsole;

beforeAll(async () => {
  console = await startPeopleConsole();
});
afterAll(() => console.close());

const person = () => newLogin(console, { projectId: console.projectId, role: 'member' });
const region = (page: Page, name: string) => page.getByRole('region', { name });
/** At their profile, in a browser of their own. */
async function atProfile(look: object = {}) {
  const login = await person();
  const opened = await console.open(look);
  await signIn(opened.page, '/profile', login);
  await opened.page.getByRole('heading', { level: 1 }).waitFor();
  return { ...opened, login };
}
const entering = async (email: string, password: string) =>
  (await newBrowser(console.app.url).call('POST', '/auth/sign-in', { email, password })).body.status as string | number;

test('Z16 people change their name and e-mail; another e-mail asks who they are and is what they sign in with', async () => {
  const { page, faults, login } = await atProfile();
  const other = await signedIn(console.app.url, login.email, login.password);
  const who = region(page, 'Who you are');
  await who.getByLabel('Name').fill('Ana Maria');
  await who.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  expect((await other.call('GET', '/auth/session')).body.user).toMatchObject({ name: 'Ana Maria', email: login.email });
  console.aheadMs = STALE_MS;
  try {
    await who.getByLabel('E-mail').fill(`new-${login.email}`);
    await page.getByText('You sign in with it from now on').waitFor();
    await who.getByRole('button', { name: 'Save' }).click();
    const check = page.getByRole('dialog', { name: 'Is it you?' });
    await check.getByRole('textbox', { name: 'Password' }).fill(login.password);
    await check.getByRole('button', { name: 'Go on' }).click();
    const own = async () => (await page.context().request.get('/api/v1/auth/session')).json();
    await expect.poll(async () => (await own()).user.email, SOON).toBe(`new-${login.email}`);
    expect((await other.call('GET', '/auth/session')).status).toBe(401);
    // By then the page has heard it too, and shows what it is now.
    await page.getByText('You sign in with it from now on').waitFor({ state: 'hidden' });
    // One that is not theirs to choose is said at its field, and stays as typed.
    await who.getByLabel('E-mail').fill('ana@oidc.test');
    await who.getByRole('button', { name: 'Save' }).click();
    await who.getByText('the identity provider').waitFor();
    expect(await who.getByLabel('E-mail').inputValue()).toBe('ana@oidc.test');
  } finally {
    console.aheadMs = 0;
  }
  expect(await entering(`new-${login.email}`, login.password)).toBe('signed_in');
  expect(faults).toEqual([]);
});

test('Z16 people change their password: the rules are told, a wrong one is refused, other sessions end', async () => {
  const { page, faults, login } = await atProfile();
  const other = await signedIn(console.app.url, login.email, login.password);
  const section = region(page, 'Password');
  const change = section.getByRole('button', { name: 'Change the password' });
  await section.getByText('At least 15 characters').waitFor();
  await section.getByLabel('Password now').fill('wrong');
  await section.getByLabel('New password').fill(NEW_PASSWORD);
  await change.click();
  await section.getByRole('alert').waitFor();
  expect(await section.getByLabel('New password').inputValue()).toBe(NEW_PASSWORD);
  await section.getByLabel('Password now').fill(login.password);
  await change.click();
  await page.getByText('The password is changed.').waitFor();
  expect(await section.getByLabel('New password').inputValue()).toBe('');
  expect((await other.call('GET', '/auth/session')).status).toBe(401);
  expect(await entering(login.email, NEW_PASSWORD)).toBe('signed_in');
  expect(await entering(login.email, login.password)).toBe(401);
  expect(faults).toEqual([]);
});

test('Z18 X03 an authenticator app is set up with the password and a first code; recovery codes are shown once; both are asked for to turn it off', async () => {
  const { page, faults, login } = await atProfile();
  const section = region(page, 'Second factor');
  await section.getByRole('button', { name: 'Set up an authenticator app' }).click();
  const dialog = page.getByRole('dialog', { name: 'Set up an authenticator app' });
  await dialog.getByLabel('Password', { exact: true }).fill(login.password);
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await dialog.locator('svg[aria-label^="QR code"]').waitFor();
  const secret = await dialog.getByRole('textbox', { name: 'Copy the key' }).inputValue();
  const uri = (await dialog.getByRole('link', { name: 'Open it on this device' }).getAttribute('href')) ?? '';
  expect(new URL(uri).searchParams.get('secret')).toBe(secret);
  await dialog.getByLabel('The code it shows').fill('000000');
  await dialog.getByRole('button', { name: 'Turn on' }).click();
  await dialog.getByRole('alert').waitFor();
  expect(await entering(login.email, login.password)).toBe('signed_in');
  await dialog.getByLabel('The code it shows').fill(await earlierCode(uri));
  await dialog.getByRole('button', { name: 'Turn on' }).click();

  const once = page.getByRole('dialog', { name: 'Your recovery codes' });
  await once.getByRole('listitem').first().waitFor();
  const codes = await once.getByRole('listitem').allTextContents();
  expect(codes).toHaveLength(10);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    once.getByRole('button', { name: 'Download' }).click(),
  ]);
  expect(file.suggestedFilename()).toBe('keyward-recovery-codes.txt');
  await once.getByLabel('I have saved it').check();
  await once.getByRole('button', { name: 'Done' }).click();
  await once.waitFor({ state: 'hidden' });
  await section.getByText('On', { exact: true }).waitFor();
  const left = await page.evaluate<string>(
    'document.documentElement.outerHTML + JSON.stringify({ ...localStorage, ...sessionStorage }) + location.href',
  );
  for (const one of [secret, ...codes]) expect(left.includes(one)).toBe(false);
  expect(await entering(login.email, login.password)).toBe('second_factor_required');

  await section.getByRole('button', { name: 'Turn off' }).click();
  const off = page.getByRole('dialog', { name: 'Turn the second factor off?' });
  await off.getByLabel('Password', { exact: true }).fill(login.password);
  await off.getByLabel('Code').fill('000000');
  await off.getByRole('button', { name: 'Turn off' }).click();
  await off.getByRole('alert').waitFor();
  expect(await entering(login.email, login.password)).toBe('second_factor_required');
  await off.getByLabel('Code').fill(totpOf(uri));
  await off.getByRole('button', { name: 'Turn off' }).click();
  await page.getByText('The second factor is off.').waitFor();
  expect(await entering(login.email, login.password)).toBe('signed_in');
  expect(faults).toEqual([]);
});

test('Z18 new recovery codes take the place of those before', async () => {
  const login = await person();
  const api = await signedIn(console.app.url, login.email, login.password);
  const { body } = await api.call('POST', '/auth/totp', { password: login.password });
  await api.call('POST', '/auth/totp/confirm', { code: await earlierCode(body.uri) });
  const { page, faults } = await console.open();
  await page.context().addCookies([{ name: 'keyward', value: api.cookies.get('keyward')!, url: console.app.url }]);
  await page.goto('/profile');
  await region(page, 'Second factor').getByRole('button', { name: 'New recovery codes' }).click();
  const dialog = page.getByRole('dialog', { name: 'New recovery codes' });
  await dialog.getByLabel('Password', { exact: true }).fill(login.password);
  await dialog.getByLabel('Code').fill(totpOf(body.uri));
  await dialog.getByRole('button', { name: 'New recovery codes' }).click();
  const shown = page.getByRole('dialog', { name: 'Your recovery codes' }).getByRole('listitem');
  await shown.first().waitFor();
  const codes = await shown.allTextContents();
  const enter = async (recoveryCode: string) => {
    const browser = newBrowser(console.app.url);
    await browser.call('POST', '/auth/sign-in', { email: login.email, password: login.password });
    return (await browser.call('POST', '/auth/second-factor', { recoveryCode })).status;
  };
  expect([await enter(body.recoveryCodes[0]), await enter(codes[0] ?? '')]).toEqual([401, 200]);
  expect(faults).toEqual([]);
});

test('Z18 Z16 a passkey is added with a name, signs in, is renamed, and removed', async () => {
  const { page, faults } = await atProfile();
  await addAuthenticator(page);
  await page.reload();
  const section = region(page, 'Passkeys');
  await section.getByText('None yet.').waitFor();
  await section.getByRole('button', { name: 'Add a passkey' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a passkey' });
  await dialog.getByLabel('Name').fill('Laptop at work');
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await section.getByRole('row', { name: 'Laptop at work' }).waitFor();
  await page.context().clearCookies();
  await page.goto('/profile');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await section.getByRole('button', { name: 'Rename Laptop at work' }).click();
  const other = page.getByRole('dialog', { name: 'Rename Laptop at work' });
  await other.getByLabel('Name').fill('Desk');
  await other.getByRole('button', { name: 'Save' }).click();
  await page.getByText('It is called Desk now.').waitFor();
  await section.getByRole('button', { name: 'Remove Desk' }).click();
  const question = page.getByRole('dialog').filter({ hasText: 'Remove Desk?' });
  expect(await page.evaluate<string>('document.activeElement.textContent')).toContain('Cancel');
  await question.getByRole('button', { name: 'Remove' }).click();
  await section.getByText('None yet.').waitFor();
  expect(faults).toEqual([]);
});

test('Z16 people see where they are signed in, and end one session or all others', async () => {
  const { page, faults, login } = await atProfile();
  const other = await signedIn(console.app.url, login.email, login.password);
  const known = async () => (await page.context().request.get('/api/v1/auth/sessions')).json();
  await page.reload();
  const section = region(page, 'Where you are signed in');
  const rows = section.getByRole('row').filter({ has: page.locator('td') });
  // Here, by the API, and where they accepted their invitation.
  await expect.poll(() => rows.count(), SOON).toBe(3);
  expect(await rows.first().textContent()).toContain('Chrome, Linux');
  expect(await rows.first().textContent()).toContain('This one');
  await rows.nth(1).getByRole('button').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect.poll(() => rows.count(), SOON).toBe(2);
  expect((await known()).data).toHaveLength(2);
  await section.getByRole('button', { name: 'Sign out all others' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out all others' }).click();
  await expect.poll(() => rows.count(), SOON).toBe(1);
  expect((await known()).data).toMatchObject([{ current: true }]);
  expect((await other.call('GET', '/auth/session')).status).toBe(401);
  expect(faults).toEqual([]);
});

test('Z16 somebody ties themselves to the identity provider, keeps their password, and ends the tie', async () => {
  const { page, faults, login } = await atProfile();
  console.provider.users.set('ana', { email: 'ana@oidc.test', email_verified: true, name: 'Ana' });
  console.provider.who = 'ana';
  const section = region(page, 'Sign-in with Acme');
  await section.getByText('Not linked').waitFor();
  await section.getByRole('button', { name: 'Link Acme' }).click();
  await section.getByText('Linked', { exact: true }).waitFor();
  await expect.poll(() => page.url()).toBe(`${console.app.url}/profile`);
  expect(await entering(login.email, login.password)).toBe('signed_in');
  await section.getByRole('button', { name: 'Unlink' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click();
  await section.getByText('Not linked').waitFor();
  expect(faults).toEqual([]);
});

test.each(LOOKS)('Z16 T39 the profile, $locale, $viewport.width wide', async (look) => {
  const { page, faults, login } = await atProfile(look);
  await signedIn(console.app.url, login.email, login.password);
  await page.reload();
  await page.locator('input[autocomplete=new-password]').fill('twelve signs');
  await page.getByText('Chrome, Linux').waitFor();
  expect(await console.look(page, 'profile')).toEqual([]);
  const section = page.getByRole('region').nth(2);
  await section.getByRole('button').click();
  await page.getByRole('dialog').locator('input[type=password]').fill(login.password);
  await page.getByRole('dialog').locator('.ant-btn-primary').click();
  const dialog = page.getByRole('dialog').filter({ has: page.getByRole('img') });
  const uri = await dialog.locator('a[href^=otpauth]').getAttribute('href');
  expect(await console.look(page, 'profile-app')).toEqual([]);
  await dialog.locator('input[inputmode=numeric]').fill(totpOf(uri ?? ''));
  await dialog.locator('.ant-btn-primary').click();
  await page.locator('.recovery-codes').waitFor();
  expect(await console.look(page, 'profile-codes')).toEqual([]);
  expect(faults).toEqual([]);
});
