import type { IncomingMessage } from 'node:http';
import { isPair, pairOf } from '../core/clusterUser.ts';
import { deny, type Denial } from '../core/denial.ts';
import { clientAddress, type AddressSet } from '../core/network.ts';

/** Query parameters that APIs have used for keys. The value never matters: a key does not belong there (ASVS 14.2.1). */
const KEY_PARAMETERS = new Set(['key', 'api_key', 'apikey', 'api-key', 'x-api-key', 'access_token']);

/**
 * What a door is to. At those of services the query is the service's own, so that only values of keys are told in it,
 * and user names and passwords are presented beside keys.
 */
export type DoorKind = 'own' | 'service';

/**
 * The key a request presents, or `user:password` where that is taken: null when none; a denial when it stands in the
 * address, when two differ (RFC 6750 §2) or when what stands there is neither. Every header line counts: Node keeps only the first of two
 * `Authorization` lines, and a proxy in front may have looked at the second.
 */
export function presentedKey(
  request: Pick<IncomingMessage, 'rawHeaders'>,
  query: string,
  keyPrefix: string,
  kind: DoorKind = 'own',
): string | null | Denial {
  if (query !== '' && keyInQuery(query, keyPrefix, kind)) return deny('api_key_in_query');
  const { rawHeaders } = request;
  let presented: string | null = null;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const value = credentialIn(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '', kind);
    if (value === null || value === presented) continue;
    if (presented !== null) return deny('conflicting_api_keys');
    presented = value;
  }
  return presented === NO_BEARER ? deny('invalid_api_key', NO_CREDENTIAL[kind]) : presented;
}

const NO_CREDENTIAL: Record<DoorKind, string> = {
  own: 'The Authorization header holds no bearer token. Send the key as `Authorization: Bearer <key>`.',
  service:
    'The Authorization header holds no credential. Send a key as `Authorization: Bearer <key>`, or a user as Basic or `Bearer user:password`.',
};

/** Stands for an `Authorization` that is no bearer token; no header value holds a line break. */
const NO_BEARER = '\n';

/** The credential of a header line; null when it holds none. The length comes first: this runs on every line of every request. */
function credentialIn(name: string, value: string, kind: DoorKind): string | null {
  switch (name.length) {
    case 13:
      if (name.toLowerCase() !== 'authorization') return null;
      return (kind === 'service' ? pair(value) : null) ?? bearer(value);
    case 9:
      return name.toLowerCase() === 'x-api-key' ? value.trim() || null : null;
    case 14:
      return name.toLowerCase() === 'x-goog-api-key' ? value.trim() || null : null;
    default:
      return null;
  }
}

/**
 * The scheme's name is case-insensitive (RFC 9110 §11.1); a bare value without a scheme is not a credential. A scheme
 * with nothing behind it is what `Bearer $KEY` becomes when the variable is not set: no key was given.
 */
function bearer(value: string): string | null {
  if (value === '' || /^bearer *$/i.test(value)) return null;
  return /^bearer +(\S+) *$/i.exec(value)?.[1] ?? NO_BEARER;
}

/**
 * `user:password` of a header line; null where it holds none. A header's bytes come as Latin-1, and are read as UTF-8
 * (RFC 7617 §2.1). Behind Bearer a password may hold spaces, which a token may not.
 */
function pair(value: string): string | null {
  const basic = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(value)?.[1];
  const bytes =
    basic === undefined
      ? Buffer.from(/^bearer +([A-Za-z0-9._-]{1,64}:.*)$/i.exec(value)?.[1] ?? '', 'latin1')
      : Buffer.from(basic, 'base64');
  const text = bytes.toString();
  return isPair(text) ? text : null;
}

/** What must stand nowhere else in a request that presents it: a key, or a password, also in the form Basic gives it. */
export function secretsIn(value: string): readonly string[] {
  if (!isPair(value)) return [value];
  const { password } = pairOf(value);
  return password === '' ? [] : [password, Buffer.from(value).toString('base64')];
}

function keyInQuery(query: string, keyPrefix: string, kind: DoorKind): boolean {
  for (const [name, value] of new URLSearchParams(query)) {
    if (kind === 'own' && KEY_PARAMETERS.has(name.toLowerCase())) return true;
    if (holdsKey(value, keyPrefix) || holdsKey(name, keyPrefix)) return true;
  }
  return false;
}

/** So much of a key, behind its prefix, is no word that somebody searches for. */
const TELLTALE = /^[0-9A-Za-z]{16}/;

/** Whether a text holds what may be a key, whole or cut off, on its own or within (`Bearer …`). */
function holdsKey(text: string, keyPrefix: string): boolean {
  for (let at = text.indexOf(keyPrefix); at !== -1; at = text.indexOf(keyPrefix, at + 1)) {
    if (TELLTALE.test(text.slice(at + keyPrefix.length))) return true;
  }
  return false;
}

/** Whose word is taken about where a client is. */
export interface ProxyTrust {
  readonly trusted: AddressSet | null;
  readonly header: string;
}

/** The client's canonical address; null when it cannot be told. */
export function addressOf(request: IncomingMessage, trust: ProxyTrust): string | null {
  const peer = request.socket.remoteAddress;
  return clientAddress(peer, trust.trusted === null ? [] : linesOf(request, trust.header), trust.trusted, trust.header);
}

/**
 * The canonical address of a trusted proxy's client, by what the proxy says in the header and not by the proxy's own
 * address: one that says nothing has not been told to, and its address must neither pass nor be refused as the client's.
 */
export function addressBehind(request: IncomingMessage, trust: ProxyTrust): string | null {
  return linesOf(request, trust.header).length === 0 ? null : addressOf(request, trust);
}

/** Every line of a header, in order: Node joins some and keeps only the first of others. */
function linesOf(request: IncomingMessage, name: string): string[] {
  return request.headersDistinct[name] ?? [];
}
