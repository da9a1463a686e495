import { readFileSync } from 'node:fs';

/** Where a plan with many keys has the key of the next request, in a header or in the body. */
export const KEY_PLACE = '{key}';

/** One request, sent again and again. */
export interface Call {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty: a GET. */
  readonly body: string;
  /** A file with one key per line, all of one length: each request takes one by chance for `{key}`. */
  readonly keysFile?: string;
}

/** What the load generator is told to do. */
export interface LoadPlan {
  readonly port: number;
  readonly call: Call;
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second, sent on time whatever the server does; null: as many as the connections can carry. */
  readonly ratePerSecond: number | null;
}

/** What came of it. Times in microseconds. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Answers other than 2xx, broken connections and time-outs: a row with any is worth nothing. */
  readonly errors: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly maxUs: number;
  /** How late the generator itself was (P99); null where it sends when it can. */
  readonly lagP99Us: number | null;
}

/** The call with an example key in its place, as it is sent once before measuring. */
export function exampleOf(call: Call): Call {
  if (call.keysFile === undefined) return call;
  const example = keysOf(call.keysFile).at(0);
  const headers = Object.entries(call.headers).map(([name, value]) => [name, value.replace(KEY_PLACE, example)]);
  return {
    path: call.path,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: call.body.replace(KEY_PLACE, example),
  };
}

/** The bytes of the request as two halves around the key; the second is empty when there is no place for one. */
export function halvesOf(call: Call): [string, string] {
  const { body } = exampleOf(call);
  const lines = Object.entries({ host: '127.0.0.1', ...call.headers }).map(([name, value]) => `${name}: ${value}`);
  if (body !== '') lines.push(`content-length: ${Buffer.byteLength(body)}`);
  const text = `${body === '' ? 'GET' : 'POST'} ${call.path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${call.body}`;
  const [before = '', after = ''] = text.split(KEY_PLACE);
  return [before, after];
}

/** Many keys in one piece: a million strings would keep the generator's own memory management busy while it measures. */
export function keysOf(path: string): { readonly count: number; at(index: number): string } {
  const bytes = readFileSync(path);
  const length = bytes.indexOf('\n') === -1 ? bytes.length : bytes.indexOf('\n');
  return {
    count: Math.floor((bytes.length + 1) / (length + 1)),
    at: (index) => bytes.toString('latin1', index * (length + 1), index * (length + 1) + length),
  };
}
