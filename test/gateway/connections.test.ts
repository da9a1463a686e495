// What a connection may ask of the server at all: codings of bodies, and how many requests wait on it.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually, openWire, requestText, startBench, type Bench } from '../kit/gateway.ts';
import { answerChat } from '../kit/upstream.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
beforeEach(() => {
  bench.upstream.script = answerChat();
});
afterAll(() => bench.close());

const CHAT = '/v1/chat/completions';
const chat = (headers = ''): Buffer =>
  requestText(CHAT, bench.setting.key, JSON.stringify({ model: bench.setting.model, messages: [] }), { headers });

/** A chat call whose body is one chunk, and another call behind it. */
function chunked(coding: string, path = CHAT): string {
  const body = JSON.stringify({ model: bench.setting.model, messages: [] });
  return `POST ${path} HTTP/1.1\r\nhost: k\r\nauthorization: Bearer ${bench.setting.key}\r\ncontent-type: application/json\r\n${coding}\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
}

test.each([
  'transfer-encoding: gzip, chunked',
  'transfer-encoding: identity, chunked',
  'transfer-encoding: chunked, chunked',
  'transfer-encoding: gzip\r\ntransfer-encoding: chunked',
  'transfer-encoding: x\u000bchunked',
  'transfer-encoding: gzip',
  'transfer-encoding: chunked, gzip',
])('a body with %j is refused at every door, and nothing behind it is begun', async (coding) => {
  const rows = (await bench.rows(0)).length;
  for (const path of [CHAT, '/services/x/y', '/api/v1/projects', '/api/v1/keys/verify']) {
    const before = bench.upstream.seen.length;
    const wire = await openWire(bench.port);
    wire.send(chunked(coding, path) + chat().toString());
    const text = await wire.closed;
    expect(text).toMatch(/^HTTP\/1\.1 (?:501|400) [^]*connection: close[^]*"code":"invalid_request"/i);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(bench.upstream.seen.length).toBe(before);
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await bench.rows(0)).toHaveLength(rows);
});

test.each(['chunked', 'Chunked', ' chunked '])('a body that is %j is taken', async (coding) => {
  const wire = await openWire(bench.port);
  wire.send(chunked(`transfer-encoding: ${coding}`));
  expect(await wire.until(/Hello there/)).toMatch(/^HTTP\/1\.1 200 /);
  wire.socket.destroy();
});

test('a connection with far more requests waiting than anybody needs is closed, and its calls are cancelled', async () => {
  bench.upstream.script = () => undefined;
  const before = bench.upstream.seen.length;
  const wire = await openWire(bench.port);
  for (let sent = 0; sent < 1000; sent += 100) wire.send(Buffer.concat(Array.from({ length: 100 }, () => chat())));
  expect(await wire.closed).toBe('');
  const calls = bench.upstream.seen.slice(before);
  await Promise.all(calls.map(({ closed }) => closed));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(bench.upstream.seen.length - before).toBeLessThanOrEqual(257);
});

test('as many as that, one after the other, are served: those that were answered wait no more', async () => {
  const wire = await openWire(bench.port);
  const answers = () => wire.text().match(/Hello there/g)?.length ?? 0;
  for (let round = 1; round <= 5; round++) {
    wire.send(Buffer.concat(Array.from({ length: 120 }, () => chat())));
    const served = await eventually(() => (answers() === round * 120 ? answers() : undefined), 10_000);
    expect(served).toBe(round * 120);
  }
  wire.socket.destroy();
});
