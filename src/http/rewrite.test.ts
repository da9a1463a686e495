import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MEMBERS, readEnvelope, type MemberName } from './envelope.ts';
import { asksForUsage, rewrite, type Changes } from './rewrite.ts';

const ALL = Object.keys(MEMBERS) as MemberName[];

function rewritten(text: string, changes: Changes): string {
  const body = Buffer.from(text);
  return rewrite(body, readEnvelope(body, ALL), changes).toString();
}

test('what already is as wanted is not copied', () => {
  const body = Buffer.from('{"model":"a","max_tokens":5,"stream_options":{"include_usage":true}}');
  expect(rewrite(body, readEnvelope(body, ALL), { model: 'a', includeUsage: true, counts: { max_tokens: 5 } })).toBe(
    body,
  );
  expect(rewrite(body, readEnvelope(body, ALL), {})).toBe(body);
});

test.each<[string, Changes, string]>([
  ['{"x":1.50, "model" : "a" ,"y":"\\u0041"}', { model: 'b"é' }, '{"x":1.50, "model" : "b\\"é" ,"y":"\\u0041"}'],
  ['{"mod\\u0065l":"a"}', { model: 'b' }, '{"mod\\u0065l":"b"}'],
  ['{"max_tokens":100}', { counts: { max_tokens: 7 } }, '{"max_tokens":7}'],
  ['{"max_tokens":null}', { counts: { max_tokens: 7 } }, '{"max_tokens":7}'],
  [' { "a":1}', { counts: { max_completion_tokens: 7 } }, ' {"max_completion_tokens":7, "a":1}'],
  ['{ }', { model: 'b', includeUsage: true }, '{"model":"b","stream_options":{"include_usage":true} }'],
  ['{"stream_options":null}', { includeUsage: true }, '{"stream_options":{"include_usage":true}}'],
  ['{"stream_options":{}}', { includeUsage: true }, '{"stream_options":{"include_usage":true}}'],
  ['{"stream_options":{"x": 1}}', { includeUsage: true }, '{"stream_options":{"include_usage":true,"x": 1}}'],
  [
    '{"stream_options":{"x":1,"include_usage":false}}',
    { includeUsage: true },
    '{"stream_options":{"x":1,"include_usage":true}}',
  ],
  ['{"stream_options":{"include_usage":null}}', { includeUsage: true }, '{"stream_options":{"include_usage":true}}'],
  ['{"n":2,"model":"a"}', { model: 'c', counts: { n: 1 } }, '{"n":1,"model":"c"}'],
])('%s becomes what the upstream must read', (text, changes, expected) => {
  expect(rewritten(text, changes)).toBe(expected);
});

test('whether the client asked for usage itself', () => {
  const asks = (text: string): boolean => asksForUsage(readEnvelope(Buffer.from(text), ALL));
  expect(asks('{"stream_options":{"include_usage":true}}')).toBe(true);
  for (const text of [
    '{}',
    '{"stream_options":null}',
    '{"stream_options":{}}',
    '{"stream_options":{"include_usage":false}}',
  ])
    expect(asks(text)).toBe(false);
});

test('any body reads as before but for what was changed', () => {
  const options = fc.option(
    fc.record({ include_usage: fc.option(fc.boolean()), x: fc.jsonValue() }, { requiredKeys: [] }),
  );
  const member = fc.record(
    {
      model: fc.constantFrom('a', 'b/ü'),
      max_tokens: fc.option(fc.nat()),
      stream_options: options,
      messages: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(member, fc.nat(2), fc.constantFrom('b/ü', 'other'), fc.nat(), (object, indent, model, maxTokens) => {
      const text = JSON.stringify(object, null, indent);
      const after: unknown = JSON.parse(
        rewritten(text, { model, includeUsage: true, counts: { max_tokens: maxTokens } }),
      );
      const expected = {
        ...object,
        model,
        max_tokens: maxTokens,
        stream_options: { ...object.stream_options, include_usage: true },
      };
      expect(after).toEqual(JSON.parse(JSON.stringify(expected)));
    }),
    { numRuns: 3000 },
  );
});
