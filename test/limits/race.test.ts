import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { made } from '../kit/app.ts';
import { burst, holdBack, tally, type BurstCall } from '../kit/burst.ts';
import { eventually } from '../kit/gateway.ts';
import { lifetime, startLimitBench, type LimitBench, type LimitBody, type TestKey } from '../kit/limitBench.ts';
import { answerChat, answerEvents, answerJson, chatEvents, messageBody, type Script } from '../kit/upstream.ts';

// Many calls at once against little room, over HTTP, on one process: exactly so many are admitted as there is room for.

let bench: LimitBench;
beforeAll(async () => {
  bench = await startLimitBench();
});
afterAll(() => bench.close());
beforeEach(() => void (bench.upstream.script = answerChat()));

const CALLS = 500;
const ROOM = 37;
const OUTPUT = 20;
const WINDOWS = [
  { kind: 'session', seconds: 18_000 },
  { kind: 'rolling', seconds: 3600 },
  { kind: 'calendar', period: 'month', timeZone: 'Asia/Shanghai' },
  { kind: 'lifetime' },
];
const body = (over: object = {}) => ({
  model: bench.openai.model,
  messages: [{ role: 'user', content: 'Hi' }],
  max_tokens: OUTPUT,
  ...over,
});
const calls = (count: number, key: TestKey, over: object = {}, path = '/v1/chat/completions'): BurstCall[] =>
  Array.from({ length: count }, () => ({ url: bench.app.url + path, key: key.value, body: body(over) }));
/** What a call of `body` can use at most. */
const tokensOf = (over: object) => JSON.stringify(body(over)).length + OUTPUT;
const costOf = (over: object) => (tokensOf(over) - OUTPUT) * 0.000002 + OUTPUT * 0.00001;
const amountFor = (unit: LimitBody['unit'], over: object): number | string => {
  if (unit === 'tokens') return tokensOf(over) * (ROOM + 1) - 1;
  return unit === 'cost' ? (costOf(over) * (ROOM + 1) - 1e-9).toFixed(9) : ROOM;
};

/** Sends all calls at once, with the upstream answering only when every other call has been refused. */
async function race(all: readonly BurstCall[], admitted: number, script: Script): Promise<Record<number, number>> {
  const before = bench.upstream.seen.length;
  const gate = holdBack(bench.upstream, script);
  let refused = 0;
  const refusals = Promise.withResolvers<void>();
  const answers = burst(all, (status) => {
    refused += status === 429 ? 1 : 0;
    if (refused === all.length - admitted) refusals.resolve();
  });
  // More than there should be would be admitted, and never refused: hence the time.
  await Promise.race([refusals.promise, new Promise((resolve) => setTimeout(resolve, 10_000).unref())]);
  expect(bench.upstream.seen.length - before).toBeLessThanOrEqual(admitted);
  gate.open();
  const counts = tally(await answers);
  expect(bench.upstream.seen.length - before).toBe(admitted);
  return counts;
}

describe.each([
  ['plain', {}, answerChat()],
  ['streamed', { stream: true }, answerEvents(chatEvents(['Hello']))],
] as const)('A07 A09 X05 %s: of 500 calls at once against room for 37 exactly 37 are admitted', (_, over, script) => {
  const kinds = [
    ...WINDOWS.flatMap((window) => (['requests', 'tokens', 'cost'] as const).map((unit) => ({ unit, window }))),
    { unit: 'concurrency' as const, window: undefined },
  ];
  test.each(kinds)('$unit, $window.kind', async ({ unit, window }) => {
    const key = await bench.newKey([{ unit, amount: amountFor(unit, over), ...(window && { window }) }]);
    expect(await race(calls(CALLS, key, over), ROOM, script)).toEqual({ 200: ROOM, 429: CALLS - ROOM });
    const [standing] = await bench.expectBalanced(key);
    // Each used 18 tokens for 0.000092.
    const used = {
      requests: ROOM,
      tokens: ROOM * 18,
      cost: String(Number((ROOM * 0.000092).toFixed(9))),
      concurrency: 0,
    };
    expect(standing!.used).toBe(used[unit]);
  });
});

test('X05 every route takes from the same limit: none slips past', async () => {
  const key = await bench.newKey([lifetime('requests', ROOM)]);
  const paths = [
    '/v1/chat/completions',
    '/v1/completions',
    '/v1/responses',
    '/v1/embeddings',
    '/v1/rerank',
    '/v1/images/generations',
  ];
  const all = Array.from({ length: 25 }, () => [
    ...paths.flatMap((path) => calls(3, key, {}, path)),
    ...calls(2, key, { model: bench.anthropic.model }, '/v1/messages'),
  ]).flat();
  const script: Script = (response, seen) =>
    (seen.url.startsWith('/v1/messages')
      ? answerJson(messageBody())
      : answerJson({
          object: 'x',
          choices: [],
          output: [],
          data: [],
          status: 'completed',
          usage: { prompt_tokens: 1, completion_tokens: 1, input_tokens: 1, output_tokens: 1 },
        }))(response, seen);
  expect(await race(all, ROOM, script)).toEqual({ 200: ROOM, 429: all.length - ROOM });
  expect(await bench.expectBalanced(key)).toMatchObject([{ used: ROOM }]);
});

test('X05 verify calls and proxies’ doors race for the same room as calls', async () => {
  const key = await bench.newKey([lifetime('requests', ROOM)]);
  let valid = 0;
  const verify = async () => {
    const { body: answer } = await bench.app.api<{ valid: boolean }>('POST', '/keys/verify', { key: key.value });
    valid += answer.valid ? 1 : 0;
  };
  const [statuses] = await Promise.all([burst(calls(150, key)), ...Array.from({ length: 150 }, verify)]);
  expect(valid + (tally(statuses)[200] ?? 0)).toBe(ROOM);
  expect(await bench.expectBalanced(key)).toMatchObject([{ used: ROOM }]);
});

test('X05 limits on key, project and account at once: each holds, and keys elsewhere are unaffected', async () => {
  const account = await made(bench.app, '/accounts', { name: 'Raced' });
  const [first, second] = await Promise.all(
    ['first', 'second'].map((name) => made(bench.app, '/projects', { accountId: account.id, name })),
  );
  const keyIn = (project: { id: string } | undefined, amount: number) =>
    made(bench.app, `/projects/${project!.id}/keys`, {
      name: 'raced',
      scope: { mode: 'all' },
      limits: [{ unit: 'concurrency', amount }, lifetime('requests', amount)],
    });
  const [one, two, three] = [await keyIn(first, 30), await keyIn(first, 30), await keyIn(second, 30)];
  await made(bench.app, `/projects/${first!.id}/limits`, lifetime('requests', ROOM));
  await made(bench.app, `/accounts/${account.id}/limits`, lifetime('requests', 60));
  const outside = await bench.newKey([lifetime('requests', 50)]);
  const others = calls(50, outside);
  const raced = [...calls(150, one), ...calls(150, two), ...calls(150, three)];
  // Shuffled, so that no key comes first.
  const all = [...raced, ...others].toSorted(() => Math.random() - 0.5);

  // First what the project lets pass, then what is left in the account: 37 and 23.
  const counts = await race(
    all.filter(({ key }) => key !== three.value),
    ROOM + 50,
    answerChat(),
  );
  expect(counts).toEqual({ 200: ROOM + 50, 429: 300 - ROOM });
  expect(await race(calls(150, three), 60 - ROOM, answerChat())).toEqual({ 200: 60 - ROOM, 429: 150 - (60 - ROOM) });
  const used = async (key: TestKey) =>
    Number((await bench.expectBalanced(key)).find(({ unit }) => unit === 'requests')!.used);
  const [ofOne, ofTwo, ofThree] = [await used(one), await used(two), await used(three)];
  expect(ofOne + ofTwo).toBe(ROOM);
  expect(Math.max(ofOne, ofTwo)).toBeLessThanOrEqual(30);
  expect(ofThree).toBe(60 - ROOM);
  expect(await used(outside)).toBe(50);
});

describe('a limit of concurrency', () => {
  test('X05 never leaks a place, however calls end: aborts, time-outs, errors, broken streams, dead upstreams', async () => {
    const places = 5;
    const key = await bench.newKey([{ unit: 'concurrency', amount: places }]);
    const provider = await made(bench.app, '/providers', {
      name: 'hasty',
      kind: 'openai',
      baseUrl: bench.upstream.url,
      timeoutMs: 1000,
      idleTimeoutMs: 1000,
    });
    const { name } = (await made(bench.app, '/models', {
      name: 'vendor/hasty',
      providerId: provider.id,
    })) as unknown as { name: string };
    const endings: Script[] = [
      answerChat(),
      answerEvents(chatEvents(['Hello'])),
      () => undefined,
      (response) => void response.destroy(),
      (response) => (
        response.writeHead(200, { 'content-type': 'text/event-stream' }),
        response.write(chatEvents(['a'])[0])
      ),
      (response) => (
        response.writeHead(200, { 'content-type': 'application/json' }),
        response.write('{"a'),
        setImmediate(() => response.destroy())
      ),
      answerJson({ error: {} }, 503),
    ];
    let turn = 0;
    bench.upstream.script = (response, seen) => endings[turn++ % endings.length]!(response, seen);
    let most = 0;
    const round = async (number: number): Promise<void> => {
      const controller = new AbortController();
      if (number % 3 === 0) setTimeout(() => controller.abort(), 5 + (number % 7) * 10);
      await bench
        .chat(key, { model: name, stream: number % 2 === 0 }, controller.signal)
        .then((answer) => answer.text())
        .catch(() => undefined);
      if (number % 10 === 0) most = Math.max(most, Number((await bench.standing(key))[0]!.reserved));
    };
    // Clients that each make one call after the other, more than there are places, until sixty have reached the upstream.
    let next = 0;
    await Promise.all(
      Array.from({ length: places + 1 }, async () => {
        while (turn < 60 && next < 10_000) await round(next++);
      }),
    );
    expect(most).toBeLessThanOrEqual(places);
    expect(turn).toBeGreaterThanOrEqual(60);
    await bench.expectBalanced(key);
    expect(await race(calls(40, key), places, answerChat())).toEqual({ 200: places, 429: 40 - places });
    await bench.expectBalanced(key);
  });

  test('a place is free the moment an answer is whole', async () => {
    const key = await bench.newKey([{ unit: 'concurrency', amount: 1 }]);
    for (let round = 0; round < 30; round += 1) {
      const answer = await bench.chat(key, { stream: round % 2 === 0 });
      expect(answer.status).toBe(200);
      await answer.text();
    }
  });
});

describe('limits changed meanwhile', () => {
  test('A07 raised in the midst of a burst: exactly the new amount is admitted', async () => {
    const key = await bench.newKey([lifetime('requests', 10)]);
    const [{ id } = { id: '' }] = await bench.standing(key);
    const gate = holdBack(bench.upstream, answerChat());
    const answers = burst(calls(300, key));
    await bench.app.api('PATCH', `/limits/${id}`, { amount: ROOM });
    answers.catch(() => undefined);
    gate.open();
    const first = tally(await answers)[200] ?? 0;
    expect(first).toBeGreaterThanOrEqual(10);
    expect(first).toBeLessThanOrEqual(ROOM);
    expect(tally(await burst(calls(100, key)))[200] ?? 0).toBe(ROOM - first);
    expect(await bench.expectBalanced(key)).toMatchObject([{ used: ROOM }]);
  });

  test('A07 A09 lowered, raised, removed, added and reset: each acts on the very next call', async () => {
    const key = await bench.newKey([lifetime('requests', 2)]);
    const [{ id } = { id: '' }] = await bench.standing(key);
    const next = async () => (await bench.chat(key)).status;
    const amount = (value: number) => bench.app.api('PATCH', `/limits/${id}`, { amount: value });
    expect([await next(), await next(), await next()]).toEqual([200, 200, 429]);
    await amount(3);
    expect([await next(), await next()]).toEqual([200, 429]);
    await amount(1);
    expect(await next()).toBe(429);
    await bench.app.api('POST', `/limits/${id}/reset`);
    expect([await next(), await next()]).toEqual([200, 429]);
    await bench.app.api('POST', `/keys/${key.id}/reset-usage`);
    expect([await next(), await next()]).toEqual([200, 429]);
    await bench.app.api('DELETE', `/limits/${id}`);
    expect([await next(), await next()]).toEqual([200, 200]);
    await made(bench.app, `/keys/${key.id}/limits`, { unit: 'concurrency', amount: 0 });
    expect(await next()).toBe(429);
    expect(await bench.expectBalanced(key)).toMatchObject([{ unit: 'concurrency', used: 0 }]);
  });

  test('A09 lowered while calls are under way: those go on, and no other is admitted until enough have ended', async () => {
    const key = await bench.newKey([{ unit: 'concurrency', amount: 4 }]);
    const [{ id } = { id: '' }] = await bench.standing(key);
    const before = bench.upstream.seen.length;
    const gate = holdBack(bench.upstream, answerChat());
    const under = burst(calls(4, key));
    await eventually(() => (bench.upstream.seen.length - before === 4 ? true : undefined));
    await bench.app.api('PATCH', `/limits/${id}`, { amount: 1 });
    expect((await bench.chat(key)).status).toBe(429);
    gate.open();
    expect(tally(await under)).toEqual({ 200: 4 });
    bench.upstream.script = answerChat();
    expect((await bench.chat(key)).status).toBe(200);
    await bench.expectBalanced(key);
  });
});

test('A07 A09 a window that has passed admits again, and other windows still count', async () => {
  const key = await bench.newKey([
    { unit: 'requests', amount: 2, window: { kind: 'session', seconds: 18_000 } },
    { unit: 'requests', amount: 3, window: { kind: 'rolling', seconds: 86_400 } },
    { unit: 'requests', amount: 4, window: { kind: 'rolling', seconds: 604_800 } },
  ]);
  const next = async () => {
    const answer = await bench.chat(key);
    return [answer.status, ...(answer.status === 429 ? [Number(answer.headers.get('retry-after'))] : [])];
  };
  expect([await next(), await next()]).toEqual([[200], [200]]);
  const [status, waitSeconds] = await next();
  expect(status).toBe(429);
  expect(waitSeconds! > 17_990 && waitSeconds! <= 18_000).toBe(true);
  bench.later(waitSeconds! * 1000);
  expect(await next()).toEqual([200]);
  const [, daySeconds] = await next();
  bench.later((daySeconds! - 1) * 1000 - 1000);
  expect((await next())[0]).toBe(429);
  bench.later(3000);
  expect(await next()).toEqual([200]);
  expect((await next())[1]).toBeGreaterThan(400_000);
  expect((await bench.expectBalanced(key)).map(({ used }) => used)).toEqual([1, 2, 4]);
});
