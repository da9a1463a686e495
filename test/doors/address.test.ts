import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { made, startTestApp, type TestApp } from '../kit/app.ts';
import { rowsOf } from '../kit/doors.ts';
import { send, type Lines } from '../kit/raw.ts';

/*
 * Which address a request is taken to come from, end to end: read off the ledger row of an admitted request. The test
 * is the peer, at a loopback address; whether that peer is a trusted proxy is the setting's to say.
 */

const HAS_IPV6 = Object.values(networkInterfaces())
  .flat()
  .some((one) => one?.address === '::1');

interface Site {
  readonly app: TestApp;
  seenFrom(lines: Lines, host?: string): Promise<unknown>;
}

async function startSite(env: Record<string, string>): Promise<Site> {
  const app = await startTestApp({ env });
  return {
    app,
    /** The address in the ledger, null if it could not be told. */
    async seenFrom(lines, host = '127.0.0.1') {
      const url = `http://${host}:${new URL(app.url).port}/v1/models`;
      const answer = await send(url, { lines: [['authorization', `Bearer ${app.first?.key}`], ...lines] });
      expect(answer.status).toBe(200);
      return rowsOf(app.dataDir, 'ledger').find(({ id }) => id === answer.headers['x-request-id'])?.['address'];
    },
  };
}

/** One site for the tests of a `describe`. */
function useSite(env: Record<string, string>): Site {
  const used = {} as { -readonly [Name in keyof Site]: Site[Name] };
  beforeAll(async () => void Object.assign(used, await startSite(env)));
  afterAll(() => used.app.remove());
  return used;
}

const xff = (...values: string[]): Lines => values.map((value) => ['x-forwarded-for', value] as const);
const FORGED: Lines = [
  ...xff('6.6.6.6'),
  ['forwarded', 'for=6.6.6.6'],
  ['x-real-ip', '6.6.6.6'],
  ['cf-connecting-ip', '6.6.6.6'],
  ['true-client-ip', '6.6.6.6'],
  ['x-client-ip', '6.6.6.6'],
  ['x-forwarded', '6.6.6.6'],
];

describe('by default no header is believed', () => {
  const site = useSite({});
  test('the address is the peer’s, whatever headers claim', async () => {
    expect(await site.seenFrom([])).toBe('127.0.0.1');
    expect(await site.seenFrom(FORGED)).toBe('127.0.0.1');
  });
});

describe('a peer that is not among the trusted proxies', () => {
  const site = useSite({ KEYWARD_TRUSTED_PROXIES: '10.0.0.0/8, 127.0.0.2, ::ffff:127.0.0.3' });
  test('is the client, whatever headers claim', async () => {
    expect(await site.seenFrom([])).toBe('127.0.0.1');
    expect(await site.seenFrom(FORGED)).toBe('127.0.0.1');
    expect(await site.seenFrom(xff('10.0.0.1'))).toBe('127.0.0.1');
  });
});

describe('x-forwarded-for from a trusted proxy', () => {
  const site = useSite({ KEYWARD_TRUSTED_PROXIES: '127.0.0.0/8, 10.0.0.0/8, 2001:db8:1::/48' });
  test.each<[string, Lines, string | null]>([
    ['its client', xff('203.0.113.7'), '203.0.113.7'],
    [
      'the nearest hop that is not trusted, however much was written before it',
      xff('6.6.6.6, 203.0.113.7, 10.1.2.3'),
      '203.0.113.7',
    ],
    ['several lines are one list', xff('6.6.6.6', '203.0.113.7', '10.1.2.3, 10.1.2.4'), '203.0.113.7'],
    [
      'several lines, in any case of the name',
      [
        ['X-Forwarded-For', '6.6.6.6'],
        ['x-forwarded-for', '203.0.113.7'],
      ],
      '203.0.113.7',
    ],
    ['the farthest, where all are trusted', xff('10.0.0.9, 10.1.2.3'), '10.0.0.9'],
    ['the proxy’s own, where it says nothing', [], '127.0.0.1'],
    ['IPv6, in its one spelling', xff('2001:0DB8:0:0:0:0:0:7'), '2001:db8::7'],
    ['a trusted IPv6 hop is passed over', xff('203.0.113.7, 2001:db8:1::5'), '203.0.113.7'],
    ['IPv4 written as IPv6 is IPv4', xff('::ffff:203.0.113.7'), '203.0.113.7'],
    ['and so is a trusted hop', xff('203.0.113.7, ::ffff:10.1.2.3, ::ffff:0a01:0203'), '203.0.113.7'],
    ['with a port', xff('203.0.113.7:51234'), '203.0.113.7'],
    [
      'a hop that is no address ends the walk: nobody knows who wrote what lies beyond',
      xff('203.0.113.7, unknown'),
      null,
    ],
    ['an empty hop', xff('203.0.113.7,, 10.0.0.1'), null],
    ['a legacy spelling', xff('010.0.0.1'), null],
    ['a zone', xff('fe80::1%eth0'), null],
    [
      'other headers are not read',
      [['cf-connecting-ip', '6.6.6.6'], ['x-real-ip', '6.6.6.6'], ['forwarded', 'for=6.6.6.6'], ...xff('203.0.113.7')],
      '203.0.113.7',
    ],
  ])('%s', async (_name, lines, expected) => {
    expect(await site.seenFrom(lines)).toBe(expected);
  });
});

describe('forwarded (RFC 7239) from a trusted proxy', () => {
  const site = useSite({
    KEYWARD_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8',
    KEYWARD_CLIENT_ADDRESS_HEADER: 'forwarded',
  });
  const forwarded = (...values: string[]): Lines => values.map((value) => ['forwarded', value] as const);
  test.each<[string, Lines, string | null]>([
    ['its client', forwarded('for=203.0.113.7'), '203.0.113.7'],
    ['with other parts, quotes and a port', forwarded('proto=https;for="203.0.113.7:4711";by=10.0.0.1'), '203.0.113.7'],
    ['IPv6 in brackets', forwarded('for="[2001:db8::7]:4711"'), '2001:db8::7'],
    ['the nearest untrusted', forwarded('for=6.6.6.6, for=203.0.113.7', 'for=10.0.0.3'), '203.0.113.7'],
    ['an obfuscated hop', forwarded('for=203.0.113.7, for=_hidden'), null],
    ['half a quote hides nothing', forwarded('for="6.6.6.6, for=203.0.113.7'), null],
    ['x-forwarded-for is not read', [...xff('6.6.6.6'), ...forwarded('for=203.0.113.7')], '203.0.113.7'],
  ])('%s', async (_name, lines, expected) => {
    expect(await site.seenFrom(lines)).toBe(expected);
  });
});

describe('a header that holds one address, from a trusted proxy', () => {
  const site = useSite({ KEYWARD_TRUSTED_PROXIES: '127.0.0.1', KEYWARD_CLIENT_ADDRESS_HEADER: 'cf-connecting-ip' });
  test.each<[string, Lines, string | null]>([
    ['its client', [['CF-Connecting-IP', '203.0.113.7']], '203.0.113.7'],
    ['a list is no address', [['cf-connecting-ip', '203.0.113.7, 6.6.6.6']], null],
    [
      'sent twice, nobody can tell which one the proxy wrote',
      [
        ['cf-connecting-ip', '6.6.6.6'],
        ['cf-connecting-ip', '203.0.113.7'],
      ],
      null,
    ],
    ['x-forwarded-for is not read', [...xff('6.6.6.6'), ['cf-connecting-ip', '203.0.113.7']], '203.0.113.7'],
  ])('%s', async (_name, lines, expected) => {
    expect(await site.seenFrom(lines)).toBe(expected);
  });
});

describe('on a socket for both families', () => {
  const site = useSite({ HOST: '::', KEYWARD_TRUSTED_PROXIES: '10.0.0.0/8' });
  test('an IPv4 peer is its IPv4 address, not ::ffff:127.0.0.1', async () => {
    expect(await site.seenFrom(xff('10.0.0.1'))).toBe('127.0.0.1');
  });
  test.each(HAS_IPV6 ? ['an IPv6 peer is its IPv6 address'] : [])('%s', async () => {
    expect(await site.seenFrom(xff('10.0.0.1'), '[::1]')).toBe('::1');
  });
});

describe('a key’s lists, end to end', () => {
  let app: TestApp;
  let projectId: string;
  beforeAll(async () => {
    app = await startTestApp({ env: { HOST: '::', KEYWARD_TRUSTED_PROXIES: '127.0.0.1, ::1' } });
    projectId = (await app.api<{ data: { id: string }[] }>('GET', '/projects')).body.data[0]!.id;
  });
  afterAll(() => app.remove());

  /** What a key with these lists answers to a client at each address. */
  async function statuses(
    lists: { ipAllow?: string[]; ipDeny?: string[] },
    addresses: readonly string[],
  ): Promise<Record<string, number>> {
    const { value } = await made(app, `/projects/${projectId}/keys`, {
      name: 'listed',
      scope: { mode: 'all' },
      ...lists,
    });
    const answers = await Promise.all(
      addresses.map((address) => send(`${app.url}/v1/models`, { lines: [['x-api-key', value], ...xff(address)] })),
    );
    return Object.fromEntries(addresses.map((address, at) => [address, answers[at]!.status]));
  }

  test('T22 A16 a network admits its addresses and no other; one address admits itself', async () => {
    expect(
      await statuses({ ipAllow: ['10.0.0.0/24'] }, [
        '10.0.0.5',
        '10.0.0.255',
        '10.0.1.0',
        '::ffff:10.0.0.5',
        '::10.0.0.5',
        '64:ff9b::a00:5',
      ]),
    ).toEqual({
      '10.0.0.5': 200,
      '10.0.0.255': 200,
      '10.0.1.0': 403,
      '::ffff:10.0.0.5': 200,
      '::10.0.0.5': 403,
      '64:ff9b::a00:5': 403,
    });
    expect(await statuses({ ipAllow: ['10.0.0.5/32'] }, ['10.0.0.5', '10.0.0.6'])).toEqual({
      '10.0.0.5': 200,
      '10.0.0.6': 403,
    });
  });

  test('0.0.0.0/0 admits no IPv6 address, nor ::/0 an IPv4 one; as a deny list each refuses its own family', async () => {
    const both = ['203.0.113.7', '2001:db8::7'] as const;
    expect(await statuses({ ipAllow: ['0.0.0.0/0'] }, both)).toEqual({ '203.0.113.7': 200, '2001:db8::7': 403 });
    expect(await statuses({ ipAllow: ['::/0'] }, both)).toEqual({ '203.0.113.7': 403, '2001:db8::7': 200 });
    expect(await statuses({ ipDeny: ['0.0.0.0/0'] }, both)).toEqual({ '203.0.113.7': 403, '2001:db8::7': 200 });
    expect(await statuses({ ipAllow: ['0.0.0.0/0', '::/0'] }, both)).toEqual({
      '203.0.113.7': 200,
      '2001:db8::7': 200,
    });
  });

  test('an entry written as ::ffff: holds for the IPv4 address', async () => {
    expect(await statuses({ ipAllow: ['::ffff:10.0.0.0/120'] }, ['10.0.0.5', '10.0.1.5'])).toEqual({
      '10.0.0.5': 200,
      '10.0.1.5': 403,
    });
  });

  test('where the address cannot be told, any list refuses', async () => {
    expect(await statuses({ ipAllow: ['0.0.0.0/0', '::/0'] }, ['unknown', '203.0.113.7, _hidden'])).toEqual({
      unknown: 403,
      '203.0.113.7, _hidden': 403,
    });
    expect(await statuses({ ipDeny: ['10.0.0.1'] }, ['unknown'])).toEqual({ unknown: 403 });
    expect(await statuses({}, ['unknown'])).toEqual({ unknown: 200 });
  });
});
