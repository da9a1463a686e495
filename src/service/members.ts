import type { Clock } from '../core/ambient.ts';
import type { Caller } from '../core/caller.ts';
import { Fault, notFound } from '../core/fault.ts';
import type { Key } from '../core/key.ts';
import type { KeyStore } from '../core/keyStore.ts';
import { rankOf, type Member, type MemberPlace, type Membership, type MemberStore } from '../core/member.ts';
import type { Page, PageQuery } from '../core/page.ts';
import type { PeopleStore, User } from '../core/people.ts';
import type { SessionStore } from '../core/session.ts';
import type { Standing } from './standing.ts';

export type MemberDraft = { readonly role: Membership['role']; readonly mayRequestQuota?: boolean };

/** A member and the user behind it; null where that was removed. */
export interface MemberView {
  readonly member: Member;
  readonly user: User | null;
}

/** What someone who left leaves behind. The keys keep working. */
export interface Left {
  readonly count: number;
  /** The newest of them. */
  readonly keys: readonly Key[];
}

/**
 * Who belongs to an account and its projects. Whoever is in a project is in its account. Nobody grants a role above
 * their own, or changes what somebody above them is. Who may call these at all: core/role.ts.
 */
export interface Members {
  list(place: MemberPlace, query: PageQuery): Promise<Page<MemberView>>;
  /** Changes what a member is, or makes someone of the account a member of one of its projects. */
  set(caller: Caller, place: MemberPlace, userId: string, draft: MemberDraft): Promise<MemberView>;
  /** Ends a membership with the very next request, of an account with all in its projects and the invitations they made; with the last one, sessions too. */
  remove(caller: Caller, place: MemberPlace, userId: string): Promise<Left>;
}

const SHOWN_KEYS = 200;

export function createMembers(options: {
  members: MemberStore;
  people: Pick<PeopleStore, 'get' | 'getMany'>;
  keys: Pick<KeyStore, 'list'>;
  sessions: Pick<SessionStore, 'endAll'>;
  standing: Pick<Standing, 'of'>;
  clock: Clock;
}): Members {
  const { members, people, keys, sessions, standing, clock } = options;

  async function view(member: Member): Promise<MemberView> {
    return { member, user: (await people.get(member.userId)) ?? null };
  }

  async function found(caller: Caller, place: MemberPlace, userId: string): Promise<Member> {
    const member = await members.get(place, userId);
    if (!member) throw notFound('member', userId);
    await mayTouch(caller, place, member.role);
    return member;
  }

  async function mayTouch(caller: Caller, place: MemberPlace, role: Membership['role']): Promise<void> {
    if ((await standing.of(caller, place)) < rankOf(role)) throw above(role);
  }

  async function leftBehind({ accountId, projectId }: MemberPlace, userId: string): Promise<Left> {
    const shown: Key[] = [];
    let count = 0;
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page: Page<Key> = await keys.list({
        accountId,
        projectId,
        createdBy: userId,
        nowMs: clock(),
        limit: SHOWN_KEYS,
        ...(cursor !== undefined && { cursor }),
      });
      if (count === 0) shown.push(...page.data);
      count += page.data.length;
      cursor = page.nextCursor;
    }
    return { count, keys: shown };
  }

  return {
    async list(place, query) {
      const page = await members.list({ ...query, ...place });
      const users = new Map(
        (await people.getMany(page.data.map(({ userId }) => userId))).map((user) => [user.id, user]),
      );
      return { ...page, data: page.data.map((member) => ({ member, user: users.get(member.userId) ?? null })) };
    },

    async set(caller, place, userId, { role, mayRequestQuota }) {
      const { accountId, projectId } = place;
      const before = await members.get(place, userId);
      // Nobody is made a member of an account by someone else’s decision alone: they are invited.
      const known = before ?? (projectId !== null && (await members.get({ accountId, projectId: null }, userId)));
      if (!known) throw notFound('member', userId);
      if (before) await mayTouch(caller, place, before.role);
      await mayTouch(caller, place, role);
      const kept = before ?? { userId, addedBy: caller.id, createdAtMs: clock() };
      const { addedBy, createdAtMs } = kept;
      const member = {
        ...membershipOf(place, role, mayRequestQuota ?? (before?.projectId === null && before.mayRequestQuota)),
        userId,
        addedBy,
        createdAtMs,
      };
      await members.put(member, before?.role ?? null);
      return view(member);
    },

    async remove(caller, place, userId) {
      const member = await found(caller, place, userId);
      const { accountId } = place;
      const name = (await people.get(userId))?.name ?? userId;
      await members.remove(member, { accountId, userId, name, removedAtMs: clock() });
      const user = await people.get(userId);
      if (!user?.isOperator && (await members.ofUser(userId)).length === 0) await sessions.endAll(userId);
      return leftBehind(place, userId);
    },
  };
}

function membershipOf({ accountId, projectId }: MemberPlace, role: Membership['role'], mayAsk: boolean): Membership {
  if (projectId === null) return { accountId, projectId, role, mayRequestQuota: mayAsk };
  if (role === 'owner') throw new Fault('invalid_request', 'A project has admins and members; owners are of accounts.');
  return { accountId, projectId, role };
}

/** What is said to who would grant or change a role above their own. */
export function above(role: Membership['role']): Fault {
  return new Fault(
    'forbidden',
    `Only someone who is ${role} or above grants or changes that role. A management key that ends, is tied to addresses or belongs to a project grants no role above member.`,
  );
}
