import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Fault } from '../core/fault.ts';
import { askForBody } from './body.ts';
import { mayEnter } from './entrance.ts';

/** Takes a request it is responsible for; `path` is what stands before the query. */
export type Handler = (request: IncomingMessage, response: ServerResponse, path: string, query: string) => void;

export interface Doors {
  readonly gateway: Handler;
  readonly models: Handler;
  readonly usage: Handler;
  readonly services: Handler;
  readonly verify: Handler;
  readonly authz: Handler;
  readonly health: Handler;
  /** Everything else: the management API and the documentation. */
  readonly management: (request: IncomingMessage, response: ServerResponse) => void;
}

/** Longer than proxies in front keep theirs, so that they and not we close an idle connection. */
const KEEP_ALIVE_MS = 75_000;
const MAX_HEADER_BYTES = 32 * 1024;
/** After this long without a byte, a client is asked whether it is still there: one that vanished must not hold an upstream. */
const PROBE_AFTER_MS = 60_000;

const LINGER_MS = 1000;

/** One listener for all doors. The busy ones are told apart by their path here; no framework stands before them. */
export function createDoors(doors: Doors): Server {
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: PROBE_AFTER_MS,
  });
  server.on('request', (request, response) => enter(doors, request, response));
  // Without this Node would ask for every body at once, refused or not: each door does it when it wants the body.
  server.on('checkContinue', (request, response) => enter(doors, request, response));
  server.on('clientError', onClientError);
  return server;
}

function enter(doors: Doors, request: IncomingMessage, response: ServerResponse): void {
  if (!mayEnter(request, response)) return;
  const address = request.url?.startsWith('/') ? request.url : originForm(request);
  const mark = address.indexOf('?');
  const path = mark === -1 ? address : address.slice(0, mark);
  const query = mark === -1 ? '' : address.slice(mark + 1);
  const door = doorOf(doors, path);
  if (door) return door(request, response, path, query);
  askForBody(request, response);
  doors.management(request, response);
}

/** Every server must take `GET http://host/path` too (RFC 9112 §3.2.2). */
function originForm(request: IncomingMessage): string {
  const rest = (request.url ?? '').replace(/^https?:\/\/[^/?#]*/i, '');
  request.url = rest.startsWith('/') ? rest : `/${rest}`;
  return request.url;
}

/** Undefined: the management's. */
function doorOf(doors: Doors, path: string): Handler | undefined {
  if (path === '/v1/models' || path.startsWith('/v1/models/')) return doors.models;
  if (path === '/v1/usage') return doors.usage;
  if (path.startsWith('/v1/')) return doors.gateway;
  if (path.startsWith('/services/')) return doors.services;
  if (path.startsWith('/authz/')) return doors.authz;
  if (path === '/api/v1/keys/verify') return doors.verify;
  if (path === '/healthz' || path === '/readyz') return doors.health;
  return undefined;
}

/** What is no HTTP, or too much of it, is answered in one line, without echoing a byte of it. */
function onClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // The response that has the connection now. Node keeps it here and looks at it in its own handler for the same reason:
  // a word of ours must not land in the middle of an answer, nor pass for the answer to a request that is being served.
  const { _httpMessage: current } = socket as { readonly _httpMessage?: ServerResponse | null };
  const isTaken = current != null && (current.headersSent || current.req.complete);
  // What follows a request that was to be the last is no reason to take its answer away.
  if (isTaken && error.code === 'HPE_CLOSED_CONNECTION') return;
  if (error.code === 'ECONNRESET' || !socket.writable || isTaken) return void socket.destroy();
  const [status, code, detail] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? [
          '431 Request Header Fields Too Large',
          'headers_too_large',
          `The request headers are larger than ${MAX_HEADER_BYTES / 1024} KiB. Send less.`,
        ]
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'invalid_request', 'The request took too long to arrive.']
        : ['400 Bad Request', 'invalid_request', 'This is not a valid HTTP request.'];
  const body = JSON.stringify({
    type: 'about:blank',
    title: status.slice(4),
    status: Number(status.slice(0, 3)),
    detail,
    code,
  });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nx-keyward-code: ${code}\r\nconnection: close\r\n\r\n${body}`,
  );
  // What still comes is read and thrown away for a moment: closing at once could take the answer from the client's hands.
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** Starts to listen. Throws a fault that says what is in the way. */
export function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken =
        cause.code === 'EADDRINUSE'
          ? `Port ${port} on ${host} is in use. Stop what uses it, or set PORT.`
          : `Cannot listen on ${host}:${port}: ${cause.message}`;
      reject(new Fault('internal', taken, { cause }));
    });
    server.listen(port, host, () => resolve());
  });
}

/** The address this machine reaches a listener at. */
export function localUrl({ address, family, port }: AddressInfo): string {
  const any = address === '::' || address === '0.0.0.0';
  return `http://${any ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
