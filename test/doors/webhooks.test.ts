import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idMaker } from '../../src/core/id.ts';
import { randomBytes } from 'node:crypto';
import type { WebhookMessage } from '../../src/core/webhook.ts';
import { createDeliveries } from '../../src/service/deliveries.ts';
import { createNotices } from '../../src/service/notices.ts';
import { createWebhookGuard, type WebhookGuard } from '../../src/upstream/webhookGuard.ts';
import { createWebhookSender } from '../../src/upstream/webhookSender.ts';
import { webhookSignature } from '../../src/upstream/webhookSignature.ts';
import { startTestApp } from '../kit/app.ts';
import { startManagement, type TestManagement } from '../kit/management.ts';
import { stateAt } from '../kit/notices.ts';
import { pointers } from './manageSetting.ts';

interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A receiver that answers as its path says, and remembers what it got. */
const received: Received[] = [];
let closedEarly = 0;
const receiver = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
    answer(request.url ?? '', response);
  });
});
let origin = '';

function answer(path: string, response: ServerResponse): void {
  if (path === '/hang') return;
  if (path === '/redirect') return void response.writeHead(302, { location: `${origin}/elsewhere` }).end();
  if (path === '/trickle') {
    response.writeHead(200);
    return void response.write('x');
  }
  if (path === '/endless') {
    response.writeHead(200);
    response.once('close', () => closedEarly++);
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
      response.once('drain', more);
    };
    return more();
  }
  response.writeHead(path === '/fails' ? 500 : 200).end('thanks');
}

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
});
afterAll(async () => {
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

/** Standard Webhooks as a receiver checks it, by another implementation of HMAC than the sender's. */
async function isSigned({ headers, body }: Received, secret: string): Promise<boolean> {
  const bytes = Uint8Array.from(atob(secret.replace('whsec_', '')), (char) => char.charCodeAt(0));
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  const signed = new TextEncoder().encode(
    `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`,
  );
  const checks = String(headers['webhook-signature'])
    .split(' ')
    .filter((one) => one.startsWith('v1,'))
    .map((one) =>
      crypto.subtle.verify(
        'HMAC',
        key,
        Uint8Array.from(atob(one.slice(3)), (char) => char.charCodeAt(0)),
        signed,
      ),
    );
  return (await Promise.all(checks)).includes(true);
}

const open = createWebhookGuard({ allowPrivate: true, allowMetadata: false });
const strict = createWebhookGuard({ allowPrivate: false, allowMetadata: false });
const message = (url: string): WebhookMessage => ({
  url,
  id: 'msg_1',
  timestampSeconds: 1,
  body: '{}',
  secrets: ['whsec_c2VjcmV0'],
});
const send = (url: string, guard: WebhookGuard = open, timeoutMs = 2000, signal = new AbortController().signal) =>
  createWebhookSender({ guard, timeoutMs })(message(url), signal);

describe('a message', () => {
  test('is signed as the vector of Standard Webhooks says', () => {
    // From the reference libraries' own tests.
    const given = ['msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330, '{"test": 2432232314}'] as const;
    expect(webhookSignature(...given, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  test('is delivered by a 2xx alone; redirects are not followed', async () => {
    expect(await send(`${origin}/fine?x=1`)).toMatchObject({ status: 200, error: null });
    expect(received.at(-1)).toMatchObject({
      path: '/fine?x=1',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(await send(`${origin}/fails`)).toMatchObject({ status: 500, error: null });
    expect(await send(`${origin}/redirect`)).toMatchObject({ status: 302, error: null });
    expect(received.map(({ path }) => path)).not.toContain('/elsewhere');
  });

  test('waits for an answer so long and no longer, and reads little of it', async () => {
    const startedAt = performance.now();
    expect(await send(`${origin}/hang`, open, 300)).toMatchObject({
      status: null,
      error: 'No answer within 0.3 seconds.',
    });
    expect(await send(`${origin}/trickle`, open, 300)).toMatchObject({ status: 200 });
    expect(await send(`${origin}/endless`)).toMatchObject({ status: 200 });
    expect(performance.now() - startedAt).toBeLessThan(2000);
    await expect.poll(() => closedEarly).toBe(1);
  });

  test('is broken off when the sender stops, and a name look-up that hangs is too', async () => {
    const hangs: WebhookGuard = { ...open, resolve: () => new Promise(() => undefined) };
    expect(await send('http://name.example/', hangs, 300)).toMatchObject({
      status: null,
      error: 'No answer within 0.3 seconds.',
    });
    const stop = new AbortController();
    const sending = send(`${origin}/hang`, open, 10_000, stop.signal);
    setTimeout(() => stop.abort(), 50);
    expect(await sending).toMatchObject({ status: null });
    expect(await send(`${origin}/fine`, open, 10_000, AbortSignal.abort())).toMatchObject({ status: null });
  });

  test('that nobody takes is told in few words, without addresses', async () => {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    expect(await send(`http://127.0.0.1:${port}/`)).toMatchObject({
      status: null,
      error: 'The connection was refused.',
    });
    expect(await send(origin.replace('http:', 'https:'))).toMatchObject({
      status: null,
      error: expect.not.stringContaining('127') as string,
    });
  });
});

describe('addresses', () => {
  const hosts = [
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '169.254.169.254',
    '100.100.100.200',
    '192.168.1.1',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::1]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '127.0.0.1.',
    'localhost',
    'LOCALHOST.',
    'a.localhost',
    'metadata.google.internal',
    '①②⑦.⓪.⓪.①',
  ];

  test.each(hosts)('%s is refused when it is saved, and when it is sent to', async (host) => {
    const port = new URL(origin).port;
    const before = received.length;
    expect(strict.refuse(new URL(`http://${host}:${port}/`).hostname)).toMatch(/private|metadata/);
    expect(await send(`http://${host}:${port}/`, strict)).toMatchObject({
      status: null,
      error: 'The name or address leads to no public address.',
    });
    expect(received.length).toBe(before);
  });

  test.each([
    ['a private address', ['127.0.0.1']],
    ['a public and a private one', ['93.184.216.34', '127.0.0.1']],
    ['a private one written as IPv6', ['::ffff:127.0.0.1']],
    ['none', []],
  ])('a name that was public when it was saved and leads to %s now reaches nobody', async (_what, addresses) => {
    let asked = 0;
    const rebound: WebhookGuard = {
      ...strict,
      resolve: async () => {
        asked++;
        return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      },
    };
    const before = received.length;
    expect(rebound.refuse('rebind.example')).toBeNull();
    expect(await send(`http://rebind.example:${new URL(origin).port}/`, rebound)).toMatchObject({
      status: null,
      error: 'The name or address leads to no public address.',
    });
    expect([asked, received.length]).toEqual([1, before]);
  });

  test('every message looks the name up anew and goes to the address that was judged', async () => {
    const answers = ['127.0.0.1', '10.0.0.1'];
    const moving: WebhookGuard = {
      refuse: (host) => (host === '10.0.0.1' ? 'private' : null),
      resolve: async () => [{ address: answers.shift()!, family: 4 }],
    };
    const url = `http://moving.example:${new URL(origin).port}/moved`;
    expect((await send(url, moving)).status).toBe(200);
    expect(received.at(-1)).toMatchObject({ path: '/moved', headers: { host: new URL(url).host } });
    expect((await send(url, moving)).status).toBeNull();
  });

  test('a name that nobody knows sounds like one that leads inside', async () => {
    const unknown: WebhookGuard = {
      ...strict,
      resolve: () => Promise.reject(Object.assign(new Error('queryA ENOTFOUND'), { code: 'ENOTFOUND' })),
    };
    expect((await send('http://nobody.example/', unknown)).error).toBe(
      'The name or address leads to no public address.',
    );
  });

  test('metadata addresses stay refused where private ones are allowed', () => {
    expect(open.refuse('127.0.0.1')).toBeNull();
    expect(open.refuse('169.254.169.254')).toMatch('metadata');
    expect(createWebhookGuard({ allowPrivate: true, allowMetadata: true }).refuse('169.254.169.254')).toBeNull();
  });
});

describe('the API', () => {
  let app: TestManagement;
  let accountId: string;
  let projectId: string;
  beforeAll(async () => {
    app = await startManagement({
      sendWebhook: createWebhookSender({ guard: open }),
      refuseWebhookHost: (host) => open.refuse(host),
    });
    accountId = (await app.make('/accounts', { name: 'Acme' }))['id'];
    projectId = (await app.make('/projects', { name: 'Shop', accountId }))['id'];
  });
  afterAll(() => app.close());
  const make = (body: object) => app.make(`/accounts/${accountId}/webhooks`, body);

  test('the secret is shown when it is made and when it is rotated, and never again', async () => {
    const made = await make({ url: `${origin}/fine` });
    expect(made).toMatchObject({
      accountId,
      url: `${origin}/fine`,
      events: null,
      status: 'active',
      pausedReason: null,
      failingSince: null,
      previousSecretUntil: null,
    });
    expect(made['secret']).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const { secret, ...rest } = made;
    expect((await app.call('GET', `/webhooks/${made['id']}`)).body).toEqual(rest);
    app.nowMs += 6000;
    const rotated = (await app.call('POST', `/webhooks/${made['id']}/rotate-secret`)).body;
    expect([rotated.secret === secret, rotated.previousSecretUntil]).toEqual([
      false,
      new Date(app.nowMs + 86_400_000).toISOString(),
    ]);

    await app.call('POST', `/webhooks/${made['id']}/test`);
    const both = received.at(-1)!;
    expect([
      await isSigned(both, secret),
      await isSigned(both, rotated.secret),
      await isSigned(both, 'whsec_bm9uZQ=='),
    ]).toEqual([true, true, false]);
    expect(await isSigned({ ...both, body: `${both.body} ` }, rotated.secret)).toBe(false);
    app.nowMs += 86_400_000;
    await app.call('POST', `/webhooks/${made['id']}/test`);
    const after = received.at(-1)!;
    expect([await isSigned(after, secret), await isSigned(after, rotated.secret)]).toEqual([false, true]);
    const seen = [
      await app.call('GET', `/accounts/${accountId}/webhooks`),
      await app.call('GET', `/webhooks/${made['id']}/deliveries`),
      await app.call('PATCH', `/webhooks/${made['id']}`, { events: ['key.expiry'] }),
    ];
    for (const { status, text } of seen) {
      expect(status).toBe(200);
      expect(text).not.toContain('whsec_');
    }
    expect(app.logged.join('\n')).not.toContain('whsec_');
  });

  test('a test is one message with its answer, in the log of deliveries, and not made again at once', async () => {
    const { id } = await make({ url: `${origin}/fails` });
    const tested = await app.call('POST', `/webhooks/${id}/test`);
    expect(tested.body).toMatchObject({
      webhookId: id,
      event: 'webhook.test',
      status: 'failed',
      nextAttemptAt: null,
      attempts: [{ status: 500, error: null }],
    });
    const { headers, body } = received.at(-1)!;
    expect([headers['webhook-id'], JSON.parse(body).type]).toEqual([tested.body.id, 'webhook.test']);
    expect((await app.call('GET', `/webhooks/${id}/deliveries`)).body).toEqual({
      data: [tested.body],
      nextCursor: null,
    });
    expect((await app.call('POST', `/webhooks/${id}/test`)).status).toBe(409);
    await app.call('PATCH', `/webhooks/${id}`, { url: `${origin}/fine`, status: 'paused' });
    app.nowMs += 5000;
    expect((await app.call('POST', `/webhooks/${id}/test`)).body).toMatchObject({ status: 'delivered' });
  });

  test('it is paused by hand, resumed, and deleted', async () => {
    const { id } = await make({ url: `${origin}/fine` });
    expect((await app.call('PATCH', `/webhooks/${id}`, { status: 'paused' })).body).toMatchObject({
      status: 'paused',
      pausedReason: 'it was paused by hand.',
      pausedCause: 'byHand',
      pausedAt: new Date(app.nowMs).toISOString(),
    });
    expect((await app.call('PATCH', `/webhooks/${id}`, { status: 'active' })).body).toMatchObject({
      status: 'active',
      pausedReason: null,
      pausedCause: null,
      pausedAt: null,
    });
    expect((await app.call('DELETE', `/webhooks/${id}`)).status).toBe(204);
    expect((await app.call('GET', `/webhooks/${id}`)).status).toBe(404);
  });

  test.each<[unknown, string]>([
    [{}, '/url'],
    [{ url: 'ftp://a.example/' }, '/url'],
    [{ url: 'https://user:pass@a.example/' }, '/url'],
    [{ url: 'https://a.example/#x' }, '/url'],
    [{ url: 'https:a.example' }, '/url'],
    [{ url: 'not a url' }, '/url'],
    [{ url: 'http://169.254.169.254/' }, '/url'],
    [{ url: 'https://a.example/', events: [] }, '/events'],
    [{ url: 'https://a.example/', events: ['key.expiry', 'key.expiry'] }, '/events'],
    [{ url: 'https://a.example/', events: ['webhook.test'] }, '/events/0'],
    [{ url: 'https://a.example/', secret: 'mine' }, '/secret'],
  ])('%o is refused, and says where', async (body, pointer) => {
    const answered = await app.call('POST', `/accounts/${accountId}/webhooks`, body);
    expect([answered.status, pointers(answered)]).toEqual([400, [pointer]]);
  });

  test('X06 a notice is seen by the operator, its account and its project, and by nobody else', async () => {
    const other = (await app.make('/accounts', { name: 'Other' }))['id'];
    const sibling = (await app.make('/projects', { name: 'Sibling', accountId }))['id'];
    const keyOf = async (path: string): Promise<string> =>
      (await app.make(`${path}/keys`, { name: 'm', class: 'management' }))['value'];
    const keys = {
      account: await keyOf(`/accounts/${accountId}`),
      project: await keyOf(`/projects/${projectId}`),
      sibling: await keyOf(`/projects/${sibling}`),
      other: await keyOf(`/accounts/${other}`),
    };
    const node = createNotices({ ...app.store, clock: () => app.nowMs, newId: idMaker(randomBytes, () => app.nowMs) });
    node.observe([
      stateAt({ type: 'account', id: accountId }, 50n, { id: 'lim_a' }),
      stateAt({ type: 'project', id: projectId }, 50n, { id: 'lim_p' }),
    ]);
    await node.flush();
    const seen = async (key: string | undefined, query = ''): Promise<unknown> => {
      const { status, body } = await app.call('GET', `/notices${query}`, undefined, key === undefined ? {} : { key });
      return status === 200
        ? body.data.map(({ subject }: { subject: { type: string } }) => subject.type).toSorted()
        : status;
    };
    const both = ['account', 'project'];
    expect(
      await Promise.all([
        seen(undefined),
        seen(undefined, `?accountId=${accountId}`),
        seen(undefined, `?accountId=${other}`),
      ]),
    ).toEqual([both, both, []]);
    expect(await Promise.all([keys.account, keys.project, keys.sibling, keys.other].map((key) => seen(key)))).toEqual([
      both,
      ['project'],
      [],
      [],
    ]);
    expect(
      await Promise.all([`?accountId=${accountId}`, `?projectId=${projectId}`].map((query) => seen(keys.other, query))),
    ).toEqual([404, 404]);
    expect(await seen(keys.sibling, `?projectId=${projectId}`)).toBe(404);
    expect(await seen(keys.account, `?projectId=${projectId}`)).toEqual(['project']);
  });

  test('use that passes a threshold becomes a notice in the list and a signed message at the receiver, without anything secret', async () => {
    const { id, secret } = await make({ url: `${origin}/notices`, events: ['limit.reached'] });
    const key = await app.make(`/projects/${projectId}/keys`, { name: 'shop', scope: { mode: 'all' } });
    const { store } = app;
    const clock = () => app.nowMs;
    const reported: unknown[] = [];
    const notices = createNotices({
      ...store,
      clock,
      newId: idMaker(randomBytes, Date.now),
      onRecorded: () => void deliveries.pump(),
    });
    const deliveries = createDeliveries({
      webhooks: store.webhooks,
      send: createWebhookSender({ guard: open }),
      clock,
      random: randomBytes,
      onPaused: () => Promise.resolve(),
      report: (error) => void reported.push(error),
    });
    notices.observe([
      stateAt({ type: 'key', id: key['id'] }, 8_000_000_000n, { unit: 'cost', amount: 10_000_000_000n }),
    ]);
    await notices.flush();
    await expect.poll(() => received.filter(({ path }) => path === '/notices').length).toBe(2);
    await deliveries.idle();

    const { data } = (await app.call('GET', `/notices?keyId=${key['id']}`)).body;
    expect(data.map(({ threshold }: { threshold: number }) => threshold).toSorted()).toEqual([50, 80]);
    const shown = data.find(({ threshold }: { threshold: number }) => threshold === 80);
    expect(shown).toMatchObject({
      kind: 'limit.reached',
      accountId,
      projectId,
      subject: { type: 'key', id: key['id'], name: 'shop', masked: key['masked'] },
      limit: { id: 'lim_1', unit: 'cost', window: { kind: 'lifetime' } },
      used: '8',
      amount: '10',
      expiresAt: null,
      createdAt: new Date(app.nowMs).toISOString(),
      text: `Key "shop" (${key['masked']}) has used 80 % of its limit: 8 of 10 spent in all.`,
    });
    const got = received.filter(({ path }) => path === '/notices');
    expect(await Promise.all(got.map((one) => isSigned(one, secret)))).toEqual([true, true]);
    const bodies = got.map(({ body }) => JSON.parse(body));
    expect(bodies.find(({ data: one }) => one.threshold === 80)).toEqual({
      type: 'limit.reached',
      timestamp: shown.createdAt,
      data: shown,
    });
    expect(JSON.stringify([got, data])).not.toContain(key['value']);
    const sent = (await app.call('GET', `/webhooks/${id}/deliveries`)).body.data;
    expect(new Set(sent.map((one: { id: string }) => one.id))).toEqual(
      new Set(got.map(({ headers }) => headers['webhook-id'])),
    );
    expect(sent[0]).toMatchObject({ status: 'delivered', attempts: [{ status: 200, error: null }] });
    expect(reported).toEqual([]);
  });
});

test('a whole Keyward refuses private addresses unless its setting allows them', async () => {
  const refusing = await startTestApp();
  const account = await refusing.api<{ id: string }>('POST', '/accounts', { name: 'a' });
  const refused = await refusing.api<{ detail: string }>('POST', `/accounts/${account.body.id}/webhooks`, {
    url: `${origin}/fine`,
  });
  expect([refused.status, refused.body.detail]).toEqual([
    400,
    expect.stringContaining('KEYWARD_WEBHOOK_PRIVATE_ADDRESSES=yes'),
  ]);
  await refusing.remove();

  const allowing = await startTestApp({ env: { KEYWARD_WEBHOOK_PRIVATE_ADDRESSES: 'yes' } });
  const other = await allowing.api<{ id: string }>('POST', '/accounts', { name: 'a' });
  const made = await allowing.api<{ id: string; secret: string }>('POST', `/accounts/${other.body.id}/webhooks`, {
    url: `${origin}/whole`,
  });
  const tested = await allowing.api<{ status: string }>('POST', `/webhooks/${made.body.id}/test`);
  expect(tested.body.status).toBe('delivered');
  expect(await isSigned(received.at(-1)!, made.body.secret)).toBe(true);
  expect(allowing.logged.join('\n')).not.toContain('whsec_');
  await allowing.remove();
});
