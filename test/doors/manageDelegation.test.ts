// Management keys among themselves: none outlives or outgrows the one that made or changed it.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, Json, TestManagement } from '../kit/management.ts';
import { pointers, startTenants, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;
/** A management key of the account, and one of its project, each with an end and with lists. */
let account: Record<string, Json>;
let project: Record<string, Json>;

const HOUR_MS = 3_600_000;
const inHours = (hours: number) => new Date(app.nowMs + hours * HOUR_MS).toISOString();
const accountKeys = () => `/accounts/${tenants.mine.accountId}/keys`;
const projectKeys = () => `/projects/${tenants.mine.projectId}/keys`;

beforeAll(async () => {
  tenants = await startTenants();
  app = tenants.app;
  const bounds = { ipAllow: ['192.0.2.0/24'], ipDeny: ['192.0.2.66'] };
  account = await app.make(accountKeys(), { name: 'bound account', expiresAt: inHours(10), ...bounds });
  project = await app.make(projectKeys(), {
    name: 'bound project',
    class: 'management',
    expiresAt: inHours(5),
    ...bounds,
  });
});
afterAll(() => app.close());

async function refused(run: () => Promise<Answer>): Promise<string[]> {
  const before = await app.snapshot();
  const answer = await run();
  expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
  expect(await app.snapshot()).toBe(before);
  return pointers(answer);
}
const by = (key: Record<string, Json>) => ({ key: key['value'] as string });
const patch = (caller: Record<string, Json>, id: string, body: object) =>
  app.call('PATCH', `/keys/${id}`, body, by(caller));

describe('making', () => {
  const within = () => ({ expiresAt: inHours(5), ipAllow: ['192.0.2.0/25'], ipDeny: ['192.0.2.64/26'] });
  const wider = (): [object, string[]][] => [
    [{ expiresAt: inHours(10.5) }, ['/expiresAt']],
    [{ expiresAt: null }, ['/expiresAt']],
    [{ ipAllow: [] }, ['/ipAllow']],
    [{ ipAllow: ['192.0.2.0/25', '192.0.3.1'] }, ['/ipAllow']],
    [{ ipAllow: ['192.0.2.0/23'] }, ['/ipAllow']],
    [{ ipAllow: ['::/0'] }, ['/ipAllow']],
    [{ ipDeny: [] }, ['/ipDeny']],
    [{ ipDeny: ['192.0.2.67'] }, ['/ipDeny']],
    [{ expiresAt: null, ipAllow: [], ipDeny: [] }, ['/expiresAt', '/ipAllow', '/ipDeny']],
  ];

  test('X04 a management key makes none that lasts longer or opens to more addresses', async () => {
    for (const [body, expected] of wider()) {
      const own = { name: 'made', ...within(), ...body };
      expect(await refused(() => app.call('POST', accountKeys(), own, by(account)))).toEqual(expected);
      const below = { ...own, class: 'management' };
      expect(await refused(() => app.call('POST', projectKeys(), below, by(account)))).toEqual(expected);
    }
    expect(await refused(() => app.call('POST', accountKeys(), { name: 'bare' }, by(account)))).toHaveLength(3);
    expect((await app.call('POST', accountKeys(), { name: 'made', ...within() }, by(account))).status).toBe(201);
  });

  test('a copy is bound in the same way', async () => {
    const free = await app.make(projectKeys(), { name: 'free', class: 'management' });
    const body = { name: 'copy', copyFrom: free['id'] };
    expect(await refused(() => app.call('POST', projectKeys(), body, by(project)))).toHaveLength(3);
  });

  test('standard keys, and those of the operator, are free', async () => {
    const standard = { name: 'standard', scope: { mode: 'all' } };
    expect((await app.call('POST', projectKeys(), standard, by(project))).status).toBe(201);
    const operator = await app.make('/accounts/acc_platform/keys', { name: 'op', expiresAt: inHours(1) });
    expect((await app.call('POST', accountKeys(), { name: 'free' }, by(operator))).status).toBe(201);
  });

  test('an unbound management key makes unbound ones', async () => {
    const options = { key: tenants.mine.accountKey };
    expect((await app.call('POST', accountKeys(), { name: 'free' }, options)).status).toBe(201);
  });
});

describe('changing', () => {
  const loosening = (): [object, string[]][] => [
    [{ expiresAt: inHours(20) }, ['/expiresAt']],
    [{ expiresAt: null }, ['/expiresAt']],
    [{ ipAllow: [] }, ['/ipAllow']],
    [{ ipAllow: ['192.0.2.0/23'] }, ['/ipAllow']],
    [{ ipDeny: [] }, ['/ipDeny']],
  ];

  test('X04 a management key does not loosen itself, nor one that reaches as far', async () => {
    const peer = await app.make(accountKeys(), { name: 'peer', expiresAt: inHours(10), ipAllow: ['192.0.2.0/24'] });
    for (const [body, expected] of [...loosening(), [{ description: 'mine' }, ['/description']] as const]) {
      expect(await refused(() => patch(account, account['id'], body))).toEqual(expected);
      expect(await refused(() => patch(project, project['id'], body))).toEqual(expected);
    }
    expect(await refused(() => patch(account, peer['id'], { expiresAt: null }))).toEqual(['/expiresAt']);
    expect(await refused(() => patch(account, peer['id'], { description: 'x' }))).toEqual(['/description']);
  });

  test('it may narrow and disable them, and enables none', async () => {
    const make = () =>
      app.make(accountKeys(), { name: 'peer', expiresAt: inHours(9), ipAllow: ['192.0.2.0/24'], ipDeny: [] });
    const own = await make();
    const narrower = { expiresAt: inHours(1), ipAllow: ['192.0.2.10'], ipDeny: ['198.51.100.0/24'] };
    expect((await patch(own, own['id'], narrower)).body).toMatchObject(narrower);
    const peer = await make();
    expect((await app.call('POST', `/keys/${peer['id']}/disable`, undefined, by(own))).status).toBe(200);
    const enabling = () => app.call('POST', `/keys/${peer['id']}/enable`, undefined, by(account));
    expect(await refused(enabling)).toEqual(['/status']);
  });

  test('one that reaches less is changed as far as the changer itself is bound', async () => {
    const below = await app.make(projectKeys(), { name: 'below', class: 'management', expiresAt: inHours(2) });
    expect((await patch(account, below['id'], { description: 'ours', expiresAt: inHours(10) })).status).toBe(200);
    expect(await refused(() => patch(account, below['id'], { expiresAt: inHours(11) }))).toEqual(['/expiresAt']);
    // It was opened to all addresses by another, and may stay so; but not be brought back so.
    expect((await app.call('POST', `/keys/${below['id']}/disable`, undefined, by(account))).status).toBe(200);
    const enabling = () => app.call('POST', `/keys/${below['id']}/enable`, undefined, by(account));
    expect(await refused(enabling)).toEqual(['/ipAllow', '/ipDeny']);
    await app.call('PATCH', `/keys/${below['id']}`, { ipAllow: ['192.0.2.1'], ipDeny: ['192.0.2.66'] });
    expect((await enabling()).status).toBe(200);
  });

  test('standard keys stay free to change, and so does everything for the operator', async () => {
    const key = tenants.mine.keyId;
    expect((await patch(project, key, { expiresAt: inHours(1000), description: 'free' })).status).toBe(200);
    expect((await patch(project, key, { expiresAt: null })).status).toBe(200);
    const root = await app.call('PATCH', `/keys/${account['id']}`, { expiresAt: inHours(50), ipAllow: [] });
    expect(root.status).toBe(200);
  });
});
