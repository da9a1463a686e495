import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Answer, Json, TestManagement } from '../kit/management.ts';
import { admits, use } from './limitsUse.ts';
import { pointers, startTenants, type Tenant, type Tenants } from './manageSetting.ts';

let tenants: Tenants;
let app: TestManagement;
let tenant: Tenant;
let keyLimits: string;

beforeAll(async () => {
  tenants = await startTenants();
  app = tenants.app;
});
afterAll(() => app.close());
/** Each test has a key of its own. */
beforeEach(async () => {
  const key = await app.make(`/projects/${tenants.mine.projectId}/keys`, { name: 'counted', scope: { mode: 'all' } });
  tenant = { ...tenants.mine, keyId: key['id'] };
  keyLimits = `/keys/${tenant.keyId}/limits`;
});

const HOUR_MS = 3_600_000;
const lifetime = { kind: 'lifetime' };
const read = async (id: string): Promise<Json> => (await app.call('GET', `/limits/${id}`)).body;
async function refused(run: () => Promise<Answer>): Promise<Answer> {
  const before = await app.snapshot();
  const answer = await run();
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(await app.snapshot()).toBe(before);
  return answer;
}

test('X05 of 40 limits added at once, a key gets 20', async () => {
  const added = await Promise.all(
    Array.from({ length: 40 }, (_, at) =>
      app.call('POST', keyLimits, { unit: 'requests', amount: 1, window: { kind: 'rolling', seconds: at + 1 } }),
    ),
  );
  expect(added.filter(({ status }) => status === 201)).toHaveLength(20);
  expect(added.filter(({ status }) => status === 409)).toHaveLength(20);
});

describe('what a limit says', () => {
  test.each([
    { unit: 'requests', amount: 100, window: { kind: 'session', seconds: 18_000 } },
    { unit: 'tokens', amount: 1_000_000_000_000_000, window: { kind: 'rolling', seconds: 31_622_400 } },
    { unit: 'tokens', amount: 0, window: { kind: 'rolling', seconds: 1 } },
    { unit: 'cost', amount: '25.000000001', window: { kind: 'calendar', period: 'month', timeZone: 'Asia/Shanghai' } },
    { unit: 'requests', amount: 1, window: { kind: 'calendar', period: 'week', timeZone: 'UTC' } },
    { unit: 'cost', amount: '999999999', window: { kind: 'lifetime' } },
    { unit: 'concurrency', amount: 3, window: null },
  ])('A07 A09 $unit, $amount, $window.kind: answered as it was set', async (limit) => {
    const { window, ...body } = limit;
    const made = await app.make(keyLimits, window === null ? body : limit);
    expect(made).toEqual({
      ...limit,
      id: expect.stringMatching(/^lim_\w{20,}$/),
      subject: { type: 'key', id: tenant.keyId },
      used: limit.unit === 'cost' ? '0' : 0,
      reserved: limit.unit === 'cost' ? '0' : 0,
      remaining: limit.amount,
      resetsAt: limit.window?.kind === 'calendar' ? expect.stringMatching(/Z$/) : null,
      createdAt: new Date(app.nowMs).toISOString(),
    });
    expect(await read(made['id'])).toEqual(made);
    expect((await app.call('GET', keyLimits)).body).toEqual({ data: [made], nextCursor: null });
  });

  test('the time zone has a default and its usual spelling', async () => {
    const calendar = { kind: 'calendar', period: 'day' };
    const one = await app.make(keyLimits, { unit: 'requests', amount: 5, window: calendar });
    expect(one).toMatchObject({ window: { timeZone: 'UTC' }, resetsAt: '2026-03-02T00:00:00.000Z' });
    const two = await app.make(keyLimits, {
      unit: 'tokens',
      amount: 5,
      window: { ...calendar, timeZone: 'europe/berlin' },
    });
    expect(two).toMatchObject({ window: { timeZone: 'Europe/Berlin' }, resetsAt: '2026-03-01T23:00:00.000Z' });
  });

  test.each<[string, object, string[]]>([
    ['no amount', { unit: 'tokens', window: lifetime }, ['/amount']],
    ['a negative amount', { unit: 'tokens', amount: -1, window: lifetime }, ['/amount']],
    ['a fraction of a token', { unit: 'tokens', amount: 1.5, window: lifetime }, ['/amount']],
    ['too many digits', { unit: 'requests', amount: 1e16, window: lifetime }, ['/amount']],
    ['requests in a string', { unit: 'requests', amount: '5', window: lifetime }, ['/amount']],
    ['a cost that is a number', { unit: 'cost', amount: 5, window: lifetime }, ['/amount']],
    ['a cost of too many decimals', { unit: 'cost', amount: '0.0000000001', window: lifetime }, ['/amount']],
    ['a negative cost', { unit: 'cost', amount: '-1', window: lifetime }, ['/amount']],
    ['a cost of too many digits', { unit: 'cost', amount: '1000000000', window: lifetime }, ['/amount']],
    ['an unknown unit', { unit: 'images', amount: 5, window: lifetime }, ['/unit']],
    ['no window', { unit: 'tokens', amount: 5 }, ['/window']],
    ['an unknown kind', { unit: 'tokens', amount: 5, window: { kind: 'fixed' } }, ['/window/kind']],
    [
      'a length of nothing',
      { unit: 'tokens', amount: 5, window: { kind: 'rolling', seconds: 0 } },
      ['/window/seconds'],
    ],
    [
      'a length of over 366 days',
      { unit: 'tokens', amount: 5, window: { kind: 'session', seconds: 31_622_401 } },
      ['/window/seconds'],
    ],
    ['half a second', { unit: 'tokens', amount: 5, window: { kind: 'rolling', seconds: 0.5 } }, ['/window/seconds']],
    [
      'a session with a period',
      { unit: 'tokens', amount: 5, window: { kind: 'session', period: 'day' } },
      ['/window/seconds', '/window/period'],
    ],
    [
      'an unknown period',
      { unit: 'tokens', amount: 5, window: { kind: 'calendar', period: 'year' } },
      ['/window/period'],
    ],
    ['concurrency with a window', { unit: 'concurrency', amount: 5, window: lifetime }, ['/window']],
    ['an unknown field', { unit: 'tokens', amount: 5, window: lifetime, per: 'day' }, ['/per']],
    ['two faults at once', { unit: 'tokens', amount: -5 }, ['/amount', '/window']],
  ])('%s is refused by its pointer, and nothing is set', async (_name, body, expected) => {
    const answer = await refused(() => app.call('POST', keyLimits, body));
    expect([answer.status, pointers(answer)]).toEqual([400, expected]);
  });

  test.each(['Mars/Olympus', '+02:00', '2020-01-01T00:00Z', 'Europe/Berlin[u-ca=iso8601]', '', 'x'.repeat(65)])(
    'the time zone %j is refused, and the refusal says how zones are named',
    async (timeZone) => {
      const window = { kind: 'calendar', period: 'day', timeZone };
      const answer = await refused(() => app.call('POST', keyLimits, { unit: 'tokens', amount: 5, window }));
      expect(pointers(answer)).toEqual(['/window/timeZone']);
      if (timeZone.length < 65) expect(answer.body.detail).toMatch(/Europe\/Berlin/);
    },
  );
});

describe('how many', () => {
  test('the same unit and window twice is refused, naming the one that is there; another amount is no other limit', async () => {
    const { id } = await app.make(keyLimits, { unit: 'tokens', amount: 5, window: { kind: 'rolling', seconds: 60 } });
    const same = { unit: 'tokens', amount: 9, window: { kind: 'rolling', seconds: 60 } };
    const answer = await refused(() => app.call('POST', keyLimits, same));
    expect([answer.status, answer.body.code]).toEqual([409, 'conflict']);
    expect(answer.body.detail).toContain(id);
    await app.make(keyLimits, { ...same, window: { kind: 'session', seconds: 60 } });
    await app.make(keyLimits, { ...same, unit: 'requests' });
  });

  test('two that are sent at once become one', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4].map((amount) => app.call('POST', keyLimits, { unit: 'requests', amount, window: lifetime })),
    );
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['201', '409', '409', '409']);
    expect((await app.call('GET', keyLimits)).body.data).toHaveLength(1);
  });

  test('there are 20 at most', async () => {
    for (let seconds = 1; seconds <= 20; seconds++)
      await app.make(keyLimits, { unit: 'requests', amount: 5, window: { kind: 'rolling', seconds } });
    const answer = await refused(() => app.call('POST', keyLimits, { unit: 'tokens', amount: 5, window: lifetime }));
    expect([answer.status, answer.body.detail]).toEqual([409, 'There can be 20 limits here at most.']);
  });
});

describe('A07 A09 A15 X01 what becomes of the next call', () => {
  test('a limit that is set refuses from the next call on, and one that is removed does not any more', async () => {
    expect(await admits(app, tenant)).toBe(true);
    const { id } = await app.make(keyLimits, { unit: 'requests', amount: 0, window: lifetime });
    expect(await admits(app, tenant)).toBe(false);
    expect((await app.call('DELETE', `/limits/${id}`)).status).toBe(204);
    expect(await admits(app, tenant)).toBe(true);
    expect((await app.call('GET', `/limits/${id}`)).status).toBe(404);
    expect((await app.call('DELETE', `/limits/${id}`)).status).toBe(404);
  });

  test('raising and lowering act on the next call, also below what is used', async () => {
    const { id } = await app.make(keyLimits, { unit: 'tokens', amount: 25, window: lifetime });
    expect([await admits(app, tenant), await admits(app, tenant), await admits(app, tenant)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(await read(id)).toMatchObject({ used: 20, reserved: 0, remaining: 5, resetsAt: null });
    expect((await app.call('PATCH', `/limits/${id}`, { amount: 30 })).body).toMatchObject({
      amount: 30,
      remaining: 10,
    });
    expect([await admits(app, tenant), await admits(app, tenant)]).toEqual([true, false]);
    const lowered = await app.call('PATCH', `/limits/${id}`, { amount: 15 });
    expect(lowered.body).toMatchObject({ amount: 15, used: 30, remaining: 0 });
    expect(await admits(app, tenant, { tokens: 1 })).toBe(false);
  });

  test('only the amount changes, in the unit of the limit', async () => {
    const { id } = await app.make(keyLimits, { unit: 'cost', amount: '5', window: lifetime });
    for (const [body, pointer] of [
      [{ amount: 5 }, '/amount'],
      [{ amount: '-5' }, '/amount'],
      [{}, '/amount'],
      [{ amount: '5', unit: 'tokens' }, '/unit'],
      [{ amount: '5', window: { kind: 'lifetime' } }, '/window'],
    ] as const) {
      const answer = await refused(() => app.call('PATCH', `/limits/${id}`, body));
      expect([answer.status, pointers(answer)]).toEqual([400, [pointer]]);
    }
    expect((await app.call('PATCH', `/limits/${id}`, { amount: '7.50' })).body).toMatchObject({ amount: '7.5' });
  });

  test('a reset starts anew, once for the limit alone, and leaves the ledger as it is', async () => {
    const { id } = await app.make(keyLimits, { unit: 'requests', amount: 1, window: lifetime });
    const other = await app.make(keyLimits, { unit: 'tokens', amount: 1000, window: lifetime });
    expect([await admits(app, tenant), await admits(app, tenant)]).toEqual([true, false]);
    app.nowMs += 1000;
    const reset = await app.call('POST', `/limits/${id}/reset`);
    expect([reset.status, reset.body]).toMatchObject([200, { used: 0, remaining: 1 }]);
    expect([await admits(app, tenant), await admits(app, tenant)]).toEqual([true, false]);
    expect(await read(other['id'])).toMatchObject({ used: 20 });
    expect((await app.call('GET', `/requests?keyId=${tenant.keyId}`)).body.data).toHaveLength(2);
  });

  test('what is under way is shown as reserved, and a place comes back when it ends', async () => {
    const slots = await app.make(keyLimits, { unit: 'concurrency', amount: 1 });
    const tokens = await app.make(keyLimits, { unit: 'tokens', amount: 100, window: lifetime });
    await use(app, tenant, { tokens: 60, open: true });
    expect(await read(slots['id'])).toMatchObject({ used: 0, reserved: 1, remaining: 0, resetsAt: null, window: null });
    expect(await read(tokens['id'])).toMatchObject({ used: 0, reserved: 60, remaining: 40 });
    expect(await admits(app, tenant, { tokens: 1 })).toBe(false);
  });

  test.each([
    ['session', { kind: 'session', seconds: 3600 }, HOUR_MS],
    ['rolling', { kind: 'rolling', seconds: 3600 }, HOUR_MS + 30_000],
    ['calendar', { kind: 'calendar', period: 'day', timeZone: 'UTC' }, 24 * HOUR_MS],
  ])('A09 a %s window says when it resets, and then admits again', async (_kind, window, atMostMs) => {
    const { id } = await app.make(keyLimits, { unit: 'requests', amount: 1, window });
    expect([await admits(app, tenant), await admits(app, tenant)]).toEqual([true, false]);
    const resetsAtMs = Date.parse((await read(id)).resetsAt);
    expect(resetsAtMs - app.nowMs).toBeGreaterThan(0);
    expect(resetsAtMs - app.nowMs).toBeLessThanOrEqual(atMostMs);
    app.nowMs = resetsAtMs - 1;
    expect(await admits(app, tenant)).toBe(false);
    app.nowMs = resetsAtMs;
    expect(await admits(app, tenant)).toBe(true);
  });
});

describe('on a project and an account', () => {
  test('A15 their limits count the calls of all keys together, and are shown with them', async () => {
    const project = await app.make(`/projects/${tenants.theirs.projectId}/limits`, {
      unit: 'cost',
      amount: '1',
      window: { kind: 'calendar', period: 'month' },
    });
    const account = await app.make(`/accounts/${tenants.theirs.accountId}/limits`, {
      unit: 'tokens',
      amount: 25,
      window: lifetime,
    });
    const key = await app.make(`/projects/${tenants.theirs.projectId}/keys`, { name: 'b', scope: { mode: 'all' } });
    expect(await admits(app, tenants.theirs)).toBe(true);
    expect(await admits(app, tenants.theirs, { keyId: key['id'] })).toBe(true);
    expect(await admits(app, tenants.theirs)).toBe(false);
    const shown = await app.call('GET', `/projects/${tenants.theirs.projectId}`);
    expect(shown.body.limits).toEqual([{ ...project, used: '0.002', remaining: '0.998' }]);
    const accounts = await app.call('GET', `/accounts/${tenants.theirs.accountId}`);
    expect(accounts.body.limits).toEqual([{ ...account, used: 20, remaining: 5 }]);
    const list = (await app.call('GET', '/projects')).body.data;
    expect(list[0]).not.toHaveProperty('limits');
  });

  test('neither the platform’s account nor a management key can have limits: they make no calls', async () => {
    for (const path of [`/keys/${tenants.mine.projectKeyId}/limits`, '/accounts/acc_platform/limits']) {
      const answer = await refused(() => app.call('POST', path, { unit: 'tokens', amount: 1, window: lifetime }));
      expect([path, answer.status]).toEqual([path, 409]);
    }
  });

  test('a limit goes with its key', async () => {
    const { id } = await app.make(keyLimits, { unit: 'tokens', amount: 25, window: lifetime });
    const { confirm } = (await app.call('DELETE', `/keys/${tenant.keyId}`)).body;
    expect((await app.call('DELETE', `/keys/${tenant.keyId}?confirm=${confirm}`)).status).toBe(204);
    for (const options of [{}, { key: tenants.mine.accountKey }, { key: tenants.mine.projectKey }])
      expect((await app.call('GET', `/limits/${id}`, undefined, options)).status).toBe(404);
    expect((await app.call('GET', keyLimits)).status).toBe(404);
  });
});
