import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { Fault } from '../core/fault.ts';

/** Tells a client that waits for `100 Continue` to send its body. HTTP/1.0 does not know it (RFC 9110 §10.1.1). */
export function askForBody(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect !== undefined && request.httpVersion !== '1.0') response.writeContinue();
}

/**
 * Reads a whole body of at most `limit` bytes. One over it is refused as soon as that is known, from its declared length
 * if it has one, in the words of `says` where the limit is not the operator's to set.
 */
export function readBody(request: IncomingMessage, limit: number, says?: string): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limit) return Promise.reject(tooLarge(limit, says));
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= limit) return void chunks.push(chunk);
      request.off('data', onData).pause();
      chunks = [];
      reject(tooLarge(limit, says));
    };
    request.on('data', onData);
    request.on('end', () => {
      const [first] = chunks;
      const body = first && chunks.length === 1 ? first : Buffer.concat(chunks, size);
      // The request lives as long as its answer, and these listeners with it: they must not keep the parts.
      chunks = [];
      resolve(body);
    });
    request.on('error', (cause) => reject(new Fault('invalid_request', 'The request body broke off.', { cause })));
  });
}

/** Bodies on their way. */
const passing = new WeakMap<IncomingMessage, Readable>();

/** The body as it arrives, to be passed on. Destroying it leaves the connection alone, which still has to carry an answer. */
export function passBody(request: IncomingMessage): Readable {
  const onData = (chunk: Buffer): void => {
    if (!body.push(chunk)) request.pause();
  };
  const onEnd = (): void => void body.push(null);
  const onError = (cause: Error): void => void body.destroy(cause);
  const body = new Readable({
    read: () => void request.resume(),
    destroy(error, done) {
      request.off('data', onData).off('end', onEnd).off('error', onError).on('error', ignore);
      done(error);
    },
  });
  request.on('data', onData).on('end', onEnd).on('error', onError).pause();
  passing.set(request, body);
  return body;
}

/** Most that is read of a body nobody wants. */
const DISCARDED_BYTES = 64 * 1024 * 1024;

/**
 * Reads and forgets the rest of a body that was answered without it, so that the client gets to read the answer and its
 * connection can carry the next request. Closing it instead would throw away what the client has not read yet.
 */
export function discardBody(request: IncomingMessage): void {
  if (request.readableEnded || request.destroyed) return;
  // An upstream that has answered gets no more of it either.
  passing.get(request)?.destroy();
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > DISCARDED_BYTES) request.socket.destroy();
  });
  request.on('error', ignore);
  request.resume();
}

function ignore(): void {
  // The client left in the middle of a body that nobody wanted.
}

function tooLarge(limit: number, says?: string): Fault {
  if (says !== undefined) return new Fault('body_too_large', says);
  const megabytes = Math.floor(limit / 1_048_576);
  return new Fault(
    'body_too_large',
    `The request body is larger than ${megabytes} MiB, the most this server takes. Send less, or ask the operator to raise KEYWARD_BODY_LIMIT_MB.`,
  );
}
