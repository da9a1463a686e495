// A03 through the gateway, the verify call and explain: which models a group opens, and at which prices.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { costNano, formatMoney, parseMoney, type Prices } from '../../src/core/price.ts';
import { NO_USAGE } from '../../src/core/usage.ts';
import { made } from '../kit/app.ts';
import { DOORS } from '../kit/doors.ts';
import { eventually, startBench, type Bench } from '../kit/gateway.ts';
import { answerChat, answerEvents, chatEvents } from '../kit/upstream.ts';

let bench: Bench;
/** A model on another provider, and an endpoint that leads from the first model to it. */
let other: { modelId: string; model: string; providerId: string };
let endpoint: string;

beforeAll(async () => {
  bench = await startBench();
  const { app, upstream, setting } = bench;
  const provider = await made(app, '/providers', { name: 'second', kind: 'openai', baseUrl: upstream.url });
  const prices = { inputPerMillion: '2', outputPerMillion: '10' };
  const model = await made(app, '/models', { name: 'second/model', providerId: provider.id, prices });
  other = { modelId: model.id, model: 'second/model', providerId: provider.id };
  const path = `/projects/${setting.projectId}/endpoints`;
  endpoint = (await made(app, path, { name: 'e', modelId: setting.modelId, providerId: provider.id })).id;
});
afterAll(() => bench.close());

let count = 0;
const newGroup = (fields: object = {}) => made(bench.app, '/groups', { name: `group ${++count}`, ...fields });
const opening = (...resources: { type: 'model' | 'provider'; id: string }[]) => ({
  opens: { mode: 'range', resources },
});
const newKey = (fields: object = {}) =>
  made(bench.app, `/projects/${bench.setting.projectId}/keys`, {
    name: `k${++count}`,
    scope: { mode: 'all' },
    ...fields,
  });
const change = (path: string, body: object) => bench.app.api('PATCH', path, body);

async function ask(key: string, model: string): Promise<[number, unknown]> {
  const response = await bench.call({ model }, { key });
  const body = (await response.json()) as { error?: { code: string; message: string } };
  return [response.status, body.error && { ...body.error, message: body.error.message.replaceAll(model, '_') }];
}
const statuses = async (key: string): Promise<number[]> => [
  (await ask(key, bench.setting.model))[0],
  (await ask(key, other.model))[0],
  (await ask(key, endpoint))[0],
];
async function listed(key: string): Promise<string[]> {
  const response = await fetch(`${bench.app.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
  const { data } = (await response.json()) as { data: { id: string }[] };
  return data.map(({ id }) => id).filter((id) => [bench.setting.model, other.model, endpoint].includes(id));
}

describe('A03 which models a group opens', () => {
  test('are those it names and those of its providers, an endpoint being its model or where it leads', async () => {
    const { model, modelId, providerId } = bench.setting;
    const cases = [
      [opening({ type: 'model', id: modelId }), [200, 404, 200], [model, endpoint]],
      [opening({ type: 'provider', id: providerId }), [200, 404, 404], [model]],
      [opening({ type: 'provider', id: other.providerId }), [404, 200, 200], [other.model, endpoint]],
      [opening({ type: 'model', id: other.modelId }), [404, 200, 404], [other.model]],
      [{}, [200, 200, 200], [model, other.model, endpoint]],
    ] as const;
    for (const [fields, expected, names] of cases) {
      const { value } = await newKey({ groupId: (await newGroup(fields)).id });
      expect(await statuses(value)).toEqual(expected);
      expect((await listed(value)).toSorted()).toEqual([...names].toSorted());
    }
  });

  test('is refused in the words for a model that does not exist, and reaches no upstream', async () => {
    const { id: groupId } = await newGroup(opening({ type: 'model', id: other.modelId }));
    const { value } = await newKey({ groupId });
    const before = bench.upstream.seen.length;
    const outside = await ask(value, bench.setting.model);
    expect(outside).toEqual(await ask(value, 'no/such-model'));
    expect(outside).toMatchObject([404, { code: 'model_not_found' }]);
    expect(bench.upstream.seen).toHaveLength(before);
  });

  test('is refused so at every door that takes the name of a model', async () => {
    const { id: groupId } = await newGroup(opening({ type: 'model', id: other.modelId }));
    const [inGroup, inNone] = [await newKey({ groupId }), await newKey()];
    for (const door of DOORS.filter(({ about }) => about === 'model' || about === 'either')) {
      const question = { key: inGroup.value, model: bench.setting.model };
      const refused = await door.ask(bench.app, question);
      expect([door.name, refused.status]).toEqual([door.name, door.status(404)]);
      if (door.shape === 'verify') expect(refused.body).toMatchObject({ valid: false, code: 'model_not_found' });
      const same = await door.ask(bench.app, { ...question, key: inNone.value, model: 'no/such-model' });
      const words = (text: string) =>
        text.replaceAll(/"[^"]*(?:no\/such-model|vendor\/model)[^"]*"|req_\w+|key_\w+|"k\d+"/g, '_');
      expect([door.name, words(refused.text)]).toEqual([door.name, words(same.text)]);
    }
  });

  test('count together with the key’s scope: both must open it', async () => {
    const { modelId, model } = bench.setting;
    const group = await newGroup(opening({ type: 'model', id: modelId }));
    const scope = { mode: 'range', resources: [{ type: 'model', id: other.modelId }] };
    const { id, value } = await newKey({ groupId: group.id, scope });
    expect(await statuses(value)).toEqual([404, 404, 404]);
    const steps = async (name: string) => {
      const answer = await bench.app.api<{ steps: { name: string; passed: boolean | null }[] }>(
        'POST',
        `/keys/${id}/explain`,
        {
          model: name,
        },
      );
      return answer.body.steps.filter(({ passed }) => passed === false).map((step) => step.name);
    };
    expect([await steps(model), await steps(other.model)]).toEqual([['scope'], ['group']]);
    await change(`/keys/${id}`, { scope: { mode: 'all' } });
    expect([await steps(model), await steps(other.model)]).toEqual([[], ['group']]);
  });

  test('is answered alike by the verify call, explain and the gateway', async () => {
    const { app, setting } = bench;
    const group = await newGroup(opening({ type: 'model', id: other.modelId }));
    const { id, value } = await newKey({ groupId: group.id });
    const verify = async (name: string) => {
      const body = { key: value, resource: { type: 'model', name }, dryRun: true };
      return (await app.api('POST', '/keys/verify', body)).body['code'];
    };
    const explain = async (model: string) => (await app.api('POST', `/keys/${id}/explain`, { model })).body['code'];
    const one = async (name: string) =>
      (await fetch(`${app.url}/v1/models/${name}`, { headers: { authorization: `Bearer ${value}` } })).status;
    for (const [name, code, status] of [
      [setting.model, 'model_not_found', 404],
      [other.model, 'valid', 200],
    ] as const) {
      expect([await verify(name), await explain(name), await one(name)]).toEqual([code, code, status]);
    }
  });

  test('changes with the next call: the key’s group, what it opens, whom it is for; streams under way are cut', async () => {
    const { modelId, model, projectId } = bench.setting;
    const group = await newGroup();
    const narrow = await newGroup(opening({ type: 'model', id: other.modelId }));
    const { id, value } = await newKey({ groupId: group.id });
    const open = async () => (await ask(value, model))[0];
    expect(await open()).toBe(200);
    await change(`/groups/${group.id}`, opening({ type: 'model', id: other.modelId }));
    expect(await open()).toBe(404);
    await change(`/groups/${group.id}`, opening({ type: 'model', id: modelId }));
    expect(await open()).toBe(200);
    await change(`/groups/${group.id}`, { openTo: { mode: 'range', places: [] } });
    expect([await open(), await listed(value)]).toEqual([404, []]);
    await change(`/groups/${group.id}`, { openTo: { mode: 'range', places: [{ type: 'project', id: projectId }] } });
    expect(await open()).toBe(200);

    bench.upstream.script = answerEvents(chatEvents(Array.from({ length: 200 }, () => 'word ')), 50);
    const stream = await bench.call({ stream: true }, { key: value });
    const text = stream.text().catch(() => 'cut');
    await change(`/keys/${id}`, { groupId: narrow.id });
    expect(await text).not.toContain('[DONE]');
    bench.upstream.script = answerChat();
    expect(await open()).toBe(404);
    await change(`/keys/${id}`, { groupId: null });
    expect(await open()).toBe(200);
  });

  test('services are in no group', async () => {
    const { app, upstream, setting } = bench;
    const http = await made(app, '/providers', { name: 'http', kind: 'http', baseUrl: upstream.url });
    await made(app, `/projects/${setting.projectId}/services`, { name: 'vectors', providerId: http.id });
    const group = await newGroup(opening({ type: 'model', id: other.modelId }));
    const { value } = await newKey({ groupId: group.id });
    const response = await fetch(`${app.url}/services/vectors/x`, { headers: { authorization: `Bearer ${value}` } });
    expect(response.status).toBe(200);
  });
});

describe('A03 at which prices a group opens them', () => {
  const prices: Prices = {
    inputNanoPerMillion: parseMoney('2')!,
    cachedInputNanoPerMillion: null,
    cacheWriteNanoPerMillion: null,
    outputNanoPerMillion: parseMoney('10')!,
  };
  /** What the scripted upstream reports. */
  const usage = { ...NO_USAGE, inputTokens: 11, outputTokens: 7 };
  const costAt = (multiplierNano: bigint) => formatMoney(costNano(usage, { ...prices, multiplierNano }));

  test('the ledger and the limits count the multiplied price exactly, whatever the multiplier', async () => {
    const group = await newGroup();
    const limits = [{ unit: 'cost', amount: '1000000', window: { kind: 'lifetime' } }];
    const { id, value } = await newKey({ groupId: group.id, limits });
    let spent = 0n;
    let calls = 0;
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 0n, max: 10n ** 12n }), async (multiplierNano) => {
        const set = await change(`/groups/${group.id}`, { priceMultiplier: formatMoney(multiplierNano) });
        expect(set.body['priceMultiplier']).toBe(formatMoney(multiplierNano));
        expect((await ask(value, bench.setting.model))[0]).toBe(200);
        const [row] = await bench.rows(++calls, id);
        expect(row?.cost).toBe(costAt(multiplierNano));
        spent += costNano(usage, { ...prices, multiplierNano });
        const key = await bench.app.api<{ limits: { used: string }[] }>('GET', `/keys/${id}`);
        expect(key.body.limits[0]?.used).toBe(formatMoney(spent));
      }),
      { numRuns: 25, examples: [[0n], [1n], [333_333_333n], [1_000_000_000n], [10n ** 12n]] },
    );
    const checked = await bench.app.api('POST', '/ledger/verify', {});
    expect(checked.body).toMatchObject({ differences: 0 });
  });

  test('what is reserved is multiplied too: a call that fits at half the price is refused at the double', async () => {
    const group = await newGroup({ priceMultiplier: '0.5' });
    const limits = [{ unit: 'cost', amount: '0.001', window: { kind: 'lifetime' } }];
    const { id, value } = await newKey({ groupId: group.id, limits });
    const call = () => bench.call({ max_tokens: 100 }, { key: value });
    expect((await call()).status).toBe(200);
    await change(`/groups/${group.id}`, { priceMultiplier: '2' });
    const refused = await call();
    expect(refused.status).toBe(429);
    const need = async () => {
      const answer = await bench.app.api<{ limits: { need: string }[] }>('POST', `/keys/${id}/explain`, {
        model: bench.setting.model,
        maxTokens: 100,
      });
      return answer.body.limits[0]?.need;
    };
    expect(await need()).toBe('0.002');
    await change(`/keys/${id}`, { groupId: null });
    expect(await need()).toBe('0.001');
  });

  test('what is in the ledger keeps the price it was charged at', async () => {
    const group = await newGroup({ priceMultiplier: '3' });
    const { id, value } = await newKey({ groupId: group.id });
    await ask(value, bench.setting.model);
    const before = await bench.rows(1, id);
    await change(`/groups/${group.id}`, { priceMultiplier: '1' });
    await change(`/keys/${id}`, { groupId: null });
    expect(await bench.rows(1, id)).toEqual(before);
    expect(before[0]?.cost).toBe(costAt(parseMoney('3')!));
  });

  test('an unknown price stays unknown, and a cost that the asker names is not multiplied', async () => {
    const { app, setting } = bench;
    const unpriced = await made(app, '/models', { name: 'un/priced', providerId: setting.providerId });
    const group = await newGroup({ priceMultiplier: '0' });
    const limits = [{ unit: 'cost', amount: '1', window: { kind: 'lifetime' } }];
    const { id, value } = await newKey({ groupId: group.id, limits });
    expect(await ask(value, 'un/priced')).toMatchObject([403, { code: 'price_unknown' }]);
    expect(unpriced['prices']).toBeNull();
    const asked = await app.api('POST', '/keys/verify', { key: value, cost: '0.25' });
    expect(asked.body).toMatchObject({ valid: true });
    expect((await bench.rows(1, id))[0]?.cost).toBe('0.25');
  });

  test('the account’s default holds for its keys of no group, from the next call on, and there is no way around it', async () => {
    const { app, setting } = bench;
    const project = await app.api('GET', `/projects/${setting.projectId}`);
    const account = `/accounts/${String(project.body['accountId'])}`;
    const group = await newGroup({ ...opening({ type: 'model', id: other.modelId }), priceMultiplier: '4' });
    const { id, value } = await newKey();
    expect(await statuses(value)).toEqual([200, 200, 200]);
    await change(account, { defaultGroupId: group.id });
    try {
      expect(await statuses(value)).toEqual([404, 200, 404]);
      expect(await listed(value)).toEqual([other.model]);
      const row = (await bench.rows(5, id)).find(({ resource }) => resource?.name === other.model);
      expect(row?.cost).toBe(costAt(parseMoney('4')!));
      await change(`/keys/${id}`, { groupId: null });
      expect((await ask(value, setting.model))[0]).toBe(404);
      await change(`/keys/${id}`, { groupId: (await newGroup()).id });
      expect((await ask(value, setting.model))[0]).toBe(200);
    } finally {
      await change(account, { defaultGroupId: null });
    }
    await eventually(async () => ((await statuses(value)).every((status) => status === 200) ? true : undefined));
  });
});
