// T19 two nodes with different regions on one Postgres.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { made, startTestApp, type TestApp } from '../kit/app.ts';
import { DOORS } from '../kit/doors.ts';
import { startManagement } from '../kit/management.ts';
import { newPlace, type StorePlace } from '../kit/stores.ts';

let place: StorePlace;
let eu: TestApp;
let us: TestApp;
let projectId: string;

const REGIONS = 'eu-1=https://eu.example.com,us-1=https://us.example.com';

beforeAll(async () => {
  place = await newPlace('postgres');
  const env = {
    DATABASE_URL: place.url ?? '',
    KEYWARD_SECRET: 'a-secret-of-more-than-32-characters-for-all',
    KEYWARD_REGIONS: REGIONS,
    KEYWARD_TRUSTED_PROXIES: '127.0.0.1',
  };
  eu = await startTestApp({ env: { ...env, KEYWARD_REGION: 'eu-1' } });
  us = await startTestApp({ env: { ...env, KEYWARD_REGION: 'us-1' } });
  const { body } = await eu.api<{ data: { id: string }[] }>('GET', '/projects');
  projectId = body.data[0]!.id;
});
afterAll(async () => {
  await eu?.remove();
  await us?.remove();
  await place?.clear();
});

const newKey = (app: TestApp, fields: object = {}) =>
  made(app, `/projects/${projectId}/keys`, { name: 'a key', scope: { mode: 'all' }, ...fields });

async function status(app: TestApp, key: string): Promise<number> {
  const response = await fetch(`${app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await response.text();
  return response.status;
}

test('T19 D19 a key belongs to the region of the node that made it, or to the one named, and shows its address', async () => {
  const ofEu = await newKey(eu);
  expect(ofEu).toMatchObject({ region: 'eu-1', baseUrl: 'https://eu.example.com' });
  expect(await newKey(us, { region: 'eu-1' })).toMatchObject({ region: 'eu-1', baseUrl: 'https://eu.example.com' });
  expect(await newKey(us, { copyFrom: ofEu.id })).toMatchObject({ region: 'eu-1' });
  expect(await newKey(us, { copyFrom: ofEu.id, region: 'us-1' })).toMatchObject({ region: 'us-1' });
  const seen = await us.api('GET', `/keys/${ofEu.id}`);
  expect(seen.body).toMatchObject({ region: 'eu-1', baseUrl: 'https://eu.example.com' });
  expect(await eu.api('GET', '/regions')).toMatchObject({
    status: 200,
    body: {
      data: [
        { id: 'eu-1', baseUrl: 'https://eu.example.com', isHere: true },
        { id: 'us-1', baseUrl: 'https://us.example.com', isHere: false },
      ],
    },
  });
  const listed = await us.api<{ data: { region: string }[] }>('GET', `/projects/${projectId}/keys?region=eu-1`);
  expect(new Set(listed.body.data.map(({ region }) => region))).toEqual(new Set(['eu-1']));
  expect(listed.body.data.length).toBeGreaterThan(2);
});

test('T19 the first key is the first node’s', async () => {
  expect([await status(eu, eu.first!.key), await status(us, eu.first!.key)]).toEqual([200, 401]);
});

test('T19 a region is one there is, is not for management keys, and never changes', async () => {
  const make = (fields: object) =>
    eu.api<{ errors: { pointer: string; detail: string }[] }>('POST', `/projects/${projectId}/keys`, {
      name: 'x',
      ...fields,
    });
  const unknown = await make({ scope: { mode: 'all' }, region: 'ap-1' });
  expect([unknown.status, unknown.body.errors]).toEqual([
    400,
    [{ pointer: '/region', detail: 'The regions are eu-1, us-1. Choose one of them.' }],
  ]);
  const management = await make({ class: 'management', region: 'eu-1' });
  expect([management.status, management.body.errors[0]?.pointer]).toEqual([400, '/region']);
  const { id } = await newKey(eu);
  const changed = await eu.api<{ errors: { pointer: string }[] }>('PATCH', `/keys/${id}`, { region: 'us-1' });
  expect([changed.status, changed.body.errors[0]?.pointer]).toEqual([400, '/region']);
  expect((await eu.api('GET', `/keys/${id}`)).body['region']).toBe('eu-1');
});

test('T19 a management key works in every region', async () => {
  const key = await made(eu, `/projects/${projectId}/keys`, { name: 'm', class: 'management' });
  expect(key).toMatchObject({ region: null, baseUrl: 'https://eu.example.com' });
  for (const app of [eu, us])
    expect((await app.api('GET', `/projects/${projectId}/keys`, undefined, { key: key.value })).status).toBe(200);
});

test('T19 a key is unknown to every door of another region, in the words for any other unknown one', async () => {
  const { id, value } = await newKey(eu);
  const unknown = (await newKey(us)).value;
  const { body } = await us.api<{ data: { id: string }[] }>('GET', `/projects/${projectId}/keys?search=none`);
  expect(body.data).toEqual([]);
  await us.api('DELETE', `/keys/${(await keyOf(unknown)).id}?confirm=${encodeURIComponent('a key')}`);
  for (const door of DOORS) {
    const question = { model: 'demo', service: 'none' };
    const [refused, same] = [
      await door.ask(us, { ...question, key: value }),
      await door.ask(us, { ...question, key: unknown }),
    ];
    expect([door.name, refused.status]).toEqual([door.name, door.shape === 'verify' ? 200 : door.status(401)]);
    expect([door.name, withoutIds(refused.body)]).toEqual([door.name, withoutIds(same.body)]);
    if (door.shape === 'verify')
      expect(refused.body).toMatchObject({ valid: false, code: 'invalid_api_key', key: null });
  }
  const ownUse = async (app: TestApp) =>
    (await fetch(`${app.url}/v1/usage`, { headers: { authorization: `Bearer ${value}` } })).status;
  expect([await ownUse(eu), await ownUse(us)]).toEqual([200, 401]);
  expect([await status(eu, value), await status(us, value)]).toEqual([200, 401]);
  // What it would be told where it lives.
  const explained = await us.api('POST', `/keys/${id}/explain`, { model: 'demo' });
  expect(explained.body).toMatchObject({ allowed: true, code: 'valid' });
});

test('T05 the cap counts keys of all regions together', async () => {
  const account = await made(eu, '/accounts', { name: 'capped' });
  const project = await made(us, '/projects', { accountId: account.id, name: 'p' });
  expect(project['defaultKey']).toMatchObject({ region: 'us-1', baseUrl: 'https://us.example.com' });
  await eu.api('PATCH', `/accounts/${account.id}/quota`, { keyCap: 3 });
  const make = (app: TestApp, region: string) =>
    app.api('POST', `/projects/${project.id}/keys`, { name: 'k', scope: { mode: 'all' }, region });
  expect((await make(eu, 'eu-1')).status).toBe(201);
  expect((await make(us, 'us-1')).status).toBe(201);
  const last = await make(us, 'us-1');
  expect([last.status, last.body['code']]).toEqual([409, 'quota_exceeded']);
});

test('A03 X01 a group is obeyed by the other node within a second, and its price at once with it', async () => {
  const group = await made(eu, '/groups', { name: 'shared' });
  const { id, value } = await newKey(eu, { region: 'us-1', groupId: group.id });
  const obeyed = async (run: () => Promise<unknown>, expected: number) => {
    await run();
    const startedAtMs = performance.now();
    await expect.poll(() => status(us, value), { interval: 20, timeout: 3000 }).toBe(expected);
    expect(performance.now() - startedAtMs).toBeLessThan(1000);
  };
  await obeyed(() => Promise.resolve(), 200);
  const nobody = { mode: 'range', places: [] };
  await obeyed(() => eu.api('PATCH', `/groups/${group.id}`, { openTo: nobody }), 404);
  await obeyed(() => eu.api('PATCH', `/groups/${group.id}`, { openTo: { mode: 'all' } }), 200);
  const closed = await made(eu, '/groups', {
    name: 'other',
    opens: {
      mode: 'range',
      resources: [
        { type: 'model', id: (await made(eu, '/models', { name: 'unused', providerId: await demoProvider() })).id },
      ],
    },
  });
  await obeyed(() => eu.api('PATCH', `/keys/${id}`, { groupId: closed.id }), 404);
  await obeyed(() => eu.api('PATCH', `/keys/${id}`, { groupId: null }), 200);
});

test('T19 D19 where there are no regions none is shown or taken, and the address is the public one', async () => {
  const app = await startManagement();
  try {
    const account = await app.make('/accounts', { name: 'a' });
    const project = await app.make('/projects', { name: 'p', accountId: account['id'] });
    const path = `/projects/${project['id']}/keys`;
    const fields = { name: 'k', scope: { mode: 'all' } };
    expect(await app.make(path, fields)).toMatchObject({ region: null, baseUrl: 'http://keyward.test' });
    expect((await app.call('GET', '/regions')).body).toEqual({ data: [] });
    const refused = await app.call('POST', path, { ...fields, region: 'eu-1' });
    const detail = 'This platform has no regions. Leave it out.';
    expect(refused.body.errors).toEqual([{ pointer: '/region', detail }]);
  } finally {
    await app.close();
  }
});

async function demoProvider(): Promise<string> {
  return (await eu.api<{ data: { id: string }[] }>('GET', '/providers')).body.data[0]!.id;
}

async function keyOf(value: string): Promise<{ id: string }> {
  const search = encodeURIComponent(`${value.slice(0, 5)}***${value.slice(-4)}`);
  const { body } = await us.api<{ data: { id: string }[] }>('GET', `/projects/${projectId}/keys?search=${search}`);
  return body.data[0]!;
}

function withoutIds(body: unknown): string {
  return JSON.stringify(body).replaceAll(/req_\w+/g, 'req_');
}
