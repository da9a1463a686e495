import { describe, expect, test } from 'vitest';
import { carriedAddresses, isGlobalAddress } from './globalAddress.ts';

/** First and last address of each class that is not global, and its neighbours that are. */
const classes: readonly {
  readonly what: string;
  readonly refused: readonly string[];
  readonly allowed?: readonly string[];
}[] = [
  { what: 'this network', refused: ['0.0.0.0', '0.255.255.255'], allowed: ['1.0.0.0'] },
  { what: 'private 10/8', refused: ['10.0.0.0', '10.255.255.255'], allowed: ['9.255.255.255', '11.0.0.0'] },
  {
    what: 'CGNAT',
    refused: ['100.64.0.0', '100.100.100.200', '100.127.255.255'],
    allowed: ['100.63.255.255', '100.128.0.0'],
  },
  {
    what: 'loopback',
    refused: ['127.0.0.0', '127.0.0.1', '127.255.255.255'],
    allowed: ['126.255.255.255', '128.0.0.0'],
  },
  {
    what: 'link-local and metadata',
    refused: ['169.254.0.0', '169.254.169.254', '169.254.170.2', '169.254.255.255'],
    allowed: ['169.253.255.255', '169.255.0.0'],
  },
  { what: 'private 172.16/12', refused: ['172.16.0.0', '172.31.255.255'], allowed: ['172.15.255.255', '172.32.0.0'] },
  { what: 'protocol assignments', refused: ['192.0.0.0', '192.0.0.192', '192.0.0.255'], allowed: ['192.0.1.0'] },
  {
    what: 'documentation',
    refused: ['192.0.2.0', '192.0.2.255', '198.51.100.7', '203.0.113.0', '203.0.113.255'],
    allowed: ['192.0.3.0', '198.51.101.0', '203.0.112.255', '203.0.114.0'],
  },
  {
    what: 'AS112 and AMT',
    refused: ['192.31.196.1', '192.52.193.1', '192.175.48.1'],
    allowed: ['192.31.197.0', '192.52.194.0', '192.175.49.0'],
  },
  { what: '6to4 relays', refused: ['192.88.99.0', '192.88.99.255'], allowed: ['192.88.98.255', '192.88.100.0'] },
  {
    what: 'private 192.168/16',
    refused: ['192.168.0.0', '192.168.255.255'],
    allowed: ['192.167.255.255', '192.169.0.0'],
  },
  { what: 'benchmarks', refused: ['198.18.0.0', '198.19.255.255'], allowed: ['198.17.255.255', '198.20.0.0'] },
  { what: 'multicast', refused: ['224.0.0.0', '239.255.255.255'], allowed: ['223.255.255.255'] },
  { what: 'reserved and broadcast', refused: ['240.0.0.0', '255.255.255.255'] },
  {
    what: 'IPv4-mapped',
    refused: [
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '::ffff:a00:1',
      '::ffff:169.254.169.254',
      '0:0:0:0:0:FFFF:C0A8:0001',
    ],
    allowed: ['::ffff:8.8.8.8', '::ffff:808:808'],
  },
  {
    what: 'IPv4-compatible and translated',
    refused: ['::', '::1', '::2', '::127.0.0.1', '::8.8.8.8', '::ffff:0:8.8.8.8', '::ffff:0:0:1'],
  },
  {
    what: 'NAT64, by the address it carries',
    refused: [
      '64:ff9b::',
      '64:ff9b::7f00:1',
      '64:ff9b::10.1.2.3',
      '64:ff9b::a9fe:a9fe',
      '64:ff9b:1::1',
      '64:ff9b:1::8.8.8.8',
      '64:ff9b::1:808:808',
    ],
    allowed: ['64:ff9b::8.8.8.8'],
  },
  {
    what: 'discard-only and unassigned',
    refused: [
      '100::',
      '100::ffff',
      '100:0:0:1::1',
      '200::1',
      '1fff:ffff::1',
      '4000::1',
      '5f00::1',
      '8000::1',
      'f000::1',
    ],
    allowed: ['2000::1', '3ffe:ffff::1'],
  },
  {
    what: 'Teredo, benchmarks, ORCHID',
    refused: ['2001::', '2001:0:53aa:64c::1', '2001:2::1', '2001:10::1', '2001:20::1', '2001:1ff:ffff::1'],
    allowed: ['2001:200::1', '2001:4860:4860::8888'],
  },
  {
    what: 'documentation IPv6',
    refused: ['2001:db8::', '2001:db8:ffff::1', '3fff::', '3fff:fff:ffff::1'],
    allowed: ['2001:db7:ffff::1', '2001:db9::1', '3fff:1000::1'],
  },
  {
    what: '6to4, whatever it carries',
    refused: ['2002::', '2002:7f00:1::1', '2002:a9fe:a9fe::1', '2002:808:808::1'],
    allowed: ['2003::1'],
  },
  { what: 'AS112 IPv6', refused: ['2620:4f:8000::1'], allowed: ['2620:4f:8001::1'] },
  { what: 'unique local', refused: ['fc00::1', 'fd00:ec2::254', 'fd20:ce::254', 'fdff:ffff::1'] },
  { what: 'link-local and site-local', refused: ['fe80::1', 'febf::1', 'fec0::1', 'feff::1'] },
  { what: 'multicast IPv6', refused: ['ff00::', 'ff02::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'] },
  {
    what: 'no address at all',
    refused: [
      '',
      'localhost',
      'example.com',
      '010.0.0.1',
      '8.8.8',
      '0x8.8.8.8',
      '8.8.8.8:80',
      '[2000::1]',
      'fe80::1%eth0',
      '2000::1%1',
      ' 8.8.8.8',
      '134744072',
    ],
  },
];

describe.each(classes)('$what', ({ refused, allowed = [] }) => {
  test.each(refused)('%s is not global', (address) => expect(isGlobalAddress(address)).toBe(false));

  test('its neighbours are', () => expect(allowed.filter((address) => !isGlobalAddress(address))).toEqual([]));
});

test.each<[string, string[]]>([
  ['8.8.8.8', []],
  ['::ffff:8.8.8.8', []],
  ['nonsense', []],
  ['2600::1', []],
  ['::8.8.8.8', ['8.8.8.8']],
  ['::ffff:0:8.8.8.8', ['8.8.8.8']],
  ['64:ff9b::8.8.8.8', ['8.8.8.8']],
  ['64:ff9b:1:808:8:800::', ['8.8.8.8', '8.8.8.0', '8.8.0.0', '0.0.0.0']],
  ['2002:808:808::1', ['8.8.8.8']],
  ['2001:0:101:101::f7f7:f7f7', ['1.1.1.1', '8.8.8.8']],
  ['2600::200:5efe:8.8.8.8', ['8.8.8.8']],
])('%s may lead to %j', (address, expected) => expect(carriedAddresses(address)).toEqual(expected));

test('a global address that leads to a private one through ISATAP is not global', () => {
  expect(isGlobalAddress('2600::5efe:10.0.0.1')).toBe(false);
  expect(isGlobalAddress('2600::5efe:8.8.8.8')).toBe(true);
});
