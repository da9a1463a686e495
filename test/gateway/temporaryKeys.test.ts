import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { made, makeSetting, startTestApp, type Setting, type TestApp } from '../kit/app.ts';
import { eventually } from '../kit/gateway.ts';
import type { Json } from '../kit/management.ts';
import { engines, newPlace, type StorePlace } from '../kit/stores.ts';
import { answerChat, chatEvents, startUpstream, type FakeUpstream } from '../kit/upstream.ts';

// Temporary keys through the doors themselves, on two nodes where the store can be shared.
describe.each(engines)('A08 A14 temporary keys at the doors on %s', (engine) => {
  let place: StorePlace;
  let upstream: FakeUpstream;
  let one: TestApp;
  let other: TestApp;
  let setting: Setting;

  beforeAll(async () => {
    place = await newPlace(engine);
    upstream = await startUpstream(answerChat());
    const env = {
      ...(place.url !== null && { DATABASE_URL: place.url }),
      KEYWARD_SECRET: 'a-secret-of-more-than-32-characters-for-all',
      KEYWARD_TRUSTED_PROXIES: '127.0.0.1',
    };
    one = await startTestApp({ env });
    other = engine === 'postgres' ? await startTestApp({ env }) : one;
    setting = await makeSetting(one, upstream.url);
    await eventually(async () => ((await chat(other, setting.key)) === 200 ? true : undefined), 5_000);
  });
  afterAll(async () => {
    await one?.remove();
    if (other !== one) await other?.remove();
    await upstream?.close();
    await place?.clear();
  });

  const parent = (body: object = {}): Promise<Json> =>
    made(one, `/projects/${setting.projectId}/keys`, { name: 'parent', scope: { mode: 'all' }, ...body });
  const child = async (from: Json, body: object = {}): Promise<Json> => {
    const answer = await one.api<Json>(
      'POST',
      `/keys/${from.id}/temporary-keys`,
      { ttlSeconds: 600, ...body },
      { key: from.value },
    );
    expect(answer.status).toBe(201);
    return answer.body;
  };
  const call = (app: TestApp, key: string, body: object = {}, path = '/v1/chat/completions'): Promise<Response> =>
    fetch(app.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: setting.model, messages: [{ role: 'user', content: 'Hi' }], ...body }),
    });
  const chat = async (app: TestApp, key: string): Promise<number> => {
    const response = await call(app, key);
    await response.text();
    return response.status;
  };
  const verify = async (app: TestApp, key: string): Promise<Json> =>
    (await app.api<Json>('POST', '/keys/verify', { key, resource: { type: 'model', name: setting.model } })).body;

  test('it works at once on every node, through every door, and lists what its parent opens', async () => {
    const from = await parent({ scope: { mode: 'range', resources: [{ type: 'model', id: setting.modelId }] } });
    const temporary = await child(from);
    expect(await Promise.all([one, other].map((app) => chat(app, temporary.value)))).toEqual([200, 200]);
    expect(await verify(other, temporary.value)).toMatchObject({
      valid: true,
      key: { id: temporary.id, parentKeyId: from.id, expiresAt: temporary.expiresAt },
    });
    const listed = await fetch(`${other.url}/v1/models`, { headers: { authorization: `Bearer ${temporary.value}` } });
    expect(((await listed.json()) as Json).data.map(({ id }: Json) => id)).toEqual([setting.model]);
    const rows = await eventually(async () => {
      const { data } = (await one.api<Json>('GET', `/requests?parentKeyId=${from.id}`)).body;
      return data.length >= 4 ? data : undefined;
    });
    for (const row of rows) expect(row).toMatchObject({ keyId: temporary.id, parentKeyId: from.id });
    const sums = (await one.api<Json>('GET', `/usage?parentKeyId=${from.id}&groupBy=key`)).body.data;
    expect(sums).toMatchObject([{ group: { key: temporary.id }, requests: rows.length }]);
    expect((await one.api<Json>('DELETE', `/keys/${from.id}`)).body).toMatchObject({ requestsLast24h: rows.length });
  });

  test('X01 what is done to its parent is obeyed by every node within a second, and at once here', async () => {
    const from = await parent();
    const temporary = await child(from);
    const to = async (path: string, body?: object, method = 'POST') => {
      await one.api(method, `/keys/${from.id}${path}`, body);
    };
    const expected = async (status: number) => {
      expect(await chat(one, temporary.value)).toBe(status);
      await eventually(async () => ((await chat(other, temporary.value)) === status ? true : undefined), 1_000);
    };
    await expected(200);
    await to('/disable');
    await expected(401);
    await to('/enable');
    await expected(200);
    await to('', { scope: { mode: 'range', resources: [{ type: 'model', id: 'demo' }] } }, 'PATCH');
    await expected(404);
    await to('', { scope: { mode: 'all' }, ipDeny: ['127.0.0.0/8'] }, 'PATCH');
    await expected(403);
    await to('', { ipDeny: [] }, 'PATCH');
    await expected(200);
    await to('?confirm=parent', undefined, 'DELETE');
    await expected(401);
    expect((await verify(other, temporary.value)).code).toBe('invalid_api_key');
  });

  test('X01 a stream of it under way is cut when its parent is disabled, on both nodes', async () => {
    const from = await parent();
    const temporary = await child(from);
    upstream.script = async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const [first = ''] = chatEvents(['so it begins']);
      response.write(first);
      await new Promise((resolve) => response.on('close', resolve));
    };
    const streams = await Promise.all(
      [one, other].map(async (app) => {
        const response = await call(app, temporary.value, { stream: true });
        const reader = response.body!.getReader();
        await reader.read();
        return reader;
      }),
    );
    const startedMs = performance.now();
    await one.api('POST', `/keys/${from.id}/disable`);
    const ends = await Promise.all(
      streams.map(async (reader) => {
        let text = '';
        try {
          for (let part = await reader.read(); !part.done; part = await reader.read())
            text += Buffer.from(part.value).toString();
        } catch {
          text += 'broken off';
        }
        return text;
      }),
    );
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    for (const end of ends) expect(end).toMatch(/key_disabled|broken off/);
    upstream.script = answerChat();
    await eventually(async () => {
      const { data } = (await one.api<Json>('GET', `/requests?parentKeyId=${from.id}&outcome=cut`)).body;
      return data.length === 2 ? true : undefined;
    });
  });

  test('A07 X05 100 calls at once through several of them and their parent: exactly as many as it may make', async () => {
    const from = await parent({ limits: [{ unit: 'requests', amount: 37, window: { kind: 'lifetime' } }] });
    const children = await Promise.all([child(from), child(from), child(from)]);
    await made(one, `/keys/${children[0].id}/limits`, { unit: 'requests', amount: 4, window: { kind: 'lifetime' } });
    const values = [from, ...children].map(({ value }) => value);
    const statuses = await Promise.all(
      Array.from({ length: 100 }, (_none, at) => chat(at % 2 ? one : other, values[at % values.length])),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(37);
    expect(statuses.filter((status) => status === 429)).toHaveLength(63);
    const { limits } = (await one.api<Json>('GET', `/keys/${from.id}`)).body;
    expect(limits[0]).toMatchObject({ used: 37, reserved: 0, remaining: 0 });
    const { limits: own } = (await one.api<Json>('GET', `/keys/${children[0].id}`)).body;
    expect(own[0].used).toBeLessThanOrEqual(4);
    // Full for one, full for all, also for one that is made now.
    const late = await child(from);
    expect(await chat(other, late.value)).toBe(429);
    expect((await verify(one, late.value)).code).toBe('insufficient_quota');
    expect((await one.api<Json>('POST', '/ledger/verify', {})).body).toMatchObject({ differences: 0 });
    // A reset of the parent gives room to all of them.
    await one.api('POST', `/keys/${from.id}/reset-usage`);
    expect(await chat(other, late.value)).toBe(200);
    expect((await one.api<Json>('POST', '/ledger/verify', {})).body).toMatchObject({ differences: 0 });
  });

  test('A03 it is called in the group of its parent, at its prices, also after that changed', async () => {
    const from = await parent();
    const temporary = await child(from);
    const cost = async () => {
      const { data } = (await one.api<Json>('GET', `/requests?keyId=${temporary.id}`)).body;
      return data.map((row: Json) => Number(row.cost));
    };
    expect(await chat(one, temporary.value)).toBe(200);
    const [plain] = await eventually(async () => ((await cost()).length === 1 ? cost() : undefined));
    const group = await made(one, '/groups', { name: `dear ${engine}`, opens: { mode: 'all' }, priceMultiplier: '3' });
    await one.api('PATCH', `/keys/${from.id}`, { groupId: group.id });
    expect(await chat(one, temporary.value)).toBe(200);
    const [tripled] = await eventually(async () => ((await cost()).length === 2 ? cost() : undefined));
    expect(tripled).toBeCloseTo(plain * 3, 9);
  });

  test('what it used, and what is left of its parent, its holder sees', async () => {
    const from = await parent({ limits: [{ unit: 'requests', amount: 5, window: { kind: 'lifetime' } }] });
    const temporary = await child(from);
    expect(await chat(one, temporary.value)).toBe(200);
    const response = await fetch(`${one.url}/v1/usage`, { headers: { authorization: `Bearer ${temporary.value}` } });
    expect(await response.json()).toMatchObject({
      key: { name: 'parent (temporary)', state: 'active', expires_at: temporary.expiresAt },
      limits: [{ on: 'key', amount: 5, used: 1, remaining: 4 }],
    });
  });

  test('X03 neither value is in the log', () => {
    expect(one.logged.join('')).not.toMatch(/kw_[0-9A-Za-z]{36}/);
  });
});
