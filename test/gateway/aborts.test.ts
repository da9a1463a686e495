// What ends a call before its answer does: the client that leaves, and the key that dies.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { made } from '../kit/app.ts';
import { eventually, openWire, requestText, startBench, type Bench, type Row, type Wire } from '../kit/gateway.ts';
import { answerChat, chatBody, chatEvents, messageEvents, type Script, type Seen } from '../kit/upstream.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
beforeEach(() => {
  bench.upstream.script = answerChat();
});
afterAll(() => bench.close());

const CHAT = '/v1/chat/completions';
const STREAM_HEAD = { 'content-type': 'text/event-stream' };
/** Sends a first event and then nothing. */
const stalls: Script = (response) => {
  response.writeHead(200, STREAM_HEAD);
  response.write(chatEvents(['one'])[0]);
};
/** Says nothing at all. */
const silent: Script = () => undefined;
/** Half of a plain answer. */
const half: Script = (response) => {
  const text = JSON.stringify(chatBody());
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
  response.write(text.slice(0, 150));
  // A part is passed on when the next one comes.
  setTimeout(() => response.write(text.slice(150, 160)), 5);
};

interface TestKey {
  readonly id: string;
  readonly value: string;
}
const newKey = (over: object = {}): Promise<TestKey> =>
  made(bench.app, `/projects/${bench.setting.projectId}/keys`, { name: 'aborts', scope: { mode: 'all' }, ...over });

function chatText(stream: boolean): string {
  return JSON.stringify({
    model: bench.setting.model,
    stream,
    messages: [{ role: 'user', content: 'Tell me a story.' }],
  });
}

/** A call by raw bytes, once the provider has it. */
async function begin(script: Script, key: TestKey, stream = true): Promise<{ wire: Wire; seen: Seen }> {
  bench.upstream.script = script;
  const count = bench.upstream.seen.length;
  const wire = await openWire(bench.port);
  wire.send(requestText(CHAT, key.value, chatText(stream)));
  return { wire, seen: await eventually(() => bench.upstream.seen[count]) };
}

/** How long after `act` the provider saw its connection end, in milliseconds. */
async function cancelledAfter(seen: Seen, act: () => unknown): Promise<number> {
  const startedMs = performance.now();
  await act();
  await seen.closed;
  return performance.now() - startedMs;
}

const latencies: number[] = [];

test.each([
  ['before the head', silent, true, /^$/],
  ['mid-stream', stalls, true, /"one"/],
  ['in the middle of a plain answer', half, false, /"choices"/],
] as const)(
  'a client that leaves %s: the stalled provider is cancelled within 100 ms and the ledger has one row',
  async (_when, script, stream, until) => {
    const key = await newKey();
    for (let round = 0; round < 10; round++) {
      const { wire, seen } = await begin(script, key, stream);
      await wire.until(until);
      const ms = await cancelledAfter(seen, () => wire.socket.destroy());
      latencies.push(ms);
      expect(ms).toBeLessThan(100);
    }
    const rows = await bench.rows(10, key.id);
    expect(rows).toHaveLength(10);
    for (const row of rows) expect(row).toMatchObject({ outcome: 'aborted', status: 499, streamed: script === stalls });
    const expected: Partial<Row> =
      script === silent
        ? { inputTokens: 0, outputTokens: 0, usageSource: 'none', cost: '0', firstByteMs: null }
        : {
            inputTokens: Math.ceil(chatText(stream).length / 4),
            usageSource: 'estimated',
            firstByteMs: expect.any(Number) as number,
          };
    expect(rows[0]).toMatchObject(expected);
    if (script === stalls) expect(rows[0]!.inputTokens).toBeGreaterThan(20);
    if (script !== silent) expect(rows[0]!.outputTokens).toBeGreaterThan(0);
  },
);

test('figures: leaving clients cancel their provider', () => {
  const sorted = latencies.toSorted((a, b) => a - b);
  // Shown with --reporter=verbose on failure only; the bound is what counts.
  expect(sorted.length).toBe(30);
  expect(
    sorted.at(-1),
    `abort latency ms: median ${sorted[15]!.toFixed(1)}, worst ${sorted.at(-1)!.toFixed(1)}`,
  ).toBeLessThan(100);
});

test('a client that leaves after Anthropic’s message_start is charged its true input and what it saw', async () => {
  const { app, upstream } = bench;
  const provider = await made(app, '/providers', {
    name: 'anthropic-aborts',
    kind: 'anthropic',
    baseUrl: upstream.url,
    credential: 'upstream-secret',
  });
  const model = await made(app, '/models', {
    name: 'claude-aborts',
    providerId: provider.id,
    prices: { inputPerMillion: '1', outputPerMillion: '1' },
  });
  const key = await newKey({ scope: { mode: 'range', resources: [{ type: 'model', id: model.id }] } });
  upstream.script = (response) => {
    response.writeHead(200, STREAM_HEAD);
    response.write(
      messageEvents(['12345678'], { start: { input_tokens: 1000, cache_read_input_tokens: 200 } })
        .slice(0, 3)
        .join(''),
    );
  };
  const wire = await openWire(bench.port);
  wire.send(
    requestText(
      '/v1/messages',
      key.value,
      JSON.stringify({ model: 'claude-aborts', max_tokens: 9, stream: true, messages: [] }),
    ),
  );
  await wire.until(/12345678/);
  wire.socket.destroy();
  const [row] = await bench.rows(1, key.id);
  expect(row).toMatchObject({
    outcome: 'aborted',
    inputTokens: 1200,
    cachedTokens: 200,
    outputTokens: 2,
    usageSource: 'estimated',
  });
});

test('a client that leaves while its requests wait in line: each provider is cancelled, each has its row', async () => {
  const key = await newKey();
  bench.upstream.script = silent;
  const count = bench.upstream.seen.length;
  const wire = await openWire(bench.port);
  wire.send(Buffer.concat(Array.from({ length: 12 }, () => requestText(CHAT, key.value, chatText(true)))));
  await eventually(() => (bench.upstream.seen.length === count + 12 ? true : undefined));
  const calls = bench.upstream.seen.slice(count);
  const startedMs = performance.now();
  wire.socket.destroy();
  await Promise.all(calls.map((one) => one.closed));
  expect(performance.now() - startedMs).toBeLessThan(100);
  const rows = await bench.rows(12, key.id);
  expect(rows.map((row) => row.outcome)).toEqual(Array.from({ length: 12 }, () => 'aborted'));
});

test('a client that leaves during a slow upload, or before its body is whole, reaches no provider and has no row', async () => {
  const key = await newKey();
  const count = bench.upstream.seen.length;
  const wire = await openWire(bench.port);
  wire.send(requestText(CHAT, key.value, chatText(true)).subarray(0, -20));
  await new Promise((resolve) => setTimeout(resolve, 30));
  wire.socket.destroy();
  expect((await bench.call({}, { key: key.value })).status).toBe(200);
  expect(await bench.rows(1, key.id)).toHaveLength(1);
  expect(bench.upstream.seen.length).toBe(count + 1);
});

const deletes = async (key: TestKey): Promise<void> => {
  const asked = await bench.app.api<{ confirm?: string }>('DELETE', `/keys/${key.id}`);
  const answer = await bench.app.api(
    'DELETE',
    `/keys/${key.id}?confirm=${encodeURIComponent(String(asked.body.confirm))}`,
  );
  expect(answer.status).toBe(204);
};
const patches = (body: object) => async (key: TestKey) => {
  const answer = await bench.app.api('PATCH', `/keys/${key.id}`, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
};
const disables = async (key: TestKey): Promise<void> => {
  expect((await bench.app.api('POST', `/keys/${key.id}/disable`)).status).toBe(200);
};

let otherModel = '';
const deaths: [string, (key: TestKey) => Promise<void>, string, number][] = [
  ['V18, V19: disabled', disables, 'key_disabled', 401],
  ['D15, T18, V22: deleted', deletes, 'invalid_api_key', 401],
  [
    'V17: narrowed to another model',
    (key) => patches({ scope: { mode: 'range', resources: [{ type: 'model', id: otherModel }] } })(key),
    'model_not_found',
    404,
  ],
  ['V17, V10: bound to another address', patches({ ipAllow: ['203.0.113.0/24'] }), 'ip_not_allowed', 403],
  ['A06: its address denied', patches({ ipDeny: ['127.0.0.0/8'] }), 'ip_not_allowed', 403],
  ['A08: expired by an edit', patches({ expiresAt: new Date(Date.now() + 100).toISOString() }), 'key_expired', 401],
];

test.each(deaths)(
  '%s while a stream runs: it is cut within 1 s with a last word, and the next request is refused',
  async (_how, kill, code, status) => {
    otherModel ||= (
      await made(bench.app, '/models', { name: 'other-model', providerId: bench.setting.providerId, prices: null })
    ).id;
    const soon = code === 'key_expired';
    const key = await newKey();
    const { wire, seen } = await begin(stalls, key);
    await wire.until(/"one"/);
    if (soon) kill = patches({ expiresAt: new Date(Date.now() + 150).toISOString() });
    const ms = await cancelledAfter(seen, () => kill(key));
    const text = await wire.closed;
    expect(ms).toBeLessThan(1000);
    expect(text).toMatch(new RegExp(`event: error\\ndata: {"error":{.*"code":"${code}"}}\\n\\n`));
    // The connection breaks: the answer's last chunk never comes.
    expect(text).not.toMatch(/\r\n0\r\n\r\n$/);
    const next = await bench.call({}, { key: key.value });
    expect(next.status).toBe(status);
    const rows = await bench.rows(1, key.id);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ outcome: 'cut', status: 200, streamed: true, usageSource: 'estimated' });
  },
);

test('D15: a plain answer under way is broken off when its key dies; one not yet begun is refused in its route’s shape', async () => {
  const key = await newKey();
  const { wire, seen } = await begin(half, key, false);
  await wire.until(/"choices"/);
  expect(await cancelledAfter(seen, () => disables(key))).toBeLessThan(1000);
  const text = await wire.closed;
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(text).not.toContain('key_disabled');
  expect((await bench.rows(1, key.id))[0]).toMatchObject({ outcome: 'cut', status: 200 });

  const other = await newKey();
  const waiting = await begin(silent, other, false);
  expect(await cancelledAfter(waiting.seen, () => disables(other))).toBeLessThan(1000);
  expect(await waiting.wire.until(/key_disabled/)).toMatch(/^HTTP\/1\.1 401 /);
  waiting.wire.socket.destroy();
  expect((await bench.rows(1, other.id))[0]).toMatchObject({
    outcome: 'cut',
    status: 401,
    usageSource: 'none',
    cost: '0',
  });
});

test('D15: a stream is cut within 1 s although its client does not read', async () => {
  const key = await newKey();
  const { wire, seen } = await begin((response) => {
    response.writeHead(200, STREAM_HEAD);
    const event = chatEvents(['x'.repeat(60_000)])[0]!;
    const more = (): void => {
      while (response.write(event));
      response.once('drain', more);
    };
    more();
  }, key);
  wire.socket.pause();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await cancelledAfter(seen, () => disables(key))).toBeLessThan(1000);
  expect((await bench.rows(1, key.id))[0]).toMatchObject({ outcome: 'cut' });
  // The connection does not wait for it either: what it has not taken by now is lost, the last words included.
  await new Promise((resolve) => setTimeout(resolve, 700));
  wire.socket.resume();
  expect(await wire.closed).not.toContain('key_disabled');
});

test('A08: a key that expires by itself is cut within 1 s, no job and no edit needed', async () => {
  const key = await newKey({ expiresAt: new Date(Date.now() + 400).toISOString() });
  const { wire, seen } = await begin(stalls, key);
  const startedMs = performance.now();
  await seen.closed;
  expect(performance.now() - startedMs).toBeLessThan(400 + 1000);
  expect(await wire.closed).toContain('"code":"key_expired"');
  expect((await bench.rows(1, key.id))[0]).toMatchObject({ outcome: 'cut' });
});

test('a change that leaves the key its right does not touch its stream', async () => {
  const key = await newKey();
  const { wire, seen } = await begin(stalls, key);
  await wire.until(/"one"/);
  await patches({ description: 'changed', ipAllow: ['127.0.0.1'] })(key);
  const other = await newKey();
  await disables(other);
  const winner = await Promise.race([
    seen.closed,
    new Promise((resolve) => setTimeout(() => resolve('still there'), 600)),
  ]);
  expect(winner).toBe('still there');
  wire.socket.destroy();
});

test('X05: hundreds of calls that end in every way leave none under way: the app stops at once and every call has its row', async () => {
  const one = await startBench({ env: { KEYWARD_DRAIN_SECONDS: '20' } });
  const COUNT = 240;
  let number = 0;
  one.upstream.script = (response, seen) =>
    [answerChat(), stalls, half, silent, (res: typeof response) => void res.destroy()][number++ % 5]!(response, seen);
  const wires: Wire[] = [];
  for (let call = 0; call < COUNT; call++) {
    const wire = await openWire(one.port);
    wires.push(wire);
    wire.send(
      requestText(
        CHAT,
        one.setting.key,
        JSON.stringify({ model: one.setting.model, stream: call % 2 === 0, messages: [] }),
      ),
    );
  }
  await eventually(() => (one.upstream.seen.length === COUNT ? true : undefined), 10_000);
  for (const wire of wires) wire.socket.destroy();
  const counts = await eventually(async () => {
    const { body } = await one.app.api<{ data: { requests: number }[] }>('GET', `/usage?keyId=${one.setting.keyId}`);
    return body.data[0]?.requests === COUNT ? body.data : undefined;
  });
  expect(counts[0]!.requests).toBe(COUNT);
  const startedMs = performance.now();
  await one.close();
  expect(performance.now() - startedMs).toBeLessThan(2000);
});
