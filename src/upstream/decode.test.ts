import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import type { Headers } from '../core/exchange.ts';
import type { Fault } from '../core/fault.ts';
import { Decoding } from './decode.ts';

function setUp() {
  const heard: { headers?: Headers; bytes: Buffer[]; ended: number; fault?: Fault } = { bytes: [], ended: 0 };
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const source = { abort: vi.fn<() => void>(), pause: vi.fn<() => void>(), resume: vi.fn<() => void>() };
  const decoding = new Decoding({
    head: (_status, headers) => void (heard.headers = headers),
    data: (chunk) => void heard.bytes.push(chunk),
    end: () => resolve(void (heard.ended += 1)),
    fail: (fault) => resolve(void (heard.fault = fault)),
  });
  decoding.source = source;
  return { decoding, heard, over, source };
}

test.each([
  ['gzip', gzipSync],
  ['X-GZIP', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
])('%s comes out plain, byte by byte in', async (coding, compress) => {
  const { decoding, heard, over } = setUp();
  const plain = Buffer.from('answer '.repeat(1000));
  decoding.head(200, { 'content-encoding': coding, 'content-length': '9', 'content-type': 'text/plain' });
  for (const byte of compress(plain)) decoding.data(Buffer.from([byte]));
  decoding.end();
  await over;
  expect(Buffer.concat(heard.bytes).equals(plain)).toBe(true);
  expect(heard.headers).toEqual({ 'content-type': 'text/plain' });
});

test('what is not coded passes as it is', () => {
  for (const headers of [{}, { 'content-encoding': 'identity' }]) {
    const { decoding, heard } = setUp();
    const chunk = Buffer.from('plain');
    decoding.head(200, headers);
    decoding.data(chunk);
    decoding.end();
    decoding.end();
    expect(heard).toMatchObject({ bytes: [chunk], ended: 1 });
    expect(heard.bytes[0]).toBe(chunk);
  }
});

test.each([
  ['an unknown coding', 'aes', Buffer.from('x')],
  ['two codings', 'gzip, br', Buffer.from('x')],
  ['another coding than it says', 'gzip', Buffer.from('this is not gzip')],
  ['a part', 'gzip', gzipSync('answer').subarray(0, -4)],
])('%s is a bad answer, and the upstream is cancelled', async (_what, coding, bytes) => {
  const { decoding, heard, over, source } = setUp();
  decoding.head(200, { 'content-encoding': coding });
  decoding.data(bytes);
  decoding.end();
  await over;
  expect(heard.fault).toMatchObject({ code: 'upstream_bad_answer' });
  expect(heard.ended).toBe(0);
  expect(source.abort).toHaveBeenCalledOnce();
});

test('while its reader is held back nothing is inflated, and the source is held back too', async () => {
  const { decoding, heard, over, source } = setUp();
  decoding.head(200, { 'content-encoding': 'gzip' });
  decoding.pause();
  const bomb = gzipSync(Buffer.alloc(50_000_000));
  for (let at = 0; at < bomb.length; at += 1000) decoding.data(bomb.subarray(at, at + 1000));
  decoding.end();
  await new Promise((resolve) => setTimeout(resolve, 30));
  const held = heard.bytes.reduce((sum, { length }) => sum + length, 0);
  expect(held).toBe(0);
  expect(source.pause).toHaveBeenCalled();
  decoding.resume();
  await over;
  expect(heard.bytes.reduce((sum, { length }) => sum + length, 0)).toBe(50_000_000);
  expect(source.resume).toHaveBeenCalled();
});

test('after a close nothing is heard', async () => {
  const { decoding, heard } = setUp();
  decoding.head(200, { 'content-encoding': 'gzip' });
  decoding.data(gzipSync('answer'));
  decoding.close();
  decoding.end();
  decoding.fail({} as Fault);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(heard).toMatchObject({ bytes: [], ended: 0 });
});
