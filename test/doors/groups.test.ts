import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allEvents } from '../kit/audit.ts';
import type { Answer, TestManagement } from '../kit/management.ts';
import { pointers, startTenants, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;
let keysUrl: string;
let count = 0;

beforeAll(async () => {
  tenants = await startTenants();
  app = tenants.app;
  keysUrl = `/projects/${tenants.mine.projectId}/keys`;
});
afterAll(() => app.close());

const scope = { mode: 'all' };
const make = (fields: object = {}) => app.make('/groups', { name: `group ${++count}`, ...fields });
const only = (...places: object[]) => ({ mode: 'range', places });
async function refused(run: () => Promise<Answer>): Promise<Answer> {
  const before = await app.snapshot();
  const answer = await run();
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(await app.snapshot()).toBe(before);
  return answer;
}

describe('A03 groups as the operator makes them', () => {
  test('have defaults, take models and providers by name, and answer ids and decimals', async () => {
    expect(await make({ name: 'plain' })).toMatchObject({
      id: expect.stringMatching(/^grp_/) as string,
      name: 'plain',
      description: '',
      opens: { mode: 'all' },
      openTo: { mode: 'all' },
      priceMultiplier: '1',
    });
    const resources = [
      { type: 'model', id: 'other' },
      { type: 'provider', id: 'vendor' },
    ];
    const places = [
      { type: 'account', id: tenants.mine.accountId },
      { type: 'project', id: tenants.theirs.projectId },
    ];
    const fields = { opens: { mode: 'range', resources }, openTo: only(...places), priceMultiplier: '0.800000001' };
    const group = await make(fields);
    expect(group).toMatchObject({
      ...fields,
      opens: {
        mode: 'range',
        resources: [
          { type: 'model', id: tenants.otherModelId },
          { type: 'provider', id: tenants.providerId },
        ],
      },
    });
    expect((await app.call('GET', `/groups/${group['id']}`)).body).toEqual(group);
    expect((await app.call('GET', '/groups?limit=1')).body.data).toHaveLength(1);
    const changed = await app.call('PATCH', `/groups/${group['id']}`, { priceMultiplier: '1000', opens: scope });
    expect(changed.body).toEqual({ ...group, priceMultiplier: '1000', opens: { mode: 'all' } });
  });

  test('are refused with every faulty field named, and leave nothing', async () => {
    const tell = async (body: object) => {
      const answer = await refused(() => app.call('POST', '/groups', { name: 'x', ...body }));
      return [answer.status, ...pointers(answer)];
    };
    const model = { type: 'model', id: 'other' };
    const nothing = { type: 'model', id: 'none' };
    expect(
      await tell({ opens: { mode: 'range', resources: [model, nothing, { type: 'provider', id: 'none' }] } }),
    ).toEqual([400, '/opens/resources/1/id', '/opens/resources/2/id']);
    const twice = [model, { type: 'model', id: tenants.otherModelId }];
    expect(await tell({ opens: { mode: 'range', resources: twice } })).toEqual([400, '/opens/resources/1']);
    expect(await tell({ opens: { mode: 'range', resources: [] } })).toEqual([400, '/opens/resources']);
    expect(await tell({ opens: { mode: 'range', resources: [{ type: 'service', id: 's' }] } })).toEqual([
      400,
      '/opens/resources/0/type',
    ]);
    expect(await tell({ opens: { mode: 'some' } })).toEqual([400, '/opens/mode']);
    expect(
      await tell({ openTo: only({ type: 'account', id: 'acc_none' }, { type: 'project', id: 'prj_none' }) }),
    ).toEqual([400, '/openTo/places/0/id', '/openTo/places/1/id']);
    for (const priceMultiplier of ['-1', '1e2', '1000.000000001', '0.0000000001', '', 0.8])
      expect(await tell({ priceMultiplier })).toEqual([400, '/priceMultiplier']);
    expect(await tell({ unknown: 1 })).toEqual([400, '/unknown']);
    await make({ name: 'taken' });
    expect((await refused(() => app.call('POST', '/groups', { name: 'taken' }))).status).toBe(409);
    expect((await refused(() => app.call('PATCH', '/groups/grp_none', {}))).status).toBe(404);
    expect((await refused(() => app.call('DELETE', '/groups/grp_none'))).status).toBe(404);
  });

  test('stay while keys are in them', async () => {
    const group = await make();
    const key = await app.make(keysUrl, { name: 'in it', scope, groupId: group['id'] });
    const kept = await refused(() => app.call('DELETE', `/groups/${group['id']}`));
    expect([kept.status, kept.body.detail]).toEqual([409, expect.stringMatching(/^One key is in this group/)]);
    await app.call('PATCH', `/keys/${key['id']}`, { groupId: null });
    expect((await app.call('DELETE', `/groups/${group['id']}`)).status).toBe(204);
    expect((await app.call('GET', `/groups/${group['id']}`)).status).toBe(404);
  });

  test('X02 are in the audit log, with what changed', async () => {
    const group = await make({ priceMultiplier: '0.5' });
    await app.call('PATCH', `/groups/${group['id']}`, { priceMultiplier: '0.75' });
    const rows = (await allEvents(app.store)).filter(({ object }) => object.id === group['id']);
    expect(rows.map(({ before, after }) => [before, after]).at(-1)).toEqual([
      { priceMultiplierNano: '500000000' },
      { priceMultiplierNano: '750000000' },
    ]);
    const key = await app.make(keysUrl, { name: 'moved', scope });
    await app.call('PATCH', `/keys/${key['id']}`, { groupId: group['id'] });
    const moved = (await allEvents(app.store)).filter(({ object }) => object.id === key['id']).at(-1);
    expect(moved).toMatchObject({ before: { groupId: null }, after: { groupId: group['id'] } });
  });
});

describe('A03 the group of a key', () => {
  test('is one of those open to its project, by id or name, from its creation on or later', async () => {
    const group = await make({ name: 'Sparsam', openTo: only({ type: 'project', id: tenants.mine.projectId }) });
    const made = await app.make(keysUrl, { name: 'a', scope, groupId: 'Sparsam' }, { key: tenants.mine.projectKey });
    expect(made['groupId']).toBe(group['id']);
    const listed = await app.call('GET', `${keysUrl}?groupId=${group['id']}`);
    expect(listed.body.data.map(({ id }: { id: string }) => id)).toEqual([made['id']]);
    const copy = await app.make(keysUrl, { name: 'b', copyFrom: made['id'] });
    expect(copy['groupId']).toBe(group['id']);
    expect((await app.make(keysUrl, { name: 'c', copyFrom: made['id'], groupId: null }))['groupId']).toBeNull();
    const other = await app.call('PATCH', `/keys/${made['id']}`, { description: 'same group' });
    expect(other.body.groupId).toBe(group['id']);
    expect((await app.call('PATCH', `/keys/${made['id']}`, { groupId: null })).body.groupId).toBeNull();
  });

  test('another account’s group is refused with 403, in the words for one that does not exist, to whoever asks', async () => {
    const { mine, theirs } = tenants;
    const closed = await make({ openTo: only({ type: 'account', id: theirs.accountId }) });
    const nobodys = await make({ openTo: only() });
    const words = new Set<string>();
    for (const groupId of [closed['id'], closed['name'], nobodys['id'], 'grp_none'] as string[]) {
      for (const key of [mine.projectKey, mine.accountKey, undefined]) {
        const as = key === undefined ? {} : { key };
        const made = await refused(() => app.call('POST', keysUrl, { name: 'x', scope, groupId }, as));
        const changed = await refused(() => app.call('PATCH', `/keys/${mine.keyId}`, { groupId }, as));
        for (const { status, body } of [made, changed]) {
          expect([status, body.code]).toEqual([403, 'forbidden']);
          words.add(body.detail.replace(groupId, '_'));
        }
        expect(pointers(made)).toEqual(['/groupId']);
      }
    }
    expect(words.size).toBe(1);
    const theirKey = await app.make(`/projects/${theirs.projectId}/keys`, { name: 't', scope, groupId: closed['id'] });
    expect(theirKey['groupId']).toBe(closed['id']);
  });

  test('is none for management keys', async () => {
    const group = await make();
    const body = { name: 'm', class: 'management', groupId: group['id'] };
    expect(pointers(await refused(() => app.call('POST', keysUrl, body)))).toEqual(['/groupId']);
    const ofAccount = () => app.call('POST', `/accounts/${tenants.mine.accountId}/keys`, { name: 'm', groupId: null });
    expect(pointers(await refused(ofAccount))).toEqual(['/groupId']);
    const change = () => app.call('PATCH', `/keys/${tenants.mine.projectKeyId}`, { groupId: group['id'] });
    expect(pointers(await refused(change))).toEqual(['/groupId']);
  });

  test('only groups open to the project are offered, with what they open there and not whom else they are for', async () => {
    const { mine, theirs } = tenants;
    const fields = { description: 'cheap', priceMultiplier: '0.5' };
    const resources = [{ type: 'model', id: tenants.otherModelId }];
    const open = await make({
      ...fields,
      opens: { mode: 'range', resources },
      openTo: only({ type: 'account', id: mine.accountId }),
    });
    const all = await make(fields);
    const closed = await make({ openTo: only({ type: 'account', id: theirs.accountId }) });
    const list = async (projectId: string, key: string) =>
      (await app.call('GET', `/projects/${projectId}/groups?limit=200`, undefined, { key })).body.data;
    const offered = await list(mine.projectId, mine.projectKey);
    const ids = offered.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(expect.arrayContaining([open['id'], all['id']]));
    expect(ids).not.toContain(closed['id']);
    expect(offered.find(({ id }: { id: string }) => id === open['id'])).toEqual({
      id: open['id'],
      name: open['name'],
      ...fields,
      models: ['other'],
    });
    expect(offered.find(({ id }: { id: string }) => id === all['id']).models).toBeNull();
    const theirIds = (await list(theirs.projectId, theirs.projectKey)).map(({ id }: { id: string }) => id);
    expect(theirIds).toContain(closed['id']);
    expect(theirIds).not.toContain(open['id']);
    const strange = await app.call('GET', `/projects/${theirs.projectId}/groups`, undefined, { key: mine.projectKey });
    expect(strange.status).toBe(404);
  });

  test('an account’s default is the operator’s to choose, of groups open to all of the account', async () => {
    const { mine } = tenants;
    const account = `/accounts/${mine.accountId}`;
    const group = await make({ openTo: only({ type: 'account', id: mine.accountId }) });
    const ofProject = await make({ openTo: only({ type: 'project', id: mine.projectId }) });
    const set = (defaultGroupId: unknown, options = {}) => app.call('PATCH', account, { defaultGroupId }, options);
    const theirs = await refused(() => set(group['id'], { key: mine.accountKey }));
    expect([theirs.status, theirs.body.code]).toEqual([403, 'forbidden']);
    for (const id of [ofProject['id'], 'grp_none'])
      expect(pointers(await refused(() => set(id)))).toEqual(['/defaultGroupId']);
    expect((await set(group['id'])).body.defaultGroupId).toBe(group['id']);
    expect((await app.call('DELETE', `/groups/${group['id']}`)).body.detail).toContain(mine.accountId);
    expect((await set(null)).body.defaultGroupId).toBeNull();
  });
});
