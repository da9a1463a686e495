import { PLATFORM_ACCOUNT_ID } from '../core/account.ts';
import type { Person } from '../core/caller.ts';
import type { MemberStore } from '../core/member.ts';
import type { PeopleStore } from '../core/people.ts';

/**
 * The caller behind a user; null where there is none, or one who is disabled. Read anew each time, so that what a person
 * may do changes with their very next request, on every node.
 */
export type CallerOfUser = (userId: string) => Promise<Person | null>;

export function createPersons(options: {
  people: Pick<PeopleStore, 'get'>;
  members: Pick<MemberStore, 'ofUser'>;
}): CallerOfUser {
  const { people, members } = options;
  return async (userId) => {
    const [user, kept] = await Promise.all([people.get(userId), members.ofUser(userId)]);
    if (user?.status !== 'active') return null;
    // The management keys of that account are the operator’s, and who is the operator is said of the user alone.
    const memberships = kept.filter(({ accountId }) => accountId !== PLATFORM_ACCOUNT_ID);
    return { kind: 'person', id: user.id, isOperator: user.isOperator, memberships };
  };
}
