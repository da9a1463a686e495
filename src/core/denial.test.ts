import { describe, expect, test } from 'vitest';
import { DENIALS, deny, type DenialCode } from './denial.ts';

const table = Object.entries(DENIALS) as [DenialCode, (typeof DENIALS)[DenialCode]][];

describe('the table of refusals', () => {
  test('the statuses are the published contract', () => {
    expect(Object.fromEntries(table.map(([code, { status }]) => [code, status]))).toMatchObject({
      missing_api_key: 401,
      invalid_api_key: 401,
      key_disabled: 401,
      key_expired: 401,
      ip_not_allowed: 403,
      account_suspended: 403,
      price_unknown: 403,
      service_not_allowed: 403,
      insufficient_scope: 403,
      model_not_found: 404,
      rate_limit_exceeded: 429,
      insufficient_quota: 429,
      concurrency_exceeded: 429,
    });
  });

  test.each(table)('%s says in one line what to do', (_, { says }) => {
    expect(says).toMatch(/^[A-Z][^\n]{20,200}[.]$/);
    // At least two sentences, or one that ends in an instruction: the fault, then the way out.
    expect(says.split(/[.:] /).length).toBeGreaterThan(1);
  });

  test('RFC 6750 §3 what goes into WWW-Authenticate is printable ASCII without quote and backslash', () => {
    const challenged = table.filter(([code, { status }]) => status === 401 || code === 'insufficient_scope');
    expect(challenged.map(([, { says }]) => says).join('')).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });
});

describe('deny', () => {
  test('takes its line from the table', () => {
    expect(deny('key_disabled')).toEqual({ ok: false, code: 'key_disabled', message: DENIALS.key_disabled.says });
  });

  test('a case that can say more says it, and when to come back', () => {
    expect(deny('rate_limit_exceeded', 'Wait.', 3)).toEqual({
      ok: false,
      code: 'rate_limit_exceeded',
      message: 'Wait.',
      retryAfterSeconds: 3,
    });
  });
});
