import type { MemberPlace } from '../../core/member.ts';
import type { Caller } from '../../core/caller.ts';
import type { Accounts } from '../../service/accounts.ts';
import type { Members } from '../../service/members.ts';
import type { Projects } from '../../service/projects.ts';
import { z } from 'zod';
import { callerOf, type Api } from './api.ts';
import { idParam, listOf, pageQuery } from './schema/fields.ts';
import {
  accountMemberSet,
  leftOut,
  memberOut,
  memberParams,
  projectMemberSet,
  toLeftOut,
  toMemberOut,
} from './schema/members.ts';

/** `/accounts/{id}/members` and `/projects/{id}/members`. */
export function memberRoutes(
  app: Api,
  deps: { members: Members; accounts: Pick<Accounts, 'get'>; projects: Pick<Projects, 'get'> },
): void {
  const { members, accounts, projects } = deps;
  const tags = ['Members'];
  const places = [
    {
      url: '/accounts/:id/members',
      noun: 'Account',
      words: 'an account',
      reading: 'accountMembers.read',
      managing: 'accountMembers.manage',
      body: accountMemberSet,
      ends: 'The account’s last owner cannot be removed. All that the person is in its projects ends too.',
      placeOf: async (caller: Caller, id: string): Promise<MemberPlace> => ({
        accountId: (await accounts.get(caller, id)).id,
        projectId: null,
      }),
    },
    {
      url: '/projects/:id/members',
      noun: 'Project',
      words: 'a project',
      reading: 'projectMembers.read',
      managing: 'projectMembers.manage',
      body: projectMemberSet,
      ends: 'They stay in the account.',
      placeOf: async (caller: Caller, id: string): Promise<MemberPlace> => ({
        accountId: (await projects.get(caller, id)).accountId,
        projectId: id,
      }),
    },
  ] as const;

  for (const { url, noun, words, reading, managing, body, ends, placeOf } of places) {
    app.route({
      method: 'GET',
      url,
      config: { permission: reading },
      schema: {
        tags,
        operationId: `list${noun}Members`,
        summary: `List the members of ${words}`,
        params: idParam,
        querystring: z.strictObject(pageQuery),
        response: { 200: listOf(memberOut, 'Members, newest first.') },
      },
      handler: async (request) => {
        const page = await members.list(await placeOf(callerOf(request), request.params.id), request.query);
        return { ...page, data: page.data.map(toMemberOut) };
      },
    });

    app.route({
      method: 'PUT',
      url: `${url}/:userId`,
      config: { permission: managing },
      schema: {
        tags,
        operationId: `set${noun}Member`,
        summary: `Set what someone is in ${words}`,
        description:
          noun === 'Account'
            ? 'Changes the role of a member; people come into an account by invitation. Nobody grants a role above their own, and an account keeps an owner.'
            : 'Changes the role of a member, or adds someone of the account.',
        params: memberParams,
        body,
        response: { 200: memberOut },
      },
      handler: async (request) => {
        const caller = callerOf(request);
        const place = await placeOf(caller, request.params.id);
        return toMemberOut(await members.set(caller, place, request.params.userId, request.body));
      },
    });

    app.route({
      method: 'DELETE',
      url: `${url}/:userId`,
      config: { permission: managing },
      schema: {
        tags,
        operationId: `remove${noun}Member`,
        summary: `Remove someone from ${words}`,
        description: `Ends what they reach here with their very next request. ${ends} Keys they made keep working, and are answered.`,
        params: memberParams,
        response: { 200: leftOut },
      },
      handler: async (request) => {
        const caller = callerOf(request);
        const place = await placeOf(caller, request.params.id);
        return toLeftOut(await members.remove(caller, place, request.params.userId));
      },
    });
  }
}
