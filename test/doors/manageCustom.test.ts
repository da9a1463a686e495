import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json, TestManagement } from '../kit/management.ts';
import { startTenants, type Tenants } from './manageSetting.ts';

const HOUR_MS = 3_600_000;

let tenants: Tenants;
let app: TestManagement;
beforeAll(async () => {
  tenants = await startTenants();
  ({ app } = tenants);
});
afterAll(() => app.close());

const chosen = (): string => `own-${randomBytes(18).toString('base64url')}`;
const create = (value: unknown, fields: object = {}, tenant = tenants.mine): Promise<Json> =>
  app.call('POST', `/projects/${tenant.projectId}/keys`, { name: 'a key', scope: { mode: 'all' }, value, ...fields });
const allow = async (customKeys: boolean, tenant = tenants.mine): Promise<void> => {
  await app.call('PATCH', `/accounts/${tenant.accountId}/security`, { customKeys });
};
const nextHour = (): void => void (app.nowMs += HOUR_MS);

test('A04 a chosen value is refused unless the account allows it, then it opens the key and is shown masked', async () => {
  const value = chosen();
  const refused = await create(value);
  expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, '/value']);
  await allow(true);
  const { status, body } = await create(value);
  expect([status, body.value]).toEqual([201, value]);
  expect(body.masked).toBe(`${value.slice(0, 5)}***${value.slice(-4)}`);
  expect(await app.decide(value)).toBe('ok');
  // What was chosen goes on working when no more may be chosen.
  await allow(false);
  expect(await app.decide(value)).toBe('ok');
  expect((await create(chosen())).status).toBe(400);
});

test('T10 of the shortest chosen value no more than half is shown', async () => {
  await allow(true);
  nextHour();
  const { status, body } = await create('x7Kq2mVt9LwRb4Zs');
  expect(status).toBe(201);
  expect(body.masked.replace('***', '').length).toBeLessThanOrEqual(8);
});

test('A04 T31 a value that is or was in use answers 409 in the same words, whoever’s it is', async () => {
  await allow(true);
  await allow(true, tenants.theirs);
  nextHour();
  const [mine, theirs, deleted] = [chosen(), chosen(), chosen()];
  await create(mine);
  await create(theirs, {}, tenants.theirs);
  const { body: gone } = await create(deleted, { name: 'gone' });
  await app.call('DELETE', `/keys/${gone.id}?confirm=gone`);
  const answers = await Promise.all([mine, theirs, deleted].map((value) => create(value)));
  expect(answers.map(({ status }) => status)).toEqual([409, 409, 409]);
  expect(new Set(answers.map(({ body }) => body.detail)).size).toBe(1);
  for (const { text } of answers) expect(text).not.toMatch(/own-|acc_|key_/);
});

test('A04 short, foreign, weak, generated-looking values and those of management keys are refused, and never repeated', async () => {
  await allow(true);
  nextHour();
  for (const [value, fields] of [
    ['short-Xa91', {}],
    [`${chosen()}!`, {}],
    ['x'.repeat(129), {}],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', {}],
    [`kw_${randomBytes(27).toString('hex').slice(0, 36)}`, {}],
    ['x7Kq2mVt9L-billing-worker-wR', { name: 'billing worker' }],
    [chosen(), { class: 'management', scope: undefined }],
  ] as const) {
    const { status, body, text } = await create(value, fields);
    expect([status, body.errors[0].pointer]).toEqual([400, '/value']);
    expect(text).not.toContain(value.slice(0, 8));
  }
});

test('A04 ten tries in an hour, failures included, for each caller in each account; then 429 says how long', async () => {
  await allow(true);
  await allow(true, tenants.theirs);
  nextHour();
  for (let at = 0; at < 10; at++)
    expect((await create(at % 2 === 0 ? 'weakweakweakweakweak' : chosen())).status).not.toBe(429);
  const { status, body, headers } = await create(chosen());
  expect([status, body.code]).toEqual([429, 'too_many_attempts']);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(3600);
  expect((await create(undefined)).status).toBe(201);
  expect((await create(chosen(), {}, tenants.theirs)).status).toBe(201);
  app.nowMs += Number(headers.get('retry-after')) * 1000;
  expect((await create(chosen())).status).toBe(201);
});

test('A04 a creation sent twice is made once, and what is remembered of it is no hash of the value alone', async () => {
  await allow(true);
  nextHour();
  const value = chosen();
  const body = { name: 'twice', scope: { mode: 'all' }, value };
  const send = (): Promise<Json> =>
    app.call('POST', `/projects/${tenants.mine.projectId}/keys`, body, { headers: { 'idempotency-key': '"own"' } });
  const [first, second] = [await send(), await send()];
  expect([first.body.value, second.body.value, second.body.id]).toEqual([value, null, first.body.id]);
});
