// Providers that misbehave. Whatever they do: a clear error in the route's shape, one row with the right outcome, nothing
// charged that was not delivered, and the server goes on.

import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { made } from '../kit/app.ts';
import { openWire, requestText, startBench, type Bench, type Row } from '../kit/gateway.ts';
import {
  answerChat,
  answerEvents,
  answerJson,
  chatBody,
  chatEvents,
  messageEvents,
  type Script,
} from '../kit/upstream.ts';

let bench: Bench;
let key: { id: string; value: string };
beforeAll(async () => {
  bench = await startBench({ setting: { provider: { timeoutMs: 400, idleTimeoutMs: 400 } } });
});
beforeEach(async () => {
  key = await made(bench.app, `/projects/${bench.setting.projectId}/keys`, {
    name: 'upstreams',
    scope: { mode: 'all' },
  });
});
afterEach(async () => {
  // The server goes on.
  bench.upstream.script = answerChat();
  const { status } = await bench.call();
  if (status !== 200) throw new Error(`the next call was answered ${status}`);
});
afterAll(() => bench.close());

const SSE = { 'content-type': 'text/event-stream' };
const JSON_TYPE = { 'content-type': 'application/json' };
const text = JSON.stringify(chatBody());

interface Ended {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Whether the connection broke off before the answer's end. */
  readonly broken: boolean;
  readonly row: Row;
}

async function call(script: Script, body: object = {}, path?: string): Promise<Ended> {
  bench.upstream.script = script;
  const answer = await bench.call(body, { key: key.value, ...(path && { path }) });
  let received = '';
  let broken = false;
  try {
    for await (const chunk of answer.body!) received += Buffer.from(chunk).toString();
  } catch {
    broken = true;
  }
  const rows = await bench.rows(1, key.id);
  expect(rows).toHaveLength(1);
  return { status: answer.status, headers: answer.headers, text: received, broken, row: rows[0]! };
}

const failed = (status: number, over: Partial<Row> = {}): Partial<Row> => ({
  outcome: 'upstream_failed',
  status,
  usageSource: 'none',
  inputTokens: 0,
  outputTokens: 0,
  cost: '0',
  ...over,
});
const errorOf = (ended: Ended): { message: string; code: string; type: string; param: unknown } =>
  (JSON.parse(ended.text) as { error: never }).error;

test.each<[string, number, string, Script]>([
  ['says nothing', 504, 'upstream_timeout', () => undefined],
  [
    'sends its head and stalls',
    504,
    'upstream_timeout',
    (response) => response.writeHead(200, JSON_TYPE).flushHeaders(),
  ],
  [
    'stalls in a small plain answer',
    504,
    'upstream_timeout',
    (response) => response.writeHead(200, JSON_TYPE).write(text.slice(0, 50)),
  ],
  ['closes without an answer', 502, 'upstream_unreachable', (response) => response.destroy()],
  [
    'closes in the middle of its head',
    502,
    'upstream_unreachable',
    (response) => void response.socket!.end('HTTP/1.1 200 OK\r\ncontent-ty'),
  ],
  [
    'closes in the middle of a small plain answer',
    502,
    'upstream_bad_answer',
    (response) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': text.length });
      response.write(text.slice(0, 50), () => response.destroy());
    },
  ],
  [
    'promises more than it sends',
    502,
    'upstream_bad_answer',
    (response) =>
      void response.socket!.end(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${text.length + 10}\r\n\r\n${text}`,
      ),
  ],
  [
    'promises less than it sends',
    502,
    'upstream_bad_answer',
    (response) =>
      void response.socket!.end(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 60\r\nconnection: close\r\n\r\n${text}`,
      ),
  ],
  [
    'answers HTML with 200',
    502,
    'upstream_bad_answer',
    (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome to nginx</h1>'),
  ],
  [
    'answers HTML with 502',
    502,
    'upstream_bad_answer',
    (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>'),
  ],
  ['answers no type', 502, 'upstream_bad_answer', (response) => response.writeHead(200).end(text)],
  [
    'answers half a JSON and ends in order',
    502,
    'upstream_bad_answer',
    (response) => response.writeHead(200, JSON_TYPE).end(text.slice(0, -5)),
  ],
  ['answers an empty body', 502, 'upstream_bad_answer', (response) => response.writeHead(200, JSON_TYPE).end()],
  [
    'uses an unknown coding',
    502,
    'upstream_bad_answer',
    (response) => response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'aes' }).end(text),
  ],
  [
    'lies about its coding',
    502,
    'upstream_bad_answer',
    (response) => response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(text),
  ],
  [
    'cuts its gzip short',
    502,
    'upstream_bad_answer',
    (response) =>
      response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(gzipSync(text).subarray(0, -9)),
  ],
  [
    'sends huge headers',
    502,
    'upstream_bad_answer',
    (response) => void response.socket!.end(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(80_000)}\r\n\r\n`),
  ],
  ['speaks no HTTP', 502, 'upstream_bad_answer', (response) => void response.socket!.end('SSH-2.0-OpenSSH_9.9\r\n')],
  [
    'redirects',
    502,
    'upstream_bad_answer',
    (response) => response.writeHead(307, { location: `${bench.app.url}/v1/models` }).end(),
  ],
  [
    'refuses the credential with 401',
    502,
    'upstream_refused',
    answerJson({ error: { message: 'secret words', type: 'x', param: null, code: 'invalid_api_key' } }, 401, {
      'www-authenticate': 'Basic',
    }),
  ],
  ['refuses the account with 403', 502, 'upstream_refused', answerJson({ error: { message: 'secret words' } }, 403)],
  ['wants money with 402', 502, 'upstream_refused', answerJson({ error: { message: 'secret words' } }, 402)],
])('a provider that %s: the client gets %i %s, nothing is charged', async (_what, status, code, script) => {
  const before = bench.upstream.seen.length;
  const ended = await call(script);
  expect(ended.broken).toBe(false);
  expect(ended.status).toBe(status);
  expect(errorOf(ended)).toMatchObject({ code, type: 'server_error', message: expect.stringMatching(/\.$/) });
  expect(ended.text).not.toMatch(/nginx|secret|SSH|Gateway</);
  expect(ended.headers.get('www-authenticate')).toBeNull();
  expect(ended.headers.get('x-request-id')).toBe(ended.row.id);
  expect(ended.headers.get('x-keyward-code')).toBe(code);
  expect(ended.row).toMatchObject(failed(status));
  expect(bench.upstream.seen.length).toBe(before + 1);
});

test.each<[string, number, object]>([
  [
    '429 with retry-after',
    429,
    { error: { message: 'Slow down.', type: 'requests', param: null, code: 'rate_limit_exceeded' } },
  ],
  [
    '404',
    404,
    {
      error: {
        message: 'No such model at the provider.',
        type: 'invalid_request_error',
        param: null,
        code: 'model_not_found',
      },
    },
  ],
  ['500', 500, { error: { message: 'Our fault.', type: 'server_error', param: null, code: null } }],
])('a provider’s %s passes with its words, charged nothing', async (_what, status, body) => {
  const ended = await call(answerJson(body, status, { 'retry-after': '9' }));
  expect(ended.status).toBe(status);
  expect(JSON.parse(ended.text)).toEqual(body);
  expect(ended.headers.get('retry-after')).toBe('9');
  expect(ended.row).toMatchObject(failed(status));
});

test.each<[object, string]>([
  [{ object: 'error', message: 'context too long', code: 400 }, 'context too long'],
  [{ detail: 'field missing' }, 'field missing'],
  [{ error: 'model is loading' }, 'model is loading'],
  [{ nothing: 1 }, 'status 400'],
])('an error in another dialect comes in the shape of its route: %j', async (body, words) => {
  const ended = await call(answerJson(body, 400));
  expect(errorOf(ended).message).toContain(words);
  expect(ended.row).toMatchObject(failed(400));
});

test('an error without an end is cut at 64 KiB, and its provider is cancelled', async () => {
  const ended = await call((response) => {
    response.writeHead(500, JSON_TYPE);
    const more = (): void => {
      while (!response.destroyed && response.write('x'.repeat(16_384)));
      response.once('drain', more);
    };
    more();
  });
  expect(ended.status).toBe(500);
  expect(errorOf(ended).message).toContain('status 500');
  await bench.upstream.seen.at(-1)!.closed;
});

test('early hints and other informational answers are no answer', async () => {
  const ended = await call((response, seen) => {
    response.writeEarlyHints({ link: '</a>; rel=preload' });
    response.writeProcessing();
    void answerChat()(response, seen);
  });
  expect(ended.status).toBe(200);
  expect(ended.row).toMatchObject({ outcome: 'answered', outputTokens: 7 });
});

test('the answer of a large plain call that breaks off breaks off, and is not charged', async () => {
  const ended = await call((response) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': 500_000 });
    response.write(text.slice(0, -2) + ' '.repeat(200_000));
    setTimeout(() => response.destroy(), 30);
  });
  expect(ended).toMatchObject({ status: 200, broken: true, row: failed(200) });
});

const streams: [string, string, Script, boolean][] = [
  [
    'breaks off',
    'upstream_bad_answer',
    (response) => {
      response.writeHead(200, SSE);
      response.write(chatEvents(['12345678'])[0]);
      setTimeout(() => response.destroy(), 20);
    },
    true,
  ],
  [
    'stalls',
    'upstream_timeout',
    (response) => {
      response.writeHead(200, SSE);
      response.write(chatEvents(['12345678'])[0]);
    },
    true,
  ],
  [
    'ends in order, without its mark or usage',
    'upstream_bad_answer',
    answerEvents(chatEvents(['12345678']).slice(0, 1)),
    true,
  ],
  [
    'breaks off before a word',
    'upstream_bad_answer',
    (response) => {
      response.writeHead(200, SSE);
      response.write(': ping\n\n');
      setTimeout(() => response.destroy(), 20);
    },
    false,
  ],
];
test.each(streams)(
  'a stream that %s ends with an error event and a broken connection, charged for what was shown',
  async (_what, code, script, delivered) => {
    const ended = await call(script, { stream: true });
    expect(ended.status).toBe(200);
    expect(ended.broken).toBe(true);
    expect(ended.text).toMatch(new RegExp(`event: error\\ndata: {"error":{.*"code":"${code}"}}\\n\\n$`));
    const row = delivered ? { outputTokens: 2, usageSource: 'estimated' } : failed(200);
    expect(ended.row).toMatchObject({ outcome: 'upstream_failed', status: 200, streamed: true, ...row });
  },
);

test('an Anthropic stream that breaks off ends with an error event of its own shape', async () => {
  const provider = await made(bench.app, '/providers', {
    name: 'anthropic-upstreams',
    kind: 'anthropic',
    baseUrl: bench.upstream.url,
    credential: 'upstream-secret',
  });
  await made(bench.app, '/models', { name: 'claude-upstreams', providerId: provider.id, prices: null });
  const ended = await call(
    answerEvents(messageEvents(['a']).slice(0, 4)),
    { model: 'claude-upstreams', max_tokens: 9, stream: true },
    '/v1/messages',
  );
  const { data } = /event: error\ndata: (?<data>.*)\n\n$/.exec(ended.text)!.groups!;
  expect(JSON.parse(data!)).toMatchObject({
    type: 'error',
    error: { type: 'api_error', code: 'upstream_bad_answer' },
    request_id: ended.row.id,
  });
});

test('a provider’s error event passes as it is, its text charged to nobody', async () => {
  const events = [chatEvents(['12345678'])[0]!, `data: {"error":{"message":"${'long words '.repeat(50)}"}}\n\n`];
  const ended = await call(answerEvents(events), { stream: true });
  expect(ended.text).toBe(events.join(''));
  expect(ended.row).toMatchObject({
    outcome: 'upstream_failed',
    status: 200,
    outputTokens: 2,
    usageSource: 'estimated',
  });
});

test('an error in a plain answer with 200 passes as it is and is charged to nobody', async () => {
  const body = { error: { message: 'quota of the provider', code: 500 } };
  const ended = await call(answerJson(body));
  expect(JSON.parse(ended.text)).toEqual(body);
  expect(ended.row).toMatchObject(failed(200));
});

test('X03 an answer that shows the operator’s credential is refused, and its headers lose it', async () => {
  const content = 'my key is upstream-secret';
  const ended = await call(answerJson(chatBody({ choices: [{ index: 0, message: { content } }] })));
  expect([ended.status, errorOf(ended)?.code]).toEqual([502, 'upstream_bad_answer']);
  expect(ended.text).not.toContain('upstream-secret');
  expect(ended.row).toMatchObject(failed(502));
  bench.upstream.script = answerJson(chatBody(), 200, { 'x-echo': 'Bearer upstream-secret', 'x-other': 'kept' });
  const { headers } = await bench.call();
  expect([headers.get('x-echo'), headers.get('x-other')]).toEqual([null, 'kept']);
});

test('X03 a stream that shows it is broken off before its first byte of it, however it is cut', async () => {
  const events = chatEvents(['before', 'upstream-secret', 'after']);
  const at = events[1]!.indexOf('upstream-secret') + 6;
  const ended = await call(
    async (response) => {
      response.writeHead(200, SSE);
      for (const part of [events[0]!, events[1]!.slice(0, at), events[1]!.slice(at), ...events.slice(2)]) {
        response.write(part);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      response.end();
    },
    { stream: true },
  );
  expect(ended.broken).toBe(true);
  expect(ended.text.startsWith(events[0]!)).toBe(true);
  expect(ended.text).toContain('"code":"upstream_bad_answer"');
  expect(ended.text).not.toMatch(/"content":"ups|secret|after/);
  expect(ended.row).toMatchObject({ outcome: 'upstream_failed' });
});

test('a stream without its mark but with its usage is whole', async () => {
  const events = chatEvents(['one']).slice(0, -1);
  const ended = await call(answerEvents(events), { stream: true, stream_options: { include_usage: true } });
  expect(ended).toMatchObject({
    broken: false,
    text: events.join(''),
    row: { outcome: 'answered', inputTokens: 11, outputTokens: 7 },
  });
});

test.each<[string, object | undefined, Partial<Row>]>([
  ['usage as strings', { prompt_tokens: '11', completion_tokens: '7' }, { usageSource: 'estimated', outputTokens: 3 }],
  ['no usage', undefined, { usageSource: 'estimated', outputTokens: 3 }],
  ['usage below zero', { prompt_tokens: -1, completion_tokens: 7 }, { usageSource: 'estimated' }],
  ['usage beyond all measure', { prompt_tokens: 9e15, completion_tokens: 9e15 }, { usageSource: 'estimated' }],
  [
    'more cached than read',
    { prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 2 } },
    { usageSource: 'estimated' },
  ],
  [
    'an explicit zero',
    { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    { usageSource: 'reported', inputTokens: 0, outputTokens: 0, cost: '0' },
  ],
])('a provider with %s', async (_what, usage, row) => {
  const ended = await call(answerJson(chatBody({ usage })));
  expect(ended.status).toBe(200);
  expect(ended.row).toMatchObject({ outcome: 'answered', ...row });
});

test('a provider that answers a plain call with a stream, or a stream with a plain answer, is passed on and metered', async () => {
  expect((await call(answerEvents(chatEvents(['a'])))).row).toMatchObject({
    outcome: 'answered',
    streamed: true,
    outputTokens: 7,
  });
  bench.upstream.script = answerChat();
  await (await bench.call({ stream: true }, { key: key.value })).text();
  expect((await bench.rows(2, key.id))[0]).toMatchObject({ outcome: 'answered', streamed: false, outputTokens: 7 });
});

async function callAt(baseUrl: string, provider: object = {}): Promise<Ended> {
  const made_ = await bench.app.api<{ id: string }>('POST', '/providers', {
    name: `at-${Math.floor(performance.now() * 1000)}`,
    kind: 'openai',
    baseUrl,
    credential: 'upstream-secret',
    timeoutMs: 2000,
    ...provider,
  });
  expect(made_.status, JSON.stringify(made_.body)).toBe(201);
  const model = await made(bench.app, '/models', {
    name: `m-${made_.body.id}`,
    providerId: made_.body.id,
    prices: null,
  });
  return call(() => undefined, { model: model['name'] });
}

test('a provider that cannot be reached: connection refused, a name that does not exist', async () => {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const refused = await callAt(`http://127.0.0.1:${port}/v1`);
  expect(refused.status).toBe(502);
  expect(errorOf(refused)).toMatchObject({ code: 'upstream_unreachable' });
  expect(refused.text).not.toContain(String(port));
  expect(refused.row).toMatchObject(failed(502));
  key = await made(bench.app, `/projects/${bench.setting.projectId}/keys`, {
    name: 'upstreams',
    scope: { mode: 'all' },
  });
  const nameless = await callAt('http://no-such-host.invalid/v1');
  expect(errorOf(nameless)).toMatchObject({ code: 'upstream_unreachable' });
  expect(nameless.text).not.toContain('no-such-host');
});

test('an answer with a header line in another character set reaches the client', async () => {
  const server: Server = createServer((socket: Socket) => {
    socket.once('data', () =>
      socket.end(
        Buffer.concat([
          Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-name: `),
          Buffer.from('Zoë', 'utf8'),
          Buffer.from(`\r\ncontent-length: ${text.length}\r\nconnection: close\r\n\r\n${text}`),
        ]),
      ),
    );
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const ended = await callAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`);
  expect(ended.status).toBe(200);
  expect(Buffer.from(ended.headers.get('x-name')!, 'latin1').toString()).toBe('Zoë');
  server.close();
});

test('a request whose provider does not speak its route is told the right one, and has its row', async () => {
  const ended = await call(answerChat(), { max_tokens: 5 }, '/v1/messages');
  expect(ended.status).toBe(400);
  expect(ended.text).toContain('/v1/chat/completions');
  expect(ended.row).toMatchObject({ outcome: 'allowed', status: 400, cost: '0' });
});

test('a stream with CR line ends, comments, split events and a byte order mark passes byte for byte', async () => {
  const events = Buffer.from(
    `\ufeff: hello\r\n\r\nid: 1\r\nevent: x\r\ndata: {"choices":[{"index":0,\r\ndata: "delta":{"content":"é"}}]}\r\n\r\n: \r\n\r\ndata: [DONE]\r\n\r\n`,
  );
  const ended = await call(
    async (response) => {
      response.writeHead(200, SSE);
      for (let at = 0; at < events.length; at += 7) {
        response.write(events.subarray(at, at + 7));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    },
    { stream: true },
  );
  expect(ended.text).toBe(events.toString());
  expect(ended.row).toMatchObject({ outcome: 'answered', usageSource: 'estimated' });
});

test('a wire client of a broken plain answer sees the connection end before the promised length', async () => {
  bench.upstream.script = (response) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': 500_000 });
    response.write(' '.repeat(200_000));
    setTimeout(() => response.destroy(), 30);
  };
  const wire = await openWire(bench.port);
  wire.send(
    requestText('/v1/chat/completions', key.value, JSON.stringify({ model: bench.setting.model, messages: [] })),
  );
  const received = await wire.closed;
  expect(received).toContain('content-length: 500000');
  expect(received.length).toBeLessThan(400_000);
});
