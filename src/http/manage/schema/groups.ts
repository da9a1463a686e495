import { z } from 'zod';
import { MOST_MULTIPLIER_NANO, MOST_NAMED, ONE_NANO, type Group } from '../../../core/group.ts';
import { descriptionError } from '../../../core/key.ts';
import { formatMoney, parseMoney } from '../../../core/price.ts';
import type { GroupDraft, OpenGroup } from '../../../service/groups.ts';
import { keeping, momentOut, nameField, toMoment } from './fields.ts';

const id = z.string().min(1).max(250);
const range = { error: 'This must be `all` or `range`.' };

const opens = z
  .discriminatedUnion(
    'mode',
    [
      z.strictObject({ mode: z.literal('all') }),
      z.strictObject({
        mode: z.literal('range'),
        resources: z
          .array(z.strictObject({ type: z.enum(['model', 'provider']), id }))
          .min(1, { error: 'Name at least one model or provider, or use {"mode":"all"}.' })
          .max(MOST_NAMED),
      }),
    ],
    { error: (issue) => (issue.code === 'invalid_union' ? range.error : undefined) },
  )
  .meta({
    description:
      '`{"mode":"all"}`: every model. `{"mode":"range","resources":[{"type":"model"|"provider","id"}]}`: these models, and all that these providers serve, by id or name; at least one.',
    examples: [{ mode: 'range', resources: [{ type: 'model', id: 'demo' }] }],
  });

const openTo = z
  .discriminatedUnion(
    'mode',
    [
      z.strictObject({ mode: z.literal('all') }),
      z.strictObject({
        mode: z.literal('range'),
        places: z.array(z.strictObject({ type: z.enum(['account', 'project']), id })).max(MOST_NAMED),
      }),
    ],
    { error: (issue) => (issue.code === 'invalid_union' ? range.error : undefined) },
  )
  .meta({
    description:
      'Whose keys may be in it. `{"mode":"all"}`: everybody’s. `{"mode":"range","places":[{"type":"account"|"project","id"}]}`: theirs and nobody else’s; none: nobody’s.',
    examples: [{ mode: 'all' }],
  });

const priceMultiplier = z
  .string()
  .refine(
    (text) => {
      const nano = parseMoney(text);
      return nano !== null && nano <= MOST_MULTIPLIER_NANO;
    },
    { error: 'This must be a decimal in a string, like "0.8", from 0 to 1000 and with at most 9 decimals.' },
  )
  .transform((text) => parseMoney(text) ?? ONE_NANO)
  .meta({
    description: 'What the prices of models are multiplied by, as a decimal string; the cost is rounded up once.',
    examples: ['0.8'],
  });

const description = keeping(z.string(), descriptionError).describe('Up to 500 characters; may be empty.');

export const groupCreate = z.strictObject({
  name: nameField,
  description: description.default(''),
  opens: opens.default({ mode: 'all' }),
  openTo: openTo.default({ mode: 'all' }),
  priceMultiplier: priceMultiplier.default(ONE_NANO),
});

export const groupChange = z.strictObject({
  name: nameField.exactOptional(),
  description: description.exactOptional(),
  opens: opens.exactOptional(),
  openTo: openTo.exactOptional(),
  priceMultiplier: priceMultiplier.exactOptional(),
});

const seen = {
  id: z.string().meta({ examples: ['grp_6mQw2ZrT8yLb0VxNc4Ke'] }),
  name: z.string(),
  description: z.string(),
  priceMultiplier: z.string().meta({ examples: ['0.8'] }),
};

export const groupOut = z
  .object({
    ...seen,
    opens: z.union([
      z.object({ mode: z.literal('all') }),
      z.object({
        mode: z.literal('range'),
        resources: z.array(z.object({ type: z.enum(['model', 'provider']), id: z.string() })),
      }),
    ]),
    openTo: z.union([
      z.object({ mode: z.literal('all') }),
      z.object({
        mode: z.literal('range'),
        places: z.array(z.object({ type: z.enum(['account', 'project']), id: z.string() })),
      }),
    ]),
    createdAt: momentOut,
  })
  .meta({ id: 'Group', description: 'A tier that keys are put in.' });

export const openGroupOut = z
  .object({
    ...seen,
    models: z
      .array(z.string())
      .nullable()
      .describe('Names of the project’s models and endpoints that it opens; null: all there are.'),
  })
  .meta({ id: 'OpenGroup', description: 'A group that keys of the project may be put in.' });

/** The draft of what is given. */
export function toDraft(body: z.output<typeof groupCreate>): GroupDraft;
export function toDraft(body: z.output<typeof groupChange>): Partial<GroupDraft>;
export function toDraft({
  priceMultiplier: priceMultiplierNano,
  ...rest
}: z.output<typeof groupChange>): Partial<GroupDraft> {
  return priceMultiplierNano === undefined ? rest : { ...rest, priceMultiplierNano };
}

export function toGroupOut(group: Group): z.output<typeof groupOut> {
  const { opens: opened, openTo: audience } = group;
  return {
    ...seenOf(group),
    opens: opened.mode === 'all' ? opened : { mode: 'range', resources: [...opened.resources] },
    openTo: audience.mode === 'all' ? audience : { mode: 'range', places: [...audience.places] },
    createdAt: toMoment(group.createdAtMs),
  };
}

export function toOpenGroupOut({ group, models }: OpenGroup): z.output<typeof openGroupOut> {
  return { ...seenOf(group), models: models && [...models] };
}

function seenOf({ id: groupId, name, description: text, priceMultiplierNano }: Group) {
  return { id: groupId, name, description: text, priceMultiplier: formatMoney(priceMultiplierNano) };
}
