import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Most requests of one connection that wait behind an answer under way. Clients that pipeline at all send a handful. */
const MOST_WAITING = 256;

/** How many wait, for connections where any do. */
const waiting = new WeakMap<Socket, number>();
/** Connections whose last request was refused because what follows it cannot be told for certain. */
const ending = new WeakSet<Socket>();

/**
 * Whether a request goes on to its door. If not, it has been answered, or there is nobody to answer: no work is begun
 * for a connection that is gone, was ended, or has more requests waiting than anybody needs.
 */
export function mayEnter(request: IncomingMessage, response: ServerResponse): boolean {
  const { socket, headers } = request;
  if (socket.destroyed || ending.has(socket)) return false;
  // Node gives a response its socket at once unless another one has it: the usual case costs nothing more.
  if (response.socket === null && !hasPlace(socket, response)) {
    socket.destroy();
    return false;
  }
  const coding = headers['transfer-encoding'];
  if (coding === undefined || /^chunked$/i.test(coding)) return true;
  ending.add(socket);
  refuseCoding(response);
  return false;
}

function hasPlace(socket: Socket, response: ServerResponse): boolean {
  const before = waiting.get(socket) ?? 0;
  if (before >= MOST_WAITING) return false;
  waiting.set(socket, before + 1);
  response.once('close', () => waiting.set(socket, (waiting.get(socket) ?? 1) - 1));
  return true;
}

/**
 * A body in a coding that is not undone here is not what the door would take it for, and a server behind might see its
 * end elsewhere (RFC 9112 §6.1, request smuggling).
 */
function refuseCoding(response: ServerResponse): void {
  const code = 'invalid_request';
  const detail = 'A request’s transfer-encoding can only be `chunked`. Send the body as it is.';
  const body = JSON.stringify({ type: 'about:blank', title: 'Not implemented', status: 501, detail, code });
  response.writeHead(501, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-keyward-code': code,
    connection: 'close',
  });
  response.end(body);
}
