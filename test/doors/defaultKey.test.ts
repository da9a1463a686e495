import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allEvents } from '../kit/audit.ts';
import { startTestApp, type TestApp } from '../kit/app.ts';
import { startManagement, type Answer, type TestManagement } from '../kit/management.ts';
import { newPerson, ofAccount } from '../kit/memberships.ts';

let app: TestManagement;
let accountId: string;

beforeAll(async () => {
  app = await startManagement();
  accountId = (await app.make('/accounts', { name: 'Acme' }))['id'];
});
afterAll(() => app.close());

const create = (body: object, headers: Record<string, string> = {}, key?: string): Promise<Answer> =>
  app.call('POST', '/projects', { accountId, ...body }, { headers, ...(key !== undefined && { key }) });
const keysOf = async (projectId: string): Promise<Record<string, unknown>[]> =>
  (await app.call('GET', `/projects/${projectId}/keys`)).body.data;
const projects = async (): Promise<number> => (await app.call('GET', '/projects?limit=200')).body.data.length;

describe('Z02 a project comes with a default key', () => {
  test('one, marked, of its creator, for everything in it, shown once and kept nowhere', async () => {
    const owner = await newPerson(app.store, [ofAccount(accountId, 'owner')]);
    const { status, body } = await create({ name: 'Shop' }, {}, owner.id);
    expect(status).toBe(201);
    const { value, ...key } = body.defaultKey;
    expect(await keysOf(body.id)).toEqual([key]);
    expect(key).toMatchObject({
      projectId: body.id,
      isDefault: true,
      class: 'standard',
      scope: { mode: 'all' },
      createdBy: owner.id,
      state: 'active',
    });
    expect(await app.decide(value)).toBe('ok');
    expect((await app.call('GET', `/projects/${body.id}`)).body).not.toHaveProperty('defaultKey');
    expect(JSON.stringify([await allEvents(app.store), await app.snapshot(), app.logged])).not.toContain(value);
  });

  test('X02 the project and the key each leave a row of the one request', async () => {
    const answer = await create({ name: 'Seen' });
    const rows = (await allEvents(app.store)).filter(
      ({ requestId }) => requestId === answer.headers.get('x-request-id'),
    );
    expect(rows.map(({ operation, object, outcome }) => [operation, object.type, object.id, outcome])).toEqual([
      ['createProject', 'project', answer.body.id, 'done'],
      ['createProject', 'key', answer.body.defaultKey.id, 'done'],
    ]);
  });

  test('is not copied as one, and another key of the project is none', async () => {
    const { body } = await create({ name: 'Copied' });
    const path = `/projects/${body.id}/keys`;
    const copy = await app.make(path, { name: 'copy', copyFrom: body.defaultKey.id });
    const plain = await app.make(path, { name: 'plain', scope: { mode: 'all' } });
    expect([copy['isDefault'], plain['isDefault']]).toEqual([false, false]);
  });

  test('X03 with an Idempotency-Key it is made once, and the value is not answered again', async () => {
    const headers = { 'idempotency-key': '"project-1"' };
    const first = await create({ name: 'Once' }, headers);
    const count = await projects();
    const second = await create({ name: 'Once' }, headers);
    expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(second.body).toEqual({ ...first.body, defaultKey: { ...first.body.defaultKey, value: null } });
    expect(await projects()).toBe(count);
    const other = await create({ name: 'Other' }, headers);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch']);
    await app.call('DELETE', `/keys/${first.body.defaultKey.id}?confirm=Default%20key`);
    expect((await create({ name: 'Once' }, headers)).body).toEqual({ ...first.body, defaultKey: null });
  });

  test('the same token of somebody else, or for a key, means another creation', async () => {
    const headers = { 'idempotency-key': '"shared"' };
    const owner = await newPerson(app.store, [ofAccount(accountId, 'owner')]);
    const first = await create({ name: 'Shared' }, headers);
    const second = await create({ name: 'Shared' }, headers, owner.id);
    expect(second.body.id).not.toBe(first.body.id);
    const key = await app.call('POST', `/accounts/${accountId}/keys`, { name: 'm' }, { headers });
    expect([key.status, key.body.class]).toEqual([201, 'management']);
  });

  test('where it is not wanted there is none, sent twice neither', async () => {
    const headers = { 'idempotency-key': '"bare"' };
    const { body } = await create({ name: 'Bare', defaultKey: false }, headers);
    expect([body.defaultKey, await keysOf(body.id)]).toEqual([null, []]);
    expect((await create({ name: 'Bare', defaultKey: false }, headers)).body).toEqual(body);
  });

  test('V23 it counts: at the cap nothing is made, and the answer says what to do', async () => {
    const full = (await app.make('/accounts', { name: 'Full' }))['id'] as string;
    await app.call('PATCH', `/accounts/${full}/quota`, { keyCap: 1 });
    const headers = { 'idempotency-key': '"full"' };
    await create({ name: 'First', accountId: full });
    const count = await projects();
    const refused = await create({ name: 'Second', accountId: full }, headers);
    expect([refused.status, refused.body.code, refused.body.of]).toEqual([409, 'quota_exceeded', 'account']);
    expect(refused.body.detail).toContain('"defaultKey": false');
    expect(await projects()).toBe(count);
    // Nothing was kept of it: with room it is made.
    await app.call('PATCH', `/accounts/${full}/quota`, { keyCap: 2 });
    expect((await create({ name: 'Second', accountId: full }, headers)).body.defaultKey.value).toBeTypeOf('string');
    expect((await create({ name: 'Third', accountId: full, defaultKey: false })).status).toBe(201);
  });

  test('what the account asks of keys is asked of it: it expires in time, or is not made', async () => {
    const strict = (await app.make('/accounts', { name: 'Strict' }))['id'] as string;
    const rules = (body: object) => app.call('PATCH', `/accounts/${strict}/security`, body);
    await rules({ requireExpiry: true, maxKeyLifetimeDays: 10 });
    const { body } = await create({ name: 'Ten days', accountId: strict });
    expect(body.defaultKey.expiresAt).toBe(new Date(app.nowMs + 10 * 86_400_000).toISOString());
    const count = await projects();
    for (const [asked, named] of [
      [{ requireExpiry: true, maxKeyLifetimeDays: null }, 'requireExpiry'],
      [{ requireExpiry: false, requireAddresses: true }, 'requireAddresses'],
      [{ requireAddresses: false, requireRangeScope: true }, 'requireRangeScope'],
    ] as const) {
      await rules(asked);
      const refused = await create({ name: 'Refused', accountId: strict });
      expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, '/defaultKey']);
      expect(refused.body.detail).toContain(named);
    }
    expect(await projects()).toBe(count);
    expect((await create({ name: 'Bare', accountId: strict, defaultKey: false })).status).toBe(201);
  });

  test('many at once by one account do not wait for each other without end, and the cap holds', async () => {
    const busy = (await app.make('/accounts', { name: 'Busy' }))['id'] as string;
    await app.call('PATCH', `/accounts/${busy}/quota`, { keyCap: 12 });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_none, at) => create({ name: `Busy ${at}`, accountId: busy })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(12);
    expect(answers.filter(({ body }) => body.code === 'quota_exceeded')).toHaveLength(8);
  });

  test('T11 where the account keeps values, it can be read again', async () => {
    const kept = (await app.make('/accounts', { name: 'Kept' }))['id'] as string;
    await app.call('PATCH', `/accounts/${kept}/security`, { keyReveal: 'recoverable' });
    const { body } = await create({ name: 'Kept', accountId: kept });
    const shown = await app.call('POST', `/keys/${body.defaultKey.id}/reveal`, { confirm: 'Default key' });
    expect(shown.body.value).toBe(body.defaultKey.value);
  });
});

test('Z02 through the gateway: the default key of a new project works at once', async () => {
  const whole: TestApp = await startTestApp();
  const account = await whole.api<{ id: string }>('POST', '/accounts', { name: 'New' });
  const made = await whole.api<{ defaultKey: { value: string } }>('POST', '/projects', {
    accountId: account.body.id,
    name: 'New',
  });
  const answer = await fetch(`${whole.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${made.body.defaultKey.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hi' }] }),
  });
  expect(answer.status).toBe(200);
  expect(whole.logged.join('')).not.toContain(made.body.defaultKey.value);
  await whole.remove();
});
