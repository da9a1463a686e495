// The ledger fails at the worst moment: a client never sees a whole answer that is not in the ledger, and nothing hangs.
// The doors, the relay, the meter and the forwarding are the real ones; the ledger is scripted, the key always good.

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Provider } from '../../src/core/catalogue.ts';
import { Fault } from '../../src/core/fault.ts';
import type { Key } from '../../src/core/key.ts';
import type { LedgerRow } from '../../src/core/ledger.ts';
import { createGateway } from '../../src/http/gateway.ts';
import { createDoors } from '../../src/http/server.ts';
import { createServiceDoor } from '../../src/http/serviceDoor.ts';
import type { Admission } from '../../src/service/admission.ts';
import { createCalls, type Calls } from '../../src/service/calls.ts';
import { createRelay } from '../../src/service/relay.ts';
import { createReservations } from '../../src/service/reservations.ts';
import { createSettlement } from '../../src/service/settlement.ts';
import { estimateUsage } from '../../src/core/estimate.ts';
import { createForward, type Forward } from '../../src/upstream/forward.ts';
import { createMeter } from '../../src/upstream/meter.ts';
import { eventually, openWire, requestText, type Wire } from '../kit/gateway.ts';
import {
  answerChat,
  answerEvents,
  answerJson,
  chatBody,
  chatEvents,
  startUpstream,
  type FakeUpstream,
} from '../kit/upstream.ts';

let upstream: FakeUpstream;
let forward: Forward;
let server: Server;
let calls: Calls;
let append: (rows: readonly LedgerRow[]) => Promise<void>;
let reported: unknown[];
let logged: string[];
let wires: Wire[];

beforeEach(async () => {
  upstream = await startUpstream();
  forward = createForward({ allowMetadata: false });
  reported = [];
  logged = [];
  wires = [];
  let ids = 0;
  const newId = (prefix: string): string => `${prefix}_${++ids}`;
  const provider: Provider = {
    id: 'prv_1',
    name: 'p',
    kind: 'openai',
    baseUrl: upstream.url,
    credential: null,
    credentialHeader: null,
    timeoutMs: 5000,
    idleTimeoutMs: 5000,
    createdAtMs: 0,
  };
  const key = {
    id: 'key_1',
    accountId: 'acc_1',
    projectId: 'prj_1',
    class: 'standard',
    status: 'active',
    scope: { mode: 'all' },
  } as Key;
  const record = { key, project: null, account: { id: 'acc_1' } as never, allow: null, deny: null };
  const admission: Admission = {
    check: () => undefined,
    admit: ({ id, address }, ask) => ({
      ok: true,
      id,
      record,
      hash: '',
      ask,
      address,
      startedAtMs: Date.now(),
      limits: [],
      takes: [],
      outputTokens: null,
      target: {
        resource: { type: ask.kind === 'service' ? 'service' : 'model', id: 'mdl_1' },
        name: 'm',
        provider: ask.kind === 'service' ? { ...provider, kind: 'http' } : provider,
        upstreamModel: 'm',
        prices: null,
        maxOutputTokens: null,
      },
    }),
    charge: () => {
      throw new Error('nobody only asks here');
    },
    holder: () => record,
    refuse: (_attempt, denial) => denial,
    review: () => undefined,
  };
  calls = createCalls({ admission, keyring: { onEvict: () => undefined } });
  const settlement = createSettlement({
    reservations: createReservations({
      watch: { decided: () => undefined, settled: () => undefined },
      limits: {
        reserveEach: async () => [],
        chargeEach: async () => [],
        release: async () => undefined,
        settle: (settling) => append(settling.map(({ row }) => row)),
        settleEach: (settling) => append(settling.map(({ row }) => row)).then(() => []),
      },
    }),
    clock: Date.now,
  });
  const relay = createRelay({
    send: forward.send,
    calls,
    settlement,
    clock: Date.now,
    report: (error) => void reported.push(error),
  });
  const options = {
    admission,
    settlement,
    relay,
    createMeter,
    estimate: estimateUsage,
    newId,
    clock: Date.now,
    trust: { trusted: null, header: 'x-forwarded-for' },
    keyPrefix: 'kw_',
    bodyLimit: 1_000_000,
    log: (_id: string, _failure: unknown, fault: Fault) =>
      void logged.push(`${fault.code} ${fault.details.private ?? ''}`),
  };
  const none = (): void => undefined;
  server = createDoors({
    gateway: createGateway(options),
    services: createServiceDoor(options),
    models: none,
    usage: none,
    verify: none,
    authz: none,
    health: none,
    management: none,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  for (const wire of wires) wire.socket.destroy();
  // Nothing is left under way, however it went.
  await calls.idle();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await forward.close();
  await upstream.close();
});

async function ask(path = '/v1/chat/completions', body: object = {}): Promise<Wire> {
  const wire = await openWire((server.address() as AddressInfo).port);
  wires.push(wire);
  wire.send(requestText(path, 'kw_x', JSON.stringify({ model: 'm', ...body })));
  return wire;
}

const troubles: [string, () => Promise<void>][] = [
  ['is away', () => Promise.reject(new Fault('store_unavailable', 'away'))],
  ['has a bug', () => Promise.reject(new TypeError('bug'))],
  [
    'throws at once',
    () => {
      throw new Error('at once');
    },
  ],
];
const whole = /"total_tokens":18}}|\[DONE\]|\r\n0\r\n\r\n$/;

test.each(troubles)(
  'a ledger that %s: a plain answer becomes 503 in its route’s shape, and what was used is in the log',
  async (_how, fails) => {
    append = fails;
    upstream.script = answerChat();
    const wire = await ask();
    const text = await wire.until(/store_unavailable/);
    expect(text).toMatch(/^HTTP\/1\.1 503 /);
    expect(text).toMatch(/retry-after: 1/i);
    expect(text).not.toMatch(whole);
    expect(text).not.toContain('Hello there');
    expect(logged).toEqual([expect.stringContaining('tokens 11/0/0/7')]);
  },
);

test.each(troubles)('a ledger that %s: a large plain answer is broken off before its end', async (_how, fails) => {
  append = fails;
  upstream.script = (response, seen) => answerJson(chatBody({ filler: 'x'.repeat(500_000) }))(response, seen);
  const text = await (await ask()).closed;
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  // The outermost bracket and the last chunk are missing.
  expect(/"}[\r\n0]*$/.test(text)).toBe(false);
  expect(text.length).toBeGreaterThan(100_000);
});

test.each(troubles)(
  'a ledger that %s: a stream ends with an error event in place of its last one',
  async (_how, fails) => {
    append = fails;
    upstream.script = answerEvents(chatEvents(['one', 'two']));
    const text = await (await ask(undefined, { stream: true })).closed;
    expect(text).toContain('"two"');
    expect(text).toMatch(/event: error\ndata: {"error":{.*"code":"store_unavailable"}}/);
    expect(text).not.toMatch(whole);
  },
);

test.each(troubles)(
  'a ledger that %s: an upstream’s error, a request that was wrong and a service’s answer become 503',
  async (_how, fails) => {
    append = fails;
    upstream.script = answerJson({ error: { message: 'no', type: 't' } }, 400);
    await (await ask()).until(/^HTTP\/1\.1 503 /);
    await (await ask('/v1/messages', { max_tokens: 1 })).until(/^HTTP\/1\.1 50[03] /);
    upstream.script = (response) => response.writeHead(200, { 'content-length': 5 }).end('short');
    const text = await (await ask('/services/s/x')).until(/^HTTP\/1\.1 503 /);
    expect(text).not.toContain('short');
  },
);

test('a ledger that is away when the client has left already: reported, and nothing is left under way', async () => {
  append = () => Promise.reject(new Fault('store_unavailable', 'away'));
  upstream.script = () => undefined;
  const wire = await ask();
  await eventually(() => upstream.seen[0]);
  wire.socket.destroy();
  await eventually(() => (reported.length === 1 ? true : undefined));
  expect(reported[0]).toMatchObject({
    code: 'store_unavailable',
    details: { private: expect.stringContaining('aborted') },
  });
});

test.each<[string, object, RegExp, RegExp]>([
  ['a plain answer', {}, /^$/, /"total_tokens":18}}$/],
  ['a stream', { stream: true }, /"two"/, /\[DONE\]\n\n\r\n0\r\n\r\n$/],
])('the end of %s waits until its row is durable', async (_what, body, early, end) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let rows = 0;
  append = (batch) => {
    rows += batch.length;
    return promise;
  };
  upstream.script = 'stream' in body ? answerEvents(chatEvents(['one', 'two'])) : answerChat();
  const wire = await ask(undefined, body);
  await eventually(() => (rows === 1 ? true : undefined));
  await new Promise((done) => setTimeout(done, 50));
  expect(wire.text()).toMatch(early);
  expect(wire.text()).not.toMatch(whole);
  resolve();
  await wire.until(end);
});

test('a service’s answer, whose length is known, waits with its last byte; one of unknown length with its end', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  append = () => promise;
  upstream.script = (response, { url }) => {
    if (!url.endsWith('unknown')) response.writeHead(200, { 'content-length': 11 });
    response.write('first ');
    setTimeout(() => response.end('part.'), 20);
  };
  const known = await ask('/services/s/known');
  const unknown = await ask('/services/s/unknown');
  try {
    await known.until(/first/);
    await unknown.until(/first /);
    await new Promise((done) => setTimeout(done, 50));
    expect(known.text()).not.toMatch(/part\.$/);
    expect(unknown.text()).not.toMatch(/0\r\n\r\n$/);
  } finally {
    resolve();
  }
  await known.until(/first part\.$/);
  await unknown.until(/part\.\r\n0\r\n\r\n$/);
});

test('one row that cannot be stored does not cost its neighbours their answers', async () => {
  let first = true;
  append = async (rows) => {
    // The first batch is slow, so that the others gather into one.
    if (first) {
      first = false;
      await eventually(() => (upstream.seen.length === 11 ? true : undefined));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    if (rows.some((row) => row.usage.inputTokens === 666)) throw new RangeError('this row cannot be stored');
  };
  upstream.script = (response, seen) =>
    answerChat(seen.body.includes('poison') ? { usage: { prompt_tokens: 666, completion_tokens: 1 } } : {})(
      response,
      seen,
    );
  const plug = await ask();
  const others = await Promise.all(Array.from({ length: 9 }, () => ask()));
  const poisoned = await ask(undefined, { user: 'poison' });
  await poisoned.until(/^HTTP\/1\.1 503 /);
  for (const wire of [plug, ...others]) expect(await wire.until(/"total_tokens":18}}$/)).toMatch(/^HTTP\/1\.1 200 /);
});

test('a ledger that comes back: the next request is answered', async () => {
  append = () => Promise.reject(new Fault('store_unavailable', 'away'));
  await (await ask()).until(/^HTTP\/1\.1 503 /);
  append = () => Promise.resolve();
  expect(await (await ask()).until(/"total_tokens":18}}$/)).toMatch(/^HTTP\/1\.1 200 /);
});
