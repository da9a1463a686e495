import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { NO_USAGE } from '../../src/core/usage.ts';
import { allEvents } from '../kit/audit.ts';
import type { Answer, TestManagement } from '../kit/management.ts';
import { newPerson, ofAccount, ofProject } from '../kit/memberships.ts';
import { newId, rowIn } from '../kit/stores.ts';
import { pointers, startTenants, type Tenants } from './manageSetting.ts';

const DAY_MS = 86_400_000;

let tenants: Tenants;
let app: TestManagement;
let project = '';
let key = '';
let value = '';
let count = 0;

beforeAll(async () => {
  tenants = await startTenants();
  ({ app } = tenants);
  await app.store.policies.setAccount(tenants.mine.accountId, { keyCap: 10_000 });
});
beforeEach(async () => {
  project = `/projects/${tenants.mine.projectId}`;
  const made = await app.make(`${project}/keys`, { name: `leaky ${++count}`, scope: { mode: 'all' } });
  key = made['id'];
  value = made['value'];
  app.nowMs += 1000;
});
afterAll(() => app.close());

const report = (body: object = {}, options?: { key: string }) =>
  app.call('POST', `/keys/${key}/leak-reports`, body, options);
const opened = async (body: object = {}): Promise<string> => (await report(body)).body.id;
const change = (id: string, body: object): Promise<Answer> => app.call('PATCH', `/leak-reports/${id}`, body);
const close = (id: string, body: object = {}): Promise<Answer> => app.call('POST', `/leak-reports/${id}/close`, body);
const left = async (id: string): Promise<string[]> => (await app.call('GET', `/leak-reports/${id}`)).body.left;
const EVERY_PLACE = { logs: {}, frontEnd: {}, repository: {}, screenshot: {} };
const places = (state: string) => Object.fromEntries(Object.keys(EVERY_PLACE).map((place) => [place, { state }]));

test('A17 A11 the report disables the key at once, and opens with its four steps', async () => {
  expect(await app.decide(value)).toBe('ok');
  const { status, body } = await report({ foundAt: `a paste with ${value}` });
  expect(status).toBe(201);
  expect(await app.decide(value)).toBe('key_disabled');
  expect(body).toMatchObject({
    accountId: tenants.mine.accountId,
    projectId: tenants.mine.projectId,
    key: { id: key, name: `leaky ${count}` },
    origin: 'person',
    foundAt: 'a paste with kw_***',
    status: 'open',
    stopped: 'disabled',
    createdBy: 'root',
    left: ['use', 'replacement', 'places/logs', 'places/frontEnd', 'places/repository', 'places/screenshot'],
  });
  // A second time the same one is answered, and a key that was enabled meanwhile is disabled again.
  await app.call('POST', `/keys/${key}/enable`);
  expect(await left(body.id)).toContain('stopped');
  const again = await report();
  expect([again.status, again.body.id, again.body.stopped]).toEqual([200, body.id, 'disabled']);
  const { data } = (await app.call('GET', `/notices?keyId=${key}`)).body;
  expect(data.map((one: { kind: string }) => one.kind)).toEqual(['key.leaked']);
  expect(data[0].text).toContain('is disabled');
  expect(data[0].details).toEqual({ disabled: true });
});

test('A18 its use since then is summed by address, model, status and day', async () => {
  const { accountId, projectId } = tenants.mine;
  const call = (startedAtMs: number, address: string, status: number, costNano: bigint) => ({
    id: newId('req'),
    accountId,
    projectId,
    keyId: key,
    route: '/v1/chat/completions',
    resourceType: 'model' as const,
    resourceId: 'mdl_1',
    resourceName: 'demo',
    providerId: 'prv_1',
    outcome: 'answered' as const,
    status,
    streamed: false,
    usage: { ...NO_USAGE, inputTokens: 10, outputTokens: 5 },
    usageSource: 'reported' as const,
    costNano,
    prices: null,
    address,
    startedAtMs,
    firstByteMs: 1,
    durationMs: 2,
    chargedTokens: 15,
    chargedCostNano: costNano,
  });
  await app.store.ledger.append([
    call(app.nowMs - 3 * DAY_MS, '192.0.2.1', 200, 1_000_000_000n),
    call(app.nowMs - 1000, '192.0.2.1', 200, 1_000_000_000n),
    call(app.nowMs - 1000, '203.0.113.9', 200, 500_000_000n),
    call(app.nowMs - 900, '203.0.113.9', 404, 0n),
    { ...call(app.nowMs - 900, '198.51.100.1', 200, 7n), keyId: tenants.mine.keyId },
  ]);
  const id = await opened({ since: new Date(app.nowMs - DAY_MS).toISOString() });
  const { body } = await app.call('GET', `/leak-reports/${id}/use`);
  expect(body.total).toMatchObject({ requests: 3, inputTokens: 30, outputTokens: 15, cost: '1.5' });
  const sums = (rows: { group: object; requests: number; cost: string }[]) =>
    rows.map(({ group, requests, cost }) => [Object.values(group)[0], requests, cost]);
  expect(sums(body.byAddress)).toEqual([
    ['203.0.113.9', 2, '0.5'],
    ['192.0.2.1', 1, '1'],
  ]);
  expect(sums(body.byStatus)).toEqual([
    ['200', 2, '1.5'],
    ['404', 1, '0'],
  ]);
  expect(sums(body.byModel)).toEqual([['demo', 3, '1.5']]);
  expect(body.from).toBe(new Date(app.nowMs - DAY_MS).toISOString());
  expect((await change(id, { use: { state: 'abnormal', note: 'two calls from elsewhere' } })).body.use).toEqual({
    state: 'abnormal',
    note: 'two calls from elsewhere',
  });
  // A report without calls has sums of nothing.
  expect(pointers(await report({ since: new Date(app.nowMs + DAY_MS).toISOString() }))).toEqual(['/since']);
});

test('A19 what takes its place is another key of the same place, or a new value of its own', async () => {
  const id = await opened();
  const other = (await app.make(`${project}/keys`, { name: 'replacement', copyFrom: key }))['id'] as string;
  for (const wrong of [key, tenants.theirs.keyId, tenants.mine.accountKeyId, 'key_none'])
    expect([wrong, pointers(await change(id, { replacement: { state: 'done', keyId: wrong } }))]).toEqual([
      wrong,
      ['/replacement/keyId'],
    ]);
  const done = await change(id, { replacement: { state: 'done', keyId: other } });
  expect(done.body.replacement).toEqual({ state: 'done', keyId: other });
  expect(await left(id)).not.toContain('replacement');

  key = (await app.make(`${project}/keys`, { name: 'rotated', scope: { mode: 'all' } }))['id'];
  const second = await opened();
  app.nowMs += 1000;
  await app.call('POST', `/keys/${key}/rotate`, { overlapSeconds: 60 });
  const { body } = await app.call('POST', `/keys/${key}/enable`);
  expect(body.status).toBe('active');
  // Both values work for a minute: the one that got out is not stopped before it ended.
  expect(await left(second)).toEqual(expect.arrayContaining(['stopped']));
  expect(await left(second)).not.toContain('replacement');
  app.nowMs += 61_000;
  const renewed = (await app.call('GET', `/leak-reports/${second}`)).body;
  expect([renewed.stopped, renewed.replacement]).toEqual(['replaced', { state: 'done', keyId: null }]);
});

test('A17 A18 a key made from it with the leaked value keeps it from being replaced, and its use is in the sums', async () => {
  const id = await opened();
  await app.call('POST', `/keys/${key}/enable`);
  const child = await app.make(`/keys/${key}/temporary-keys`, { ttlSeconds: 86_400 });
  app.nowMs += 1000;
  await app.call('POST', `/keys/${key}/rotate`, { overlapSeconds: 0 });
  app.nowMs += 1000;
  const later = await app.make(`/keys/${key}/temporary-keys`, { ttlSeconds: 86_400 });
  expect(await app.decide(child['value'])).toBe('ok');
  expect((await app.call('GET', `/leak-reports/${id}`)).body.stopped).toBeNull();
  await app.call('POST', `${project}/keys/bulk-change`, { ids: [child['id']], change: { status: 'disabled' } });
  // The one that was made with the new value may go on.
  expect((await app.call('GET', `/leak-reports/${id}`)).body.stopped).toBe('replaced');
  expect(await app.decide(later['value'])).toBe('ok');

  const { accountId, projectId } = tenants.mine;
  const rows = [
    rowIn({ id: projectId, accountId, name: '', createdAtMs: 0 }, { keyId: key, startedAtMs: app.nowMs, costNano: 5n }),
    rowIn(
      { id: projectId, accountId, name: '', createdAtMs: 0 },
      { keyId: child['id'], parentKeyId: key, startedAtMs: app.nowMs, costNano: 7n },
    ),
  ];
  await app.store.ledger.append(rows);
  const { body } = await app.call('GET', `/leak-reports/${id}/use`);
  expect([body.total.requests, body.total.cost]).toEqual([2, '0.000000012']);
  expect(body.byAddress).toMatchObject([{ group: { address: '203.0.113.7' }, requests: 2 }]);
});

test('A20 the four places are noted one by one, and the report is closed when nothing is left', async () => {
  const id = await opened();
  const early = await close(id);
  expect([early.status, early.body.code, pointers(early)]).toEqual([
    409,
    'conflict',
    ['/use', '/replacement', '/places/logs', '/places/frontEnd', '/places/repository', '/places/screenshot'],
  ]);
  await change(id, { use: { state: 'clear' }, replacement: { state: 'notNeeded' } });
  await change(id, { places: { repository: { state: 'found', note: `commit 1234, with ${value}` } } });
  await change(id, { places: { logs: { state: 'clear' }, frontEnd: { state: 'clear', note: 'bundle 7' } } });
  const { body } = await app.call('GET', `/leak-reports/${id}`);
  expect(body.places).toEqual({
    logs: { state: 'clear', note: '' },
    frontEnd: { state: 'clear', note: 'bundle 7' },
    repository: { state: 'found', note: 'commit 1234, with kw_***' },
    screenshot: { state: 'open', note: '' },
  });
  expect(body.left).toEqual(['places/screenshot']);
  expect(pointers(await close(id))).toEqual(['/places/screenshot']);
  await change(id, { places: { screenshot: { state: 'clear' } } });
  const closed = await close(id);
  expect([closed.status, closed.body.status, closed.body.left, closed.body.reason]).toEqual([200, 'closed', [], null]);
  expect((await change(id, { use: { state: 'abnormal' } })).status).toBe(409);
  expect((await close(id)).status).toBe(409);
  expect((await report()).status).toBe(201);
});

test('A17 a report is closed early with a reason, and outlives its key', async () => {
  const id = await opened();
  expect(pointers(await close(id, { reason: '' }))).toEqual(['/reason']);
  const { confirm } = (await app.call('DELETE', `/keys/${key}`)).body;
  await app.call('DELETE', `/keys/${key}?confirm=${confirm}`);
  const kept = (await app.call('GET', `/leak-reports/${id}`)).body;
  expect([kept.stopped, kept.key.name, kept.links.replace]).toEqual(['deleted', `leaky ${count}`, null]);
  const closed = await close(id, { reason: 'a test key, never used' });
  expect(closed.body).toMatchObject({ status: 'closed', reason: 'a test key, never used', closedBy: 'root' });
  const { data } = (await app.call('GET', `/leak-reports?keyId=${key}&status=closed`)).body;
  expect(data.map((one: { id: string }) => one.id)).toEqual([id]);
});

test('X02 A20 every step is in the audit log, and the value nowhere', async () => {
  const before = (await allEvents(app.store)).length;
  const id = await opened({ foundAt: value });
  await change(id, { places: { ...places('clear'), logs: { state: 'found', note: `x ${value}` } } });
  await close(id, { reason: `because ${value}` });
  const events = (await allEvents(app.store)).slice(before);
  expect(events.map(({ operation, object, outcome }) => [operation, object.type, outcome])).toEqual([
    ['reportLeak', 'key', 'done'],
    ['reportLeak', 'leakReport', 'done'],
    ['changeLeakReport', 'leakReport', 'done'],
    ['closeLeakReport', 'leakReport', 'done'],
  ]);
  expect(events[2]).toMatchObject({ after: { places: { logs: { state: 'found', note: 'x kw_***' } } } });
  expect(JSON.stringify([events, app.logged])).not.toContain(value);
});

test('X06 Z19 who may not know the key does not know its report; who may only see their own sees theirs', async () => {
  const { accountId, projectId, projectKey } = tenants.mine;
  const id = await opened();
  const { id: stranger } = await newPerson(app.store, [ofAccount(tenants.theirs.accountId, 'owner')]);
  const { id: member } = await newPerson(app.store, [ofProject(accountId, projectId, 'member')]);
  const paths = [
    ['GET', `/leak-reports/${id}`],
    ['GET', `/leak-reports/${id}/use`],
    ['PATCH', `/leak-reports/${id}`, { use: { state: 'clear' } }],
    ['POST', `/leak-reports/${id}/close`, { reason: 'x' }],
    ['POST', `/keys/${key}/leak-reports`, {}],
  ] as const;
  const statuses = async (who: string) => {
    const found: number[] = [];
    for (const [method, path, body] of paths) found.push((await app.call(method, path, body, { key: who })).status);
    return found;
  };
  expect(await statuses(stranger)).toEqual([404, 404, 404, 404, 404]);
  await app.store.policies.setProject(projectId, { memberAccess: 'own' });
  expect(await statuses(member)).toEqual([404, 404, 404, 404, 404]);
  await app.store.policies.setProject(projectId, { memberAccess: 'none' });
  expect(await statuses(member)).toEqual([403, 403, 403, 403, 403]);
  await app.store.policies.setProject(projectId, { memberAccess: 'all' });
  expect((await app.call('GET', `/leak-reports/${id}`, undefined, { key: member })).status).toBe(200);
  expect((await app.call('GET', `/leak-reports?projectId=${projectId}`, undefined, { key: stranger })).status).toBe(
    404,
  );
  expect((await app.call('GET', '/leak-reports', undefined, { key: projectKey })).body.data[0].id).toBe(id);
  // A management key of the project is its admins' to stop.
  const management = await app.make(`${project}/keys`, { name: 'm', class: 'management' });
  const refused = await app.call('POST', `/keys/${management['id']}/leak-reports`, {}, { key: member });
  expect(refused.status).toBe(403);
});

test('what is not said well is refused with its place', async () => {
  const id = await opened();
  expect(pointers(await change(id, {}))).toEqual(['']);
  expect(pointers(await change(id, { use: { state: 'fine' } }))).toEqual(['/use/state']);
  expect(pointers(await change(id, { places: { attic: { state: 'clear' } } }))).toEqual(['/places/attic']);
  expect(pointers(await change(id, { places: { logs: { state: 'clear', note: 'x'.repeat(501) } } }))).toEqual([
    '/places/logs/note',
  ]);
  expect(pointers(await change(id, { status: 'closed' }))).toContain('/status');
});
