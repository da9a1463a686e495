// One of two nodes loses touch with their Postgres, in whole or in part: what it decides and carries stays within its bounds.

import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startApp, type App } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { Fault } from '../../src/core/fault.ts';
import type { Store } from '../../src/core/ports.ts';
import { openStore } from '../../src/store/open.ts';
import { ROOT_KEY } from '../kit/app.ts';
import { eventually } from '../kit/gateway.ts';
import { newPlace, type StorePlace } from '../kit/stores.ts';
import { answerChat, answerEvents, chatEvents, startUpstream, type FakeUpstream } from '../kit/upstream.ts';

const LEASE_MS = 1500;

/** What a store can fail in: with an answer, or without one. */
type Part = 'catalogue' | 'keys' | 'lease' | 'reserve';
type Trouble = 'fails' | 'hangs';

let place: StorePlace;
let upstream: FakeUpstream;
let near: App;
let far: App;
let projectId: string;
let providerId: string;
/** Of the far node's store. */
const trouble = new Map<Part, Trouble>();
/** Goes on with what hangs. */
const hanging: (() => void)[] = [];

beforeAll(async () => {
  place = await newPlace('postgres');
  upstream = await startUpstream();
  near = await startNode(openStore);
  far = await startNode(async (options) => troubled(await openStore(options)));
  const account = await api<{ id: string }>('POST', '/accounts', { name: 'Cut off' });
  projectId = (await api<{ id: string }>('POST', '/projects', { accountId: account.id, name: 'Cut off' })).id;
  providerId = (await api<{ id: string }>('POST', '/providers', { name: 'up', kind: 'openai', baseUrl: upstream.url }))
    .id;
});
afterAll(async () => {
  heal();
  await near.stop();
  await far.stop();
  await upstream.close();
  await place.clear();
});
beforeEach(async () => {
  heal();
  upstream.script = answerChat();
  await eventually(async () => ((await ready()) === 200 ? true : undefined));
});

test.each(['fails', 'hangs'] as const)(
  'X01 a catalogue that cannot be read (it %s) decides nothing once it is old: 503 within a second of a change, readyz too',
  { timeout: 60_000 },
  async (how) => {
    const { id, name } = await newModel();
    const { value } = await newKey();
    await eventually(async () => ((await chat(value, name)).status === 200 ? true : undefined));
    trouble.set('catalogue', how);
    await remove(`/models/${id}`);
    await wait(1000);
    const before = upstream.seen.length;
    for (const answer of await Promise.all([chat(value, name), list(value), verify(value, name)]))
      expect(answer).toMatchObject({ status: 503, code: 'store_unavailable' });
    expect(await ready()).toBe(503);
    expect(upstream.seen).toHaveLength(before);
    heal();
    await eventually(async () => ((await ready()) === 200 ? true : undefined));
    expect(await chat(value, name)).toMatchObject({ status: 404, code: 'model_not_found' });
  },
);

test.each(['fails', 'hangs'] as const)(
  'X02 a stream whose key cannot be read (it %s) is cut within the bound, and recorded as broken off',
  { timeout: 60_000 },
  async (how) => {
    const { name } = await newModel();
    const key = await newKey();
    const streaming = await stream(key.value, name);
    trouble.set('keys', how);
    const startedMs = performance.now();
    await api('POST', `/keys/${key.id}/disable`);
    expect(await streaming.end).toContain('"code":"store_unavailable"');
    // A key is believed for half a second, then missed for one, and a sweep comes every quarter.
    expect(performance.now() - startedMs).toBeLessThan(2500);
    heal();
    expect(await rowOf(key.id)).toMatchObject({ outcome: 'aborted', status: 200 });
  },
);

test('a node whose lease has run out breaks off its calls and admits none until it holds it again', async () => {
  const { name } = await newModel();
  const key = await newKey([{ unit: 'concurrency', amount: 1 }]);
  const streaming = await stream(key.value, name);
  trouble.set('lease', 'fails');
  expect(await streaming.end).toContain('"code":"store_unavailable"');
  const before = upstream.seen.length;
  expect(await chat(key.value, name)).toMatchObject({ status: 503, code: 'store_unavailable' });
  expect(await ready()).toBe(503);
  expect(upstream.seen).toHaveLength(before);
  heal();
  upstream.script = answerChat();
  await eventually(async () => ((await chat(key.value, name)).status === 200 ? true : undefined));
  expect(await rowOf(key.id)).toMatchObject({ outcome: 'answered' });
  expect(await api('POST', '/ledger/verify', {})).toMatchObject({ differences: 0 });
});

test('a node that took longer to start than a lease lasts serves as soon as it has started', async () => {
  const key = await newKey();
  const { name } = await newModel();
  const leaseMs = 500;
  const slow = await startNode(async (options) => {
    const store = await openStore(options);
    return {
      ...store,
      catalogue: { ...store.catalogue, read: () => wait(leaseMs).then(() => store.catalogue.read()) },
    };
  }, leaseMs);
  try {
    expect((await fetch(`${slow.url}/readyz`)).status).toBe(200);
    expect(await chat(key.value, name, slow)).toMatchObject({ status: 200 });
  } finally {
    await slow.stop();
  }
});

test('an admission waits three seconds for a store that does not answer, and takes nothing when it answers later', async () => {
  const { name } = await newModel();
  const key = await newKey([{ unit: 'requests', amount: 1, window: { kind: 'lifetime' } }]);
  trouble.set('reserve', 'hangs');
  const before = upstream.seen.length;
  const startedMs = performance.now();
  expect(await chat(key.value, name)).toMatchObject({ status: 503, code: 'store_unavailable' });
  expect(performance.now() - startedMs).toBeGreaterThan(2900);
  expect(performance.now() - startedMs).toBeLessThan(4000);
  heal();
  await eventually(async () => ((await chat(key.value, name)).status === 200 ? true : undefined));
  expect(upstream.seen).toHaveLength(before + 1);
});

async function startNode(open: typeof openStore, leaseMs = LEASE_MS): Promise<App> {
  const read = readConfig({
    PORT: '0',
    DATABASE_URL: place.url ?? '',
    KEYWARD_DATA_DIR: place.dataDir,
    KEYWARD_ROOT_KEY: ROOT_KEY,
    KEYWARD_DRAIN_SECONDS: '1',
  });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  return startApp({ config: read.config, log: pino({ level: 'silent' }), leaseMs, open });
}

function troubled(store: Store): Store {
  const run = async <T>(part: Part, work: () => Promise<T>): Promise<T> => {
    const how = trouble.get(part);
    if (how === 'fails') throw new Fault('store_unavailable', 'injected');
    if (how === 'hangs') await new Promise<void>((resolve) => void hanging.push(resolve));
    return work();
  };
  const { catalogue, keys, limits } = store;
  return {
    ...store,
    catalogue: { ...catalogue, read: () => run('catalogue', () => catalogue.read()) },
    keys: { ...keys, findByHashes: (hashes) => run('keys', () => keys.findByHashes(hashes)) },
    limits: {
      ...limits,
      renewLease: (...args) => run('lease', () => limits.renewLease(...args)),
      reserveEach: (asks) => run('reserve', () => limits.reserveEach(asks)),
    },
  };
}

function heal(): void {
  trouble.clear();
  for (const goOn of hanging.splice(0)) goOn();
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const ready = async () => (await fetch(`${far.url}/readyz`)).status;

/** On the node that is well. */
async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${near.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${ROOT_KEY}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

async function remove(path: string): Promise<void> {
  await api('DELETE', path);
}

let made = 0;

async function newModel(): Promise<{ id: string; name: string }> {
  const name = `vendor/m${(made += 1)}`;
  const prices = { inputPerMillion: '2', outputPerMillion: '10' };
  const { id } = await api<{ id: string }>('POST', '/models', { name, providerId, prices });
  const { value } = await newKey();
  await eventually(async () => ((await chat(value, name)).status === 200 ? true : undefined));
  return { id, name };
}

const newKey = (limits: readonly object[] = []) =>
  api<{ id: string; value: string }>('POST', `/projects/${projectId}/keys`, {
    name: 'cut off',
    scope: { mode: 'all' },
    limits,
  });

async function post(path: string, key: string, body: object, node = far) {
  return codeOf(
    await fetch(`${node.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );
}

async function codeOf(answer: Response): Promise<{ status: number; code: string | undefined }> {
  const body = (await answer.json()) as { code?: string; error?: { code?: string } };
  return { status: answer.status, code: body.error?.code ?? body.code };
}

const chat = (key: string, model: string, node = far) =>
  post('/v1/chat/completions', key, { model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 5 }, node);
const verify = (key: string, name: string) =>
  post('/api/v1/keys/verify', ROOT_KEY, { key, resource: { type: 'model', name } });
const list = async (key: string) =>
  codeOf(await fetch(`${far.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } }));

/** A stream that goes on until it is cut; answers once it has begun. */
async function stream(key: string, model: string): Promise<{ end: Promise<string> }> {
  upstream.script = answerEvents(chatEvents(Array.from({ length: 2000 }, () => 'on ')), 20);
  const answer = await fetch(`${far.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'Hi' }] }),
  });
  expect(answer.status).toBe(200);
  const end = (async () => {
    let text = '';
    try {
      for await (const part of answer.body!) text += Buffer.from(part).toString();
    } catch {
      // It was broken off after its last words.
    }
    return text;
  })();
  return { end };
}

const rowOf = (keyId: string) =>
  eventually(async () => (await api<{ data: object[] }>('GET', `/requests?keyId=${keyId}`)).data[0], 10_000);
