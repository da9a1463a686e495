import { afterAll, beforeAll, expect, test } from 'vitest';
import { startConsole, type TestConsole } from '../kit/browser.ts';
import { freePort, startProvider, type TestProvider } from '../kit/identityProvider.ts';

let provider: TestProvider;
let console: TestConsole;

beforeAll(async () => {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  provider = await startProvider(`${publicUrl}/api/v1/auth/oidc/callback`);
  console = await startConsole({
    PORT: String(port),
    KEYWARD_PUBLIC_URL: publicUrl,
    KEYWARD_OIDC_ISSUER: provider.issuer,
    KEYWARD_OIDC_CLIENT_ID: provider.clientId,
    KEYWARD_OIDC_CLIENT_SECRET: provider.clientSecret,
    KEYWARD_OIDC_NAME: 'Acme',
    KEYWARD_OIDC_EMAILS: 'oidc.test',
  });
  provider.users.set('li', { email: 'li@oidc.test', email_verified: true, name: 'Li Wei' });
  provider.users.set('eve', { email: 'eve@oidc.test', email_verified: false });
  await console.app.api('POST', '/people', { email: 'li@oidc.test', name: 'Li Wei' });
});
afterAll(async () => {
  await console.close();
  await provider.stop();
});

test('V01 somebody signs in with the identity provider and comes back to where they were going', async () => {
  const { page, faults } = await console.open();
  provider.who = 'li';
  await page.goto('/keys/key_nothing');
  await page.getByRole('button', { name: 'Sign in with Acme' }).click();
  await page.getByText('It does not exist, or it is not yours to see.').waitFor();
  expect(new URL(page.url()).pathname + new URL(page.url()).hash).toBe('/keys/key_nothing');
  expect(faults).toEqual([]);
});

test('who is refused there or here is told so, and can still use a password', async () => {
  for (const who of [null, 'eve']) {
    const { page } = await console.open();
    provider.who = who;
    await page.goto('/sign-in');
    await page.getByRole('button', { name: 'Sign in with Acme' }).click();
    await page.getByText('was not accepted').waitFor();
    expect(await page.getByLabel('E-mail').isEnabled()).toBe(true);
  }
});
