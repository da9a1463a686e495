import { z } from 'zod';

export const permissionsOut = z
  .object({
    permissions: z
      .record(z.string(), z.enum(['allowed', 'own']))
      .describe('By name, as in the table of roles; `own`: only for what you made. Others you do not have.'),
  })
  .meta({ id: 'Permissions', description: 'What the caller may do in an account or one of its projects.' });
