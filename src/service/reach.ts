import { isOperator, reaches, reachOf, type Caller } from '../core/caller.ts';
import { Fault, invalidField, notFound } from '../core/fault.ts';
import type { KeyStore } from '../core/keyStore.ts';
import type { Within } from '../core/page.ts';
import type { ProjectStore } from '../core/ports.ts';
import type { Permission } from '../core/role.ts';
import type { Access } from './access.ts';

/** What a report is asked about: null means all that the caller reaches. */
export interface Asked {
  readonly accountId: string | null;
  readonly projectId: string | null;
  readonly keyId: string | null;
  /** Of that key's temporary keys; left out: it is not asked for. */
  readonly parentKeyId?: string;
}

/** Where a report looks for a caller. Throws `not_found` for what the caller may not know. */
export type FindReach = (caller: Caller, permission: Permission, asked: Asked) => Promise<Within>;

export function createReach(options: {
  keys: Pick<KeyStore, 'get'>;
  projects: Pick<ProjectStore, 'get'>;
  access: Pick<Access, 'at' | 'key'>;
}): FindReach {
  const { keys, projects, access } = options;
  return async (caller, permission, { accountId, projectId, keyId: ownId, parentKeyId }) => {
    // Whoever may read what a key used may read what was used under it.
    const keyId = parentKeyId ?? ownId;
    const project = projectId === null ? undefined : await projects.get(projectId);
    if (projectId !== null) {
      if (!project || !reaches(caller, { accountId: project.accountId, projectId }))
        throw notFound('project', projectId);
    }
    // Deleted keys are found too: their history stays.
    const key = keyId === null ? undefined : await keys.get(keyId);
    if (keyId !== null && (!key || !reaches(caller, key))) throw notFound('key', keyId);

    if (caller.kind !== 'person' || isOperator(caller)) {
      const own = caller.kind === 'person' ? { accountId: null, projectId: null } : caller;
      if (accountId !== null && own.accountId !== null && accountId !== own.accountId)
        throw notFound('account', accountId);
      return { accountId: own.accountId ?? accountId, projectId: own.projectId ?? projectId };
    }
    if (key) {
      await access.key(caller, permission, key);
      return { accountId: key.accountId, projectId: projectId ?? key.projectId };
    }
    const place = project ? { accountId: project.accountId, projectId } : onlyPlace(caller, accountId);
    const subject = { type: 'project', id: place.projectId ?? '' } as const;
    if ((await access.at(caller, permission, place, subject)) === 'own')
      throw new Fault('forbidden', 'Here you see your own keys only: name one of them by `keyId`.');
    return { accountId: accountId ?? place.accountId, projectId: place.projectId };
  };
}

/** The one place a person may mean; where there are several they have to choose. */
function onlyPlace(caller: Caller, accountId: string | null): { accountId: string; projectId: string | null } {
  const places = reachOf(caller).filter((place) => accountId === null || place.accountId === accountId);
  const [place, other] = places;
  if (place && !other) return place;
  if (!place && accountId !== null) throw notFound('account', accountId);
  throw invalidField('?projectId', 'Choose a project by `projectId`, or an account of yours by `accountId`.');
}
