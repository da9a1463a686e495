import { z } from 'zod';
import type { Service } from '../../../core/catalogue.ts';
import { descriptionError } from '../../../core/key.ts';
import { keeping, momentOut, toMoment } from './fields.ts';

const serviceName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, {
    error: 'A service’s name is 1 to 63 of a-z, 0-9 and hyphen, with no hyphen at either end: it stands in addresses.',
  })
  .meta({ description: 'Stands in the address: `/services/<name>/…`.', examples: ['vectors'] });

const serviceDescription = keeping(z.string(), descriptionError);

export const serviceCreate = z.strictObject({
  name: serviceName,
  description: serviceDescription.default(''),
  providerId: z.string().describe('A provider of kind `http`.'),
});

export const serviceChange = z.strictObject({
  name: serviceName.exactOptional(),
  description: serviceDescription.exactOptional(),
  providerId: z.string().exactOptional(),
});

export const serviceOut = z
  .object({
    id: z.string().meta({ examples: ['svc_0aXb6NrT2yWq9KdLh5Ve'] }),
    projectId: z.string(),
    name: z.string(),
    description: z.string(),
    providerId: z.string().optional().describe('To the operator only.'),
    createdAt: momentOut,
  })
  .meta({ id: 'Service', description: 'Any other HTTP service that keys guard.' });

/** As `toModelOut`. */
export function toServiceOut(service: Service, operator: boolean): z.output<typeof serviceOut> {
  const { id, projectId, name, description, providerId, createdAtMs } = service;
  const seen = { id, projectId, name, description, createdAt: toMoment(createdAtMs) };
  return operator ? { ...seen, providerId } : seen;
}
