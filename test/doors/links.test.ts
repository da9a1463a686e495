// What somebody may know of a link before they use it, and by what they can prove who they are.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { newAuthenticator } from '../kit/passkey.ts';
import { newBrowser, signedIn, totpOf } from '../kit/people.ts';
import { engines, newPlace, type StorePlace } from '../kit/stores.ts';

const DAY_MS = 24 * 60 * 60_000;
const HERE = '192.0.2.1';

describe.each(engines)('links on %s', (engine) => {
  let app: TestApp;
  let place: StorePlace;
  let aheadMs = 0;
  let stoppedMs: number | null = null;
  let projectId = '';
  let accountId = '';

  beforeAll(async () => {
    place = await newPlace(engine);
    app = await startTestApp({
      dataDir: place.dataDir,
      clock: () => (stoppedMs ?? Date.now()) + aheadMs,
      env: { ...(place.url !== null && { DATABASE_URL: place.url }), KEYWARD_TRUSTED_PROXIES: '127.0.0.1' },
    });
    const projects = await app.api<{ data: { id: string; accountId: string }[] }>('GET', '/projects');
    ({ id: projectId, accountId } = projects.body.data[0]!);
  });
  afterAll(async () => {
    await app.stop();
    await place.clear();
  });

  type Made = { id: string; link: { token: string; expiresAt: string }; invitation: { id: string } };
  const newEmail = () => `${randomUUID().slice(0, 8)}@links.test`;
  const password = `heron ${randomUUID()}`;
  const invite = async (email: string, fields: object = {}) =>
    (await app.api<Made>('POST', '/invitations', { email, accountId, role: 'member', ...fields })).body;
  const from = (address: string, path: string, body: object) =>
    newBrowser(app.url).call('POST', path, body, { 'x-forwarded-for': address });
  const look = (token: string, path = '/invitations/look-up') => from(HERE, path, { token });
  const accept = (token: string) => from(HERE, '/invitations/accept', { token, name: 'Somebody', password });

  test('V05 a link says what it is for before it is used, and is not used by that', async () => {
    const email = newEmail();
    const { link } = await invite(email.toUpperCase(), { projectId, projectRole: 'admin' });
    const seen = await look(link.token);
    expect(seen.status).toBe(200);
    const [account, project] = await Promise.all([
      app.api<{ name: string }>('GET', `/accounts/${accountId}`),
      app.api<{ name: string }>('GET', `/projects/${projectId}`),
    ]);
    expect(seen.body).toEqual({
      email,
      role: 'member',
      projectRole: 'admin',
      accountName: account.body.name,
      projectName: project.body.name,
      isUser: false,
      expiresAt: link.expiresAt,
    });
    expect((await accept(link.token)).status).toBe(200);
    expect((await look((await invite(email)).link.token)).body).toMatchObject({ isUser: true, projectName: null });
  });

  test('V05 a link that was used, revoked or has run out says which, and another says nothing', async () => {
    const [used, revoked, old] = [await invite(newEmail()), await invite(newEmail()), await invite(newEmail())];
    expect((await accept(used.link.token)).status).toBe(200);
    await app.api('POST', `/invitations/${revoked.invitation.id}/revoke`);
    const said = async (token: string) => {
      const [seen, tried] = [await look(token), await accept(token)];
      expect([seen.status, tried.status]).toEqual([401, 401]);
      expect(seen.body.detail).toBe(tried.body.detail);
      return seen.body.detail as string;
    };
    expect(await said(used.link.token)).toContain('used already');
    expect(await said(revoked.link.token)).toContain('was revoked');
    aheadMs = 7 * DAY_MS;
    expect(await said(old.link.token)).toContain('has run out');
    aheadMs = 0;
    expect(await said('x'.repeat(43))).toContain('used, revoked, or has run out');
  });

  test('Z16 a reset link says whose it is, and whether a short password will do', async () => {
    const email = newEmail();
    const made = await app.api<{ user: { id: string }; passwordReset: { token: string; expiresAt: string } }>(
      'POST',
      '/people',
      { email, name: 'Somebody' },
    );
    const { token, expiresAt } = made.body.passwordReset;
    const path = '/auth/password-reset/look-up';
    const seen = await look(token, path);
    expect([seen.status, seen.body]).toEqual([200, { email, twoFactor: false, expiresAt }]);
    const browser = newBrowser(app.url);
    expect((await browser.call('POST', '/auth/password-reset', { token, password })).status).toBe(204);
    expect((await look(token, path)).status).toBe(401);
    expect((await look('x'.repeat(43), path)).status).toBe(401);
  });

  test('Z16 whoever tries tokens is slowed down by address, whichever way they try them; good links are not counted', async () => {
    const good = (await invite(newEmail())).link.token;
    const [stranger, other] = ['192.0.2.66', '192.0.2.67'];
    const token = 'x'.repeat(43);
    const ways = [
      ['/invitations/look-up', { token }],
      ['/auth/password-reset/look-up', { token }],
      ['/invitations/accept', { token, name: 'Somebody', password }],
      ['/auth/password-reset', { token, password }],
    ] as const;
    // However slow the machine is: all of it is tried in one moment.
    stoppedMs = Date.now();
    for (let tries = 0; tries < 30; tries += 1) {
      const [path, body] = ways[tries % ways.length]!;
      expect([tries, (await from(stranger, path, body)).status]).toEqual([tries, 401]);
    }
    for (const [path, body] of ways) {
      const refused = await from(stranger, path, { ...body, token: good });
      expect([path, refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([path, 429, true]);
    }
    for (let looks = 0; looks < 35; looks += 1)
      expect((await from(other, '/invitations/look-up', { token: good })).status).toBe(200);
    // A good link with a password that may not be chosen is no guess.
    const weak = await from(other, '/invitations/accept', { token: good, name: 'Somebody', password: 'short' });
    expect([weak.status, weak.body.errors[0].pointer]).toEqual([400, '/password']);
    stoppedMs += 1000;
    expect((await from(stranger, '/invitations/look-up', { token: good })).status).toBe(200);
    stoppedMs = null;
  });

  test('T32 people are told by what they can prove who they are', async () => {
    const email = newEmail();
    const origin = app.url.replace('127.0.0.1', 'localhost');
    expect((await accept((await invite(email)).link.token)).status).toBe(200);
    const browser = await signedIn(origin, email, password);
    const proofs = async () => (await browser.call('GET', '/auth/identity-check')).body.proofs as string[];
    expect(await proofs()).toEqual(['password']);
    const { body } = await browser.call('POST', '/auth/totp', { password });
    expect(await proofs()).toEqual(['password']);
    await browser.call('POST', '/auth/totp/confirm', { code: totpOf(body.uri) });
    const { body: options } = await browser.call('POST', '/auth/passkeys/options', undefined, { origin });
    const passkey = { name: 'Phone', response: newAuthenticator(origin).register(options) };
    expect((await browser.call('POST', '/auth/passkeys', passkey, { origin })).status).toBe(201);
    expect(await proofs()).toEqual(['password', 'totp', 'passkey']);
    expect((await newBrowser(origin).call('GET', '/auth/identity-check')).status).toBe(401);
  });
});
