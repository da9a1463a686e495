import { z } from 'zod';
import type { Clock } from '../../../core/ambient.ts';
import { USERNAME_PATTERN, type ClusterUser } from '../../../core/clusterUser.ts';
import { descriptionError } from '../../../core/key.ts';
import { EVERY_PATH, MOST_PATTERNS, patternError } from '../../../core/pathPattern.ts';
import type { WithPassword } from '../../../service/clusterUsers.ts';
import { addressList } from './addresses.ts';
import { keeping, momentIn, momentOut, toMoment, toMomentOrNull } from './fields.ts';

export const clusterUserParams = z.object({
  id: z.string().describe('The service’s id.'),
  userId: z.string().describe('The user’s id.'),
});

const role = z.enum(['read-only', 'read-write', 'admin']).meta({
  description: '`read-only`: GET, HEAD, OPTIONS. `read-write`: also POST, PUT, PATCH. `admin`: also DELETE and others.',
});

const paths = z
  .array(keeping(z.string(), patternError))
  .min(1, { error: 'Name at least one path: `/**` is every path of the service.' })
  .max(MOST_PATTERNS)
  .superRefine((patterns, context) => {
    for (const [index, pattern] of patterns.entries())
      if (patterns.indexOf(pattern) < index)
        context.addIssue({ code: 'custom', message: 'This pattern is in the list already.', path: [index] });
  })
  .meta({
    description:
      'Paths behind the service’s name that the user may ask for, at most 50. Without `*` a prefix of whole segments; `*` stands for anything within one segment, `**` for any number of segments.',
    examples: [['/collections/a/**']],
  });

const password = z
  .string()
  .max(1000)
  .meta({ description: 'At least 15 characters. Left out: one is made, and shown in this answer only.' });

/** The bodies that name a moment in the future need the clock. */
export function clusterUserBodies(clock: Clock) {
  const expiresAt = momentIn
    .refine((ms) => ms > clock(), {
      error: 'This time is past. Choose one in the future, or null for a user that does not expire.',
    })
    .nullable()
    .meta({ description: 'When the user stops working, with its zone; null: never.' });
  const settings = {
    role,
    paths,
    ipAllow: addressList('Addresses and networks the user may come from, at most 50. Empty: everywhere.'),
    ipDeny: addressList('Addresses and networks it may not come from, at most 50. Beats `ipAllow`.'),
    description: keeping(z.string(), descriptionError).describe('Up to 500 characters; may be empty.'),
    status: z.enum(['active', 'disabled']),
  };
  return {
    create: z.strictObject({
      username: z
        .string()
        .regex(USERNAME_PATTERN, { error: 'A user name is 1 to 64 of A-Z, a-z, 0-9, dot, underscore and hyphen.' })
        .meta({ description: 'Unique on the service; never changes.', examples: ['reporting'] }),
      password: password.exactOptional(),
      role: settings.role,
      paths: settings.paths.default([EVERY_PATH]),
      ipAllow: settings.ipAllow.exactOptional(),
      ipDeny: settings.ipDeny.exactOptional(),
      expiresAt: expiresAt.exactOptional(),
      description: settings.description.default(''),
      status: settings.status.default('active'),
    }),
    change: z.strictObject({
      role: settings.role.exactOptional(),
      paths: settings.paths.exactOptional().describe('Replaces the earlier list whole.'),
      ipAllow: settings.ipAllow.exactOptional().describe('Replaces the earlier list whole.'),
      ipDeny: settings.ipDeny.exactOptional().describe('Replaces the earlier list whole.'),
      expiresAt: expiresAt.exactOptional(),
      description: settings.description.exactOptional(),
      status: settings.status.exactOptional(),
    }),
    reset: z.strictObject({ password: password.exactOptional() }),
  };
}

export const clusterUserOut = z
  .object({
    id: z.string().meta({ examples: ['cus_3xQ0aJm5Tq9bZcVw1RyL'] }),
    serviceId: z.string(),
    projectId: z.string(),
    username: z.string(),
    role,
    paths: z.array(z.string()),
    ipAllow: z.array(z.string()),
    ipDeny: z.array(z.string()),
    expiresAt: momentOut.nullable(),
    status: z.enum(['active', 'disabled']),
    state: z
      .enum(['active', 'disabled', 'expired'])
      .describe('As of now: `expired` once `expiresAt` has passed, unless the user is disabled.'),
    description: z.string(),
    createdBy: z.string(),
    createdAt: momentOut,
    updatedAt: momentOut,
    lastUsedAt: momentOut.nullable().describe('Right within a minute; null: never used.'),
    lastUsedAddress: z.string().nullable(),
  })
  .meta({ id: 'ClusterUser', description: 'A user name and password valid on one service, without the password.' });

export const clusterUserWithPasswordOut = clusterUserOut
  .extend({
    password: z
      .string()
      .nullable()
      .describe('The password that was made. It is shown here and never again; null: the request named one.'),
  })
  .meta({ id: 'ClusterUserWithPassword', description: 'A cluster user whose password was set just now.' });

export function toClusterUserOut(user: ClusterUser, nowMs: number): z.output<typeof clusterUserOut> {
  const { id, serviceId, projectId, username, status, expiresAtMs, createdAtMs, updatedAtMs, lastUsedAtMs } = user;
  const isExpired = expiresAtMs !== null && expiresAtMs <= nowMs;
  return {
    id,
    serviceId,
    projectId,
    username,
    role: user.role,
    paths: [...user.paths],
    ipAllow: [...user.ipAllow],
    ipDeny: [...user.ipDeny],
    expiresAt: toMomentOrNull(expiresAtMs),
    status,
    state: status === 'active' && isExpired ? 'expired' : status,
    description: user.description,
    createdBy: user.createdBy,
    createdAt: toMoment(createdAtMs),
    updatedAt: toMoment(updatedAtMs),
    lastUsedAt: toMomentOrNull(lastUsedAtMs),
    lastUsedAddress: user.lastUsedAddress,
  };
}

export function toClusterUserWithPasswordOut(
  { user, password: shown }: WithPassword,
  nowMs: number,
): z.output<typeof clusterUserWithPasswordOut> {
  return { ...toClusterUserOut(user, nowMs), password: shown };
}
