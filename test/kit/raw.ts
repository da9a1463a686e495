import { Agent, request, type IncomingHttpHeaders } from 'node:http';

/** Header lines as they go out, in order: a name may come twice, in any case. */
export type Lines = readonly (readonly [name: string, value: string])[];

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body read as JSON; undefined when it is none. Tests read whatever they expect in it. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** Sends a request with exactly these header lines, over IPv4 or IPv6. */
export function send(
  url: string,
  options: { method?: string; lines?: Lines; body?: string | Buffer } = {},
): Promise<RawAnswer> {
  const { method = 'GET', lines = [], body } = options;
  // Not read with URL alone, which would tidy the path up.
  const { host, hostname, port, origin } = new URL(url);
  const path = url.slice(origin.length) || '/';
  const length: Lines = body === undefined ? [] : [['content-length', String(Buffer.byteLength(body))]];
  return new Promise((resolve, reject) => {
    const headers = [['host', host] as const, ...length, ...lines].flat();
    const call = request({ agent, method, headers, port, host: hostname.replace(/^\[|\]$/g, ''), path });
    call.on('error', reject);
    call.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: parse(text) });
      });
    });
    call.end(body);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
