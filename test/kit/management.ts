import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { PLATFORM_ACCOUNT_ID } from '../../src/core/account.ts';
import { authorise } from '../../src/core/authorise.ts';
import { deny } from '../../src/core/denial.ts';
import { idMaker } from '../../src/core/id.ts';
import { keyHasher } from '../../src/core/keyValue.ts';
import type { SubjectRef } from '../../src/core/limitStore.ts';
import type { Store } from '../../src/core/ports.ts';
import type { ManagementDeps } from '../../src/http/manage/deps.ts';
import { createManagement } from '../../src/http/manage/management.ts';
import type { RouteTable } from '../../src/http/manage/routeTable.ts';
import { createDirectory, type Directory } from '../../src/service/directory.ts';
import { createIdentities, type Identities } from '../../src/service/identity.ts';
import { createKeyring, type Keyring } from '../../src/service/keyring.ts';
import { createPersons } from '../../src/service/persons.ts';
import { createPulse } from '../../src/service/pulse.ts';
import { createShapes } from '../../src/service/shapes.ts';
import { createStopwatch } from '../../src/service/stopwatch.ts';
import type { SystemFacts } from '../../src/service/system.ts';
import { createCipher } from '../../src/store/cipher.ts';
import { openStore } from '../../src/store/open.ts';
import { refuseHost } from '../../src/upstream/guard.ts';

const ROOT_KEY = 'root-key-for-tests-0123456789abcdefghij';

/**
 * The management API alone, listening, over a real store, with a clock that the test moves. A user's id passes for a
 * key of theirs.
 */
export interface TestManagement {
  readonly url: string;
  readonly dataDir: string;
  readonly store: Store;
  readonly keyring: Keyring;
  readonly directory: Directory;
  readonly hash: (value: string) => string;
  readonly logged: string[];
  /** Every route there is, as `GET /api/v1/keys/:id`. */
  readonly routes: readonly string[];
  readonly operations: RouteTable['operations'];
  /** Milliseconds; add to it to let time pass. */
  nowMs: number;
  /** The address every client seems to have. */
  address: string | null;
  call(method: string, path: string, body?: unknown, options?: CallOptions): Promise<Answer>;
  /** Creates a thing, or fails with what the API said. */
  make(path: string, body: object, options?: CallOptions): Promise<Record<string, Json>>;
  /** What the doors would decide about a key's value that wants a model, an endpoint or a service (by id): `ok` or the denial's code. */
  decide(value: string, type?: 'model' | 'endpoint' | 'service', id?: string, method?: string): Promise<string>;
  /** Everything the store holds that the API can change, to show that a refused call changed nothing. */
  snapshot(): Promise<string>;
  close(): Promise<void>;
}

/** JSON of an answer, in which a test reads whatever it expects: what is not there fails the test. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

export interface CallOptions {
  /** Left out: the root key. Null: no credential. */
  readonly key?: string | null;
  readonly headers?: Record<string, string>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON; undefined for an empty body. Tests read whatever they expect in it. */
  readonly body: Json;
  readonly text: string;
}

export async function startManagement(
  options: Partial<
    Pick<
      ManagementDeps,
      'doors' | 'bodyWithinMs' | 'scannerKeys' | 'testProvider' | 'docsDir' | 'sendWebhook' | 'refuseWebhookHost'
    >
  > = {},
): Promise<TestManagement> {
  const dataDir = await mkdtemp(join(tmpdir(), 'keyward-manage-'));
  const store = await openStore({ url: null, dataDir, cipher: createCipher(new Uint8Array(32).fill(7)) });
  const logged: string[] = [];
  const clock = () => test.nowMs;
  const hashValue = keyHasher(new Uint8Array(32).fill(9));
  const newId = idMaker(randomBytes, Date.now);
  const keyring = createKeyring({ keys: store.keys, clock, capacity: 1000, maxAgeMs: Infinity });
  const directory = await createDirectory(store.catalogue);
  const keyPrefix = 'kw_';
  const shapes = createShapes({ meta: store.meta, keyPrefix, clock });
  if (!(await store.accounts.get(PLATFORM_ACCOUNT_ID))) {
    await store.accounts.create({
      id: PLATFORM_ACCOUNT_ID,
      name: 'Platform',
      status: 'active',
      nameEditable: false,
      defaultGroupId: null,
      createdAtMs: 0,
    });
  }
  const app = await createManagement({
    store,
    keyring,
    directory,
    clock,
    random: randomBytes,
    newId,
    hashValue,
    keyPrefix,
    shapes,
    identities: withPeople(createIdentities({ keyring, hashValue, shapes, rootKey: ROOT_KEY, clock }), store),
    tokenKey: new Uint8Array(32).fill(3),
    publicUrl: 'http://keyward.test',
    clientAddress: () => test.address,
    refuseHost,
    sendWebhook: async () => ({ status: 204, error: null, durationMs: 1 }),
    refuseWebhookHost: () => null,
    system: systemFacts(clock),
    logger: pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
    ...options,
  });
  const server = createServer((request, response) => app.routing(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const test: TestManagement = {
    url,
    dataDir,
    store,
    keyring,
    directory,
    hash: hashValue,
    logged,
    routes: app.routeTable.all,
    operations: app.routeTable.operations,
    nowMs: Date.parse('2026-03-01T12:00:00Z'),
    address: '192.0.2.10',
    call: (method, path, body, callOptions) => call(`${url}/api/v1${path}`, method, body, callOptions),
    async make(path, body, callOptions) {
      const answer = await test.call('POST', path, body, callOptions);
      if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`);
      return answer.body;
    },
    async decide(value, type, id, method = 'POST') {
      const record = await keyring.lookup(hashValue(value));
      const resource = type && id ? { type, id } : null;
      const exists = resource !== null && record?.project != null && directory.has(record.project.id, resource);
      const wanted =
        type === undefined
          ? { kind: 'list' as const }
          : {
              kind: type === 'service' ? ('service' as const) : ('model' as const),
              resource: exists ? resource : null,
              method,
            };
      return authorise(record, test.address, test.nowMs, wanted)?.code ?? 'ok';
    },
    async snapshot() {
      const everywhere = { accountId: null, projectId: null, limit: 1000, nowMs: 0 };
      const state = [
        await store.accounts.list({ ...everywhere, id: null }),
        await store.projects.list(everywhere),
        await store.keys.list(everywhere),
        await store.catalogue.read(),
        await limitsOf(store),
      ];
      return JSON.stringify(state, (_name, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await app.close();
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return test;
}

/** People too, for tests: whoever presents a user's id is that user. */
function withPeople(identities: Identities, store: Store): Identities {
  const callerOfUser = createPersons(store);
  return {
    ...identities,
    async identify(value, address, self) {
      if (!value?.startsWith('usr_')) return identities.identify(value, address, self);
      return (await callerOfUser(value)) ?? deny('invalid_api_key');
    },
  };
}

/** All limits there are, with what is counted of them. */
async function limitsOf(store: Store): Promise<unknown[]> {
  const everywhere = { accountId: null, projectId: null, limit: 1000, nowMs: 0 };
  const accounts = (await store.accounts.list({ ...everywhere, id: null })).data;
  const templates = (await Promise.all(accounts.map(({ id }) => store.limits.listTemplates(id)))).flat();
  const subjects: SubjectRef[] = [
    ...accounts.map(({ id }) => ({ type: 'account' as const, id })),
    ...(await store.projects.list(everywhere)).data.map(({ id }) => ({ type: 'project' as const, id })),
    ...(await store.keys.list(everywhere)).data.map(({ id }) => ({ type: 'key' as const, id })),
    ...templates.map(({ id }) => ({ type: 'template' as const, id })),
  ];
  const limits = await Promise.all(subjects.map((subject) => store.limits.list(subject)));
  const states = await Promise.all(
    subjects.filter(({ type }) => type !== 'template').map((subject) => store.limits.appliedTo(subject, 0)),
  );
  return [templates, limits.flat(), states.flat()];
}

async function call(
  url: string,
  method: string,
  body: unknown,
  { key = ROOT_KEY, headers = {} }: CallOptions = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && {
      body: typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body),
    }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: text === '' ? undefined : isJson ? JSON.parse(text) : text,
  };
}

/** Of a process that has just begun. */
function systemFacts(clock: () => number): SystemFacts {
  const stopwatch = createStopwatch(clock, clock);
  return {
    version: '0.0.0',
    runtime: 'Node 0',
    startedAtMs: 0,
    nodeId: 'node_test',
    lease: { term: () => 1 },
    sweeps: createPulse(clock, stopwatch),
    sweepMs: 250,
    keyAgeMs: 0,
    stopwatch,
    settings: [],
  };
}
