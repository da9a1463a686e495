// What people change of themselves, and what the operator takes away that they lost.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { newAuthenticator } from '../kit/passkey.ts';
import { earlierCode, newBrowser, signedIn, totpOf, type Browser } from '../kit/people.ts';
import { engines, newPlace, type StorePlace } from '../kit/stores.ts';

describe.each(engines)('profiles on %s', (engine) => {
  let app: TestApp;
  let place: StorePlace;
  let aheadMs = 0;

  beforeAll(async () => {
    place = await newPlace(engine);
    app = await startTestApp({
      dataDir: place.dataDir,
      clock: () => Date.now() + aheadMs,
      env: place.url === null ? {} : { DATABASE_URL: place.url },
    });
  });
  afterAll(async () => {
    await app.stop();
    await place.clear();
  });

  const choose = async (token: string, password: string) =>
    (await newBrowser(app.url).call('POST', '/auth/password-reset', { token, password })).status;
  async function enter() {
    const [email, password] = [`${randomUUID().slice(0, 8)}@profile.test`, `hedgehog ${randomUUID()}`];
    const made = await app.api<{ user: { id: string }; passwordReset: { token: string } }>('POST', '/people', {
      email,
      name: 'Somebody',
    });
    expect(await choose(made.body.passwordReset.token, password)).toBe(204);
    return { id: made.body.user.id, email, password, browser: await signedIn(app.url, email, password) };
  }
  const who = async (browser: Browser) => (await browser.call('GET', '/auth/session')).status;
  const rowsOf = async (id: string) =>
    (await app.api<{ data: Record<string, unknown>[] }>('GET', `/audit-events?objectId=${id}&limit=50`)).body.data;

  test('Z16 people change their own name, and nobody else’s', async () => {
    const { id, email, browser } = await enter();
    const answer = await browser.call('PATCH', '/auth/profile', { name: '李伟' });
    expect([answer.status, answer.body.user]).toMatchObject([200, { id, email, name: '李伟' }]);
    expect((await app.api('GET', '/people?search=李伟')).body).toMatchObject({ data: [{ id }] });
    expect((await rowsOf(id))[0]).toMatchObject({
      operation: 'changeProfile',
      actor: { id },
      before: { name: 'Somebody' },
      after: { name: '李伟' },
    });
    expect((await browser.call('PATCH', '/auth/profile', { isOperator: true })).body.errors).toMatchObject([
      { pointer: '/isOperator' },
    ]);
    expect((await app.api('PATCH', '/auth/profile', { name: 'x' })).status).toBe(403);
  });

  test('Z16 T32 another e-mail wants a fresh identity check, renews this session, ends the others, and is what one signs in with', async () => {
    const { id, email, password, browser } = await enter();
    const other = await signedIn(app.url, email, password);
    const changed = `New-${email}`;
    aheadMs += 6 * 60_000;
    const stale = await browser.call('PATCH', '/auth/profile', { email: changed });
    expect([stale.status, stale.body.code]).toEqual([403, 'identity_check_required']);
    // The same e-mail is no change, however it is written.
    expect((await browser.call('PATCH', '/auth/profile', { email: email.toUpperCase() })).status).toBe(200);
    expect((await browser.call('POST', '/auth/identity-check', { password })).status).toBe(200);
    const token = browser.cookies.get('keyward');
    const answer = await browser.call('PATCH', '/auth/profile', { email: changed, name: 'Else' });
    expect([answer.status, answer.body.user]).toMatchObject([200, { email: changed.toLowerCase(), name: 'Else' }]);
    expect(browser.cookies.get('keyward')).not.toBe(token);
    expect([await who(browser), await who(other)]).toEqual([200, 401]);
    expect((await newBrowser(app.url).call('POST', '/auth/sign-in', { email, password })).status).toBe(401);
    expect(await who(await signedIn(app.url, changed, password))).toBe(200);
    expect((await rowsOf(id))[0]).toMatchObject({ before: { email }, after: { email: changed.toLowerCase() } });
  });

  test('Z16 X06 a taken e-mail is refused without saying whose, changes nothing, and cannot be tried for long', async () => {
    const [user, taken] = [await enter(), await enter()];
    const answers = [];
    for (let at = 0; at < 6; at++)
      answers.push(await user.browser.call('PATCH', '/auth/profile', { email: taken.email, name: 'Taken' }));
    expect(answers[0]).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(JSON.stringify(answers[0]?.body)).not.toMatch(/already|user|taken/i);
    expect(answers.map(({ status }) => status)).toContain(429);
    expect(Number(answers.find(({ status }) => status === 429)?.headers.get('retry-after'))).toBeGreaterThan(0);
    const { body } = await user.browser.call('GET', '/auth/session');
    expect(body.user).toMatchObject({ email: user.email, name: 'Somebody' });
    expect(await who(taken.browser)).toBe(200);
  });

  test('Z18 the operator takes a lost second factor away: sessions and password end, and a link leads to a long one', async () => {
    const user = await enter();
    const { body } = await user.browser.call('POST', '/auth/totp', { password: user.password });
    await user.browser.call('POST', '/auth/totp/confirm', { code: await earlierCode(body.uri) });
    const short = 'fj0rdKes7rel';
    const change = { password: user.password, newPassword: short };
    expect((await user.browser.call('POST', '/auth/password', change)).status).toBe(200);
    const waiting = newBrowser(app.url);
    await waiting.call('POST', '/auth/sign-in', { email: user.email, password: short });

    const removed = await app.api<{ token: string; url: string }>('POST', `/people/${user.id}/remove-second-factor`);
    expect([removed.status, removed.body.url]).toEqual([201, expect.stringContaining('/password-reset#')]);
    expect((await app.api('GET', `/people/${user.id}`)).body).toMatchObject({ twoFactor: false });
    expect(await who(user.browser)).toBe(401);
    expect((await waiting.call('POST', '/auth/second-factor', { code: totpOf(body.uri, 1) })).status).toBe(401);
    const recovery = { recoveryCode: body.recoveryCodes[0] as string };
    expect((await waiting.call('POST', '/auth/second-factor', recovery)).status).toBe(401);
    const old = await newBrowser(app.url).call('POST', '/auth/sign-in', { email: user.email, password: short });
    expect(old.status).toBe(401);
    expect(await choose(removed.body.token, short)).toBe(400);
    expect(await choose(removed.body.token, user.password)).toBe(204);
    expect(await who(await signedIn(app.url, user.email, user.password))).toBe(200);

    const row = (await rowsOf(user.id)).findLast(
      (one) => one['operation'] === 'removeSecondFactor' && one['outcome'] === 'done',
    );
    expect(row).toMatchObject({ outcome: 'done', before: { twoFactor: true }, after: { twoFactor: false } });
    const again = await app.api<{ code: string }>('POST', `/people/${user.id}/remove-second-factor`);
    expect([again.status, again.body.code]).toEqual([409, 'conflict']);
  });

  test('Z18 passkeys go with it, and an operator who is a person proves first who they are', async () => {
    const origin = app.url.replace('127.0.0.1', 'localhost');
    const user = await enter();
    const browser = await signedIn(origin, user.email, user.password);
    const device = newAuthenticator(origin);
    const { body: options } = await browser.call('POST', '/auth/passkeys/options', undefined, { origin });
    const passkey = { name: 'Phone', response: device.register(options) };
    expect((await browser.call('POST', '/auth/passkeys', passkey, { origin })).status).toBe(201);
    const admin = await enter();
    await app.api('PATCH', `/people/${admin.id}`, { isOperator: true });
    aheadMs += 6 * 60_000;
    const path = `/people/${user.id}/remove-second-factor`;
    expect((await admin.browser.call('POST', path)).body.code).toBe('identity_check_required');
    await admin.browser.call('POST', '/auth/identity-check', { password: admin.password });
    expect((await admin.browser.call('POST', path)).status).toBe(201);
    const { body: challenge } = await newBrowser(origin).call('POST', '/auth/passkey/options');
    const stranger = newBrowser(origin);
    await stranger.call('POST', '/auth/passkey/options');
    const tried = await stranger.call('POST', '/auth/passkey', { response: device.answer(challenge) }, { origin });
    expect(tried.status).toBeGreaterThanOrEqual(400);
    const { id } = user;
    const row = (await rowsOf(id)).findLast(
      (one) => one['operation'] === 'removeSecondFactor' && one['outcome'] === 'done',
    );
    expect(row).toMatchObject({ before: { passkeys: 1 }, after: { passkeys: null } });
    await admin.browser.call('POST', '/auth/sign-out');
  });

  test('X02 identity checks and new recovery codes leave rows that say what was done, and no code', async () => {
    const user = await enter();
    const origin = app.url.replace('127.0.0.1', 'localhost');
    const browser = await signedIn(origin, user.email, user.password);
    const { password } = user;
    const { body } = await browser.call('POST', '/auth/totp', { password });
    await browser.call('POST', '/auth/totp/confirm', { code: await earlierCode(body.uri) });
    await browser.call('POST', '/auth/identity-check', { password });
    await browser.call('POST', '/auth/identity-check', { totp: totpOf(body.uri, 0) });
    const codes = await browser.call('POST', '/auth/recovery-codes', { password, code: totpOf(body.uri, 1) });
    expect(codes.status).toBe(200);
    const device = newAuthenticator(origin);
    const { body: options } = await browser.call('POST', '/auth/passkeys/options', undefined, { origin });
    await browser.call('POST', '/auth/passkeys', { name: 'Laptop', response: device.register(options) }, { origin });
    const { body: challenge } = await browser.call('POST', '/auth/passkey/options', undefined, { origin });
    const checked = await browser.call('POST', '/auth/passkey', { response: device.answer(challenge) }, { origin });
    expect([checked.status, checked.body]).toMatchObject([200, {}]);
    const rows = (await rowsOf(user.id)).filter(({ outcome }) => outcome === 'done');
    const shown = (operation: string) =>
      rows.filter((row) => row['operation'] === operation).map((row) => row['after']);
    expect(shown('checkIdentity')).toEqual([{ proof: 'totp' }, { proof: 'password' }]);
    expect(shown('signInPasskey')).toEqual([{ proof: 'passkey' }]);
    expect(shown('startTotp')).toEqual([{ secondFactor: 'begun', recoveryCodes: '(set)' }]);
    expect(shown('replaceRecoveryCodes')).toEqual([{ recoveryCodes: '(set)' }]);
    for (const row of rows) expect(row).toMatchObject({ object: { type: 'user', id: user.id } });
    for (const code of codes.body.recoveryCodes) expect(JSON.stringify(rows)).not.toContain(code);
    expect((await app.api('GET', '/audit-events/verify')).body).toMatchObject({ ok: true });
  });
});
