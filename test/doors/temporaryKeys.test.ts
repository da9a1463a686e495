import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allEvents } from '../kit/audit.ts';
import type { Answer, CallOptions, Json, TestManagement } from '../kit/management.ts';
import { newPerson, ofAccount, ofProject } from '../kit/memberships.ts';
import { pointers, startTenants, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;

beforeAll(async () => {
  tenants = await startTenants();
  app = tenants.app;
});
afterAll(() => app.close());

const DAY = 86_400;

/** A standard key of the project. */
const parent = (body: object = {}): Promise<Json> =>
  app.make(`/projects/${tenants.mine.projectId}/keys`, { name: 'parent', scope: { mode: 'all' }, ...body });
const mint = (id: string, body: object = {}, options: CallOptions = {}): Promise<Answer> =>
  app.call('POST', `/keys/${id}/temporary-keys`, { ttlSeconds: 60, ...body }, options);
const child = async (id: string, body: object = {}, options: CallOptions = {}): Promise<Json> => {
  const answer = await mint(id, body, options);
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body;
};
const range = (id: string, type = 'model', access?: string) => ({
  mode: 'range',
  resources: [{ type, id, ...(access && { access }) }],
});

describe('A08 A14 a temporary key is made', () => {
  test('with its value shown once, as its parent is, and it ends by itself', async () => {
    const from = await parent({ name: 'build', environment: 'ci' });
    const made = await child(from.id, { ttlSeconds: 90 });
    expect(made).toMatchObject({
      class: 'temporary',
      parentKeyId: from.id,
      projectId: from.projectId,
      name: 'build (temporary)',
      environment: 'ci',
      scope: { mode: 'all' },
      expiresAt: new Date(app.nowMs + 90_000).toISOString(),
      createdBy: 'root',
      isDefault: false,
    });
    expect(await app.decide(made.value)).toBe('ok');
    const read = (await app.call('GET', `/keys/${made.id}`)).body;
    expect(read).not.toHaveProperty('value');
    expect(read).not.toHaveProperty('parentSecretId');
    expect(JSON.stringify([await allEvents(app.store), app.logged])).not.toContain(made.value);
    app.nowMs += 90_000;
    expect(await app.decide(made.value)).toBe('key_expired');
    expect((await app.call('GET', `/keys/${made.id}`)).body.state).toBe('expired');
  });

  test('for a minute to 30 days, and never for longer than its parent', async () => {
    const from = await parent();
    for (const ttlSeconds of [59, 30 * DAY + 1, 0, -60, 60.5, '60', null]) {
      const answer = await mint(from.id, { ttlSeconds });
      expect([ttlSeconds, answer.status, pointers(answer)]).toEqual([ttlSeconds, 400, ['/ttlSeconds']]);
      expect(answer.body.detail).toContain('from 60 (a minute) to 2592000 (30 days)');
    }
    expect((await app.call('POST', `/keys/${from.id}/temporary-keys`, {})).status).toBe(400);
    expect((await mint(from.id, { ttlSeconds: 30 * DAY })).status).toBe(201);
    const short = await parent({ expiresAt: new Date(app.nowMs + 100_000).toISOString() });
    expect((await child(short.id, { ttlSeconds: 3600 })).expiresAt).toBe(new Date(app.nowMs + 100_000).toISOString());
  });

  test('never of more than its parent opens, and with no field that is not its own', async () => {
    const { modelId, otherModelId, mine } = tenants;
    const from = await parent({
      scope: {
        mode: 'range',
        resources: [range(modelId).resources[0], { type: 'service', id: mine.serviceId, access: 'read' }],
      },
    });
    const refused = await mint(from.id, { scope: range(otherModelId) });
    expect([refused.status, pointers(refused)]).toEqual([400, ['/scope/resources/0']]);
    const writing = await mint(from.id, { scope: range(mine.serviceId, 'service') });
    expect([writing.status, pointers(writing)]).toEqual([400, ['/scope/resources/0/access']]);
    expect((await mint(from.id, { scope: range('nowhere') })).status).toBe(400);
    expect((await mint(from.id, { scope: range(tenants.theirs.endpointId, 'endpoint') })).status).toBe(400);
    const reading = await child(from.id, { scope: range(mine.serviceName, 'service', 'read') });
    expect(await app.decide(reading.value, 'service', mine.serviceId, 'GET')).toBe('ok');
    expect(await app.decide(reading.value, 'service', mine.serviceId, 'POST')).toBe('insufficient_scope');
    for (const [field, value] of [
      ['value', 'a-value-of-my-own-0123456789'],
      ['class', 'standard'],
      ['expiresAt', '2030-01-01T00:00:00Z'],
      ['limitTemplateId', mine.templateId],
      ['rotateEveryDays', 30],
      ['copyFrom', mine.keyId],
      ['isDefault', true],
    ])
      expect([field, (await mint(from.id, { [field as string]: value })).status]).toEqual([field, 400]);
  });

  test('from standard keys that work alone', async () => {
    const from = await parent();
    const temporary = await child(from.id);
    for (const [id, words] of [
      [temporary.id, 'makes no others'],
      [tenants.mine.projectKeyId, 'management key'],
    ]) {
      const answer = await mint(id);
      expect([answer.status, answer.body.code, answer.body.detail.includes(words)]).toEqual([409, 'conflict', true]);
    }
    await app.call('POST', `/keys/${from.id}/disable`);
    expect((await mint(from.id)).body.detail).toContain('disabled');
    const past = await parent({ expiresAt: new Date(app.nowMs + 1000).toISOString() });
    app.nowMs += 1000;
    expect((await mint(past.id)).body.detail).toContain('expired');
    await app.call('DELETE', `/keys/${past.id}?confirm=parent`);
    expect((await mint(past.id)).status).toBe(404);
    expect((await mint('key_none')).status).toBe(404);
  });

  test('X03 with an Idempotency-Key once, and the value is not answered again', async () => {
    const from = await parent();
    const headers = { 'idempotency-key': '"build-17"' };
    const first = await mint(from.id, {}, { headers });
    app.nowMs += 5_000;
    const second = await mint(from.id, {}, { headers });
    expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(second.body).toEqual({ ...first.body, value: null });
    expect((await mint(from.id, { ttlSeconds: 61 }, { headers })).status).toBe(422);
    // Another parent, or another caller, is another creation.
    expect((await child((await parent()).id, {}, { headers })).id).not.toBe(first.body.id);
    expect((await child(from.id, {}, { headers, key: from.value })).id).not.toBe(first.body.id);
    await app.call('DELETE', `/keys/${first.body.id}?confirm=${encodeURIComponent(first.body.name)}`);
    expect((await mint(from.id, {}, { headers })).status).toBe(409);
  });

  test('with limits of its own, made with it or not at all', async () => {
    const from = await parent({ limits: [{ unit: 'requests', amount: 9, window: { kind: 'lifetime' } }] });
    const made = await child(from.id, { limits: [{ unit: 'requests', amount: 2, window: { kind: 'lifetime' } }] });
    const { limits } = (await app.call('GET', `/keys/${made.id}`)).body;
    expect(limits.map((one: Json) => [one.subject.id, one.amount])).toEqual([
      [made.id, 2],
      [from.id, 9],
    ]);
    const twice = { unit: 'tokens', amount: 1, window: { kind: 'lifetime' } };
    expect(pointers(await mint(from.id, { limits: [twice, twice] }))).toEqual(['/limits/1']);
  });

  test('where keys may live only so long, for no longer', async () => {
    const from = await parent({ expiresAt: new Date(app.nowMs + 9 * DAY * 1000).toISOString() });
    const security = `/projects/${tenants.mine.projectId}/security`;
    await app.call('PATCH', security, { maxKeyLifetimeDays: 2, requireAddresses: true, requireRangeScope: true });
    const answer = await mint(from.id, { ttlSeconds: 3 * DAY });
    expect([answer.status, pointers(answer)]).toEqual([400, ['/ttlSeconds']]);
    expect((await mint(from.id, { ttlSeconds: 2 * DAY })).status).toBe(201);
    await app.call('PATCH', security, { maxKeyLifetimeDays: null, requireAddresses: false, requireRangeScope: false });
  });
});

describe('who makes them', () => {
  test('a key itself, with its value, and nothing else of the API is open to it', async () => {
    const [from, other] = [await parent(), await parent()];
    const made = await child(from.id, {}, { key: from.value });
    expect(made).toMatchObject({ createdBy: from.id, owner: { id: from.id, name: 'parent', present: true } });
    for (const [method, path, body] of [
      ['POST', `/keys/${other.id}/temporary-keys`, { ttlSeconds: 60 }],
      ['POST', `/keys/key_none/temporary-keys`, { ttlSeconds: 60 }],
      ['POST', `/keys/${tenants.theirs.keyId}/temporary-keys`, { ttlSeconds: 60 }],
      ['GET', `/keys/${from.id}`, undefined],
      ['PATCH', `/keys/${from.id}`, { description: 'x' }],
      ['POST', `/keys/${from.id}/rotate`, {}],
      ['POST', `/keys/${from.id}/limits`, {}],
      ['GET', `/projects/${from.projectId}/keys`, undefined],
      ['DELETE', `/keys/${made.id}`, undefined],
    ] as const) {
      const answer = await app.call(method, path, body, { key: from.value });
      expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 403, 'insufficient_scope']);
    }
    // A temporary key makes none, of itself neither.
    for (const id of [from.id, made.id])
      expect((await mint(id, {}, { key: made.value })).body.code).toBe('insufficient_scope');
  });

  test('only while it would be let in, and from where', async () => {
    const from = await parent({ ipAllow: ['192.0.2.0/24'] });
    expect((await mint(from.id, {}, { key: from.value })).status).toBe(201);
    app.address = '203.0.113.9';
    expect((await mint(from.id, {}, { key: from.value })).body.code).toBe('ip_not_allowed');
    app.address = '192.0.2.10';
    await app.call('POST', `/keys/${from.id}/disable`);
    expect((await mint(from.id, {}, { key: from.value })).body.code).toBe('key_disabled');
    await app.call('POST', `/keys/${from.id}/enable`);
    await app.call('PATCH', `/accounts/${tenants.mine.accountId}`, { status: 'suspended' });
    expect((await mint(from.id, {}, { key: from.value })).body.code).toBe('account_suspended');
    await app.call('PATCH', `/accounts/${tenants.mine.accountId}`, { status: 'active' });
  });

  test('T14 what a value made ends with the value: rotating a leaked key takes all that was made with it', async () => {
    const from = await parent();
    const stolen = await child(from.id, { ttlSeconds: DAY }, { key: from.value });
    const others = await child(from.id, { ttlSeconds: DAY });
    const rotated = (await app.call('POST', `/keys/${from.id}/rotate`, { overlapSeconds: 3600 })).body;
    expect(await app.decide(stolen.value)).toBe('ok');
    const late = await child(from.id, { ttlSeconds: DAY }, { key: from.value });
    expect(late.expiresAt).toBe(new Date(app.nowMs + 3_600_000).toISOString());
    const longer = await app.call('PATCH', `/keys/${stolen.id}`, {
      expiresAt: new Date(app.nowMs + 3_600_001).toISOString(),
    });
    expect([longer.status, pointers(longer)]).toEqual([400, ['/expiresAt']]);
    const ofNewer = await child(from.id, { ttlSeconds: DAY }, { key: rotated.value });
    const earlier = rotated.secrets.find(({ masked }: Json) => masked !== rotated.masked);
    await app.call('POST', `/keys/${from.id}/secrets/${earlier.id}/end`);
    expect(await Promise.all([stolen, late, others, ofNewer].map(({ value }) => app.decide(value)))).toEqual([
      'key_expired',
      'key_expired',
      'ok',
      'ok',
    ]);
  });

  test('Z19 members as they may change the key, and admins; strangers are told nothing', async () => {
    const { accountId, projectId } = tenants.mine;
    const member = await newPerson(app.store, [ofProject(accountId, projectId, 'member')]);
    const own = (
      await app.call('POST', `/projects/${projectId}/keys`, { name: 'own', scope: { mode: 'all' } }, { key: member.id })
    ).body;
    const from = await parent();
    const stranger = await newPerson(app.store, [ofAccount(tenants.theirs.accountId, 'owner')]);
    expect((await mint(from.id, {}, { key: stranger.id })).status).toBe(404);
    expect((await mint(from.id, {}, { key: tenants.theirs.accountKey })).status).toBe(404);
    const made = await child(from.id, {}, { key: member.id });
    await app.store.policies.setProject(projectId, { memberAccess: 'own' });
    expect((await mint(from.id, {}, { key: member.id })).status).toBe(404);
    // What was made from a key of theirs is theirs to look after, whoever made it.
    const theirs = await child(own.id, {}, { key: own.value });
    await child(from.id, {});
    expect((await app.call('GET', `/keys/${theirs.id}`, undefined, { key: member.id })).status).toBe(200);
    const list = async (query: string) =>
      (await app.call('GET', `/projects/${projectId}/keys?${query}`, undefined, { key: member.id })).body.data.map(
        ({ id }: Json) => id,
      );
    expect(await list(`parentKeyId=${own.id}`)).toEqual([theirs.id]);
    expect(await list(`parentKeyId=${from.id}`)).toEqual([made.id]);
    expect((await app.call('POST', `/keys/${theirs.id}/disable`, undefined, { key: member.id })).status).toBe(200);
    await app.store.policies.setProject(projectId, { memberAccess: 'none' });
    expect((await mint(own.id, {}, { key: member.id })).status).toBe(403);
    await app.store.policies.setProject(projectId, { memberAccess: 'all' });
  });

  test('X02 it leaves a row that names who, from which key and with which of its values, and nothing secret', async () => {
    const from = await parent();
    const answer = await mint(from.id, {}, { key: from.value });
    const [secret] = await app.store.secrets.list(from.id);
    const rows = (await allEvents(app.store)).filter(
      ({ requestId }) => requestId === answer.headers.get('x-request-id'),
    );
    expect(rows).toMatchObject([
      {
        operation: 'createTemporaryKey',
        actor: { type: 'key', id: from.id },
        object: { type: 'key', id: answer.body.id },
        after: { class: 'temporary', parentKeyId: from.id, parentSecretId: secret?.id },
        outcome: 'done',
      },
    ]);
    const refused = await mint(from.id, { ttlSeconds: 1 }, { key: from.value });
    expect(
      (await allEvents(app.store)).find(({ requestId }) => requestId === refused.headers.get('x-request-id')),
    ).toMatchObject({ operation: 'createTemporaryKey', outcome: 'refused', object: { id: from.id } });
    await app.call('DELETE', `/keys/${from.id}?confirm=parent`);
    const [deleted] = (await allEvents(app.store)).toReversed();
    expect(deleted).toMatchObject({ operation: 'deleteKey', before: { temporaryKeys: 1 } });
  });
});

describe('X01 what is done to its parent acts on it at once', () => {
  test('disabling, narrowing, addresses, expiry and deletion; and enabling, of a key that has not ended', async () => {
    const { modelId, otherModelId } = tenants;
    const from = await parent();
    const made = await child(from.id);
    const change = (body: object) => app.call('PATCH', `/keys/${from.id}`, body);
    const decided = () => app.decide(made.value, 'model', modelId);
    expect(await decided()).toBe('ok');
    await app.call('POST', `/keys/${from.id}/disable`);
    expect(await decided()).toBe('key_disabled');
    await app.call('POST', `/keys/${from.id}/enable`);
    expect(await decided()).toBe('ok');
    await change({ scope: range(otherModelId) });
    expect(await decided()).toBe('model_not_found');
    await change({ scope: range(modelId), ipDeny: ['192.0.2.10'] });
    expect(await decided()).toBe('ip_not_allowed');
    await change({ ipDeny: [], ipAllow: ['203.0.113.0/24'] });
    expect(await decided()).toBe('ip_not_allowed');
    await change({ ipAllow: [], expiresAt: new Date(app.nowMs + 10_000).toISOString() });
    expect(await decided()).toBe('ok');
    app.nowMs += 10_000;
    expect(await decided()).toBe('key_expired');
    await change({ expiresAt: null });
    expect(await decided()).toBe('ok');
    await app.call('DELETE', `/keys/${from.id}?confirm=parent`);
    expect(await decided()).toBe('invalid_api_key');
    expect((await app.call('GET', `/keys/${made.id}`)).status).toBe(404);
    expect((await app.call('POST', `/keys/${made.id}/enable`)).status).toBe(404);
  });

  test('one that ended with its parent is not enabled, nor made to last', async () => {
    const from = await parent({ expiresAt: new Date(app.nowMs + 120_000).toISOString() });
    const made = await child(from.id, { ttlSeconds: 60 });
    await app.call('POST', `/keys/${made.id}/disable`);
    for (const expiresAt of [null, new Date(app.nowMs + 120_001).toISOString()])
      expect(pointers(await app.call('PATCH', `/keys/${made.id}`, { expiresAt }))).toEqual(['/expiresAt']);
    const most = new Date(app.nowMs + 120_000).toISOString();
    expect((await app.call('PATCH', `/keys/${made.id}`, { expiresAt: most })).body.expiresAt).toBe(most);
    await app.call('PATCH', `/keys/${from.id}`, { expiresAt: new Date(app.nowMs + 1_000).toISOString() });
    app.nowMs += 1_000;
    const enabled = await app.call('POST', `/keys/${made.id}/enable`);
    expect([enabled.status, enabled.body.code]).toEqual([409, 'conflict']);
    const long = await parent();
    const month = await child(long.id, { ttlSeconds: 60 });
    const late = { expiresAt: new Date(app.nowMs + 30 * DAY * 1000 + 1).toISOString() };
    expect(pointers(await app.call('PATCH', `/keys/${month.id}`, late))).toEqual(['/expiresAt']);
  });

  test('it keeps its one value, and what is not its own is refused', async () => {
    const from = await parent({ scope: range(tenants.modelId) });
    const made = await child(from.id);
    await app.store.policies.setAccount(tenants.mine.accountId, { keyReveal: 'recoverable' });
    const kept = await child(from.id);
    for (const [path, body] of [
      [`/keys/${made.id}/rotate`, {}],
      [`/keys/${made.id}/rotate/undo`, undefined],
      [`/keys/${kept.id}/reveal`, { confirm: kept.name }],
    ] as const) {
      const answer = await app.call('POST', path, body);
      expect([path, answer.status, answer.body.code]).toEqual([path, 409, 'conflict']);
    }
    await app.store.policies.setAccount(tenants.mine.accountId, { keyReveal: 'once' });
    expect(await app.store.secrets.reveal(kept.id)).toBeUndefined();
    for (const [body, pointer] of [
      [{ limitTemplateId: tenants.mine.templateId }, '/limitTemplateId'],
      [{ rotateEveryDays: 30 }, '/rotateEveryDays'],
      [{ scope: range(tenants.otherModelId) }, '/scope/resources/0'],
    ] as const)
      expect(pointers(await app.call('PATCH', `/keys/${made.id}`, body))).toEqual([pointer]);
    expect(
      (await app.call('PATCH', `/keys/${made.id}`, { ipAllow: ['10.0.0.0/8'], description: 'for CI' })).status,
    ).toBe(200);
    const copy = await app.call('POST', `/projects/${from.projectId}/keys`, { name: 'copy', copyFrom: made.id });
    expect([copy.status, pointers(copy)]).toEqual([400, ['/copyFrom']]);
  });
});

describe('the group of its parent is its own', () => {
  test('A03 as that is now, for what it opens and what it costs; and it is put in none', async () => {
    const from = await parent();
    const made = await child(from.id);
    const group = await app.make('/groups', {
      name: 'little',
      opens: { mode: 'range', resources: [{ type: 'model', id: tenants.otherModelId }] },
      priceMultiplier: '2',
    });
    const explained = async (model: string) =>
      (await app.call('POST', `/keys/${made.id}/explain`, { model })).body.code;
    expect(await explained('u-8105f7322477/test')).toBe('valid');
    await app.call('PATCH', `/keys/${from.id}`, { groupId: group['id'] });
    expect(await explained('u-8105f7322477/test')).toBe('model_not_found');
    expect(await explained('other')).toBe('valid');
    expect((await app.call('GET', `/keys/${made.id}`)).body.groupId).toBeNull();
    expect(pointers(await app.call('PATCH', `/keys/${made.id}`, { groupId: group['id'] }))).toEqual(['/groupId']);
    expect((await mint(from.id, { groupId: group['id'] })).status).toBe(400);
  });
});

describe('what is seen of them', () => {
  test('T07 lists are narrowed to them, and no cap counts them', async () => {
    const { accountId, projectId } = tenants.mine;
    const quota = async () => (await app.call('GET', `/accounts/${accountId}/quota`)).body.keys;
    const from = await parent();
    const before = await quota();
    const made: string[] = [(await child(from.id)).id, (await child(from.id)).id];
    expect(await quota()).toBe(before);
    const ids = async (query: string) =>
      (await app.call('GET', `/projects/${projectId}/keys?limit=200&${query}`)).body.data.map(
        ({ id }: Json): string => id,
      );
    expect((await ids('class=temporary')).slice(0, 2).toSorted()).toEqual(made.toSorted());
    expect((await ids(`parentKeyId=${from.id}`)).toSorted()).toEqual(made.toSorted());
    expect(await ids(`parentKeyId=${from.id}&class=standard`)).toEqual([]);
    expect(await ids('class=standard')).not.toContain(made[0]);
    const across = await app.call('GET', `/projects/${projectId}/keys?parentKeyId=${tenants.theirs.keyId}`, undefined, {
      key: tenants.mine.accountKey,
    });
    expect(across.body.data).toEqual([]);
  });

  test('usage is asked for by parent, by those who reach it', async () => {
    const from = await parent();
    for (const path of ['/usage', '/requests']) {
      const asked = (key: string) => app.call('GET', `${path}?parentKeyId=${from.id}`, undefined, { key });
      expect([(await asked(tenants.mine.projectKey)).status, (await asked(tenants.theirs.projectKey)).status]).toEqual([
        200, 404,
      ]);
    }
  });

  test('explain judges it with its parent, as the doors do', async () => {
    const from = await parent();
    const made = await child(from.id);
    const explained = async () => {
      const { body } = await app.call('POST', `/keys/${made.id}/explain`, { model: 'other', ip: '192.0.2.10' });
      return [body.allowed, body.code];
    };
    expect(await explained()).toEqual([true, 'valid']);
    await app.call('PATCH', `/keys/${from.id}`, { scope: range(tenants.modelId) });
    expect(await explained()).toEqual([false, 'model_not_found']);
    await app.call('PATCH', `/keys/${from.id}`, { ipDeny: ['192.0.2.10'] });
    expect(await explained()).toEqual([false, 'ip_not_allowed']);
    await app.call('PATCH', `/keys/${from.id}`, { expiresAt: new Date(app.nowMs + 1_000).toISOString() });
    app.nowMs += 1_000;
    expect(await explained()).toEqual([false, 'key_expired']);
    await app.call('POST', `/keys/${from.id}/disable`);
    expect(await explained()).toEqual([false, 'key_disabled']);
    const { body } = await app.call('POST', `/keys/${made.id}/explain`, { model: 'other', ip: '192.0.2.10' });
    expect(body.steps.filter((step: Json) => step.code !== null && step.code !== undefined).length).toBeGreaterThan(2);
  });
});
