import fc from 'fast-check';
import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { AddressSet } from '../core/network.ts';
import { addressBehind, addressOf, presentedKey } from './presented.ts';

const KEY = `kw_${'a'.repeat(30)}0mLq17`;
const OTHER = `kw_${'b'.repeat(30)}0mLq17`;

const present = (rawHeaders: string[], query = '', kind: 'own' | 'service' = 'own') => {
  const presented = presentedKey({ rawHeaders }, query, 'kw_', kind);
  return presented !== null && typeof presented === 'object' ? presented.code : presented;
};

describe('the key a request presents', () => {
  test('D16 Z08 stands in Authorization behind Bearer, in any case, or in x-api-key or x-goog-api-key', () => {
    for (const [name, value] of [
      ['Authorization', `Bearer ${KEY}`],
      ['authorization', `bearer ${KEY}`],
      ['AUTHORIZATION', `BEARER   ${KEY}  `],
      ['x-api-key', KEY],
      ['X-Api-Key', ` ${KEY} `],
      ['x-goog-api-key', KEY],
    ] as const) {
      expect(present(['host', 'x', name, value, 'accept', '*/*']), `${name}: ${value}`).toBe(KEY);
    }
  });

  test('no header, an empty one, and a scheme with nothing behind it are no key: so `Bearer $KEY` with the variable unset is told what is missing', () => {
    for (const headers of [
      [],
      ['authorization', ''],
      ['authorization', 'Bearer'],
      ['authorization', 'bearer '],
      ['x-api-key', ''],
      ['authorization', 'Bearer ', 'x-api-key', ''],
    ]) {
      expect(present(headers)).toBeNull();
    }
    expect(present(['authorization', 'Bearer', 'x-api-key', KEY])).toBe(KEY);
  });

  test('D16 a raw key without a scheme, another scheme and two tokens are no key of any kind', () => {
    for (const value of [
      KEY,
      `Token ${KEY}`,
      'Basic dXNlcjpwYXNz',
      `Bearer ${KEY} ${KEY}`,
      `Bearer${KEY}`,
      `Bearer\t${KEY}`,
    ]) {
      expect(present(['authorization', value]), value).toBe('invalid_api_key');
    }
    const denial = presentedKey({ rawHeaders: ['authorization', KEY] }, '', 'kw_');
    expect(denial).toMatchObject({ message: expect.stringContaining('Authorization: Bearer <key>') });
  });

  test('RFC 6750 §2 the same key in several headers is one, two different ones are a conflict', () => {
    expect(present(['authorization', `Bearer ${KEY}`, 'x-api-key', KEY, 'x-goog-api-key', KEY])).toBe(KEY);
    expect(present(['authorization', `Bearer ${KEY}`, 'authorization', `bearer ${KEY}`])).toBe(KEY);
    for (const headers of [
      ['authorization', `Bearer ${KEY}`, 'x-api-key', OTHER],
      ['x-api-key', KEY, 'x-goog-api-key', OTHER],
      ['x-api-key', KEY, 'X-API-Key', OTHER],
      ['Authorization', `Bearer ${KEY}`, 'authorization', `Bearer ${OTHER}`],
      ['authorization', KEY, 'x-api-key', KEY],
    ]) {
      expect(present(headers), headers.join(' ')).toBe('conflicting_api_keys');
    }
  });

  test('any header lines lead to a key of theirs, to none, or to a refusal', () => {
    const line = fc.tuple(
      fc.constantFrom('authorization', 'x-api-key', 'X-Goog-Api-Key', 'accept'),
      fc.oneof(fc.string(), fc.constantFrom(KEY, `Bearer ${KEY}`, 'Bearer')),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), (lines) => {
        const presented = presentedKey({ rawHeaders: lines.flat() }, '', 'kw_');
        if (typeof presented === 'string') expect(lines.some(([, value]) => value.includes(presented))).toBe(true);
      }),
    );
  });
});

describe('T04 a key in the address is refused', () => {
  test.each([
    `key=${KEY}`,
    'key=x',
    'api_key=',
    'API_KEY=x',
    'access_token=abc',
    `a=1&x=${KEY}`,
    `x=Bearer%20${KEY}`,
    `x=k%77_${'a'.repeat(36)}`,
    KEY,
    `${KEY}=1`,
    `token=${KEY.slice(0, 20)}`,
  ])('%s', (query) => {
    expect(present(['authorization', `Bearer ${OTHER}`], query)).toBe('api_key_in_query');
  });

  test('and so it is where parameters are a service’s own, whose names mean nothing to us', () => {
    expect(present([], 'key=42&api_key=7&access_token=x', 'service')).toBeNull();
    expect(present([], `anything=${KEY}`, 'service')).toBe('api_key_in_query');
  });

  test('words that only begin like a key are not: a masked value can be searched for', () => {
    for (const query of [
      'search=kw_2b***3sQc',
      'q=kw_',
      'q=kw_short',
      'kw_=1',
      'limit=20&cursor=abc',
      'q=%',
      'q=kw_%zz',
    ]) {
      expect(present(['x-api-key', KEY], query), query).toBe(KEY);
    }
  });
});

describe('the client’s address', () => {
  const request = (peer: string | undefined, headers: Record<string, string[]> = {}) =>
    ({ socket: { remoteAddress: peer }, headersDistinct: headers }) as unknown as IncomingMessage;
  const trusted = new AddressSet(['10.0.0.0/8', '::1']);

  test('is the peer’s where nobody is trusted, whatever headers say', () => {
    const trust = { trusted: null, header: 'x-forwarded-for' };
    expect(addressOf(request('::ffff:192.0.2.1', { 'x-forwarded-for': ['6.6.6.6'] }), trust)).toBe('192.0.2.1');
    expect(addressOf(request(undefined), trust)).toBeNull();
  });

  test('is what a trusted proxy says, in the header that the operator named and no other', () => {
    const trust = { trusted, header: 'cf-connecting-ip' };
    const headers = { 'x-forwarded-for': ['6.6.6.6'], 'x-real-ip': ['6.6.6.6'], 'cf-connecting-ip': ['192.0.2.9'] };
    expect(addressOf(request('10.0.0.1', headers), trust)).toBe('192.0.2.9');
    expect(addressOf(request('192.0.2.1', headers), trust)).toBe('192.0.2.1');
  });

  test('behind a proxy that says nothing it is unknown, and never the proxy’s own', () => {
    const trust = { trusted, header: 'x-forwarded-for' };
    expect(addressBehind(request('10.0.0.1'), trust)).toBeNull();
    expect(addressBehind(request('10.0.0.1', { 'x-forwarded-for': ['192.0.2.9'] }), trust)).toBe('192.0.2.9');
    expect(addressBehind(request('10.0.0.1', { 'x-forwarded-for': ['not an address'] }), trust)).toBeNull();
  });
});
