import { expect, test } from 'vitest';
import { readConfig, regionsOf } from './config.ts';

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
  [{ KEYWARD_REGION: 'a', KEYWARD_REGIONS: 'a=http://x,a=http://y' }, 'KEYWARD_REGIONS must name each region once'],
])('T19 a server is not started with %j', (environment, fault) => {
  expect(readConfig(environment)).toMatchObject({ ok: false, faults: [expect.stringContaining(fault) as string] });
});

test('an administrator is refused whose e-mail sign-in would refuse', () => {
  for (const email of ['root@localhost', 'a b@example.com', `${'a'.repeat(250)}@example.com`])
    expect(readConfig({ KEYWARD_ADMIN_EMAIL: email })).toMatchObject({
      ok: false,
      faults: [expect.stringMatching(/^KEYWARD_ADMIN_EMAIL must be an e-mail address as sign-in takes it/) as string],
    });
  expect(readConfig({ KEYWARD_ADMIN_EMAIL: 'Boss@example.com' })).toMatchObject({ ok: true });
});
