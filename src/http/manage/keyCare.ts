import type { Regions } from '../../core/region.ts';
import { createBulk } from '../../service/bulk.ts';
import { createHygiene } from '../../service/hygiene.ts';
import type { Access } from '../../service/access.ts';
import type { Accounts } from '../../service/accounts.ts';
import type { Audit } from '../../service/audit.ts';
import type { Confirmations } from '../../service/confirmation.ts';
import type { Keys } from '../../service/keys.ts';
import type { FindOwners } from '../../service/owners.ts';
import type { Projects } from '../../service/projects.ts';
import type { Api } from './api.ts';
import { bulkRoutes } from './bulk.ts';
import { hygieneRoutes } from './hygiene.ts';
import type { ManagementDeps } from './management.ts';

/** What looks after keys that are there: which should be looked at, and what is done to many of them. */
export function keyCareRoutes(
  api: Api,
  { store, clock }: Pick<ManagementDeps, 'store' | 'clock'>,
  verbs: {
    access: Access;
    accounts: Accounts;
    audit: Audit;
    confirmations: Confirmations;
    findOwners: FindOwners;
    keys: Keys;
    projects: Projects;
    regions: Regions;
  },
): void {
  hygieneRoutes(api, { ...verbs, hygiene: createHygiene({ hygiene: store.hygiene, clock }), clock });
  bulkRoutes(api, {
    ...verbs,
    bulk: createBulk({ ...verbs, keyStore: store.keys, ledger: store.ledger, clock }),
    clock,
  });
}
