import { expect, test } from 'vitest';
import { readConfig } from '../../config.ts';
import { withoutSecrets } from './finding.ts';
import { checkClock, checkNode } from './machine.ts';
import { serverAddress } from './server.ts';
import { checkProxies } from './settings.ts';

function settings(environment: Record<string, string>) {
  const read = readConfig(environment);
  if (!read.ok) throw new Error(read.faults.join());
  return read.config;
}

test('proxies that cover most of the internet are warned about, ordinary ones are not', () => {
  const outcome = (proxies: string) => {
    const environment = { KEYWARD_TRUSTED_PROXIES: proxies };
    return checkProxies(settings(environment), environment).outcome;
  };
  for (const broad of ['0.0.0.0/0', '::/0', '0.0.0.0/1,128.0.0.0/1', '10.0.0.0/8, 2000::/3'])
    expect([broad, outcome(broad)]).toEqual([broad, 'warning']);
  for (const fine of ['', '10.0.0.0/8', '127.0.0.1', '2001:db8::/32', '172.16.0.0/12,::1'])
    expect([fine, outcome(fine)]).toEqual([fine, 'ok']);
});

test('a public https address without a trusted proxy is warned about', () => {
  const environment = { KEYWARD_PUBLIC_URL: 'https://keys.example.com' };
  expect(checkProxies(settings(environment), environment).outcome).toBe('warning');
});

test('an old Node and an impossible clock are failures', () => {
  expect(checkNode('20.11.1').outcome).toBe('failed');
  expect(checkNode('26.0.0').outcome).toBe('ok');
  expect(checkClock(Date.parse('1970-01-02T00:00:00Z')).outcome).toBe('failed');
});

test('D07: no secret setting survives in a text, nor the password of a database address', () => {
  const environment = {
    DATABASE_URL: 'postgres://kw:pass%2Fword@db/keyward',
    KEYWARD_ROOT_KEY: 'r'.repeat(32),
    HOST: 'db',
  };
  const text = `cannot open postgres://kw:pass%2Fword@db/keyward as kw with pass/word or pass%2Fword, ${'r'.repeat(32)}`;
  expect(withoutSecrets(text, environment)).toBe('cannot open *** as kw with *** or ***, ***');
});

test('the address of the server is what was given, else where its settings say', () => {
  expect(serverAddress(settings({ HOST: '0.0.0.0', PORT: '81' }), undefined, false)).toBe('http://127.0.0.1:81');
  expect(serverAddress(settings({ HOST: '::1', PORT: '81' }), undefined, false)).toBe('http://[::1]:81');
  expect(serverAddress(settings({ KEYWARD_URL: 'http://a' }), undefined, true)).toBe('http://a');
  expect(serverAddress(settings({ KEYWARD_URL: 'http://a' }), 'http://b', true)).toBe('http://b');
});
