import { z } from 'zod';
import type { Failure } from './failure.ts';

/** An RFC 9457 problem document. `code` is stable and for programs, `detail` is for people and says what to do. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId: string;
  readonly errors?: readonly { readonly detail: string; readonly pointer: string }[];
}

/** The problem document of a failure. `extra` adds members for programs, and can replace none of the others. */
export function problemOf(failure: Failure, requestId: string, extra: Readonly<Record<string, unknown>> = {}): Problem {
  const { status, code, message, errors } = failure;
  return {
    ...extra,
    type: 'about:blank',
    title: titleOf(status),
    status,
    detail: message,
    code,
    requestId,
    ...(errors && { errors }),
  };
}

// The same, as the API's description has it: registered under its id, and found by it.
z.looseObject({
  type: z.literal('about:blank'),
  title: z.string().describe('The status in words.'),
  status: z.int(),
  detail: z.string().describe('What is wrong and what to do, in one line.'),
  code: z.string().describe('Stable name of the cause, for programs. docs/reference/denials lists all.'),
  requestId: z.string().describe('Names this request in the server’s log.'),
  errors: z
    .array(
      z.object({
        detail: z.string(),
        pointer: z.string().describe('JSON Pointer (RFC 6901) into the body, or `?name` for a query parameter.'),
      }),
    )
    .optional()
    .describe('Every faulty field.'),
}).meta({ id: 'Problem', description: 'A problem document (RFC 9457).' });

function titleOf(status: number): string {
  return TITLES[status] ?? (status >= 500 ? 'Server error' : 'Refused');
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Not the same request',
  428: 'Confirmation required',
  429: 'Too many requests',
  431: 'Headers too large',
  503: 'Temporarily unavailable',
};
