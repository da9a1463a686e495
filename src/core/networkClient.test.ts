// Which address a client has, and how it is written; what lists do with it is in network.test.ts.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AddressSet, canonicalAddress, clientAddress } from './network.ts';

describe('canonicalAddress', () => {
  test('V10 an IPv4 client on a dual-stack socket is its IPv4 address', () => {
    expect(canonicalAddress('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(canonicalAddress('::FFFF:C000:201')).toBe('192.0.2.1');
  });

  test('IPv4 stays as it is, IPv6 becomes its RFC 5952 text, and canonical text is its own canonical text', () => {
    expect(canonicalAddress('192.0.2.1')).toBe('192.0.2.1');
    expect(canonicalAddress('2001:DB8:0:0::1')).toBe('2001:db8::1');
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const once = canonicalAddress(text);
        expect(once).not.toBeNull();
        expect(canonicalAddress(once!)).toBe(once);
      }),
    );
  });

  test.each([
    '',
    'fe80::1%eth0',
    '192.0.2.1:80',
    '[::1]',
    '010.0.0.1',
    '10.1',
    '0x7f.1',
    '１.2.3.4',
    ' 1.2.3.4',
    'unknown',
  ])('%j is no address', (text) => {
    expect(canonicalAddress(text)).toBeNull();
  });

  test('any text at all is answered, never thrown at', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(canonicalAddress(text)).toSatisfy((answer) => answer === null || typeof answer === 'string');
      }),
    );
  });
});

describe('clientAddress', () => {
  const proxies = new AddressSet(['10.0.0.0/8', '2001:db8:ffff::/48']);
  const client = (peer: string | undefined, lines: string[], header?: string) =>
    clientAddress(peer, lines, proxies, header);

  test('V10 A05 no header is believed unless proxies are named: the peer is the client', () => {
    expect(clientAddress('::ffff:10.0.0.1', ['6.6.6.6'], null)).toBe('10.0.0.1');
  });

  test('V10 a peer that is no trusted proxy cannot speak for another', () => {
    expect(client('192.0.2.1', ['6.6.6.6'])).toBe('192.0.2.1');
  });

  test('the nearest hop that is not trusted is the client, whatever stands to its left', () => {
    expect(client('10.0.0.1', ['6.6.6.6, 192.0.2.1, 10.0.0.2'])).toBe('192.0.2.1');
    expect(client('10.0.0.1', ['nonsense, 192.0.2.1'])).toBe('192.0.2.1');
    expect(client('2001:db8:ffff::1', ['2001:DB8:0::1'])).toBe('2001:db8::1');
  });

  test('several header lines are one list', () => {
    expect(client('10.0.0.1', ['6.6.6.6', '192.0.2.1, 10.0.0.3', '10.0.0.2'])).toBe('192.0.2.1');
  });

  test('where all hops are trusted, the farthest is the client', () => {
    expect(client('10.0.0.1', ['10.0.0.3, 10.0.0.2'])).toBe('10.0.0.3');
    expect(client('10.0.0.1', [])).toBe('10.0.0.1');
  });

  test.each(['unknown', '', 'unix:', 'fe80::1%eth0', '010.0.0.1', '192.0.2.1, ', '192.0.2.1, x, 10.0.0.2'])(
    'a hop on the walk that is no address makes the client unknown: %j',
    (line) => {
      expect(client('10.0.0.1', [line])).toBeNull();
    },
  );

  test('no peer, or one without an address, is unknown, whatever the header says', () => {
    expect(client(undefined, ['192.0.2.1'])).toBeNull();
    expect(clientAddress(undefined, [], null)).toBeNull();
    expect(client('fe80::1%eth0', ['192.0.2.1'])).toBeNull();
  });

  test('Forwarded is read when it is the header named', () => {
    expect(client('10.0.0.1', ['for=6.6.6.6, for="[2001:db8::1]:4711";proto=https, for=10.0.0.2'], 'forwarded')).toBe(
      '2001:db8::1',
    );
    expect(client('10.0.0.1', ['for=192.0.2.1, for=unknown'], 'forwarded')).toBeNull();
    expect(client('10.0.0.1', ['for=192.0.2.1, for=_secret'], 'forwarded')).toBeNull();
    expect(client('10.0.0.1', ['for="'], 'forwarded')).toBeNull();
  });

  test('a header of one address is read when it is the header named', () => {
    expect(client('10.0.0.1', ['192.0.2.1'], 'cf-connecting-ip')).toBe('192.0.2.1');
    expect(client('10.0.0.1', ['10.0.0.9'], 'cf-connecting-ip')).toBe('10.0.0.9');
    expect(client('10.0.0.1', [], 'cf-connecting-ip')).toBe('10.0.0.1');
    expect(client('10.0.0.1', ['6.6.6.6, 192.0.2.1'], 'cf-connecting-ip')).toBeNull();
    expect(client('10.0.0.1', ['6.6.6.6', '192.0.2.1'], 'cf-connecting-ip')).toBeNull();
  });

  test('whatever a client writes in front, it can hide its address but never choose it', () => {
    const sent = fc.array(
      fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.constantFrom('10.0.0.5', '', '"', 'for=6.6.6.6')),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(sent, fc.boolean(), (forged, ownLine) => {
        const lines = ownLine ? [forged.join(', '), '192.0.2.1'] : [[...forged, '192.0.2.1'].join(', ')];
        expect(client('10.0.0.1', lines)).toBe('192.0.2.1');
      }),
    );
  });
});
