import { z } from 'zod';
import type { Clock } from '../../../core/ambient.ts';
import { descriptionError, environmentError, keyState, type Key } from '../../../core/key.ts';
import { baseUrlOf, type Regions } from '../../../core/region.ts';
import { scopeErrors, type Scope } from '../../../core/scope.ts';
import { LONGEST_LIFE_MS, SHORTEST_LIFE_MS } from '../../../core/temporary.ts';
import type { Owner } from '../../../service/owners.ts';
import { addressList, pathOf } from './addresses.ts';
import { keeping, momentIn, momentOut, nameField, toMoment, toMomentOrNull } from './fields.ts';
import { limitOut, limitsField } from './limits.ts';

const resource = z
  .object({
    type: z.enum(['model', 'endpoint', 'service']),
    id: z
      .string()
      .min(1)
      .max(250)
      .describe('The id; for models and services the name will do too. Answers have the id.'),
    access: z
      .enum(['read', 'write'])
      .exactOptional()
      .describe('Services only: `read` admits GET, HEAD and OPTIONS alone. Default `write`.'),
  })
  .strict();

export const scopeField = z
  .discriminatedUnion(
    'mode',
    [
      z.strictObject({ mode: z.literal('all') }),
      z.strictObject({ mode: z.literal('range'), resources: z.array(resource).max(500) }),
    ],
    { error: (issue) => (issue.code === 'invalid_union' ? 'This must be `all` or `range`.' : undefined) },
  )
  .superRefine((scope, context) => {
    for (const { pointer, detail } of scopeErrors(scope, ''))
      context.addIssue({ code: 'custom', message: detail, path: pathOf(pointer) });
  })
  .meta({
    description:
      '`{"mode":"all"}`: everything in the project, what is added later included. `{"mode":"range","resources":[…]}`: the named resources and nothing else, at least one. An endpoint does not open its model, nor a model its endpoints.',
    examples: [{ mode: 'range', resources: [{ type: 'model', id: 'demo' }] }],
  });

const settings = {
  description: keeping(z.string(), descriptionError).describe('Up to 500 characters; may be empty.'),
  environment: keeping(z.string(), environmentError)
    .nullable()
    .meta({ description: 'A label such as `prod`, for people and filters.', examples: ['prod'] }),
  scope: scopeField,
  ipAllow: addressList('Addresses and networks the key may be used from, at most 50. Empty: everywhere.'),
  ipDeny: addressList('Addresses and networks it may not be used from, at most 50. Beats `ipAllow`.'),
};

const limitTemplateId = z
  .string()
  .max(100)
  .nullable()
  .meta({ examples: ['tpl_4rJ9sVnB0qLx7KcHw2Ye'] });

const groupId = z
  .string()
  .min(1)
  .max(250)
  .nullable()
  .meta({ examples: ['grp_6mQw2ZrT8yLb0VxNc4Ke'] });

const rotateEveryDays = z
  .int()
  .min(1)
  .max(3650)
  .nullable()
  .describe(
    'After how many days its value should be replaced: a notice says when it is due. Null: nobody is reminded.',
  );

/** The bodies that name a moment in the future need the clock. */
export function keyBodies(clock: Clock) {
  const expiresAt = momentIn
    .refine((ms) => ms > clock(), {
      error: 'This time is past. Choose one in the future, or null for a key that does not expire.',
    })
    .nullable()
    .meta({
      description: 'When the key stops working, with its zone; null: never.',
      examples: ['2030-01-01T00:00:00Z'],
    });
  const common = {
    name: nameField,
    description: settings.description.exactOptional(),
    environment: settings.environment.exactOptional(),
    ipAllow: settings.ipAllow.exactOptional(),
    ipDeny: settings.ipDeny.exactOptional(),
    expiresAt: expiresAt.exactOptional(),
    limits: limitsField
      .exactOptional()
      .describe('Limits of the key’s own, at most 20, made with it: `{"unit", "amount", "window"}`.'),
    limitTemplateId: limitTemplateId
      .exactOptional()
      .describe('A limit template of the account, whose limits count for this key too; null: none.'),
    groupId: groupId
      .exactOptional()
      .describe(
        'A group that is open to the project, by id or name: which models the key opens of those in its scope, and at which prices; null: its account’s default, or none. Any other is refused (403).',
      ),
    rotateEveryDays: rotateEveryDays.exactOptional(),
    status: z
      .enum(['active', 'disabled'])
      .exactOptional()
      .describe('`disabled` makes a key that opens nothing until it is enabled.'),
    copyFrom: z
      .string()
      .exactOptional()
      .describe(
        'Id of a key in the same place whose scope, lists, limits, limit template, group, environment, description and future expiry are taken over where this body leaves them out.',
      ),
  };
  const { limits: _, limitTemplateId: __, groupId: ___, ...forAccount } = common;
  const lifeSeconds = `This must be a whole number of seconds from ${SHORTEST_LIFE_MS / 1000} (a minute) to ${LONGEST_LIFE_MS / 1000} (30 days).`;
  return {
    createTemporary: z.strictObject({
      ttlSeconds: z
        .int({ error: lifeSeconds })
        .min(SHORTEST_LIFE_MS / 1000, { error: lifeSeconds })
        .max(LONGEST_LIFE_MS / 1000, { error: lifeSeconds })
        .describe('How long it lives: from a minute to 30 days. It never outlives the key it is made from.'),
      name: nameField.exactOptional().describe('Left out: the name of the key it is made from, with `(temporary)`.'),
      description: common.description,
      environment: common.environment.describe('Left out: as the key has it.'),
      scope: settings.scope
        .exactOptional()
        .describe('What it may open of what the key opens. `{"mode":"all"}`, or left out: all of that.'),
      ipAllow: common.ipAllow.describe('On top of the key’s own lists: an address must pass both.'),
      ipDeny: common.ipDeny,
      limits: common.limits.describe('On top of the key’s limits, which count its calls too; at most 20.'),
    }),
    create: z.strictObject({
      ...common,
      scope: settings.scope
        .exactOptional()
        .describe(
          'What the key may open: `{"mode":"all"}` for everything in the project, what is added later included; `{"mode":"range","resources":[{"type","id","access"?}]}` for the named resources and nothing else, at least one. Required, except with `copyFrom` or for management keys.',
        ),
      value: z
        .string()
        .exactOptional()
        .describe(
          'A value of your own, where the account allows it (`customKeys`): 16 to 128 of A-Z, a-z, 0-9, hyphen and underscore, hard to guess, and used by no key before. At most ten tries in an hour. Left out: one is generated.',
        ),
      region: z
        .string()
        .min(1)
        .max(32)
        .exactOptional()
        .describe(
          'The region whose nodes it opens something on, for good: elsewhere it is unknown (401). `GET /api/v1/regions` lists them. Default: that of the node that answers.',
        ),
      class: z
        .enum(['standard', 'management'])
        .exactOptional()
        .describe(
          '`standard` keys open models and services, `management` keys this API and nothing else. Default `standard`.',
        ),
    }),
    createForAccount: z.strictObject({ ...forAccount, class: z.literal('management').exactOptional() }),
    change: z.strictObject({
      name: nameField.exactOptional().describe('Only where the account allows it (`nameEditable`).'),
      description: common.description,
      environment: common.environment,
      scope: settings.scope.exactOptional().describe('As at creation; replaces the earlier scope whole.'),
      ipAllow: common.ipAllow.describe('Replaces the earlier list whole.'),
      ipDeny: common.ipDeny.describe('Replaces the earlier list whole.'),
      expiresAt: common.expiresAt,
      limitTemplateId: common.limitTemplateId,
      groupId: common.groupId,
      rotateEveryDays: common.rotateEveryDays,
    }),
  };
}

export const keyOut = z
  .object({
    id: z.string().meta({ examples: ['key_8Kq3VbT1xYw0RzE5uNfa'] }),
    accountId: z.string(),
    projectId: z.string().nullable().describe('Null: a management key of the whole account.'),
    class: z.enum(['standard', 'temporary', 'management']),
    parentKeyId: z.string().nullable().describe('Of a temporary key: the key it was made from.'),
    name: z.string(),
    description: z.string(),
    environment: z.string().nullable(),
    masked: z.string().meta({
      description: 'First 5 and last 4 characters of the value, to tell keys apart.',
      examples: ['kw_2b***3sQc'],
    }),
    status: z.enum(['active', 'disabled']).describe('As set.'),
    state: z.enum(['active', 'disabled', 'expired']).describe('As it acts now: `expired` once `expiresAt` has passed.'),
    scope: z.union([
      z.object({ mode: z.literal('all') }),
      z.object({
        mode: z.literal('range'),
        resources: z.array(
          z.object({
            type: z.enum(['model', 'endpoint', 'service']),
            id: z.string(),
            access: z.enum(['read', 'write']).optional(),
          }),
        ),
      }),
    ]),
    ipAllow: z.array(z.string()),
    ipDeny: z.array(z.string()),
    expiresAt: momentOut.nullable(),
    limitTemplateId: z.string().nullable(),
    groupId: z
      .string()
      .nullable()
      .describe('The tier it is in: which models it opens, and at which prices; null: its account’s default, or none.'),
    region: z.string().nullable().describe('The region it belongs to; null: it works in every one.'),
    baseUrl: z
      .string()
      .nullable()
      .describe('The address to call with it, before `/v1`; null: where this API is reached.'),
    isDefault: z.boolean().describe('Whether its project came with it.'),
    rotateEveryDays: z.int().nullable(),
    createdBy: z.string().describe('Id of the person or the management key that made it, or `root`.'),
    owner: z
      .object({
        id: z.string(),
        name: z.string().describe('As it is now, or as it was when they left.'),
        present: z.boolean().describe('False: they are gone from here, and somebody should look after the key.'),
      })
      .describe('Who made it.'),
    createdAt: momentOut,
    updatedAt: momentOut,
    lastUsedAt: momentOut.nullable().describe('Right within a minute; null: never used.'),
    lastUsedAddress: z.string().nullable(),
  })
  .meta({ id: 'Key', description: 'A key without its value.' });

export const listedKeyOut = keyOut
  .extend({
    limits: z
      .array(limitOut)
      .exactOptional()
      .describe('Its own limits and its template’s, where the list was asked for them. Wider limits may apply too.'),
  })
  .meta({ id: 'ListedKey', description: 'A key as lists have it.' });

export const keyDetailsOut = keyOut
  .extend({
    limits: z
      .array(limitOut)
      .describe('All limits that apply to its calls: its own, its template’s, its project’s and its account’s.'),
  })
  .meta({ id: 'KeyDetails', description: 'A key without its value, and where its limits stand.' });

export const createdKeyOut = keyOut
  .extend({
    value: z
      .string()
      .nullable()
      .describe('The key itself. It is shown here and never again; null when this creation had been sent before.'),
  })
  .meta({ id: 'CreatedKey', description: 'A key with its value, which is shown this once.' });

/** `regions`: where the address to call comes from. */
export function toKeyOut(key: Key, owner: Owner | undefined, regions: Regions, nowMs: number): z.output<typeof keyOut> {
  const { expiresAtMs, createdAtMs, updatedAtMs, lastUsedAtMs, ipAllow, ipDeny, scope, ...more } = key;
  const { deletedAtMs: _, parentSecretId: __, ...rest } = more;
  return {
    ...rest,
    baseUrl: baseUrlOf(regions, key.region),
    owner: owner ?? { id: key.createdBy, name: key.createdBy, present: false },
    state: keyState(key, nowMs),
    scope: toScopeOut(scope),
    ipAllow: [...ipAllow],
    ipDeny: [...ipDeny],
    expiresAt: toMomentOrNull(expiresAtMs),
    createdAt: toMoment(createdAtMs),
    updatedAt: toMoment(updatedAtMs),
    lastUsedAt: toMomentOrNull(lastUsedAtMs),
  };
}

function toScopeOut(scope: Scope): z.output<typeof keyOut>['scope'] {
  return scope.mode === 'all'
    ? { mode: 'all' }
    : { mode: 'range', resources: scope.resources.map((one) => ({ ...one })) };
}
