// How people come in by what they have, prove who they are, and get back to where they were going.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addAuthenticator, LOOKS, newLogin, signIn } from '../kit/browser.ts';
import { earlierCode, signedIn, totpOf } from '../kit/people.ts';
import { startPeopleConsole, type PeopleConsole } from '../kit/peopleConsole.ts';

const STALE_MS = 6 * 60_000;

let console: PeopleConsole;
let projectId: string;

beforeAll(async () => {
  console = await startPeopleConsole();
  ({ projectId } = console);
  console.provider.users.set('li', { email: 'li@oidc.test', email_verified: true, name: 'Li Wei' });
  console.provider.users.set('eve', { email: 'eve@oidc.test', email_verified: false });
  await console.send('POST', '/people', { email: 'li@oidc.test', name: 'Li Wei' });
});
afterAll(() => console.close());

const person = () => newLogin(console, { projectId, role: 'member' });

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
  console.provider.who = 'li';
  await page.goto('/keys/key_nothing');
  await page.getByText('Have a password here?').click();
  await page.getByText('If you have a password here, it ends').waitFor();
  await page.getByRole('button', { name: 'Sign in with Acme' }).click();
  await page.getByText('It does not exist, or it is not yours to see.').waitFor();
  await expect.poll(() => new URL(page.url()).pathname + new URL(page.url()).hash).toBe('/keys/key_nothing');
  expect(faults).toEqual([]);
});

test('who is refused there or here is told so, and can still use a password', async () => {
  for (const who of [null, 'eve']) {
    const { page } = await console.open();
    console.provider.who = who;
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
  await expect.poll(() => new URL(page.url()).pathname).toBe(`/projects/${projectId}/usage`);
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
      console.aheadMs += STALE_MS;
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
    console.aheadMs = 0;
  }
});

test('T32 V01 who comes by the identity provider proves by it who they are, and is back where they were', async () => {
  const { page, faults } = await console.open();
  console.provider.users.set('ola', { email: 'ola@oidc.test', email_verified: true, name: 'Ola' });
  const { accountId } = console;
  const place = { accountId, role: 'member', projectId, projectRole: 'member' };
  await console.send('POST', '/invitations', { email: 'ola@oidc.test', ...place });
  console.provider.who = 'ola';
  const { body: key } = await console.app.api<{ id: string }>('POST', `/projects/${projectId}/keys`, {
    name: 'to-be-deleted',
    scope: { mode: 'all' },
  });
  await page.goto(`/keys/${key.id}`);
  await page.getByRole('button', { name: 'Sign in with Acme' }).click();
  await page.getByRole('heading', { name: 'to-be-deleted' }).waitFor();
  console.aheadMs = STALE_MS;
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog', { name: 'Is it you?' }).getByText('You leave this page').waitFor();
  // The provider's clock is the browser's.
  console.aheadMs = 0;
  await page.getByRole('button', { name: 'Go to Acme' }).click();
  await page.getByText('The identity provider confirmed who you are.').waitFor();
  await expect.poll(() => page.url()).toBe(`${console.app.url}/keys/${key.id}`);
  const { body } = await console.app.api<{ data: object[] }>('GET', '/audit-events?limit=20');
  expect(body.data).toContainEqual(expect.objectContaining({ operation: 'finishOidc', after: { proof: 'oidc' } }));
  expect(faults).toEqual([]);
});

test.each(LOOKS)('T39 how people come in, $locale, $viewport.width wide', async (look) => {
  const { page, faults } = await console.open(look);
  await page.goto('/sign-in');
  await page.locator('summary').first().waitFor();
  for (const summary of await page.locator('summary').all()) await summary.click();
  expect(await console.look(page, 'sign-in-provider')).toEqual([]);
  expect(faults).toEqual([]);
});

test.each(['https://example.com/', '//example.com/', '/\t/example.com/', '/\\example.com/', '/.//example.com/'])(
  'V01 only pages of the console are gone back to: %j leads to its start',
  async (back) => {
    const { page, faults } = await console.open();
    await signIn(page, `/sign-in?back=${encodeURIComponent(back)}`);
    await page.getByRole('heading', { level: 1, name: 'API keys' }).waitFor();
    await expect.poll(() => new URL(page.url()).origin).toBe(console.app.url);
    expect(faults).toEqual([]);
  },
);
