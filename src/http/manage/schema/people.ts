import { z } from 'zod';
import { EMAIL } from '../../../core/email.ts';
import type { Invitation } from '../../../core/invitation.ts';
import type { User } from '../../../core/people.ts';
import type { Session } from '../../../core/session.ts';
import type { SessionIdentity } from '../../../service/sessions.ts';
import { momentOut, nameField, toMoment } from './fields.ts';

export const emailField = z
  .email({ pattern: EMAIL, error: 'This must be an e-mail address.' })
  .max(254)
  .meta({ examples: ['li.wei@example.com'] });

/** What may be tried; what may be chosen is decided by rules (core/password.ts). */
export const passwordField = z.string().min(1).max(512).meta({ format: 'password' });
export const newPasswordField = z
  .string()
  .max(512)
  .meta({ format: 'password' })
  .describe('At least 15 characters, or 8 where a second factor is set up; not a common one.');
export const codeField = z
  .string()
  .regex(/^\d{6}$/, { error: 'This must be six digits.' })
  .describe('From the authenticator app. Good once.');
export const tokenField = z.string().min(20).max(100).describe('The part of the link after `#`.');

export const userOut = z
  .object({
    id: z.string().meta({ examples: ['usr_5f0RhqTqk2pVb1mYcX7a'] }),
    email: z.string(),
    name: z.string(),
    isOperator: z.boolean().describe('The platform’s operator may do everything.'),
    status: z.enum(['active', 'disabled']).describe('A disabled user is signed out at once and cannot sign in.'),
    twoFactor: z.boolean().describe('Whether a code is asked for after the password.'),
    createdAt: momentOut,
  })
  .meta({ id: 'User', description: 'Someone who signs in.' });

export const linkOut = z
  .object({
    token: z.string().describe('Shown this once.'),
    url: z.string().describe('Pass it on to the person it is for. Shown this once; no e-mail is sent.'),
    expiresAt: momentOut,
  })
  .meta({ id: 'OneTimeLink', description: 'A link that is good once.' });

export const userCreate = z.strictObject({
  email: emailField,
  name: nameField,
  isOperator: z.boolean().default(false),
});
export const userCreatedOut = z.object({ user: userOut, passwordReset: linkOut });
export const userChange = z.strictObject({
  status: z.enum(['active', 'disabled']).exactOptional(),
  isOperator: z.boolean().exactOptional(),
});

export const sessionOut = z
  .object({
    id: z.string(),
    current: z.boolean().describe('The one this request was made in.'),
    secondFactor: z.boolean().describe('Whether more than a password was shown when it began.'),
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
    createdAt: momentOut,
    lastUsedAt: momentOut,
    expiresAt: momentOut,
  })
  .meta({ id: 'Session', description: 'Where someone is signed in.' });

export const signedInOut = z
  .object({
    user: userOut,
    sessionId: z.string(),
    freshUntil: momentOut
      .nullable()
      .describe('Until then no identity check is asked for; null: it has to be made again.'),
  })
  .meta({ id: 'SignedIn', description: 'Who is signed in.' });

export const signInOut = z.object({
  status: z.enum(['signed_in', 'second_factor_required']),
  signedIn: signedInOut.nullable().describe('Null while the second factor is missing.'),
});

export const roleField = z.enum(['owner', 'admin', 'member']);
export const projectRoleField = z.enum(['admin', 'member']);
export const invitationCreate = z.strictObject({
  email: emailField,
  accountId: z.string(),
  role: roleField.describe('What they become in the account.'),
  projectId: z.string().exactOptional(),
  projectRole: projectRoleField.exactOptional().describe('What they become in the project, if one is named.'),
});
export const invitationOut = z
  .object({
    id: z.string(),
    email: z.string(),
    accountId: z.string(),
    role: roleField,
    projectId: z.string().nullable(),
    projectRole: projectRoleField.nullable(),
    status: z.enum(['open', 'accepted', 'revoked', 'expired']),
    acceptedBy: z.string().nullable(),
    createdBy: z.string(),
    createdAt: momentOut,
    expiresAt: momentOut,
  })
  .meta({ id: 'Invitation', description: 'A link that lets someone into an account.' });
export const invitationCreatedOut = z.object({ invitation: invitationOut, link: linkOut });
export const invitationAccept = z.strictObject({
  token: tokenField,
  name: nameField.exactOptional().describe('Left out by who is signed in already.'),
  password: newPasswordField.exactOptional(),
});

export const invitationLookOut = z
  .object({
    email: z.string().describe('Whom it is for.'),
    accountName: z.string(),
    role: roleField,
    projectName: z.string().nullable(),
    projectRole: projectRoleField.nullable(),
    isUser: z.boolean().describe('Whether they have a user already, and sign in instead of choosing a password.'),
    expiresAt: momentOut,
  })
  .meta({ id: 'InvitationLook', description: 'What the link of an invitation is for.' });
export const passwordResetLookOut = z
  .object({
    email: z.string().describe('Whose password it is.'),
    twoFactor: z.boolean().describe('Whether a second factor is set up, so that 8 characters are enough.'),
    expiresAt: momentOut,
  })
  .meta({ id: 'PasswordResetLook', description: 'What a reset link is for.' });
export const linkLook = z.strictObject({ token: tokenField });

export function toUserOut({ createdAtMs, ...user }: User): z.output<typeof userOut> {
  return { ...user, createdAt: toMoment(createdAtMs) };
}

export function toSignedInOut(
  user: User,
  { sessionId, freshUntilMs }: SessionIdentity,
  nowMs: number,
): z.output<typeof signedInOut> {
  return { user: toUserOut(user), sessionId, freshUntil: freshUntilMs > nowMs ? toMoment(freshUntilMs) : null };
}

export function toSessionOut(session: Session, currentId: string): z.output<typeof sessionOut> {
  const { id, secondFactor, address, userAgent, createdAtMs, usedAtMs, expiresAtMs } = session;
  return {
    id,
    current: id === currentId,
    secondFactor,
    address,
    userAgent,
    createdAt: toMoment(createdAtMs),
    lastUsedAt: toMoment(usedAtMs),
    expiresAt: toMoment(expiresAtMs),
  };
}

export function toInvitationOut(invitation: Invitation, nowMs: number): z.output<typeof invitationOut> {
  const { createdAtMs, expiresAtMs, status, role, projectRole, ...rest } = invitation;
  return {
    ...rest,
    role: role as z.output<typeof roleField>,
    projectRole: projectRole as z.output<typeof projectRoleField> | null,
    status: status === 'open' && expiresAtMs <= nowMs ? 'expired' : status,
    createdAt: toMoment(createdAtMs),
    expiresAt: toMoment(expiresAtMs),
  };
}
