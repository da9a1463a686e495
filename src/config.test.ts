import { describe, expect, test } from 'vitest';
import { readConfig, regionsOf } from './config.ts';
import { oidcOf } from './core/oidcSettings.ts';

test('an https address is one in whatever case it is written', () => {
  const read = readConfig({ KEYWARD_PUBLIC_URL: 'HTTPS://Keyward.Example:443/keys/' });
  expect(read).toMatchObject({ ok: true, config: { KEYWARD_PUBLIC_URL: 'https://keyward.example/keys' } });
});

test('T19 the regions are those listed, each with its address, and the node’s own is one of them', () => {
  const list = 'eu-1=https://eu.example.com/, us-1=http://us.example:8080';
  const read = readConfig({ KEYWARD_REGION: 'us-1', KEYWARD_REGIONS: list });
  expect(read.ok && regionsOf(read.config)).toEqual({
    own: 'us-1',
    all: [
      { id: 'eu-1', baseUrl: 'https://eu.example.com' },
      { id: 'us-1', baseUrl: 'http://us.example:8080' },
    ],
    publicUrl: null,
  });
  const none = readConfig({});
  expect(none.ok && regionsOf(none.config)).toEqual({ own: null, all: [], publicUrl: null });
});

test.each([
  [{ KEYWARD_REGION: 'eu-1' }, 'KEYWARD_REGIONS must list the region of KEYWARD_REGION and its address.'],
  [{ KEYWARD_REGIONS: 'eu-1=https://a.example' }, 'KEYWARD_REGION must be one of KEYWARD_REGIONS: eu-1.'],
  [
    { KEYWARD_REGION: 'us-1', KEYWARD_REGIONS: 'eu-1=https://a.example' },
    'KEYWARD_REGION must be one of KEYWARD_REGIONS: eu-1.',
  ],
  [{ KEYWARD_REGION: 'EU 1' }, 'KEYWARD_REGION must be 1 to 32'],
  [{ KEYWARD_REGION: 'a', KEYWARD_REGIONS: 'a' }, 'KEYWARD_REGIONS must be a list of name=address'],
  [{ KEYWARD_REGION: 'a', KEYWARD_REGIONS: 'a=ftp://x' }, 'KEYWARD_REGIONS must be an http or https address'],
  [{ KEYWARD_REGION: 'a', KEYWARD_REGIONS: 'a=http://me:hush@x' }, 'KEYWARD_REGIONS must be an http or https address'],
  [{ KEYWARD_REGION: 'a', KEYWARD_REGIONS: 'a=http://x,a=http://y' }, 'KEYWARD_REGIONS must name each region once'],
])('T19 a server is not started with %j', (environment, fault) => {
  expect(readConfig(environment)).toMatchObject({ ok: false, faults: [expect.stringContaining(fault) as string] });
});

test('A19 the line that exports the value of a key stops neither the server nor the command line', () => {
  expect(readConfig({ KEYWARD_KEY: 'kw_of-an-application' })).toMatchObject({ ok: true });
  expect(readConfig({ KEYWARD_KEYS: 'kw_of-an-application' })).toEqual({
    ok: false,
    faults: ['KEYWARD_KEYS is not a setting of Keyward. See docs/reference/settings.md.'],
  });
});

test.each([
  { KEYWARD_PUBLIC_URL: 'https://me:hush@keyward.example' },
  { KEYWARD_PUBLIC_URL: 'https://me@keyward.example' },
])('X03 an address that would show a user name or a password is refused, and not repeated: %j', (environment) => {
  const read = readConfig(environment);
  expect(read).toMatchObject({ ok: false, faults: [expect.stringContaining('without user name and password')] });
  expect(JSON.stringify(read)).not.toMatch(/me:|me@|hush/);
});

test('an administrator is refused whose e-mail sign-in would refuse', () => {
  for (const email of ['root@localhost', 'a b@example.com', `${'a'.repeat(250)}@example.com`])
    expect(readConfig({ KEYWARD_ADMIN_EMAIL: email })).toMatchObject({
      ok: false,
      faults: [expect.stringMatching(/^KEYWARD_ADMIN_EMAIL must be an e-mail address as sign-in takes it/) as string],
    });
  expect(readConfig({ KEYWARD_ADMIN_EMAIL: 'Boss@example.com' })).toMatchObject({ ok: true });
});

describe('Z16 an identity provider is named with all it needs, or not at all', () => {
  const whole = {
    KEYWARD_PUBLIC_URL: 'https://keys.example.com/',
    KEYWARD_OIDC_ISSUER: 'https://id.example.com/realms/acme',
    KEYWARD_OIDC_CLIENT_ID: 'keyward',
    KEYWARD_OIDC_CLIENT_SECRET: 'not-to-be-shown',
  };
  const faults = (environment: Record<string, string>): string[] => {
    const read = readConfig(environment);
    return read.ok ? [] : read.faults;
  };

  test('as it is to be asked', () => {
    const read = readConfig({ ...whole, KEYWARD_OIDC_EMAILS: ' Example.com, li@other.org ' });
    expect(read.ok && oidcOf(read.config)).toEqual({
      issuer: 'https://id.example.com/realms/acme',
      clientId: 'keyward',
      clientSecret: 'not-to-be-shown',
      redirectUri: 'https://keys.example.com/api/v1/auth/oidc/callback',
      name: 'Single sign-on',
      rules: { emails: ['example.com', 'li@other.org'], newcomers: false },
      allowMetadata: false,
    });
    const none = readConfig({});
    expect(none.ok && oidcOf(none.config)).toBeNull();
  });

  test.each(['KEYWARD_PUBLIC_URL', 'KEYWARD_OIDC_CLIENT_ID', 'KEYWARD_OIDC_CLIENT_SECRET'])(
    'not without %s',
    (name) => {
      expect(faults({ ...whole, [name]: '' })).toEqual([`KEYWARD_OIDC_ISSUER needs ${name}.`]);
    },
  );

  test('not in part, and not open to everybody the provider knows', () => {
    expect(faults({ KEYWARD_OIDC_CLIENT_SECRET: 'not-to-be-shown' })).toEqual([
      'KEYWARD_OIDC_CLIENT_SECRET needs KEYWARD_OIDC_ISSUER.',
    ]);
    expect(faults({ ...whole, KEYWARD_OIDC_NEWCOMERS: 'yes' })).toHaveLength(1);
    expect(faults({ ...whole, KEYWARD_OIDC_NEWCOMERS: 'yes', KEYWARD_OIDC_EMAILS: 'example.com' })).toEqual([]);
    expect(faults({ ...whole, KEYWARD_OIDC_EMAILS: 'example' })).toHaveLength(1);
  });

  test.each([
    'http://id.example.com',
    'id.example.com',
    'https://user:password@id.example.com',
    'https://id.example.com?x=1',
  ])('not as %s', (issuer) =>
    expect(faults({ ...whole, KEYWARD_OIDC_ISSUER: issuer }).join()).toContain('KEYWARD_OIDC_ISSUER must be'),
  );
});
