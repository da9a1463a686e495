import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventSplitter, readEvent } from './sse.ts';

/** The events of a text cut into chunks at `cuts`, and what is left after the last. */
function split(text: string, cuts: readonly number[] = []): { events: string[]; rest: string } {
  const splitter = new EventSplitter();
  const events: string[] = [];
  const bytes = Buffer.from(text);
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  for (let index = 1; index < borders.length; index += 1) {
    // A copy with other bytes around it: nothing outside the chunk may be looked at.
    const chunk = Buffer.from(`\n${bytes.toString('latin1', borders[index - 1], borders[index])}\n`, 'latin1').subarray(
      1,
      -1,
    );
    splitter.push(chunk, (piece, start, end) => void events.push(piece.toString('utf8', start, end)));
  }
  return { events, rest: splitter.end().toString() };
}

function fields(text: string): { name: string | null; data: string | null } {
  // The start of another event follows.
  const bytes = Buffer.from(`\n${text}x\n`);
  const { name, data } = readEvent(bytes, 1, bytes.length - 2, text.includes('\r'));
  return { name, data: data === null ? null : data.bytes.toString('utf8', data.start, data.end) };
}

/** A reader of the whole text, line by line, as WHATWG HTML 9.2.6 words it. */
function reference(text: string): (string | null)[] {
  const events: (string | null)[] = [];
  let data: string[] = [];
  for (const line of text.split(/\r\n|\r|\n/).slice(0, -1)) {
    if (line === '') {
      if (data.length > 0) events.push(data.join('\n'));
      data = [];
    } else if (/^data(:|$)/.test(line)) data.push(line.replace(/^data:? ?/, ''));
  }
  return events;
}

describe('a stream of events', () => {
  test.each([
    ['LF', 'data: a\n\ndata: b\n\n', ['data: a\n\n', 'data: b\n\n']],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['data: a\r\n\r\n', 'data: b\r\n\r\n']],
    ['CR', 'data: a\r\rdata: b\r\r', ['data: a\r\r', 'data: b\r\r']],
    [
      'all kinds',
      'data: a\r\n\ndata: b\n\r\ndata: c\n\rdata: d\r\r',
      ['data: a\r\n\n', 'data: b\n\r\n', 'data: c\n\r', 'data: d\r\r'],
    ],
    ['empty lines first', '\n\ndata: a\n\n\n', ['\n', '\n', 'data: a\n\n', '\n']],
    ['comments', ': hi\n\nid: 1\nevent: x\ndata\n\n', [': hi\n\n', 'id: 1\nevent: x\ndata\n\n']],
  ])('is cut after each empty line: %s', (_kind, text, events) => {
    expect(split(text)).toEqual({ events, rest: '' });
    for (let first = 0; first <= text.length; first += 1) {
      for (let second = first; second <= text.length; second += 1)
        expect(split(text, [first, second])).toEqual({ events, rest: '' });
    }
  });

  test('that ends in the middle of an event leaves the rest', () => {
    expect(split('data: a\n\ndata: b\n')).toEqual({ events: ['data: a\n\n'], rest: 'data: b\n' });
    expect(split('data: a\r\n\r')).toEqual({ events: [], rest: 'data: a\r\n\r' });
    expect(split('')).toEqual({ events: [], rest: '' });
  });

  test('gives an event that ends with CR CR without waiting for another byte', () => {
    const splitter = new EventSplitter();
    const events: string[] = [];
    splitter.push(
      Buffer.from('data: a\r\r'),
      (bytes, start, end) => void events.push(bytes.toString('utf8', start, end)),
    );
    expect(events).toEqual(['data: a\r\r']);
  });

  test('is the same however it is cut, loses no byte, and says what a reader of the whole would hear', () => {
    const text = fc.array(
      fc.constantFrom('data: ', 'data:', 'data', 'event: e', 'é', 'x', ' ', ':', '\n', '\r', '\r\n', '\n\n'),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 8 }), (parts, cuts) => {
        const whole = parts.join('');
        const { events, rest } = split(whole);
        expect(split(whole, cuts)).toEqual({ events, rest });
        expect(events.join('') + rest).toBe(whole);
        // Without the rest, whose last event may not have ended.
        expect(events.map((event) => fields(event).data).filter((data) => data !== null)).toEqual(
          reference(events.join('')),
        );
      }),
      { numRuns: 3000 },
    );
  });

  test('may not hold an event larger than the bound, whole or in pieces', () => {
    const count = (size: number, step: number): number => {
      const splitter = new EventSplitter(1000);
      const bytes = Buffer.concat([Buffer.alloc(size - 2, 0x61), Buffer.from('\n\n')]);
      let events = 0;
      for (let at = 0; at < size; at += step) splitter.push(bytes.subarray(at, at + step), () => void (events += 1));
      return events;
    };
    for (const step of [1, 7, 5000]) {
      expect(count(1000, step)).toBe(1);
      expect(() => count(1001, step)).toThrow('larger than 1000 bytes');
    }
    const endless = new EventSplitter(1000);
    expect(() => {
      for (let at = 0; at < 1001; at += 1) endless.push(Buffer.from('a'), () => undefined);
    }).toThrow(expect.objectContaining({ code: 'upstream_bad_answer' }));
  });
});

describe('the fields of an event', () => {
  test.each([
    ['data: {"a":1}\n\n', null, '{"a":1}'],
    ['event: error\ndata:x\n\n', 'error', 'x'],
    ['event:e\r\ndata:  x \r\n\r\n', 'e', ' x '],
    ['data: a\ndata: b\ndata\n\n', null, 'a\nb\n'],
    ['data\n\n', null, ''],
    ['data:\n\n', null, ''],
    ['data', null, ''],
    ['dat', null, null],
    ['data: a', null, 'a'],
    ['database: a\n\n', null, null],
    [' data: a\n\n', null, null],
    [': data: a\n\n', null, null],
    ['events: x\nevent: y\nevent: z\n\n', 'z', null],
    ['\n', null, null],
  ])('%j', (text, name, data) => {
    expect(fields(text)).toEqual({ name, data });
  });
});
