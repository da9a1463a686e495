// What an attacker tries who has a piece of somebody's sign-in: an old password, a cookie, a code of their own.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { earlierCode, newBrowser, signedIn, totpOf, type Browser } from '../kit/people.ts';
import { engines, newPlace, type StorePlace } from '../kit/stores.ts';

describe.each(engines)('sign-in under attack on %s', (engine) => {
  let app: TestApp;
  let place: StorePlace;

  beforeAll(async () => {
    place = await newPlace(engine);
    app = await startTestApp({
      dataDir: place.dataDir,
      env: { ...(place.url !== null && { DATABASE_URL: place.url }), KEYWARD_TRUSTED_PROXIES: '127.0.0.1' },
    });
  });
  afterAll(async () => {
    await app.stop();
    await place.clear();
  });

  async function newUser() {
    const [email, password] = [`${randomUUID().slice(0, 8)}@attack.test`, `hedgehog ${randomUUID()}`];
    const made = await app.api<{ user: { id: string }; passwordReset: { token: string } }>('POST', '/people', {
      email,
      name: 'Somebody',
    });
    await choose(made.body.passwordReset.token, password);
    return { id: made.body.user.id, email, password, browser: await signedIn(app.url, email, password) };
  }
  async function withTotp() {
    const user = await newUser();
    const { body } = await user.browser.call('POST', '/auth/totp', { password: user.password });
    const on = await user.browser.call('POST', '/auth/totp/confirm', { code: await earlierCode(body.uri) });
    expect(on.status).toBe(200);
    return { ...user, uri: body.uri as string, recoveryCodes: body.recoveryCodes as string[] };
  }
  /** Signs in up to the second factor. */
  async function begin({ email, password }: { email: string; password: string }): Promise<Browser> {
    const browser = newBrowser(app.url);
    const { body } = await browser.call('POST', '/auth/sign-in', { email, password });
    expect(body.status).toBe('second_factor_required');
    return browser;
  }
  const choose = async (token: string, password: string) =>
    (await newBrowser(app.url).call('POST', '/auth/password-reset', { token, password })).status;
  const link = async (id: string) =>
    (await app.api<{ token: string }>('POST', `/people/${id}/password-reset`)).body.token;
  const who = async (browser: Browser) => (await browser.call('GET', '/auth/session')).status;

  test('a session cookie without our signature opens nothing', async () => {
    const { browser } = await newUser();
    const value = decodeURIComponent(browser.cookies.get('keyward')!);
    const [token = ''] = value.split('.');
    for (const forged of [token, `${token}.`, `${token}.${'A'.repeat(43)}=`, `${value}A`, `.${value}`]) {
      browser.cookies.set('keyward', encodeURIComponent(forged));
      expect([forged, await who(browser)]).toEqual([forged, 401]);
    }
    browser.cookies.set('keyward', encodeURIComponent(value));
    expect(await who(browser)).toBe(200);
  });

  test('a code of one person proves nothing about another', async () => {
    const [mine, theirs] = [await withTotp(), await withTotp()];
    const pending = (await begin(mine)).cookies.get('keyward-second-factor')!;
    const signed = theirs.browser.cookies.get('keyward')!;
    const unsigned = encodeURIComponent(decodeURIComponent(signed).split('.')[0]!);
    for (const [at, session] of [unsigned, signed].entries()) {
      const attacker = newBrowser(app.url);
      attacker.cookies.set('keyward', session).set('keyward-second-factor', pending);
      const answer = await attacker.call('POST', '/auth/identity-check', { totp: totpOf(mine.uri, at) });
      expect([at, answer.status]).toEqual([at, 401]);
    }
    expect(await who(theirs.browser)).toBe(200);
  });

  test('a sign-in that waits for a code is finished by its own user, whoever else is signed in beside it', async () => {
    const [mine, theirs] = [await withTotp(), await withTotp()];
    const waiting = await begin(mine);
    waiting.cookies.set('keyward', theirs.browser.cookies.get('keyward')!);
    const wrong = await waiting.call('POST', '/auth/second-factor', { code: totpOf(theirs.uri) });
    expect(wrong.status).toBe(401);
    const right = await waiting.call('POST', '/auth/second-factor', { code: totpOf(mine.uri) });
    expect([right.status, right.body.user.id]).toEqual([200, mine.id]);
  });

  test('signing in anew ends the session that was open in the browser', async () => {
    const { email, password, browser } = await newUser();
    const other = newBrowser(app.url);
    other.cookies.set('keyward', browser.cookies.get('keyward')!);
    expect((await browser.call('POST', '/auth/sign-in', { email, password })).status).toBe(200);
    expect([await who(other), await who(browser)]).toEqual([401, 200]);
  });

  test('a crowd at the door is turned away, and those who were here before come in', async () => {
    const { email, password, browser } = await newUser();
    const from = (at: number) => ({ 'x-forwarded-for': `198.51.${at}.7` });
    const crowd = Array.from({ length: 40 }, (_, at) =>
      newBrowser(app.url).call('POST', '/auth/sign-in', { email: `x${at}@attack.test`, password: 'guess' }, from(at)),
    );
    const known = await browser.call('POST', '/auth/sign-in', { email, password });
    expect(known.status).toBe(200);
    const answers = await Promise.all(crowd);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401, 429]));
    const turned = answers.filter(({ status }) => status === 429);
    expect(turned.every(({ headers }) => headers.get('retry-after') === '3')).toBe(true);
    expect(turned.length).toBeGreaterThan(10);
  });

  test('no session begun with the old password is left by a reset, nor by a change, however close they are', async () => {
    const user = await newUser();
    let { password } = user;
    for (let round = 0; round < 4; round++) {
      const next = `badger ${randomUUID()}`;
      const token = await link(user.id);
      const thieves = Array.from({ length: 4 }, () => newBrowser(app.url));
      const own = await signedIn(app.url, user.email, password);
      const change =
        round % 2 === 0 ? choose(token, next) : own.call('POST', '/auth/password', { password, newPassword: next });
      const signIns = thieves.map((one) => one.call('POST', '/auth/sign-in', { email: user.email, password }));
      await Promise.all([change, ...signIns]);
      expect([round, ...(await Promise.all(thieves.map(who)))]).toEqual([round, 401, 401, 401, 401]);
      password = next;
    }
    await signedIn(app.url, user.email, password);
  });

  test('a sign-in that waits for its second factor ends with a new password, a reset, and the end of all sessions', async () => {
    const user = await withTotp();
    const [one, two, three, four] = [await begin(user), await begin(user), await begin(user), await begin(user)];
    const finish = async (browser: Browser, at: number) =>
      (await browser.call('POST', '/auth/second-factor', { recoveryCode: user.recoveryCodes[at] })).status;
    expect(await finish(one, 0)).toBe(200);
    await app.api('POST', `/people/${user.id}/end-sessions`);
    expect(await finish(two, 1)).toBe(401);
    const late = await begin(user);
    expect(await choose(await link(user.id), `otter ${randomUUID()}`)).toBe(204);
    for (const browser of [three, four, late]) expect(await finish(browser, 2)).toBe(401);
    const changed = await withTotp();
    const waiting = await begin(changed);
    const { status } = await changed.browser.call('POST', '/auth/password', {
      password: changed.password,
      newPassword: `badger ${randomUUID()}`,
    });
    expect(status).toBe(200);
    const answer = await waiting.call('POST', '/auth/second-factor', { recoveryCode: changed.recoveryCodes[0] });
    expect(answer.status).toBe(401);
  });
});
