import type { Regions } from '../../core/region.ts';
import type { ReadSystem } from '../../service/system.ts';
import type { Api } from './api.ts';
import { systemOut, toSystemOut } from './schema/system.ts';

/** `/system`. */
export function systemRoutes(app: Api, { readSystem, regions }: { readSystem: ReadSystem; regions: Regions }): void {
  app.route({
    method: 'GET',
    url: '/system',
    config: { permission: 'platform.manage' },
    schema: {
      tags: ['System'],
      operationId: 'getSystem',
      summary: 'Read how this node and its store stand',
      description:
        'Writes one small row of the store and reads it again, as `/readyz` does, and counts whole tables: ask every few seconds at most. Secrets among the settings are told only as set or not.',
      response: { 200: systemOut },
    },
    handler: async () => toSystemOut(await readSystem(), regions),
  });
}
