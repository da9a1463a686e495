import { Fault } from '../../core/fault.ts';

/**
 * The token of an Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header-07: a quoted structured string,
 * RFC 9651 §4.2.5); null when there is none. Bare tokens are taken too, because most clients send them.
 */
export function idempotencyToken(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  const text = typeof header === 'string' ? header.trim() : '';
  const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(text)?.[1]?.replaceAll(/\\(.)/g, '$1');
  const token = quoted ?? (/^[\x21\x23-\x7e]+$/.test(text) ? text : '');
  if (token.length >= 1 && token.length <= 255) return token;
  throw new Fault(
    'invalid_request',
    'Idempotency-Key must be one quoted string of 1 to 255 printable ASCII characters, like "8e03978e-40d5".',
  );
}
