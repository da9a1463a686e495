import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Fault } from '../../core/fault.ts';

/** The cookies of people. Over https their names begin with `__Host-`, so that no other host of the domain can set them. */
export interface CookieNames {
  readonly session: string;
  /** Between the password and the second factor. */
  readonly twoFactor: string;
  /** Between a passkey's challenge and its answer. */
  readonly passkey: string;
  /** While somebody is at the identity provider. */
  readonly oidc: string;
  /** Marks a device that has signed in before, so that strangers’ failures do not slow it down. */
  readonly device: string;
  readonly secure: boolean;
}

export function cookieNames(publicUrl: string | null): CookieNames {
  const secure = publicUrl?.startsWith('https:') ?? false;
  const name = (suffix: string): string => `${secure ? '__Host-' : ''}keyward${suffix}`;
  return {
    session: name(''),
    twoFactor: name('-second-factor'),
    passkey: name('-passkey'),
    oidc: name('-oidc'),
    device: name('-device'),
    secure,
  };
}

/** The header a page adds to what it changes. No form and no page of another origin can add it without being asked first (CORS). */
export const CSRF_HEADER = 'x-keyward-csrf';

/** A cookie's value as it was set; null when there is none. */
export function cookieOf(headers: IncomingHttpHeaders, name: string): string | null {
  for (const part of (headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at < 0 || part.slice(0, at).trim() !== name) continue;
    try {
      return decodeURIComponent(part.slice(at + 1).trim());
    } catch {
      return null;
    }
  }
  return null;
}

/** What the library signs cookies under. */
export function cookieSecret(tokenKey: Uint8Array): string {
  return createHmac('sha256', tokenKey).update('keyward sign-in').digest('base64url');
}

/** What recovery codes are hashed under, unless the store keeps another key for that. */
export function recoveryKeyOf(tokenKey: Uint8Array): Uint8Array {
  return createHmac('sha256', tokenKey).update('keyward recovery codes').digest();
}

/** The token of a session cookie, whose value is `token.signature` (better-auth); null where we did not sign it. */
export function sessionTokenOf(headers: IncomingHttpHeaders, names: CookieNames, secret: string): string | null {
  const value = cookieOf(headers, names.session);
  if (value === null || value.length > 400) return null;
  const at = value.lastIndexOf('.');
  const token = value.slice(0, Math.max(0, at));
  const expected = Buffer.from(createHmac('sha256', secret).update(token).digest('base64'));
  const given = Buffer.from(value.slice(at + 1));
  return given.length === expected.length && timingSafeEqual(given, expected) ? token : null;
}

/** A `set-cookie` line of ours. */
export function setCookie(names: CookieNames, name: string, value: string, maxAgeSeconds: number): string {
  const secure = names.secure ? '; Secure' : '';
  return `${name}=${encodeURIComponent(value)}; Max-Age=${maxAgeSeconds}; Path=/; HttpOnly; SameSite=Lax${secure}`;
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what another site made a browser send: changes need the header, JSON where there is a body, and an origin that
 * is ours where the browser names one. `SameSite=Lax` alone leaves other hosts of the same site.
 */
export function refuseForeign(
  request: { readonly method: string; readonly headers: IncomingHttpHeaders },
  publicUrl: string | null,
): void {
  const { method, headers } = request;
  if (SAFE.has(method)) return;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new Fault('forbidden', 'This request comes from another site.');
  // Mostly a page of ours behind a proxy, opened at an address that we were not told of.
  if (headers.origin !== undefined && !isOwnOrigin(headers.origin, headers.host, publicUrl))
    throw new Fault(
      'forbidden',
      publicUrl === null ? NO_PUBLIC_URL : `Open this server at ${publicUrl}, or correct KEYWARD_PUBLIC_URL.`,
    );
  if (headers[CSRF_HEADER] !== '1')
    throw new Fault('forbidden', `A change made with the session cookie needs the header \`${CSRF_HEADER}: 1\`.`);
}

const NO_PUBLIC_URL =
  'This request comes from another address than it was sent to. Set KEYWARD_PUBLIC_URL to the address that people open.';

/** The public address, or else the address the request was sent to. */
function isOwnOrigin(origin: string, host: string | undefined, publicUrl: string | null): boolean {
  const url = URL.parse(origin);
  if (!url) return false;
  return publicUrl === null ? url.host === host : url.origin === new URL(publicUrl).origin;
}
