import type { IncomingHttpHeaders } from 'node:http';
import { secretPart } from '../core/credential.ts';
import type { Headers } from '../core/exchange.ts';

/**
 * What a model's provider is told of the client's request. A list of what passes, not of what does not: the provider
 * sees one tenant, the operator, so nothing that names or authenticates the client goes out. `idempotency-key` stays
 * behind too: two tenants' equal tokens would meet under the operator's one account.
 */
const TO_MODEL = ['content-type', 'accept', 'user-agent', 'anthropic-version', 'anthropic-beta', 'openai-beta'];

/** Per-connection headers, which end at each hop (RFC 9110 §7.6.1). */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'http2-settings',
];

/** What a service must not learn from a client, or must not believe from one. */
const NOT_TO_SERVICE = new Set([
  ...HOP_BY_HOP,
  'host',
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'cookie',
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-server',
  'x-forwarded-user',
  'x-forwarded-email',
  'x-real-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'x-client-ip',
  // The method and address that were decided about are those of the request line.
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-url',
  'x-rewrite-url',
]);

/** What a client must not get from an upstream: the connection's own, and what speaks of the operator's account there. */
const NOT_TO_CLIENT = new Set([
  ...HOP_BY_HOP,
  'set-cookie',
  'www-authenticate',
  'alt-svc',
  'strict-transport-security',
  'x-request-id',
  'request-id',
  'server',
  'via',
  'openai-organization',
  'openai-project',
  'anthropic-organization-id',
  'authorization',
  'x-api-key',
  'x-goog-api-key',
]);

/** The operator's limits at the provider are not the key's: they would mislead the client's back-off. */
const UPSTREAM_LIMITS = /^(x-ratelimit-|ratelimit|anthropic-ratelimit-|x-keyward-)/;

/** Headers for a model's provider, without the client's key wherever it stands. The answer is read on its way, so it is asked for uncompressed. */
export function toModel(headers: IncomingHttpHeaders, key: string): Headers {
  const result: Record<string, string | string[]> = { 'accept-encoding': 'identity' };
  for (const name of TO_MODEL) {
    const value = headers[name];
    if (value !== undefined && !holds(value, key)) result[name] = value;
  }
  return result;
}

/**
 * Headers for a service: all but the client's credential, wherever it stands, and what the client claims about itself,
 * plus who it is. Underscores count as hyphens, because many servers read them so.
 */
export function toService(
  headers: IncomingHttpHeaders,
  secrets: readonly string[],
  identity: Record<string, string>,
): Headers {
  const result: Record<string, string | string[] | undefined> = {};
  const named = connectionNamed(headers.connection);
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || NOT_TO_SERVICE.has(name) || named.has(name) || secrets.some((one) => holds(value, one)))
      continue;
    const read = name.replaceAll('_', '-');
    if (read.startsWith('x-keyward-') || (read !== name && NOT_TO_SERVICE.has(read))) continue;
    result[name] = value;
  }
  return Object.assign(result, identity);
}

/** Headers for the client. `rewritten`: the body's length and coding are no longer the upstream's. */
export function toClient(
  headers: Headers,
  credential: string | null,
  rewritten: boolean,
): Record<string, string | string[]> {
  const result: Record<string, string | string[]> = {};
  const secret = credential === null ? '' : secretPart(credential);
  const named = connectionNamed(headers['connection']);
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || NOT_TO_CLIENT.has(name) || named.has(name) || UPSTREAM_LIMITS.test(name)) continue;
    if (rewritten && (name === 'content-length' || name === 'content-encoding')) continue;
    if (secret !== '' && holds(value, secret)) continue;
    result[name] = value;
  }
  return result;
}

function holds(value: string | string[], secret: string): boolean {
  return typeof value === 'string' ? value.includes(secret) : value.some((one) => one.includes(secret));
}

const NONE: ReadonlySet<string> = new Set();

function connectionNamed(connection: string | string[] | undefined): ReadonlySet<string> {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return NONE;
  return new Set(
    String(connection)
      .split(',')
      .map((name) => name.trim().toLowerCase()),
  );
}
