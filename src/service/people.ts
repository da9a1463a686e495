import type { Clock, NewId, Random } from '../core/ambient.ts';
import { normalisedEmail } from '../core/email.ts';
import { Fault, invalidField, notFound } from '../core/fault.ts';
import type { PasswordReset, PasswordResetStore } from '../core/invitation.ts';
import { covers, type NamedProvider } from '../core/oidc.ts';
import type { Page } from '../core/page.ts';
import type { PeopleQuery, PeopleStore, User, UserStatus } from '../core/people.ts';
import { refusedPassword, type Passwords } from './passwords.ts';
import { tokenHash, type Sessions } from './sessions.ts';

/** A link's secret, shown once to who made it, who passes it on. */
export interface OneTimeLink {
  readonly token: string;
  readonly expiresAtMs: number;
}

/** What people change of themselves. */
export interface Profile {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
}

/** Runs what somebody does who is known only by a link they have, as theirs: the audit log names them. */
export type AsPerson = <T>(person: Pick<User, 'id' | 'name' | 'isOperator'>, work: () => Promise<T>) => Promise<T>;

/** People: made, read, disabled and given links by the operator; each changes their own password. */
export interface People {
  get(id: string): Promise<User>;
  list(query: PeopleQuery): Promise<Page<User>>;
  /** Makes a user without a password, and the link by which they choose one. */
  create(
    by: string,
    fields: { email: string; name: string; isOperator: boolean },
  ): Promise<{ user: User; link: OneTimeLink }>;
  /** Makes a user whom an identity provider vouches for, without a password. */
  createProved(fields: { id: string; email: string; name: string }): Promise<User>;
  /** Makes a user who has just chosen a password. Throws the fault of a password that may not be. */
  createWithPassword(fields: { id: string; email: string; name: string; password: string }): Promise<User>;
  change(id: string, change: { status?: UserStatus | undefined; isOperator?: boolean | undefined }): Promise<User>;
  /**
   * The user's own name and e-mail. Another e-mail ends every session but this one; whose a taken one is, is not said. One
   * that the identity provider may vouch for is nobody's to choose.
   */
  changeProfile(id: string, change: Profile, sessionId: string): Promise<User>;
  /** What somebody lost who signs in with more than a password. Ends that, the password, and every session; answers the link to a new one. */
  removeSecondFactor(by: string, id: string): Promise<OneTimeLink>;
  /** A link by which the user chooses a new password; the earlier ones end. */
  startReset(by: string, id: string): Promise<OneTimeLink>;
  /** Whose link it is, which is not used by that. Throws Fault `invalid_credentials` where it is nobody's any more. */
  lookAtReset(token: string): Promise<{ readonly user: User; readonly expiresAtMs: number }>;
  /** Uses a link up: sets the password and ends every session of the user. */
  finishReset(token: string, password: string, as: AsPerson): Promise<User>;
  /** The user's own change; ends every session but this one. The password before was checked, against this hash. */
  changePassword(id: string, password: string, own: { sessionId: string; passwordHash: string }): Promise<void>;
  endSessions(id: string): Promise<number>;
}

const RESET_MS = 24 * 60 * 60_000;
/** More than 128 bits, so that a plain hash of it may be stored (ASVS 6.5.2, 7.2.3). */
const TOKEN_BYTES = 32;

export function newToken(random: Random): string {
  return Buffer.from(random(TOKEN_BYTES)).toString('base64url');
}

export function createPeople(deps: {
  people: PeopleStore;
  passwordResets: PasswordResetStore;
  passwords: Passwords;
  sessions: Pick<Sessions, 'endAll'>;
  /** The identity provider people may sign in with; left out: none. */
  oidc?: Pick<NamedProvider, 'name' | 'rules'> | null | undefined;
  clock: Clock;
  random: Random;
  newId: NewId;
}): People {
  const { people, passwordResets, passwords, sessions, clock, random, newId } = deps;

  async function get(id: string): Promise<User> {
    const user = await people.get(id);
    if (!user) throw notFound('user', id);
    return user;
  }

  async function write(
    fields: { id: string; email: string; name: string; isOperator: boolean },
    password: string | null,
  ): Promise<User> {
    const user: User = {
      id: fields.id,
      email: normalisedEmail(fields.email),
      name: fields.name,
      isOperator: fields.isOperator,
      status: 'active',
      createdAtMs: clock(),
      twoFactor: false,
    };
    await people.create(user, password === null ? null : await passwords.hash(password));
    return user;
  }

  async function startReset(by: string, id: string): Promise<OneTimeLink> {
    const token = newToken(random);
    const reset: PasswordReset = {
      id: newId('rst'),
      userId: (await get(id)).id,
      createdBy: by,
      createdAtMs: clock(),
      expiresAtMs: clock() + RESET_MS,
    };
    await passwordResets.create(reset, tokenHash(token));
    return { token, expiresAtMs: reset.expiresAtMs };
  }

  async function lookAtReset(token: string): Promise<{ user: User; expiresAtMs: number }> {
    const reset = await passwordResets.find(tokenHash(token), clock());
    const user = reset && (await people.get(reset.userId));
    if (!user) throw linkIsOver();
    return { user, expiresAtMs: reset.expiresAtMs };
  }

  return {
    get,
    list: (query) => people.list(query),

    async create(by, fields) {
      const user = await write({ ...fields, id: newId('usr') }, null);
      return { user, link: await startReset(by, user.id) };
    },

    createProved: (fields) => write({ ...fields, isOperator: false }, null),

    async createWithPassword({ password, ...fields }) {
      const refused = refusedPassword(password, { ...fields, twoFactor: false });
      if (refused) throw refused;
      return write({ ...fields, isOperator: false }, password);
    },

    async change(id, { status, isOperator }) {
      await get(id);
      if (isOperator !== undefined) await people.setOperator(id, isOperator, clock());
      if (status !== undefined) await people.setStatus(id, status, clock());
      return get(id);
    },

    async changeProfile(id, change, sessionId) {
      // Somebody else may own it, and would find it taken when they come by the provider.
      if (change.email !== undefined && deps.oidc && covers(deps.oidc.rules, change.email))
        throw invalidField(
          '/email',
          `Whose e-mail this is, ${deps.oidc.name} says, the identity provider: nobody chooses it here. Give one that is not for it to say.`,
        );
      return people.setProfile(id, change, clock(), sessionId).catch((error: unknown) => {
        if (error instanceof Fault && error.code === 'conflict')
          throw new Fault('conflict', 'This e-mail cannot be used here. Choose another one, or ask the operator.');
        throw error;
      });
    },

    async removeSecondFactor(by, id) {
      await get(id);
      await people.removeSecondFactor(id, clock());
      return startReset(by, id);
    },

    startReset,

    lookAtReset,

    async finishReset(token, password, as) {
      const hash = tokenHash(token);
      const { user } = await lookAtReset(token);
      const refused = refusedPassword(password, user);
      if (refused) throw refused;
      const digest = await passwords.hash(password);
      if (!(await passwordResets.take(hash, clock()))) throw linkIsOver();
      await as(user, () => people.setPassword(user.id, digest, clock()));
      return user;
    },

    async changePassword(id, password, own) {
      const refused = refusedPassword(password, await get(id), '/newPassword');
      if (refused) throw refused;
      if (!(await people.setPassword(id, await passwords.hash(password), clock(), own)))
        throw new Fault('unauthenticated', 'The session has ended. Sign in again.');
    },

    async endSessions(id) {
      return sessions.endAll((await get(id)).id);
    },
  };
}

function linkIsOver(): Fault {
  return new Fault('invalid_credentials', 'This link was used, revoked, or has run out. Ask for a new one.');
}
