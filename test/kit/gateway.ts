import { connect, type Socket } from 'node:net';
import { makeSetting, startTestApp, type Setting, type TestApp } from './app.ts';
import { startUpstream, type FakeUpstream } from './upstream.ts';

/** A Keyward before a scripted upstream, with a key that opens a model on it. */
export interface Bench {
  readonly app: TestApp;
  readonly upstream: FakeUpstream;
  readonly setting: Setting;
  readonly port: number;
  /** Calls `/v1/chat/completions` (or `path`) with the setting's key; `model` is filled in. */
  call(body?: object, options?: CallOptions): Promise<Response>;
  /** The rows of the setting's key (or another's), newest first, once there are at least `count`. */
  rows(count: number, keyId?: string): Promise<Row[]>;
  close(): Promise<void>;
}

export interface CallOptions {
  readonly path?: string;
  readonly key?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** A row of the ledger as the API shows it. */
export interface Row {
  readonly id: string;
  readonly accountId: string;
  readonly projectId: string;
  readonly keyId: string;
  readonly route: string;
  readonly resource: { readonly type: string; readonly id: string; readonly name: string } | null;
  readonly outcome: string;
  readonly status: number;
  readonly streamed: boolean;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly usageSource: string;
  readonly cost: string | null;
  readonly address: string | null;
  readonly startedAt: string;
  readonly firstByteMs: number | null;
  readonly durationMs: number;
}

export async function startBench(
  options: { env?: Record<string, string>; setting?: Parameters<typeof makeSetting>[2] } = {},
): Promise<Bench> {
  const upstream = await startUpstream();
  const app = await startTestApp(options.env ? { env: options.env } : {});
  const setting = await makeSetting(app, upstream.url, options.setting);
  return {
    app,
    upstream,
    setting,
    port: Number(new URL(app.url).port),
    call: (body = {}, { path = '/v1/chat/completions', key = setting.key, headers = {}, signal } = {}) =>
      fetch(app.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ model: setting.model, messages: [{ role: 'user', content: 'Hi' }], ...body }),
        ...(signal && { signal }),
      }),
    rows: (count, keyId = setting.keyId) => rowsOf(app, keyId, count),
    async close() {
      await app.remove();
      await upstream.close();
    },
  };
}

export function rowsOf(app: TestApp, keyId: string, count: number): Promise<Row[]> {
  return eventually(async () => {
    const { body } = await app.api<{ data: Row[] }>('GET', `/requests?keyId=${keyId}&limit=100`);
    return body.data.length >= count ? body.data : undefined;
  });
}

/** Asks again until there is an answer; fails when there is none in time. */
export async function eventually<T>(ask: () => T | undefined | Promise<T | undefined>, withinMs = 3000): Promise<T> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > endMs) throw new Error(`Nothing came within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A connection on which bytes are sent as they stand. */
export interface Wire {
  readonly socket: Socket;
  /** Everything received so far. */
  readonly text: () => string;
  send(bytes: string | Buffer): void;
  /** Resolves with everything received once it matches. */
  until(pattern: RegExp, withinMs?: number): Promise<string>;
  /** Resolves with everything received once the other side has closed. */
  readonly closed: Promise<string>;
}

export async function openWire(port: number): Promise<Wire> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => (received += text));
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(received)));
  await new Promise((resolve) => socket.once('connect', resolve));
  return {
    socket,
    text: () => received,
    send: (bytes) => void socket.write(bytes),
    until: (pattern, withinMs) => eventually(() => (pattern.test(received) ? received : undefined), withinMs),
    closed,
  };
}

/** A whole request as bytes. */
export function requestText(
  path: string,
  key: string | null,
  body: string | Buffer,
  options: { method?: string; headers?: string } = {},
): Buffer {
  const { method = 'POST', headers = '' } = options;
  const bytes = Buffer.from(body);
  const authorization = key === null ? '' : `authorization: Bearer ${key}\r\n`;
  const length =
    method === 'GET' || method === 'HEAD'
      ? ''
      : `content-type: application/json\r\ncontent-length: ${bytes.length}\r\n`;
  return Buffer.concat([
    Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: keyward.test\r\n${authorization}${length}${headers}\r\n`),
    bytes,
  ]);
}
