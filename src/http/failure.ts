import { DENIALS, type Denial, type DenialCode } from '../core/denial.ts';
import type { Fault, FaultCode } from '../core/fault.ts';

/** Whose error shape a route answers in. `problem` is RFC 9457, for services and Keyward's own routes. */
export type Shape = 'openai' | 'anthropic' | 'problem';

/** A refusal or a failure, in the terms every shape is made of. */
export interface Failure {
  readonly status: number;
  readonly code: DenialCode | FaultCode;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly errors?: readonly { readonly detail: string; readonly pointer: string }[];
}

/** The one place that maps a denial to a status and headers (standards: RFC 6750 §3, RFC 9110 §10.2.3). */
export function denialFailure(denial: Denial): Failure {
  const { status } = DENIALS[denial.code];
  const headers: Record<string, string> = {};
  const challenge = challengeOf(denial);
  if (challenge) headers['www-authenticate'] = challenge;
  const waitSeconds = retryAfterSeconds(denial);
  if (waitSeconds !== null) headers['retry-after'] = String(waitSeconds);
  return { status, code: denial.code, message: denial.message, headers };
}

/** Whole seconds, rounded up and never 0 (RFC 9110 §10.2.3), on every 429; null elsewhere. */
export function retryAfterSeconds(denial: Denial): number | null {
  return DENIALS[denial.code].status === 429 ? Math.max(1, Math.ceil(denial.retryAfterSeconds ?? 1)) : null;
}

/** The one place that maps a fault to a status and headers. */
export function faultFailure(fault: Fault): Failure {
  const headers: Record<string, string> = {};
  if (fault.code === 'store_unavailable') headers['retry-after'] = '1';
  if (fault.details.retryAfterSeconds !== undefined) headers['retry-after'] = String(fault.details.retryAfterSeconds);
  const failure = { status: fault.status, code: fault.code, message: fault.message, headers };
  return fault.details.errors ? { ...failure, errors: fault.details.errors } : failure;
}

/** The error codes of RFC 6750 §3.1 for each denial; null: no challenge, since another key would not help. `''`: no code, as §3 has it where no key was given. */
const BEARER_ERRORS: Record<DenialCode, string | null> = {
  missing_api_key: '',
  invalid_api_key: 'invalid_token',
  key_disabled: 'invalid_token',
  key_expired: 'invalid_token',
  api_key_in_query: 'invalid_request',
  conflicting_api_keys: 'invalid_request',
  insufficient_scope: 'insufficient_scope',
  account_suspended: null,
  ip_not_allowed: null,
  service_not_allowed: null,
  untrusted_proxy: null,
  price_unknown: null,
  model_not_found: null,
  rate_limit_exceeded: null,
  insufficient_quota: null,
  concurrency_exceeded: null,
};

/** RFC 6750 §3: printable ASCII without quote and backslash in the description. */
function challengeOf({ code, message }: Denial): string | undefined {
  const error = BEARER_ERRORS[code];
  if (error === null) return undefined;
  const realm = 'Bearer realm="keyward"';
  if (error === '') return realm;
  const description = message.replaceAll('’', "'").replaceAll(/[^\x20-\x7e]|["\\]/g, '');
  return `${realm}, error="${error}", error_description="${description}"`;
}
