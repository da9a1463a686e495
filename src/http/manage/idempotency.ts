import type { FastifyRequest } from 'fastify';
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

/** Whether a route keeps what it made under a token, and answers it again. */
export function takesIdempotencyKey({
  method,
  url,
}: {
  readonly method: unknown;
  readonly url?: string | undefined;
}): boolean {
  return method === 'POST' && url !== undefined && /\/(?:keys|temporary-keys|projects)$/.test(url);
}

/** Refuses the header where something would be made a second time in spite of it. */
export async function refuseIdempotencyKey({ headers, method, routeOptions }: FastifyRequest): Promise<void> {
  const { url, schema } = routeOptions;
  const creates = method === 'POST' && Object.hasOwn(schema?.response ?? {}, '201');
  if (headers['idempotency-key'] === undefined || !creates || takesIdempotencyKey({ method, url })) return;
  throw new Fault(
    'invalid_request',
    'Only the creation of keys and projects takes an Idempotency-Key. Leave it out, and before sending this again list what is there.',
  );
}
