import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fault } from '../core/fault.ts';
import { MEMBERS, readEnvelope, type Envelope, type MemberName } from './envelope.ts';

const ALL = Object.keys(MEMBERS) as MemberName[];

function read(text: string | Buffer, names = ALL): Envelope {
  return readEnvelope(Buffer.from(text as string), names);
}

/** Code and first pointer of the fault, or null. */
function faultOf(text: string | Buffer, names = ALL): string | null {
  try {
    read(text, names);
    return null;
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return `${fault.code} ${fault.details.errors?.[0]?.pointer ?? ''}`.trim();
  }
}

function parses(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

describe('the envelope of a request body', () => {
  test('gives each member with its value and its own bytes', () => {
    const text =
      ' {"a":[1,{"model":"no"}], "model" : "gpt-4o","stream":true,"max_tokens":12,"n":null,"stream_options":{"x":[],"include_usage":false}}\n';
    const { members } = read(text);
    expect(members.model?.value).toBe('gpt-4o');
    expect(members.stream?.value).toBe(true);
    expect(members.max_tokens?.value).toBe(12);
    expect(members.n?.value).toBeNull();
    expect(members.best_of).toBeUndefined();
    expect(members.stream_options?.value?.includeUsage?.value).toBe(false);
    expect(text.slice(members.model?.start, members.model?.end)).toBe('"gpt-4o"');
    expect(text.slice(members.max_tokens?.start, members.max_tokens?.end)).toBe('12');
    expect(text.slice(members.stream_options?.start, members.stream_options?.end)).toBe(
      '{"x":[],"include_usage":false}',
    );
  });

  test('reads only the members it is asked for', () => {
    expect(readEnvelope(Buffer.from('{"model":"a","max_tokens":"x","MAX_TOKENS":1}'), ['model']).members).toEqual({
      model: { value: 'a', start: 9, end: 12 },
    });
  });

  test.each([
    ['{"model":"a","model":"a"}', '/model'],
    ['{"model":"a","Model":"b"}', '/Model'],
    ['{"MODEL":"b"}', '/MODEL'],
    ['{"model":"a","mod\\u0065l":"b"}', '/model'],
    ['{"mod\\u0045l":"b"}', '/modEl'],
    ['{"\\u006d\\u006f\\u0064\\u0065\\u006c":"a","model":"b"}', '/model'],
    ['{"max_to\u212aens":1}', '/max_to\u212aens'],
    ['{"max_to\\u212Aens":1}', '/max_to\u212aens'],
    ['{"\u017ftream":true}', '/\u017ftream'],
    ['{"STREAM":null}', '/STREAM'],
    ['{"stream_opt\u0131ons":{}}', '/stream_opt\u0131ons'],
    ['{"stream_opt\u0130ons":{}}', '/stream_opt\u0130ons'],
    ['{"stream_options":{"Include_usage":true}}', '/Include_usage'],
    ['{"stream_options":{"include_usage":true,"include_usage":true}}', '/stream_options/include_usage'],
    ['{"stream_options":{"include_usage":"yes"}}', '/stream_options/include_usage'],
    ['{"stream_options":[]}', '/stream_options'],
    ['{"model":null}', '/model'],
    ['{"model":""}', '/model'],
    ['{"model":7}', '/model'],
    ['{"model":["a"]}', '/model'],
    [`{"model":"${'a'.repeat(201)}"}`, '/model'],
    [`{"model":"${'\\u0061'.repeat(300)}"}`, '/model'],
    ['{"model":"a\\nb"}', '/model'],
    ['{"model":"a\u0085b"}', '/model'],
    ['{"model":"a\x7fb"}', '/model'],
    ['{"model":"a\\ud800"}', '/model'],
    ['{"stream":1}', '/stream'],
    ['{"stream":"true"}', '/stream'],
    ['{"max_tokens":-1}', '/max_tokens'],
    ['{"max_tokens":-0}', '/max_tokens'],
    ['{"max_tokens":1.5}', '/max_tokens'],
    ['{"max_tokens":1e3}', '/max_tokens'],
    ['{"max_tokens":"5"}', '/max_tokens'],
    ['{"max_tokens":{}}', '/max_tokens'],
    ['{"max_tokens":9007199254740992}', '/max_tokens'],
    [`{"max_tokens":${'9'.repeat(400)}}`, '/max_tokens'],
  ])('refuses %s', (text, pointer) => {
    expect(faultOf(text)).toBe(`invalid_request ${pointer}`);
  });

  test('refuses a model whose bytes are not UTF-8: another parser may read another name', () => {
    expect(faultOf(Buffer.from('{"model":"a\xffb"}', 'latin1'))).toBe('invalid_request /model');
  });

  test('takes a name that is only alike, and a model with every letter', () => {
    expect(faultOf('{"mode":1,"models_":1,"_model":"x","mod el":1,"modem":1,"MODEM":1}')).toBeNull();
    expect(read('{"model":"org/mödel:ñ-\\u00e9 (1)"}').members.model?.value).toBe('org/mödel:ñ-é (1)');
    expect(read(`{"model":"${'é'.repeat(200)}"}`).members.model?.value).toBe('é'.repeat(200));
    expect(read('{"max_tokens":9007199254740991}').members.max_tokens?.value).toBe(Number.MAX_SAFE_INTEGER);
  });

  test('names the byte where JSON breaks', () => {
    for (const [text, at] of [
      ['{"a":tru}', 5],
      ['{"a":1} x', 8],
      ['{"é":"\n"}', 7],
      ['', 0],
      ['{"a":01}', 6],
      ['\ufeff{}', 0],
    ] as const) {
      expect(() => read(text)).toThrow(`at byte ${at}.`);
      expect(faultOf(text)).toBe('invalid_json');
    }
  });

  test('says that JSON which is no object must be one, and that text which is no JSON is none', () => {
    for (const text of ['[]', '"a"', '1', 'null', ' [{"model":"a"}] ']) expect(faultOf(text)).toBe('invalid_request');
    for (const text of [
      '"\\u00g0"',
      '"\\u00G0"',
      '"\\u00`0"',
      '"\\u00:0"',
      '"\\u00/0"',
      '[',
      'x',
      '1 2',
      '[]]',
      '"a',
      '-',
    ])
      expect(faultOf(text)).toBe('invalid_json');
  });

  test('nesting ends at 200, of arrays and objects alike', () => {
    expect(faultOf(`{"a":${'['.repeat(199)}${']'.repeat(199)}}`)).toBeNull();
    expect(faultOf(`{"a":${'['.repeat(200)}${']'.repeat(200)}}`)).toBe('invalid_json');
    expect(faultOf(`{"a":${'{"b":'.repeat(199)}1${'}'.repeat(199)}}`)).toBeNull();
    expect(faultOf('[{"a":'.repeat(1_000_000))).toBe('invalid_json');
  });

  test('finds every faulty byte of a long string, wherever it stands to the words', () => {
    for (let offset = 0; offset < 8; offset += 1) {
      for (let at = 60; at < 140; at += 1) {
        for (const [byte, ok] of [
          [0x00, false],
          [0x1f, false],
          [0x0a, false],
          [0x20, true],
          [0x7f, true],
          [0x80, true],
          [0xff, true],
          [0xa2, true],
        ] as const) {
          const whole = Buffer.alloc(offset + 200, 0x20);
          const body = whole.subarray(offset);
          body.write(`{"a":"${'b'.repeat(180)}"}`);
          body[at] = byte;
          expect(faultOf(body) === null).toBe(ok);
        }
      }
    }
  });
});

describe('any text', () => {
  // Characters that JSON is made of, so that faults lie close to what is right.
  const near = fc.array(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '/',
      'b',
      'u',
      '00e9',
      'd83d',
      '0',
      '1',
      '-',
      '+',
      '.',
      'e',
      'E',
      'true',
      'false',
      'null',
      ' ',
      '\t',
      '\n',
      '\u0001',
      'é',
      '"a"',
      '"a":1',
      'x'.repeat(70),
    ),
    { maxLength: 30 },
  );

  test('is taken exactly when JSON.parse takes it and it is an object', () => {
    const check = (text: string): void => {
      expect(faultOf(text, ['model']) === null).toBe(parses(text));
    };
    fc.assert(
      fc.property(near, (parts) => check(parts.join(''))),
      { numRuns: 5_000 },
    );
    fc.assert(
      fc.property(near, (parts) => check(`{"a":${parts.join('')}}`)),
      { numRuns: 5_000 },
    );
    fc.assert(
      fc.property(near, (parts) => check(`{"a":"${parts.join('')}"}`)),
      { numRuns: 5_000 },
    );
  });

  test('that was an object stays judged as JSON.parse judges it after any one byte has changed', () => {
    const value = fc.dictionary(fc.string({ maxLength: 9 }), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 });
    fc.assert(
      fc.property(value, fc.nat(), fc.integer({ min: 0, max: 127 }), fc.boolean(), (object, place, byte, cut) => {
        const body = Buffer.from(JSON.stringify(object, null, place % 3));
        const changed = cut ? body.subarray(0, place % body.length) : body;
        if (!cut) changed[place % body.length] = byte;
        expect(faultOf(changed, ['model']) === null).toBe(parses(changed.toString()));
      }),
      { numRuns: 3_000 },
    );
  });

  test('gives the model that JSON.parse gives, from any place in an object and in any spelling', () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 40 })
      .filter((text) => !/[\p{Cc}\ufffd]/u.test(text) && text.isWellFormed());
    fc.assert(
      fc.property(
        name,
        fc.boolean(),
        fc.dictionary(fc.string({ maxLength: 9 }), fc.jsonValue({ maxDepth: 2 })),
        (model, escaped, rest) => {
          const units = model.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
          const spelled = escaped ? `"${units.join('')}"` : JSON.stringify(model);
          const others = JSON.stringify(rest).slice(1, -1);
          for (const text of [
            `{"model":${spelled}${others === '' ? '' : `,${others}`}}`,
            `{${others === '' ? '' : `${others},`}"model" : ${spelled}}`,
          ]) {
            expect(read(text, ['model']).members.model?.value).toBe(model);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

test('a body of absurdly many members is refused instead of comparing them all', () => {
  const body = (count: number): Buffer =>
    Buffer.from(`{${Array.from({ length: count }, (_, at) => `"\\u006d${at}":0`).join(',')}}`);
  expect(() => readEnvelope(body(10_000), ['model'])).not.toThrow();
  expect(() => readEnvelope(body(10_001), ['model'])).toThrow(/more than 10000 members/);
});
