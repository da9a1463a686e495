import { afterAll, beforeAll, expect, test } from 'vitest';
import { made, startTestApp, type TestApp } from '../kit/app.ts';
import { newAuthenticator } from '../kit/passkey.ts';
import { signedIn, totpOf, type Browser } from '../kit/people.ts';

const SIX_MINUTES_MS = 6 * 60_000;

let app: TestApp;
let admin: Browser;
let password = '';
let projectId = '';
let accountId = '';
let aheadMs = 0;
beforeAll(async () => {
  app = await startTestApp({ clock: () => Date.now() + aheadMs });
  password = app.first!.administrator.password!;
  admin = await signedIn(app.url, 'admin@keyward.local', password);
  const [project] = (await app.api<{ data: { id: string; accountId: string }[] }>('GET', '/projects')).body.data;
  ({ id: projectId, accountId } = project!);
});
afterAll(() => app.remove());

const newKey = () => made(app, `/projects/${projectId}/keys`, { name: 'doomed', scope: { mode: 'all' } });
const stale = (): void => void (aheadMs += SIX_MINUTES_MS);
const exists = async (id: string) => (await app.api('GET', `/keys/${id}`)).status === 200;

test('T32 T33 a deletion by a person wants a fresh identity check, and a wrong answer deletes nothing', async () => {
  const { id } = await newKey();
  stale();
  const refused = await admin.call('DELETE', `/keys/${id}`);
  expect([refused.status, refused.body.code]).toEqual([403, 'identity_check_required']);
  expect(refused.body.challenge).toEqual({ methods: ['password'], url: '/api/v1/auth/identity-check' });
  const wrong = await admin.call('POST', '/auth/identity-check', { password: 'not the password at all' });
  expect(wrong.status).toBe(401);
  expect((await admin.call('DELETE', `/keys/${id}`)).status).toBe(403);
  expect(await exists(id)).toBe(true);

  expect((await admin.call('POST', '/auth/identity-check', { password })).status).toBe(200);
  const asked = await admin.call('DELETE', `/keys/${id}`);
  expect(asked.status).toBe(428);
  expect(asked.body).toMatchObject({ name: 'doomed', lastUsedAt: null });
  expect(await exists(id)).toBe(true);
  expect((await admin.call('DELETE', `/keys/${id}?confirm=${asked.body.confirm}`)).status).toBe(204);
  expect(await exists(id)).toBe(false);
});

test('T32 the check counts for five minutes: a confirmation from before it ran out does not help', async () => {
  const { id } = await newKey();
  await admin.call('POST', '/auth/identity-check', { password });
  const { confirm } = (await admin.call('DELETE', `/keys/${id}`)).body;
  stale();
  expect((await admin.call('DELETE', `/keys/${id}?confirm=${confirm}`)).status).toBe(403);
  expect(await exists(id)).toBe(true);
});

test('T11 T32 so do reveals and changes of security settings, of accounts and projects', async () => {
  const { id } = await newKey();
  await admin.call('POST', '/auth/identity-check', { password });
  const settings = `/accounts/${accountId}/security`;
  expect((await admin.call('PATCH', settings, { keyReveal: 'recoverable' })).status).toBe(200);
  const kept = await newKey();
  expect((await admin.call('POST', `/keys/${kept.id}/reveal`)).body.value).toBe(kept.value);
  stale();
  for (const [method, path, body] of [
    ['POST', `/keys/${kept.id}/reveal`, undefined],
    ['PATCH', settings, { stepUp: false }],
    ['PATCH', `/projects/${projectId}/security`, { memberAccess: 'none' }],
  ] as const) {
    const answer = await admin.call(method, path, body);
    expect([path, answer.status, answer.body.code]).toEqual([path, 403, 'identity_check_required']);
  }
  // What can be taken back is not held up.
  expect((await admin.call('POST', `/keys/${id}/disable`)).status).toBe(200);
  expect((await admin.call('GET', settings)).status).toBe(200);
});

test('T32 where the account has turned it off, nobody is asked', async () => {
  const { id } = await newKey();
  await app.api('PATCH', `/accounts/${accountId}/security`, { stepUp: false });
  stale();
  expect((await admin.call('DELETE', `/keys/${id}`)).status).toBe(428);
  await app.api('PATCH', `/accounts/${accountId}/security`, { stepUp: true });
  expect((await admin.call('DELETE', `/keys/${id}`)).status).toBe(403);
});

test('T32 the challenge names a passkey where there is one, and where it is asked for', async () => {
  const origin = app.url.replace('127.0.0.1', 'localhost');
  const browser = await signedIn(origin, 'admin@keyward.local', password);
  const { body: options } = await browser.call('POST', '/auth/passkeys/options', undefined, { origin });
  const passkey = { name: 'Laptop', response: newAuthenticator(origin).register(options) };
  const { body: added } = await browser.call('POST', '/auth/passkeys', passkey, { origin });
  stale();
  const { id } = await newKey();
  expect((await browser.call('DELETE', `/keys/${id}`)).body.challenge).toEqual({
    methods: ['password', 'passkey'],
    url: '/api/v1/auth/identity-check',
    passkeyUrl: '/api/v1/auth/passkey',
  });
  await browser.call('POST', '/auth/identity-check', { password });
  expect((await browser.call('DELETE', `/auth/passkeys/${added.id}`)).status).toBe(204);
  await admin.call('POST', '/auth/identity-check', { password });
  stale();
  expect((await admin.call('DELETE', `/keys/${id}`)).body.challenge.methods).toEqual(['password']);
});

test('T32 the challenge names the second factor where there is one', async () => {
  await admin.call('POST', '/auth/identity-check', { password });
  const { uri } = (await admin.call('POST', '/auth/totp', { password })).body;
  await admin.call('POST', '/auth/totp/confirm', { code: totpOf(uri) });
  stale();
  const { id } = await newKey();
  expect((await admin.call('DELETE', `/keys/${id}`)).body.challenge.methods).toEqual(['password', 'totp']);
  expect((await admin.call('POST', '/auth/identity-check', { totp: '000000' })).status).toBe(401);
  expect((await admin.call('DELETE', `/keys/${id}`)).status).toBe(403);
});
