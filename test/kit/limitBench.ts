import { expect } from 'vitest';
import { makeSetting, made, startTestApp, type Setting, type TestApp } from './app.ts';
import { eventually, rowsOf, type Row } from './gateway.ts';
import { startUpstream, type FakeUpstream } from './upstream.ts';

/** A limit as the API takes it; `concurrency` has no window. */
export interface LimitBody {
  readonly unit: 'requests' | 'tokens' | 'cost' | 'concurrency';
  readonly amount: number | string;
  readonly window?: object;
}

/** Where a limit stands, as the API shows it. */
export interface Standing extends LimitBody {
  readonly id: string;
  readonly used: number | string;
  readonly reserved: number | string;
  readonly remaining: number | string;
  readonly resetsAt: string | null;
}

export interface TestKey {
  readonly id: string;
  readonly value: string;
}

/** A Keyward before a scripted upstream of each kind, for tests of limits; each test makes keys of its own. */
export interface LimitBench {
  readonly app: TestApp;
  readonly upstream: FakeUpstream;
  /** Model, provider and project of the kind; its prices are 2 in and 10 out per million. */
  readonly openai: Setting;
  readonly anthropic: Setting;
  /** Moves the clock of the app. */
  later(ms: number): void;
  newKey(limits?: readonly LimitBody[], fields?: object): Promise<TestKey>;
  /** Sends a request with a key. `model` is filled in by route unless the body names one. */
  post(
    key: TestKey | string,
    path: string,
    body: object,
    options?: { headers?: Record<string, string>; signal?: AbortSignal },
  ): Promise<Response>;
  chat(key: TestKey | string, body?: object, signal?: AbortSignal): Promise<Response>;
  standing(key: TestKey): Promise<Standing[]>;
  rows(key: TestKey, count: number): Promise<Row[]>;
  /** Nothing is held for the key any more, and every counter of the store is what ledger and calls under way say. */
  expectBalanced(key: TestKey): Promise<Standing[]>;
  close(): Promise<void>;
}

export const LIFETIME = { kind: 'lifetime' } as const;
export const lifetime = (unit: LimitBody['unit'], amount: number | string): LimitBody =>
  unit === 'concurrency' ? { unit, amount } : { unit, amount, window: LIFETIME };

export async function startLimitBench(options: { env?: Record<string, string> } = {}): Promise<LimitBench> {
  let laterMs = 0;
  const upstream = await startUpstream();
  const app = await startTestApp({ clock: () => Date.now() + laterMs, ...options });
  const openai = await makeSetting(app, upstream.url, { key: { limits: [] } });
  const provider = await made(app, '/providers', {
    name: 'claude',
    kind: 'anthropic',
    baseUrl: upstream.url,
    credential: 'upstream-secret',
  });
  const claude = await made(app, '/models', {
    name: 'vendor/claude',
    providerId: provider.id,
    prices: { inputPerMillion: '2', outputPerMillion: '10' },
  });
  const anthropic: Setting = { ...openai, providerId: provider.id, modelId: claude.id, model: 'vendor/claude' };
  let keys = 0;

  const bench: LimitBench = {
    app,
    upstream,
    openai,
    anthropic,
    later: (ms) => void (laterMs += ms),
    async newKey(limits = [], fields = {}) {
      keys += 1;
      return made(app, `/projects/${openai.projectId}/keys`, {
        name: `limited ${keys}`,
        scope: { mode: 'all' },
        limits,
        ...fields,
      });
    },
    post: (key, path, body, { headers = {}, signal } = {}) =>
      fetch(app.url + path, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${typeof key === 'string' ? key : key.value}`,
          'content-type': 'application/json',
          ...headers,
        },
        body: JSON.stringify({ model: path.startsWith('/v1/messages') ? anthropic.model : openai.model, ...body }),
        ...(signal && { signal }),
      }),
    chat: (key, body = {}, signal) =>
      bench.post(
        key,
        '/v1/chat/completions',
        { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 20, ...body },
        signal ? { signal } : {},
      ),
    async standing(key) {
      return (await app.api<{ data: Standing[] }>('GET', `/keys/${key.id}/limits`)).body.data;
    },
    rows: (key, count) => rowsOf(app, key.id, count),
    async expectBalanced(key) {
      // A client that left does not wait for the settlement of its call.
      const found = await eventually(async () => {
        const standing = await bench.standing(key);
        return standing.every(({ reserved }) => Number(reserved) === 0) ? standing : undefined;
      });
      const { body } = await app.api('POST', '/ledger/verify', {});
      expect(body).toMatchObject({ differences: 0, data: [] });
      return found;
    },
    async close() {
      await app.remove();
      await upstream.close();
    },
  };
  return bench;
}
