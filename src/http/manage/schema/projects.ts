import { z } from 'zod';
import type { Project } from '../../../core/account.ts';
import { momentOut, nameField, toMoment } from './fields.ts';
import { createdKeyOut } from './keys.ts';
import { limitOut } from './limits.ts';

export const projectOut = z
  .object({
    id: z.string().meta({ examples: ['prj_9sMZ2cWq0LhD4tKxJ3ae'] }),
    accountId: z.string(),
    name: z.string(),
    createdAt: momentOut,
  })
  .meta({ id: 'Project', description: 'A workspace inside an account; keys, endpoints and services belong to it.' });

export const projectDetailsOut = projectOut
  .extend({ limits: z.array(limitOut).describe('Over all calls of its keys.') })
  .meta({ id: 'ProjectDetails', description: 'A project and where its limits stand.' });

export const createdProjectOut = projectOut
  .extend({
    defaultKey: createdKeyOut
      .nullable()
      .describe('The key it comes with, which opens everything in it; null where none was wanted, or it is gone.'),
  })
  .meta({ id: 'CreatedProject', description: 'A project with its default key, whose value is shown this once.' });

export const projectCreate = z.strictObject({
  name: nameField,
  accountId: z
    .string()
    .exactOptional()
    .describe('Whose project it is. Needed from the operator; otherwise the caller’s own account.'),
  defaultKey: z
    .boolean()
    .default(true)
    .describe('`false`: without a key, for who makes keys as they need them. It counts toward caps like any other.'),
});

export const projectChange = z.strictObject({ name: nameField.exactOptional() });

export function toProjectOut({ createdAtMs, ...project }: Project): z.output<typeof projectOut> {
  return { ...project, createdAt: toMoment(createdAtMs) };
}
