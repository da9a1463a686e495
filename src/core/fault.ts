/**
 * The one table of faults: the request itself, or something we depend on, failed. A fault is thrown once, where it
 * is noticed, and answered in one place (http/respond). A bug is neither: it is an assertion, answered as `internal`.
 */
export const FAULTS = {
  invalid_request: 400,
  invalid_json: 400,
  unsupported_route: 404,
  unauthenticated: 401,
  invalid_credentials: 401,
  forbidden: 403,
  account_suspended: 403,
  identity_check_required: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  quota_exceeded: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  confirmation_required: 428,
  too_many_attempts: 429,
  headers_too_large: 431,
  internal: 500,
  upstream_unreachable: 502,
  upstream_refused: 502,
  upstream_bad_answer: 502,
  store_unavailable: 503,
  upstream_timeout: 504,
} as const satisfies Record<string, number>;

export type FaultCode = keyof typeof FAULTS;

/** One faulty field: `pointer` is a JSON pointer into the request body (`/scope/resources/0`), or `?name` for the query. */
export interface FieldError {
  readonly detail: string;
  readonly pointer: string;
}

/** What a fault carries beyond its public sentence. `private` goes to the log only. */
export interface FaultDetails {
  readonly private?: string;
  readonly cause?: unknown;
  readonly errors?: readonly FieldError[];
  /** Answered as `retry-after`. */
  readonly retryAfterSeconds?: number;
  /** Members added to the problem document, for programs (for example what a deletion would destroy). */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** `message` is public: it names the field and the fix, and never a secret. */
export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly details: FaultDetails;

  constructor(code: FaultCode, message: string, details: FaultDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return FAULTS[this.code];
  }
}

/** A fault of one field of the request. */
export function invalidField(pointer: string, detail: string): Fault {
  return new Fault('invalid_request', detail, { errors: [{ pointer, detail }] });
}

const LONGEST_ID = 32;

/** The answer to an id that does not exist, or that the caller may not know: the same words for both. */
export function notFound(noun: string, id: string): Fault {
  // Longer than any id is perhaps a key's value, put where its id belongs: it is not repeated.
  const shown = id.length <= LONGEST_ID ? id : `${id.slice(0, 8)}...`;
  return new Fault('not_found', `There is no ${noun} ${shown} here. Check the id, or list what you may see.`);
}
