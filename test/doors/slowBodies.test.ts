// Rights that end while a request is on its way: its body is held back until they have.

import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startManagement, type TestManagement } from '../kit/management.ts';
import { newPerson, ofAccount } from '../kit/memberships.ts';

let app: TestManagement;

beforeAll(async () => {
  app = await startManagement({ bodyWithinMs: 3000 });
});
afterAll(() => app.close());

/** Sends all of a request but the end of its body; `finish` sends that too. */
async function hold(method: string, path: string, body: object, key: string) {
  const text = JSON.stringify(body);
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (part: Buffer) => (answer += part.toString()));
  const answered = new Promise<string>((done) => socket.on('close', () => done(answer)));
  const head = [
    `${method} /api/v1${path} HTTP/1.1`,
    'host: keyward.test',
    `authorization: Bearer ${key}`,
    'content-type: application/json',
    `content-length: ${text.length}`,
    'connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${text.slice(0, -1)}`);
  // Requests after it have been decided on, so it has been too.
  for (let at = 0; at < 3; at++) expect((await app.call('GET', '/accounts', undefined, { key })).status).toBe(200);
  return { answered, finish: () => (socket.write(text.slice(-1)), answered) };
}

const statusOf = (answer: string): number => Number(answer.split(' ')[1]);

test('what a request may do is decided when all of it is there, as things stand then', async () => {
  const accountId = (await app.make('/accounts', { name: 'Team' }))['id'] as string;
  const admin = await newPerson(app.store, [ofAccount(accountId, 'admin')]);
  const helper = await newPerson(app.store, [ofAccount(accountId, 'member')]);
  const { id: keyId, value } = await app.make(`/accounts/${accountId}/keys`, { name: 'to go' });
  const held = [
    await hold('POST', `/accounts/${accountId}/keys`, { name: 'late' }, admin.id),
    await hold('PUT', `/accounts/${accountId}/members/${helper.id}`, { role: 'admin' }, admin.id),
    await hold('PATCH', `/accounts/${accountId}`, { name: 'Late' }, value),
  ];
  expect((await app.call('DELETE', `/accounts/${accountId}/members/${admin.id}`)).status).toBeLessThan(300);
  expect((await app.call('POST', `/keys/${keyId}/disable`)).status).toBe(200);
  const answers = await Promise.all(held.map(({ finish }) => finish()));
  expect(answers.map(statusOf)).toEqual([404, 404, 401]);
  await app.call('POST', `/keys/${keyId}/enable`);
  const { data } = (await app.call('GET', `/accounts/${accountId}/members`)).body;
  expect(data.map(({ role }: { role: string }) => role)).toEqual(['member']);
  expect(await app.snapshot()).not.toMatch(/"late"/i);
});

test('a body that does not come is not waited for', async () => {
  const accountId = (await app.make('/accounts', { name: 'Team' }))['id'] as string;
  const admin = await newPerson(app.store, [ofAccount(accountId, 'admin')]);
  const { answered } = await hold('PATCH', `/accounts/${accountId}`, { name: 'Never' }, admin.id);
  const answer = await answered;
  expect(statusOf(answer)).toBe(400);
  expect(answer).toContain('too long to arrive');
  expect((await app.call('GET', `/accounts/${accountId}`)).body.name).toBe('Team');
});

test('a body that is refused unread leaves nothing behind that could end the server, nor hold its connection', async () => {
  const quick = await startManagement({ bodyWithinMs: 200 });
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('uncaughtException', note);
  try {
    const port = Number(new URL(quick.url).port);
    const large = 'x'.repeat(1_200_000);
    const cases = [
      ['/api/v1/found-keys', 'text/plain', 'x', 415],
      ['/api/v1/found-keys', 'application/json', JSON.stringify({ key: large }), 413],
      ['/api/v1/nothing', 'text/plain', 'x', 404],
      ['/anything', 'application/json', '{}', 404],
      ['/api/v1/keys/key_x/disable', 'text/plain', 'x', 401],
    ] as const;
    for (const [path, type, body, status] of cases) {
      const answer = await fetch(`${quick.url}${path}`, { method: 'POST', headers: { 'content-type': type }, body });
      expect([path, answer.status]).toEqual([path, status]);
      await answer.text();
    }
    // More than fits on the way, and another request behind it.
    const socket = connect(port, '127.0.0.1');
    let answers = '';
    socket.on('data', (part: Buffer) => (answers += part.toString()));
    const head = `POST /api/v1/found-keys HTTP/1.1\r\nhost: keyward.test\r\ncontent-type: text/plain\r\ncontent-length: ${large.length}\r\n\r\n`;
    socket.write(`${head}${large}GET /api/v1/nothing HTTP/1.1\r\nhost: keyward.test\r\nconnection: close\r\n\r\n`);
    await new Promise((done) => socket.on('close', done));
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 415', 'HTTP/1.1 404']);
    // One that goes away in the middle of its body.
    const leaving = connect(port, '127.0.0.1');
    leaving.write(`${head}some of it`);
    await new Promise((done) => leaving.once('data', done));
    leaving.resetAndDestroy();
    await new Promise((done) => setTimeout(done, 600));
    expect(unhandled).toEqual([]);
    expect((await fetch(`${quick.url}/api/v1/openapi.json`)).status).toBe(200);
  } finally {
    process.off('uncaughtException', note);
    await quick.close();
  }
});
