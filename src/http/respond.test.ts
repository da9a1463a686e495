import type { ServerResponse } from 'node:http';
import { describe, expect, test } from 'vitest';
import { DENIALS, deny, type DenialCode } from '../core/denial.ts';
import { Fault, FAULTS, type FaultCode } from '../core/fault.ts';
import { denialFailure, faultFailure, retryAfterSeconds, type Failure, type Shape } from './failure.ts';
import { failureEvent, failureText, respondFailure } from './respond.ts';

/** The contract: status, and the challenge's error code (null: no challenge, '': a bare one). A new code does not compile without its line here. */
const CONTRACT: Record<DenialCode, readonly [status: number, error: string | null]> = {
  missing_api_key: [401, ''],
  invalid_api_key: [401, 'invalid_token'],
  key_disabled: [401, 'invalid_token'],
  key_expired: [401, 'invalid_token'],
  api_key_in_query: [400, 'invalid_request'],
  conflicting_api_keys: [400, 'invalid_request'],
  account_suspended: [403, null],
  ip_not_allowed: [403, null],
  insufficient_scope: [403, 'insufficient_scope'],
  service_not_allowed: [403, null],
  untrusted_proxy: [403, null],
  price_unknown: [403, null],
  model_not_found: [404, null],
  rate_limit_exceeded: [429, null],
  insufficient_quota: [429, null],
  concurrency_exceeded: [429, null],
};

/** The types that each vendor's SDK chooses its error class by. */
const TYPES: Record<number, { openai: string; anthropic: string }> = {
  400: { openai: 'invalid_request_error', anthropic: 'invalid_request_error' },
  401: { openai: 'invalid_request_error', anthropic: 'authentication_error' },
  403: { openai: 'permission_error', anthropic: 'permission_error' },
  404: { openai: 'invalid_request_error', anthropic: 'not_found_error' },
  429: { openai: 'rate_limit_error', anthropic: 'rate_limit_error' },
};

const codes = Object.keys(DENIALS) as DenialCode[];
const SHAPES: readonly Shape[] = ['openai', 'anthropic', 'problem'];

/** What a door would send, without a socket. */
function sent(
  shape: Shape,
  failure: Failure,
): { status: number; headers: Record<string, string | number>; body: unknown; length: number } {
  const answer = { status: 0, headers: {} as Record<string, string | number>, body: {} as unknown, length: -1 };
  respondFailure(
    {
      writeHead: (status: number, headers: object) => Object.assign(answer, { status, headers }),
      end: (body: string) => Object.assign(answer, { body: JSON.parse(body), length: Buffer.byteLength(body) }),
    } as unknown as ServerResponse,
    shape,
    failure,
    'req_1',
  );
  expect(answer.headers).toMatchObject({ 'content-length': answer.length });
  return answer;
}

describe.each(codes)('the refusal %s', (code) => {
  const [status, error] = CONTRACT[code];

  test('has its status, challenge and retry-after', () => {
    const { headers, ...failure } = denialFailure(deny(code));
    expect(failure).toEqual({ status, code, message: DENIALS[code].says });
    const challenge = {
      none: undefined,
      bare: 'Bearer realm="keyward"',
      full: `Bearer realm="keyward", error="${error}", error_description="${DENIALS[code].says}"`,
    }[error === null ? 'none' : error === '' ? 'bare' : 'full'];
    expect(headers['www-authenticate']).toBe(challenge);
    expect(headers['retry-after']).toBe(status === 429 ? '1' : undefined);
  });

  test.each(SHAPES)('is answered in the shape %s, in ASCII headers, without a cache', (shape) => {
    const answer = sent(shape, denialFailure(deny(code)));
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-request-id': 'req_1',
      'x-keyward-code': code,
    });
    expect(answer.headers['request-id']).toBe(shape === 'anthropic' ? 'req_1' : undefined);
    for (const value of Object.values(answer.headers)) expect(String(value)).toMatch(/^[\x20-\x7e]+$/);
    const message = DENIALS[code].says;
    const types = TYPES[status]!;
    const expected = {
      openai: {
        error: {
          message,
          type: code === 'insufficient_quota' ? 'insufficient_quota' : types.openai,
          param: null,
          code,
        },
      },
      anthropic: { type: 'error', error: { type: types.anthropic, message, code }, request_id: 'req_1' },
      problem: { type: 'about:blank', title: expect.any(String), status, detail: message, code, requestId: 'req_1' },
    };
    expect(answer.body).toEqual(expected[shape]);
    expect(answer.headers['content-type']).toBe(shape === 'problem' ? 'application/problem+json' : 'application/json');
  });
});

describe('headers', () => {
  test('RFC 9110 §10.2.3 retry-after is whole seconds, rounded up, never 0', () => {
    const wait = (seconds?: number) => retryAfterSeconds(deny('rate_limit_exceeded', 'Wait.', seconds));
    expect([wait(), wait(0), wait(0.2), wait(1), wait(1.01), wait(86_400)]).toEqual([1, 1, 1, 1, 2, 86_400]);
    expect(retryAfterSeconds(deny('key_disabled', 'No.', 9))).toBeNull();
  });

  test('RFC 6750 §3 nothing in a message can break out of the challenge', () => {
    const { headers } = denialFailure(deny('key_disabled', 'a"b\\c\r\nx-evil: 1\u0000 钥匙 it’s'));
    expect(headers['www-authenticate']).toBe(
      'Bearer realm="keyward", error="invalid_token", error_description="abcx-evil: 1  it\'s"',
    );
  });
});

describe('faults', () => {
  test.each(Object.keys(FAULTS) as FaultCode[])('%s is answered in every shape with its status and code', (code) => {
    const failure = faultFailure(new Fault(code, 'Do this.', { private: 'host db-7', cause: new Error('inner') }));
    for (const shape of SHAPES) {
      const answer = sent(shape, failure);
      expect(answer.status).toBe(FAULTS[code]);
      expect(answer.headers['x-keyward-code']).toBe(code);
      expect(JSON.stringify(answer.body)).toContain('"Do this."');
      expect(JSON.stringify(answer.body)).toContain(`"${code}"`);
      expect(JSON.stringify([answer.headers, answer.body])).not.toMatch(/db-7|inner/);
    }
  });

  test('a store that is away says when to come back', () => {
    expect(faultFailure(new Fault('store_unavailable', 'Wait.')).headers['retry-after']).toBe('1');
  });

  test('faulty fields are named: all in a problem document, the first as param in the shape of OpenAI', () => {
    const errors = [
      { pointer: '/max_tokens', detail: 'Too many.' },
      { pointer: '/model', detail: 'Missing.' },
    ];
    const failure = faultFailure(new Fault('invalid_request', 'Faulty.', { errors }));
    expect(JSON.parse(failureText('problem', failure, 'req_1')).errors).toEqual(errors);
    expect(JSON.parse(failureText('openai', failure, 'req_1')).error.param).toBe('max_tokens');
  });
});

test('a stream that can no longer end well ends in one event, which no message can split', () => {
  for (const shape of SHAPES) {
    const event = failureEvent(shape, denialFailure(deny('key_disabled', 'line one\nline two')), 'req_1');
    expect(event).toMatch(/^event: error\ndata: [^\n]+\n\n$/);
  }
});
