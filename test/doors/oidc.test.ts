// Signing in with an identity provider: a real one, on loopback, on both engines.

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { encoded, freePort, startProvider, type IdToken, type TestProvider } from '../kit/identityProvider.ts';
import { earlierCode, newBrowser, signedIn, totpOf, type Browser, type BrowserAnswer } from '../kit/people.ts';
import { engines, newPlace, type StorePlace } from '../kit/stores.ts';

describe.each(engines)('sign-in by an identity provider on %s', (engine) => {
  let app: TestApp;
  let place: StorePlace;
  let provider: TestProvider;
  let accountId = '';
  let aheadMs = 0;

  beforeAll(async () => {
    place = await newPlace(engine);
    const port = await freePort();
    const publicUrl = `http://127.0.0.1:${port}`;
    provider = await startProvider(`${publicUrl}/api/v1/auth/oidc/callback`);
    app = await startTestApp({
      dataDir: place.dataDir,
      clock: () => Date.now() + aheadMs,
      env: {
        ...(place.url !== null && { DATABASE_URL: place.url }),
        PORT: String(port),
        KEYWARD_PUBLIC_URL: publicUrl,
        ...provider.settings,
        KEYWARD_OIDC_EMAILS: 'oidc.test',
        KEYWARD_TRUSTED_PROXIES: '127.0.0.1',
      },
    });
    const made = await app.api<{ id: string }>('POST', '/accounts', { name: 'Team' });
    accountId = made.body.id;
  });
  afterAll(async () => {
    await app.stop();
    await provider.stop();
    await place.clear();
  });
  afterEach(() => {
    provider.tamper = null;
    aheadMs = 0;
  });

  let addresses = 0;
  /** Each from an address of its own, but for the test of that. */
  const from = () => ({ 'x-forwarded-for': `198.18.${addresses >> 8}.${addresses++ & 255}` });

  /** Somebody at the provider; `known` here too, with a password. */
  async function newUser(fields: { email_verified?: boolean; domain?: string } = {}) {
    const subject = randomUUID();
    const email = `${subject.slice(0, 8)}@${fields.domain ?? 'oidc.test'}`;
    provider.users.set(subject, { email, email_verified: fields.email_verified ?? true, name: 'Li Wei' });
    return { subject, email };
  }
  async function known(fields: Parameters<typeof newUser>[0] = {}) {
    const user = await newUser(fields);
    const password = `hedgehog ${randomUUID()}`;
    const made = await app.api<{ user: { id: string }; passwordReset: { token: string } }>('POST', '/people', {
      email: user.email,
      name: 'Somebody',
    });
    const { token } = made.body.passwordReset;
    await newBrowser(app.url).call('POST', '/auth/password-reset', { token, password });
    return { ...user, password, id: made.body.user.id };
  }
  /** To the provider and back to our door, which is not opened yet. */
  async function away(
    browser: Browser,
    subject: string,
    step = 'sign-in',
    body: object = {},
    there?: Map<string, string>,
  ) {
    const begun = await browser.call('POST', `/auth/oidc/${step}`, body, from());
    expect([begun.status, begun.body]).toMatchObject([200, { url: expect.stringContaining(provider.issuer) }]);
    provider.who = subject;
    const back = await provider.visit(begun.body.url, there);
    return { asked: new URL(begun.body.url), back };
  }
  async function come(browser: Browser, back: URL): Promise<BrowserAnswer> {
    expect(back.origin).toBe(app.url);
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(back, { redirect: 'manual', headers: { cookie, ...from() } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) browser.cookies.delete(name);
      else browser.cookies.set(name, value);
    }
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }
  async function enter(subject: string, browser = newBrowser(app.url), there?: Map<string, string>) {
    const { back } = await away(browser, subject, 'sign-in', {}, there);
    return { browser, back, answer: await come(browser, back) };
  }
  /** Somebody who has tied themselves, and has their password still. */
  async function tied() {
    const user = await known();
    const browser = await signedIn(app.url, user.email, user.password);
    const { back } = await away(browser, user.subject, 'link');
    expect((await come(browser, back)).status).toBe(200);
    return { ...user, browser };
  }
  /** Who accepts an invitation by its link, which nobody says they got by e-mail. */
  async function byLink(email: string, password: string) {
    const made = await app.api<{ link: { token: string } }>('POST', '/invitations', {
      email,
      accountId,
      role: 'admin',
    });
    const { token } = made.body.link;
    const browser = newBrowser(app.url);
    const accepted = await browser.call('POST', '/invitations/accept', { token, name: 'Somebody', password });
    return { browser, accepted };
  }
  const who = async (browser: Browser) => {
    const { status, body } = await browser.call('GET', '/auth/session');
    return status === 200 ? (body.user.email as string) : null;
  };
  const rowsOf = async (id: string) =>
    (await app.api<{ data: Record<string, unknown>[] }>('GET', `/audit-events?objectId=${id}&limit=50`)).body.data;
  const people = async () => (await app.api<{ data: unknown[] }>('GET', '/people?limit=200')).body.data.length;

  test('Z16 somebody who is known comes in by their verified e-mail, and from then on by what the provider calls them', async () => {
    const { subject, email, id } = await known();
    expect((await newBrowser(app.url).call('GET', '/auth/oidc')).body).toEqual({ name: 'Acme', linked: false });
    const { browser, answer } = await enter(subject);
    expect([answer.status, answer.body]).toMatchObject([
      200,
      { status: 'signed_in', signedIn: { user: { id, email } } },
    ]);
    expect(await who(browser)).toBe(email);
    expect((await browser.call('GET', '/auth/oidc')).body.linked).toBe(true);
    expect((await browser.call('GET', '/auth/identity-check')).body.proofs).toContain('oidc');
    provider.users.set(subject, { email: `other-${email}`, email_verified: true });
    expect((await enter(subject)).answer.body.signedIn.user).toMatchObject({ id, email });
    const rows = await rowsOf(id);
    expect(rows.filter((row) => row['operation'] === 'finishOidc').map((row) => row['after'])).toEqual([
      { identityProvider: `${provider.issuer}/` },
      { identityProvider: `${provider.issuer}/` },
      { identityProviders: [`${provider.issuer}/`], password: null },
    ]);
    expect(rows.at(-3)).toMatchObject({ actor: { type: 'person', id } });
    await browser.call('POST', '/auth/sign-out');
    expect(await who(browser)).toBeNull();
  });

  test('Z16 what is asked has PKCE, state, nonce and the exact address to come back to, and nothing of it is the cookie', async () => {
    const { subject } = await known();
    const browser = newBrowser(app.url);
    const { asked } = await away(browser, subject);
    const query = Object.fromEntries(asked.searchParams);
    expect(query).toMatchObject({
      response_type: 'code',
      client_id: 'keyward',
      scope: 'openid email profile',
      redirect_uri: `${app.url}/api/v1/auth/oidc/callback`,
      code_challenge_method: 'S256',
    });
    const secret = browser.cookies.get('keyward-oidc')!;
    for (const part of ['state', 'nonce', 'code_challenge'])
      expect([part, query[part]?.length, asked.href.includes(secret)]).toEqual([part, 43, false]);
    expect(browser.lines.find((line) => line.startsWith('keyward-oidc='))).toMatch(/HttpOnly; SameSite=Lax/);
  });

  test('Z16 nobody is let in whom nobody has invited; an invitation for their e-mail lets them in, without a password', async () => {
    const { subject, email } = await newUser();
    const before = await people();
    const { browser, answer } = await enter(subject);
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
    expect([await who(browser), await people()]).toEqual([null, before]);
    await app.api('POST', '/invitations', { email: email.toUpperCase(), accountId, role: 'admin' });
    const entered = await enter(subject);
    expect(entered.answer.body).toMatchObject({ status: 'signed_in', signedIn: { user: { email, name: 'Li Wei' } } });
    const { data } = (await entered.browser.call('GET', '/accounts')).body;
    expect(data.map(({ id }: { id: string }) => id)).toEqual([accountId]);
    const rows = await rowsOf(entered.answer.body.signedIn.user.id as string);
    expect(rows.map((row) => (row['object'] as { type: string }).type).toSorted()).toEqual([
      'member',
      'user',
      'user',
      'user',
    ]);
  });

  test('Z16 an e-mail that the provider has not verified opens nothing, known here or not', async () => {
    const { subject, email } = await known({ email_verified: false });
    const { browser, answer } = await enter(subject);
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
    expect(await who(browser)).toBeNull();
    provider.users.set(subject, { email });
    expect((await enter(subject)).answer.status).toBe(403);
    // As text it is not `true`.
    provider.users.set(subject, { email, email_verified: 'true' as never });
    expect((await enter(subject)).answer.status).toBe(403);
  });

  test('Z16 an e-mail that is for the provider to say is nobody’s to choose: its owner does not find it taken', async () => {
    const victim = await newUser();
    const attacker = await known();
    const browser = await signedIn(app.url, attacker.email, attacker.password);
    const refused = await browser.call('PATCH', '/auth/profile', { email: victim.email.toUpperCase(), name: 'Thief' });
    expect([refused.status, refused.body.errors]).toMatchObject([400, [{ pointer: '/email' }]]);
    expect((await browser.call('GET', '/auth/session')).body.user).toMatchObject({
      email: attacker.email,
      name: 'Somebody',
    });
    const mine = `${attacker.id}@elsewhere.test`;
    expect((await browser.call('PATCH', '/auth/profile', { email: mine })).status).toBe(200);
    await app.api('POST', '/invitations', { email: victim.email, accountId, role: 'member' });
    const { answer } = await enter(victim.subject);
    expect([answer.status, answer.body.signedIn?.user.email]).toEqual([200, victim.email]);
  });

  test('Z16 X02 nothing that was chosen before its owner came opens a user who was invited by link', async () => {
    const victim = await newUser();
    const password = `hedgehog ${randomUUID()}`;
    const origin = app.url;
    const { browser, accepted } = await byLink(victim.email, password);
    expect([accepted.status, await who(browser)]).toEqual([200, victim.email]);
    const { uri, recoveryCodes } = (await browser.call('POST', '/auth/totp', { password })).body;
    await browser.call('POST', '/auth/totp/confirm', { code: await earlierCode(uri) });
    const waiting = newBrowser(app.url);
    await waiting.call('POST', '/auth/sign-in', { email: victim.email, password });
    const { id } = (await browser.call('GET', '/auth/session')).body.user as { id: string };
    const reset = await app.api<{ token: string }>('POST', `/people/${id}/password-reset`);

    const { browser: owner, answer } = await enter(victim.subject);
    expect(answer.body).toMatchObject({ status: 'signed_in', signedIn: { user: { id, email: victim.email } } });
    expect([await who(owner), await who(browser)]).toEqual([victim.email, null]);
    const again = await newBrowser(origin).call('POST', '/auth/sign-in', { email: victim.email, password });
    expect([again.status, again.body.code]).toEqual([401, 'invalid_credentials']);
    for (const proof of [{ code: totpOf(uri, 0) }, { recoveryCode: recoveryCodes[0] as string }])
      expect((await waiting.call('POST', '/auth/second-factor', proof)).status).toBe(401);
    const { token } = reset.body;
    expect((await newBrowser(origin).call('POST', '/auth/password-reset', { token, password })).status).toBe(401);
    expect((await owner.call('GET', '/accounts')).body.data).toMatchObject([{ id: accountId }]);
    const row = (await rowsOf(id)).find((one) => one['operation'] === 'finishOidc' && one['before'] !== null);
    expect(row).toMatchObject({
      actor: { id },
      before: { password: '(set)', twoFactor: true },
      after: { password: null, twoFactor: false, identityProviders: [`${provider.issuer}/`] },
    });
  });

  test('Z16 an operator is not found by e-mail: what they sign in with is nobody else’s to take away', async () => {
    const { subject, id, email, password } = await known();
    await app.api('PATCH', `/people/${id}`, { isOperator: true });
    expect((await enter(subject)).answer.status).toBe(403);
    const browser = await signedIn(app.url, email, password);
    await come(browser, (await away(browser, subject, 'link')).back);
    expect((await enter(subject)).answer.body.signedIn.user.id).toBe(id);
    expect(await who(await signedIn(app.url, email, password))).toBe(email);
  });

  test('Z16 who has ended the tie is not tied again by their e-mail, and ends it only with another way in', async () => {
    const { subject, email, password, browser } = await tied();
    expect((await browser.call('DELETE', '/auth/oidc/link')).status).toBe(204);
    const refused = await enter(subject);
    expect([refused.answer.status, await who(refused.browser)]).toEqual([403, null]);
    const own = await signedIn(app.url, email, password);
    await come(own, (await away(own, subject, 'link')).back);
    expect((await enter(subject)).answer.status).toBe(200);

    const other = await known();
    const { browser: without } = await enter(other.subject);
    await come(without, (await away(without, other.subject, 'identity-check')).back);
    const kept = await without.call('DELETE', '/auth/oidc/link');
    expect([kept.status, kept.body.code]).toEqual([409, 'conflict']);
    expect((await enter(other.subject)).answer.status).toBe(200);
  });

  test('Z16 only who has one of the named e-mails comes, also when they came before', async () => {
    const { subject, id } = await known({ domain: 'elsewhere.test' });
    expect((await enter(subject)).answer.status).toBe(403);
    const inside = await known();
    expect((await enter(inside.subject)).answer.status).toBe(200);
    provider.users.set(inside.subject, { email: `${id}@elsewhere.test`, email_verified: true });
    expect((await enter(inside.subject)).answer.status).toBe(403);
  });

  test('7.4.2 a disabled user does not come in', async () => {
    const { subject, id } = await known();
    expect((await enter(subject)).answer.status).toBe(200);
    await app.api('PATCH', `/people/${id}`, { status: 'disabled' });
    const { browser, answer } = await enter(subject);
    expect([answer.status, answer.body.code, await who(browser)]).toEqual([403, 'forbidden', null]);
  });

  test('Z18 who has set up a second factor here is asked for it after the provider too', async () => {
    const { browser: first, ...user } = await tied();
    const { uri } = (await first.call('POST', '/auth/totp', { password: user.password })).body;
    await first.call('POST', '/auth/totp/confirm', { code: await earlierCode(uri) });
    const { browser, answer } = await enter(user.subject);
    expect(answer.body).toEqual({ status: 'second_factor_required', signedIn: null });
    expect(await who(browser)).toBeNull();
    expect((await browser.call('POST', '/auth/second-factor', { code: '000000' })).status).toBe(401);
    expect((await browser.call('POST', '/auth/second-factor', { code: totpOf(uri, 0) })).status).toBe(200);
    expect(await who(browser)).toBe(user.email);
  });

  describe('under attack', () => {
    test('Z16 a state that this browser did not ask for is refused, and the one it asked for stays good', async () => {
      const { subject, email } = await known();
      const browser = newBrowser(app.url);
      const { back } = await away(browser, subject);
      const tokens = () => provider.asked.filter((one) => one === 'POST /token').length;
      const before = tokens();
      // Somebody else's sign-in, pushed upon this browser: they would work in the attacker's name.
      const attacker = await known();
      const stranger = newBrowser(app.url);
      const theirs = await away(stranger, attacker.subject);
      const forced = await come(browser, theirs.back);
      expect([forced.status, forced.body.code]).toEqual([401, 'invalid_credentials']);
      const mixed = new URL(back);
      mixed.searchParams.set('state', theirs.back.searchParams.get('state')!);
      expect((await come(browser, mixed)).status).toBe(401);
      const without = newBrowser(app.url);
      expect((await come(without, back)).status).toBe(401);
      expect(tokens()).toBe(before);
      expect(await who(browser)).toBeNull();
      expect((await come(browser, back)).body.signedIn.user.email).toBe(email);
    });

    test('Z16 what was brought back is good once, even at the same moment, and a code once in whatever sign-in', async () => {
      const { subject } = await known();
      const browser = newBrowser(app.url);
      const { back } = await away(browser, subject);
      const kept = new Map(browser.cookies);
      const twin = { ...newBrowser(app.url), cookies: new Map(kept) };
      const answers = await Promise.all([come(browser, back), come(twin, back)]);
      expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['200', '401']);
      const again = { ...newBrowser(app.url), cookies: new Map(kept) };
      expect((await come(again, back)).body.code).toBe('invalid_credentials');
      // The used code in a sign-in of one's own: the provider gives nothing for it.
      const fresh = newBrowser(app.url);
      const mine = (await away(fresh, subject)).back;
      mine.searchParams.set('code', back.searchParams.get('code')!);
      const replayed = await come(fresh, mine);
      expect([replayed.status, replayed.body.code]).toEqual([401, 'invalid_credentials']);
      expect(await who(fresh)).toBeNull();
    });

    const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const tampered: Record<string, (token: IdToken) => string> = {
      'of another nonce': ({ claims, signed }) => signed({ ...claims, nonce: 'another' }),
      'without a nonce': ({ claims, signed }) => signed({ ...claims, nonce: undefined }),
      'for another audience': ({ claims, signed }) => signed({ ...claims, aud: 'another-client' }),
      'of another issuer': ({ claims, signed }) => signed({ ...claims, iss: 'https://evil.example' }),
      'that has run out': ({ claims, signed }) => signed({ ...claims, exp: 1_000_000_000 }),
      'without a signature': ({ claims, header }) => `${encoded({ ...header, alg: 'none' })}.${encoded(claims)}.`,
      'signed by somebody else': ({ claims, signed, header }) => signed(claims, header, foreign),
      'changed after it was signed': ({ claims, header, signed }) => {
        const [, , signature] = signed(claims).split('.');
        return `${encoded(header)}.${encoded({ ...claims, sub: 'admin' })}.${signature}`;
      },
      'in the place of another’s': ({ claims, signed }) => signed({ ...claims, sub: 'another' }),
    };
    test.each(Object.entries(tampered))('Z16 an ID token %s opens nothing', async (_, tamper) => {
      const { subject } = await known();
      provider.tamper = tamper;
      const { browser, answer } = await enter(subject);
      expect([answer.status, answer.body.code]).toEqual([401, 'invalid_credentials']);
      expect(answer.body.detail).toContain('Begin again');
      expect(await who(browser)).toBeNull();
    });

    test('Z16 an answer that names another issuer, and one that took too long, are refused', async () => {
      const { subject } = await known();
      const browser = newBrowser(app.url);
      const { back } = await away(browser, subject);
      expect(back.searchParams.get('iss')).toBe(provider.issuer);
      back.searchParams.set('iss', 'https://evil.example');
      expect((await come(browser, back)).status).toBe(401);
      const late = newBrowser(app.url);
      const { back: lateBack } = await away(late, subject);
      aheadMs = 11 * 60_000;
      expect((await come(late, lateBack)).body.detail).toContain('ten minutes');
    });

    test('Z16 nobody is sent on to another host', async () => {
      for (const returnTo of [
        'https://evil.example',
        '//evil.example',
        '/\\evil.example',
        '/.//evil.example',
        '/..//evil.example',
        '/keys//evil.example',
        '/keys/..',
        '/./keys',
        '/%2e%2E/keys',
        '/.%2e?a=1',
        'javascript:alert(1)',
        '/a\n',
      ])
        expect((await newBrowser(app.url).call('POST', '/auth/oidc/sign-in', { returnTo })).status).toBe(400);
    });

    test('6.3.1 beginning over and over from one address is slowed down', async () => {
      const headers = { 'x-forwarded-for': '198.51.100.99' };
      const begin = () => newBrowser(app.url).call('POST', '/auth/oidc/sign-in', {}, headers);
      const answers = await Promise.all(Array.from({ length: 40 }, begin));
      expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(31);
      expect(answers.find(({ status }) => status === 429)?.headers.get('retry-after')).not.toBeNull();
    });

    test('X03 no code, token or secret of the provider is in the log', async () => {
      const { subject } = await known();
      const { back, browser } = await enter(subject);
      provider.tamper = tampered['of another nonce']!;
      await enter(subject);
      const log = app.logged.join('\n');
      for (const secret of [
        back.searchParams.get('code')!,
        provider.clientSecret,
        decodeURIComponent(browser.cookies.get('keyward')!),
      ])
        expect(log).not.toContain(secret);
      expect(log).not.toMatch(/eyJ[\w-]{20}/);
    });
  });

  test('Z16 where the browser goes on is said at the start, with how it ended behind a #', async () => {
    const { subject } = await known();
    const browser = newBrowser(app.url);
    const { back } = await away(browser, subject, 'sign-in', { returnTo: '/keys?project=1' });
    const answer = await come(browser, back);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/keys?project=1#signed_in']);
    expect(await who(browser)).not.toBeNull();
    const stranger = newBrowser(app.url);
    const refused = await away(stranger, (await newUser()).subject, 'sign-in', { returnTo: '/' });
    expect((await come(stranger, refused.back)).headers.get('location')).toBe('/#error=forbidden');
    const gone = newBrowser(app.url);
    const { body } = await gone.call('POST', '/auth/oidc/sign-in', {}, from());
    provider.who = null;
    const denied = await come(gone, await provider.visit(body.url));
    expect([denied.status, denied.body.detail]).toEqual([401, expect.stringContaining('access_denied')]);
  });

  test('T32 an identity check asks at the provider anew, and counts for five minutes from there', async () => {
    const { subject, id } = await known();
    const there = new Map<string, string>();
    const { browser } = await enter(subject, newBrowser(app.url), there);
    const passkeys = () => browser.call('POST', '/auth/passkeys/options');
    aheadMs = 6 * 60_000;
    expect((await passkeys()).body.code).toBe('identity_check_required');
    const logins = () => provider.asked.filter((one) => one.startsWith('GET /interaction/')).length;
    const before = logins();
    aheadMs = 0;
    const { asked, back } = await away(browser, subject, 'identity-check', {}, there);
    expect(Object.fromEntries(asked.searchParams)).toMatchObject({ prompt: 'login', max_age: '300' });
    expect(logins()).toBe(before + 1);
    const token = browser.cookies.get('keyward');
    const checked = await come(browser, back);
    expect([checked.status, checked.body.status]).toEqual([200, 'signed_in']);
    const freshMs = Date.parse(checked.body.signedIn.freshUntil) - Date.now();
    expect(freshMs).toBeGreaterThan(4 * 60_000);
    expect(freshMs).toBeLessThanOrEqual(5 * 60_000);
    expect(browser.cookies.get('keyward')).not.toBe(token);
    expect((await rowsOf(id))[0]).toMatchObject({ operation: 'finishOidc', after: { proof: 'oidc' }, actor: { id } });
  });

  test('T32 it is no check where the provider did not ask, where somebody else answered, or in another session', async () => {
    const [user, other] = [await known(), await tied()];
    const there = new Map<string, string>();
    const { browser } = await enter(user.subject, newBrowser(app.url), there);
    // The attacker takes the wish to be asked again out of the address.
    const { body } = await browser.call('POST', '/auth/oidc/identity-check', {}, from());
    const silent = new URL(body.url);
    silent.searchParams.delete('prompt');
    silent.searchParams.delete('max_age');
    provider.who = user.subject;
    expect((await come(browser, await provider.visit(silent.href, there))).status).toBeGreaterThanOrEqual(401);
    const { back } = await away(browser, other.subject, 'identity-check');
    expect((await come(browser, back)).body).toMatchObject({ status: 403, code: 'forbidden' });
    const again = await away(browser, user.subject, 'identity-check');
    const elsewhere = await signedIn(app.url, other.email, other.password);
    elsewhere.cookies.set('keyward-oidc', browser.cookies.get('keyward-oidc')!);
    expect((await come(elsewhere, again.back)).body.code).toBe('unauthenticated');
  });

  test('T32 a session that the provider opened without asking is not fresh', async () => {
    const { subject } = await known();
    const there = new Map<string, string>();
    await enter(subject, newBrowser(app.url), there);
    provider.tamper = ({ claims, signed }) => signed({ ...claims, auth_time: Math.floor(Date.now() / 1000) - 3600 });
    const { answer } = await enter(subject, newBrowser(app.url), there);
    expect([answer.status, answer.body.signedIn.freshUntil]).toEqual([200, null]);
  });

  test('Z16 who is signed in ties their user to an identity, freshly checked, and ends that again', async () => {
    const user = await known();
    const identity = await newUser();
    const browser = await signedIn(app.url, user.email, user.password);
    const { back } = await away(browser, identity.subject, 'link');
    expect((await come(browser, back)).body).toMatchObject({ status: 'signed_in' });
    expect((await enter(identity.subject)).answer.body.signedIn.user.id).toBe(user.id);
    const second = await known();
    const thief = await signedIn(app.url, second.email, second.password);
    const stolen = await away(thief, identity.subject, 'link');
    expect((await come(thief, stolen.back)).body.code).toBe('conflict');
    expect((await browser.call('DELETE', '/auth/oidc/link')).status).toBe(204);
    expect((await browser.call('DELETE', '/auth/oidc/link')).status).toBe(404);
    expect((await enter(identity.subject)).answer.status).toBe(403);
    const links = (await rowsOf(user.id)).filter((row) => /Oidc/.test(String(row['operation'])));
    expect(links.map((row) => row['operation'])).toEqual([
      'removeOidcLink',
      'removeOidcLink',
      'finishOidc',
      'finishOidc',
    ]);
    aheadMs = 6 * 60_000;
    for (const [method, path] of [
      ['POST', '/auth/oidc/link'],
      ['DELETE', '/auth/oidc/link'],
    ] as const)
      expect((await browser.call(method, path, method === 'POST' ? {} : undefined)).body.code).toBe(
        'identity_check_required',
      );
    const [project] = (await app.api<{ data: { id: string }[] }>('GET', '/projects')).body.data;
    aheadMs = 0;
    // The challenge names what somebody has: who came by the provider has no password.
    const third = await known();
    const { browser: passwordless } = await enter(third.subject);
    const both = await tied();
    for (const [session, id, methods] of [
      [thief, second.id, ['password']],
      [both.browser, both.id, ['password', 'oidc']],
      [passwordless, third.id, ['oidc']],
    ] as const) {
      await app.api('PATCH', `/people/${id}`, { isOperator: true });
      aheadMs = 6 * 60_000;
      const patched = await session.call('PATCH', `/projects/${project!.id}/security`, { memberAccess: 'all' });
      expect(patched.body.challenge).toEqual({
        methods,
        url: '/api/v1/auth/identity-check',
        ...(methods.some((one) => one === 'oidc') && { oidcUrl: '/api/v1/auth/oidc/identity-check' }),
      });
    }
  });

  test('Z16 while the provider is down that is said, passwords go on working, and it is tried again', async () => {
    const { subject, email, password } = await known();
    const browser = newBrowser(app.url);
    const { back } = await away(browser, subject);
    await provider.stop();
    const answer = await come(browser, back);
    expect([answer.status, answer.body.code]).toEqual([502, 'upstream_unreachable']);
    expect(answer.body.detail).toContain('identity provider');
    expect(await who(await signedIn(app.url, email, password))).toBe(email);
    await provider.start();
    expect((await enter(subject)).answer.status).toBe(200);
  });
});
