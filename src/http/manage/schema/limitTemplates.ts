import { z } from 'zod';
import type { LimitTemplate } from '../../../core/limitStore.ts';
import type { LimitView } from '../../../service/limits.ts';
import { momentOut, nameField, toMoment } from './fields.ts';
import { limitOut, limitsField, toLimitOut } from './limits.ts';

export const templateCreate = z.strictObject({
  name: nameField,
  limits: limitsField.default([]).describe('At most 20: `{"unit", "amount", "window"}`.'),
});

export const templateChange = z.strictObject({ name: nameField.exactOptional() });

export const templateOut = z
  .object({
    id: z.string().meta({ examples: ['tpl_4rJ9sVnB0qLx7KcHw2Ye'] }),
    accountId: z.string(),
    name: z.string(),
    limits: z.array(limitOut),
    keys: z.int().describe('How many keys refer to it; deleted ones do not count.'),
    createdAt: momentOut,
  })
  .meta({ id: 'LimitTemplate', description: 'A named set of limits that many keys refer to.' });

export function toTemplateOut(
  { id, accountId, name, createdAtMs }: LimitTemplate,
  views: readonly LimitView[],
  keys: number,
): z.output<typeof templateOut> {
  const limits = views.map((view) => toLimitOut(view, createdAtMs));
  return { id, accountId, name, limits, keys, createdAt: toMoment(createdAtMs) };
}
