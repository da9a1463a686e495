// X02 for what people do to their own way in: signed in, or by a link that was passed to them.

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { newAuthenticator } from '../kit/passkey.ts';
import { earlierCode, newBrowser, totpOf, type Browser, type BrowserAnswer } from '../kit/people.ts';
import { PERSONAL_ROUTES } from './auditWalk.ts';

let app: TestApp;
let accountId = '';
const walked = new Set<string>();

beforeAll(async () => {
  app = await startTestApp();
  const made = await app.api<{ id: string }>('POST', '/accounts', { name: 'Team' });
  accountId = made.body.id;
});
afterAll(() => app.remove());

interface Row {
  readonly requestId: string;
  readonly operation: string;
  readonly outcome: string;
  readonly actor: { readonly type: string; readonly id: string; readonly name: string | null };
  readonly object: { readonly type: string; readonly id: string | null };
}

/** Calls, and answers the rows it left: what each is about, sorted. */
async function rowsOf(browser: Browser, route: string, body?: object, id = '', headers?: Record<string, string>) {
  walked.add(route);
  const [method = '', path = ''] = route.split(' ');
  const answer = await browser.call(method, path.replace(':id', id), body, headers);
  expect([route, answer.status, answer.body]).toEqual([route, expect.toBeOneOf([200, 201, 204]), answer.body]);
  return { answer, rows: await rowsLeft(answer) };
}
async function rowsLeft(answer: BrowserAnswer): Promise<Row[]> {
  const { body } = await app.api<{ data: Row[] }>('GET', '/audit-events?limit=200');
  return body.data.filter(({ requestId }) => requestId === answer.headers.get('x-request-id'));
}
const about = (rows: readonly Row[]) => rows.map(({ object }) => object.type).toSorted();

test('X02: every way in, and every change of it, leaves rows that name the person', async () => {
  const origin = app.url.replace('127.0.0.1', 'localhost');
  const headers = { origin };
  const browser = newBrowser(origin);
  const [email, name] = [`${randomUUID().slice(0, 8)}@audit.test`, 'Li Wei'];
  let password = `heron ${randomUUID()}`;
  const invited = await app.api<{ link: { token: string } }>('POST', '/invitations', {
    email,
    accountId,
    role: 'member',
  });
  const { token } = invited.body.link;
  const accepted = await rowsOf(browser, 'POST /invitations/accept', { token, name, password });
  const { id } = accepted.answer.body.user;
  expect(about(accepted.rows)).toEqual(['invitation', 'member', 'user']);

  const seen: [string, Row[]][] = [['accept', accepted.rows]];
  async function step(route: string, objects: string[], body?: object, objectId?: string): Promise<BrowserAnswer> {
    const { answer, rows } = await rowsOf(browser, route, body, objectId, headers);
    expect([route, about(rows)]).toEqual([route, objects]);
    seen.push([route, rows]);
    return answer;
  }

  const changed = `otter ${randomUUID()}`;
  await step('POST /auth/password', ['user'], { password, newPassword: changed });
  password = changed;
  await step('PATCH /auth/profile', ['user'], { name });
  await step('POST /auth/identity-check', ['user'], { password });
  const { body: totp } = await step('POST /auth/totp', ['user'], { password });
  await step('POST /auth/totp/confirm', ['user'], { code: await earlierCode(totp.uri) });
  await step('POST /auth/recovery-codes', ['user'], { password, code: totpOf(totp.uri) });
  await step('POST /auth/totp/disable', ['user'], { password, code: totpOf(totp.uri, 1) });
  const device = newAuthenticator(origin);
  const { body: options } = await browser.call('POST', '/auth/passkeys/options', undefined, headers);
  const passkey = { name: 'Laptop', response: device.register(options) };
  const { body: added } = await step('POST /auth/passkeys', ['passkey'], passkey);
  await step('PATCH /auth/passkeys/:id', ['passkey'], { name: 'Desk' }, added.id);
  await step('DELETE /auth/passkeys/:id', ['passkey'], undefined, added.id);
  await step('POST /auth/sessions/end-others', ['user']);
  const other = newBrowser(origin);
  expect((await other.call('POST', '/auth/sign-in', { email, password })).status).toBe(200);
  const { data } = (await browser.call('GET', '/auth/sessions')).body;
  const ended = data.find(({ current }: { current: boolean }) => !current).id;
  await step('DELETE /auth/sessions/:id', ['user'], undefined, ended);
  await step('POST /auth/sign-out', ['user']);
  const link = await app.api<{ token: string }>('POST', `/people/${id}/password-reset`);
  await step('POST /auth/password-reset', ['user'], { token: link.body.token, password: `robin ${randomUUID()}` });

  for (const [route, rows] of seen)
    for (const row of rows) {
      expect([route, row]).toMatchObject([route, { outcome: 'done', actor: { type: 'person', id, name } }]);
      if (row.object.type === 'user') expect([route, row.object.id]).toEqual([route, id]);
    }
  const { body: checked } = await app.api('GET', '/audit-events/verify');
  expect(checked).toMatchObject({ ok: true });
  expect([...walked].toSorted()).toEqual([...PERSONAL_ROUTES].toSorted());
});

test('X02: what a stranger tries with somebody else’s passkey or a wrong password is no change', async () => {
  const [email, password] = [`${randomUUID().slice(0, 8)}@audit.test`, `heron ${randomUUID()}`];
  const invited = await app.api<{ link: { token: string } }>('POST', '/invitations', {
    email,
    accountId,
    role: 'member',
  });
  const browser = newBrowser(app.url);
  const { token } = invited.body.link;
  expect((await browser.call('POST', '/invitations/accept', { token, name: 'N', password })).status).toBe(200);
  const tries = [
    await browser.call('DELETE', `/auth/passkeys/psk_${'0'.repeat(22)}`),
    await browser.call('POST', '/auth/password', { password: 'wrong', newPassword: `otter ${randomUUID()}` }),
  ];
  for (const answer of tries) expect(await rowsLeft(answer)).toMatchObject([{ outcome: 'refused' }]);
});
