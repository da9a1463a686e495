import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hopsNearestFirst } from './forwarded.ts';

const hops = (header: string, ...lines: string[]) => [...hopsNearestFirst(header, lines)];

describe('X-Forwarded-For', () => {
  test('several lines are one list, read from the nearest hop', () => {
    expect(hops('x-forwarded-for', '1.1.1.1, 2.2.2.2', '3.3.3.3')).toEqual(['3.3.3.3', '2.2.2.2', '1.1.1.1']);
  });

  test('ports and brackets that some proxies add are taken off', () => {
    expect(hops('x-forwarded-for', '[2001:db8::1]:443,[::2],1.2.3.4:8080,2001:db8::3')).toEqual([
      '2001:db8::3',
      '1.2.3.4',
      '::2',
      '2001:db8::1',
    ]);
  });

  test('an empty hop stays a hop, so that it cannot be skipped over to one the client wrote', () => {
    expect(hops('x-forwarded-for', '6.6.6.6, ,')).toEqual(['', '', '6.6.6.6']);
    expect(hops('x-forwarded-for', '')).toEqual(['']);
  });

  test('no line, no hop', () => {
    expect(hops('x-forwarded-for')).toEqual([]);
    expect(hops('forwarded')).toEqual([]);
    expect(hops('cf-connecting-ip')).toEqual([]);
  });
});

describe('Forwarded (RFC 7239)', () => {
  test.each<[string, (string | null)[]]>([
    // The examples of the RFC's §4, §6 and §7.
    ['for="_gazonk"', [null]],
    ['For="[2001:db8:cafe::17]:4711"', ['2001:db8:cafe::17']],
    ['for=192.0.2.60;proto=http;by=203.0.113.43', ['192.0.2.60']],
    ['for=192.0.2.43, for=198.51.100.17', ['198.51.100.17', '192.0.2.43']],
    ['for=192.0.2.43,for="[2001:db8:cafe::17]",for=unknown', [null, '2001:db8:cafe::17', '192.0.2.43']],
    ['for="192.0.2.43:47011"', ['192.0.2.43']],
    ['for=_hidden, for=_SEVKISEK', [null, null]],
    ['for="192.0.2.43:_port"', ['192.0.2.43']],
    // Space around the marks, escapes in the quotes, elements and pairs left empty, none for `for`.
    [' for=1.1.1.1 ; proto=https ,\tfor="2\\.2.2.2"\t', ['2.2.2.2', '1.1.1.1']],
    ['proto=https;by=1.1.1.1', [null]],
    ['for=1.1.1.1;', ['1.1.1.1']],
    [';;for=1.1.1.1', ['1.1.1.1']],
    ['for=1.1.1.1,', [null, '1.1.1.1']],
    ['', [null]],
    ['for=""', [null]],
    // IPv6 without brackets could be an address with a port as well.
    ['for="2001:db8::1"', [null]],
    ['for="[192.0.2.1]"', [null]],
    // Against the grammar: the whole line is one hop that cannot be read.
    ['for=2001:db8::1', [null]],
    ['for=1.1.1.1 for=2.2.2.2', [null]],
    ['for=1.1.1.1;for=2.2.2.2', [null]],
    ['for=', [null]],
    ['for', [null]],
    ['=1.1.1.1', [null]],
    ['for="1.1.1.1', [null]],
    ['for=1.1.1.1, for="2.2.2.2"x', [null]],
  ])('%s', (line, expected) => {
    expect(hops('forwarded', line)).toEqual(expected);
  });

  test('half a quote sent by a client cannot swallow the element that a proxy adds', () => {
    for (const half of ['for=6.6.6.6;x="', 'for="6.6.6.6', 'for=6.6.6.6;x="\\']) {
      expect(hops('forwarded', `${half}, for="[2001:db8::1]"`)).toEqual([null]);
      expect(hops('forwarded', half, 'for=1.1.1.1')).toEqual(['1.1.1.1', null]);
    }
  });

  test('whatever a client sends in front, the hop that a proxy adds is read right or not at all', () => {
    const sent = fc.string({
      unit: fc.constantFrom('f', 'o', 'r', '=', '"', '\\', ',', ';', ' ', '[', ']', ':', '.', '1', 'for=6.6.6.6', '_'),
      maxLength: 30,
    });
    const added = fc.constantFrom(
      'for=1.1.1.1',
      'for="1.1.1.1:80"',
      'for=1.1.1.1;proto=https',
      'by="_x";for="1.1.1.1"',
    );
    fc.assert(
      fc.property(sent, added, (client, proxy) => {
        expect(['1.1.1.1', null]).toContain(hops('forwarded', `${client}, ${proxy}`)[0]);
      }),
      { numRuns: 5000 },
    );
  });

  test('a hostile line of 16 kB is read in a few milliseconds', () => {
    const long = 16_000;
    for (const line of [
      ' '.repeat(long),
      `a=b${' '.repeat(long)}x`,
      'a'.repeat(long),
      `for="${'\\a'.repeat(long / 2)}`,
      `for="[${'a:'.repeat(long / 2)}"`,
      ','.repeat(long),
      ';'.repeat(long),
    ]) {
      const start = performance.now();
      expect(hops('forwarded', line)[0]).toBeNull();
      hops('x-forwarded-for', line);
      expect(performance.now() - start).toBeLessThan(200);
    }
  });
});

describe('a header of one address', () => {
  test('its line is the hop', () => {
    expect(hops('cf-connecting-ip', ' 192.0.2.1 ')).toEqual(['192.0.2.1']);
  });

  test('sent twice, it says nothing', () => {
    expect(hops('cf-connecting-ip', '6.6.6.6', '192.0.2.1')[0]).toBeNull();
  });
});
