import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { newAuthenticator } from '../kit/passkey.ts';
import { newBrowser, signedIn, type Browser } from '../kit/people.ts';

const DAY_MS = 24 * 60 * 60_000;

let app: TestApp;
let aheadMs = 0;
let accountId = '';
let projectId = '';

beforeAll(async () => {
  app = await startTestApp({ clock: () => Date.now() + aheadMs });
  const projects = await app.api<{ data: { id: string; accountId: string }[] }>('GET', '/projects');
  ({ id: projectId, accountId } = projects.body.data[0]!);
});
afterAll(() => app.remove());

const newEmail = () => `${randomUUID().slice(0, 8)}@people.test`;
const newPassword = () => `otter ${randomUUID()}`;
// oxlint-disable-next-line typescript/no-explicit-any
type Made = { status: number; body: any };
const invite = (fields: object = {}): Promise<Made> =>
  app.api('POST', '/invitations', { email: newEmail(), accountId, role: 'member', ...fields });
const accept = (token: string, body: object = { name: 'Newcomer', password: newPassword() }, browser?: Browser) =>
  (browser ?? newBrowser(app.url)).call('POST', '/invitations/accept', { token, ...body });

async function newUser(fields: object = {}): Promise<{ email: string; password: string; browser: Browser }> {
  const [email, password, browser] = [newEmail(), newPassword(), newBrowser(app.url)];
  const { body } = await invite({ email, ...fields });
  expect((await accept(body.link.token, { name: 'Somebody', password }, browser)).status).toBe(200);
  return { email, password, browser };
}

describe('V05 an invitation', () => {
  test('is a link shown once, makes the user, signs them in, and puts them where it says', async () => {
    const email = newEmail();
    const made = await invite({ email: email.toUpperCase(), role: 'admin', projectId, projectRole: 'member' });
    expect(made.status).toBe(201);
    const { invitation, link } = made.body;
    expect(invitation).toMatchObject({ email, accountId, role: 'admin', projectId, status: 'open' });
    expect(link.url).toBe(`${app.url}/invitation#${link.token}`);
    const browser = newBrowser(app.url);
    const accepted = await accept(link.token, { name: '新人', password: newPassword() }, browser);
    expect(accepted.body.user).toMatchObject({ email, name: '新人', isOperator: false });
    expect((await browser.call('GET', '/auth/session')).status).toBe(200);
    expect((await browser.call('GET', '/accounts')).body.data.map(({ id }: { id: string }) => id)).toEqual([accountId]);
    const list = await app.api<Made['body']>('GET', `/invitations?accountId=${accountId}`);
    expect(list.body.data[0]).toMatchObject({ status: 'accepted', acceptedBy: accepted.body.user.id });
    expect(JSON.stringify(list.body)).not.toContain(link.token);
  });

  test('is good once, also for two at the same moment', async () => {
    const { body } = await invite();
    const answers = await Promise.all([accept(body.link.token), accept(body.link.token), accept(body.link.token)]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401, 401]);
    expect((await accept(body.link.token)).body.code).toBe('invalid_credentials');
  });

  test('opens nothing after seven days, or once it is revoked', async () => {
    const [old, revoked] = [await invite(), await invite()];
    const path = `/invitations/${revoked.body.invitation.id}/revoke`;
    expect((await app.api('POST', path)).body).toMatchObject({ status: 'revoked' });
    expect((await app.api('POST', path)).status).toBe(409);
    expect((await accept(revoked.body.link.token)).status).toBe(401);
    aheadMs = 7 * DAY_MS;
    expect((await accept(old.body.link.token)).status).toBe(401);
    aheadMs = 0;
    expect((await accept('x'.repeat(43))).status).toBe(401);
  });

  test('is not used up by a password that may not be', async () => {
    const { body } = await invite();
    for (const password of ['short', 'password12345678', 'qwertyuiopasdfgh', '\ud800qwz mnbv hjkl tyui'])
      expect((await accept(body.link.token, { name: 'N', password })).body).toMatchObject({
        status: 400,
        errors: [{ pointer: '/password' }],
      });
    expect((await accept(body.link.token)).status).toBe(200);
  });

  test('of someone who has a user already is accepted signed in, by nobody else', async () => {
    const user = await newUser();
    const other = (await app.api<{ id: string }>('POST', '/accounts', { name: 'Other' })).body.id;
    const { body } = await invite({ email: user.email, accountId: other });
    expect((await accept(body.link.token)).body.code).toBe('conflict');
    const stranger = await newUser();
    expect((await accept(body.link.token, {}, stranger.browser)).status).toBe(403);
    expect((await accept(body.link.token, {}, user.browser)).status).toBe(200);
    const accounts = (await user.browser.call('GET', '/accounts')).body.data;
    expect(accounts).toHaveLength(2);
  });

  test('raises what someone is already, and lessens it not', async () => {
    const user = await newUser({ projectId, projectRole: 'member' });
    const { id } = (await user.browser.call('GET', '/auth/session')).body.user;
    const rolesNow = async (): Promise<unknown[]> => {
      const places = [`/accounts/${accountId}`, `/projects/${projectId}`];
      const lists = await Promise.all(
        places.map((place) =>
          app.api<{ data: { userId: string; role: string }[] }>('GET', `${place}/members?limit=200`),
        ),
      );
      return lists.map(({ body }) => body.data.find(({ userId }) => userId === id)?.role);
    };
    const take = async (fields: object) => {
      const { body } = await invite({ email: user.email, ...fields });
      expect((await accept(body.link.token, {}, user.browser)).status).toBe(200);
      return rolesNow();
    };
    expect(await rolesNow()).toEqual(['member', 'member']);
    expect(await take({ role: 'admin', projectId, projectRole: 'admin' })).toEqual(['admin', 'admin']);
    expect(await take({ role: 'member', projectId, projectRole: 'member' })).toEqual(['admin', 'admin']);
  });

  test('is made by those who manage members, and an admin makes no owner', async () => {
    const member = await newUser();
    const admin = await newUser({ role: 'admin' });
    const draft = { email: newEmail(), accountId, role: 'member' };
    expect((await member.browser.call('POST', '/invitations', draft)).status).toBe(403);
    expect((await admin.browser.call('POST', '/invitations', draft)).status).toBe(201);
    expect((await admin.browser.call('POST', '/invitations', { ...draft, role: 'owner' })).status).toBe(403);
    expect((await admin.browser.call('POST', '/invitations', { ...draft, accountId: 'acc_other' })).status).toBe(404);
    expect((await invite({ projectId: 'prj_other', projectRole: 'member' })).status).toBe(400);
    expect((await admin.browser.call('GET', '/people')).status).toBe(403);
  });
});

describe('a reset link', () => {
  const start = async (id: string): Promise<Made> => app.api('POST', `/people/${id}/password-reset`);
  const finish = (token: string, password: string) =>
    newBrowser(app.url).call('POST', '/auth/password-reset', { token, password });

  test('6.4.6 lets the user choose, ends every session, and is good once', async () => {
    const user = await newUser();
    const { id } = (await user.browser.call('GET', '/auth/session')).body.user;
    const { body } = await start(id);
    expect((await user.browser.call('GET', '/auth/session')).status).toBe(200);
    const password = newPassword();
    expect((await finish(body.token, 'short')).status).toBe(400);
    expect((await finish(body.token, password)).status).toBe(204);
    expect((await user.browser.call('GET', '/auth/session')).status).toBe(401);
    expect((await finish(body.token, newPassword())).status).toBe(401);
    await signedIn(app.url, user.email, password);
  });

  test('ends with the next one, with a change of password, and after a day', async () => {
    const { browser, password } = await newUser();
    const { id } = (await browser.call('GET', '/auth/session')).body.user;
    const [first, second] = [await start(id), await start(id)];
    expect((await finish(first.body.token, newPassword())).status).toBe(401);
    const changed = newPassword();
    expect((await browser.call('POST', '/auth/password', { password, newPassword: changed })).status).toBe(200);
    expect((await finish(second.body.token, newPassword())).status).toBe(401);
    const third = await start(id);
    aheadMs = DAY_MS;
    expect((await finish(third.body.token, newPassword())).status).toBe(401);
    aheadMs = 0;
    expect((await start('usr_nobody')).status).toBe(404);
  });

  test('the last operator can neither be disabled nor stop being one', async () => {
    const people = await app.api<{ data: { id: string; isOperator: boolean }[] }>('GET', '/people?limit=200');
    const { id } = people.body.data.find(({ isOperator }) => isOperator)!;
    for (const change of [{ status: 'disabled' }, { isOperator: false }])
      expect((await app.api('PATCH', `/people/${id}`, change)).status).toBe(409);
  });
});

describe('3.5.1 what another site makes a browser send', () => {
  test.each([
    ['without the header', { 'x-keyward-csrf': '0' }],
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['from another host of the same site', { 'sec-fetch-site': 'same-site' }],
    ['with another origin', { origin: 'https://evil.example' }],
    ['with no origin to name', { origin: 'null' }],
  ])('changes nothing: %s', async (_name, headers: Record<string, string>) => {
    const { browser, email, password } = await newUser();
    for (const path of ['/auth/sign-out', '/auth/sessions/end-others'])
      expect((await browser.call('POST', path, undefined, headers)).body).toMatchObject({ code: 'forbidden' });
    expect((await browser.call('POST', '/invitations', {}, headers)).body.code).toBe('forbidden');
    expect((await browser.call('GET', '/auth/session')).status).toBe(200);
    const fresh = newBrowser(app.url);
    expect((await fresh.call('POST', '/auth/sign-in', { email, password }, headers)).status).toBe(403);
    expect(fresh.cookies.size).toBe(0);
  });

  test('our own pages pass, and a form’s content type does not', async () => {
    const { browser } = await newUser();
    const own = { origin: app.url, 'sec-fetch-site': 'same-origin' };
    expect((await browser.call('POST', '/auth/sessions/end-others', undefined, own)).status).toBe(200);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await browser.call('POST', '/invitations', {}, form)).status).toBe(415);
  });

  test('keys need no header, and a key beside the cookie is refused', async () => {
    const { browser } = await newUser();
    const authorization = `Bearer ${app.first!.managementKey}`;
    const both = await browser.call('GET', '/projects', undefined, { authorization });
    expect([both.status, both.body.code]).toEqual([400, 'conflicting_api_keys']);
    const key = await app.api('POST', '/accounts', { name: 'By key' }, { key: app.first!.managementKey });
    expect(key.status).toBe(201);
    expect((await app.api('GET', '/auth/session')).status).toBe(403);
  });
});

describe('a passkey', () => {
  const local = () => app.url.replace('127.0.0.1', 'localhost');

  async function withPasskey() {
    const user = await newUser();
    const origin = local();
    const browser = await signedIn(origin, user.email, user.password);
    const device = newAuthenticator(origin);
    const headers = { origin };
    const options = await browser.call('POST', '/auth/passkeys/options', undefined, headers);
    const added = await browser.call(
      'POST',
      '/auth/passkeys',
      { name: 'Laptop', response: device.register(options.body) },
      headers,
    );
    expect([added.status, added.body]).toMatchObject([201, { name: 'Laptop' }]);
    return { ...user, browser, device, headers, id: added.body.id as string };
  }
  const signInWith = async (
    { device, headers }: { device: ReturnType<typeof newAuthenticator>; headers: Record<string, string> },
    verified = true,
  ) => {
    const browser = newBrowser(local());
    const { body } = await browser.call('POST', '/auth/passkey/options', undefined, headers);
    const response = device.answer(body, verified);
    const answer = await browser.call('POST', '/auth/passkey', { response }, headers);
    const again = await browser.call('POST', '/auth/passkey', { response }, headers);
    return { browser, answer, again };
  };

  test('signs in as two factors, and each challenge is good once', async () => {
    const user = await withPasskey();
    const { browser, answer, again } = await signInWith(user);
    expect([answer.status, answer.body]).toMatchObject([200, { user: { email: user.email } }]);
    expect(again.status).toBe(400);
    const sessions = (await browser.call('GET', '/auth/sessions')).body.data;
    expect(sessions.find(({ current }: { current: boolean }) => current).secondFactor).toBe(true);
  });

  test('that did not check the person, or signs for another origin, signs nobody in', async () => {
    const user = await withPasskey();
    const unchecked = await signInWith(user, false);
    expect([unchecked.answer.status, unchecked.browser.cookies.has('keyward')]).toEqual([401, false]);
    const browser = newBrowser(local());
    const { body } = await browser.call('POST', '/auth/passkey/options', undefined, user.headers);
    const elsewhere = newAuthenticator('http://evil.example');
    const response = { ...elsewhere.answer(body), id: user.device.answer(body).id };
    expect((await browser.call('POST', '/auth/passkey', { response }, user.headers)).status).toBe(401);
  });

  test('is renamed by who has it, and by nobody else', async () => {
    const user = await withPasskey();
    const rename = (browser: typeof user.browser, name: string) =>
      browser.call('PATCH', `/auth/passkeys/${user.id}`, { name });
    expect((await rename((await newUser()).browser, 'Mine')).status).toBe(404);
    expect((await rename(user.browser, ' ')).body.errors).toMatchObject([{ pointer: '/name' }]);
    const answer = await rename(user.browser, 'Desk');
    expect([answer.status, answer.body.id, answer.body.name]).toEqual([200, user.id, 'Desk']);
    expect((await user.browser.call('GET', '/auth/passkeys')).body.data).toEqual([answer.body]);
  });

  test('is added and removed only right after an identity check, and opens nothing once removed', async () => {
    const user = await withPasskey();
    aheadMs = 6 * 60_000;
    const removal = () => user.browser.call('DELETE', `/auth/passkeys/${user.id}`);
    expect((await removal()).body.code).toBe('identity_check_required');
    const options = () => user.browser.call('POST', '/auth/passkeys/options', undefined, user.headers);
    expect((await options()).body.code).toBe('identity_check_required');
    expect((await user.browser.call('POST', '/auth/identity-check', { password: user.password })).status).toBe(200);
    const stranger = await newUser();
    expect((await stranger.browser.call('DELETE', `/auth/passkeys/${user.id}`)).status).toBe(404);
    expect((await user.browser.call('GET', '/auth/passkeys')).body.data).toHaveLength(1);
    expect((await removal()).status).toBe(204);
    aheadMs = 0;
    expect((await signInWith(user)).answer.status).toBe(401);
  });
});

describe('the first start', () => {
  async function start(env: Record<string, string>) {
    const dataDir = await mkdtemp(join(tmpdir(), 'keyward-first-'));
    try {
      const one = await startTestApp({ dataDir, env });
      await one.stop();
      return one.first?.administrator;
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  }

  test('takes the administrator from the environment, and does not repeat the password', async () => {
    const password = newPassword();
    expect(await start({ KEYWARD_ADMIN_EMAIL: 'Boss@Example.com', KEYWARD_ADMIN_PASSWORD: password })).toEqual({
      email: 'boss@example.com',
      password: null,
    });
  });

  test('6.3.2 refuses a password that may not be, before it makes anything', async () => {
    for (const password of ['short', 'admin1234567890', 'password12345678'])
      await expect(start({ KEYWARD_ADMIN_PASSWORD: password })).rejects.toMatchObject({
        message: expect.stringMatching(/KEYWARD_ADMIN_PASSWORD cannot be used/) as string,
      });
  });

  test('3.3.1 3.3.3 3.4.1 behind https cookies are Secure and bound to the host, and answers say so', async () => {
    const port = await freePort();
    const env = { KEYWARD_PUBLIC_URL: 'https://keyward.example', PORT: String(port) };
    const secure = await startTestApp({ env });
    const { email, password } = secure.first!.administrator;
    const browser = newBrowser(`http://127.0.0.1:${port}`);
    const origin = env.KEYWARD_PUBLIC_URL;
    const answer = await browser.call('POST', '/auth/sign-in', { email, password }, { origin });
    expect(answer.status).toBe(200);
    const line = browser.lines.find((one) => one.startsWith('__Host-keyward='))!;
    for (const part of [/; Secure/i, /; HttpOnly/i, /; SameSite=Lax/i, /; Path=\/(;|$)/i]) expect(line).toMatch(part);
    expect(line).not.toMatch(/domain/i);
    expect(browser.lines.every((one) => one.startsWith('__Host-'))).toBe(true);
    expect(answer.headers.get('strict-transport-security')).toMatch(/max-age=31536000/);
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect((await browser.call('GET', '/auth/session')).status).toBe(200);
    await secure.remove();
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
