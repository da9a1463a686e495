import type { LookupAddress } from 'node:dns';
import { expect, test, vi } from 'vitest';
import { guarding, refuseHost } from './guard.ts';
import { createWebhookGuard } from './webhookGuard.ts';

let found: LookupAddress[] = [];
const guardedLookup = guarding((_hostname, _options, done) => done(null, found));

test.each([
  '169.254.169.254',
  '169.254.0.1',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[fe80::1]',
  '[fd00:ec2::254]',
  '100.100.100.200',
  'metadata.google.internal',
  'METADATA.google.internal.',
  'metadata',
  ...['http://0xa9fea9fe/', 'http://2852039166/', 'http://0251.0376.0251.0376/', 'http://169.254.43518/'].map(
    (url) => new URL(url).hostname,
  ),
])('%s is a metadata address and refused', (host) => {
  expect(refuseHost(host)).toContain('KEYWARD_ALLOW_METADATA_ADDRESSES');
});

/** What leads to 169.254.169.254 by way of a translator or a tunnel. */
const CARRYING = [
  ['NAT64', '64:ff9b::a9fe:a9fe'],
  ['NAT64, dotted', '64:ff9b::169.254.169.254'],
  ['NAT64 of one network, /48', '64:ff9b:1:a9fe:a9:fe00::'],
  ['NAT64 of one network, /96', '64:ff9b:1::a9fe:a9fe'],
  ['NAT64 to another metadata address', '64:ff9b::100.100.100.200'],
  ['6to4', '2002:a9fe:a9fe::1'],
  ['IPv4-compatible', '::169.254.169.254'],
  ['IPv4-translated', '::ffff:0:169.254.169.254'],
  ['Teredo’s client', '2001:0:53aa:64c:0:0:5601:5601'],
  ['Teredo’s server', '2001:0:a9fe:a9fe::1'],
  ['ISATAP', 'fd00::5efe:169.254.169.254'],
  ['a zone', 'fe80::1%eth0'],
] as const;

test.each(CARRYING)(
  '%s (%s) leads to a metadata address, and neither upstreams nor webhooks go there',
  (_, address) => {
    expect(refuseHost(`[${address}]`)).toContain('KEYWARD_ALLOW_METADATA_ADDRESSES');
    for (const allowPrivate of [false, true])
      expect(createWebhookGuard({ allowPrivate, allowMetadata: false }).refuse(`[${address}]`)).not.toBeNull();
    expect(createWebhookGuard({ allowPrivate: true, allowMetadata: true }).refuse(`[${address}]`)).toBeNull();
  },
);

test.each(['64:ff9b::10.0.0.1', '64:ff9b::8.8.8.8', '2002:a00:1::1', '::10.0.0.1', '2001:db8::1'])(
  '%s carries none, and may be an upstream',
  (address) => expect(refuseHost(`[${address}]`)).toBeNull(),
);

test('a name that resolves to such an address is refused', () => {
  const done = vi.fn<(error: Error | null) => void>();
  found = [{ address: '64:ff9b::a9fe:a9fe', family: 6 }];
  guardedLookup('innocent.example', {}, done);
  expect(done).toHaveBeenLastCalledWith(expect.any(Error));
});

test.each(['127.0.0.1', 'localhost', '10.0.0.1', '192.168.1.1', '[::1]', '[fd00::1]', 'api.openai.com', '169.255.0.1'])(
  '%s may be an upstream: own model servers live at such',
  (host) => {
    expect(refuseHost(host)).toBeNull();
  },
);

test('a name that resolves to a metadata address, even beside others, is refused at the moment of connecting', () => {
  const done = vi.fn<(error: Error | null, address?: unknown, family?: number) => void>();
  found = [
    { address: '10.0.0.1', family: 4 },
    { address: '169.254.169.254', family: 4 },
  ];
  guardedLookup('innocent.example', { all: true }, done);
  expect(done).toHaveBeenLastCalledWith(expect.objectContaining({ message: 'the name resolves to a refused address' }));
  found = [{ address: '::ffff:169.254.169.254', family: 6 }];
  guardedLookup('innocent.example', {}, done);
  expect(done).toHaveBeenLastCalledWith(expect.any(Error));
  found = [
    { address: '10.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ];
  guardedLookup('innocent.example', { all: true }, done);
  expect(done).toHaveBeenLastCalledWith(null, found);
  guardedLookup('innocent.example', {}, done);
  expect(done).toHaveBeenLastCalledWith(null, '10.0.0.1', 4);
  found = [];
  guardedLookup('innocent.example', {}, done);
  expect(done).toHaveBeenLastCalledWith(expect.any(Error));
});
