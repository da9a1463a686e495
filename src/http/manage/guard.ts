import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Caller } from '../../core/caller.ts';
import type { Denial } from '../../core/denial.ts';
import { PERMISSIONS, type Permission } from '../../core/role.ts';
import { refuseEverywhere, type Access, type Subject, type SubjectType } from '../../service/access.ts';
import type { Directory } from '../../service/directory.ts';
import type { Identities } from '../../service/identity.ts';
import type { CallerOfUser } from '../../service/persons.ts';
import type { RequireFresh } from '../../service/stepUp.ts';
import type { Uses } from '../../service/uses.ts';
import { denialFailure } from '../failure.ts';
import { presentedKey } from '../presented.ts';
import { sessionEnded, type Entry } from '../session/entry.ts';
import { answerFailure } from './answer.ts';
import type { Asks } from './api.ts';

/** Decides before the body is read, and again when it was (body.ts), who calls, and whether they may do this to what the address names. */
export function createGuard(options: {
  identities: Identities;
  access: Pick<Access, 'check'>;
  directory: Pick<Directory, 'current'>;
  entry: Pick<Entry, 'require'>;
  callerOfUser: CallerOfUser;
  requireFresh: RequireFresh;
  keyPrefix: string;
  clientAddress: (request: IncomingMessage) => string | null;
  uses?: Pick<Uses, 'note'>;
}): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  return async (request, reply) => {
    const { permission: asks } = request.routeOptions.config;
    if (asks === undefined || asks === 'public') return undefined;
    const address = options.clientAddress(request.raw);
    const caller = await identify(request, address);
    if ('ok' in caller) {
      request.log.info({ code: caller.code, address, route: request.routeOptions.url }, 'management call refused');
      return answerFailure(reply, denialFailure(caller));
    }
    // Before anything is refused: refusals are recorded with who asked.
    request.caller = caller;
    await options.directory.current();
    const permissions = permissionsOf(asks);
    refuseEverywhere(caller, permissions, () => NOT_OPEN[kindOf(permissions)]);
    const subject = subjectOf(request);
    const [permission] = permissions;
    if (subject && permission) request.granted = await options.access.check(caller, permission, subject);
    if (subject && request.routeOptions.config.stepUp) await options.requireFresh(caller, request.session, subject);
    if (caller.kind === 'key') options.uses?.note(caller.id, address, caller.secretId);
    return undefined;
  };

  async function identify(request: FastifyRequest, address: string | null): Promise<Caller | Denial> {
    const at = request.url.indexOf('?');
    const presented = presentedKey(request.raw, at < 0 ? '' : request.url.slice(at + 1), options.keyPrefix);
    if (presented !== null && typeof presented === 'object') return presented;
    const session = await options.entry.require(request, presented !== null);
    if (session !== null) {
      if ('ok' in session) return session;
      const person = await options.callerOfUser(session.userId);
      if (person === null) throw sessionEnded();
      return person;
    }
    const { self } = request.routeOptions.config;
    return options.identities.identify(presented, address, self && (request.params as { readonly id: string }).id);
  }
}

/** What an operation asks for, as a list. */
export function permissionsOf(asks: Asks): readonly Permission[] {
  if (asks === 'public') return [];
  return typeof asks === 'string' ? [asks] : asks;
}

function kindOf(permissions: readonly Permission[]): keyof typeof NOT_OPEN {
  if (permissions.includes('session.own')) return 'session';
  return permissions.every((permission) => PERMISSIONS[permission].level === 'platform') ? 'platform' : 'other';
}

const NOT_OPEN = {
  platform: 'This operation is the operator’s. Ask them, or use one of their management keys.',
  session: 'This operation is for people who are signed in: a management key has no session of its own.',
  other: 'This operation needs a management key of the whole account, and this one belongs to a project.',
};

/** What the address names: `/api/v1/keys/{id}/limits` a key. Lists of everything, and what is the platform’s, name nothing. */
function subjectOf({ routeOptions, params }: FastifyRequest): Subject | undefined {
  const [, noun = ''] = /^\/api\/v1\/([a-z-]+)\/:id/.exec(routeOptions.url ?? '') ?? [];
  const type = SUBJECTS[noun];
  return type && { type, id: (params as { readonly id: string }).id };
}

const SUBJECTS: Readonly<Record<string, SubjectType>> = {
  accounts: 'account',
  projects: 'project',
  keys: 'key',
  limits: 'limit',
  'limit-templates': 'limit template',
  webhooks: 'webhook',
  endpoints: 'endpoint',
  services: 'service',
  'quota-requests': 'quota request',
  'leak-reports': 'leak report',
};
