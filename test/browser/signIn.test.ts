// How people come in: by what they have, by a link they were handed, and back to where they were going.

import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addAuthenticator, LOOKS, newLogin, signIn, startConsole, type TestConsole } from '../kit/browser.ts';
import { freePort, startProvider, type TestProvider } from '../kit/identityProvider.ts';
import { earlierCode, newBrowser, signedIn, totpOf } from '../kit/people.ts';

const STALE_MS = 6 * 60_000;
const PASSWORD = 'heron walks at dawn';

/** How far the server’s clock is ahead of the browser’s. */
let aheadMs = 0;
let provider: TestProvider;
let console: TestConsole;
let projectId: string;
let accountId: string;

beforeAll(async () => {
  const port = await freePort();
  // Passkeys are bound to a name, which an address is none.
  const publicUrl = `http://localhost:${port}`;
  provider = await startProvider(`${publicUrl}/api/v1/auth/oidc/callback`);
  const env = {
    PORT: String(port),
    KEYWARD_PUBLIC_URL: publicUrl,
    KEYWARD_OIDC_ISSUER: provider.issuer,
    KEYWARD_OIDC_CLIENT_ID: provider.clientId,
    KEYWARD_OIDC_CLIENT_SECRET: provider.clientSecret,
    KEYWARD_OIDC_NAME: 'Acme',
    KEYWARD_OIDC_EMAILS: 'oidc.test',
  };
  console = await startConsole(env, { clock: () => Date.now() + aheadMs });
  provider.users.set('li', { email: 'li@oidc.test', email_verified: true, name: 'Li Wei' });
  provider.users.set('eve', { email: 'eve@oidc.test', email_verified: false });
  await console.app.api('POST', '/people', { email: 'li@oidc.test', name: 'Li Wei' });
  const { body } = await console.app.api<{ data: { id: string; accountId: string }[] }>('GET', '/projects');
  ({ id: projectId, accountId } = body.data.find((one) => one.accountId !== 'acc_platform')!);
});
afterAll(async () => {
  await console.close();
  await provider.stop();
});

const newEmail = () => `${randomUUID().slice(0, 8)}@people.test`;
type Link = { token: string; url: string };
const invite = async (email: string, fields: object = { role: 'member' }) =>
  (
    await console.app.api<{ link: Link; invitation: { id: string } }>('POST', '/invitations', {
      email,
      accountId,
      ...fields,
    })
  ).body;
const person = () => newLogin(console, { projectId, role: 'member' });

/** Whether a secret is found anywhere that a page could leave it. */
const isLeft = async (page: Page, secret: string) =>
  (
    await page.evaluate<string>(
      `[location.href, document.title, document.documentElement.outerHTML, JSON.stringify(history.state),
        JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }),
        ...[...document.querySelectorAll('input')].map(({ value }) => value)].join(' ')`,
    )
  ).includes(secret);

/** A passkey of somebody, made in their page. */
const makePasskey = (page: Page) =>
  page.evaluate<number>(`(async () => {
    const headers = { 'x-keyward-csrf': '1', 'content-type': 'application/json' };
    const post = (path, body) => fetch('/api/v1/auth/passkeys' + path, { method: 'POST', headers, ...(body && { body: JSON.stringify(body) }) });
    const options = await (await post('/options', {})).json();
    const credential = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    return (await post('', { name: 'Laptop', response: credential.toJSON() })).status;
  })()`);

test('V01 somebody signs in with the identity provider and comes back to where they were going', async () => {
  const { page, faults } = await console.open();
  provider.who = 'li';
  await page.goto('/keys/key_nothing');
  await page.getByText('Have a password here?').click();
  await page.getByText('If you have a password here, it ends').waitFor();
  await page.getByRole('button', { name: 'Sign in with Acme' }).click();
  await page.getByText('It does not exist, or it is not yours to see.').waitFor();
  expect(new URL(page.url()).pathname + new URL(page.url()).hash).toBe('/keys/key_nothing');
  expect(faults).toEqual([]);
});

test('who is refused there or here is told so, and can still use a password', async () => {
  for (const who of [null, 'eve']) {
    const { page } = await console.open();
    provider.who = who;
    await page.goto('/sign-in');
    await page.getByRole('button', { name: 'Sign in with Acme' }).click();
    await page.getByText('was not accepted').waitFor();
    expect(await page.getByLabel('E-mail').isEnabled()).toBe(true);
  }
});

test('V01 Z18 somebody signs in with a passkey, and comes back to where they were going', async () => {
  const login = await person();
  const { page, faults } = await console.open();
  await addAuthenticator(page);
  await signIn(page, '/', login);
  expect(await makePasskey(page)).toBe(201);
  await page.context().clearCookies();
  await page.goto(`/projects/${projectId}/usage`);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByRole('heading', { name: 'Usage' }).waitFor();
  expect(new URL(page.url()).pathname).toBe(`/projects/${projectId}/usage`);
  expect(faults).toEqual([]);

  // Offered in the field of the e-mail, which this browser takes at once.
  await page.goto('about:blank');
  await page.context().clearCookies();
  await page.addInitScript('PublicKeyCredential.isConditionalMediationAvailable = async () => true');
  await page.goto('/sign-in');
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
});

test('V01 Z18 a code is asked for after the password, and a recovery code does in its place', async () => {
  const login = await person();
  const api = await signedIn(console.app.url, login.email, login.password);
  const { body } = await api.call('POST', '/auth/totp', { password: login.password });
  expect((await api.call('POST', '/auth/totp/confirm', { code: await earlierCode(body.uri) })).status).toBe(200);
  for (const answer of ['code', 'recovery'] as const) {
    const { page, faults } = await console.open();
    await page.goto(`/projects/${projectId}/usage`);
    await page.getByLabel('E-mail').fill(login.email);
    await page.getByLabel('Password').fill(login.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    const code = page.getByRole('textbox', { name: 'Code' });
    await code.fill('000000');
    expect(await code.getAttribute('autocomplete')).toBe('one-time-code');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').waitFor();
    if (answer === 'code') await code.fill(totpOf(body.uri));
    else {
      await page.getByRole('button', { name: 'Use a recovery code' }).click();
      await page.getByRole('textbox', { name: 'Recovery code' }).fill(body.recoveryCodes[0]);
    }
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Usage' }).waitFor();
    expect(faults).toEqual([]);
  }
});

test('T32 an identity check is made by password, code or passkey, as somebody has them, and a wrong answer deletes nothing', async () => {
  const login = await person();
  const { page, faults } = await console.open();
  await addAuthenticator(page);
  await signIn(page, '/', login);
  expect(await makePasskey(page)).toBe(201);
  const api = await signedIn(console.app.url, login.email, login.password);
  const { body } = await api.call('POST', '/auth/totp', { password: login.password });
  // Ends the sessions of others, that of the page too.
  await api.call('POST', '/auth/totp/confirm', { code: await earlierCode(body.uri) });
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.locator('header').waitFor();
  const check = page.getByRole('dialog', { name: 'Is it you?' });
  const proofs = {
    Password: async () => {
      await check.getByRole('textbox', { name: 'Password' }).fill('wrong');
      await check.getByRole('button', { name: 'Go on' }).click();
      await check.getByRole('alert').waitFor();
      await check.getByRole('textbox', { name: 'Password' }).fill(login.password);
      await check.getByRole('button', { name: 'Go on' }).click();
    },
    Code: async () => {
      await check.getByRole('textbox', { name: 'Code' }).fill(totpOf(body.uri));
      await check.getByRole('button', { name: 'Go on' }).click();
    },
    Passkey: () => check.getByRole('button', { name: 'Use a passkey' }).click(),
  };
  try {
    for (const [kind, prove] of Object.entries(proofs)) {
      const { body: key } = await console.app.api<{ id: string }>('POST', `/projects/${projectId}/keys`, {
        name: `deleted-by-${kind}`,
        scope: { mode: 'all' },
      });
      await page.goto(`/keys/${key.id}`);
      aheadMs += STALE_MS;
      await page.getByRole('button', { name: 'Delete' }).click();
      await check.getByText(kind, { exact: true }).first().click();
      await prove();
      const dialog = page.getByRole('dialog', { name: 'Confirm deleting the API key' });
      await dialog.getByText('Calls in the last 24 hours').waitFor();
      expect((await console.app.api('GET', `/keys/${key.id}`)).status).toBe(200);
      await dialog.getByRole('button', { name: 'Delete for good' }).click();
      await page.getByRole('heading', { name: 'API keys' }).waitFor();
      expect((await console.app.api('GET', `/keys/${key.id}`)).status).toBe(404);
    }
    expect(faults).toEqual([]);
  } finally {
    aheadMs = 0;
  }
});

test('T32 V01 who comes by the identity provider proves by it who they are, and is back where they were', async () => {
  const { page, faults } = await console.open();
  provider.users.set('ola', { email: 'ola@oidc.test', email_verified: true, name: 'Ola' });
  await invite('ola@oidc.test', { role: 'member', projectId, projectRole: 'member' });
  provider.who = 'ola';
  const { body: key } = await console.app.api<{ id: string }>('POST', `/projects/${projectId}/keys`, {
    name: 'to-be-deleted',
    scope: { mode: 'all' },
  });
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('button', { name: 'Sign in with Acme' }).click();
  await page.getByRole('heading', { name: 'to-be-deleted' }).waitFor();
  aheadMs = STALE_MS;
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog', { name: 'Is it you?' }).getByText('You leave this page').waitFor();
  // The provider's clock is the browser's.
  aheadMs = 0;
  await page.getByRole('button', { name: 'Go to Acme' }).click();
  await page.getByText('The identity provider confirmed who you are.').waitFor();
  expect(page.url()).toBe(`${console.app.url}/keys/${key.id}`);
  const { body } = await console.app.api<{ data: object[] }>('GET', '/audit-events?limit=20');
  expect(body.data).toContainEqual(expect.objectContaining({ operation: 'finishOidc', after: { proof: 'oidc' } }));
  expect(faults).toEqual([]);
});

/** Another window before this one, and this one again. */
const AWAY_AND_BACK = `for (const state of ['hidden', 'visible']) {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
  document.dispatchEvent(new Event('visibilitychange'));
}`;

test('X03 V05 somebody new comes in by a link: its token is nowhere, the rules of a password are told first', async () => {
  const email = newEmail();
  const { link } = await invite(email, { role: 'member', projectId, projectRole: 'admin' });
  const { page, faults } = await console.open();
  await page.goto(link.url);
  await page.getByRole('heading', { name: 'You are invited to' }).waitFor();
  await page.getByText('you become an admin.').waitFor();
  expect(await isLeft(page, link.token)).toBe(false);
  expect(page.url()).toBe(`${console.app.url}/invitation`);
  expect(await page.getByLabel('E-mail').inputValue()).toBe(email);
  await page.getByLabel('Your name').fill('Ana');
  const password = page.getByLabel('Password', { exact: true });
  expect(await password.getAttribute('autocomplete')).toBe('new-password');
  await page.getByText('At least 15 characters').waitFor();
  await password.fill('short');
  await page.getByText('10 more characters').waitFor();
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByText('needs at least 15 characters').waitFor();
  expect(await page.getByLabel('Your name').inputValue()).toBe('Ana');
  await password.fill(PASSWORD);
  await page.getByText('Long enough').waitFor();
  // Who fetches the password from elsewhere finds what they typed when they are back.
  const asked = page.waitForResponse('**/api/v1/auth/session');
  await page.evaluate(AWAY_AND_BACK);
  await asked;
  expect(await page.getByLabel('Your name').inputValue()).toBe('Ana');
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByRole('heading', { name: 'API keys' }).waitFor();
  expect(await isLeft(page, link.token)).toBe(false);
  await signedIn(console.app.url, email, PASSWORD);
  // Going back leads to no link.
  await page.goto(`${console.app.url}/invitation`);
  await page.getByText('Open the link again').waitFor();
  expect(faults).toEqual([]);
});

test('V01 V05 who has a user already signs in and comes back to the invitation; another one is told whose it is', async () => {
  const { body: other } = await console.app.api<{ id: string }>('POST', '/accounts', { name: 'Borealis' });
  const login = await person();
  const { link } = await invite(login.email, { accountId: other.id, role: 'admin' });
  const { page: stranger } = await console.signedIn({}, await person());
  await stranger.goto(link.url);
  await stranger.getByText(`This invitation is for ${login.email}`).waitFor();
  await stranger.getByRole('button', { name: 'Sign out and go on' }).click();
  await stranger.getByText('There is a user with the e-mail').waitFor();

  await stranger.getByRole('button', { name: 'Sign in' }).click();
  await stranger.getByLabel('E-mail').fill(login.email);
  await stranger.getByLabel('Password').fill(login.password);
  await stranger.getByRole('button', { name: 'Sign in', exact: true }).click();
  await stranger.getByRole('button', { name: `Join as ${login.email}` }).click();
  await stranger.getByText('Welcome to Borealis').waitFor();
  const api = await signedIn(console.app.url, login.email, login.password);
  const { body } = await api.call('GET', '/accounts');
  expect(body.data.map(({ name }: { name: string }) => name)).toContain('Borealis');
});

test('V05 a link that was used or revoked says so, before anything is typed', async () => {
  const [used, revoked] = [await invite(newEmail()), await invite(newEmail())];
  const accepted = { token: used.link.token, name: 'Ana', password: PASSWORD };
  expect((await newBrowser(console.app.url).call('POST', '/invitations/accept', accepted)).status).toBe(200);
  await console.app.api('POST', `/invitations/${revoked.invitation.id}/revoke`);
  const { page, faults } = await console.open();
  await page.goto(used.link.url);
  await page.getByText('has been used already').waitFor();
  // In the same window, as when somebody pastes the next one.
  await page.goto(revoked.link.url);
  await page.getByText('was revoked').waitFor();
  expect(await page.getByRole('textbox').count()).toBe(0);
  expect(await isLeft(page, revoked.link.token)).toBe(false);
  expect(faults).toEqual([]);
});

test('X03 Z16 a reset link leads to a new password, which signs in; the link is good once', async () => {
  const login = await person();
  const api = await signedIn(console.app.url, login.email, login.password);
  const { id } = (await api.call('GET', '/auth/session')).body.user;
  const { body: link } = await console.app.api<Link>('POST', `/people/${id}/password-reset`);
  const { page, faults } = await console.open();
  await page.goto(link.url);
  await page.getByText(`For ${login.email}`).waitFor();
  expect(await isLeft(page, link.token)).toBe(false);
  await page.getByLabel('New password').fill('passwordpassword');
  await page.getByRole('button', { name: 'Save the password' }).click();
  await page.getByText('among the first that are tried').waitFor();
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Save the password' }).click();
  await page.getByText('Sign in with it.').waitFor();
  expect((await api.call('GET', '/auth/session')).status).toBe(401);
  await page.getByLabel('E-mail').fill(login.email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.locator('header').waitFor();
  await page.goto(link.url);
  await page.getByText('used, revoked, or has run out').waitFor();
  expect(faults).toEqual([]);
});

test.each(LOOKS)('T39 how people come in, $locale, $viewport.width wide', async (look) => {
  const { page, faults } = await console.open(look);
  await page.goto('/sign-in');
  for (const summary of await page.locator('summary').all()) await summary.click();
  expect(await console.look(page, 'sign-in-provider')).toEqual([]);
  const { link } = await invite(newEmail());
  await page.goto(link.url);
  await page.locator('input[type=password]').fill('twelve signs');
  expect(await console.look(page, 'invitation')).toEqual([]);
  await page.goto('/password-reset');
  expect(await console.look(page, 'link-none')).toEqual([]);
  const made = await console.app.api<{ passwordReset: Link }>('POST', '/people', {
    email: newEmail(),
    name: 'Somebody',
  });
  await page.goto(made.body.passwordReset.url);
  await page.locator('input[type=password]').fill('a sentence of some length');
  expect(await console.look(page, 'password-reset')).toEqual([]);
  expect(faults).toEqual([]);
});

test.each(['https://example.com/', '//example.com/', '/\t/example.com/', '/\\example.com/', '/.//example.com/'])(
  'V01 only pages of the console are gone back to: %j leads to its start',
  async (back) => {
    const { page, faults } = await console.open();
    await signIn(page, `/sign-in?back=${encodeURIComponent(back)}`);
    await page.getByRole('heading', { level: 1, name: 'API keys' }).waitFor();
    expect(new URL(page.url()).origin).toBe(console.app.url);
    expect(faults).toEqual([]);
  },
);
