import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { burst, holdBack, tally, type BurstCall } from '../kit/burst.ts';
import { startServer, type CrashServer } from '../kit/crashServer.ts';
import { eventually } from '../kit/gateway.ts';
import type { LimitBody, Standing } from '../kit/limitBench.ts';
import { newPlace, type StorePlace } from '../kit/stores.ts';
import {
  answerChat,
  answerEvents,
  chatEvents,
  startUpstream,
  type FakeUpstream,
  type Script,
} from '../kit/upstream.ts';

// The same race on two nodes, each a process of its own, over one Postgres: a limit is one, wherever its calls come in.

let place: StorePlace;
let nodes: CrashServer[];
let upstream: FakeUpstream;
let projectId: string;

interface Key {
  readonly id: string;
  readonly value: string;
}

beforeAll(async () => {
  place = await newPlace('postgres');
  upstream = await startUpstream();
  const env = {
    DATABASE_URL: place.url ?? '',
    KEYWARD_SECRET: 'a-secret-of-more-than-32-characters-for-all',
    KEYWARD_DRAIN_SECONDS: '1',
    KEYWARD_DATA_DIR: place.dataDir,
  };
  // One after the other: the first makes the tables.
  nodes = [await startServer({ env })];
  nodes.push(await startServer({ env }));
  const [one] = nodes as [CrashServer];
  const account = await one.api<{ id: string }>('POST', '/accounts', { name: 'Two nodes' });
  projectId = (await one.api<{ id: string }>('POST', '/projects', { accountId: account.id, name: 'Two nodes' })).id;
  const provider = await one.api<{ id: string }>('POST', '/providers', {
    name: 'up',
    kind: 'openai',
    baseUrl: upstream.url,
  });
  await one.api('POST', '/models', {
    name: MODEL,
    providerId: provider.id,
    prices: { inputPerMillion: '2', outputPerMillion: '10' },
  });
  // The other node learns of a new model within a second.
  await eventually(async () => {
    const key = await newKey([]);
    return (await Promise.all(nodes.map((node) => chat(node, key)))).every((status) => status === 200)
      ? true
      : undefined;
  }, 10_000);
});
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await upstream.close();
  await place.clear();
});
beforeEach(() => void (upstream.script = answerChat()));

const MODEL = 'vendor/shared';
const CALLS = 500;
const ROOM = 37;
const OUTPUT = 20;
const body = (over: object = {}) => ({
  model: MODEL,
  messages: [{ role: 'user', content: 'Hi' }],
  max_tokens: OUTPUT,
  ...over,
});
const newKey = (limits: readonly LimitBody[]) =>
  nodes[0]!.api<Key>('POST', `/projects/${projectId}/keys`, { name: 'raced', scope: { mode: 'all' }, limits });
const standing = async (key: Key, node = 0) =>
  (await nodes[node]!.api<{ data: Standing[] }>('GET', `/keys/${key.id}/limits`)).data;
/** Every second one to the other node. */
const calls = (count: number, key: Key, over: object = {}): BurstCall[] =>
  Array.from({ length: count }, (_, at) => ({
    url: `${nodes[at % nodes.length]!.url}/v1/chat/completions`,
    key: key.value,
    body: body(over),
  }));
async function chat(node: CrashServer, key: Key): Promise<number> {
  const [status] = await burst([{ url: `${node.url}/v1/chat/completions`, key: key.value, body: body() }]);
  return status!;
}
async function expectBalanced(key: Key): Promise<Standing[]> {
  const found = await eventually(async () => {
    const states = await standing(key);
    return states.every(({ reserved }) => Number(reserved) === 0) ? states : undefined;
  });
  expect(await nodes[1]!.api('POST', '/ledger/verify', {})).toMatchObject({ differences: 0 });
  return found;
}

async function race(all: readonly BurstCall[], admitted: number, script: Script): Promise<Record<number, number>> {
  const before = upstream.seen.length;
  const gate = holdBack(upstream, script);
  let refused = 0;
  const refusals = Promise.withResolvers<void>();
  const answers = burst(all, (status) => {
    refused += status === 429 ? 1 : 0;
    if (refused === all.length - admitted) refusals.resolve();
  });
  await Promise.race([refusals.promise, new Promise((resolve) => setTimeout(resolve, 20_000).unref())]);
  gate.open();
  const counts = tally(await answers);
  expect(upstream.seen.length - before).toBe(admitted);
  return counts;
}

const tokensOf = (over: object) => JSON.stringify(body(over)).length + OUTPUT;
const costOf = (over: object) => (tokensOf(over) - OUTPUT) * 0.000002 + OUTPUT * 0.00001;
const WINDOWS = [
  { kind: 'session', seconds: 18_000 },
  { kind: 'rolling', seconds: 3600 },
  { kind: 'calendar', period: 'month', timeZone: 'Asia/Shanghai' },
  { kind: 'lifetime' },
];
const kinds = [
  ...WINDOWS.flatMap((window) => (['requests', 'tokens', 'cost'] as const).map((unit) => ({ unit, window }))),
  { unit: 'concurrency' as const, window: undefined },
];

describe.each([
  ['plain', {}, answerChat()],
  ['streamed', { stream: true }, answerEvents(chatEvents(['Hello']))],
] as const)(
  'A07 A09 X05 %s, two nodes: of 500 calls at once against room for 37 exactly 37 are admitted',
  (_, over, script) => {
    test.each(kinds)('$unit, $window.kind', async ({ unit, window }) => {
      const amounts = {
        requests: ROOM,
        concurrency: ROOM,
        tokens: tokensOf(over) * (ROOM + 1) - 1,
        cost: (costOf(over) * (ROOM + 1) - 1e-9).toFixed(9),
      };
      const key = await newKey([{ unit, amount: amounts[unit], ...(window && { window }) }]);
      expect(await race(calls(CALLS, key, over), ROOM, script)).toEqual({ 200: ROOM, 429: CALLS - ROOM });
      const [state] = await expectBalanced(key);
      const used = {
        requests: ROOM,
        tokens: ROOM * 18,
        cost: String(Number((ROOM * 0.000092).toFixed(9))),
        concurrency: 0,
      };
      expect(state!.used).toBe(used[unit]);
    });
  },
);

test('X05 a budget of the project over two keys on two nodes', async () => {
  const keys = [
    await newKey([{ unit: 'concurrency', amount: 30 }]),
    await newKey([{ unit: 'requests', amount: 30, window: { kind: 'lifetime' } }]),
  ];
  const [unlimited, limit] = [
    await newKey([]),
    await nodes[1]!.api<{ id: string; used: number }>('POST', `/projects/${projectId}/limits`, {
      unit: 'requests',
      amount: 1,
      window: { kind: 'rolling', seconds: 86_400 },
    }),
  ];
  // What was used of the day before the limit was made counts.
  await nodes[0]!.api('PATCH', `/limits/${limit.id}`, { amount: limit.used + ROOM });
  const counts = await race(
    keys.flatMap((key) => calls(150, key)),
    ROOM,
    answerChat(),
  );
  expect(counts).toEqual({ 200: ROOM, 429: 300 - ROOM });
  expect(await chat(nodes[1]!, unlimited)).toBe(429);
  await expectBalanced(keys[0]!);
  await expectBalanced(keys[1]!);
  await nodes[0]!.api('DELETE', `/limits/${limit.id}`);
  expect(await chat(nodes[1]!, unlimited)).toBe(200);
});

describe('X01 limits edited on one node', () => {
  test('act on the other at its very next call: added, lowered, raised, reset, removed', async () => {
    const [one, other] = nodes as [CrashServer, CrashServer];
    const key = await newKey([]);
    // In the other node's memory.
    expect(await chat(other, key)).toBe(200);
    const limit = await one.api<{ id: string }>('POST', `/keys/${key.id}/limits`, {
      unit: 'requests',
      amount: 1,
      window: { kind: 'lifetime' },
    });
    expect(await chat(other, key)).toBe(429);
    await one.api('PATCH', `/limits/${limit.id}`, { amount: 2 });
    expect([await chat(other, key), await chat(one, key)]).toEqual([200, 429]);
    await one.api('PATCH', `/limits/${limit.id}`, { amount: 1 });
    await one.api('POST', `/limits/${limit.id}/reset`);
    expect([await chat(other, key), await chat(other, key)]).toEqual([200, 429]);
    await one.api('POST', `/keys/${key.id}/reset-usage`);
    expect([await chat(other, key), await chat(other, key)]).toEqual([200, 429]);
    await one.api('DELETE', `/limits/${limit.id}`);
    expect(await chat(other, key)).toBe(200);
    await expectBalanced(key);
  });

  test('hold in the midst of a burst: never more than the amount of the moment', async () => {
    const key = await newKey([{ unit: 'requests', amount: 10, window: { kind: 'lifetime' } }]);
    const [{ id } = { id: '' }] = await standing(key);
    const answers = burst(calls(300, key));
    await nodes[1]!.api('PATCH', `/limits/${id}`, { amount: ROOM });
    const first = tally(await answers)[200] ?? 0;
    expect(first).toBeGreaterThanOrEqual(10);
    expect(first).toBeLessThanOrEqual(ROOM);
    expect(tally(await burst(calls(100, key)))[200] ?? 0).toBe(ROOM - first);
    expect(await expectBalanced(key)).toMatchObject([{ used: ROOM }]);
  });
});
