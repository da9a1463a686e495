import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyRequest,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Caller } from '../../core/caller.ts';

/**
 * Who may call an operation; every route says so. `public`: anyone, without a key. `every`: any management key.
 * `account`: the operator, and keys of a whole account. `operator`: the operator alone.
 * Which things a caller then reaches is the verb's to decide (core/caller.ts).
 */
export type Callers = 'public' | 'every' | 'account' | 'operator';

declare module 'fastify' {
  interface FastifyContextConfig {
    callers?: Callers;
  }
  interface FastifyRequest {
    /** Null on public routes. Read it with `callerOf`. */
    caller: Caller | null;
  }
}

/** The Fastify instance as the route files see it: bodies and answers are typed by their zod schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** Who sent the request. Throws on a public route, where nobody was asked. */
export function callerOf(request: Pick<FastifyRequest, 'caller'>): Caller {
  if (!request.caller) throw new Error('a route that needs its caller does not say who may call it');
  return request.caller;
}
