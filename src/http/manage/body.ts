import { PassThrough } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../core/fault.ts';
import { discardBody } from '../body.ts';

/** The longest a body may be on its way. */
export const BODY_WITHIN_MS = 30_000;

/**
 * A body may arrive long after the rights of who sends it have ended. So it may not take long, and `guard`, which decided
 * before it, decides again when it is there.
 */
export function guardBodies(
  app: FastifyInstance,
  guard: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>,
  withinMs: number,
): void {
  app.addHook('preParsing', async (request, reply, payload) => {
    if (!hasBody(request)) return payload;
    // A stream of its own: the connection still has to carry the answer.
    const body = new PassThrough();
    const timer = setTimeout(() => body.destroy(tooSlow()), withinMs);
    // What is answered without being read (its type, its size) has nobody else who listens.
    body.on('error', () => undefined);
    reply.raw.once('close', () => {
      // First: it would halt what comes, and only once the stream is gone.
      payload.unpipe(body);
      body.destroy();
      // The next request of the connection stands behind the rest.
      discardBody(request.raw);
    });
    body.on('close', () => clearTimeout(timer));
    payload.on('error', (error) => body.destroy(error));
    return payload.pipe(body);
  });
  // The framework would close on a body that is too large, and what still arrives then takes the answer from the client.
  app.addHook('onSend', async (_request, reply) => {
    if (reply.statusCode === 413 && reply.raw.shouldKeepAlive) void reply.header('connection', 'keep-alive');
  });
  app.addHook('preHandler', async (request, reply) => (hasBody(request) ? guard(request, reply) : undefined));
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function tooSlow(): Fault {
  return new Fault('invalid_request', 'The body took too long to arrive. Send it at once.');
}
