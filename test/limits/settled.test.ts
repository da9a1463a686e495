import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeSetting, made, type Setting } from '../kit/app.ts';
import { eventually, openWire, requestText } from '../kit/gateway.ts';
import { lifetime, startLimitBench, type LimitBench, type TestKey } from '../kit/limitBench.ts';
import { send } from '../kit/raw.ts';
import {
  answerChat,
  answerEvents,
  answerJson,
  chatBody,
  chatEvents,
  startUpstream,
  type FakeUpstream,
  type Script,
} from '../kit/upstream.ts';

// However a call ends, what was reserved for it is exchanged for its ledger row: nothing stays held, and every counter
// is what the ledger says. One table of all the ways a request can go.

let bench: LimitBench;
let http: FakeUpstream;
let slow: Setting;
let dead: Setting;
let port: number;

beforeAll(async () => {
  bench = await startLimitBench({ env: { KEYWARD_TRUSTED_PROXIES: '127.0.0.1', KEYWARD_BODY_LIMIT_MB: '1' } });
  port = Number(new URL(bench.app.url).port);
  http = await startUpstream();
  const provider = await made(bench.app, '/providers', { name: 'http', kind: 'http', baseUrl: http.url });
  await made(bench.app, `/projects/${bench.openai.projectId}/services`, { name: 'vectors', providerId: provider.id });
  slow = await makeSetting(bench.app, bench.upstream.url, { provider: { timeoutMs: 1000, idleTimeoutMs: 1000 } });
  dead = await makeSetting(bench.app, 'http://127.0.0.1:1/v1');
});
afterAll(async () => {
  await bench.close();
  await http.close();
});
beforeEach(() => {
  bench.upstream.script = answerChat();
  http.script = (response) => response.end('ok');
});

const hi = { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 20 };
const never: Script = () => undefined;
const head = (response: Parameters<Script>[0]): void =>
  void response.writeHead(200, { 'content-type': 'text/event-stream' });
/** Breaks the connection after the first part. */
const breaks =
  (type: string, first: string): Script =>
  (response) => {
    response.writeHead(200, { 'content-type': type });
    response.write(first, () => setImmediate(() => response.destroy()));
  };

/** What the key used of requests, tokens and whatever else; -1: not told. */
interface Way {
  readonly name: string;
  readonly script?: Script;
  readonly run: (key: TestKey) => Promise<unknown>;
  /** Whether it has a ledger row. */
  readonly admitted?: boolean;
  readonly fields?: object;
}

const chat = (key: TestKey, over: object = {}, signal?: AbortSignal) =>
  bench.chat(key, over, signal).then((answer) => answer.text());
const ask = (key: TestKey, path: string, method = 'GET', body?: string) =>
  send(bench.app.url + path, {
    method,
    lines: [
      ['authorization', `Bearer ${key.value}`],
      ...(body === undefined ? [] : [['content-type', 'application/json'] as const]),
    ],
    ...(body !== undefined && { body }),
  });
/** Sends a call and leaves as soon as `when` says so. */
async function leave(key: TestKey, when: (begun: Promise<void>) => Promise<unknown>, over: object = {}): Promise<void> {
  const begun = Promise.withResolvers<void>();
  const { script } = bench.upstream;
  bench.upstream.script = (response, seen) => {
    begun.resolve();
    return script(response, seen);
  };
  const controller = new AbortController();
  const answer = chat(key, over, controller.signal).catch(() => undefined);
  await when(begun.promise);
  controller.abort();
  await answer;
}

const ways: Way[] = [
  { name: 'a plain answer', run: (key) => chat(key) },
  { name: 'a stream', script: answerEvents(chatEvents(['a', 'b'])), run: (key) => chat(key, { stream: true }) },
  {
    name: 'a stream without usage or end',
    script: answerEvents(chatEvents(['a'], null).slice(0, 1)),
    run: (key) => chat(key, { stream: true }).catch(() => undefined),
  },
  { name: 'an answer without usage', script: answerChat({ usage: undefined }), run: (key) => chat(key) },
  {
    name: 'an answer of usage that cannot be',
    script: answerChat({ usage: { prompt_tokens: -5, completion_tokens: 1.5, total_tokens: 'x' } }),
    run: (key) => chat(key),
  },
  {
    name: 'an answer of more usage than numbers hold',
    script: answerChat({ usage: { prompt_tokens: 9e15, completion_tokens: 9e15, total_tokens: 1e300 } }),
    run: (key) => chat(key),
  },
  { name: 'an error of the upstream', script: answerJson({ error: {} }, 500), run: (key) => chat(key) },
  { name: 'a refusal of the upstream', script: answerJson({ error: {} }, 401), run: (key) => chat(key) },
  {
    name: 'an error inside a stream',
    script: answerEvents(['data: {"error":{"message":"no"}}\n\n']),
    run: (key) => chat(key, { stream: true }).catch(() => undefined),
  },
  {
    name: 'an answer that is no JSON',
    script: answerJson('x', 200, { 'content-type': 'text/plain' }),
    run: (key) => chat(key),
  },
  {
    name: 'an answer that breaks off',
    script: breaks('application/json', '{"id":'),
    run: (key) => chat(key).catch(() => undefined),
  },
  {
    name: 'a stream that breaks off',
    script: breaks('text/event-stream', chatEvents(['abc'])[0]!),
    run: (key) => chat(key, { stream: true }).catch(() => undefined),
  },
  { name: 'an upstream that hangs up', script: (response) => void response.destroy(), run: (key) => chat(key) },
  { name: 'an upstream that never answers', script: never, run: (key) => chat(key, { model: slow.model }) },
  {
    name: 'a stream that stalls',
    script: (response) => (head(response), response.write(chatEvents(['a'])[0])),
    run: (key) => chat(key, { model: slow.model, stream: true }).catch(() => undefined),
  },
  { name: 'an upstream that is not there', run: (key) => chat(key, { model: dead.model }) },
  { name: 'a client that leaves before the answer', script: never, run: (key) => leave(key, (begun) => begun) },
  {
    name: 'a client that leaves in a stream',
    script: (response) => (head(response), response.write(chatEvents(['a'])[0])),
    run: (key) => leave(key, (begun) => begun, { stream: true }),
  },
  {
    name: 'a key that dies meanwhile',
    script: never,
    run: (key) => leave(key, async (begun) => (await begun, bench.app.api('POST', `/keys/${key.id}/disable`, {}))),
  },
  {
    name: 'a key whose scope narrows meanwhile',
    script: never,
    run: (key) =>
      leave(
        key,
        async (begun) => (
          await begun,
          bench.app.api('PATCH', `/keys/${key.id}`, {
            scope: { mode: 'range', resources: [{ type: 'model', id: slow.modelId }] },
          })
        ),
      ),
  },
  {
    name: 'a protocol that the provider does not speak',
    run: (key) => bench.post(key, '/v1/messages', { ...hi, model: bench.openai.model }),
  },
  {
    name: 'more output than the model gives',
    run: async (key) => {
      const { name } = (await made(bench.app, '/models', {
        name: `vendor/most-five`,
        providerId: bench.openai.providerId,
        prices: { inputPerMillion: '2', outputPerMillion: '10' },
        maxOutputTokens: 5,
      })) as unknown as { name: string };
      expect((await bench.chat(key, { model: name })).status).toBe(400);
    },
  },
  {
    name: 'embeddings',
    script: answerJson({ object: 'list', data: [], usage: { prompt_tokens: 1, total_tokens: 1 } }),
    run: (key) => bench.post(key, '/v1/embeddings', { input: 'x' }),
  },
  {
    name: 'counting tokens',
    script: answerJson({ input_tokens: 3 }),
    run: (key) => bench.post(key, '/v1/messages/count_tokens', hi),
  },
  { name: 'the list of models', run: (key) => ask(key, '/v1/models') },
  { name: 'the head of the list of models', run: (key) => ask(key, '/v1/models', 'HEAD') },
  { name: 'one model', run: (key) => ask(key, `/v1/models/${encodeURIComponent(bench.openai.model)}`) },
  { name: 'a verify call', run: (key) => bench.app.api('POST', '/keys/verify', { key: key.value, cost: '0.001' }) },
  { name: 'nginx', run: (key) => ask(key, '/authz/nginx/vectors') },
  { name: 'Traefik', run: (key) => ask(key, '/authz/traefik/vectors') },
  { name: 'Envoy', run: (key) => ask(key, '/authz/envoy/vectors/x') },
  { name: 'a service', run: (key) => ask(key, '/services/vectors/x', 'POST', '{}') },
  { name: 'the head of a service', run: (key) => ask(key, '/services/vectors/x', 'HEAD') },
  {
    name: 'an error of a service',
    run: (key) => {
      http.script = (response) => void response.writeHead(500).end('no');
      return ask(key, '/services/vectors/x');
    },
  },
  {
    name: 'an upload to a service that is broken off',
    run: async (key) => {
      const wire = await openWire(port);
      wire.send(
        `POST /services/vectors/x HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key.value}\r\ncontent-length: 100000\r\n\r\nfirst`,
      );
      await eventually(async () => ((await bench.standing(key))[0]!.reserved === 1 ? true : undefined));
      wire.socket.destroy();
    },
  },
  {
    name: 'a download from a service that is broken off',
    run: async (key) => {
      http.script = (response) =>
        void response.writeHead(200, { 'content-type': 'application/octet-stream' }).write('x');
      const wire = await openWire(port);
      wire.send(requestText('/services/vectors/x', key.value, '', { method: 'GET' }));
      await wire.until(/\r\nx\r\n/);
      wire.socket.destroy();
    },
  },
  {
    name: 'a client that leaves while its call waits behind another',
    script: never,
    run: async (key) => {
      const before = bench.upstream.seen.length;
      const wire = await openWire(port);
      const call = requestText('/v1/chat/completions', key.value, JSON.stringify({ model: bench.openai.model, ...hi }));
      wire.send(Buffer.concat([call, requestText('/v1/models', key.value, '', { method: 'GET' })]));
      await eventually(() => (bench.upstream.seen.length > before ? true : undefined));
      wire.socket.destroy();
    },
  },
  { name: 'a refusal for want of room', admitted: false, run: (key) => chat(key, { max_tokens: 999_999_999 }) },
  { name: 'a model that is not there', admitted: false, run: (key) => chat(key, { model: 'nobody/knows' }) },
  {
    name: 'a body that is no JSON',
    admitted: false,
    run: (key) => ask(key, '/v1/chat/completions', 'POST', '{"model":'),
  },
  {
    name: 'a body that is too large',
    admitted: false,
    run: (key) => ask(key, '/v1/chat/completions', 'POST', `"${'x'.repeat(1_200_000)}"`),
  },
  {
    name: 'a dry run',
    admitted: false,
    run: (key) => bench.app.api('POST', '/keys/verify', { key: key.value, dryRun: true }),
  },
  { name: 'the holder’s own look', admitted: false, run: (key) => ask(key, '/v1/usage') },
  {
    name: 'an unsafe method of a key that may only read',
    admitted: false,
    run: async (key) => {
      const service = (
        await bench.app.api<{ data: { id: string }[] }>('GET', `/projects/${bench.openai.projectId}/services`)
      ).body.data[0]!;
      await bench.app.api('PATCH', `/keys/${key.id}`, {
        scope: { mode: 'range', resources: [{ type: 'service', id: service.id, access: 'read' }] },
      });
      expect((await ask(key, '/services/vectors/x', 'DELETE')).status).toBe(403);
      expect((await ask(key, '/authz/envoy/vectors/x', 'DELETE')).status).toBe(403);
    },
  },
  {
    name: 'a method that no service is called with',
    admitted: false,
    run: (key) => ask(key, '/services/vectors/x', 'TRACE'),
  },
  {
    name: 'a path that climbs out of its service',
    admitted: false,
    run: (key) => ask(key, '/services/vectors/..%2fx'),
  },
];

const LIMITS = [
  lifetime('requests', 50),
  lifetime('tokens', 50_000),
  lifetime('cost', '5'),
  lifetime('concurrency', 2),
];

test.each(ways)(
  'after $name nothing is held and every counter is what the ledger says',
  async ({ script, run, admitted = true }) => {
    if (script) bench.upstream.script = script;
    const key = await bench.newKey(LIMITS);
    await run(key);
    const rows = admitted ? await bench.rows(key, 1) : [];
    const standing = await bench.expectBalanced(key);
    const [requests, tokens, cost, concurrency] = standing;
    expect([rows.length > 0, Number(requests!.used)]).toEqual([admitted, (await bench.rows(key, 0)).length]);
    // What the ledger charges is what the counters have; nothing here goes beyond its reservation but what is said to.
    const used = (member: 'inputTokens' | 'outputTokens') => rows.reduce((sum, row) => sum + row[member], 0);
    const spent = used('inputTokens') + used('outputTokens');
    expect(Number(tokens!.used)).toBeLessThanOrEqual(spent);
    if (spent < 1000) expect(Number(tokens!.used)).toBe(spent);
    if (spent < 1000)
      expect(Number(cost!.used)).toBeCloseTo(
        rows.reduce((sum, row) => sum + Number(row.cost), 0),
        9,
      );
    expect([concurrency!.used, concurrency!.reserved, concurrency!.remaining]).toEqual([0, 0, 2]);
  },
);

test('a client that leaves at any moment of the way in holds nothing', async () => {
  const key = await bench.newKey([lifetime('concurrency', 1000), lifetime('requests', 1000)]);
  bench.upstream.script = (response) => void response.end(JSON.stringify(chatBody()));
  const call = requestText('/v1/chat/completions', key.value, JSON.stringify({ model: bench.openai.model, ...hi }));
  for (let round = 0; round < 60; round += 1) {
    const wire = await openWire(port);
    wire.send(round % 3 === 0 ? call.subarray(0, call.length - (round % 40)) : call);
    // Each leaves a little later than the one before: some before the body is read, some while room is taken, some after.
    for (let turns = 0; turns < round % 20; turns += 1) await new Promise(setImmediate);
    wire.socket.resetAndDestroy();
  }
  const [, requests] = await bench.expectBalanced(key);
  const rows = await eventually(async () => {
    const found = await bench.rows(key, 0);
    return found.length >= Number(requests!.used) ? found : undefined;
  });
  expect(rows.length).toBe(Number((await bench.standing(key))[1]!.used));
});
