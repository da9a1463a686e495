import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { newBrowser, signedIn, totpOf, type Browser } from '../kit/people.ts';
import { newPlace, engines, type StorePlace } from '../kit/stores.ts';

const HOUR_MS = 60 * 60_000;
const ADMIN = 'admin@keyward.local';

describe.each(engines)('people on %s', (engine) => {
  let app: TestApp;
  let place: StorePlace;
  let aheadMs = 0;
  let adminPassword = '';

  beforeAll(async () => {
    place = await newPlace(engine);
    app = await startTestApp({
      dataDir: place.dataDir,
      clock: () => Date.now() + aheadMs,
      env: { ...(place.url !== null && { DATABASE_URL: place.url }), KEYWARD_TRUSTED_PROXIES: '127.0.0.1' },
    });
    adminPassword = app.first!.administrator.password!;
  });
  afterAll(async () => {
    await app.stop();
    await place.clear();
  });

  const admin = () => signedIn(app.url, ADMIN, adminPassword);

  /** A user with a password, made as people are made: the operator makes them, they choose it by a link. */
  async function newUser(): Promise<{ id: string; email: string; password: string }> {
    const email = `${randomUUID().slice(0, 8)}@people.test`;
    const password = `hedgehog ${randomUUID()}`;
    const made = await app.api<{ user: { id: string }; passwordReset: { token: string } }>('POST', '/people', {
      email,
      name: 'Somebody',
    });
    expect(made.status).toBe(201);
    const chosen = await newBrowser(app.url).call('POST', '/auth/password-reset', {
      token: made.body.passwordReset.token,
      password,
    });
    expect(chosen.status).toBe(204);
    return { id: made.body.user.id, email, password };
  }
  const enter = async () => {
    const user = await newUser();
    return { ...user, browser: await signedIn(app.url, user.email, user.password) };
  };
  const who = async (browser: Browser) => (await browser.call('GET', '/auth/session')).status;

  test('D5 the first administrator signs in with the printed password, is the operator and owns the first account', async () => {
    const browser = await admin();
    const { body } = await browser.call('GET', '/auth/session');
    expect(body.user).toMatchObject({ email: ADMIN, isOperator: true, status: 'active', twoFactor: false });
    expect((await browser.call('GET', '/providers')).status).toBe(200);
    expect((await browser.call('GET', '/accounts')).body.data.length).toBeGreaterThan(1);
  });

  test('signing in sets the cookie and signing out ends the session, not only the cookie', async () => {
    const { browser } = await enter();
    expect(await who(browser)).toBe(200);
    const kept = new Map(browser.cookies);
    expect((await browser.call('POST', '/auth/sign-out')).status).toBe(204);
    expect(browser.cookies.has('keyward')).toBe(false);
    for (const [name, value] of kept) browser.cookies.set(name, value);
    const answer = await browser.call('GET', '/auth/session');
    expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
  });

  test('on plain http the cookie is HttpOnly, SameSite=Lax, for the whole path, and has no name it could not keep', async () => {
    const { browser } = await enter();
    const again = await browser.call('POST', '/auth/sign-out');
    expect(again.status).toBe(204);
    const user = await newUser();
    const fresh = await signedIn(app.url, user.email, user.password);
    const line = fresh.lines.find((one) => one.startsWith('keyward='))!;
    expect(line).toMatch(/; HttpOnly/i);
    expect(line).toMatch(/; SameSite=Lax/i);
    expect(line).toMatch(/; Path=\//i);
    expect(line).not.toMatch(/secure|domain/i);
    expect(fresh.lines.every((one) => one.startsWith('keyward'))).toBe(true);
  });

  test('6.3.8 a wrong password, an unknown e-mail and a disabled user get the same answer', async () => {
    const [user, gone] = [await newUser(), await newUser()];
    await app.api('PATCH', `/people/${gone.id}`, { status: 'disabled' });
    const tries = [
      { email: user.email, password: 'wrong wrong wrong' },
      { email: 'nobody@people.test', password: 'wrong wrong wrong' },
      { email: gone.email, password: gone.password },
    ];
    const answers = [];
    for (const one of tries) answers.push(await newBrowser(app.url).call('POST', '/auth/sign-in', one));
    const bodies = answers.map(({ status, body }) => JSON.stringify({ ...body, status, instance: 0, requestId: 0 }));
    expect(answers[0]).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    expect(new Set(bodies.map((one) => one.replaceAll(/req_\w+/g, ''))).size).toBe(1);
  });

  test('7.4.2 a disabled user’s session ends on the very next request', async () => {
    const { id, browser } = await enter();
    expect(await who(browser)).toBe(200);
    await app.api('PATCH', `/people/${id}`, { status: 'disabled' });
    expect(await who(browser)).toBe(401);
    await app.api('PATCH', `/people/${id}`, { status: 'active' });
    expect(await who(browser)).toBe(401);
  });

  test('Z16 a new password needs the old one, renews this session and ends the others', async () => {
    const { email, password, browser } = await enter();
    const other = await signedIn(app.url, email, password);
    const newPassword = `badger ${randomUUID()}`;
    const wrong = await browser.call('POST', '/auth/password', { password: 'not this one', newPassword });
    expect(wrong.body.code).toBe('invalid_credentials');
    const weak = await browser.call('POST', '/auth/password', { password, newPassword: 'short' });
    expect(weak.body).toMatchObject({ status: 400, errors: [{ pointer: '/newPassword' }] });
    expect(await who(other)).toBe(200);
    const token = browser.cookies.get('keyward');
    expect((await browser.call('POST', '/auth/password', { password, newPassword })).status).toBe(200);
    expect(browser.cookies.get('keyward')).not.toBe(token);
    expect(await who(browser)).toBe(200);
    expect(await who(other)).toBe(401);
    expect((await newBrowser(app.url).call('POST', '/auth/sign-in', { email, password })).status).toBe(401);
    await signedIn(app.url, email, newPassword);
  });

  test('7.3.1 7.3.2 a session ends an hour after its last use, and a day after it began', async () => {
    const { browser } = await enter();
    aheadMs = HOUR_MS - 5000;
    expect(await who(browser)).toBe(200);
    aheadMs = 2 * HOUR_MS - 10_000;
    expect(await who(browser)).toBe(200);
    aheadMs = 3 * HOUR_MS;
    expect(await who(browser)).toBe(401);
    aheadMs = 0;
    const long = (await enter()).browser;
    for (let hours = 0; hours < 24; hours += 0.9) {
      aheadMs = hours * HOUR_MS;
      expect(await who(long)).toBe(200);
    }
    aheadMs = 24 * HOUR_MS;
    expect(await who(long)).toBe(401);
    aheadMs = 0;
  });

  test('people see where they are signed in, and end any of it; nobody else’s', async () => {
    const { id, email, password, browser } = await enter();
    const other = await signedIn(app.url, email, password);
    const { body } = await browser.call('GET', '/auth/sessions');
    expect(body.data).toHaveLength(2);
    expect(body.data.filter((one: { current: boolean }) => one.current)).toHaveLength(1);
    expect(JSON.stringify(body)).not.toContain(other.cookies.get('keyward')!.slice(0, 20));
    const stranger = await enter();
    const ended = body.data.find((one: { current: boolean }) => !one.current).id;
    expect((await stranger.browser.call('DELETE', `/auth/sessions/${ended}`)).status).toBe(404);
    expect((await browser.call('DELETE', `/auth/sessions/${ended}`)).status).toBe(204);
    expect([await who(other), await who(browser)]).toEqual([401, 200]);
    const third = await signedIn(app.url, email, password);
    expect((await browser.call('POST', '/auth/sessions/end-others')).body).toEqual({ ended: 1 });
    expect([await who(third), await who(browser)]).toEqual([401, 200]);
    expect((await app.api('POST', `/people/${id}/end-sessions`)).body).toEqual({ ended: 1 });
    expect(await who(browser)).toBe(401);
  });

  test('T32 an identity check makes the session fresh for five minutes and renews it; wrong answers are counted', async () => {
    const { password, browser } = await enter();
    aheadMs = 6 * 60_000;
    expect((await browser.call('GET', '/auth/session')).body.freshUntil).toBeNull();
    const before = browser.cookies.get('keyward');
    expect((await browser.call('POST', '/auth/identity-check', { password: 'no' })).body.code).toBe(
      'invalid_credentials',
    );
    const checked = await browser.call('POST', '/auth/identity-check', { password });
    expect(Date.parse(checked.body.freshUntil) - (Date.now() + aheadMs)).toBeGreaterThan(4.5 * 60_000);
    expect(browser.cookies.get('keyward')).not.toBe(before);
    const answers = [];
    for (let at = 0; at < 8; at++) answers.push(await browser.call('POST', '/auth/identity-check', { password: 'no' }));
    expect(answers.map(({ status }) => status)).toContain(429);
    expect((await browser.call('POST', '/auth/identity-check', { password })).status).toBe(429);
    aheadMs = 0;
  });

  test('6.3.1 guessing slows down by address, locks nobody out elsewhere, and not the device that signed in before', async () => {
    const { email, password, browser } = await enter();
    const from = (address: string) => ({ 'x-forwarded-for': address });
    const guesses = [];
    for (let at = 0; at < 8; at++)
      guesses.push(
        await newBrowser(app.url).call(
          'POST',
          '/auth/sign-in',
          { email, password: 'guess guess' },
          from('198.51.100.7'),
        ),
      );
    const refused = guesses.filter(({ status }) => status === 429);
    expect(guesses.slice(0, 5).every(({ status }) => status === 401)).toBe(true);
    expect(refused.length).toBeGreaterThan(0);
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
    const right = { email, password };
    const sameAddress = await newBrowser(app.url).call('POST', '/auth/sign-in', right, from('198.51.100.7'));
    expect(sameAddress.status).toBe(429);
    expect((await newBrowser(app.url).call('POST', '/auth/sign-in', right, from('198.51.100.8'))).status).toBe(200);
    await browser.call('POST', '/auth/sign-out');
    expect((await browser.call('POST', '/auth/sign-in', right, from('198.51.100.7'))).status).toBe(200);
    // An e-mail nobody has is slowed down in the same way.
    const unknown = [];
    for (let at = 0; at < 8; at++)
      unknown.push(
        await newBrowser(app.url).call(
          'POST',
          '/auth/sign-in',
          { email: 'nobody-at-all@people.test', password: 'guess guess' },
          from('198.51.100.9'),
        ),
      );
    expect(unknown.map(({ status }) => status)).toEqual(guesses.map(({ status }) => status));
  });

  test('6.3.1 one address that tries many e-mails is slowed down too, also when it tries them all at once', async () => {
    const headers = { 'x-forwarded-for': '198.51.100.77' };
    const answers = await Promise.all(
      Array.from({ length: 45 }, (_, at) =>
        newBrowser(app.url).call('POST', '/auth/sign-in', { email: `x${at}@people.test`, password: 'guess' }, headers),
      ),
    );
    const judged = answers.filter(({ status }) => status === 401).length;
    expect(judged).toBeLessThanOrEqual(31);
    expect(judged).toBeGreaterThan(20);
  });

  describe('the second factor', () => {
    async function withTotp() {
      const user = await enter();
      const { body } = await user.browser.call('POST', '/auth/totp', { password: user.password });
      const on = await user.browser.call('POST', '/auth/totp/confirm', { code: totpOf(body.uri) });
      expect([on.status, on.body]).toMatchObject([200, { user: { twoFactor: true } }]);
      return { ...user, uri: body.uri as string, recoveryCodes: body.recoveryCodes as string[] };
    }
    const begin = async (user: { email: string; password: string }) => {
      const browser = newBrowser(app.url);
      const { body } = await browser.call('POST', '/auth/sign-in', { email: user.email, password: user.password });
      expect(body).toEqual({ status: 'second_factor_required', signedIn: null });
      expect(await who(browser)).toBe(401);
      return browser;
    };

    test('Z18 is set up with the password, asked for at sign-in, and a code is good once', async () => {
      const { email, password, uri, browser } = await withTotp();
      expect((await browser.call('POST', '/auth/totp', { password: 'wrong' })).body.code).toBe('invalid_credentials');
      const [one, two] = [await begin({ email, password }), await begin({ email, password })];
      const wrong = await one.call('POST', '/auth/second-factor', { code: '000000' });
      expect([wrong.status, wrong.body.code]).toEqual([401, 'invalid_credentials']);
      const code = totpOf(uri, 1);
      expect((await one.call('POST', '/auth/second-factor', { code })).status).toBe(200);
      expect(await who(one)).toBe(200);
      expect((await two.call('POST', '/auth/second-factor', { code })).body.code).toBe('invalid_credentials');
      expect(await who(two)).toBe(401);
      expect((await one.call('GET', '/auth/sessions')).body.data[0]).toMatchObject({ secondFactor: true });
    });

    test('a code two steps away is not taken', async () => {
      const { uri, ...user } = await withTotp();
      const browser = await begin(user);
      const code = totpOf(uri, 3);
      expect((await browser.call('POST', '/auth/second-factor', { code })).status).toBe(401);
    });

    test('a recovery code is good once, and new ones end the old', async () => {
      const { recoveryCodes, uri, ...user } = await withTotp();
      expect(recoveryCodes.length).toBe(10);
      const [first = '', second = ''] = recoveryCodes;
      const use = async (recoveryCode: string) =>
        (await (await begin(user)).call('POST', '/auth/second-factor', { recoveryCode })).status;
      expect(await use(first)).toBe(200);
      expect(await use(first)).toBe(401);
      const { password } = user;
      const bare = await user.browser.call('POST', '/auth/recovery-codes', { password });
      expect(bare.body).toMatchObject({ status: 400, errors: [{ pointer: '/code' }] });
      const fresh = await user.browser.call('POST', '/auth/recovery-codes', { password, code: totpOf(uri, 1) });
      expect(await use(second)).toBe(401);
      expect(await use(fresh.body.recoveryCodes[0])).toBe(200);
    });

    test('five wrong codes end the attempt', async () => {
      const { uri, ...user } = await withTotp();
      const browser = await begin(user);
      for (let at = 0; at < 5; at++) await browser.call('POST', '/auth/second-factor', { code: `00000${at}` });
      expect((await browser.call('POST', '/auth/second-factor', { code: totpOf(uri, 1) })).status).toBe(401);
      expect(await who(browser)).toBe(401);
    });

    test('Z18 turning it off needs password and code, and a password that may stand alone', async () => {
      const { uri, password, browser } = await withTotp();
      const off = (body: object) => browser.call('POST', '/auth/totp/disable', body);
      expect((await off({ password })).status).toBe(400);
      expect((await off({ password: 'wrong', code: totpOf(uri, 1) })).body.code).toBe('invalid_credentials');
      expect((await off({ password, code: '000000' })).body.code).toBe('invalid_credentials');
      const short = 'fj0rdKes7rel';
      expect((await browser.call('POST', '/auth/password', { password, newPassword: short })).status).toBe(200);
      const refused = await off({ password: short, code: totpOf(uri, 1) });
      expect([refused.status, refused.body.code]).toEqual([409, 'conflict']);
      expect((await browser.call('POST', '/auth/password', { password: short, newPassword: password })).status).toBe(
        200,
      );
      const done = await off({ password, code: totpOf(uri, 1) });
      expect([done.status, done.body.user.twoFactor]).toEqual([200, false]);
      expect(await who(browser)).toBe(200);
    });

    test('T32 an identity check takes a code, each once', async () => {
      const { uri, browser } = await withTotp();
      const code = totpOf(uri, 1);
      expect((await browser.call('POST', '/auth/identity-check', { totp: code })).status).toBe(200);
      expect((await browser.call('POST', '/auth/identity-check', { totp: code })).status).toBe(401);
    });
  });

  test('what lies in the store opens nothing: tokens, codes and links are there as hashes only', async () => {
    const { browser, password } = await enter();
    const { body } = await browser.call('POST', '/auth/totp', { password });
    const stored = await everything(place);
    const token = decodeURIComponent(browser.cookies.get('keyward')!).split('.')[0]!;
    expect(stored).toContain('usr_');
    for (const secret of [token, password, new URL(body.uri).searchParams.get('secret'), ...body.recoveryCodes])
      expect(stored).not.toContain(secret);
  });
});

async function everything(place: StorePlace): Promise<string> {
  const tables = ['users', 'sessions', 'credentials', 'verifications', 'two_factors', 'attempts', 'password_resets'];
  if (place.engine === 'postgres') {
    const rows = await Promise.all(tables.map((table) => place.sql(`select * from ${table}`)));
    return JSON.stringify(rows.map((one) => one.rows));
  }
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(`${place.dataDir}/keyward.db`, { readOnly: true });
  try {
    return JSON.stringify(tables.map((table) => database.prepare(`select * from ${table}`).all()));
  } finally {
    database.close();
  }
}
