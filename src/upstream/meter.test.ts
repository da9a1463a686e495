import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MeterEnd } from '../core/exchange.ts';
import { NO_USAGE } from '../core/usage.ts';
import { createMeter, type MeterOptions } from './meter.ts';

interface Metered extends MeterEnd {
  /** What was released before the end. */
  readonly out: string;
}

const JSON_CHAT: MeterOptions = { protocol: 'openai-chat', streaming: false, hideUsage: false };
const SSE_CHAT: MeterOptions = { protocol: 'openai-chat', streaming: true, hideUsage: false };

function meter(options: MeterOptions, text: string | Buffer, cuts: readonly number[] = []): Metered {
  const subject = createMeter(options);
  const bytes = Buffer.from(text as string);
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  const out: Buffer[] = [];
  for (let index = 1; index < borders.length; index += 1) {
    const chunk = Buffer.from(bytes.subarray(borders[index - 1], borders[index]));
    out.push(Buffer.from(subject.push(chunk)));
    // The chunk's memory is its owner's again once what was released has been written; only held bytes may lie in it.
  }
  return { ...subject.end(), out: Buffer.concat(out).toString('latin1') };
}

function whole({ out, held }: Metered): string {
  return out + held.toString('latin1');
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** The same for every way to cut it in two or into single bytes. */
function everyCut(options: MeterOptions, text: string): Metered {
  const once = meter(options, text);
  const length = Buffer.byteLength(text);
  const plain = ({ out: _out, ...rest }: Metered): object => ({ ...rest, held: rest.held.toString() });
  for (let cut = 0; cut <= length; cut += 1) {
    const cutOnce = meter(options, text, [cut]);
    expect(plain(cutOnce)).toEqual(plain(once));
    expect(cutOnce.out).toBe(once.out);
  }
  const bytes = meter(
    options,
    text,
    Array.from({ length }, (_, index) => index),
  );
  expect(plain(bytes)).toEqual(plain(once));
  expect(bytes.out).toBe(once.out);
  return once;
}

const USAGE = {
  prompt_tokens: 19,
  completion_tokens: 10,
  total_tokens: 29,
  prompt_tokens_details: { cached_tokens: 4 },
};
const TOKENS = { ...NO_USAGE, inputTokens: 19, cachedTokens: 4, outputTokens: 10 };

describe('a JSON answer', () => {
  const text = 'Hé "there"\n\\ \u{1f600} "usage":{"prompt_tokens":1}';
  const answer = (usage: unknown): object => ({
    id: 'x',
    choices: [{ index: 0, message: { role: 'assistant', content: text, refusal: null } }],
    usage,
    last: [1, { usage: { prompt_tokens: 3 } }],
  });

  test('passes but for its last bracket, and its own usage is read, in any cut', () => {
    const body = JSON.stringify(answer(USAGE));
    const end = everyCut(JSON_CHAT, body);
    expect(end.usage).toEqual(TOKENS);
    expect(end.complete).toBe(true);
    expect(end.failed).toBe(false);
    expect(end.held.toString()).toBe('}');
    expect(whole(end)).toBe(latin1(body));
    expect(end.observed).toEqual({
      outputBytes: Buffer.byteLength(text),
      bodyBytes: Buffer.byteLength(body),
      partialUsage: null,
    });
  });

  test('counts text as what it decodes to, escaped or not, in any cut', () => {
    const escaped = `{"choices":[{"text":"${text
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('')}"}]}`;
    expect(everyCut(JSON_CHAT, escaped).observed.outputBytes).toBe(Buffer.byteLength(text));
    expect(meter(JSON_CHAT, escaped.replaceAll(/\\u00e9/g, '\\u00E9')).observed.outputBytes).toBe(
      Buffer.byteLength(text),
    );
  });

  test('is read when it is laid out over lines, with white space around it', () => {
    const body = `\n ${JSON.stringify(answer(USAGE), null, 2)}\r\n \n`;
    const end = everyCut(JSON_CHAT, body);
    expect(end.usage).toEqual(TOKENS);
    expect(end.held.toString()).toBe('}\r\n \n');
    expect(whole(end)).toBe(latin1(body));
  });

  test.each([
    ['zero', { prompt_tokens: 0, completion_tokens: 0 }, NO_USAGE],
    ['null', null, null],
    ['absent', undefined, null],
    ['a text', 'x', null],
    ['a list', [USAGE], null],
    ['of strings', { prompt_tokens: '19', completion_tokens: '10' }, null],
    ['huge', { ...USAGE, x: 'y'.repeat(70_000) }, null],
  ])('whose usage is %s', (_what, usage, expected) => {
    const body = JSON.stringify(answer(usage));
    const end = meter(JSON_CHAT, body, [100, 200, 300, 60_000]);
    expect(end.usage).toEqual(expected);
    expect(end.complete).toBe(true);
    expect(whole(end)).toBe(latin1(body));
  });

  test('that breaks off is not complete, and keeps nothing back', () => {
    const body = JSON.stringify(answer(USAGE));
    for (let length = 1; length < body.length; length += 1) {
      const end = meter(JSON_CHAT, Buffer.from(body).subarray(0, length));
      expect(end.complete).toBe(false);
      expect(end.held.length).toBe(0);
    }
  });

  test('with an error in it tells so, and its words are not output', () => {
    const end = everyCut(JSON_CHAT, '{"error":{"message":"x","text":"no output"},"choices":[{"text":"abc"}]}');
    expect(end.failed).toBe(true);
    expect(end.observed.outputBytes).toBe(0);
    expect(meter(JSON_CHAT, '{"error":"no"}').failed).toBe(true);
    expect(meter(JSON_CHAT, '{"error":null,"x":{"error":{}}}').failed).toBe(false);
  });

  test('that is no object keeps its last byte, and an empty one nothing; it is whole only where other answers than JSON are due', () => {
    const other: MeterOptions = { ...JSON_CHAT, protocol: 'openai-other' };
    for (const body of ['plain', '7', '"text"']) {
      const end = everyCut(other, body);
      expect(end.held.toString()).toBe(body.slice(-1));
      expect(end.complete).toBe(true);
      expect(everyCut(JSON_CHAT, body).complete).toBe(false);
    }
    for (const body of ['', ' \n']) {
      expect(meter(other, body).complete).toBe(true);
      expect(meter(JSON_CHAT, body).complete).toBe(false);
    }
    expect(meter(JSON_CHAT, '[1,[2]]').held.toString()).toBe(']');
  });

  test('followed by others passes them all; the last bracket waits, the last usage counts', () => {
    const end = everyCut(
      JSON_CHAT,
      '{"usage":{"prompt_tokens":1,"completion_tokens":1}}\n{"a":1}\n{"usage":{"prompt_tokens":2,"completion_tokens":2}}\n',
    );
    expect(end.usage).toEqual({ ...NO_USAGE, inputTokens: 2, outputTokens: 2 });
    expect(end.held.toString()).toBe('}\n');
  });

  test('that never ends is refused before it fills memory', () => {
    const subject = createMeter(JSON_CHAT);
    subject.push(Buffer.from('{}'));
    expect(() => {
      for (let index = 0; index < 100; index += 1) subject.push(Buffer.alloc(1000, 0x20));
    }).toThrow(expect.objectContaining({ code: 'upstream_bad_answer' }));
  });

  test('of 20 MB passes without being kept, whatever its one string holds', () => {
    for (const fill of ['a', '\\"', '\\\\', '\\\\\\"']) {
      const image = Buffer.from(
        `{"created":1,"data":[{"b64_json":"${fill.repeat(20_000_000 / fill.length)}"}],"usage":{"input_tokens":3,"output_tokens":4,"total_tokens":7}}`,
      );
      const subject = createMeter({ ...JSON_CHAT, protocol: 'openai-other' });
      let passed = 0;
      const started = performance.now();
      for (let at = 0; at < image.length; at += 65_537) passed += subject.push(image.subarray(at, at + 65_537)).length;
      const end = subject.end();
      expect(passed).toBe(image.length - 1);
      expect(end.usage).toEqual({ ...NO_USAGE, inputTokens: 3, outputTokens: 4 });
      expect(end.observed.outputBytes).toBe(0);
      expect(performance.now() - started).toBeLessThan(3000);
    }
  });

  test('of any content gives all its bytes back, and the usage that JSON.parse finds, in any cut', () => {
    const word = fc.constantFrom(
      'usage',
      'content',
      'text',
      'a"b',
      '\\',
      'é',
      'error',
      'type',
      '\\"usage\\"',
      `${'x'.repeat(80)}"}`,
      `${'x'.repeat(80)}\\"]`,
    );
    const value = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, word, fc.integer(), fc.constant(null), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      object: fc.dictionary(word, tie('value'), { maxKeys: 4 }),
    })).object;
    fc.assert(
      fc.property(
        value,
        fc.constantFrom(undefined, USAGE),
        fc.nat(2),
        fc.array(fc.nat(), { maxLength: 9 }),
        (object, usage, indent, cuts) => {
          const content = { ...object, usage };
          const body = JSON.stringify(content, null, indent);
          const end = meter(JSON_CHAT, body, cuts);
          expect(whole(end)).toBe(latin1(body));
          expect(end.usage).toEqual(usage === undefined ? null : TOKENS);
          expect(end.complete).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('other JSON answers', () => {
  test.each<[MeterOptions['protocol'], object, object | null, number]>([
    ['openai-completions', { choices: [{ text: 'abc' }], usage: USAGE }, TOKENS, 3],
    [
      'openai-embeddings',
      { data: [{ embedding: [0.5, -1e-7] }], usage: { prompt_tokens: 8, total_tokens: 8 } },
      { ...NO_USAGE, inputTokens: 8 },
      0,
    ],
    [
      'openai-responses',
      {
        error: null,
        output: [{ content: [{ type: 'output_text', text: 'abcd' }] }, { arguments: '{}' }],
        text: { format: { text: 'x' } },
        usage: { input_tokens: 5, output_tokens: 6, total_tokens: 11 },
      },
      { ...NO_USAGE, inputTokens: 5, outputTokens: 6 },
      6,
    ],
    ['openai-other', { text: 'transcript', usage: { type: 'duration', seconds: 3 } }, null, 10],
    [
      'anthropic-messages',
      {
        type: 'message',
        content: [
          { type: 'thinking', thinking: 'hm' },
          { type: 'text', text: 'abc' },
        ],
        usage: { input_tokens: 5, output_tokens: 6, cache_read_input_tokens: 7 },
      },
      { ...NO_USAGE, inputTokens: 12, cachedTokens: 7, outputTokens: 6 },
      5,
    ],
    ['anthropic-other', { input_tokens: 55 }, null, 0],
  ])('%s %#', (protocol, body, usage, outputBytes) => {
    const end = everyCut({ protocol, streaming: false, hideUsage: false }, JSON.stringify(body));
    expect(end.usage).toEqual(usage);
    expect(end.observed.outputBytes).toBe(outputBytes);
  });
});

describe('an answer of another kind', () => {
  test('keeps its last byte back, and a stream nothing', () => {
    const end = everyCut({ protocol: 'opaque', streaming: false, hideUsage: false }, 'any bytes}');
    expect([end.out, end.held.toString(), end.complete, end.usage]).toEqual(['any bytes', '}', true, null]);
    const stream = meter({ protocol: 'opaque', streaming: true, hideUsage: true }, 'data: [DONE]\n\n', [3]);
    expect([stream.out, stream.held.length, stream.observed.bodyBytes]).toEqual(['data: [DONE]\n\n', 0, 14]);
  });
});

test('a snapshot says what was seen so far', () => {
  const subject = createMeter(SSE_CHAT);
  subject.push(Buffer.from('data: {"choices":[{"delta":{"content":"abc"}}]}\n\ndata: {"choi'));
  expect(subject.snapshot()).toEqual({
    usage: null,
    observed: { outputBytes: 3, bodyBytes: 61, partialUsage: null },
    complete: false,
    failed: false,
  });
  const json = createMeter(JSON_CHAT);
  json.push(Buffer.from(`{"choices":[{"text":"ab"}],"usage":${JSON.stringify(USAGE)}`));
  expect(json.snapshot()).toEqual({
    usage: TOKENS,
    observed: { outputBytes: 2, bodyBytes: expect.any(Number) as number, partialUsage: null },
    complete: false,
    failed: false,
  });
});
