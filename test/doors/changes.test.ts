import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { made, startTestApp, type TestApp } from '../kit/app.ts';
import { send } from '../kit/raw.ts';
import { engines, newPlace, type StorePlace } from '../kit/stores.ts';
import { answerChat, startUpstream, type FakeUpstream } from '../kit/upstream.ts';

/*
 * X01 (one node): a change acts on the very next request. Under a load of parallel calls with the key in memory, and
 * while the keys in memory are thrown away again and again, so that reads of the store are always under way: of the
 * requests that were sent after the API had answered the change, not one may be decided by what was before.
 */

/** Calls kept under way at once, and how many each of them makes after the change. */
const PARALLEL = 16;
const AFTER = 8;

describe.each(engines)('on %s', (engine) => {
  let app: TestApp;
  let place: StorePlace;
  let upstream: FakeUpstream;
  let laterMs = 0;
  let accountId: string;
  let projectId: string;
  const models: string[] = [];
  const ids: string[] = [];

  beforeAll(async () => {
    place = await newPlace(engine);
    upstream = await startUpstream(answerChat());
    app = await startTestApp({
      dataDir: place.dataDir,
      env: { KEYWARD_TRUSTED_PROXIES: '127.0.0.1', ...(place.url !== null && { DATABASE_URL: place.url }) },
      clock: () => Date.now() + laterMs,
    });
    accountId = (await made(app, '/accounts', { name: 'Account' })).id;
    projectId = (await made(app, '/projects', { accountId, name: 'Project' })).id;
    const { id: providerId } = await made(app, '/providers', {
      name: 'provider',
      kind: 'openai',
      baseUrl: upstream.url,
    });
    for (const name of ['vendor/a', 'vendor/b', 'vendor/c']) {
      models.push(name);
      ids.push((await made(app, '/models', { name, providerId })).id);
    }
  });
  afterAll(async () => {
    await app.remove();
    await upstream.close();
    await place.clear();
  });

  interface Call {
    readonly model?: string;
    readonly address?: string;
  }

  async function call(key: string, { model = 'vendor/a', address = '203.0.113.7' }: Call = {}): Promise<string> {
    const { status, headers } = await send(`${app.url}/v1/chat/completions`, {
      method: 'POST',
      lines: [
        ['authorization', `Bearer ${key}`],
        ['x-forwarded-for', address],
        ['content-type', 'application/json'],
      ],
      body: JSON.stringify({ model, messages: [] }),
    });
    return status === 200 ? 'ok' : String(headers['x-keyward-code']);
  }

  /** Makes the change under load; answers what the requests got that were sent before it was begun, and after it was answered. */
  async function underLoad(
    key: string,
    change: () => Promise<unknown>,
    asked: Call = {},
  ): Promise<{ before: string[]; after: string[] }> {
    const before: string[] = [];
    const after: string[] = [];
    let state: 'before' | 'changing' | 'changed' = 'before';
    let churning = true;
    const churn = (async () => {
      for (let at = 0; churning; at++) {
        await app.api('PATCH', `/accounts/${accountId}`, { name: `Account ${at % 7}` });
        await turn();
      }
    })();
    const loops = Array.from({ length: PARALLEL }, async () => {
      for (let made = 0; made < AFTER;) {
        const sent = state;
        const outcome = await call(key, asked);
        if (sent === 'before' && state === 'before') before.push(outcome);
        if (sent !== 'changed') continue;
        after.push(outcome);
        made++;
      }
    });
    while (before.length < PARALLEL * 3) await turn();
    state = 'changing';
    await change();
    state = 'changed';
    await Promise.all(loops);
    churning = false;
    await churn;
    return { before, after };
  }

  const makeKey = async (options: object = {}) =>
    made(app, `/projects/${projectId}/keys`, { name: 'key', scope: { mode: 'all' }, ...options });
  const range = (...at: number[]) => ({ mode: 'range', resources: at.map((one) => ({ type: 'model', id: ids[one] })) });
  const patch = (id: string, body: object) => async () =>
    expect((await app.api('PATCH', `/keys/${id}`, body)).status).toBe(200);
  const post = (path: string) => async () => expect((await app.api('POST', path)).status).toBe(200);

  async function expectTurn(
    key: string,
    change: () => Promise<unknown>,
    from: string,
    to: string,
    asked?: Call,
  ): Promise<void> {
    const { before, after } = await underLoad(key, change, asked);
    expect(new Set(before), 'before the change').toEqual(new Set([from]));
    expect(after).toHaveLength(PARALLEL * AFTER);
    expect(new Set(after), 'after the change').toEqual(new Set([to]));
  }

  test('V18 V19 V21 T12 T13 disable, and enable again', async () => {
    const { id, value } = await makeKey();
    await expectTurn(value, post(`/keys/${id}/disable`), 'ok', 'key_disabled');
    expect((await app.api('GET', `/keys/${id}`)).body['status']).toBe('disabled');
    await expectTurn(value, post(`/keys/${id}/enable`), 'key_disabled', 'ok');
  });

  test('V22 D03 D15 T18 Z15 delete; a replacement works at once', async () => {
    const { id, value } = await makeKey();
    const { body } = await app.api<{ confirm: string }>('DELETE', `/keys/${id}`);
    const remove = async () =>
      expect((await app.api('DELETE', `/keys/${id}?confirm=${body.confirm}`)).status).toBe(204);
    await expectTurn(value, remove, 'ok', 'invalid_api_key');
    expect(await call((await makeKey()).value)).toBe('ok');
  });

  test('V17 T16 narrow the scope, and widen it', async () => {
    const { id, value } = await makeKey({ scope: range(0, 1) });
    await expectTurn(value, patch(id, { scope: range(1) }), 'ok', 'model_not_found');
    expect(await call(value, { model: 'vendor/b' })).toBe('ok');
    await expectTurn(value, patch(id, { scope: range(1, 0) }), 'model_not_found', 'ok');
  });

  test('T29 switching the scope voids the earlier selection', async () => {
    const { id, value } = await makeKey({ scope: range(0, 1) });
    const opened = async () => Promise.all(models.map((model) => call(value, { model })));
    expect(await opened()).toEqual(['ok', 'ok', 'model_not_found']);
    await expectTurn(value, patch(id, { scope: { mode: 'all' } }), 'model_not_found', 'ok', { model: 'vendor/c' });
    expect(await opened()).toEqual(['ok', 'ok', 'ok']);
    await expectTurn(value, patch(id, { scope: range(2) }), 'ok', 'model_not_found');
    expect(await opened()).toEqual(['model_not_found', 'model_not_found', 'ok']);
  });

  test('V06 T24 Z12 `all` covers a model added later, and a range does not', async () => {
    const all = await makeKey();
    const ranged = await makeKey({ scope: range(0) });
    const name = `vendor/late-${engine}`;
    expect(await call(all.value, { model: name })).toBe('model_not_found');
    const { providerId } = (await app.api('GET', `/models/${ids[0]}`)).body;
    await made(app, '/models', { name, providerId });
    expect([await call(all.value, { model: name }), await call(ranged.value, { model: name })]).toEqual([
      'ok',
      'model_not_found',
    ]);
  });

  test('V10 V17 A05 A06 edit the address lists', async () => {
    const { id, value } = await makeKey();
    await expectTurn(value, patch(id, { ipAllow: ['10.0.0.0/8'] }), 'ok', 'ip_not_allowed');
    await expectTurn(value, patch(id, { ipAllow: ['10.0.0.0/8', '203.0.113.0/24'] }), 'ip_not_allowed', 'ok');
    await expectTurn(value, patch(id, { ipDeny: ['203.0.113.7'] }), 'ok', 'ip_not_allowed');
    expect(await call(value, { address: '203.0.113.8' })).toBe('ok');
    await expectTurn(value, patch(id, { ipAllow: [], ipDeny: [] }), 'ip_not_allowed', 'ok');
  });

  test('A08 edit the expiry: it acts at its moment, without any job, and an extended key works again', async () => {
    const { id, value } = await makeKey();
    await patch(id, { expiresAt: new Date(Date.now() + laterMs + 60_000).toISOString() })();
    const letTimePass = async () => void (laterMs += 60_000);
    await expectTurn(value, letTimePass, 'ok', 'key_expired');
    expect((await app.api('GET', `/keys/${id}`)).body['state']).toBe('expired');
    await expectTurn(value, patch(id, { expiresAt: null }), 'key_expired', 'ok');
  });

  test('T01 a key without expiry works five years on', async () => {
    const { value } = await makeKey();
    laterMs += 5 * 366 * 86_400_000;
    expect(await call(value)).toBe('ok');
  });

  test('suspend the account, and lift it', async () => {
    const { value } = await makeKey();
    await expectTurn(
      value,
      async () => app.api('PATCH', `/accounts/${accountId}`, { status: 'suspended' }),
      'ok',
      'account_suspended',
    );
    await expectTurn(
      value,
      async () => app.api('PATCH', `/accounts/${accountId}`, { status: 'active' }),
      'account_suspended',
      'ok',
    );
  });

  test('D03 one key’s change leaves others alone', async () => {
    const [one, other] = [await makeKey(), await makeKey()];
    await post(`/keys/${one.id}/disable`)();
    expect([await call(one.value), await call(other.value)]).toEqual(['key_disabled', 'ok']);
  });
});
