// How people come in by a link they were handed: to join, or for a new password.

import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LOOKS, newLogin } from '../kit/browser.ts';
import { newBrowser, signedIn } from '../kit/people.ts';
import { startPeopleConsole, type PeopleConsole } from '../kit/peopleConsole.ts';

const PASSWORD = 'heron walks at dawn';
type Link = { token: string; url: string };

let console: PeopleConsole;
let projectId: string;

beforeAll(async () => {
  console = await startPeopleConsole();
  ({ projectId } = console);
});
afterAll(() => console.close());

const newEmail = () => `${randomUUID().slice(0, 8)}@people.test`;
const invite = (email: string, fields: object = { role: 'member' }) =>
  console.send<{ link: Link; invitation: { id: string } }>('POST', '/invitations', {
    email,
    accountId: console.accountId,
    ...fields,
  });
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
  await expect.poll(() => page.url()).toBe(`${console.app.url}/invitation`);
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

test.each(LOOKS)('T39 what links lead to, $locale, $viewport.width wide', async (look) => {
  const { page, faults } = await console.open(look);
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
