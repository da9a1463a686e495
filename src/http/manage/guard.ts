import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isOperator, type Caller } from '../../core/caller.ts';
import type { Denial } from '../../core/denial.ts';
import { Fault } from '../../core/fault.ts';
import type { Identities } from '../../service/identity.ts';
import type { Uses } from '../../service/uses.ts';
import { presentedKey } from '../presented.ts';
import { denialFailure } from '../respond.ts';
import { answerFailure } from './answer.ts';
import type { Callers } from './api.ts';

/** Decides before the body is read who calls and whether the route is open to them. */
export function createGuard(options: {
  identities: Identities;
  keyPrefix: string;
  clientAddress: (request: IncomingMessage) => string | null;
  uses?: Pick<Uses, 'note'>;
}): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  return async (request, reply) => {
    const { callers } = request.routeOptions.config;
    if (callers === undefined || callers === 'public') return undefined;
    const address = options.clientAddress(request.raw);
    const caller = await identify(request, address);
    if ('ok' in caller) {
      request.log.info({ code: caller.code, address, route: request.routeOptions.url }, 'management call refused');
      return answerFailure(reply, denialFailure(caller));
    }
    if (!isOpenTo(callers, caller)) throw new Fault('forbidden', NOT_OPEN[callers]);
    if (caller.kind === 'key') options.uses?.note(caller.id, address);
    request.caller = caller;
    return undefined;
  };

  async function identify(request: FastifyRequest, address: string | null): Promise<Caller | Denial> {
    const at = request.url.indexOf('?');
    const presented = presentedKey(request.raw, at < 0 ? '' : request.url.slice(at + 1), options.keyPrefix);
    if (presented !== null && typeof presented === 'object') return presented;
    return options.identities.identify(presented, address);
  }
}

function isOpenTo(callers: Callers, caller: Caller): boolean {
  if (callers === 'operator') return isOperator(caller);
  return callers === 'every' || caller.projectId === null;
}

const NOT_OPEN: Record<Exclude<Callers, 'public'>, string> = {
  every: 'This key may not call this operation.',
  account: 'This operation needs a management key of the whole account, and this one belongs to a project.',
  operator: 'This operation is the operator’s. Ask them, or use one of their management keys.',
};
