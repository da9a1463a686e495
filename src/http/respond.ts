import type { ServerResponse } from 'node:http';
import type { Shape, Failure } from './failure.ts';
import { problemOf } from './problem.ts';

/** Answers a failure in the shape of its route. Must be the first thing written to `response`. */
export function respondFailure(response: ServerResponse, shape: Shape, failure: Failure, requestId: string): void {
  const body = failureText(shape, failure, requestId);
  response.writeHead(failure.status, {
    'content-type': shape === 'problem' ? 'application/problem+json' : 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-keyward-code': failure.code,
    ...identity(shape, requestId),
    ...failure.headers,
  });
  // A HEAD request's answer has no body; Node leaves it out.
  response.end(body);
}

/** Text of this size leaves in one write with its head; bytes are written apart from it. As latin1 every byte is itself. */
const ONE_WRITE_BYTES = 16 * 1024;

/** Ends an answer whose head has not left yet, in one write where that is cheaper. */
export function endWith(response: ServerResponse, bytes: Buffer): void {
  if (bytes.length > 0 && bytes.length <= ONE_WRITE_BYTES) response.end(bytes.toString('latin1'), 'latin1');
  else response.end(bytes);
}

/** The event that ends a stream which can no longer end well. */
export function failureEvent(shape: Shape, failure: Failure, requestId: string): string {
  return `event: error\ndata: ${failureText(shape, failure, requestId)}\n\n`;
}

/** The body of a failure, as JSON. */
export function failureText(shape: Shape, failure: Failure, requestId: string): string {
  return JSON.stringify(failureBody(shape, failure, requestId));
}

/** Names the request for people who ask about it, in the header each SDK reads. */
export function identity(shape: Shape, requestId: string): Record<string, string> {
  return shape === 'anthropic' ? { 'x-request-id': requestId, 'request-id': requestId } : { 'x-request-id': requestId };
}

function failureBody(shape: Shape, failure: Failure, requestId: string): unknown {
  const { status, code, message, errors } = failure;
  switch (shape) {
    case 'openai':
      return {
        error: { message, type: openaiType(failure), param: errors?.[0]?.pointer.replace(/^\//, '') ?? null, code },
      };
    case 'anthropic':
      return { type: 'error', error: { type: anthropicType(status), message, code }, request_id: requestId };
    case 'problem':
      return problemOf(failure, requestId);
  }
}

function openaiType({ status, code }: Failure): string {
  if (code === 'insufficient_quota') return 'insufficient_quota';
  if (status === 429) return 'rate_limit_error';
  if (status === 403) return 'permission_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

function anthropicType(status: number): string {
  const types: Record<number, string> = {
    401: 'authentication_error',
    403: 'permission_error',
    404: 'not_found_error',
    413: 'request_too_large',
    429: 'rate_limit_error',
    504: 'timeout_error',
  };
  return types[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
}
