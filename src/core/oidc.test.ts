import { describe, expect, test } from 'vitest';
import { admits, covers, isPrivateAddress, type ProvedIdentity } from './oidc.ts';

const proved = (email: string | null, emailVerified = true): ProvedIdentity => ({
  issuer: 'https://id.example',
  subject: '1',
  email,
  emailVerified,
  name: null,
  authenticatedAtMs: null,
});
const only = (...emails: string[]) => ({ emails, newcomers: false });

describe('Z16 who may come by the identity provider', () => {
  test('everybody where nothing is named', () => {
    expect(admits(only(), proved(null, false))).toBe(true);
  });

  test('an e-mail, or all of a domain, in whatever case', () => {
    expect(admits(only('example.com'), proved('Li.Wei@Example.COM'))).toBe(true);
    expect(admits(only('li@other.org'), proved('li@other.org'))).toBe(true);
  });

  test.each([
    ['another domain', 'li@other.org'],
    ['a domain that ends in it', 'li@evil-example.com'],
    ['a host below it', 'li@mail.example.com'],
    ['the domain before the last @', 'li@example.com@evil.org'],
    ['no e-mail', null],
  ])('not %s', (_, email) => {
    expect(admits(only('example.com'), proved(email))).toBe(false);
  });

  test('not with an e-mail that is not verified', () => {
    expect(admits(only('example.com'), proved('li@example.com', false))).toBe(false);
  });
});

describe('Z16 whose e-mails are for the provider to say', () => {
  test('those of the named, in whatever case, and all where none are named', () => {
    const named = only('example.com', 'li@other.org');
    const found = ['Li@Example.COM ', 'LI@other.org', 'al@other.org', 'li@mail.example.com'];
    expect(found.map((email) => covers(named, email))).toEqual([true, true, false, false]);
    expect(covers(only(), 'li@other.org')).toBe(true);
  });
});

describe('Z16 the provider is asked over https, or on this machine', () => {
  test.each(['https://id.example', 'http://127.0.0.1:9', 'http://localhost', 'http://[::1]:80', 'http://127.9.9.9'])(
    '%s',
    (url) => expect(isPrivateAddress(new URL(url))).toBe(true),
  );
  test.each(['http://id.example', 'http://127.0.0.1.evil.org', 'http://localhost.evil.org', 'ftp://localhost'])(
    'not %s',
    (url) => expect(isPrivateAddress(new URL(url))).toBe(false),
  );
});
