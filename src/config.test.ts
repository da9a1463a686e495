import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

test('an https address is one in whatever case it is written', () => {
  const read = readConfig({ KEYWARD_PUBLIC_URL: 'HTTPS://Keyward.Example:443/keys/' });
  expect(read).toMatchObject({ ok: true, config: { KEYWARD_PUBLIC_URL: 'https://keyward.example/keys' } });
});

test('an administrator is refused whose e-mail sign-in would refuse', () => {
  for (const email of ['root@localhost', 'a b@example.com', `${'a'.repeat(250)}@example.com`])
    expect(readConfig({ KEYWARD_ADMIN_EMAIL: email })).toMatchObject({
      ok: false,
      faults: [expect.stringMatching(/^KEYWARD_ADMIN_EMAIL must be an e-mail address as sign-in takes it/) as string],
    });
  expect(readConfig({ KEYWARD_ADMIN_EMAIL: 'Boss@example.com' })).toMatchObject({ ok: true });
});
