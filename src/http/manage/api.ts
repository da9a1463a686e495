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
import type { Permission } from '../../core/role.ts';
import type { Granted } from '../../service/access.ts';

/**
 * What an operation asks of its caller; every route says so. `public`: anyone, without a key. Else a row of the table of
 * roles, or several where what the operation names decides which (core/role.ts).
 */
export type Asks = 'public' | Permission | readonly Permission[];

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: Asks;
    /** People prove first who they are, where the account of what the address names wants that (service/stepUp). */
    stepUp?: true;
    /** The key that the address names may call this with its own value. */
    self?: true;
    /** Media types of the answer, where it is not JSON. */
    produces?: readonly string[];
  }
  interface FastifyRequest {
    /** Null on public routes. Read it with `callerOf`. */
    caller: Caller | null;
    /** `own`: a list holds only what the caller made. */
    granted: Granted;
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
