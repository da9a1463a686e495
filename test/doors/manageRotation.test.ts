import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createKeyring } from '../../src/service/keyring.ts';
import type { Json, TestManagement } from '../kit/management.ts';
import { newPerson, ofProject } from '../kit/memberships.ts';
import { startTenants, type Tenants } from './manageSetting.ts';

const DAY_SECONDS = 86_400;

let tenants: Tenants;
let app: TestManagement;
beforeAll(async () => {
  tenants = await startTenants();
  ({ app } = tenants);
});
afterAll(() => app.close());

const newKey = (fields: object = {}): Promise<Json> =>
  app.make(`/projects/${tenants.mine.projectId}/keys`, { name: 'rotated', scope: { mode: 'all' }, ...fields });
const rotate = (id: string, overlapSeconds?: number, key?: string): Promise<Json> =>
  app.call('POST', `/keys/${id}/rotate`, overlapSeconds === undefined ? {} : { overlapSeconds }, key ? { key } : {});
const secrets = async (id: string): Promise<Json[]> => (await app.call('GET', `/keys/${id}/secrets`)).body.data;
const at = (ms: number): string => new Date(ms).toISOString();

describe('T36 D23 rotation', () => {
  test('T36 gives a new value once; the earlier one works on and dies at its very millisecond, on every node', async () => {
    const key = await newKey({ expiresAt: null });
    const { status, body, headers } = await rotate(key.id, 60);
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body.value).toMatch(/^kw_[0-9A-Za-z]{36}$/);
    expect(body.value).not.toBe(key.value);
    expect(body.masked).toBe(`${body.value.slice(0, 5)}***${body.value.slice(-4)}`);
    expect(body.id).toBe(key.id);
    const endMs = app.nowMs + 60_000;
    expect(body.secrets).toMatchObject([
      { masked: body.masked, state: 'living', newest: true, endsAt: null },
      { masked: key.masked, state: 'living', newest: false, endsAt: at(endMs) },
    ]);
    expect(await app.decide(key.value)).toBe('ok');
    expect(await app.decide(body.value)).toBe('ok');
    // Another node, which read the key before the end and reads it no more.
    const node = createKeyring({ keys: app.store.keys, clock: () => app.nowMs, capacity: 9, maxAgeMs: Infinity });
    expect(await node.lookup(app.hash(key.value))).toBeDefined();
    app.nowMs = endMs - 1;
    expect(await app.decide(key.value)).toBe('ok');
    expect(await node.lookup(app.hash(key.value))).toBeDefined();
    app.nowMs = endMs;
    expect(await app.decide(key.value)).toBe('invalid_api_key');
    expect(await node.lookup(app.hash(key.value))).toBeUndefined();
    expect(await app.decide(body.value)).toBe('ok');
    expect((await secrets(key.id)).map(({ state }) => state)).toEqual(['living', 'ended']);
    expect(JSON.stringify(await secrets(key.id))).not.toContain(body.value);
  });

  test('D03 A19 with no overlap a leaked value is dead with the answer, and limits, history and scope stay', async () => {
    const limits = [{ unit: 'requests', amount: 5, window: { kind: 'lifetime' } }];
    const key = await newKey({ limits, ipAllow: ['192.0.2.0/24'] });
    expect(await app.decide(key.value)).toBe('ok');
    const { body } = await rotate(key.id, 0);
    expect([await app.decide(key.value), await app.decide(body.value)]).toEqual(['invalid_api_key', 'ok']);
    const after = (await app.call('GET', `/keys/${key.id}`)).body;
    expect(after.limits).toHaveLength(1);
    expect(after.ipAllow).toEqual(['192.0.2.0/24']);
  });

  test('T36 the overlap is 24 hours where none is said, and never longer than the key lives or 30 days', async () => {
    const key = await newKey();
    const unsaid = await app.call('POST', `/keys/${key.id}/rotate`);
    expect(unsaid.body.secrets[1].endsAt).toBe(at(app.nowMs + DAY_SECONDS * 1000));
    const expiresAt = at(app.nowMs + 5000);
    const short = await newKey({ expiresAt });
    expect((await rotate(short.id, 60)).body.secrets[1].endsAt).toBe(expiresAt);
    for (const wrong of [-1, 30 * DAY_SECONDS + 1, 1.5, '60'])
      expect((await app.call('POST', `/keys/${key.id}/rotate`, { overlapSeconds: wrong })).status).toBe(400);
    // A rotation does not revive what has expired.
    app.nowMs += 5000;
    const { status, body } = await rotate(short.id, 60);
    expect([status, body.code]).toEqual([409, 'conflict']);
  });

  test('T36 a third value while two live is refused; the earlier one can be ended early, the newest not', async () => {
    const key = await newKey();
    const { value, secrets: both } = (await rotate(key.id)).body;
    expect((await rotate(key.id)).status).toBe(409);
    const end = (id: string) => app.call('POST', `/keys/${key.id}/secrets/${id}/end`);
    expect((await end(both[0].id)).status).toBe(409);
    expect((await end('sec_none')).status).toBe(404);
    const ended = await end(both[1].id);
    expect(ended.body.data.map(({ state }: Json) => state)).toEqual(['living', 'ended']);
    expect([await app.decide(key.value), await app.decide(value)]).toEqual(['invalid_api_key', 'ok']);
    expect((await rotate(key.id)).status).toBe(200);
  });

  test('T36 a rotation is taken back while the earlier value works, and not later', async () => {
    const key = await newKey();
    const { value } = (await rotate(key.id, 60)).body;
    const undo = () => app.call('POST', `/keys/${key.id}/rotate/undo`);
    expect((await undo()).status).toBe(200);
    expect([await app.decide(key.value), await app.decide(value)]).toEqual(['ok', 'invalid_api_key']);
    expect((await app.call('GET', `/keys/${key.id}`)).body.masked).toBe(key.masked);
    expect((await undo()).status).toBe(409);
    await rotate(key.id, 60);
    app.nowMs += 60_000;
    expect((await undo()).status).toBe(409);
  });

  test('T36 what a disabled, deleted or expired key is, its new value is too', async () => {
    const key = await newKey();
    const { value } = (await rotate(key.id)).body;
    await app.call('POST', `/keys/${key.id}/disable`);
    expect([await app.decide(key.value), await app.decide(value)]).toEqual(['key_disabled', 'key_disabled']);
    const { confirm } = (await app.call('DELETE', `/keys/${key.id}`)).body;
    expect((await app.call('DELETE', `/keys/${key.id}?confirm=${confirm}`)).status).toBe(204);
    expect([await app.decide(key.value), await app.decide(value)]).toEqual(['invalid_api_key', 'invalid_api_key']);
    expect((await rotate(key.id)).status).toBe(404);
  });

  test('a management key may rotate itself and those below it, and no other of its kind', async () => {
    const { accountKey, accountKeyId, projectKey, projectKeyId, projectId } = tenants.theirs;
    const { value } = (await rotate(accountKeyId, 60, accountKey)).body;
    expect((await app.call('GET', `/projects/${projectId}`, undefined, { key: value })).status).toBe(200);
    const peer = await app.make(`/accounts/${tenants.theirs.accountId}/keys`, { name: 'peer' });
    expect((await rotate(peer['id'], 60, value)).status).toBe(403);
    expect((await rotate(projectKeyId, 60, value)).status).toBe(200);
    expect((await rotate(peer['id'], 60, projectKey)).status).toBe(404);
    expect((await rotate(tenants.mine.keyId, 60, value)).status).toBe(404);
  });

  test('a member with no rights to a key neither rotates it nor sees its values', async () => {
    const { accountId, projectId } = tenants.mine;
    const { id: person } = await newPerson(app.store, [ofProject(accountId, projectId, 'member')]);
    const key = await newKey();
    expect((await rotate(key.id, 60, person)).status).toBe(200);
    await app.call('PATCH', `/projects/${projectId}/security`, { memberAccess: 'own' });
    expect((await rotate(key.id, 60, person)).status).toBe(404);
    expect((await app.call('GET', `/keys/${key.id}/secrets`, undefined, { key: person })).status).toBe(404);
    await app.call('PATCH', `/projects/${projectId}/security`, { memberAccess: 'all' });
  });

  test('the audit log shows that a value was replaced, and neither value', async () => {
    const key = await newKey();
    const { body } = await rotate(key.id, 60);
    const { data } = (await app.call('GET', `/audit-events?objectId=${key.id}&operation=rotateKey`)).body;
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({ before: { masked: key.masked }, after: { masked: body.masked } });
    for (const secret of [key.value, body.value, app.hash(key.value), app.hash(body.value)])
      expect(JSON.stringify(data)).not.toContain(secret);
  });

  test('D23 a key says after how many days its value should be replaced, and the next one takes it over', async () => {
    const key = await newKey({ rotateEveryDays: 90 });
    expect(key.rotateEveryDays).toBe(90);
    const copy = await newKey({ scope: undefined, copyFrom: key.id });
    expect(copy.rotateEveryDays).toBe(90);
    expect((await app.call('PATCH', `/keys/${key.id}`, { rotateEveryDays: null })).body.rotateEveryDays).toBeNull();
    expect((await app.call('PATCH', `/keys/${key.id}`, { rotateEveryDays: 0 })).status).toBe(400);
  });
});
