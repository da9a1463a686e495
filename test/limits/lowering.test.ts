import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UNKNOWN_OUTPUT_TOKENS } from '../../src/service/bound.ts';
import { made } from '../kit/app.ts';
import { lifetime, startLimitBench, type LimitBench, type TestKey } from '../kit/limitBench.ts';
import { answerChat, answerEvents, answerJson, chatBody, chatEvents, messageBody } from '../kit/upstream.ts';

// What is reserved for a call, what is set for one that names no maximum, and what holds when an upstream lies.

let bench: LimitBench;
/** A model that gives at most 2000 tokens, and an endpoint of it that gives at most 500. */
let capped: string;
let endpoint: string;

beforeAll(async () => {
  bench = await startLimitBench();
  const model = await made(bench.app, '/models', {
    name: 'vendor/capped',
    providerId: bench.openai.providerId,
    prices: { inputPerMillion: '2', outputPerMillion: '10' },
    maxOutputTokens: 2000,
  });
  capped = 'vendor/capped';
  endpoint = (
    await made(bench.app, `/projects/${bench.openai.projectId}/endpoints`, {
      name: 'small',
      modelId: model.id,
      maxOutputTokens: 500,
    })
  ).id;
});
afterAll(() => bench.close());
beforeEach(() => void (bench.upstream.script = answerChat()));

const hi = { messages: [{ role: 'user', content: 'Hi' }] };
const sentBody = () => JSON.parse(bench.upstream.seen.at(-1)!.body.toString()) as Record<string, unknown>;
const bytesOf = (body: object) => Buffer.byteLength(JSON.stringify(body));
/** What is held for a call, of tokens, while its upstream has it. */
async function heldDuring(key: TestKey, call: () => Promise<Response>): Promise<[held: number, answer: Response]> {
  const answer = bench.upstream.script;
  const held = Promise.withResolvers<number>();
  bench.upstream.script = async (response, seen) => {
    held.resolve(Number((await bench.standing(key)).find(({ unit }) => unit === 'tokens')!.reserved));
    answer(response, seen);
  };
  const answered = call();
  return [
    await Promise.race([
      held.promise,
      answered.then((refused) => Promise.reject(new Error(`answered ${refused.status}`))),
    ]),
    await answered,
  ];
}

describe('A07 a call that names no maximum is lowered to what is affordable, and told so', () => {
  const routes: [path: string, member: string, body: object, script: () => unknown][] = [
    ['/v1/chat/completions', 'max_tokens', hi, () => answerChat()],
    ['/v1/completions', 'max_tokens', { prompt: 'Hi' }, () => answerJson(chatBody({ object: 'text_completion' }))],
    [
      '/v1/responses',
      'max_output_tokens',
      { input: 'Hi' },
      () =>
        answerJson({
          id: 'r',
          object: 'response',
          status: 'completed',
          output: [],
          usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
        }),
    ],
    ['/v1/messages', 'max_tokens', hi, () => answerJson(messageBody())],
  ];
  test.each(routes)('%s: %s', async (path, member, body, script) => {
    bench.upstream.script = script() as typeof bench.upstream.script;
    const model = path === '/v1/messages' ? bench.anthropic.model : bench.openai.model;
    const bytes = bytesOf({ model, ...body });
    const key = await bench.newKey([lifetime('tokens', bytes + 300)]);
    const [held, answer] = await heldDuring(key, () => bench.post(key, path, body));
    expect(answer.status).toBe(200);
    expect(held).toBe(bytes + 300);
    expect(sentBody()).toMatchObject({ [member]: 300 });
    expect(answer.headers.get('x-keyward-max-tokens')).toBe('300');
    await bench.expectBalanced(key);
    // Named, it is not touched; and refused when it does not fit.
    const named = await bench.post(key, path, { ...body, [member]: 400 });
    expect(named.status).toBe(429);
    expect(named.headers.get('x-keyward-max-tokens')).toBeNull();
  });

  test('to what money affords, at the price of the model', async () => {
    const bytes = bytesOf({ model: bench.openai.model, ...hi });
    const key = await bench.newKey([lifetime('cost', (0.000002 * bytes + 0.00001 * 123.9).toFixed(9))]);
    const answer = await bench.post(key, '/v1/chat/completions', hi);
    expect([answer.status, sentBody()['max_tokens'], answer.headers.get('x-keyward-max-tokens')]).toEqual([
      200,
      123,
      '123',
    ]);
    await bench.expectBalanced(key);
  });

  test('a null is no maximum, and a stream is lowered too', async () => {
    const key = await bench.newKey([lifetime('tokens', 500)]);
    bench.upstream.script = answerEvents(chatEvents(['Hi']));
    const answer = await bench.post(key, '/v1/chat/completions', { ...hi, max_tokens: null, stream: true });
    await answer.text();
    expect(Number(answer.headers.get('x-keyward-max-tokens'))).toBe(sentBody()['max_tokens']);
    expect(sentBody()['max_tokens']).toBeLessThan(500);
    await bench.expectBalanced(key);
  });

  test.each([
    ['several answers', '/v1/chat/completions', { ...hi, n: 4 }, 4],
    ['the best of several', '/v1/completions', { prompt: 'Hi', n: 2, best_of: 5 }, 5],
    ['several prompts', '/v1/completions', { prompt: ['a', 'b', 'c'] }, 3],
    ['several prompts in tokens, several answers each', '/v1/completions', { prompt: [[1, 2], [3]], n: 3 }, 6],
  ])('%s share it equally', async (_, path, body, copies) => {
    const bytes = bytesOf({ model: bench.openai.model, ...body });
    const key = await bench.newKey([lifetime('tokens', bytes + 100 * copies + copies - 1)]);
    const [held, answer] = await heldDuring(key, () => bench.post(key, path, body));
    expect([answer.status, sentBody()['max_tokens'], held]).toEqual([200, 100, bytes + 100 * copies]);
    // Named, each may be as long.
    await bench.expectBalanced(key);
    expect((await bench.post(key, path, { ...body, max_tokens: 101 })).status).toBe(429);
    // Less than is of use to each is refused.
    const poor = await bench.newKey([lifetime('tokens', bytes + 16 * copies - 1)]);
    expect((await bench.post(poor, path, body)).status).toBe(429);
  });

  test('where all of it fits, the model’s own maximum is sent: what the catalogue says binds no upstream by itself', async () => {
    const rich = await bench.newKey([lifetime('tokens', 1_000_000)]);
    const [held, plain] = await heldDuring(rich, () =>
      bench.post(rich, '/v1/chat/completions', { ...hi, model: capped }),
    );
    expect(held).toBe(2000 + bytesOf({ model: capped, ...hi }));
    expect(plain.headers.get('x-keyward-max-tokens')).toBe('2000');
    expect(sentBody()).toHaveProperty('max_tokens', 2000);
  });

  test('it stays as it came where no limit counts tokens or money', async () => {
    for (const limits of [[], [lifetime('requests', 5), lifetime('concurrency', 5)]]) {
      const answer = await bench.post(await bench.newKey(limits), '/v1/chat/completions', hi);
      expect([answer.status, answer.headers.get('x-keyward-max-tokens'), sentBody()['max_tokens']]).toEqual([
        200,
        null,
        undefined,
      ]);
    }
  });

  test('where nobody knows the longest answer, so much is reserved and set that it holds', async () => {
    const key = await bench.newKey([lifetime('tokens', 1_000_000)]);
    const [held, answer] = await heldDuring(key, () => bench.post(key, '/v1/chat/completions', hi));
    expect(held).toBe(UNKNOWN_OUTPUT_TOKENS + bytesOf({ model: bench.openai.model, ...hi }));
    expect([sentBody()['max_tokens'], answer.headers.get('x-keyward-max-tokens')]).toEqual([
      UNKNOWN_OUTPUT_TOKENS,
      String(UNKNOWN_OUTPUT_TOKENS),
    ]);
  });

  test('an endpoint’s maximum bounds what is reserved, and what is set', async () => {
    const key = await bench.newKey([lifetime('tokens', 1_000_000)]);
    const [held] = await heldDuring(key, () => bench.post(key, '/v1/chat/completions', { ...hi, model: endpoint }));
    expect(held).toBe(500 + bytesOf({ model: endpoint, ...hi }));
    expect(sentBody()['max_tokens']).toBe(500);
    const above = await bench.post(key, '/v1/chat/completions', { ...hi, model: endpoint, max_tokens: 501 });
    expect(above.status).toBe(400);
    await bench.expectBalanced(key);
  });
});

describe('what is reserved is the most a call can use', () => {
  test.each([
    ['the larger of both names', { ...hi, max_tokens: 100, max_completion_tokens: 250 }, 250],
    [
      'text of several bytes a letter',
      { messages: [{ role: 'user', content: '通义千问🎈'.repeat(50) }], max_tokens: 10 },
      10,
    ],
    ['a maximum of 0, which is none to some servers', { ...hi, max_tokens: 0 }, UNKNOWN_OUTPUT_TOKENS],
    ['a maximum of 0, of a model that has one', { ...hi, model: 'vendor/capped', max_tokens: 0 }, 2000],
  ])('A07 %s', async (_, body, output) => {
    const key = await bench.newKey([lifetime('tokens', 1_000_000)]);
    const [held] = await heldDuring(key, () => bench.post(key, '/v1/chat/completions', body));
    expect(held).toBe(output + bytesOf({ model: bench.openai.model, ...body }));
    expect(sentBody()).toMatchObject('model' in body ? { max_tokens: 0 } : body);
    await bench.expectBalanced(key);
  });

  test('embeddings have no output, and count by what was reported', async () => {
    const body = { input: ['a', 'b'] };
    const key = await bench.newKey([lifetime('tokens', bytesOf({ model: bench.openai.model, ...body }))]);
    bench.upstream.script = answerJson({ object: 'list', data: [], usage: { prompt_tokens: 2, total_tokens: 2 } });
    const answer = await bench.post(key, '/v1/embeddings', body);
    expect([answer.status, answer.headers.get('x-keyward-cost')]).toEqual([200, '0.000004']);
    expect(sentBody()).not.toHaveProperty('max_tokens');
    expect(await bench.expectBalanced(key)).toMatchObject([{ used: 2 }]);
  });

  test('counting tokens is free, and passes a spent quota', async () => {
    const key = await bench.newKey([lifetime('tokens', 0), lifetime('cost', '0'), lifetime('requests', 1)]);
    bench.upstream.script = answerJson({ input_tokens: 14 });
    expect((await bench.post(key, '/v1/messages/count_tokens', hi)).status).toBe(200);
    expect(await bench.expectBalanced(key)).toMatchObject([{ used: 0 }, { used: '0' }, { used: 1 }]);
    expect((await bench.post(key, '/v1/messages/count_tokens', hi)).status).toBe(429);
  });

  test('a route whose output nothing bounds holds the longest answer the model may give', async () => {
    const body = { prompt: 'a cat', n: 2 };
    const key = await bench.newKey([lifetime('tokens', 10_000)]);
    bench.upstream.script = answerJson({
      created: 1,
      data: [],
      usage: { input_tokens: 5, output_tokens: 1500, total_tokens: 1505 },
    });
    const [held] = await heldDuring(key, () => bench.post(key, '/v1/images/generations', { ...body, model: capped }));
    expect(held).toBe(4000 + bytesOf({ model: capped, ...body }));
    expect(await bench.expectBalanced(key)).toMatchObject([{ used: 1505 }]);
    expect((await bench.post(key, '/v1/images/generations', body)).status).toBe(429);
  });
});

test('an upstream that reports more than was reserved: the ledger has the truth, the counters hold no more than fits', async () => {
  const key = await bench.newKey([lifetime('tokens', 200), lifetime('cost', '0.001')]);
  const usage = { prompt_tokens: 1_000_000, completion_tokens: 1_000_000, total_tokens: 2_000_000 };
  const body = { ...hi, max_tokens: 20 };
  bench.upstream.script = answerChat({ usage });
  const answer = await bench.post(key, '/v1/chat/completions', body);
  expect(answer.headers.get('x-keyward-cost')).toBe('12');
  expect(answer.headers.get('x-ratelimit-remaining-tokens')).toBe('0');
  const [row] = await bench.rows(key, 1);
  expect(row).toMatchObject({ inputTokens: 1_000_000, outputTokens: 1_000_000, cost: '12' });
  expect(await bench.expectBalanced(key)).toMatchObject([
    { used: 200, remaining: 0 },
    { used: '0.001', remaining: '0' },
  ]);
  expect((await bench.post(key, '/v1/chat/completions', body)).status).toBe(429);
});

test('an upstream that reports none is estimated, and held to what its limit has room for', async () => {
  const key = await bench.newKey([lifetime('tokens', 300)]);
  bench.upstream.script = answerChat({
    usage: undefined,
    choices: [{ index: 0, message: { role: 'assistant', content: 'x'.repeat(4000) }, finish_reason: 'stop' }],
  });
  const body = { ...hi, max_tokens: 20 };
  await bench.post(key, '/v1/chat/completions', body);
  const bytes = bytesOf({ model: bench.openai.model, ...body });
  expect((await bench.rows(key, 1))[0]).toMatchObject({
    usageSource: 'estimated',
    outputTokens: 1000,
    inputTokens: Math.ceil(bytes / 4),
  });
  expect(await bench.expectBalanced(key)).toMatchObject([{ used: 300, remaining: 0 }]);
});

test('an error of the upstream, an explicit zero and a refused body take nothing of tokens and money', async () => {
  const key = await bench.newKey([lifetime('tokens', 500), lifetime('cost', '1'), lifetime('requests', 9)]);
  bench.upstream.script = answerJson({ error: { message: 'overloaded' } }, 529);
  await bench.chat(key);
  bench.upstream.script = answerChat({ usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 } });
  await bench.chat(key);
  // The wrong protocol for this provider.
  expect((await bench.post(key, '/v1/messages', { ...hi, model: bench.openai.model, max_tokens: 5 })).status).toBe(400);
  expect(await bench.expectBalanced(key)).toMatchObject([{ used: 0 }, { used: '0' }, { used: 3 }]);
});
