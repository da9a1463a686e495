import { z } from 'zod';
import type { Regions } from '../../core/region.ts';
import type { Api } from './api.ts';

const regionOut = z
  .object({
    id: z.string().meta({ examples: ['eu-1'] }),
    baseUrl: z.string().meta({ description: 'What applications call there, before `/v1`.' }),
    isHere: z.boolean().describe('Whether it is that of the node that answers.'),
  })
  .meta({ id: 'Region', description: 'Where nodes and keys live.' });

/** `/regions`: as the settings have them. */
export function regionRoutes(app: Api, { own, all }: Regions): void {
  app.route({
    method: 'GET',
    url: '/regions',
    config: { permission: 'catalogue.read' },
    schema: {
      tags: ['Keys'],
      operationId: 'listRegions',
      summary: 'List regions',
      description:
        'The regions a key can be made in, and the address to call in each. Empty: there are none, and every key works wherever Keyward runs.',
      querystring: z.strictObject({}),
      response: {
        200: z.object({ data: z.array(regionOut) }).describe('All regions, in the order of the settings.'),
      },
    },
    handler: async () => ({ data: all.map((region) => ({ ...region, isHere: region.id === own })) }),
  });
}
