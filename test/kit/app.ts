import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startApp, type App } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import type { Clock } from '../../src/core/ambient.ts';

export const ROOT_KEY = 'root-key-for-tests-0123456789abcdefghij';

/** A whole Keyward in this process, on a free port, with a store of its own. */
export interface TestApp extends App {
  readonly dataDir: string;
  /** Everything that was logged, one JSON line each. */
  readonly logged: string[];
  /** Calls the management API as the operator (or with `key`); the body is sent as JSON. */
  api<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    options?: ApiOptions,
  ): Promise<ApiAnswer<T>>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

export interface ApiOptions {
  /** Null: no credential at all. */
  readonly key?: string | null;
  readonly headers?: Record<string, string>;
}

export interface ApiAnswer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export async function startTestApp(
  options: { env?: Record<string, string>; clock?: Clock; dataDir?: string } = {},
): Promise<TestApp> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'keyward-')));
  const read = readConfig({
    PORT: '0',
    KEYWARD_DATA_DIR: dataDir,
    KEYWARD_ROOT_KEY: ROOT_KEY,
    KEYWARD_DRAIN_SECONDS: '1',
    ...options.env,
  });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const app = await startApp({ config: read.config, log, ...(options.clock && { clock: options.clock }) });
  return {
    ...app,
    dataDir,
    logged,
    api: (method, path, body, apiOptions) => callApi(app.url, method, path, body, apiOptions),
    async remove() {
      await app.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function callApi<T>(
  url: string,
  method: string,
  path: string,
  body: unknown,
  { key = ROOT_KEY, headers = {} }: ApiOptions = {},
): Promise<ApiAnswer<T>> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === '' ? undefined : JSON.parse(text)) as T,
  };
}

/** A project with a provider, a model on it, and a key for all of it: what most tests start from. */
export interface Setting {
  readonly projectId: string;
  readonly providerId: string;
  readonly modelId: string;
  readonly model: string;
  readonly keyId: string;
  readonly key: string;
}

let settings = 0;

/** Makes a setting whose provider is the upstream at `baseUrl`; its credential is `upstream-secret`. */
export async function makeSetting(
  app: TestApp,
  baseUrl: string,
  options: { kind?: 'openai' | 'anthropic' | 'http'; provider?: object; model?: object; key?: object } = {},
): Promise<Setting> {
  const number = ++settings;
  const account = await made(app, '/accounts', { name: `Account ${number}` });
  // More than one test may need: the cap has tests of its own.
  await app.api('PATCH', `/accounts/${account.id}/quota`, { keyCap: 1_000 });
  const project = await made(app, '/projects', {
    accountId: account.id,
    name: `Project ${number}`,
    defaultKey: false,
  });
  const provider = await made(app, '/providers', {
    name: `provider-${number}`,
    kind: options.kind ?? 'openai',
    baseUrl,
    credential: 'upstream-secret',
    ...options.provider,
  });
  const name = `vendor/model-${number}`;
  const model =
    options.kind === 'http'
      ? { id: '' }
      : await made(app, '/models', {
          name,
          providerId: provider.id,
          prices: { inputPerMillion: '2', outputPerMillion: '10' },
          ...options.model,
        });
  const key = await made(app, `/projects/${project.id}/keys`, {
    name: `key-${number}`,
    scope: { mode: 'all' },
    ...options.key,
  });
  return {
    projectId: project.id,
    providerId: provider.id,
    modelId: model.id,
    model: name,
    keyId: key.id,
    key: key.value,
  };
}

/** Creates a thing through the API, or fails with what the API said. */
export async function made(
  app: TestApp,
  path: string,
  body: object,
): Promise<{ id: string; value: string } & Record<string, unknown>> {
  const answer = await app.api<{ id: string; value: string } & Record<string, unknown>>('POST', path, body);
  if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
