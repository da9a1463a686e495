// Memory stays flat whatever passes: the server runs as a process of its own, and its resident memory is what is measured.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { made, makeSetting, ROOT_KEY, type Setting, type TestApp } from '../kit/app.ts';
import { eventually, openWire, requestText } from '../kit/gateway.ts';
import { answerChat, startUpstream, type FakeUpstream } from '../kit/upstream.ts';

const MB = 1024 * 1024;
let child: ChildProcess;
let url = '';
let dataDir = '';
let upstream: FakeUpstream;
let setting: Setting;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'keyward-memory-'));
  upstream = await startUpstream();
  const env = {
    PATH: process.env['PATH'] ?? '',
    PORT: '0',
    KEYWARD_DATA_DIR: dataDir,
    KEYWARD_ROOT_KEY: ROOT_KEY,
    KEYWARD_LOG_LEVEL: 'error',
  };
  child = spawn(process.execPath, ['src/main.ts'], {
    cwd: join(import.meta.dirname, '../..'),
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout!.on('data', (text: Buffer) => (printed += text.toString()));
  url = await eventually(() => /serves on (http:\S+)/.exec(printed)?.[1], 20_000);
  const app = {
    api: async (method: string, path: string, body?: unknown) => {
      const answer = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${ROOT_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return { status: answer.status, headers: answer.headers, body: await answer.json() };
    },
  } as unknown as TestApp;
  setting = await makeSetting(app, upstream.url);
  await made(app, '/models', { name: 'warm', providerId: setting.providerId, prices: null });
});
afterAll(async () => {
  child.kill();
  await new Promise((resolve) => child.once('exit', resolve));
  await upstream.close();
  await rm(dataDir, { recursive: true, force: true });
});

/** Resident memory of the server, in MB; null where the system does not tell. */
async function residentMb(): Promise<number | null> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
  const found = /VmRSS:\s+(\d+) kB/.exec(status);
  return found ? Number(found[1]) / 1024 : null;
}

async function growthMb(warm: () => Promise<void>, work: () => Promise<void>): Promise<number> {
  await warm();
  const before = await residentMb();
  let most = 0;
  let over = false;
  const watch = (async () => {
    while (!over) {
      most = Math.max(most, (await residentMb()) ?? 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  await work();
  over = true;
  await watch;
  const growth = before === null ? 0 : most - before;
  figures.push(`${expect.getState().currentTestName}: ${before?.toFixed(0)} MB, at most ${growth.toFixed(0)} MB more`);
  return growth;
}

const figures: string[] = [];

/** Sends a call and reads its answer without keeping it; resolves with the number of bytes. */
function call(body: Buffer | string, onChunk: (bytes: number) => void = () => undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${url}/v1/chat/completions`,
      {
        method: 'POST',
        headers: {
          authorization: `Bearer ${setting.key}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      (response) => {
        let bytes = 0;
        response.on('data', (chunk: Buffer) => onChunk((bytes += chunk.length)));
        response.on('end', () => resolve(bytes));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const large = (): Buffer =>
  Buffer.from(
    JSON.stringify({
      model: setting.model,
      stream: true,
      messages: [
        {
          role: 'user',
          content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(20 * MB - 1000)}` } }],
        },
      ],
    }),
  );
const small = (): string => JSON.stringify({ model: setting.model, stream: true, messages: [] });
const event = Buffer.from(
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'x'.repeat(4000) } }] })}\n\n`,
);

/** Streams `bytes` of events as fast as they are taken; tells how much has been handed over. */
function streams(bytes: number, sent: { bytes: number }): void {
  upstream.script = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const more = (): void => {
      while (sent.bytes < bytes) {
        sent.bytes += event.length;
        if (!response.write(event)) return void response.once('drain', more);
      }
      response.end('data: [DONE]\n\n');
    };
    more();
  };
}

test('30 bodies of 20 MB, two at a time', async () => {
  const body = large();
  const round = async (): Promise<void> => {
    await Promise.all([call(body), call(body)]);
    upstream.seen.length = 0;
  };
  upstream.script = answerChat();
  const growth = await growthMb(
    async () => {
      for (let count = 0; count < 5; count++) await round();
    },
    async () => {
      for (let count = 0; count < 15; count++) await round();
    },
  );
  // 600 MB pass; what two calls hold at once, twice over, and the lag of the collector.
  expect(growth).toBeLessThan(300);
});

test('200 MB of events', async () => {
  const run = async (bytes: number): Promise<void> => {
    streams(bytes, { bytes: 0 });
    expect(await call(small())).toBeGreaterThan(bytes);
  };
  expect(
    await growthMb(
      () => run(40 * MB),
      () => run(200 * MB),
    ),
  ).toBeLessThan(120);
});

test('a reader that takes nothing holds its provider back', async () => {
  const sent = { bytes: 0 };
  streams(200 * MB, sent);
  const growth = await growthMb(
    () => Promise.resolve(),
    async () => {
      const wire = await openWire(Number(new URL(url).port));
      wire.socket.pause();
      wire.send(requestText('/v1/chat/completions', setting.key, small()));
      let before = -1;
      // Until nothing more is taken for a while.
      for (let still = 0; still < 10;) {
        await new Promise((resolve) => setTimeout(resolve, 30));
        still = sent.bytes === before && before > 0 ? still + 1 : 0;
        before = sent.bytes;
      }
      wire.socket.destroy();
    },
  );
  // Buffers of four sockets, and one write of each side.
  expect(sent.bytes).toBeLessThan(40 * MB);
  expect(growth).toBeLessThan(50);
});

test('streams whose requests were large do not keep them', async () => {
  const body = large();
  const responses: (() => void)[] = [];
  upstream.script = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(event);
    responses.push(() => response.end('data: [DONE]\n\n'));
  };
  const growth = await growthMb(
    () => Promise.resolve(),
    async () => {
      const calls: Promise<number>[] = [];
      // Sixteen streams are open at once in the end: kept, their requests would be 320 MB, twice over.
      for (let count = 0; count < 16; count++) {
        const { promise, resolve } = Promise.withResolvers<void>();
        calls.push(call(body, () => resolve()));
        await promise;
        upstream.seen.length = 0;
      }
      for (const end of responses) end();
      await Promise.all(calls);
    },
  );
  expect(growth).toBeLessThan(260);
});

test('a compressed answer that grows a thousandfold, to a slow reader', async () => {
  const bomb = gzipSync(
    Buffer.concat([
      Buffer.from('{"choices":[{"message":{"content":"'),
      Buffer.alloc(300 * MB, 65),
      Buffer.from('"}}]}'),
    ]),
  );
  upstream.script = (response) =>
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb);
  const growth = await growthMb(
    () => Promise.resolve(),
    async () => {
      const wire = await openWire(Number(new URL(url).port));
      wire.socket.pause();
      wire.send(requestText('/v1/chat/completions', setting.key, small()));
      await new Promise((resolve) => setTimeout(resolve, 500));
      wire.socket.destroy();
    },
  );
  expect(bomb.length).toBeLessThan(MB);
  expect(growth).toBeLessThan(120);
});

test('figures are there', () => {
  process.stdout.write(`${figures.join('\n')}\n`);
  expect(figures).toHaveLength(5);
});
