import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Provider } from '../core/catalogue.ts';
import type { UpstreamRequest } from '../core/exchange.ts';
import type { Fault } from '../core/fault.ts';
import { createForward, type Forward } from './forward.ts';

let server: Server;
let forward: Forward;
let provider: Provider;
let seen: { request: IncomingMessage; body: Buffer };
beforeAll(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      seen = { request, body: Buffer.concat(parts) };
      response.end('answer');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  forward = createForward({ allowMetadata: false });
  provider = {
    id: 'prv_1',
    name: 'p',
    kind: 'openai',
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/base/`,
    credential: 'cred',
    credentialHeader: null,
    timeoutMs: 2000,
    idleTimeoutMs: 2000,
    createdAtMs: 0,
  };
});
afterAll(async () => {
  await forward.close();
  server.close();
});

function send(over: Partial<UpstreamRequest>, through = forward): Promise<{ status: number; text: string } | Fault> {
  return new Promise((resolve) => {
    let status = 0;
    let text = '';
    through.send(
      { provider, method: 'POST', path: '/x?y=1', headers: {}, body: null, ...over },
      {
        head: (given) => void (status = given),
        data: (chunk) => void (text += chunk.toString()),
        end: () => resolve({ status, text }),
        fail: resolve,
      },
    );
  });
}

test.each([
  ['openai', null, 'authorization', 'Bearer cred'],
  ['http', null, 'authorization', 'Bearer cred'],
  ['anthropic', null, 'x-api-key', 'cred'],
  ['openai', 'api-key', 'api-key', 'cred'],
] as const)(
  'the credential of a provider of kind %s (header %s) goes into %s',
  async (kind, credentialHeader, name, value) => {
    expect(await send({ provider: { ...provider, kind, credentialHeader } })).toEqual({ status: 200, text: 'answer' });
    expect(seen.request.url).toBe('/base/x?y=1');
    const sent = Object.entries(seen.request.headers).filter(([, given]) => String(given).includes('cred'));
    expect(sent).toEqual([[name, value]]);
  },
);

test.each([0, 1, 1000, 256 * 1024 - 1, 256 * 1024, 3_000_000])(
  'a body of %i bytes arrives whole, with its length',
  async (size) => {
    const body = Buffer.alloc(size, 'abc');
    await send({ body });
    expect(seen.body.equals(body)).toBe(true);
    expect(seen.request.headers['content-length']).toBe(String(size));
  },
);

test('a body that streams arrives whole, in parts', async () => {
  await send({ body: Readable.from([Buffer.from('one'), Buffer.from('two')]) });
  expect(seen.body.toString()).toBe('onetwo');
  expect(seen.request.headers['transfer-encoding']).toBe('chunked');
  async function* parts(): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    yield Buffer.from('three');
  }
  await send({ body: parts() });
  expect(seen.body.toString()).toBe('three');
});

test.each([
  'http://169.254.169.254/latest',
  'http://[::ffff:169.254.169.254]/',
  'http://metadata.google.internal/',
  'not an address',
])('a provider at %s is refused and not connected to', async (baseUrl) => {
  expect(await send({ provider: { ...provider, baseUrl } })).toMatchObject({ code: 'upstream_unreachable' });
});

test('metadata addresses can be allowed: then it is tried', async () => {
  const allowing = createForward({ allowMetadata: true });
  const outcome = send({ provider: { ...provider, baseUrl: 'http://169.254.169.254:9/', timeoutMs: 100 } }, allowing);
  await new Promise((resolve) => setTimeout(resolve, 20));
  await allowing.close();
  expect(JSON.stringify(await outcome)).not.toContain('refused address');
});

test('an abort before the connection stands is kept: nothing is said any more', async () => {
  const said: string[] = [];
  const say = (what: string) => () => void said.push(what);
  const call = forward.send(
    { provider, method: 'GET', path: '/', headers: {}, body: null },
    { head: say('head'), data: say('data'), end: say('end'), fail: say('fail') },
  );
  call.abort();
  call.pause();
  call.resume();
  await send({});
  expect(said).toEqual([]);
});

test('a header that cannot be sent is a fault, not a crash', async () => {
  expect(await send({ headers: { 'x-bad': 'a\nb' } })).toMatchObject({ code: 'upstream_unreachable' });
});
