import { setTimeout } from 'node:timers/promises';
import type { Regions } from '../../core/region.ts';
import type { Access } from '../../service/access.ts';
import type { Accounts } from '../../service/accounts.ts';
import { byServer, type Audit } from '../../service/audit.ts';
import { createBulk } from '../../service/bulk.ts';
import type { Confirmations } from '../../service/confirmation.ts';
import { createFinders } from '../../service/finders.ts';
import { createHygiene } from '../../service/hygiene.ts';
import type { Keys } from '../../service/keys.ts';
import { createLeakIntake } from '../../service/leakIntake.ts';
import { createLeakOpening } from '../../service/leakOpening.ts';
import { createLeaks } from '../../service/leaks.ts';
import type { FindOwners } from '../../service/owners.ts';
import type { Projects } from '../../service/projects.ts';
import type { FindReach } from '../../service/reach.ts';
import { createRotation } from '../../service/rotation.ts';
import { createTemporaryKeys } from '../../service/temporaryKeys.ts';
import { activityRoutes } from './activity.ts';
import type { Api } from './api.ts';
import { bulkRoutes } from './bulk.ts';
import type { ManagementDeps } from './deps.ts';
import { foundKeyRoutes } from './foundKeys.ts';
import { hygieneRoutes } from './hygiene.ts';
import { leakRoutes } from './leaks.ts';
import { rotationRoutes } from './rotation.ts';
import { temporaryKeyRoutes } from './temporaryKeys.ts';

/** What looks after keys that are there: their values, temporary keys made from them, which should be looked at, what is done to many, and what about leaked ones. */
export function keyCareRoutes(
  api: Api,
  deps: ManagementDeps,
  verbs: {
    access: Access;
    accounts: Accounts;
    audit: Audit;
    confirmations: Confirmations;
    findOwners: FindOwners;
    findReach: FindReach;
    keys: Keys;
    projects: Projects;
    regions: Regions;
  },
): void {
  const { store, clock, logger } = deps;
  rotationRoutes(api, {
    ...verbs,
    rotation: createRotation({ ...deps, ...store, ...verbs, keyStore: store.keys }),
    clock,
  });
  temporaryKeyRoutes(api, {
    ...verbs,
    temporaryKeys: createTemporaryKeys({ ...deps, ...store, ...verbs, keyStore: store.keys }),
    clock,
  });
  hygieneRoutes(api, { ...verbs, hygiene: createHygiene({ hygiene: store.hygiene, clock }), clock });
  bulkRoutes(api, {
    ...verbs,
    bulk: createBulk({ ...verbs, keyStore: store.keys, ledger: store.ledger, clock }),
    clock,
  });

  activityRoutes(api, { ...verbs, activity: store.activity });
  const open = createLeakOpening(deps);
  leakRoutes(api, {
    leaks: createLeaks({ ...deps, ...store, ...verbs, keyStore: store.keys, open }),
  });
  const intake = createLeakIntake({ ...deps, ...store, open });
  const finders = createFinders({
    take: (found, onKey) => intake.take([found], 'finder', onKey),
    clock,
    pause: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined),
    report: (error, keyId) => logger.error({ err: error, keyId }, 'nothing could be done about a key that was found'),
  });
  api.addHook('onClose', () => finders.close());
  foundKeyRoutes(api, {
    ...deps,
    intake,
    finders,
    scannerKeys: deps.scannerKeys ?? new Map(),
    onRecord: (operation, by, work) =>
      store.audit.during({ ...byServer({ id: 'leaks', operation, clock }), ...by }, work),
  });
}
