import type { FastifyReply, FastifyRequest } from 'fastify';
import { Fault } from '../../core/fault.ts';
import type { User } from '../../core/people.ts';
import type { SessionIdentity } from '../../service/sessions.ts';
import { setCookie } from './cookies.ts';
import { sessionOf, type Entry } from './entry.ts';
import type { AuthAnswer } from './signIn.ts';

/** Who has just been let in. */
export interface Begun {
  readonly user: User;
  readonly identity: SessionIdentity;
}

const DEVICE_SECONDS = 180 * 24 * 60 * 60;

/** The steps that several operations share: beginning a session, renewing it, and asking again who one is. */
export function createProofs({
  signIn,
  sessions,
  attempts,
  people,
  store,
  passwords,
  names,
  clientAddress,
  clock,
}: Entry) {
  /** Answers a step that began a session: sets its cookies, and marks the device. */
  async function begun(
    request: FastifyRequest,
    reply: FastifyReply,
    answer: AuthAnswer<unknown>,
    secondFactor: boolean,
  ): Promise<Begun> {
    if (answer.token === null) throw new Error('no session began');
    if (secondFactor) await sessions.noteSecondFactor(answer.token);
    const identity = await sessions.identify(answer.token);
    if (!identity) throw new Fault('invalid_credentials', 'The e-mail or the password is wrong.');
    const user = await people.get(identity.userId);
    const device = setCookie(names, names.device, attempts.deviceMark(user.email), DEVICE_SECONDS);
    void reply.header('set-cookie', [...answer.cookies, device]);
    request.log.info({ userId: user.id, address: clientAddress(request.raw), secondFactor }, 'signed in');
    return { user, identity };
  }

  /** A code that was seen once is not good again, not even within its 30 seconds. */
  async function spendCode(userId: string, code: string): Promise<void> {
    if (!(await attempts.spendCode(userId, code)))
      throw new Fault('invalid_credentials', 'The code is wrong, or was used before.');
  }

  /** A new token at every re-authentication (ASVS 7.2.4); what the session was, the new one is. */
  async function renewed(request: FastifyRequest, reply: FastifyReply): Promise<Begun> {
    const before = sessionOf(request);
    const answer = await signIn.begin(request.raw, before.userId, { sessionId: before.sessionId });
    const after = await begun(request, reply, answer, before.secondFactor);
    await sessions.end(before.userId, before.sessionId);
    return after;
  }

  /** Answers the hash that the password was checked against. */
  async function provePassword(userId: string, password: string): Promise<string> {
    const wasRight = await attempts.check(userId);
    const hash = (await store.passwordHash(userId)) ?? null;
    if (!(await passwords.verify(hash, password, 'known')) || hash === null)
      throw new Fault('invalid_credentials', 'The password is wrong.');
    await wasRight();
    return hash;
  }

  async function proveCode(request: FastifyRequest, code: string): Promise<void> {
    const identity = sessionOf(request);
    const { userId } = identity;
    const wasRight = await attempts.check(userId);
    if (!(await people.get(userId)).twoFactor) throw new Fault('conflict', 'No second factor is set up.');
    await spendCode(userId, code);
    await signIn.ownCode(request.raw, identity, code);
    await wasRight();
  }

  /** Keys cannot be asked who they are: of an operation that is open to them too, only people are. */
  function requireFresh(request: FastifyRequest): void {
    if (request.session !== null && request.session.freshUntilMs <= clock())
      throw new Fault('identity_check_required', 'Prove again who you are first: `POST /api/v1/auth/identity-check`.');
  }

  return { begun, spendCode, renewed, provePassword, proveCode, requireFresh };
}
