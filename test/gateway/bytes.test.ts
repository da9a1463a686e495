// What of a request reaches the provider and what of an answer reaches the client, to the byte; and what a connection
// goes through before and after: refusals with unread bodies, pipelining, Expect, odd addresses.

import { randomBytes } from 'node:crypto';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ROOT_KEY } from '../kit/app.ts';
import { eventually, openWire, requestText, startBench, type Bench } from '../kit/gateway.ts';
import { answerChat, answerEvents, chatBody, chatEvents } from '../kit/upstream.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
beforeEach(() => {
  bench.upstream.script = answerChat();
});
afterAll(() => bench.close());

const CHAT = '/v1/chat/completions';
const seen = () => bench.upstream.seen.at(-1)!;
const bodyText = (extra = ''): string =>
  `{ "model" : "${bench.setting.model}",\n "messages":[{"role":"user","content":"é \\u00e9 1.0e5"}]${extra} }\n`;

function post(body: string | Buffer, headers: Record<string, string> = {}, path = CHAT): Promise<Response> {
  return fetch(bench.app.url + path, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${bench.setting.key}`, 'content-type': 'application/json', ...headers },
  });
}

test('a request reaches the provider byte for byte, spaces, escapes and unknown members included', async () => {
  const body = bodyText(',"x_unknown":{"a":[1,2.50,1E3]},"temperature":0.70');
  expect((await post(body)).status).toBe(200);
  expect(seen().body.toString()).toBe(body);
  expect(seen().url).toBe(CHAT);
});

test('usage of a stream is asked for when the client did not, and its chunk hidden: nothing else changes', async () => {
  const events = chatEvents(['one', 'two']);
  bench.upstream.script = answerEvents(events);
  const body = bodyText(',"stream":true');
  const answer = await post(body);
  expect(await answer.text()).toBe(events.filter((event) => !event.includes('"usage"')).join(''));
  expect(seen().body.toString()).toBe(body.replace('{', '{"stream_options":{"include_usage":true},'));
  expect(JSON.parse(seen().body.toString())).toEqual({ ...JSON.parse(body), stream_options: { include_usage: true } });
});

test('a client that asks for usage gets its chunk, and its other stream options stay', async () => {
  const events = chatEvents(['one']);
  bench.upstream.script = answerEvents(events);
  const body = bodyText(',"stream":true,"stream_options":{"include_obfuscation":false,"include_usage":true}');
  expect(await (await post(body)).text()).toBe(events.join(''));
  expect(seen().body.toString()).toBe(body);
  const without = bodyText(',"stream":true,"stream_options":{"include_obfuscation":false,"include_usage":false}');
  expect(await (await post(without)).text()).not.toContain('prompt_tokens');
  expect(JSON.parse(seen().body.toString())).toMatchObject({
    stream_options: { include_obfuscation: false, include_usage: true },
  });
});

test('a plain answer reaches the client byte for byte, with the length it has', async () => {
  const text = ` {"choices":[{"message":{"content":"\\u00e9 é"}}] , "usage":{"prompt_tokens":1,"completion_tokens":1}, "n":1.50 }\n`;
  bench.upstream.script = (response) => {
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'x-kept': 'yes' });
    response.end(text);
  };
  const answer = await post(bodyText());
  expect(Buffer.from(await answer.arrayBuffer()).toString()).toBe(text);
  expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(answer.headers.get('x-kept')).toBe('yes');
});

test.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
  ['zstd', zstdCompressSync],
])('an answer in %s reaches the client plain, whole and in a stream', async (coding, compress) => {
  const headers = { 'content-encoding': coding, vary: 'accept-encoding' };
  bench.upstream.script = (response) =>
    response
      .writeHead(200, { 'content-type': 'application/json', ...headers })
      .end(compress(Buffer.from(JSON.stringify(chatBody()))));
  const plain = await post(bodyText());
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(await plain.json()).toEqual(chatBody());
  const events = chatEvents(['one', 'two']);
  bench.upstream.script = (response) =>
    response
      .writeHead(200, { 'content-type': 'text/event-stream', ...headers })
      .end(compress(Buffer.from(events.join(''))));
  expect(await (await post(bodyText(',"stream":true'))).text()).toBe(
    events.filter((event) => !event.includes('"usage"')).join(''),
  );
  const [row] = await bench.rows(1);
  expect(row).toMatchObject({ outcome: 'answered', inputTokens: 11, outputTokens: 7 });
});

test('hop-by-hop headers end here, and the provider’s own identity and limits stay behind', async () => {
  bench.upstream.script = (response) => {
    response.setHeader('connection', 'keep-alive, x-private-hop');
    for (const name of [
      'x-private-hop',
      'set-cookie',
      'server',
      'openai-organization',
      'x-ratelimit-limit-requests',
      'proxy-authenticate',
      'alt-svc',
      'x-request-id',
      'x-keyward-code',
    ]) {
      response.setHeader(name, 'theirs');
    }
    void answerChat()(response, seen());
  };
  const answer = await post(bodyText(), {
    'x-forwarded-for': '1.2.3.4',
    cookie: 'a=b',
    'x-stainless-os': 'Linux',
    'idempotency-key': 'abc',
    'openai-beta': 'kept',
  });
  expect([...answer.headers].filter(([, value]) => value.includes('theirs'))).toEqual([]);
  expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
  expect(Object.keys(seen().headers).toSorted()).toEqual([
    'accept',
    'accept-encoding',
    'authorization',
    'connection',
    'content-length',
    'content-type',
    'host',
    'openai-beta',
    'user-agent',
  ]);
  expect(seen().headers['accept-encoding']).toBe('identity');
});

test.each(['authorization', 'x-api-key', 'x-goog-api-key'])(
  'the client’s key in %s never reaches the provider',
  async (header) => {
    const value = header === 'authorization' ? `bEaReR ${bench.setting.key}` : bench.setting.key;
    const answer = await fetch(`${bench.app.url}${CHAT}?api-version=1`, {
      method: 'POST',
      body: bodyText(),
      headers: { [header]: value, 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(200);
    const whole = JSON.stringify(seen().headers) + seen().url + seen().body.toString();
    expect(whole).not.toContain(bench.setting.key);
    expect(seen().url).toBe(`${CHAT}?api-version=1`);
    expect(seen().headers.authorization).toBe('Bearer upstream-secret');
  },
);

test.each([
  [
    'in an error of its shape',
    400,
    { error: { message: 'Bearer upstream-secret is odd', type: 't', param: null, code: null } },
  ],
  ['escaped', 500, '{"error":{"message":"key upstream\\u002dsecret","type":"t"}}'],
  ['in another dialect', 422, { detail: 'header upstream-secret' }],
  ['in a header', 200, chatBody()],
])('the provider’s credential never reaches the client: %s', async (_where, status, body) => {
  bench.upstream.script = (response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-echo': 'Bearer upstream-secret' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  const answer = await post(bodyText());
  expect(answer.status).toBe(status);
  expect(JSON.stringify([...answer.headers]) + JSON.stringify(await answer.json())).not.toContain('upstream-secret');
});

test('a body of 20 MiB passes byte for byte; one of 21 is refused, and its connection serves the next request', async () => {
  const image = (bytes: number): Buffer =>
    Buffer.from(
      bodyText(`,"image":"data:image/png;base64,${randomBytes(1024).toString('base64')}${'A'.repeat(bytes)}"`),
    );
  const large = image(20 * 1024 * 1024 - 2000);
  expect((await post(large)).status).toBe(200);
  expect(seen().body.equals(large)).toBe(true);

  const count = bench.upstream.seen.length;
  const wire = await openWire(bench.port);
  const tooLarge = image(21 * 1024 * 1024);
  wire.send(requestText(CHAT, bench.setting.key, tooLarge));
  wire.send(requestText('/v1/models', bench.setting.key, '', { method: 'GET' }));
  const text = await wire.until(/"object":"list"/, 10_000);
  wire.socket.destroy();
  expect(text).toMatch(/^HTTP\/1\.1 413 /);
  expect(text).toContain('"code":"body_too_large"');
  expect(text).toContain('20 MiB');
  expect(bench.upstream.seen.length).toBe(count);
});

test('a chunked body over the limit is refused as soon as it is', async () => {
  const wire = await openWire(bench.port);
  wire.send(
    `POST ${CHAT} HTTP/1.1\r\nhost: k\r\nauthorization: Bearer ${bench.setting.key}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
  const part = Buffer.alloc(1024 * 1024, 65);
  for (let count = 0; count < 21; count++)
    wire.send(Buffer.concat([Buffer.from('100000\r\n'), part, Buffer.from('\r\n')]));
  expect(await wire.until(/"code":"body_too_large"/, 10_000)).toMatch(/^HTTP\/1\.1 413 /);
  wire.send('0\r\n\r\n');
  wire.send(requestText('/v1/models', bench.setting.key, '', { method: 'GET' }));
  await wire.until(/"object":"list"/);
  wire.socket.destroy();
});

test('a refused body that has no end is not read for ever', async () => {
  const wire = await openWire(bench.port);
  wire.send(
    `POST ${CHAT} HTTP/1.1\r\nhost: k\r\nauthorization: Bearer kw_nobody\r\ntransfer-encoding: chunked\r\n\r\n`,
  );
  const part = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1024 * 1024, 65), Buffer.from('\r\n')]);
  let sent = 0;
  while (!wire.socket.destroyed && sent < 200) {
    sent += 1;
    if (!wire.socket.write(part))
      await Promise.race([new Promise((resolve) => wire.socket.once('drain', resolve)), wire.closed]);
  }
  expect(await wire.closed).toMatch(/^HTTP\/1\.1 401 /);
  expect(sent).toBeLessThan(100);
});

test('Expect: 100-continue: a refused client is told before it sends its body, an admitted one is asked for it', async () => {
  const refused = await openWire(bench.port);
  refused.send(
    requestText(CHAT, 'kw_unknown', '', { headers: 'expect: 100-continue\r\n' })
      .toString()
      .replace('content-length: 0', 'content-length: 50'),
  );
  const text = await refused.closed;
  expect(text).toMatch(/^HTTP\/1\.1 401 /);
  expect(text).toMatch(/connection: close/i);

  const admitted = await openWire(bench.port);
  const [head = '', body = ''] = requestText(CHAT, bench.setting.key, bodyText(), {
    headers: 'expect: 100-continue\r\n',
  })
    .toString('latin1')
    .split('\r\n\r\n');
  admitted.send(`${head}\r\n\r\n`);
  await admitted.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  admitted.send(Buffer.from(body, 'latin1'));
  expect(await admitted.until(/Hello there/)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  admitted.socket.destroy();
});

test('Expect: 100-continue is answered by every door that takes a body', async () => {
  const wire = await openWire(bench.port);
  wire.send(
    `POST /api/v1/accounts HTTP/1.1\r\nhost: k\r\nauthorization: Bearer ${ROOT_KEY}\r\ncontent-type: application/json\r\ncontent-length: 16\r\nexpect: 100-continue\r\n\r\n`,
  );
  await wire.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
  wire.send('{"name":"Waits"}');
  expect(await wire.until(/"name":"Waits"/)).toMatch(/HTTP\/1\.1 201 /);
  wire.socket.destroy();
});

test('pipelined requests on one connection are answered in order', async () => {
  bench.upstream.script = (response, { body }) => {
    const { wait = 0, mark } = JSON.parse(body.toString()) as { wait?: number; mark: string };
    setTimeout(() => void answerChat({ id: mark })(response, seen()), wait);
  };
  const wire = await openWire(bench.port);
  const one = (mark: string, wait: number) =>
    requestText(CHAT, bench.setting.key, bodyText(`,"mark":"${mark}","wait":${wait}`));
  wire.send(
    Buffer.concat([
      one('first', 120),
      one('second', 0),
      requestText(CHAT, 'kw_bad', '{}'),
      one('third', 30),
      one('fourth', 0),
    ]),
  );
  const text = await wire.until(/"fourth"/);
  const order = [...text.matchAll(/"id":"(\w+)"|"code":"(\w+)"/g)].map(([, id, code]) => id ?? code);
  expect(order).toEqual(['first', 'second', 'invalid_api_key', 'third', 'fourth']);
  wire.socket.destroy();
});

test('a connection serves on after every kind of refusal, its body read or not', async () => {
  const { key, model } = bench.setting;
  const wire = await openWire(bench.port);
  const filler = `,"x":"${'y'.repeat(200_000)}"`;
  const requests: [Buffer, RegExp][] = [
    [requestText(CHAT, null, bodyText(filler)), /missing_api_key/],
    [requestText(CHAT, 'kw_bad', bodyText(filler)), /invalid_api_key/],
    [requestText(`${CHAT}?api_key=${key}`, key, bodyText(filler)), /api_key_in_query/],
    [requestText('/v1/files', key, bodyText(filler)), /unsupported_route/],
    [requestText(CHAT, key, bodyText(filler), { method: 'PUT' }), /method_not_allowed/],
    [requestText(CHAT, key, '{"model":'), /invalid_json/],
    [requestText(CHAT, key, `{"model":"no/such","messages":[]}`), /model_not_found/],
    [requestText(CHAT, key, bodyText(`,"model":"${model}"`)), /"param":"model"/],
    [requestText('/v1/models', key, bodyText(filler), { method: 'DELETE' }), /method_not_allowed/],
    [requestText('/services/none/x', key, bodyText(filler)), /service_not_allowed/],
    [requestText(CHAT, key, bodyText()), /Hello there/],
  ];
  for (const [bytes, answer] of requests) {
    wire.send(bytes);
    await wire.until(answer);
  }
  expect(wire.text().match(/HTTP\/1\.1 /g)).toHaveLength(requests.length);
  wire.socket.destroy();
});

test.each([
  ['HEAD', CHAT, 405],
  ['OPTIONS', CHAT, 405],
  ['GET', CHAT, 405],
  ['HEAD', '/v1/models', 200],
  ['GET', 'http://other.test/v1/models', 200],
  ['GET', 'HTTPS://other.test:1/v1/models?x=1', 200],
  ['GET', '//v1/models', 404],
  ['GET', '/v1/../api/v1/keys', 404],
  ['POST', '/v1/../api/v1/keys/verify', 404],
  ['POST', '/v1/%2e%2e/api', 404],
  ['POST', '/v1/rerank/../files', 404],
  ['POST', '/v1/rerank/..', 404],
  ['POST', '/v1/rerank/%2e%2e/files', 404],
  ['POST', '/v1/rerank/..%2ffiles', 404],
  ['POST', '/V1/chat/completions', 404],
  ['POST', '/v1/chat/completions/', 404],
  ['POST', '/v1/chat//completions', 404],
  ['POST', '/v1/', 404],
  ['POST', '/v1', 404],
  ['OPTIONS', '*', 404],
])('%s %s is answered %i and reaches no provider', async (method, path, status) => {
  const before = bench.upstream.seen.length;
  const wire = await openWire(bench.port);
  wire.send(requestText(path, bench.setting.key, method === 'POST' ? bodyText() : '', { method }));
  const text = await wire.until(/\r\n\r\n/);
  expect(Number(text.slice(9, 12))).toBe(status);
  if (status === 405) expect(text).toMatch(/allow: POST/i);
  if (method === 'HEAD') expect(text).toMatch(/\r\n\r\n$/);
  wire.socket.destroy();
  expect(bench.upstream.seen.length).toBe(before);
});

test('what is no HTTP, or too much of it, is answered in one line; nothing is written into an answer under way', async () => {
  const garbage = await openWire(bench.port);
  garbage.send('this is not HTTP\r\n\r\n');
  expect(await garbage.closed).toMatch(/^HTTP\/1\.1 400 [^]*"code":"invalid_request"/);

  const chunk = await openWire(bench.port);
  chunk.send(
    `POST ${CHAT} HTTP/1.1\r\nhost: k\r\nauthorization: Bearer ${bench.setting.key}\r\ntransfer-encoding: chunked\r\n\r\nno length\r\n`,
  );
  expect(await chunk.closed).toMatch(/^HTTP\/1\.1 400 [^]*"code":"invalid_request"/);

  const large = await openWire(bench.port);
  large.send(`GET /v1/models HTTP/1.1\r\nhost: k\r\nx-large: ${'a'.repeat(1024 * 1024)}\r\n\r\n`);
  expect(await large.until(/headers_too_large/)).toMatch(/^HTTP\/1\.1 431 /);
  large.socket.destroy();

  bench.upstream.script = (response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(chatEvents(['one'])[0]!);
  const before = bench.upstream.seen.length;
  const wire = await openWire(bench.port);
  wire.send(requestText(CHAT, bench.setting.key, bodyText(',"stream":true')));
  await wire.until(/"one"/);
  wire.send('garbage\r\n\r\n');
  const text = await wire.closed;
  expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
  await bench.upstream.seen[before]!.closed;
  // The newest row, once it is there.
  expect(await eventually(async () => ((await bench.rows(1))[0]?.outcome === 'aborted' ? 'aborted' : undefined))).toBe(
    'aborted',
  );
});

test('bytes behind a last request do not cost it its answer', async () => {
  const wire = await openWire(bench.port);
  wire.send(
    Buffer.concat([
      requestText(CHAT, bench.setting.key, bodyText(), { headers: 'connection: close\r\n' }),
      Buffer.from('\r\nmore'),
    ]),
  );
  expect(await wire.closed).toContain('Hello there.');
});

test('an HTTP/1.0 client gets an answer it understands', async () => {
  const wire = await openWire(bench.port);
  const request = requestText(CHAT, bench.setting.key, bodyText(), { headers: 'expect: 100-continue\r\n' });
  request.write('HTTP/1.0', request.indexOf('HTTP/1.1'));
  wire.send(request);
  const text = await wire.closed;
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect(text).not.toMatch(/chunked/);
  expect(text).toContain('Hello there.');
});
