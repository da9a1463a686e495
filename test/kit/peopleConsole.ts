import { startConsole, type TestConsole } from './browser.ts';
import { freePort, startProvider, type TestProvider } from './identityProvider.ts';

/** A console that people come to in every way there is: with a password, a passkey, or by an identity provider, Acme. */
export interface PeopleConsole extends TestConsole {
  readonly provider: TestProvider;
  /** How far the server’s clock is ahead of the browser’s and the provider’s. */
  aheadMs: number;
}

export async function startPeopleConsole(): Promise<PeopleConsole> {
  const port = await freePort();
  // Passkeys are bound to a name, which an address is none.
  const publicUrl = `http://localhost:${port}`;
  const provider = await startProvider(`${publicUrl}/api/v1/auth/oidc/callback`);
  const env = {
    PORT: String(port),
    KEYWARD_PUBLIC_URL: publicUrl,
    ...provider.settings,
    KEYWARD_OIDC_EMAILS: 'oidc.test',
  };
  const ahead = { aheadMs: 0 };
  const console = await startConsole(env, { clock: () => Date.now() + ahead.aheadMs });
  return Object.assign(ahead, console, {
    provider,
    async close() {
      await console.close();
      await provider.stop();
    },
  });
}
