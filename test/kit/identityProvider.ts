import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Provider, type Context } from 'oidc-provider';

/** Somebody the provider knows. */
export interface ProviderUser {
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
}

/** A real OpenID Connect provider on loopback, whose log-in page is answered at once for whoever `who` names. */
export interface TestProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** How a Keyward is told of it, as Acme. */
  readonly settings: Readonly<Record<string, string>>;
  readonly users: Map<string, ProviderUser>;
  /** Who sits at the browser; null: they refuse. */
  who: string | null;
  /** What stands in the place of the ID token that the provider would give. */
  tamper: ((token: IdToken) => string) | null;
  /** Requests that reached it, as `POST /token`. */
  readonly asked: string[];
  /** Goes where the address leads, as a browser that keeps the provider’s cookies, until it is sent to another host. */
  visit(url: string, browser?: Map<string, string>): Promise<URL>;
  /** Takes it from the network, and gives it back. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface IdToken {
  readonly header: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
  /** Signs as the provider does. */
  readonly signed: (claims: object, header?: object, key?: KeyObject) => string;
}

export async function startProvider(redirectUri: string): Promise<TestProvider> {
  const server = createServer();
  await listening(server, 0);
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: 'test-key' };
  const [clientId, clientSecret] = ['keyward', 'secret-of-the-client-for-tests'];
  const users = new Map<string, ProviderUser>();

  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    jwks: { keys: [jwk] },
    cookies: { keys: ['a key of cookies for tests'] },
    claims: { email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context: Context, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_context: Context, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id, ...users.get(id) }),
    }),
    async loadExistingGrant({ oidc }: Context) {
      const { client, session } = oidc;
      const grant = new oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').replace(/\?.*/, '');
    made.asked.push(`${request.method} ${path}`);
    if (path.startsWith('/interaction/')) return void login(request, response);
    if (path === '/token' && made.tamper) swapIdToken(response, made.tamper, privateKey);
    answer(request, response);
  });

  async function login(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const result = made.who === null ? { error: 'access_denied' } : { login: { accountId: made.who } };
    await provider.interactionFinished(request, response, result as never, { mergeWithLastSubmission: false });
  }

  const made: TestProvider = {
    issuer,
    clientId,
    clientSecret,
    settings: {
      KEYWARD_OIDC_ISSUER: issuer,
      KEYWARD_OIDC_CLIENT_ID: clientId,
      KEYWARD_OIDC_CLIENT_SECRET: clientSecret,
      KEYWARD_OIDC_NAME: 'Acme',
    },
    users,
    who: null,
    tamper: null,
    asked: [],
    async visit(url, browser = new Map()) {
      let next = new URL(url);
      while (next.origin === issuer) {
        const cookie = [...browser].map(([name, value]) => `${name}=${value}`).join('; ');
        const response = await fetch(next, { redirect: 'manual', headers: { cookie } });
        for (const line of response.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          browser.set(name, value);
        }
        const location = response.headers.get('location');
        if (location === null) throw new Error(`the provider answered ${response.status}: ${await response.text()}`);
        next = new URL(location, next);
      }
      return next;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    start: () => listening(server, port),
  };
  return made;
}

function listening(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}

/** Catches the answer of the token endpoint on its way out. */
function swapIdToken(response: ServerResponse, tamper: (token: IdToken) => string, key: KeyObject): void {
  const end = response.end.bind(response) as (body: string) => ServerResponse;
  response.end = ((body: unknown) => {
    const answer = JSON.parse(String(body)) as { id_token?: string };
    const [header = '', claims = ''] = answer.id_token?.split('.') ?? [];
    if (claims !== '')
      answer.id_token = tamper({
        header: read(header),
        claims: read(claims),
        signed: (changed, changedHeader = read(header), by = key) => {
          const text = `${encoded(changedHeader)}.${encoded(changed)}`;
          return `${text}.${sign('sha256', Buffer.from(text), by).toString('base64url')}`;
        },
      });
    const text = JSON.stringify(answer);
    response.setHeader('content-length', Buffer.byteLength(text));
    return end(text);
  }) as typeof response.end;
}

function read(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
}

export function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** A free port, for a server that has to say its address before it listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await listening(server, 0);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
