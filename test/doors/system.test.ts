import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../kit/app.ts';
import type { Json } from '../kit/management.ts';
import { newPlace, type StorePlace } from '../kit/stores.ts';

const SECRET = 'a-secret-of-more-than-32-characters-for-all';

let place: StorePlace;
let alone: TestApp;
let one: TestApp;
let other: TestApp;

beforeAll(async () => {
  place = await newPlace('postgres');
  const env = { DATABASE_URL: place.url ?? '', KEYWARD_SECRET: SECRET };
  alone = await startTestApp({
    env: {
      KEYWARD_TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1',
      KEYWARD_REGION: 'eu-1',
      KEYWARD_REGIONS: 'eu-1=https://eu.example.com/',
    },
  });
  one = await startTestApp({ env });
  other = await startTestApp({ env });
});
afterAll(async () => {
  await alone?.remove();
  await one?.remove();
  await other?.remove();
  await place?.clear();
});

const system = async (app: TestApp): Promise<Json> => (await app.api<Json>('GET', '/system')).body;

test('a node alone says that it is ready, what it runs on, and that changes act at once', async () => {
  const body = await system(alone);
  expect(body).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    runtime: `Node ${process.versions.node}`,
    ready: true,
    reasons: [],
    store: { engine: 'sqlite', schema: expect.stringMatching(/^\d{3}_/) },
    nodes: [{ isHere: true, alive: true, leaseUntil: null }],
    revocation: { promisedMs: 0, boundMs: 0, keyAgeMs: 0, sweepMs: 250, catalogueAgeMs: null },
    regions: { own: 'eu-1', all: [{ id: 'eu-1', baseUrl: 'https://eu.example.com' }] },
    counts: { accounts: 2, projects: 1, users: 1 },
  });
  expect(body.store.checkMs).toBeGreaterThanOrEqual(0);
});

test('two nodes on one store see each other, and the bound that was seen keeps the promise', async () => {
  await expect.poll(async () => (await system(one)).revocation.worstSweepMs).toBeGreaterThan(0);
  const [here, there] = [await system(one), await system(other)];
  expect(here.nodes).toHaveLength(2);
  expect(here.nodes.map(({ id }: Json) => id)).toEqual(there.nodes.map(({ id }: Json) => id));
  const own = (body: Json) => body.nodes.filter(({ isHere }: Json) => isHere).map(({ id }: Json) => id);
  expect(own(here)).toHaveLength(1);
  expect(own(here)).not.toEqual(own(there));
  expect(here.nodes.every(({ alive }: Json) => alive)).toBe(true);
  const { promisedMs, boundMs, keyAgeMs, worstSweepMs, catalogueAgeMs } = here.revocation;
  expect(boundMs).toBe(keyAgeMs + worstSweepMs);
  expect(keyAgeMs).toBe(500);
  expect(promisedMs).toBe(1000);
  expect(catalogueAgeMs).toBeLessThan(5000);
});

test('X03 settings are told as they are in force, and of a secret only whether it is set', async () => {
  const answer = await one.api<Json>('GET', '/system');
  const text = JSON.stringify(answer.body);
  expect(text).not.toContain(SECRET);
  expect(text).not.toContain(place.url);
  expect(text).not.toContain('root-key-for-tests');
  const named = (body: Json, name: string) => body.settings.find((one_: Json) => one_.name === name);
  expect(named(answer.body, 'KEYWARD_SECRET')).toMatchObject({ value: null, isSet: true, isDefault: false });
  expect(named(answer.body, 'DATABASE_URL')).toMatchObject({ value: null, isSet: true });
  expect(named(answer.body, 'KEYWARD_BODY_LIMIT_MB')).toMatchObject({ value: '20', isDefault: true });
  expect(named(answer.body, 'KEYWARD_OIDC_CLIENT_SECRET')).toMatchObject({ value: null, isSet: false });
  expect(named(answer.body, 'KEYWARD_MANAGEMENT_KEY')).toBeUndefined();
  const own = await system(alone);
  expect(named(own, 'KEYWARD_TRUSTED_PROXIES')).toMatchObject({ value: '10.0.0.0/8, 192.0.2.1', isDefault: false });
  expect(named(own, 'KEYWARD_REGIONS')).toMatchObject({ value: 'eu-1=https://eu.example.com' });
  expect(named(own, 'KEYWARD_DRAIN_SECONDS')).toMatchObject({ value: '1', isDefault: false });
});
