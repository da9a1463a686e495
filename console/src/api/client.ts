import type { Problem } from '../../../src/http/problem.ts';
import { told } from './faultWords.ts';
import type { Query } from './types.ts';

/** What the server refused or could not do, in its words or in those of the language that is spoken. */
export class ApiError extends Error {
  readonly problem: Problem;
  /** Seconds after which it may be tried again; null where the server did not say. */
  readonly retryAfter: number | null;

  constructor(problem: Problem, retryAfter: number | null) {
    super(problem.detail);
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  /** The fault of one field, by its JSON pointer; undefined where that field is right. */
  at(pointer: string): string | undefined {
    return this.problem.errors?.find((one) => one.pointer === pointer)?.detail;
  }
}

export function hasCode(error: unknown, code: string): error is ApiError {
  return error instanceof ApiError && error.problem.code === code;
}

/** Whether the server was away when it was asked, and may answer later. */
export function mayBeBack(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    (error.problem.code === 'unreachable' || error.problem.code === 'unanswered' || error.problem.status === 503)
  );
}

/** Whether what was asked for is not there, or not for whoever asks. */
export function isNoMore(error: unknown): boolean {
  return error instanceof ApiError && (error.problem.status === 403 || error.problem.status === 404);
}

/** Whether nobody knows what became of what was asked: the answer got lost, or something in between gave its own. */
export function isLost(error: unknown): boolean {
  return error instanceof ApiError && (error.problem.status === 0 || error.problem.status >= 500);
}

/** Happens to the window when the server says that nobody is signed in. */
export const SIGNED_OUT = 'keyward:signedout';

/** As long is an answer waited for, in milliseconds: what hangs in between is not to hold a form for good. */
const WAIT_MS = 60_000;
/** The same of what goes through all there is: imports, the checks of ledger and log. */
export const LONG_WAIT_MS = 600_000;

/**
 * Calls the management API with the session's cookie. Throws `ApiError` for every answer that is no success, and where none
 * came within `waitMs`.
 */
export async function call<T>(
  method: string,
  path: string,
  options: {
    body?: unknown;
    query?: Query;
    headers?: Record<string, string>;
    signal?: AbortSignal;
    waitMs?: number;
  } = {},
): Promise<T> {
  const { body, query = {}, headers = {}, signal, waitMs } = options;
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const question = search.size > 0 ? `?${search}` : '';
  // An id of the address bar leads to nothing but the thing it names.
  if (new URL(`/api/v1${path}`, location.origin).pathname !== `/api/v1${path}`)
    throw new ApiError(await told(missing()), null);
  const init = {
    method,
    // Asked of every change: no form of another site can send it.
    headers: {
      accept: 'application/json',
      'x-keyward-csrf': '1',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  };
  const text = await send(`/api/v1${path}${question}`, init, waitMs);
  if (text === '') return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    // Cut off, or the page of something in between: nobody knows what became of what was asked.
    throw new ApiError(await told(unreachable()), null);
  }
}

/** The text at an address of this server. Throws `ApiError` for every answer that is no success. */
export async function send(address: string, init: RequestInit, waitMs = WAIT_MS): Promise<string> {
  const { answer, text } = await answerOf(address, init, waitMs);
  if (!answer.ok) {
    const problem = problemIn(text, answer.status);
    if (problem.code === 'missing_api_key' || problem.code === 'unauthenticated') dispatchEvent(new Event(SIGNED_OUT));
    throw new ApiError(withId(await told(problem)), retryAfterOf(answer));
  }
  return text;
}

/** An answer, whole. One that broke off is as lost as one that never began. */
async function answerOf(
  address: string,
  init: RequestInit,
  waitMs: number,
): Promise<{ answer: Response; text: string }> {
  const late = AbortSignal.timeout(waitMs);
  const signal = init.signal ? AbortSignal.any([init.signal, late]) : late;
  try {
    const answer = await fetch(address, { ...init, signal });
    return { answer, text: await answer.text() };
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(await told(late.aborted ? unanswered() : unreachable()), null);
  }
}

function problemIn(text: string, status: number): Problem {
  try {
    const read = JSON.parse(text) as Problem;
    if (typeof read.code === 'string' && typeof read.detail === 'string') return read;
  } catch {
    // Not ours: something in between answered.
  }
  // Its 401, 403 or 404 says nothing of who is signed in, what they may do and what there is.
  return { ...unreachable(), status: status < 500 ? 0 : status };
}

/** What went wrong inside is found in the server's log by the id of the request. */
function withId(problem: Problem): Problem {
  const { code, detail, requestId } = problem;
  return code === 'internal' && requestId ? { ...problem, detail: `${detail} (${requestId})` } : problem;
}

function missing(): Problem {
  return {
    ...unreachable(),
    status: 404,
    code: 'not_found',
    detail: 'There is nothing at this address.',
  };
}

function unanswered(): Problem {
  return {
    ...unreachable(),
    code: 'unanswered',
    detail: 'The server did not answer in time. Check your connection and try again.',
  };
}

function unreachable(): Problem {
  return {
    type: 'about:blank',
    title: '',
    status: 0,
    code: 'unreachable',
    detail: 'The server cannot be reached. Check your connection and try again.',
    requestId: '',
  };
}

function retryAfterOf(answer: Response): number | null {
  const seconds = Number(answer.headers.get('retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}
