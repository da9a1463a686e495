import { z } from 'zod';
import { CommandError, EXIT } from './exit.ts';
import { printable } from './width.ts';

/** An answer of the management API: its body as sent, and parsed. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: unknown;
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Below `/api/v1`, each part encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A status beside 2xx that is an answer and not a failure. */
  readonly expects?: number;
  /** For what may take longer than the usual 30 seconds. */
  readonly timeoutMs?: number;
}

/** The management API of one server, with one key. */
export interface Api {
  readonly baseUrl: string;
  /** Throws CommandError: `failed` with the server's problem document, `unreachable` when none came. */
  call(request: ApiRequest): Promise<Answer>;
  /** A text of any length, a line at a time as it comes. Throws as `call` does, also when it breaks off. */
  lines(request: Pick<ApiRequest, 'path' | 'query'>): AsyncIterable<string>;
}

const TIMEOUT_MS = 30_000;

/** `baseUrl` without a slash at its end. */
export function createApi(options: { baseUrl: string; key: string; version: string }): Api {
  const { baseUrl } = options;
  const own = { authorization: `Bearer ${options.key}`, 'user-agent': `keyward-cli/${options.version}` };
  return {
    baseUrl,
    async call({ method = 'GET', path, query, body, headers = {}, expects, timeoutMs = TIMEOUT_MS }) {
      const init = {
        method,
        headers: {
          accept: 'application/json',
          ...own,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      };
      const answer = await send(baseUrl, urlOf(baseUrl, path, query), init, timeoutMs);
      if ((answer.status >= 200 && answer.status < 300) || answer.status === expects) return answer;
      throw refusal(baseUrl, answer);
    },
    async *lines({ path, query }) {
      const response = await reach(baseUrl, () =>
        fetch(urlOf(baseUrl, path, query), { headers: own, redirect: 'manual' }),
      );
      const { status, body } = response;
      if (status !== 200 || body === null) {
        const text = await response.text();
        throw refusal(baseUrl, { status, text, json: jsonOf(text) });
      }
      let rest = '';
      const chunks = body.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
      for (;;) {
        const { done, value } = await reach(baseUrl, () => chunks.next());
        if (done) break;
        const parts = `${rest}${value}`.split(/\r?\n/);
        rest = parts.pop() ?? '';
        yield* parts;
      }
      if (rest !== '') yield rest;
    },
  };
}

function urlOf(baseUrl: string, path: string, query: ApiRequest['query'] = {}): URL {
  const url = new URL(`${baseUrl}/api/v1${path}`);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

/** The answer's body as the schema of the API has it. A server of another version may differ: said, not guessed. */
export function parsed<T extends z.ZodType>(schema: T, answer: Answer): z.output<T> {
  const result = schema.safeParse(answer.json);
  if (result.success) return result.data;
  throw new CommandError(
    EXIT.failed,
    'The server’s answer is not one this version of the command line knows. Use that of the server’s version, or --json.',
  );
}

async function reach<T>(baseUrl: string, ask: () => Promise<T>, timeoutMs = 0): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw new CommandError(
      EXIT.unreachable,
      `No answer from ${baseUrl}: ${reason(error, timeoutMs)}. Is the server running, and is --url (KEYWARD_URL) right?`,
    );
  }
}

async function send(baseUrl: string, url: URL, init: RequestInit, timeoutMs: number): Promise<Answer> {
  const [response, text] = await reach(
    baseUrl,
    async () => {
      // A redirect could carry the key elsewhere, and an address that redirects is not the one to set.
      const answered = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
      return [answered, await answered.text()] as const;
    },
    timeoutMs,
  );
  const { status } = response;
  if (status >= 300 && status < 400) {
    throw new CommandError(
      EXIT.unreachable,
      `${baseUrl} redirects to ${printable(response.headers.get('location') ?? 'another address')}. Give that address as --url (KEYWARD_URL).`,
    );
  }
  return { status, text, json: text === '' ? undefined : jsonOf(text) };
}

function reason(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `it took longer than ${timeoutMs / 1000} s`;
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return (
    REASONS[code] ??
    printable(cause instanceof Error && cause.message !== '' ? cause.message : (error as Error).message)
  );
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'this host name is unknown',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
};

const problem = z.object({
  detail: z.string(),
  code: z.string(),
  errors: z.array(z.object({ detail: z.string(), pointer: z.string() })).optional(),
});

function refusal(baseUrl: string, { status, json }: Answer): CommandError {
  const read = problem.safeParse(json);
  if (!read.success) {
    return new CommandError(
      EXIT.unreachable,
      `${baseUrl} answers with status ${status} and not as a Keyward server. Check --url (KEYWARD_URL), and any proxy in between.`,
    );
  }
  const { detail, errors = [] } = read.data;
  const faults = errors.map((error) => `${optionOf(error.pointer)}${printable(error.detail)}`);
  const [only] = faults;
  if (faults.length === 1 && only !== undefined) return new CommandError(EXIT.failed, only, { problem: json });
  const message = faults.length === 0 ? printable(detail) : `${faults.length} things are wrong with this:`;
  return new CommandError(EXIT.failed, message, { problem: json, details: faults });
}

/** What people typed for a field of the request, with a colon; nothing where they typed nothing for it. */
function optionOf(pointer: string): string {
  const option = OPTIONS[pointer.split('/')[1] ?? ''];
  return option === undefined ? '' : `${option}: `;
}

const OPTIONS: Readonly<Record<string, string>> = {
  name: 'name',
  description: '--description',
  environment: '--environment',
  scope: 'scope',
  ipAllow: '--allow',
  ipDeny: '--deny',
  expiresAt: '--expires',
  copyFrom: '--copy-from',
};

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
