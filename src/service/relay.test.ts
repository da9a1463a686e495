import { expect, test, vi } from 'vitest';
import { deny } from '../core/denial.ts';
import type { Meter, MeterSnapshot, UpstreamRequest, UpstreamSink } from '../core/exchange.ts';
import { Fault } from '../core/fault.ts';
import type { LedgerRow } from '../core/ledger.ts';
import type { Admitted } from './attempt.ts';
import type { Call } from './calls.ts';
import { createRelay } from './relay.ts';
import type { Client, Exchange } from './relayExchange.ts';
import type { Result } from './settlement.ts';

const USAGE = { inputTokens: 3, cachedTokens: 0, cacheWriteTokens: 0, outputTokens: 2, reasoningTokens: 0 };
const SEEN: MeterSnapshot = {
  usage: USAGE,
  observed: { outputBytes: 8, bodyBytes: 9, partialUsage: null },
  complete: true,
  failed: false,
};

/** Everything around one exchange, scripted: the upstream is driven by `sink`, the settlement by `settle`. */
function setUp(
  over: {
    exchange?: Partial<Exchange>;
    seen?: Partial<MeterSnapshot>;
    leftAlready?: boolean;
    sendFails?: boolean;
  } = {},
) {
  const log: string[] = [];
  const note = (what: string) => () => void log.push(what);
  let gone = (): void => undefined;
  let sink: UpstreamSink | undefined;
  const settling = Promise.withResolvers<LedgerRow>();
  const results: Result[] = [];
  const reported: unknown[] = [];
  const entered = new Set<Call>();
  const client: Client & { started: boolean } = {
    started: false,
    head: note('head'),
    write: (bytes) => {
      log.push(`write ${bytes.toString()}`);
      client.started = true;
      return true;
    },
    drained: note('drained'),
    gone(listener) {
      gone = listener;
      if (over.leftAlready) listener();
    },
    end: (bytes) => void log.push(`end ${bytes.toString()}`),
    answer: ({ status }) => void log.push(`answer ${status}`),
    settled: () => undefined,
    fail: (reason) => void log.push(`fail ${reason.code}`),
    destroy: note('destroy'),
  };
  const seen = { ...SEEN, ...over.seen };
  const meter: Meter = {
    push: (chunk) => chunk,
    end: () => ({ ...seen, held: Buffer.from('}') }),
    snapshot: () => seen,
  };
  const exchange: Exchange = {
    admitted: { id: 'req_1', startedAtMs: 0 } as Admitted,
    route: '/v1/x',
    client,
    billing: 'tokens',
    meter: () => meter,
    isError: (status) => status >= 400,
    errorAnswer: () => ({ status: 502, headers: {}, body: Buffer.alloc(0) }),
    isOneDocument: () => true,
    estimate: () => ({ ...USAGE, inputTokens: 99 }),
    ...over.exchange,
  };
  const relay = createRelay({
    send: (_request, given) => {
      if (over.sendFails) throw new TypeError('bug');
      sink = given;
      return { abort: note('abort'), pause: note('pause'), resume: note('resume') };
    },
    calls: {
      enter: (call) => void entered.add(call),
      leave: (call) => void entered.delete(call),
      sweep: vi.fn<() => void>(),
      cutAll: vi.fn<() => void>(),
      size: 0,
      idle: () => Promise.resolve(),
    },
    settlement: {
      settle: (_admitted, result) => {
        results.push(result);
        log.push('settle');
        return settling.promise;
      },
      drain: () => Promise.resolve(),
    },
    clock: () => 7,
    report: (error) => void reported.push(error),
  });
  relay(exchange, {} as UpstreamRequest);
  return {
    log,
    sink: sink as UpstreamSink,
    client,
    results,
    reported,
    entered,
    settling,
    leave: () => gone(),
    cut: () => [...entered][0]!.cut(deny('key_disabled')),
  };
}
const turn = () => new Promise(setImmediate);

test('the end of an answer leaves after its row is durable, and then nothing is under way', async () => {
  const { log, sink, settling, entered, results } = setUp();
  sink.head(200, { 'content-type': 'application/json' });
  sink.data(Buffer.from('{'));
  sink.data(Buffer.from('"a":1'));
  sink.end();
  await turn();
  expect(log).toEqual(['head', 'write {', 'settle']);
  expect(entered.size).toBe(1);
  settling.resolve({} as LedgerRow);
  await turn();
  expect(log.at(-1)).toBe('end "a":1}');
  expect(entered.size).toBe(0);
  expect(results).toMatchObject([
    { outcome: 'answered', status: 200, usage: USAGE, usageSource: 'reported', firstByteMs: 7 },
  ]);
});

test('whatever comes after the end of an exchange changes nothing: it is settled once', async () => {
  const { log, sink, settling, results, leave, cut } = setUp();
  sink.head(200, {});
  leave();
  sink.head(200, {});
  sink.data(Buffer.from('late'));
  sink.end();
  sink.fail(new Fault('upstream_timeout', 'late'));
  leave();
  cut();
  settling.resolve({} as LedgerRow);
  await turn();
  expect(results).toMatchObject([{ outcome: 'aborted', status: 499 }]);
  expect(log).toEqual(['head', 'abort', 'settle']);
});

test('a client that has left before the upstream is asked: it is not asked', () => {
  const { log, sink, results } = setUp({ leftAlready: true });
  expect(sink).toBeUndefined();
  expect(log).toEqual(['settle']);
  expect(results).toMatchObject([{ outcome: 'aborted', usageSource: 'none' }]);
});

test('a key that dies: the upstream is cancelled and the client told at once, before the settlement', () => {
  const { log, sink, results, cut, client } = setUp();
  sink.head(200, {});
  client.started = true;
  cut();
  expect(log).toEqual(['head', 'abort', 'fail key_disabled', 'settle']);
  expect(results).toMatchObject([{ outcome: 'cut', status: 200 }]);
});

test('a settlement that fails becomes the answer; of a client that has left or been told, it is reported', async () => {
  const answered = setUp();
  answered.sink.head(200, {});
  answered.sink.end();
  answered.settling.reject(new Error('disk full'));
  await turn();
  expect(answered.log.at(-1)).toBe('fail store_unavailable');
  for (const act of ['leave', 'cut'] as const) {
    const one = setUp();
    one.sink.head(200, {});
    one[act]();
    one.settling.reject(new Error('disk full'));
    await turn();
    expect(one.reported).toMatchObject([{ code: 'store_unavailable' }]);
    expect(one.entered.size).toBe(0);
  }
});

test('an answer that cannot be ended breaks its connection and is reported', async () => {
  const { client, sink, settling, log, reported } = setUp();
  client.end = () => {
    throw new TypeError('bug');
  };
  sink.head(200, {});
  sink.end();
  settling.resolve({} as LedgerRow);
  await turn();
  expect(log.at(-1)).toBe('destroy');
  expect(reported).toHaveLength(1);
});

test('a bug in sending is an answer, not a hanging client', async () => {
  const { settling, log, results } = setUp({ sendFails: true });
  settling.resolve({} as LedgerRow);
  await turn();
  expect(log).toEqual(['settle', 'fail internal']);
  expect(results).toMatchObject([{ outcome: 'upstream_failed', status: 500 }]);
});

test('a slow client holds its upstream back until it has drained', () => {
  const { client, sink, log } = setUp();
  let drained = (): void => undefined;
  client.write = () => false;
  client.drained = (listener) => void (drained = listener);
  sink.head(200, { 'content-type': 'text/event-stream' });
  sink.data(Buffer.from('event'));
  expect(log.at(-1)).toBe('pause');
  drained();
  expect(log.at(-1)).toBe('resume');
});

test('parts of an answer that is no document do not wait for the next one', async () => {
  const { sink, log } = setUp({ exchange: { isOneDocument: () => false } });
  sink.head(200, {});
  sink.data(Buffer.from('one'));
  sink.data(Buffer.from('two'));
  await turn();
  expect(log).toEqual(['head', 'write one', 'write two']);
  sink.data(Buffer.from('three'));
  sink.end();
  await turn();
  expect(log.slice(3)).toEqual(['settle']);
});

const NONE = { usageSource: 'none', usage: { inputTokens: 0 } };
const ESTIMATED = { usageSource: 'estimated', usage: { inputTokens: 99 } };
const REPORTED = { usageSource: 'reported', usage: USAGE };
const noUsage = { usage: null };
const nothing = { usage: null, observed: { outputBytes: 0, bodyBytes: 1, partialUsage: null } };

test.each<[string, Parameters<typeof setUp>[0], boolean, 'end' | 'fail' | 'leave', object]>([
  ['a whole answer, reported', {}, false, 'end', REPORTED],
  ['a whole answer without a report', { seen: noUsage }, false, 'end', ESTIMATED],
  ['a broken plain answer, report seen', {}, false, 'fail', NONE],
  ['a broken stream, something shown', { seen: noUsage }, true, 'fail', ESTIMATED],
  ['a broken stream, nothing shown', { seen: nothing }, true, 'fail', NONE],
  ['a broken stream, reported', {}, true, 'fail', REPORTED],
  ['an error instead of an answer', { seen: { ...nothing, failed: true } }, false, 'end', NONE],
  ['an error that reports usage', { seen: { failed: true } }, false, 'end', REPORTED],
  ['a client that left', { seen: noUsage }, true, 'leave', ESTIMATED],
  ['a client that left with nothing shown', { seen: nothing }, true, 'leave', ESTIMATED],
  ['a free call', { exchange: { billing: 'free' } }, false, 'end', NONE],
  ['a call charged by report, reported', { exchange: { billing: 'reported' } }, false, 'end', REPORTED],
  [
    'a call charged by report, without one',
    { exchange: { billing: 'reported' }, seen: noUsage },
    false,
    'end',
    { ...NONE, costNano: null },
  ],
  [
    'a stream without its mark, reported',
    { seen: { complete: false } },
    true,
    'end',
    { ...REPORTED, outcome: 'answered' },
  ],
  [
    'a plain answer that is not whole',
    { seen: { complete: false } },
    false,
    'end',
    { ...NONE, outcome: 'upstream_failed' },
  ],
])('what is charged for %s', (_what, over, streamed, how, charged) => {
  const { sink, leave, results } = setUp(over);
  sink.head(200, { 'content-type': streamed ? 'text/event-stream' : 'application/json' });
  sink.data(Buffer.from('data'));
  if (how === 'end') sink.end();
  else if (how === 'fail') sink.fail(new Fault('upstream_bad_answer', 'broke off'));
  else leave();
  expect(results).toMatchObject([charged]);
});
