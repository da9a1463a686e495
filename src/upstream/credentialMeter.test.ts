import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMeter, type MeterOptions } from './meter.ts';

const SECRET = 'abcabcabd-secret';
const opaque: MeterOptions = { protocol: 'opaque', streaming: true, hideUsage: false };

/** What has passed by the end, or by the moment it was broken off. */
function pass(chunks: readonly Buffer[], credential: string, options = opaque): { text: string; broken: boolean } {
  const meter = createMeter({ ...options, credential });
  let text = '';
  try {
    for (const chunk of chunks) text += meter.push(chunk).toString('latin1');
    return { text: text + meter.end().held.toString('latin1'), broken: false };
  } catch (error) {
    expect(error).toMatchObject({ code: 'upstream_bad_answer' });
    return { text, broken: true };
  }
}

const cut = (text: string, sizes: readonly number[]): Buffer[] => {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const size of sizes) chunks.push(Buffer.from(text.slice(at, (at += size))));
  return [...chunks, Buffer.from(text.slice(at))];
};

test('X03 however an answer is cut, no byte of the credential passes, and what lacks it passes whole', () => {
  const words = fc.array(fc.constantFrom('a', 'abc', 'abcabc', SECRET.slice(0, -1), SECRET.slice(1), ' x ', SECRET));
  fc.assert(
    fc.property(words, fc.array(fc.integer({ min: 0, max: 9 })), fc.boolean(), (parts, sizes, streaming) => {
      const whole = parts.join('');
      const at = whole.indexOf(SECRET);
      const { text, broken } = pass(cut(whole, sizes), SECRET, { ...opaque, streaming });
      expect(broken).toBe(at !== -1);
      expect(broken ? whole.slice(0, at).startsWith(text) : text === whole).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['its own scheme left out', 'Bearer abcdefgh12', '{"key":"abcdefgh12"}'],
  ['a scheme of another name', 'Basic dXNlcjpwYXNzd29yZA==', 'dXNlcjpwYXNzd29yZA=='],
  ['escaped as JSON', 'pass"word\\1', String.raw`{"key":"pass\"word\\1"}`],
  ['with its slashes escaped', 'key/with/slashes', String.raw`{"key":"key\/with\/slashes"}`],
  ['in UTF-8', 'schlüssel', '{"key":"schlüssel"}'],
])('it is seen %s', (_what, credential, text) => {
  expect(pass([Buffer.from(text)], credential).broken).toBe(true);
});

test.each([
  ['no credential', ''],
  ['one so short that it occurs by chance', 'abcdefg'],
])('with %s every answer passes', (_what, credential) => {
  expect(pass([Buffer.from('abcdefghij')], credential)).toEqual({ text: 'abcdefghij', broken: false });
});

test('what waits is counted and read by the meter behind it', () => {
  const credential = '}}}}-secret';
  const meter = createMeter({ protocol: 'openai-chat', streaming: false, hideUsage: false, credential });
  const text = '{"usage":{"prompt_tokens":3,"completion_tokens":4}}';
  expect(meter.push(Buffer.from(text)).length).toBeLessThan(text.length);
  expect(meter.end()).toMatchObject({ complete: true, usage: { inputTokens: 3, outputTokens: 4 } });
  expect(meter.snapshot().observed.bodyBytes).toBe(text.length);
});
