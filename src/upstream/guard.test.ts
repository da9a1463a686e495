import * as dns from 'node:dns';
import { beforeEach, expect, test, vi } from 'vitest';
import { guardedLookup, refuseHost } from './guard.ts';

vi.mock('node:dns', () => ({ lookup: vi.fn<() => void>() }));

let found: { address: string; family: number }[] = [];
beforeEach(() => {
  vi.mocked(dns.lookup).mockImplementation(((
    _name: string,
    _options: object,
    done: (error: null, all: typeof found) => void,
  ) => done(null, found)) as never);
});

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
