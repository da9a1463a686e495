import type { Clock } from '../../core/ambient.ts';
import type { LimitStore } from '../../core/limitStore.ts';
import { checkLedger } from '../../service/ledgerCheck.ts';
import type { Api } from './api.ts';
import { ledgerCheckOut, toLedgerCheckOut, verifyBody } from './schema/ledger.ts';

/** `/ledger/verify`. */
export function ledgerRoutes(app: Api, deps: { limits: LimitStore; clock: Clock }): void {
  app.route({
    method: 'POST',
    url: '/ledger/verify',
    config: { permission: 'platform.manage', audit: 'changes' },
    schema: {
      tags: ['Usage'],
      operationId: 'verifyLedger',
      summary: 'Compare all counters with the ledger',
      description:
        'What limits count is derived from the ledger, its corrections and the calls under way. This derives it anew and names every counter that differs; there should be none. `keyward ledger verify` does the same.',
      body: verifyBody,
      response: { 200: ledgerCheckOut },
    },
    handler: async (request) => toLedgerCheckOut(await checkLedger(deps, request.body.repair)),
  });
}
