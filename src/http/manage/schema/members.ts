import { z } from 'zod';
import { MOST_KEY_CAP } from '../../../core/policy.ts';
import type { QuotaRequest } from '../../../core/quota.ts';
import type { Left, MemberView } from '../../../service/members.ts';
import { addressList } from './addresses.ts';
import { keeping, momentOut, pageQuery, toMoment, toMomentOrNull } from './fields.ts';
import { rulesIn, rulesOut } from './keyRules.ts';
import { descriptionError } from '../../../core/key.ts';

export const memberOut = z
  .object({
    userId: z.string().meta({ examples: ['usr_5f0RhqTqk2pVb1mYcX7a'] }),
    accountId: z.string(),
    projectId: z.string().nullable().describe('Null: of the account itself.'),
    role: z.enum(['owner', 'admin', 'member']).describe('Projects have no owners.'),
    mayRequestQuota: z
      .boolean()
      .describe('Whether a member of the account may ask for more keys; owners and admins may.'),
    name: z.string().nullable(),
    email: z.string().nullable(),
    status: z.enum(['active', 'disabled']).nullable().describe('Null: the user is gone.'),
    addedBy: z.string(),
    createdAt: momentOut,
  })
  .meta({ id: 'Member', description: 'A user in an account or in a project of it, with a role.' });

export const accountMemberSet = z.strictObject({
  role: z.enum(['owner', 'admin', 'member']),
  mayRequestQuota: z.boolean().exactOptional().describe('Left out: as it was.'),
});
export const projectMemberSet = z.strictObject({ role: z.enum(['admin', 'member']) });

export const memberParams = z.object({
  id: z.string().describe('The id.'),
  userId: z.string().describe('The user’s id.'),
});

export const leftOut = z
  .object({
    count: z.int().describe('Keys the person made here that are not deleted. They keep working.'),
    keys: z
      .array(
        z.object({
          id: z.string(),
          class: z
            .enum(['standard', 'temporary', 'management'])
            .describe('Management keys call this API: look at those first.'),
          name: z.string(),
          masked: z.string(),
          projectId: z.string().nullable(),
        }),
      )
      .describe('The newest of them, at most 200.'),
  })
  .meta({ id: 'LeftKeys', description: 'The keys someone leaves behind.' });

export const securityOut = z
  .object({
    projectId: z.string(),
    memberAccess: z
      .enum(['all', 'own', 'none'])
      .describe('What the project’s members may do with its keys: `all` of them, their `own`, or `none`.'),
    ipAllow: z.array(z.string()),
    ipDeny: z.array(z.string()),
    ...rulesOut,
  })
  .meta({ id: 'Security', description: 'The security settings of a project.' });
export const securityChange = z.strictObject({
  memberAccess: z.enum(['all', 'own', 'none']).exactOptional(),
  ipAllow: addressList(
    'Addresses and networks that all keys and cluster users of the project may be used from, on top of their own lists; at most 50. Empty: everywhere. Replaces the earlier list whole.',
  ).exactOptional(),
  ipDeny: addressList(
    'Addresses and networks they may not be used from, at most 50. Beats `ipAllow`. Replaces the earlier list whole.',
  ).exactOptional(),
  ...rulesIn,
});

const cap = z.int().min(0).max(MOST_KEY_CAP);

export const accountQuotaOut = z
  .object({
    keyCap: z.int().describe('Most keys of the account.'),
    memberKeyCap: z.int().nullable().describe('Most keys that one person may have made; null: no bound of their own.'),
    keys: z
      .int()
      .describe('Standard keys that are not deleted, of all members and regions. Other classes do not count.'),
  })
  .meta({ id: 'AccountQuota', description: 'How many keys an account may have, and has.' });
export const accountQuotaChange = z.strictObject({
  keyCap: cap.exactOptional().describe('Operator only.'),
  memberKeyCap: cap.nullable().exactOptional(),
});
export const projectQuotaOut = z
  .object({
    keyCap: z.int().nullable().describe('Most keys of the project; null: the account’s cap alone.'),
    keys: z.int().describe('Standard keys that are not deleted.'),
  })
  .meta({ id: 'ProjectQuota', description: 'How many keys a project may have, and has.' });
export const projectQuotaChange = z.strictObject({ keyCap: cap.nullable() });

const words = keeping(z.string().trim().min(1), descriptionError);

export const quotaRequestOut = z
  .object({
    id: z.string().meta({ examples: ['qrq_4rJ9sVnB0qLx7KcHw2Ye'] }),
    accountId: z.string(),
    status: z.enum(['pending', 'approved', 'rejected', 'withdrawn']),
    amount: z.int().describe('The cap that is asked for, not the difference.'),
    reason: z.string(),
    askedBy: z.string(),
    createdAt: momentOut,
    grantedAmount: z.int().nullable(),
    note: z.string().nullable().describe('Of who decided.'),
    decidedBy: z.string().nullable(),
    decidedAt: momentOut.nullable(),
  })
  .meta({ id: 'QuotaRequest', description: 'A request for more keys.' });

export const quotaRequestCreate = z.strictObject({
  amount: z.int().min(1).max(MOST_KEY_CAP).describe('How many keys the account should be allowed in all.'),
  reason: words.describe('What they are for, up to 500 characters.'),
});
export const quotaApproval = z.strictObject({
  amount: z.int().min(1).max(MOST_KEY_CAP).exactOptional().describe('Left out: what was asked for.'),
  note: words.exactOptional(),
});
export const quotaRejection = z.strictObject({ note: words });
export const quotaRequestQuery = z.strictObject({
  status: z.enum(['pending', 'approved', 'rejected', 'withdrawn']).exactOptional(),
  ...pageQuery,
});

export function toMemberOut({ member, user }: MemberView): z.output<typeof memberOut> {
  const { userId, accountId, projectId, role, addedBy, createdAtMs } = member;
  return {
    userId,
    accountId,
    projectId,
    role,
    mayRequestQuota: member.projectId === null && (member.role !== 'member' || member.mayRequestQuota),
    name: user?.name ?? null,
    email: user?.email ?? null,
    status: user?.status ?? null,
    addedBy,
    createdAt: toMoment(createdAtMs),
  };
}

export function toLeftOut({ count, keys }: Left): z.output<typeof leftOut> {
  return {
    count,
    keys: keys.map(({ id, class: keyClass, name, masked, projectId }) => ({
      id,
      class: keyClass,
      name,
      masked,
      projectId,
    })),
  };
}

export function toQuotaRequestOut(request: QuotaRequest): z.output<typeof quotaRequestOut> {
  const { createdAtMs, decidedAtMs, ...rest } = request;
  return { ...rest, createdAt: toMoment(createdAtMs), decidedAt: toMomentOrNull(decidedAtMs) };
}
