import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MeterEnd } from '../core/exchange.ts';
import { NO_USAGE } from '../core/usage.ts';
import { createMeter } from './meter.ts';
import type { MeterProtocol } from './usage.ts';

interface Metered extends Omit<MeterEnd, 'held'> {
  readonly out: string;
  readonly held: string;
}

function meter(protocol: MeterProtocol, text: string, hideUsage = false, cuts: readonly number[] = []): Metered {
  const subject = createMeter({ protocol, streaming: true, hideUsage });
  const bytes = Buffer.from(text);
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  const out: Buffer[] = [];
  for (let index = 1; index < borders.length; index += 1)
    out.push(subject.push(Buffer.from(bytes.subarray(borders[index - 1], borders[index]))));
  const end = subject.end();
  return { ...end, held: end.held.toString(), out: Buffer.concat(out).toString() };
}

function everyCut(protocol: MeterProtocol, text: string, hideUsage = false): Metered {
  const once = meter(protocol, text, hideUsage);
  const length = Buffer.byteLength(text);
  for (let cut = 0; cut <= length; cut += 1) expect(meter(protocol, text, hideUsage, [cut])).toEqual(once);
  expect(
    meter(
      protocol,
      text,
      hideUsage,
      Array.from({ length }, (_, index) => index),
    ),
  ).toEqual(once);
  return once;
}

const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;
const named = (value: { type: string }): string => `event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`;
const chunk = (content: string, rest: object = { usage: null }): string =>
  data({ id: 'c', choices: [{ index: 0, delta: { content }, finish_reason: null }], ...rest });

const USAGE = { prompt_tokens: 19, completion_tokens: 10, total_tokens: 29 };
const TOKENS = { ...NO_USAGE, inputTokens: 19, outputTokens: 10 };
const FILTER = data({ id: '', choices: [], prompt_filter_results: [{ usage: {} }] });
const USAGE_ONLY = data({ id: 'c', choices: [], usage: USAGE });
const DONE = 'data: [DONE]\n\n';

describe('a chat stream', () => {
  const text = FILTER + chunk('Hé') + ': ping\n\n' + chunk(' "usage":{}\n') + chunk('');

  test('passes event by event; the last one waits', () => {
    const end = everyCut('openai-chat', text + USAGE_ONLY + DONE);
    expect(end).toEqual({
      usage: TOKENS,
      observed: { outputBytes: 15, bodyBytes: Buffer.byteLength(text + USAGE_ONLY + DONE), partialUsage: null },
      complete: true,
      failed: false,
      out: text + USAGE_ONLY,
      held: DONE,
    });
  });

  test('loses the chunk that carries only usage where the client had not asked for it, and nothing else', () => {
    const end = everyCut('openai-chat', text + USAGE_ONLY + DONE, true);
    expect([end.out, end.held, end.usage]).toEqual([text, DONE, TOKENS]);
    expect(everyCut('openai-completions', data({ choices: [{ text: 'a' }] }) + USAGE_ONLY + DONE, true).out).toBe(
      data({ choices: [{ text: 'a' }] }),
    );
    const crlf = (text + USAGE_ONLY + DONE).replaceAll('\n', '\r\n');
    expect(everyCut('openai-chat', crlf, true).out).toBe(text.replaceAll('\n', '\r\n'));
    const padded = text + USAGE_ONLY.replace('"choices":[]', '"choices" : [ ]') + DONE;
    expect(everyCut('openai-chat', padded, true).out).toBe(text);
  });

  test('loses that chunk even when its figures are worthless', () => {
    const bad = data({ choices: [], usage: { prompt_tokens: 'many' } });
    expect(meter('openai-chat', text + bad + DONE, true)).toMatchObject({ out: text, usage: null, complete: true });
  });

  test('keeps usage that comes with choices, and takes the last figures', () => {
    const running =
      chunk('a', { usage: { ...USAGE, completion_tokens: 1, total_tokens: 20 } }) + chunk('b', { usage: USAGE });
    expect(meter('openai-chat', running + DONE, true)).toMatchObject({ out: running, usage: TOKENS });
  });

  test('counts reasoning, refusals and tool arguments, not names, roles or probabilities', () => {
    const delta = {
      role: 'assistant',
      content: 'ab',
      reasoning_content: 'c',
      refusal: 'd',
      tool_calls: [{ id: 'call', function: { name: 'get', arguments: '{"' } }],
    };
    const event = data({ model: 'text', choices: [{ delta, logprobs: { content: [{ token: 'ab' }] } }], text: 'no' });
    expect(meter('openai-chat', event + DONE).observed.outputBytes).toBe(6);
  });

  test('without its last event is not complete, even after usage', () => {
    expect(everyCut('openai-chat', text + USAGE_ONLY)).toMatchObject({ complete: false, held: '', usage: TOKENS });
    expect(everyCut('openai-chat', chunk('a') + chunk('b').slice(0, -1))).toMatchObject({
      complete: false,
      out: chunk('a'),
      held: chunk('b').slice(0, -1),
    });
  });

  test('whose last event lacks its empty line is complete', () => {
    expect(everyCut('openai-chat', chunk('a') + 'data: [DONE]')).toMatchObject({
      complete: true,
      out: chunk('a'),
      held: 'data: [DONE]',
    });
    expect(meter('openai-chat', chunk('a') + USAGE_ONLY.trimEnd(), true)).toMatchObject({
      complete: false,
      held: '',
      usage: TOKENS,
    });
  });

  test('that goes on after its end keeps all of that back, up to a bound', () => {
    const end = everyCut('openai-chat', chunk('a') + DONE + chunk('b') + USAGE_ONLY, true);
    expect(end).toMatchObject({ out: chunk('a'), held: DONE + chunk('b'), usage: TOKENS, complete: true });
    const subject = createMeter({ protocol: 'openai-chat', streaming: true, hideUsage: false });
    subject.push(Buffer.from(DONE));
    const more = Buffer.from(chunk('x'.repeat(1_000_000)));
    expect(() => {
      for (let index = 0; index < 20; index += 1) subject.push(more);
    }).toThrow(expect.objectContaining({ code: 'upstream_bad_answer' }));
  });

  test.each([
    ['as data', data({ error: { message: 'overloaded', text: 'not output', type: 'x', param: null, code: null } })],
    ['as a text', data({ error: 'overloaded' })],
    ['as a named event', 'event: error\ndata: {"choices":[{"text":"not output"}]}\n\n'],
    ['as a named event without JSON', 'event: error\ndata: oh no\n\n'],
    ['with choices', data({ choices: [{ delta: { content: 'no' } }], error: { code: 502 } })],
  ])('with an error %s is not complete, and its words are not output', (_how, error) => {
    const end = everyCut('openai-chat', chunk('abc') + error + DONE);
    expect(end).toMatchObject({ complete: false, failed: true, out: chunk('abc') + error, held: DONE });
    expect(end.observed.outputBytes).toBe(3);
  });

  test('with a null error goes well', () => {
    expect(meter('openai-chat', data({ error: null, choices: [] }) + DONE)).toMatchObject({
      complete: true,
      failed: false,
    });
  });
});

describe('a Responses stream', () => {
  const response = { id: 'r', status: 'in_progress', error: null, output: [], usage: null };
  const begin = [
    { type: 'response.created', response },
    { type: 'response.output_text.delta', delta: 'Hé "x"' },
    { type: 'response.function_call_arguments.delta', delta: '{}' },
    { type: 'response.output_text.done', text: 'Hé "x"' },
    { type: 'response.output_item.done', item: { content: [{ type: 'output_text', text: 'Hé "x"' }] } },
  ]
    .map(named)
    .join('');
  const usage = {
    input_tokens: 30,
    input_tokens_details: { cached_tokens: 20 },
    output_tokens: 9,
    output_tokens_details: { reasoning_tokens: 2 },
    total_tokens: 39,
  };
  const tokens = { inputTokens: 30, cachedTokens: 20, cacheWriteTokens: 0, outputTokens: 9, reasoningTokens: 2 };

  test.each(['response.completed', 'response.incomplete', 'response.failed'])(
    'ends with %s, which waits and has the usage',
    (type) => {
      const last = named({ type, response: { ...response, output: [{ content: [{ text: 'Hé' }] }], usage } } as {
        type: string;
      });
      const end = everyCut('openai-responses', begin + last);
      expect(end).toMatchObject({
        out: begin,
        held: last,
        usage: tokens,
        complete: true,
        failed: type === 'response.failed',
      });
      expect(end.observed.outputBytes).toBe(9);
    },
  );

  test('with an error event is not complete', () => {
    const error = named({ type: 'error', code: 'x', message: 'delta', delta: 'no' } as { type: string });
    const unnamed = error.slice(error.indexOf('data: '));
    expect(meter('openai-responses', begin + unnamed)).toMatchObject({ complete: false, failed: true });
    expect(everyCut('openai-responses', begin + error)).toMatchObject({
      complete: false,
      failed: true,
      usage: null,
      observed: { outputBytes: 9 },
    });
  });
});

describe('an Anthropic stream', () => {
  const start = named({
    type: 'message_start',
    message: {
      type: 'message',
      content: [],
      usage: { input_tokens: 5, cache_read_input_tokens: 100, cache_creation_input_tokens: 40, output_tokens: 1 },
    },
  } as { type: string });
  const middle = [
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hé' } },
    { type: 'content_block_delta', index: 1, delta: { type: 'thinking_delta', thinking: 'hm' } },
    { type: 'content_block_delta', index: 1, delta: { type: 'signature_delta', signature: 'AAAA' } },
    { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"a"' } },
    {
      type: 'content_block_start',
      index: 3,
      content_block: { type: 'web_search_tool_result', content: [{ text: 'found, not written' }] },
    },
  ]
    .map(named)
    .join('');
  const delta = (usage: object): string =>
    named({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage } as { type: string });
  const stop = named({ type: 'message_stop' });

  test('has its input in the first event and its output in the last totals', () => {
    const text = start + middle + delta({ output_tokens: 7 }) + delta({ input_tokens: null, output_tokens: 15 });
    const end = everyCut('anthropic-messages', text + stop);
    expect(end).toMatchObject({ out: text, held: stop, complete: true, failed: false });
    expect(end.usage).toEqual({
      inputTokens: 145,
      cachedTokens: 100,
      cacheWriteTokens: 40,
      outputTokens: 15,
      reasoningTokens: 0,
    });
    expect(end.observed.outputBytes).toBe(9);
  });

  test('that is cut short has no usage, only the beginning of one', () => {
    expect(everyCut('anthropic-messages', start + middle)).toMatchObject({
      usage: null,
      complete: false,
      observed: { outputBytes: 9, partialUsage: { inputTokens: 145, outputTokens: 1 } },
    });
  });

  test('with an error event is not complete', () => {
    const error = named({ type: 'error', error: { type: 'overloaded_error', message: 'x' } } as { type: string });
    expect(everyCut('anthropic-messages', start + error)).toMatchObject({
      complete: false,
      failed: true,
      out: start + error,
    });
  });
});

test('a stream of another path ends without a last event, or waits with the one it has', () => {
  const part = named({ type: 'transcript.text.delta', delta: 'abc' } as { type: string });
  expect(meter('openai-other', part)).toMatchObject({ complete: true, out: part, observed: { outputBytes: 3 } });
  const last = named({
    type: 'transcript.text.done',
    text: 'abc',
    usage: { type: 'tokens', input_tokens: 14, output_tokens: 3, total_tokens: 17 },
  } as { type: string });
  expect(everyCut('openai-other', part + last)).toMatchObject({
    complete: true,
    out: part,
    held: last,
    usage: { inputTokens: 14, outputTokens: 3 },
  });
  expect(meter('openai-other', part + last.slice(0, -2))).toMatchObject({ complete: true });
  expect(meter('openai-other', part + part.slice(0, 20))).toMatchObject({ complete: false });
});

test('data over several lines is read as one', () => {
  const lines = JSON.stringify({ choices: [{ delta: { content: 'abc' } }], usage: USAGE }, null, 1)
    .split('\n')
    .map((line) => `data: ${line}\n`)
    .join('');
  expect(everyCut('openai-chat', `${lines}\n${DONE}`)).toMatchObject({ usage: TOKENS, observed: { outputBytes: 3 } });
});

test('any stream in any cut gives back the same bytes, less what is hidden', () => {
  const event = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }).map((content) => chunk(content)),
    fc.constantFrom(
      FILTER,
      USAGE_ONLY,
      DONE,
      ': c\n\n',
      '\n',
      'data: {broken\n\n',
      'data: []\n\n',
      'data: 7\n\n',
      'event: x\n\n',
      'data: }}}}\n\n',
      chunk('x', { usage: USAGE }),
    ),
  );
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 8 }),
      fc.boolean(),
      fc.boolean(),
      fc.array(fc.nat(), { maxLength: 12 }),
      (events, hide, crlf, cuts) => {
        const ends = (text: string): string => (crlf ? text.replaceAll('\n', '\r\n') : text);
        const text = events.map(ends).join('');
        const end = meter('openai-chat', text, hide, cuts);
        expect(end.out + end.held).toBe(
          events
            .filter((one) => !hide || one !== USAGE_ONLY)
            .map(ends)
            .join(''),
        );
        expect(end).toEqual(meter('openai-chat', text, hide));
        expect(end.held).toBe(end.complete || events.includes(DONE) ? end.held : '');
        expect(end.complete).toBe(events.includes(DONE));
      },
    ),
    { numRuns: 3000 },
  );
});

test('memory stays flat over a long stream', () => {
  const subject = createMeter({ protocol: 'openai-chat', streaming: true, hideUsage: true });
  const bytes = Buffer.from(chunk('some words of an answer'));
  const before = process.memoryUsage().arrayBuffers;
  for (let index = 0; index < 200_000; index += 1) subject.push(bytes);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8_000_000);
  expect(subject.snapshot().observed.outputBytes).toBe(23 * 200_000);
});
