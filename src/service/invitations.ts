import { PLATFORM_ACCOUNT_ID } from '../core/account.ts';
import type { Clock, NewId, Random } from '../core/ambient.ts';
import type { Caller } from '../core/caller.ts';
import { normalisedEmail } from '../core/email.ts';
import { Fault, invalidField, notFound } from '../core/fault.ts';
import type { Invitation, InvitationStore } from '../core/invitation.ts';
import { rankOf, type AccountRole, type MemberStore, type ProjectRole } from '../core/member.ts';
import type { Page, PageQuery } from '../core/page.ts';
import type { PeopleStore, User } from '../core/people.ts';
import type { AccountStore, ProjectStore } from '../core/ports.ts';
import type { Permission } from '../core/role.ts';
import { suspended } from './access.ts';
import { above } from './members.ts';
import { newToken, type AsPerson, type OneTimeLink, type People } from './people.ts';
import { tokenHash } from './sessions.ts';
import type { Standing } from './standing.ts';

export interface InvitationDraft {
  readonly email: string;
  readonly accountId: string;
  readonly role: AccountRole;
  readonly projectId?: string | undefined;
  readonly projectRole?: ProjectRole | undefined;
}

/** Who accepts: a newcomer who chooses name and password, or a user who is signed in. */
export type Accepting = Newcomer | { readonly kind: 'user'; readonly userId: string };

/** Without a password: an identity provider has vouched for name and e-mail. */
export interface Proved {
  readonly kind: 'proved';
  readonly name: string;
  readonly email: string;
}

interface Newcomer {
  readonly kind: 'newcomer';
  readonly name: string;
  readonly password: string;
}

/** What somebody who has a link may know before they use it. */
export interface Looked {
  readonly invitation: Invitation;
  readonly accountName: string;
  /** Null: of no project. */
  readonly projectName: string | null;
  /** Whether there is a user with this e-mail, who signs in instead of choosing a password. */
  readonly isUser: boolean;
}

/** Links that let people into an account. */
export interface Invitations {
  create(caller: Caller, draft: InvitationDraft): Promise<{ invitation: Invitation; link: OneTimeLink }>;
  list(caller: Caller, query: PageQuery & { readonly accountId: string }): Promise<Page<Invitation>>;
  revoke(caller: Caller, id: string): Promise<Invitation>;
  /** What a link is for. Throws Fault `invalid_credentials` where it is for nothing any more, and says why. */
  look(token: string): Promise<Looked>;
  accept(token: string, who: Accepting, as: AsPerson): Promise<User>;
  /**
   * Accepts what is open for the e-mail of somebody who is no user yet, and who has proved that it is theirs. Undefined, and
   * nobody is made, where that is nothing.
   */
  acceptAll(newcomer: Proved, as: AsPerson): Promise<User | undefined>;
}

const OPEN_MS = 7 * 24 * 60 * 60_000;

export function createInvitations(deps: {
  invitations: InvitationStore;
  accounts: Pick<AccountStore, 'get'>;
  projects: Pick<ProjectStore, 'get'>;
  people: Pick<PeopleStore, 'get' | 'findByEmail'>;
  create: People['createWithPassword'];
  createProved: People['createProved'];
  members: Pick<MemberStore, 'get' | 'put'>;
  /** Throws where the caller may not do this to the people of the account. */
  refuse: (caller: Caller, permission: Permission, accountId: string) => Promise<void>;
  standing: Standing;
  clock: Clock;
  random: Random;
  newId: NewId;
}): Invitations {
  const { invitations, accounts, projects, people, members, standing, clock, random, newId } = deps;

  return {
    async create(caller, { email, accountId, role, projectId, projectRole }) {
      await deps.refuse(caller, 'accountMembers.manage', accountId);
      if (accountId === PLATFORM_ACCOUNT_ID)
        throw invalidField(
          '/accountId',
          'The platform’s own account has no members. Make the user an operator instead.',
        );
      const granted = highest(role, projectRole);
      if ((await standing.of(caller, { accountId, projectId: null })) < rankOf(granted)) throw above(granted);
      if ((projectId === undefined) !== (projectRole === undefined))
        throw invalidField('/projectRole', 'Give `projectId` and `projectRole` together, or neither.');
      if (projectId !== undefined && (await projects.get(projectId))?.accountId !== accountId)
        throw invalidField('/projectId', 'There is no such project in this account.');
      const token = newToken(random);
      const nowMs = clock();
      const invitation: Invitation = {
        id: newId('inv'),
        accountId,
        projectId: projectId ?? null,
        email: normalisedEmail(email),
        role,
        projectRole: projectRole ?? null,
        status: 'open',
        acceptedBy: null,
        createdBy: caller.id,
        createdAtMs: nowMs,
        expiresAtMs: nowMs + OPEN_MS,
      };
      await invitations.create(invitation, tokenHash(token));
      return { invitation, link: { token, expiresAtMs: invitation.expiresAtMs } };
    },

    async list(caller, query) {
      await deps.refuse(caller, 'accountMembers.read', query.accountId);
      return invitations.list(query);
    },

    async revoke(caller, id) {
      const found = await invitations.get(id);
      if (!found) throw notFound('invitation', id);
      await deps.refuse(caller, 'accountMembers.manage', found.accountId).catch((error: unknown) => {
        throw error instanceof Fault && error.code === 'not_found' ? notFound('invitation', id) : error;
      });
      const revoked = await invitations.close(id, 'revoked', { acceptedBy: null, nowMs: clock() });
      if (!revoked) throw new Fault('conflict', 'This invitation is not open any more.');
      return revoked;
    },

    async look(token) {
      const invitation = await found(token);
      const { accountId, projectId, email } = invitation;
      const [account, project, user] = await Promise.all([
        accounts.get(accountId),
        projectId === null ? undefined : projects.get(projectId),
        people.findByEmail(email),
      ]);
      return {
        invitation,
        accountName: account?.name ?? accountId,
        projectName: project?.name ?? projectId,
        isUser: user !== undefined,
      };
    },

    async accept(token, who, as) {
      const invitation = await found(token);
      const { email } = invitation;
      const known = who.kind === 'user' ? await people.get(who.userId) : await people.findByEmail(email);
      if (known && who.kind === 'newcomer')
        throw new Fault('conflict', 'There is already a user with this e-mail. Sign in, then accept.');
      if (who.kind === 'user' && known?.email !== email)
        throw new Fault('forbidden', 'This invitation is for another e-mail than yours.');
      const person = known ?? { id: newId('usr'), name: (who as Newcomer).name, isOperator: false };
      return as(person, () => use(invitation, person.id, known ?? (who as Newcomer)));
    },

    async acceptAll(newcomer, as) {
      let user: User | undefined;
      const person = { id: newId('usr'), name: newcomer.name, isOperator: false };
      for (const invitation of await invitations.openFor(newcomer.email, clock())) {
        const accepted = refuseOver(invitation).then(() =>
          as(person, () => use(invitation, person.id, user ?? newcomer)),
        );
        // One that is over keeps nobody out whom another lets in.
        user = await accepted.catch((error: unknown) => {
          if (error instanceof Fault && error.status < 500) return user;
          throw error;
        });
      }
      return user;
    },
  };

  /** The invitation that a link opens now. Who has the link is told why it opens nothing. */
  async function found(token: string): Promise<Invitation> {
    const invitation = await invitations.find(tokenHash(token));
    if (!invitation) throw linkIsOver();
    const { status, expiresAtMs } = invitation;
    if (status === 'accepted') throw linkIsOver('This link has been used already. Was it you? Then sign in.');
    if (status === 'revoked') throw linkIsOver('This invitation was revoked. Ask for a new one.');
    if (expiresAtMs <= clock()) throw linkIsOver('This link has run out. Ask for a new one.');
    await refuseOver(invitation);
    return invitation;
  }

  /** Who invited may be somebody else by now, or nobody: the link opens no more than they could still grant. */
  async function refuseOver({ accountId, createdBy, role, projectRole }: Invitation): Promise<void> {
    if ((await accounts.get(accountId))?.status === 'suspended') throw suspended();
    const granted = highest(role as AccountRole, projectRole as ProjectRole | null);
    if (accountId === PLATFORM_ACCOUNT_ID || (await standing.ofInviter(createdBy, accountId)) < rankOf(granted))
      throw linkIsOver();
  }

  async function use(invitation: Invitation, userId: string, who: User | Newcomer | Proved): Promise<User> {
    // Taken first, so that of two at once one gets it; given back when what it is for does not come about.
    if (!(await invitations.close(invitation.id, 'accepted', { acceptedBy: userId, nowMs: clock() })))
      throw linkIsOver();
    try {
      const user = await userOf(who, userId, invitation.email);
      await join(invitation, user);
      return user;
    } catch (error) {
      await invitations.reopen(invitation.id);
      throw error;
    }
  }

  async function userOf(who: User | Newcomer | Proved, id: string, email: string): Promise<User> {
    if (!('kind' in who)) return who;
    const { name } = who;
    return who.kind === 'proved'
      ? deps.createProved({ id, name, email })
      : deps.create({ id, name, email, password: who.password });
  }

  /** What someone is already is raised by a link, and not lessened by an old one. */
  async function join(invitation: Invitation, { id: userId }: User): Promise<void> {
    const { accountId, projectId, createdBy } = invitation;
    const made = { accountId, userId, addedBy: createdBy, createdAtMs: clock() };
    const role = invitation.role as AccountRole;
    const before = await members.get({ accountId, projectId: null }, userId);
    if (!before || rankOf(before.role) < rankOf(role))
      await members.put({ ...made, mayRequestQuota: false, ...before, projectId: null, role }, before?.role ?? null);
    if (projectId === null) return;
    const projectRole = invitation.projectRole as ProjectRole;
    const inProject = await members.get({ accountId, projectId }, userId);
    if (!inProject || rankOf(inProject.role) < rankOf(projectRole))
      await members.put({ ...made, ...inProject, projectId, role: projectRole }, inProject?.role ?? null);
  }
}

function highest(role: AccountRole, projectRole: ProjectRole | null | undefined): AccountRole {
  return projectRole && rankOf(projectRole) > rankOf(role) ? projectRole : role;
}

function linkIsOver(why = 'This link was used, revoked, or has run out. Ask for a new one.'): Fault {
  return new Fault('invalid_credentials', why);
}
