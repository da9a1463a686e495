/**
 * The one table of refusals. A denial is an expected no: it is returned, never thrown, and carries nothing the
 * caller did not already know. Statuses are those of the gateway; other doors map them (http/respond).
 */
export const DENIALS = {
  missing_api_key: {
    status: 401,
    says: 'No API key was given. Send it as `Authorization: Bearer <key>` or `x-api-key`.',
  },
  invalid_api_key: { status: 401, says: 'This API key is not valid. Check that it is whole, or ask for a new one.' },
  key_disabled: { status: 401, says: 'This API key is disabled. Ask its owner to enable it, or use another key.' },
  key_expired: { status: 401, says: 'This API key has expired. Ask its owner to extend it, or use another key.' },
  api_key_in_query: {
    status: 400,
    says: 'An API key does not belong in the address. Send it in the `Authorization` header and replace this key: addresses are logged.',
  },
  conflicting_api_keys: { status: 400, says: 'Two different API keys were sent. Send one, in one header.' },
  account_suspended: {
    status: 403,
    says: 'The account of this API key is suspended. Ask its owner to contact the operator.',
  },
  ip_not_allowed: {
    status: 403,
    says: 'This API key may not be used from this address. Ask its owner to change its address lists.',
  },
  insufficient_scope: {
    status: 403,
    says: 'This API key does not have the right this call needs. Ask its owner to widen it.',
  },
  service_not_allowed: {
    status: 403,
    says: 'This service does not exist, or this API key may not use it. Ask the key’s owner to add it to the scope.',
  },
  untrusted_proxy: {
    status: 403,
    says: 'This door answers trusted proxies only. Add the proxy’s address to KEYWARD_TRUSTED_PROXIES.',
  },
  price_unknown: {
    status: 403,
    says: 'This model has no price and the key has a cost limit. Ask the operator to set its price.',
  },
  model_not_found: {
    status: 404,
    says: 'This model does not exist, or this API key may not call it. `GET /v1/models` lists what it may call.',
  },
  rate_limit_exceeded: {
    status: 429,
    says: 'This API key has reached a limit. Wait until it frees, or ask its owner to raise it.',
  },
  insufficient_quota: { status: 429, says: 'This API key has used up its quota. Ask its owner to raise or reset it.' },
  concurrency_exceeded: { status: 429, says: 'This API key has too many calls under way. Wait for one to end.' },
} as const satisfies Record<string, { status: number; says: string }>;

export type DenialCode = keyof typeof DENIALS;

/** A refusal. `message` is one line that says what to do; `retryAfterSeconds` is set on every 429. */
export interface Denial {
  readonly ok: false;
  readonly code: DenialCode;
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** Builds a denial from the table; `message` replaces the table's line where the case can say more. */
export function deny(code: DenialCode, message: string = DENIALS[code].says, retryAfterSeconds?: number): Denial {
  return retryAfterSeconds === undefined
    ? { ok: false, code, message }
    : { ok: false, code, message, retryAfterSeconds };
}
