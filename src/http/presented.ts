import type { IncomingMessage } from 'node:http';
import { deny, type Denial } from '../core/denial.ts';
import { clientAddress, type AddressSet } from '../core/network.ts';

/** Query parameters that APIs have used for keys. The value never matters: a key does not belong there (ASVS 14.2.1). */
const KEY_PARAMETERS = new Set(['key', 'api_key', 'apikey', 'api-key', 'x-api-key', 'access_token']);

/**
 * The key a request presents: null when none; a denial when it stands in the address, when two differ (RFC 6750 §2)
 * or when what stands there is no key of any kind. Every header line counts: Node keeps only the first of two
 * `Authorization` lines, and a proxy in front may have looked at the second.
 */
export function presentedKey(
  request: Pick<IncomingMessage, 'rawHeaders'>,
  query: string,
  keyPrefix: string,
  queryNames: 'any' | 'values' = 'any',
): string | null | Denial {
  if (query !== '' && keyInQuery(query, keyPrefix, queryNames)) return deny('api_key_in_query');
  const { rawHeaders } = request;
  let presented: string | null = null;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const value = credentialIn(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
    if (value === null || value === presented) continue;
    if (presented !== null) return deny('conflicting_api_keys');
    presented = value;
  }
  return presented === NO_BEARER
    ? deny(
        'invalid_api_key',
        'The Authorization header holds no bearer token. Send the key as `Authorization: Bearer <key>`.',
      )
    : presented;
}

/** Stands for an `Authorization` that is no bearer token; no header value holds a line break. */
const NO_BEARER = '\n';

/** The credential of a header line; null when it holds none. The length comes first: this runs on every line of every request. */
function credentialIn(name: string, value: string): string | null {
  switch (name.length) {
    case 13:
      return name.toLowerCase() === 'authorization' ? bearer(value) : null;
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

function keyInQuery(query: string, keyPrefix: string, names: 'any' | 'values'): boolean {
  for (const [name, value] of new URLSearchParams(query)) {
    if (names === 'any' && KEY_PARAMETERS.has(name.toLowerCase())) return true;
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
