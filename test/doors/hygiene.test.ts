import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { allEvents } from '../kit/audit.ts';
import type { Answer, TestManagement } from '../kit/management.ts';
import { newPerson, ofAccount, ofProject } from '../kit/memberships.ts';
import { pointers, startTenants, type Tenants } from './manageSetting.ts';

const DAY_MS = 86_400_000;

let tenants: Tenants;
let app: TestManagement;
let account = '';
let project = '';
let security = '';
let count = 0;

beforeAll(async () => {
  tenants = await startTenants();
  ({ app } = tenants);
  account = `/accounts/${tenants.mine.accountId}`;
  security = `${account}/security`;
});
beforeEach(async () => {
  const { id } = await app.make('/projects', {
    name: `p${++count}`,
    accountId: tenants.mine.accountId,
    defaultKey: false,
  });
  project = `/projects/${id}`;
  await app.store.policies.setAccount(tenants.mine.accountId, { keyCap: 10_000 });
  await app.call('PATCH', security, {
    maxKeyLifetimeDays: null,
    requireExpiry: false,
    requireAddresses: false,
    requireRangeScope: false,
  });
});
afterAll(() => app.close());

const all = { scope: { mode: 'all' } };
const at = (ms: number) => new Date(ms).toISOString();
const make = async (fields: object = {}): Promise<string> =>
  (await app.make(`${project}/keys`, { name: `k${++count}`, ...all, ...fields }))['id'];
const status = async (id: string): Promise<string> => (await app.call('GET', `/keys/${id}`)).body.status;
const outcomes = ({ body }: Answer): string[] => body.results.map((one: { outcome: string }) => one.outcome);
const codes = ({ body }: Answer): unknown[] => body.results.map((one: { code: string }) => one.code);

describe('D23 T37 V22 what should be looked at', () => {
  test('T37 keys nobody used for N days are counted and listed, and the report says what the list says', async () => {
    const [old, used] = [await make(), await make()];
    app.nowMs += 91 * DAY_MS;
    await app.store.keys.touch([{ keyId: used, atMs: app.nowMs, address: null }]);
    const young = await make({ expiresAt: at(app.nowMs + DAY_MS), ipAllow: ['10.0.0.1'] });
    const { body } = await app.call('GET', `${project}/hygiene`);
    expect(body.keys).toBe(3);
    expect(body.counts).toEqual({
      idle: 1,
      old: 0,
      withoutLimit: 3,
      withoutExpiry: 2,
      wideOpen: 2,
      orphaned: 0,
      againstRules: 0,
    });
    expect(body.data.map((one: { key: { id: string }; findings: string[] }) => [one.key.id, one.findings])).toEqual(
      [
        [young, ['withoutLimit']],
        [used, ['withoutLimit', 'withoutExpiry', 'wideOpen']],
        [old, ['idle', 'withoutLimit', 'withoutExpiry', 'wideOpen']],
      ].toSorted((one, other) => order(body, one[0] as string) - order(body, other[0] as string)),
    );
    const idle = await app.call('GET', `${project}/hygiene?finding=idle`);
    expect(idle.body.data.map((one: { key: { id: string } }) => one.key.id)).toEqual([old]);
    expect((await app.call('GET', `${project}/hygiene?unusedForDays=0&finding=idle`)).body.counts.idle).toBe(1);
    for (const filter of ['withoutExpiry', 'wideOpen', 'withoutLimit', 'orphaned', 'againstRules']) {
      const listed = await app.call('GET', `${project}/keys?${filter}=true`);
      const others = await app.call('GET', `${project}/keys?${filter}=false`);
      expect([filter, listed.body.data.length]).toEqual([filter, body.counts[filter]]);
      expect([filter, others.body.data.length]).toEqual([filter, 3 - body.counts[filter]]);
    }
    const whole = await app.call('GET', `${account}/hygiene?finding=idle&limit=1`);
    expect(whole.body.counts.idle).toBeGreaterThan(1);
    expect(whole.body.nextCursor).not.toBeNull();
    const next = await app.call('GET', `${account}/hygiene?finding=idle&limit=1&cursor=${whole.body.nextCursor}`);
    expect(next.body.data[0].key.id).not.toBe(whole.body.data[0].key.id);
  });

  test('V26 who may see only their own keys is told of no others', async () => {
    const { accountId } = tenants.mine;
    const projectId = project.split('/')[2]!;
    const { id: member } = await newPerson(app.store, [ofProject(accountId, projectId, 'member')]);
    await make();
    const mine = await app.make(`${project}/keys`, { name: 'mine', ...all }, { key: member });
    await app.store.policies.setProject(projectId, { memberAccess: 'own' });
    const { body } = await app.call('GET', `${project}/hygiene`, undefined, { key: member });
    expect([body.keys, body.counts.withoutLimit]).toEqual([1, 1]);
    expect(body.data.map((one: { key: { id: string } }) => one.key.id)).toEqual([mine['id']]);
  });

  test('what is not asked for well is refused with its name', async () => {
    // Nothing at all is no number, and neither is one in another notation.
    for (const days of ['', '0x10', '1e2', '36501'])
      expect(pointers(await app.call('GET', `${project}/hygiene?unusedForDays=${days}`)), days).toEqual([
        '?unusedForDays',
      ]);
    const bad = await app.call('GET', `${project}/hygiene?finding=ugly&unusedForDays=-1&more=1`);
    expect([bad.status, pointers(bad).toSorted()]).toEqual([400, ['?finding', '?more', '?unusedForDays']]);
    expect(pointers(await app.call('GET', `${project}/keys?orphaned=perhaps`))).toEqual(['?orphaned']);
  });
});

describe('A08 T35 what is asked of keys', () => {
  const rule = async (rules: object, path = security): Promise<void> => {
    const answer = await app.call('PATCH', path, rules);
    expect([answer.status, answer.body]).toMatchObject([200, rules]);
  };
  const wanting = async (fields: object): Promise<Answer> =>
    app.call('POST', `${project}/keys`, { name: 'x', ...all, ...fields });

  test('T35 creation that breaks it is refused by field with the fix, and makes nothing', async () => {
    await rule({ maxKeyLifetimeDays: 30, requireAddresses: true, requireRangeScope: true });
    const before = await app.snapshot();
    const refused = await wanting({});
    expect([refused.status, refused.body.code, pointers(refused)]).toEqual([
      400,
      'invalid_request',
      ['/expiresAt', '/ipAllow', '/scope'],
    ]);
    expect(refused.body.errors[0].detail).toContain(at(app.nowMs + 30 * DAY_MS));
    expect(pointers(await wanting({ expiresAt: at(app.nowMs + 30 * DAY_MS + 1), ipAllow: ['0.0.0.0/0'] }))).toEqual([
      '/expiresAt',
      '/ipAllow',
      '/scope',
    ]);
    expect(await app.snapshot()).toBe(before);
    const range = { mode: 'range', resources: [{ type: 'model', id: 'other' }] };
    const good = { expiresAt: at(app.nowMs + 30 * DAY_MS), ipAllow: ['10.0.0.1'], scope: range };
    expect((await wanting(good)).status).toBe(201);
    const whole = await app.call('POST', `${account}/keys`, { name: 'management' });
    expect(pointers(whole)).toEqual(['/expiresAt', '/ipAllow']);
  });

  test('A08 of account and project the stricter binds, and a project cannot loosen what its account asks', async () => {
    await rule({ maxKeyLifetimeDays: 10 });
    await rule({ maxKeyLifetimeDays: 100 }, `${project}/security`);
    expect(pointers(await wanting({ expiresAt: at(app.nowMs + 11 * DAY_MS) }))).toEqual(['/expiresAt']);
    await rule({ maxKeyLifetimeDays: 5 }, `${project}/security`);
    expect(pointers(await wanting({ expiresAt: at(app.nowMs + 6 * DAY_MS) }))).toEqual(['/expiresAt']);
    expect((await wanting({ expiresAt: at(app.nowMs + 5 * DAY_MS) })).status).toBe(201);
  });

  test('A08 T35 a change is judged in the fields it names; what is broken already stays, and is listed', async () => {
    const id = await make({ expiresAt: at(app.nowMs + 400 * DAY_MS) });
    const value = (await app.call('GET', `/keys/${id}`)).body;
    await rule({ maxKeyLifetimeDays: 30, requireAddresses: true, requireRangeScope: true });
    expect((await app.call('GET', `/keys/${id}`)).body).toEqual(value);
    const listed = await app.call('GET', `${project}/hygiene?finding=againstRules`);
    expect(listed.body.data.map((one: { key: { id: string } }) => one.key.id)).toEqual([id]);

    const patch = (body: object) => app.call('PATCH', `/keys/${id}`, body);
    expect((await patch({ description: 'kept' })).status).toBe(200);
    expect(pointers(await patch({ expiresAt: null }))).toEqual(['/expiresAt']);
    expect(pointers(await patch({ expiresAt: at(app.nowMs + 300 * DAY_MS) }))).toEqual(['/expiresAt']);
    expect(pointers(await patch({ ipAllow: [], scope: { mode: 'all' } }))).toEqual(['/ipAllow', '/scope']);
    expect((await patch({ ipAllow: ['10.0.0.1'] })).status).toBe(200);
    // Counted from when it was made, not from now.
    app.nowMs += 10 * DAY_MS;
    expect(pointers(await patch({ expiresAt: at(app.nowMs + 21 * DAY_MS) }))).toEqual(['/expiresAt']);
    expect((await patch({ expiresAt: at(app.nowMs + 20 * DAY_MS) })).status).toBe(200);
    const range = { mode: 'range', resources: [{ type: 'model', id: 'other' }] };
    expect((await patch({ scope: range })).status).toBe(200);
    expect((await app.call('GET', `${project}/hygiene`)).body.counts.againstRules).toBe(0);
  });

  test('A08 a key that breaks it can be disabled, and not enabled or copied again', async () => {
    const id = await make();
    await rule({ requireExpiry: true });
    expect((await app.call('POST', `/keys/${id}/enable`)).status).toBe(200);
    expect((await app.call('POST', `/keys/${id}/disable`)).status).toBe(200);
    const refused = await app.call('POST', `/keys/${id}/enable`);
    expect([refused.status, refused.body.code, pointers(refused)]).toEqual([409, 'conflict', ['/expiresAt']]);
    expect(await status(id)).toBe('disabled');
    const copy = await app.call('POST', `${project}/keys`, { name: 'copy', copyFrom: id });
    expect([copy.status, pointers(copy)]).toEqual([400, ['/expiresAt']]);
    expect((await app.call('PATCH', `/keys/${id}`, { expiresAt: at(app.nowMs + DAY_MS) })).status).toBe(200);
    expect((await app.call('POST', `/keys/${id}/enable`)).status).toBe(200);
  });

  test('T35 the settings are refused when they make no sense, and audited when they change', async () => {
    for (const wrong of [0, -1, 1.5, 3651, '30'])
      expect(pointers(await app.call('PATCH', security, { maxKeyLifetimeDays: wrong }))).toEqual([
        '/maxKeyLifetimeDays',
      ]);
    expect(pointers(await app.call('PATCH', `${project}/security`, { requireExpiry: 1 }))).toEqual(['/requireExpiry']);
    await rule({ requireExpiry: true }, `${project}/security`);
    const [event] = (await allEvents(app.store)).toReversed();
    expect(event).toMatchObject({
      operation: 'changeSecurity',
      before: { requireExpiry: false },
      after: { requireExpiry: true },
    });
  });
});

describe('T37 V22 many keys at once', () => {
  const change = (body: object, key?: string, path = project) =>
    app.call('POST', `${path}/keys/bulk-change`, body, key === undefined ? {} : { key });
  const remove = (body: object, key?: string, path = project) =>
    app.call('POST', `${path}/keys/bulk-delete`, body, key === undefined ? {} : { key });

  test('T37 a dry run says what would happen and changes nothing; the run does just that', async () => {
    const ids = [await make(), await make({ status: 'disabled' }), 'key_unknown', tenants.theirs.keyId];
    const before = await app.snapshot();
    const events = (await allEvents(app.store)).length;
    const dry = await change({ ids, change: { status: 'disabled' }, dryRun: true });
    expect([dry.status, outcomes(dry), codes(dry)]).toEqual([
      200,
      ['changed', 'unchanged', 'refused', 'refused'],
      [null, null, 'not_found', 'not_found'],
    ]);
    expect(await app.snapshot()).toBe(before);
    expect((await allEvents(app.store)).length).toBe(events);
    const run = await change({ ids, change: { status: 'disabled' } });
    expect(run.body).toEqual({ ...dry.body, dryRun: false });
    expect(run.body.results.map(({ before }: { before: unknown }) => before)).toEqual([
      { status: 'active', expiresAt: null, environment: null, limitTemplateId: null, groupId: null },
      { status: 'disabled', expiresAt: null, environment: null, limitTemplateId: null, groupId: null },
      null,
      null,
    ]);
    expect(run.body.counts).toEqual({ changed: 1, unchanged: 1, refused: 2, failed: 0 });
    expect(await status(ids[0]!)).toBe('disabled');
    const rows = (await allEvents(app.store)).slice(events);
    expect(
      rows.map(({ operation, outcome, object, code }) => [operation, outcome, object.type, object.id, code]),
    ).toEqual([
      ['changeKeys', 'done', 'key', ids[0], null],
      ['changeKeys', 'refused', 'key', null, 'not_found'],
      ['changeKeys', 'refused', 'key', tenants.theirs.keyId, 'not_found'],
    ]);
  });

  test('T37 unused keys are chosen by a filter, in slices, and each slice goes on where the last ended', async () => {
    const idle = [await make(), await make(), await make()];
    app.nowMs += 40 * DAY_MS;
    const young = await make();
    const ask = { filter: { unusedForDays: 30 }, limit: 2, change: { status: 'disabled' } };
    const first = await change(ask);
    expect(first.body.counts.changed).toBe(2);
    expect(pointers(await change({ ...ask, cursor: 'mine' }))).toEqual(['/cursor']);
    const second = await change({ ...ask, cursor: first.body.nextCursor });
    expect([second.body.counts.changed, second.body.nextCursor]).toEqual([1, null]);
    expect(await Promise.all([...idle, young].map(status))).toEqual(['disabled', 'disabled', 'disabled', 'active']);
  });

  test('A08 an expiry is set on many, by the rules of each', async () => {
    const [one, other] = [await make(), await make()];
    app.nowMs += DAY_MS;
    const young = await make();
    await app.call('PATCH', `${project}/security`, { maxKeyLifetimeDays: 30 });
    const expiresAt = at(app.nowMs + 30 * DAY_MS);
    const run = await change({ ids: [one, young, other], change: { expiresAt } });
    expect([outcomes(run), codes(run)]).toEqual([
      ['refused', 'changed', 'refused'],
      ['invalid_request', null, 'invalid_request'],
    ]);
    expect((await app.call('GET', `/keys/${young}`)).body.expiresAt).toBe(expiresAt);
    expect((await app.call('GET', `/keys/${one}`)).body.expiresAt).toBeNull();
    await app.call('PATCH', `${project}/security`, { maxKeyLifetimeDays: null });
  });

  test('X06 an environment and a template of limits are set on many and taken from them again, each change on record', async () => {
    const limits = [{ unit: 'requests', amount: 1, window: { kind: 'lifetime' } }];
    const template = (await app.make(`${account}/limit-templates`, { name: 'small', limits }))['id'] as string;
    const theirs = (
      await app.make(`/accounts/${tenants.theirs.accountId}/limit-templates`, { name: 'theirs', limits })
    )['id'];
    const ids = [await make(), await make({ environment: 'prod', limitTemplateId: template })];
    const management = (await app.make(`${project}/keys`, { name: 'management', class: 'management' }))['id'] as string;
    const set = { environment: 'prod', limitTemplateId: template };
    const events = (await allEvents(app.store)).length;
    const dry = await change({ ids: [...ids, management], change: set, dryRun: true });
    expect([outcomes(dry), codes(dry)]).toEqual([
      ['changed', 'unchanged', 'refused'],
      [null, null, 'invalid_request'],
    ]);
    expect((await app.call('GET', `/keys/${ids[0]}`)).body).toMatchObject({ environment: null, limitTemplateId: null });
    const run = await change({ ids: [...ids, management], change: set });
    expect(run.body).toEqual({ ...dry.body, dryRun: false });
    for (const id of ids) expect((await app.call('GET', `/keys/${id}`)).body).toMatchObject(set);
    const rows = (await allEvents(app.store)).slice(events);
    expect(rows.map(({ outcome, object, before, after }) => [outcome, object.id, before, after])).toEqual([
      ['done', ids[0], { environment: null, limitTemplateId: null }, set],
      ['refused', management, null, null],
    ]);
    // What another account has, nobody has.
    expect(outcomes(await change({ ids, change: { limitTemplateId: theirs } }))).toEqual(['refused', 'refused']);
    const back = await change({ ids, change: { environment: null, limitTemplateId: null } });
    expect(outcomes(back)).toEqual(['changed', 'changed']);
    expect((await app.call('GET', `/keys/${ids[1]}`)).body).toMatchObject({ environment: null, limitTemplateId: null });
    expect(pointers(await change({ ids, change: {} }))).toEqual(['/change']);
  });

  test('A03 a group is set on many, by id or name, and taken from them again; one that is not open to a key’s project is refused', async () => {
    const projectId = project.split('/')[2]!;
    const group = async (name: string, openTo: object) =>
      (await app.make('/groups', { name, priceMultiplier: '0.5', opens: { mode: 'all' }, openTo }))['id'] as string;
    const name = `open ${count}`;
    const open = await group(name, { mode: 'range', places: [{ type: 'project', id: projectId }] });
    const closed = await group(`closed ${count}`, { mode: 'range', places: [] });
    const ids = [await make(), await make({ groupId: open })];
    const management = (await app.make(`${project}/keys`, { name: 'management', class: 'management' }))['id'] as string;
    const elsewhere = tenants.mine.keyId;
    const groups = () => Promise.all(ids.map(async (id) => (await app.call('GET', `/keys/${id}`)).body.groupId));
    const events = (await allEvents(app.store)).length;
    for (const asked of [open, name]) {
      const set = { ids: [...ids, management, elsewhere], change: { groupId: asked } };
      const dry = await change({ ...set, dryRun: true }, undefined, account);
      expect([outcomes(dry), codes(dry)]).toEqual([
        ['changed', 'unchanged', 'refused', 'refused'],
        [null, null, 'invalid_request', 'forbidden'],
      ]);
      expect(await groups()).toEqual([null, open]);
      const run = await change(set, undefined, account);
      expect(run.body).toEqual({ ...dry.body, dryRun: false });
      expect(run.body.results.map(({ before }: { before: { groupId: unknown } | null }) => before?.groupId)).toEqual([
        null,
        open,
        undefined,
        undefined,
      ]);
      expect(await groups()).toEqual([open, open]);
      await app.call('PATCH', `/keys/${ids[0]}`, { groupId: null });
    }
    const rows = (await allEvents(app.store))
      .slice(events)
      .filter(({ operation }) => operation.startsWith('changeKeys'));
    expect(rows.slice(0, 3).map(({ outcome, object, before, after }) => [outcome, object.id, before, after])).toEqual([
      ['done', ids[0], { groupId: null }, { groupId: open }],
      ['refused', management, null, null],
      ['refused', elsewhere, null, null],
    ]);
    // One that is closed is refused in the same words as one that is not there.
    for (const none of [closed, 'grp_none']) {
      const answer = await change({ ids, change: { groupId: none } });
      expect([outcomes(answer), codes(answer)]).toEqual([
        ['refused', 'refused'],
        ['forbidden', 'forbidden'],
      ]);
    }
    expect(await groups()).toEqual([null, open]);
    expect(outcomes(await change({ ids, change: { groupId: null } }))).toEqual(['unchanged', 'changed']);
    expect(await groups()).toEqual([null, null]);
    const { id: member } = await newPerson(app.store, [ofProject(tenants.mine.accountId, projectId, 'member')]);
    await app.store.policies.setProject(projectId, { memberAccess: 'own' });
    expect(codes(await change({ ids, change: { groupId: open } }, member))).toEqual(['not_found', 'not_found']);
    expect(await groups()).toEqual([null, null]);
  });

  test('X06 V26 each key is judged by the rights of who asks', async () => {
    const { accountId, projectKey, accountKey, accountKeyId } = tenants.mine;
    const projectId = project.split('/')[2]!;
    const { id: member } = await newPerson(app.store, [ofProject(accountId, projectId, 'member')]);
    const own = (await app.make(`${project}/keys`, { name: 'own', ...all }, { key: member }))['id'] as string;
    const other = await make();
    const management = (await app.make(`${project}/keys`, { name: 'management', class: 'management' }))['id'] as string;
    await app.store.policies.setProject(projectId, { memberAccess: 'own' });
    const ids = [own, other, management];
    const run = await change({ ids, change: { status: 'disabled' } }, member);
    expect([outcomes(run), codes(run)]).toEqual([
      ['changed', 'refused', 'refused'],
      [null, 'not_found', 'not_found'],
    ]);
    const filtered = await change({ filter: { state: 'active' }, change: { status: 'disabled' } }, member);
    expect(filtered.body.results).toEqual([]);
    expect(await Promise.all(ids.map(status))).toEqual(['disabled', 'active', 'active']);
    await app.store.policies.setProject(projectId, { memberAccess: 'none' });
    expect((await change({ ids, change: { status: 'active' } }, member)).status).toBe(403);
    // Another project's key, and the one that calls.
    expect((await change({ ids, change: { status: 'disabled' } }, projectKey)).status).toBe(404);
    const itself = await change({ ids: [accountKeyId], change: { status: 'disabled' } }, accountKey, account);
    expect([outcomes(itself), codes(itself)]).toEqual([['refused'], ['conflict']]);
    expect(await status(accountKeyId)).toBe('active');
    const wide = await change({ ids: [other], change: { status: 'disabled' } }, accountKey, account);
    expect(outcomes(wide)).toEqual(['changed']);
    const peer = (await app.make(`${account}/keys`, { name: 'peer' }))['id'] as string;
    await app.call('POST', `/keys/${peer}/disable`);
    const delegated = await change({ ids: [peer], change: { status: 'active' } }, accountKey, account);
    expect([outcomes(delegated), codes(delegated)]).toEqual([['refused'], ['forbidden']]);
  });

  test('V22 A17 a deletion takes a token of just those keys, as they are', async () => {
    const [one, other, third] = [await make(), await make(), await make()];
    const asked = await remove({ ids: [one, other] });
    expect([asked.status, asked.body.code, outcomes(asked)]).toEqual([
      428,
      'confirmation_required',
      ['changed', 'changed'],
    ]);
    expect(asked.body.results[0]).toMatchObject({ id: one, requestsLast24h: 0, lastUsedAt: null });
    const dry = await remove({ ids: [one, other], dryRun: true });
    expect([dry.status, dry.body.confirm]).toEqual([200, asked.body.confirm]);
    const { confirm } = asked.body;
    for (const wrong of [
      { ids: [one, other, third], confirm },
      { ids: [one], confirm },
      { ids: [one, other], confirm: `${confirm}x` },
    ]) {
      const refused = await remove(wrong);
      expect([refused.status, pointers(refused)]).toEqual([400, ['/confirm']]);
    }
    app.nowMs += 1;
    await app.call('PATCH', `/keys/${other}`, { description: 'changed since' });
    expect((await remove({ ids: [one, other], confirm })).status).toBe(400);
    app.nowMs += 1;
    const fresh = (await remove({ ids: [other, one] })).body.confirm as string;
    app.nowMs += 5 * 60_000;
    expect((await remove({ ids: [one, other], confirm: fresh })).status).toBe(400);
    for (const id of [one, other, third]) expect((await app.call('GET', `/keys/${id}`)).status).toBe(200);

    const last = (await remove({ ids: [one, other], dryRun: true })).body.confirm as string;
    const done = await remove({ ids: [other, one], confirm: last });
    expect([done.status, done.body.counts]).toEqual([200, { changed: 2, unchanged: 0, refused: 0, failed: 0 }]);
    expect((await app.call('GET', `/keys/${one}`)).status).toBe(404);
    expect((await app.call('GET', `/keys/${third}`)).status).toBe(200);
    const rows = (await allEvents(app.store)).filter(({ operation }) => operation === 'deleteKeys');
    expect(rows.slice(-2).map(({ outcome, object, after }) => [outcome, object.id, after])).toEqual([
      ['done', other, null],
      ['done', one, null],
    ]);
  });

  test('T37 what is not said well is refused whole', async () => {
    const id = await make();
    const set = { status: 'disabled' };
    const refused = async (body: object, pointer: string) => {
      const answer = await change(body);
      expect([body, answer.status, pointers(answer)]).toEqual([body, 400, [pointer]]);
    };
    await refused({ change: set }, '');
    await refused({ ids: [id], filter: { orphaned: true }, change: set }, '');
    await refused({ filter: {}, change: set }, '/filter');
    await refused({ filter: { colour: 'red', orphaned: true }, change: set }, '/filter/colour');
    await refused({ ids: [], change: set }, '/ids');
    await refused({ ids: Array.from({ length: 201 }, () => id), change: set }, '/ids');
    await refused({ ids: [id], change: {} }, '/change');
    await refused({ ids: [id], change: { name: 'x', ...set } }, '/change/name');
    await refused({ ids: [id], change: { expiresAt: at(app.nowMs - 1) } }, '/change/expiresAt');
    expect(await status(id)).toBe('active');
    // One named twice is one.
    expect((await change({ ids: [id, id], change: set })).body.results).toHaveLength(1);
    const { id: stranger } = await newPerson(app.store, [ofAccount(tenants.theirs.accountId, 'owner')]);
    expect((await change({ ids: [id], change: set }, stranger)).status).toBe(404);
  });

  test('when the store fails in the middle the answer says what was done, and the rest is as it was', async () => {
    const ids = [await make(), await make(), await make()];
    const update = app.store.keys.update.bind(app.store.keys);
    let calls = 0;
    const broken = async (...given: Parameters<typeof update>) => {
      if (++calls > 1) throw new Error('the disk is gone');
      return update(...given);
    };
    Object.assign(app.store.keys, { update: broken });
    try {
      const run = await change({ ids, change: { status: 'disabled' } });
      expect([run.status, outcomes(run), codes(run)]).toEqual([
        200,
        ['changed', 'failed', 'failed'],
        [null, 'internal', 'store_unavailable'],
      ]);
      expect((await change({ ids: [ids[1]], change: { status: 'disabled' } })).status).toBe(500);
    } finally {
      Object.assign(app.store.keys, { update });
    }
    expect(await Promise.all(ids.map(status))).toEqual(['disabled', 'active', 'active']);
  });
});

/** Keys made in the same millisecond are ordered by id. */
function order(body: { data: { key: { id: string } }[] }, id: string): number {
  return body.data.findIndex(({ key }) => key.id === id);
}
