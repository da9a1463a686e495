import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, TestManagement } from '../kit/management.ts';
import { pointers, startTenants, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;
let keysUrl: string;

beforeAll(async () => {
  tenants = await startTenants();
  app = tenants.app;
  keysUrl = `/projects/${tenants.mine.projectId}/keys`;
});
afterAll(() => app.close());

const DAY_MS = 86_400_000;
const all = { mode: 'all' };
const range = (...resources: object[]) => ({ mode: 'range', resources });
const model = (id: string) => ({ type: 'model', id });
let names = 0;
const newKey = (body: object = {}) => app.make(keysUrl, { name: `key ${++names}`, scope: all, ...body });
async function refused(run: () => Promise<Answer>): Promise<Answer> {
  const before = await app.snapshot();
  const answer = await run();
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(await app.snapshot()).toBe(before);
  return answer;
}

describe('creating', () => {
  test('V03 D06 a created key has a value that authenticates the next call', async () => {
    const key = await newKey();
    expect(key['value']).toMatch(/^kw_[0-9A-Za-z]{36}$/);
    expect(await app.decide(key['value'], 'model', tenants.modelId)).toBe('ok');
  });

  test('D07 X03 the value stands in the answer that made the key and nowhere else', async () => {
    const { id, value } = await newKey({ name: 'once' });
    for (const path of [`/keys/${id}`, `${keysUrl}?search=once`, `/accounts/${tenants.mine.accountId}/keys`]) {
      expect((await app.call('GET', path)).text).not.toContain(value);
    }
    expect(app.logged.join('')).not.toContain(value);
    expect(await app.snapshot()).not.toContain(value);
  });

  test('X03 the files of the store hold neither a key’s value nor a provider’s credential', async () => {
    const headers = { 'idempotency-key': '"x03"' };
    const { body } = await app.call('POST', keysUrl, { name: 'not in the files', scope: all }, { headers });
    const files = await readdir(app.dataDir, { recursive: true, withFileTypes: true });
    const contents = await Promise.all(
      files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'latin1')),
    );
    const text = contents.join('');
    expect(text).toContain('not in the files');
    for (const secret of [body.value, body.value.slice(3), tenants.mine.accountKey, 'upstream-secret']) {
      expect(text.includes(secret)).toBe(false);
    }
  });

  test('D10 T10 masked is the first 5, ***, the last 4', async () => {
    const { masked, value } = await newKey();
    expect(masked).toBe(`${value.slice(0, 5)}***${value.slice(-4)}`);
  });

  test.each([
    'Production Environment-Text Service',
    'Test Key',
    '生产环境-文本服务',
    'test-key',
    'prod-api',
    'customer-support-tool',
    'x'.repeat(64),
  ])('D05 A02 A10 T20 the name %j is accepted', async (name) => expect((await newKey({ name }))['name']).toBe(name));

  test.each(['', '   ', 'x'.repeat(65), 'a\nb', 'a\u0000b', 'a\ud800b'])(
    'D05 T20 the name %j is refused and nothing is made',
    async (name) => {
      const answer = await refused(() => app.call('POST', keysUrl, { name, scope: all }));
      expect(pointers(answer)).toEqual(['/name']);
    },
  );

  test('D05 a name is required', async () => {
    const answer = await refused(() => app.call('POST', keysUrl, { scope: all }));
    expect(answer.body.errors).toEqual([{ pointer: '/name', detail: 'This is required.' }]);
  });

  test('T21 the description is optional, and empty without one', async () => {
    expect((await newKey())['description']).toBe('');
    expect((await newKey({ description: 'line 1\nline 2' }))['description']).toBe('line 1\nline 2');
  });

  test('V07 an empty range is refused, and so is no scope at all', async () => {
    const empty = await refused(() => app.call('POST', keysUrl, { name: 'x', scope: range() }));
    expect(pointers(empty)).toEqual(['/scope/resources']);
    const none = await refused(() => app.call('POST', keysUrl, { name: 'x' }));
    expect(pointers(none)).toEqual(['/scope']);
  });

  test('V08 D18 a scope names models by name or id, with slashes, and is stored by id', async () => {
    const named = await newKey({ scope: range(model('u-8105f7322477/test')) });
    expect(named['scope']).toEqual(range(model(tenants.modelId)));
    expect(await app.decide(named['value'], 'model', tenants.modelId)).toBe('ok');
    expect(await app.decide(named['value'], 'model', tenants.otherModelId)).toBe('model_not_found');
  });

  test('V09 an endpoint in a scope opens itself and not its model', async () => {
    const { value } = await newKey({ scope: range({ type: 'endpoint', id: tenants.mine.endpointId }) });
    expect(await app.decide(value, 'endpoint', tenants.mine.endpointId)).toBe('ok');
    expect(await app.decide(value, 'model', tenants.modelId)).toBe('model_not_found');
  });

  test('Z11 read access to a service admits safe methods only', async () => {
    const { value } = await newKey({ scope: range({ type: 'service', id: tenants.mine.serviceName, access: 'read' }) });
    expect(await app.decide(value, 'service', tenants.mine.serviceId, 'GET')).toBe('ok');
    expect(await app.decide(value, 'service', tenants.mine.serviceId, 'POST')).toBe('insufficient_scope');
    const answer = await refused(() =>
      app.call('POST', keysUrl, { name: 'x', scope: range({ ...model('other'), access: 'read' }) }),
    );
    expect(pointers(answer)).toEqual(['/scope/resources/0/access']);
  });

  test('V04 X06 a scope cannot name what another project has, in the words for what nobody has', async () => {
    const foreign = [
      { type: 'endpoint', id: tenants.theirs.endpointId },
      { type: 'service', id: tenants.theirs.serviceId },
      { type: 'service', id: tenants.theirs.serviceName },
      { type: 'model', id: 'mdl_nobody' },
      { type: 'endpoint', id: 'u-8105f7322477/test' },
    ];
    const answer = await refused(() => app.call('POST', keysUrl, { name: 'x', scope: range(...foreign) }));
    expect(pointers(answer)).toEqual(foreign.map((_, index) => `/scope/resources/${index}/id`));
    const words = answer.body.errors.map((error: { detail: string }, index: number) =>
      error.detail.replace(foreign[index]!.id, '_').replace(/model|endpoint|service/, '_'),
    );
    expect(new Set(words).size).toBe(1);
  });

  test('a scope that names one resource twice, by name and by id, is refused', async () => {
    const answer = await refused(() =>
      app.call('POST', keysUrl, { name: 'x', scope: range(model('other'), model(tenants.otherModelId)) }),
    );
    expect(pointers(answer)).toEqual(['/scope/resources/1']);
  });

  test('V06 T24 Z12 scope all opens what is added later', async () => {
    const { value } = await newKey();
    const added = await app.make('/models', { name: `added-${++names}`, providerId: tenants.providerId });
    expect(await app.decide(value, 'model', added['id'])).toBe('ok');
  });

  test('T22 T23 lists take 50 canonical entries of both stacks and refuse the 51st, duplicates and host bits by position', async () => {
    const fifty = Array.from({ length: 50 }, (_, index) => `10.0.${index}.0/24`);
    expect((await newKey({ ipAllow: fifty }))['ipAllow']).toHaveLength(50);
    const more = await refused(() =>
      app.call('POST', keysUrl, { name: 'x', scope: all, ipAllow: [...fifty, '192.0.2.1'] }),
    );
    expect(pointers(more)).toEqual(['/ipAllow']);
    const faulty = await refused(() =>
      app.call('POST', keysUrl, {
        name: 'x',
        scope: all,
        ipAllow: ['10.0.0.0/24', '10.0.0.5/24', 'nonsense'],
        ipDeny: ['2001:db8::1', '2001:DB8:0::1'],
      }),
    );
    expect(pointers(faulty)).toEqual(['/ipAllow/1', '/ipAllow/2', '/ipDeny/1']);
    expect((await newKey({ ipAllow: ['::ffff:10.1.2.3'], ipDeny: ['2001:DB8::/32'] }))['ipAllow']).toEqual([
      '10.1.2.3',
    ]);
  });

  test('V10 A05 A06 A16 the deny list beats the allow list', async () => {
    const { value } = await newKey({ ipAllow: ['192.0.2.0/24'], ipDeny: ['192.0.2.10'] });
    expect(await app.decide(value)).toBe('ip_not_allowed');
    app.address = '192.0.2.11';
    expect(await app.decide(value)).toBe('ok');
    app.address = '192.0.2.10';
  });

  test('A08 expiry is a future moment with its zone', async () => {
    const key = await newKey({ expiresAt: '2026-03-01T20:00:02+08:00' });
    expect(key['expiresAt']).toBe('2026-03-01T12:00:02.000Z');
    for (const expiresAt of [
      '2020-01-01T00:00:00Z',
      '2030-01-01T00:00:00',
      '2030-02-30T00:00:00Z',
      'tomorrow',
      1_900_000_000,
    ]) {
      const answer = await refused(() => app.call('POST', keysUrl, { name: 'x', scope: all, expiresAt }));
      expect(pointers(answer)).toEqual(['/expiresAt']);
    }
  });

  test('a key can start disabled', async () => {
    const key = await newKey({ status: 'disabled' });
    expect(key['state']).toBe('disabled');
    expect(await app.decide(key['value'])).toBe('key_disabled');
  });

  test('all faulty fields are reported at once, unknown ones too', async () => {
    const body = {
      name: '',
      environment: 'Not A Label',
      scope: { mode: 'some' },
      ipAllow: ['x'],
      expiresAt: '2020-01-01T00:00:00Z',
      status: 'on',
      class: 'root',
      secret: 'kw_mine',
      colour: 'red',
    };
    const answer = await refused(() => app.call('POST', keysUrl, body));
    expect(pointers(answer as never).toSorted()).toEqual(
      [
        '/name',
        '/environment',
        '/scope/mode',
        '/ipAllow/0',
        '/expiresAt',
        '/status',
        '/class',
        '/secret',
        '/colour',
      ].toSorted(),
    );
  });

  test('D03 A19 a replacement copies scope, lists, environment, description and a future expiry', async () => {
    const settings = {
      description: 'serves the shop',
      environment: 'prod',
      scope: range(model(tenants.modelId)),
      ipAllow: ['10.0.0.0/8'],
      ipDeny: ['10.0.0.1'],
      expiresAt: '2026-04-01T00:00:00.000Z',
    };
    const old = await newKey(settings);
    const copy = await app.make(keysUrl, { name: 'replacement', copyFrom: old['id'] });
    expect(copy).toMatchObject({ ...settings, name: 'replacement' });
    expect(copy['value']).not.toBe(old['value']);
    expect(await app.make(keysUrl, { name: 'other', copyFrom: old['id'], scope: all, ipAllow: [] })).toMatchObject({
      scope: all,
      ipAllow: [],
      ipDeny: ['10.0.0.1'],
    });
  });

  test('D03 a copy leaves out an expiry that is past, and refuses keys of elsewhere', async () => {
    const old = await newKey({ expiresAt: '2026-03-01T12:00:01Z' });
    app.nowMs += 5000;
    expect((await app.make(keysUrl, { name: 'copy', copyFrom: old['id'] }))['expiresAt']).toBeNull();
    for (const copyFrom of [tenants.theirs.keyId, 'key_nobody']) {
      const answer = await refused(() =>
        app.call('POST', keysUrl, { name: 'x', copyFrom }, { key: tenants.mine.projectKey }),
      );
      expect(pointers(answer)).toEqual(['/copyFrom']);
    }
  });
});

describe('sending a creation twice', () => {
  const send = (token: string, body: object, key?: string) =>
    app.call('POST', keysUrl, body, { headers: { 'idempotency-key': token }, ...(key && { key }) });

  test('the same token and body make one key, and the second answer has no value', async () => {
    const first = await send('"t-1"', { name: 'twice', scope: all, ipAllow: ['10.0.0.1'] });
    const second = await refusedNothing(() => send('"t-1"', { ipAllow: ['10.0.0.1'], scope: all, name: 'twice' }));
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect(second.body).toEqual({ ...first.body, value: null });
  });

  test('a bare token is the same as a quoted one', async () => {
    const first = await send('t-bare', { name: 'bare', scope: all });
    expect((await send('"t-bare"', { name: 'bare', scope: all })).body.id).toBe(first.body.id);
  });

  test('another body is refused with 422', async () => {
    await send('"t-2"', { name: 'one', scope: all });
    const answer = await refused(() => send('"t-2"', { name: 'two', scope: all }));
    expect([answer.status, answer.body.code]).toEqual([422, 'idempotency_mismatch']);
  });

  test('two at once make one key', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => send('"t-3"', { name: 'race', scope: all })));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ body }) => body.value !== null)).toHaveLength(1);
  });

  test('another caller’s token is another token', async () => {
    const mine = await send('"t-4"', { name: 'a', scope: all }, tenants.mine.projectKey);
    const others = await send('"t-4"', { name: 'b', scope: all }, tenants.mine.accountKey);
    expect([mine.status, others.status]).toEqual([201, 201]);
    expect(others.body.id).not.toBe(mine.body.id);
  });

  test('what has passed or gone since is no reason not to answer it again', async () => {
    const source = await newKey();
    const expiresAt = new Date(app.nowMs + 1000).toISOString();
    const body = { name: 'brief', expiresAt, copyFrom: source['id'] };
    const first = await send('"t-6"', body);
    const { confirm } = (await app.call('DELETE', `/keys/${source['id']}`)).body;
    await app.call('DELETE', `/keys/${source['id']}?confirm=${confirm}`);
    app.nowMs += 1000;
    const again = await refusedNothing(() => send('"t-6"', body));
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(again.body).toEqual({ ...first.body, state: 'expired', value: null });
    expect((await refused(() => send('"t-6"', { ...body, name: 'other' }))).status).toBe(422);
    expect(pointers(await refused(() => send('"t-7"', { ...body, scope: all })))).toEqual(['/expiresAt']);
    const account = `/accounts/${tenants.mine.accountId}/keys`;
    const headers = { 'idempotency-key': '"t-8"' };
    const ahead = { name: 'brief', expiresAt: new Date(app.nowMs + 1000).toISOString() };
    const made = await app.call('POST', account, ahead, { headers });
    app.nowMs += 1000;
    expect((await app.call('POST', account, ahead, { headers })).body.id).toBe(made.body.id);
  });

  test('after 24 hours the token is free again', async () => {
    const first = await send('"t-5"', { name: 'a', scope: all });
    app.nowMs += DAY_MS + 1;
    const second = await send('"t-5"', { name: 'a', scope: all });
    expect(second.body.value).not.toBeNull();
    expect(second.body.id).not.toBe(first.body.id);
  });

  test.each(['""', `"${'x'.repeat(256)}"`, '"a', 'a b', '"ü"'])('the token %s is refused', async (token) => {
    const answer = await refused(() => send(encodeURI(token) === token ? token : 'a"b', { name: 'x', scope: all }));
    expect(answer.status).toBe(400);
  });

  async function refusedNothing<T>(run: () => Promise<T>): Promise<T> {
    const before = await app.snapshot();
    const answer = await run();
    expect(await app.snapshot()).toBe(before);
    return answer;
  }
});

describe('looking', () => {
  test('V11 V12 V13 D09 D11 T08 T14 T15 a key shows name, state, scope, lists and creation time, unchanged by edits', async () => {
    const made = await newKey({ name: 'visible', scope: range(model('other')) });
    await app.call('PATCH', `/keys/${made['id']}`, { description: 'edited' });
    await app.call('POST', `/keys/${made['id']}/disable`);
    const { body } = await app.call('GET', `/keys/${made['id']}`);
    expect(body).toMatchObject({
      name: 'visible',
      status: 'disabled',
      state: 'disabled',
      scope: range(model(tenants.otherModelId)),
      createdAt: made['createdAt'],
      createdBy: 'root',
      projectId: tenants.mine.projectId,
    });
    expect(body).not.toHaveProperty('value');
  });

  test('V14 last use is empty before the first call and shown after it', async () => {
    const key = await newKey();
    expect(key).toMatchObject({ lastUsedAt: null, lastUsedAddress: null });
    await app.store.keys.touch([{ keyId: key['id'], atMs: app.nowMs, address: '192.0.2.10' }]);
    expect((await app.call('GET', `/keys/${key['id']}`)).body).toMatchObject({
      lastUsedAt: new Date(app.nowMs).toISOString(),
      lastUsedAddress: '192.0.2.10',
    });
  });

  test('lists are walked by cursor, each key once', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { body } = await app.call('GET', `${keysUrl}?limit=7${cursor ? `&cursor=${cursor}` : ''}`);
      expect(body.data.length).toBeLessThanOrEqual(7);
      seen.push(...body.data.map((key: { id: string }) => key.id));
      cursor = body.nextCursor;
    } while (cursor !== null);
    const { body } = await app.call('GET', `${keysUrl}?limit=200`);
    expect(seen).toEqual(body.data.map((key: { id: string }) => key.id));
  });

  test('D08 D09 D23 A13 T37 lists are narrowed by search, state, environment, creator, age and disuse', async () => {
    const project = await app.make('/projects', {
      name: 'filters',
      accountId: tenants.mine.accountId,
      defaultKey: false,
    });
    const url = `/projects/${project['id']}/keys`;
    const named = async (query: string, key?: string) =>
      (await app.call('GET', `${url}?${query}`, undefined, key ? { key } : {})).body.data
        .map(({ name }: { name: string }) => name)
        .toSorted();
    const old = await app.make(url, { name: 'old', scope: all });
    await app.store.keys.touch([{ keyId: old['id'], atMs: app.nowMs, address: null }]);
    app.nowMs += 40 * DAY_MS;
    const staging = await app.make(
      url,
      { name: 'Fresh', scope: all, environment: 'staging', description: 'about 文本' },
      { key: tenants.mine.accountKey },
    );
    await app.make(url, { name: 'short', scope: all, expiresAt: new Date(app.nowMs + 1000).toISOString() });
    await app.make(url, { name: 'off', scope: all, status: 'disabled' });
    await app.make(url, { name: 'robot', class: 'management' });
    app.nowMs += 2000;
    expect(await named('search=FRESH')).toEqual(['Fresh']);
    expect(await named(`search=${encodeURIComponent('文本')}`)).toEqual(['Fresh']);
    expect(await named(`search=${encodeURIComponent(staging['masked'])}`)).toEqual(['Fresh']);
    expect(await named('state=expired')).toEqual(['short']);
    expect(await named('state=disabled')).toEqual(['off']);
    expect(await named('state=active')).toEqual(['Fresh', 'old', 'robot']);
    expect(await named('environment=staging')).toEqual(['Fresh']);
    expect(await named('createdBy=me', tenants.mine.accountKey)).toEqual(['Fresh']);
    expect(await named(`createdBy=${tenants.mine.accountKeyId}`)).toEqual(['Fresh']);
    expect(await named('createdBy=root&class=standard')).toEqual(['off', 'old', 'short']);
    expect(await named('olderThanDays=30')).toEqual(['old']);
    expect(await named('unusedForDays=30')).toEqual(['old']);
    expect(await named('unusedForDays=41')).toEqual([]);
    expect(await named('class=management')).toEqual(['robot']);
  });

  test.each([
    'limit=0',
    'limit=201',
    'limit=x',
    'cursor=nonsense',
    'state=gone',
    'unusedForDays=-1',
    'colour=red',
    'limit=1&limit=2',
  ])('the query %s is refused', async (query) => {
    const answer = await app.call('GET', `${keysUrl}?${query}`);
    expect(answer.status).toBe(400);
    expect(pointers(answer)).toEqual([`?${query.split('=')[0]}`]);
  });

  test('a list of an account holds the keys of its projects and its own', async () => {
    const { body } = await app.call('GET', `/accounts/${tenants.theirs.accountId}/keys`);
    const others = body.data.filter(({ name }: { name: string }) => name !== 'leaked');
    expect(others.map(({ id }: { id: string }) => id).toSorted()).toEqual(
      [tenants.theirs.keyId, tenants.theirs.projectKeyId, tenants.theirs.accountKeyId].toSorted(),
    );
  });
});
