import { afterAll, beforeAll, expect, test } from 'vitest';
import { made, startTestApp, type TestApp } from '../kit/app.ts';
import type { Json } from '../kit/management.ts';
import { newPlace, type StorePlace } from '../kit/stores.ts';

// The other tests of limits run the API over SQLite. This one walks the same way once with two nodes on one Postgres:
// what is set through one of them is obeyed by the other.

let place: StorePlace;
let one: TestApp;
let other: TestApp;

beforeAll(async () => {
  place = await newPlace('postgres');
  const env = {
    DATABASE_URL: place.url ?? '',
    KEYWARD_SECRET: 'a-secret-of-more-than-32-characters-for-all',
  };
  one = await startTestApp({ env });
  other = await startTestApp({ env });
});
afterAll(async () => {
  await one?.remove();
  await other?.remove();
  await place?.clear();
});

async function status(app: TestApp, key: string): Promise<number> {
  const response = await fetch(`${app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await response.text();
  return response.status;
}
const call = (app: TestApp, method: string, path: string, body?: unknown) => app.api<Json>(method, path, body);

test('A07 A09 X01 limits set on one node are obeyed by the other at the next call', async () => {
  const project = (await call(one, 'GET', '/projects')).body.data[0];
  const session = { unit: 'requests', amount: 1, window: { kind: 'session', seconds: 18_000 } };
  const key = await made(one, `/projects/${project.id}/keys`, {
    name: 'shared',
    scope: { mode: 'all' },
    limits: [session],
  });
  expect([await status(other, key.value), await status(one, key.value)]).toEqual([200, 429]);

  const [limit] = (await call(other, 'GET', `/keys/${key.id}`)).body.limits;
  expect(limit).toMatchObject({ used: 1, reserved: 0, remaining: 0, subject: { type: 'key' } });
  const refused = (await call(other, 'POST', `/keys/${key.id}/explain`, { model: 'demo' })).body;
  expect(refused).toMatchObject({ code: 'rate_limit_exceeded', freesAt: limit.resetsAt });
  const later = { model: 'demo', at: limit.resetsAt };
  expect((await call(other, 'POST', `/keys/${key.id}/explain`, later)).body).toMatchObject({ allowed: true });

  await call(one, 'PATCH', `/limits/${limit.id}`, { amount: 2 });
  expect([await status(other, key.value), await status(other, key.value)]).toEqual([200, 429]);
  expect((await call(one, 'POST', `/keys/${key.id}/reset-usage`)).body.data[0]).toMatchObject({ used: 0 });
  expect(await status(other, key.value)).toBe(200);
  await call(one, 'POST', `/projects/${project.id}/limits`, { ...session, amount: 0, window: { kind: 'lifetime' } });
  expect(await status(other, key.value)).toBe(429);

  expect((await call(one, 'POST', '/ledger/verify', {})).body).toMatchObject({ differences: 0 });
  const template = await made(one, `/accounts/${project.accountId}/limit-templates`, { name: 't', limits: [session] });
  await call(one, 'PATCH', `/keys/${key.id}`, { limitTemplateId: template.id });
  const kept = await call(other, 'DELETE', `/limit-templates/${template.id}`);
  expect([kept.status, kept.body.detail]).toEqual([409, expect.stringMatching(/^One key refers/)]);
});
