import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressSet,
  AddressSet,
  canonicalAddress,
  liesWithin,
  MAX_ADDRESS_ENTRIES,
  parseAddressList,
} from './network.ts';

function details(entries: string[], pointer = '/ipAllow'): string[] {
  const list = parseAddressList(entries, pointer);
  return list.ok ? [] : list.errors.map((error) => `${error.pointer} ${error.detail}`);
}

function canonical(...entries: string[]): string[] {
  const list = parseAddressList(entries, '');
  if (!list.ok) throw new Error(JSON.stringify(list.errors));
  return list.entries;
}

describe('parseAddressList', () => {
  test('T22 V10 A06 addresses and networks of both families are taken in canonical form, in their order', () => {
    expect(canonical('10.0.0.0/24', '192.0.2.7', '2001:DB8::/32', '::1')).toEqual([
      '10.0.0.0/24',
      '192.0.2.7',
      '2001:db8::/32',
      '::1',
    ]);
  });

  test('A16 a network of one address is that address', () => {
    expect(canonical('192.0.2.7/32', '2001:db8::1/128')).toEqual(['192.0.2.7', '2001:db8::1']);
  });

  test('IPv4-mapped addresses and networks are IPv4', () => {
    expect(canonical('::ffff:192.0.2.7', '::ffff:10.0.0.0/104', '::ffff:c633:6400/120', '::ffff:0:0/96')).toEqual([
      '192.0.2.7',
      '10.0.0.0/8',
      '198.51.100.0/24',
      '0.0.0.0/0',
    ]);
  });

  test('a mapped network that reaches beyond IPv4 is refused', () => {
    expect(details(['::ffff:0:0/95'])).toEqual([
      '/ipAllow/0 Entry 1 ("::ffff:0:0/95") reaches beyond IPv4 (::ffff:0:0/96). Write the IPv4 network itself, like 10.0.0.0/8.',
    ]);
    expect(canonical('::/0', '::/80')).toEqual(['::/0', '::/80']);
  });

  test('an empty list is a list', () => {
    expect(canonical()).toEqual([]);
  });

  test('host bits are refused with both ways to say it right', () => {
    expect(details(['192.168.1.77/24'])).toEqual([
      '/ipAllow/0 Entry 1 ("192.168.1.77/24") has host bits set: write 192.168.1.0/24, or 192.168.1.77 for one address.',
    ]);
    expect(details(['2001:db8::1/32', '::ffff:10.1.2.3/104'])).toEqual([
      '/ipAllow/0 Entry 1 ("2001:db8::1/32") has host bits set: write 2001:db8::/32, or 2001:db8::1 for one address.',
      '/ipAllow/1 Entry 2 ("::ffff:10.1.2.3/104") has host bits set: write 10.0.0.0/8, or 10.1.2.3 for one address.',
    ]);
    // The least bit of each word counts.
    expect(details(['0.0.0.1/31'])).toHaveLength(1);
    expect(details(['::1:0:0/64', '0:0:1::/32', '0:1::/16', '8000::/0', '128.0.0.0/0'])).toHaveLength(5);
  });

  test.each([
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/ 8',
    '10.0.0.0/8/8',
    '10.0.0.0/1e1',
    '10.0.0.0/255.0.0.0',
    '10.0.0.0/999',
  ])('T22 a bad CIDR is refused with its position: %s', (entry) => {
    expect(details(['10.9.9.9', entry])).toEqual([
      `/ipAllow/1 Entry 2 ("${entry}") needs a whole number from 0 to 32 after the slash.`,
    ]);
  });

  test('an IPv6 prefix goes to 128', () => {
    expect(details(['::/129', '::/128'])).toEqual([
      '/ipAllow/0 Entry 1 ("::/129") needs a whole number from 0 to 128 after the slash.',
    ]);
  });

  test.each([
    '',
    'example.com',
    '10.0.0',
    '10.0.0.*',
    '10.0.0.1-10.0.0.9',
    '010.0.0.1',
    'fe80::1%eth0',
    ' 10.0.0.1',
    '/24',
    '10.1/16',
  ])('T22 %j is refused with its position', (entry) => {
    expect(details([entry])).toEqual([
      `/ipAllow/0 Entry 1 ("${entry}") is not an address or network. Write it like 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32.`,
    ]);
  });

  test('T23 50 entries are taken, 51 refused', () => {
    const entries = Array.from({ length: 51 }, (_, index) => `10.0.0.${index}`);
    expect(MAX_ADDRESS_ENTRIES).toBe(50);
    expect(canonical(...entries.slice(0, 50))).toHaveLength(50);
    expect(details(entries)).toEqual([
      '/ipAllow 51 entries are too many: a list holds 50. Join neighbours into networks, or remove some.',
    ]);
  });

  test('T23 what is the same after canonicalising is refused, naming both positions', () => {
    expect(details(['10.0.0.1', '::1', '::ffff:10.0.0.1/128', '0:0::1'])).toEqual([
      '/ipAllow/2 Entry 3 ("::ffff:10.0.0.1/128") repeats entry 1: both are 10.0.0.1. Remove one of them.',
      '/ipAllow/3 Entry 4 ("0:0::1") repeats entry 2: both are ::1. Remove one of them.',
    ]);
    // An address inside a listed network is not a repetition.
    expect(canonical('10.0.0.0/8', '10.0.0.1', '10.0.0.0')).toHaveLength(3);
  });

  test('all faults are named at once, entries shortened and made printable', () => {
    const [first, second, third] = details(['x'.repeat(500), '1\n2\u202e', '10.0.0.1'], '').concat('');
    expect(first).toContain(`("${'x'.repeat(57)}...")`);
    expect(second).toContain('("1?2?")');
    expect(third).toBe('');
    expect(details(['x'.repeat(60)])[0]).toContain(`("${'x'.repeat(60)}")`);
  });

  test('a canonical list is its own canonical form', () => {
    fc.assert(
      fc.property(networks(8), (entries) => {
        expect(canonical(...entries)).toEqual(entries);
      }),
    );
  });
});

/** Canonical lists of addresses near each other, so that they often match. */
function networks(maxLength: number) {
  const bits = fc.bigInt({ min: 0n, max: 0xffffn });
  const ipv4 = fc.tuple(bits, fc.integer({ min: 0, max: 32 })).map(([low, prefix]) => {
    const masked = ((0x0a000000n | low) >> BigInt(32 - prefix)) << BigInt(32 - prefix);
    return `${[24n, 16n, 8n, 0n].map((shift) => (masked >> shift) & 255n).join('.')}/${prefix}`;
  });
  const ipv6 = fc
    .tuple(bits, fc.constantFrom(0n, 32n, 64n, 96n), fc.integer({ min: 0, max: 128 }))
    .map(([low, shift, prefix]) => {
      const masked = (((0x20010db8n << 96n) | (low << shift)) >> BigInt(128 - prefix)) << BigInt(128 - prefix);
      return `${(masked.toString(16).padStart(32, '0').match(/.{4}/g) ?? []).join(':')}/${prefix}`;
    });
  return fc.array(fc.oneof(ipv4, ipv6), { maxLength }).map((entries) => {
    const list = entries.flatMap((entry) => canonical(entry));
    return [...new Set(list)];
  });
}

const nearAddress = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }).map((low) => `10.0.${low >> 8}.${low & 255}`),
  fc
    .tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 2, max: 7 }))
    .map(([low, at]) =>
      canonicalAddress(
        ['2001', 'db8', ...Array.from({ length: 6 }, (_, index) => (index + 2 === at ? low.toString(16) : '0'))].join(
          ':',
        ),
      )!,
    ),
  fc.ipV4(),
  fc.ipV6().map((text) => canonicalAddress(text)!),
);

describe('AddressSet', () => {
  test('T22 V10 10.0.0.0/24 holds .5 and nothing outside', () => {
    const set = new AddressSet(['10.0.0.0/24']);
    expect(['10.0.0.0', '10.0.0.5', '10.0.0.255'].every((address) => set.has(address))).toBe(true);
    expect(
      ['10.0.1.5', '9.255.255.255', '11.0.0.5', '138.0.0.5', '::', '::a00:5'].some((address) => set.has(address)),
    ).toBe(false);
  });

  test('A16 a single address holds itself alone', () => {
    expect(new AddressSet(['192.0.2.7']).has('192.0.2.7')).toBe(true);
    expect(new AddressSet(['192.0.2.7']).has('192.0.2.6')).toBe(false);
  });

  test('A05 A06 both stacks are covered, and every network of the list counts', () => {
    const set = new AddressSet(['192.0.2.0/25', '2001:db8::/33', '198.51.100.1', '2001:db9::1']);
    const inside = ['192.0.2.127', '2001:db8:7fff:ffff:ffff:ffff:ffff:ffff', '198.51.100.1', '2001:db9::1'];
    const outside = [
      '192.0.2.128',
      '2001:db8:8000::',
      '198.51.100.2',
      '2001:db9::2',
      '2001:db9::1:0:0:1',
      '2001:db9:0:1::1',
    ];
    expect(inside.filter((address) => set.has(address))).toEqual(inside);
    expect(outside.filter((address) => set.has(address))).toEqual([]);
  });

  test('everything of IPv4 is nothing of IPv6, and the other way round', () => {
    expect(new AddressSet(['0.0.0.0/0']).has('255.255.255.255')).toBe(true);
    expect(new AddressSet(['0.0.0.0/0']).has('::1')).toBe(false);
    expect(new AddressSet(['::/0']).has('::1')).toBe(true);
    expect(new AddressSet(['::/0', '::/80']).has('10.0.0.1')).toBe(false);
    const both = new AddressSet(['0.0.0.0/0', '::/0']);
    expect(both.has('10.0.0.1') && both.has('2001:db8::1')).toBe(true);
  });

  test('a mapped spelling is answered as IPv4', () => {
    expect(new AddressSet(['10.0.0.0/8']).has('::ffff:a01:203')).toBe(true);
  });

  test('no list is null, and no entry is nothing', () => {
    expect(addressSet([])).toBeNull();
    expect(addressSet(['10.0.0.1'])?.has('10.0.0.1')).toBe(true);
    expect(new AddressSet([]).has('10.0.0.1')).toBe(false);
  });

  test('a list that is not canonical throws and does not shrink; so does text that is no address', () => {
    expect(() => new AddressSet(['10.0.0.1', '10.0.0.1/24'])).toThrow(RangeError);
    expect(() => new AddressSet(['nonsense'])).toThrow('Not a canonical list');
    expect(() => new AddressSet(['10.0.0.1']).has('unknown')).toThrow('Not an address');
  });

  test('it answers as node:net’s BlockList does, for any list and address', () => {
    fc.assert(
      fc.property(networks(6), nearAddress, (entries, address) => {
        const other = new BlockList();
        for (const entry of entries) {
          const [network = '', prefix] = entry.split('/');
          const family = network.includes(':') ? 'ipv6' : 'ipv4';
          other.addSubnet(network, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
        }
        const family = address.includes(':') ? 'ipv6' : 'ipv4';
        // BlockList matches IPv4 against IPv6 networks by its mapped place; Keyward keeps the families apart.
        fc.pre(family === 'ipv6' || !entries.some((entry) => /^::.*\/\d+$/.test(entry)));
        expect(new AddressSet(entries).has(address)).toBe(other.check(address, family));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('liesWithin', () => {
  test.each<[string[], string[], boolean]>([
    [[], [], true],
    [[], ['10.0.0.0/8'], true],
    [['10.0.0.1'], [], false],
    [['10.0.0.1'], ['10.0.0.0/8'], true],
    [['10.0.0.0/8'], ['10.0.0.0/9'], false],
    [['200.1.2.0/24'], ['200.0.0.0/8'], true],
    [['10.0.0.1'], ['::/0'], false],
    [['2001:db8::/48'], ['0.0.0.0/0', '2001:db8::/32'], true],
    [['2001:db8::/32'], ['2001:db8::/48'], false],
    [['255.255.255.255'], ['0.0.0.0/0'], true],
  ])('%j within %j: %s', (inner, outer, expected) => expect(liesWithin(inner, outer)).toBe(expected));

  test('it agrees with the addresses that lists hold', () => {
    const network = fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 8, max: 16 }))
      .map(([byte, prefix]) => `10.${byte - (byte % 2 ** (16 - prefix))}.0.0/${prefix}`);
    fc.assert(
      fc.property(network, network, (inner, outer) => {
        const within = liesWithin([inner], [outer]);
        const [base = '', prefix = ''] = inner.split('/');
        const last = `10.${Number(base.split('.')[1]) + 2 ** (16 - Number(prefix)) - 1}.255.255`;
        const set = new AddressSet([outer]);
        expect(within).toBe(set.has(base) && set.has(last));
      }),
    );
  });
});
