import { isIPv4 as netIsIPv4, isIPv6 as netIsIPv6 } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, test } from 'vitest';
import { isIPv4, readAddress, writeAddress } from './address.ts';

const view = () => new DataView(new ArrayBuffer(16));

/** What the pair makes of a text: canonical text, or null. The bytes are dirtied first: nothing may be left over from the last address. */
function roundTrip(text: string): string | null {
  const bytes = view();
  for (let at = 0; at < 16; at++) bytes.setUint8(at, 0xee);
  return readAddress(text, bytes) ? writeAddress(bytes) : null;
}

describe('an address has one text, whatever way it was spelled', () => {
  test.each([
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8::A', '2001:db8::a'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    // RFC 5952 §4.2.2 a single zero is not shortened, §4.2.3 the longest run is, and of equals the first.
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:0:0', '1:2:3:4:5:6::'],
    ['0:0:1:2:3:4:5:6', '::1:2:3:4:5:6'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['64:ff9b::10.1.2.3', '64:ff9b::a01:203'],
    ['1:2:3:4:5:6:7.8.9.10', '1:2:3:4:5:6:708:90a'],
    // Not the mapped range: the deprecated "compatible" form stays IPv6 (some libraries take it for IPv4).
    ['::10.1.2.3', '::a01:203'],
    ['::ffff:0:10.1.2.3', '::ffff:0:a01:203'],
    ['::fffe:10.1.2.3', '::fffe:a01:203'],
    ['1::ffff:10.1.2.3', '1::ffff:a01:203'],
    ['0:0:1::ffff:10.1.2.3', '::1:0:0:ffff:a01:203'],
  ])('%s is %s', (text, canonical) => {
    expect(roundTrip(text)).toBe(canonical);
  });

  test.each([
    '::ffff:10.1.2.3',
    '::FFFF:10.1.2.3',
    '::ffff:a01:203',
    '::ffff:0a01:0203',
    '0:0:0:0:0:ffff:10.1.2.3',
    '0000:0000:0000:0000:0000:ffff:0a01:0203',
    '0::ffff:10.1.2.3',
    '::0:ffff:10.1.2.3',
    '0:0::ffff:a01:203',
  ])('%s is the IPv4 address 10.1.2.3', (text) => {
    expect(roundTrip(text)).toBe('10.1.2.3');
  });
});

describe('what is not strictly an address is refused', () => {
  test.each([
    '',
    ' ',
    '.',
    ':',
    ':::',
    '...',
    'localhost',
    'unknown',
    '1',
    '1.2',
    '1.2.3',
    '1.2.3.',
    '.1.2.3',
    '1..2.3',
    '1.2.3.4.5',
    '1.2.3.4.',
    '256.1.1.1',
    '1.2.3.999',
    '1.2.3.1111',
    '-1.2.3.4',
    '+1.2.3.4',
    '010.0.0.1',
    '00.0.0.0',
    '1.2.3.04',
    '10.1',
    '0x7f.1',
    '0x7f.0.0.1',
    '2130706433',
    '1e1.0.0.1',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '1.2. 3.4',
    '1.2.3.4\n',
    '1.2.3.4\0',
    '１.2.3.4',
    '1。2。3。4',
    '١.2.3.4',
    '1.2.3.4:80',
    '[::1]',
    '[::1]:80',
    '1.2.3.4/32',
    '::1/128',
    'fe80::1%eth0',
    '::1%',
    '1.2.3.4%1',
    ':1',
    '1:',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
    '1:2:3:4:5:6:7:8:',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '::1:2:3:4:5:6:7:8',
    '1::2::3',
    '::1::',
    ':::1',
    '1:::',
    '1::2:',
    '12345::',
    '::00001',
    '::g',
    '::G',
    '::１',
    '::-1',
    '::@',
    '::`',
    '::1.2.3',
    '::1.2.3.4.5',
    '::01.2.3.4',
    '::1.2.3.256',
    '::a.1.1.1',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1:2:3:4:5:6:7:1.2.3.4',
    '1.2.3.4::',
    '1.2.3.4:1::',
    '::.1.2.3',
    '::1.2.3.4%eth0',
    `::${'0'.repeat(60)}`,
  ])('%j', (text) => {
    expect(roundTrip(text)).toBeNull();
  });
});

const group = fc.integer({ min: 0, max: 0xffff });
const anyBytes = fc.oneof(
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  // Mostly zeros, where the shortening is.
  fc
    .array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, group), { minLength: 8, maxLength: 8 })
    .map((groups) => Uint8Array.from(groups.flatMap((one) => [one >> 8, one & 255]))),
  fc
    .uint8Array({ minLength: 4, maxLength: 4 })
    .map((four) => Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...four])),
);
const asView = (bytes: Uint8Array) => new DataView(bytes.slice().buffer);

test('a text of any length is refused at once', () => {
  expect(roundTrip('1'.repeat(1_000_000))).toBeNull();
  expect(roundTrip(`::${'1:'.repeat(1_000_000)}`)).toBeNull();
});

describe('reading and writing are inverse', () => {
  test('what is written is read back as the same bytes, for every address', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const back = view();
        expect(readAddress(writeAddress(asView(bytes)), back)).toBe(true);
        expect(new Uint8Array(back.buffer)).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  test('the text is the one that ipaddr.js writes', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const other = ipaddr.fromByteArray([...bytes]) as ipaddr.IPv6;
        const expected = other.isIPv4MappedAddress() ? other.toIPv4Address().toString() : other.toRFC5952String();
        expect(writeAddress(asView(bytes))).toBe(expected);
        expect(isIPv4(asView(bytes))).toBe(other.isIPv4MappedAddress());
      }),
      { numRuns: 2000 },
    );
  });

  test('exactly the texts that node:net knows as addresses are read, zones aside', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ':',
        '::',
        '.',
        '0',
        '00',
        '1',
        'ffff',
        'FFFF',
        '12345',
        'g',
        '255',
        '256',
        '01',
        '1.2.3.4',
        ' ',
        '/',
        '-',
      ),
      group.map((one) => one.toString(16)),
    );
    const groups = fc.array(
      group.map((one) => one.toString(16)),
      { minLength: 6, maxLength: 9 },
    );
    const nearly = fc.oneof(
      fc.array(piece, { maxLength: 18 }).map((pieces) => pieces.join('')),
      groups.map((all) => all.join(':')),
      fc
        .tuple(groups, fc.nat({ max: 8 }), fc.nat({ max: 8 }))
        .map(([all, from, length]) => `${all.slice(0, from).join(':')}::${all.slice(from + length).join(':')}`),
      fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 3, maxLength: 5 }).map((octets) => octets.join('.')),
      fc.ipV4(),
      fc.ipV6(),
    );
    fc.assert(
      fc.property(nearly, (text) => {
        expect(readAddress(text, view())).toBe(netIsIPv4(text) || netIsIPv6(text));
      }),
      { numRuns: 20_000 },
    );
  });
});
