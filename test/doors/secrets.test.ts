import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT_KEY, startTestApp, type TestApp } from '../kit/app.ts';
import { DOORS } from '../kit/doors.ts';
import { newBrowser, totpOf } from '../kit/people.ts';
import { send } from '../kit/raw.ts';
import { answerJson, startUpstream, type FakeUpstream } from '../kit/upstream.ts';

/*
 * X03: the plaintext of a key is in the answer that created it and nowhere else, and so a provider's credential is in
 * the request that set it. A full run through every door and much of the API, good and bad, and then a search of
 * everything it left behind.
 */

let app: TestApp;
let upstream: FakeUpstream;
/** What must not be found, by name. */
const secrets: Record<string, string> = { 'the root key': ROOT_KEY };
/** Answers of the API and the doors, those that show a new key without its value. */
const answers: string[] = [];

/** Calls the API and keeps the answer; takes the value out of one that creates a key, after checking that it stands there once. */
async function call(method: string, path: string, body?: unknown): Promise<Record<string, string>> {
  const answer = await app.api<Record<string, string>>(method, path, body);
  let text = JSON.stringify([answer.status, Object.fromEntries(answer.headers), answer.body]);
  const { value } = answer.body ?? {};
  if (value) {
    secrets[`the key made at ${path} (${Object.keys(secrets).length})`] = value;
    expect(text.split(value)).toHaveLength(2);
    text = text.replace(value, '');
  }
  answers.push(text);
  return answer.body ?? {};
}

beforeAll(async () => {
  upstream = await startUpstream(
    answerJson({ id: 'x', choices: [], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } }),
  );
  app = await startTestApp({ env: { KEYWARD_TRUSTED_PROXIES: '127.0.0.1' } });
  secrets['the first key'] = app.first!.key;
  secrets['the first management key'] = app.first!.managementKey;
  secrets['the administrator’s password'] = app.first!.administrator.password!;
});
afterAll(async () => {
  await app.remove();
  await upstream.close();
});

test('D07 X03 after a full run neither a key nor a credential is in the data folder, the log or any answer but the one that created it', async () => {
  const credentials = [
    'credential-of-openai-7f3a',
    'credential-of-anthropic-9c1d',
    'credential-of-http-2b8e',
    'credential-replaced-5d6c',
  ];
  for (const credential of credentials) secrets[credential] = credential;
  const account = await call('POST', '/accounts', { name: 'Account' });
  const project = await call('POST', '/projects', { accountId: account['id'], name: 'Project' });
  const provider = async (kind: string, at: number) =>
    (await call('POST', '/providers', { name: kind, kind, baseUrl: upstream.url, credential: credentials[at] }))['id'];
  const ids = {
    openai: await provider('openai', 0),
    anthropic: await provider('anthropic', 1),
    http: await provider('http', 2),
  };
  await call('POST', '/models', { name: 'vendor/openai', providerId: ids.openai });
  await call('POST', '/models', { name: 'vendor/anthropic', providerId: ids.anthropic });
  await call('POST', `/projects/${project['id']}/services`, { name: 'vectors', providerId: ids.http });
  const keysPath = `/projects/${project['id']}/keys`;
  const key = await call('POST', keysPath, { name: 'key', scope: { mode: 'all' } });
  const manager = await call('POST', `/accounts/${account['id']}/keys`, { name: 'manager' });
  await call('POST', keysPath, { name: 'copy', copyFrom: key['id'] });
  await call('PATCH', `/accounts/${account['id']}/security`, { keyReveal: 'recoverable', customKeys: true });
  const own = 'own-Qm7pXv2Lk9Tz4Bn8Wd3Rj6Hy';
  await call('POST', keysPath, { name: 'chosen', scope: { mode: 'all' }, value: own });
  await call('POST', keysPath, { name: 'again', scope: { mode: 'all' }, value: own });
  await call('POST', keysPath, { name: 'weak', scope: { mode: 'all' }, value: 'weak-weak-weak-weak-weak' });
  secrets['a refused value'] = 'weak-weak-weak-weak-weak';
  const kept = await call('POST', keysPath, { name: 'kept', scope: { mode: 'all' } });
  await call('POST', `/keys/${kept['id']}/rotate`, { overlapSeconds: 600 });
  await call('POST', `/keys/${kept['id']}/reveal`, { confirm: 'kept' });
  await call('GET', `/keys/${kept['id']}/secrets`);
  await call('POST', `/keys/${kept['id']}/rotate/undo`);
  const doomed = await call('POST', keysPath, { name: 'doomed', scope: { mode: 'all' }, ipAllow: ['203.0.113.7'] });
  const replay = { headers: { 'idempotency-key': '"one"' } };
  for (let at = 0; at < 2; at++) {
    const { body } = await app.api<{ value: string | null }>(
      'POST',
      keysPath,
      { name: 'twice', scope: { mode: 'all' } },
      replay,
    );
    if (body.value !== null) secrets['the key made twice'] = body.value;
    else answers.push(JSON.stringify(body));
  }
  expect(secrets).toHaveProperty('the key made twice');

  const [value = '', other = '', managing = ''] = [key['value'], doomed['value'], manager['value']];

  // Through every door: admitted, refused for what it wants, and refused for where the key stands.
  for (const door of DOORS) {
    const question = door.about === 'service' ? { service: 'vectors' } : { model: `vendor/${door.kind}` };
    for (const asked of [
      { ...question, key: value },
      { ...question, key: other },
      { ...question, key: managing },
      { ...question, key: ROOT_KEY },
      { ...question, key: `${value}x` },
      { model: 'vendor/none', service: 'none', key: value },
      { ...question, lines: [['authorization', value]] as const },
      { ...question, key: value, query: `token=${value}&api_key=${value}` },
      {
        ...question,
        lines: [
          ['authorization', `Bearer ${value}`],
          ['x-api-key', other],
        ] as const,
      },
    ]) {
      const { status, headers, text } = await door.ask(app, asked);
      answers.push(JSON.stringify([status, headers, text]));
    }
  }
  // Keys where they do not belong: in paths, bodies, other headers, and what is no HTTP.
  for (const [path, body] of [
    [`/v1/${value}`, '{}'],
    [`/v1/models/${value}`, undefined],
    [`/services/${value}/x`, undefined],
    [`/authz/${value}/${value}`, undefined],
    [`/api/v1/keys/${value}`, undefined],
    [`/api/v1/keys?search=${value}`, undefined],
    [`/${value}`, undefined],
    ['/v1/chat/completions', `{"model": "${value}"`],
    ['/v1/chat/completions', JSON.stringify({ model: value })],
    ['/v1/chat/completions', JSON.stringify({ model: 'vendor/openai', stream: value, max_tokens: value })],
    ['/api/v1/keys/verify', `{"key": "${value}", "${value}": 1`],
  ] as const) {
    for (const credential of [value, managing, ROOT_KEY]) {
      const { status, headers, text } = await send(app.url + path, {
        method: body === undefined ? 'GET' : 'POST',
        lines: [
          ['authorization', `Bearer ${credential}`],
          ['content-type', 'application/json'],
        ],
        ...(body !== undefined && { body }),
      });
      answers.push(JSON.stringify([status, headers, text]));
    }
  }
  upstream.script = (response, seen) => {
    // An upstream that repeats what it was sent, in an error.
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        error: { message: `bad key ${String(seen.headers.authorization)} ${String(seen.headers['x-api-key'])}` },
      }),
    );
  };
  for (const door of DOORS.filter(({ about, kind }) => about === 'model' && kind !== undefined)) {
    const { text } = await door.ask(app, { model: `vendor/${door.kind}`, key: value });
    answers.push(text);
  }
  await call('POST', `/providers/${ids.openai}/test`);
  await call('PATCH', `/providers/${ids.openai}`, { credential: credentials[3] });
  await call('PATCH', `/keys/${key['id']}`, { description: 'changed', value: 'kw_mine' });
  await call('POST', `/keys/${key['id']}/disable`);
  const { confirm } = await call('DELETE', `/keys/${doomed['id']}`);
  await call('DELETE', `/keys/${doomed['id']}?confirm=${confirm}`);
  for (const path of [
    '/accounts',
    '/projects',
    keysPath,
    `/accounts/${account['id']}/keys`,
    `/keys/${key['id']}`,
    '/providers',
    `/providers/${ids.openai}`,
    '/models',
    '/usage',
    '/requests',
    '/denials',
    '/openapi.json',
  ]) {
    await call('GET', path);
  }
  for (const { headers, url } of upstream.seen) {
    for (const [name, secret] of Object.entries(secrets)) {
      if (!credentials.includes(name))
        expect(JSON.stringify([headers, url]), `${name} reached an upstream`).not.toContain(secret);
    }
  }

  await people();

  // Beside a running server: the write-ahead log is where the newest rows are.
  await expectNowhere('while it runs');
  await app.stop();
  await expectNowhere('after the stop');
});

/** A person's whole way in; what is a secret of it stands only in the answer that makes it, or in the request. */
async function people(): Promise<void> {
  const keep = (answer: { status: number; body: unknown }, ...shown: string[]): void => {
    let text = JSON.stringify([answer.status, answer.body]);
    for (const secret of shown) text = text.replaceAll(secret, '');
    answers.push(text);
  };
  const { data } = (await app.api<{ data: { id: string }[] }>('GET', '/accounts')).body;
  const draft = { email: 'kim@people.test', accountId: data[0]?.id, role: 'member' };
  const invited = await app.api<{ link: { token: string } }>('POST', '/invitations', draft);
  const invitation = invited.body.link.token;
  const password = 'seven wet herons at dawn';
  const newPassword = 'eight dry herons at dusk';
  Object.assign(secrets, { 'the invitation': invitation, 'a password': password, 'a new password': newPassword });
  keep(invited, invitation);
  const browser = newBrowser(app.url);
  const cookies = (): void => {
    for (const [name, value] of browser.cookies)
      if (name !== 'keyward-device') secrets[`${name} ${value.slice(0, 4)}`] = decodeURIComponent(value).split('.')[0]!;
  };
  const ask = async (method: string, path: string, body?: object): Promise<Record<string, string>> => {
    const answer = await browser.call(method, path, body);
    cookies();
    const { uri, recoveryCodes = [], token } = answer.body ?? {};
    const secret = uri === undefined ? undefined : new URL(uri as string).searchParams.get('secret');
    for (const one of [secret, token, ...recoveryCodes]) if (one) secrets[`${path} ${one.slice(0, 3)}`] = one;
    keep(answer, ...[secret, token, ...recoveryCodes].filter(Boolean));
    return answer.body;
  };
  await ask('POST', '/invitations/accept', { token: invitation, name: 'Kim', password });
  await ask('POST', '/auth/sign-in', { email: draft.email, password: `${password}!` });
  await ask('POST', '/auth/sign-in', { email: password, password });
  await ask('POST', '/auth/password', { password, newPassword });
  const { uri = '' } = await ask('POST', '/auth/totp', { password: newPassword });
  await ask('POST', '/auth/totp/confirm', { code: totpOf(uri) });
  await ask('POST', '/auth/identity-check', { totp: totpOf(uri, 1) });
  await ask('GET', '/auth/sessions');
  await ask('POST', '/auth/sign-out');
  await ask('POST', '/auth/sign-in', { email: draft.email, password: newPassword });
  await ask('POST', '/auth/second-factor', { code: '000000' });
  const { data: users } = (await app.api<{ data: { id: string }[] }>('GET', '/people?search=kim')).body;
  const reset = await app.api<{ token: string }>('POST', `/people/${users[0]?.id}/password-reset`);
  secrets['the reset link'] = reset.body.token;
  keep(reset, reset.body.token);
  await ask('POST', '/auth/password-reset', { token: reset.body.token, password: 'short' });
  expect(Object.keys(secrets).length).toBeGreaterThan(30);
}

async function expectNowhere(when: string): Promise<void> {
  const places: [string, string][] = [
    ['the log', app.logged.join('\n')],
    ['an answer', answers.join('\n')],
  ];
  for (const file of await readdir(app.dataDir, { recursive: true, withFileTypes: true })) {
    if (file.isFile()) places.push([file.name, (await readFile(join(file.parentPath, file.name))).toString('latin1')]);
  }
  expect(places.map(([place]) => place)).toContain('keyward.db');
  expect(app.logged.length).toBeGreaterThan(0);
  expect(Object.keys(secrets).length).toBeGreaterThanOrEqual(11);
  for (const [name, secret] of Object.entries(secrets)) {
    for (const spelling of [
      secret,
      Buffer.from(secret).toString('base64').replace(/=+$/, ''),
      Buffer.from(secret).toString('hex'),
    ]) {
      for (const [place, text] of places) {
        const line = text.split('\n').find((one) => one.includes(spelling));
        expect(line, `${name} in ${place}, ${when}`).toBeUndefined();
      }
    }
  }
}
