import type { Project } from '../core/account.ts';
import type { Clock, NewId } from '../core/ambient.ts';
import { reaches, type Caller } from '../core/caller.ts';
import type { Service } from '../core/catalogue.ts';
import { invalidField, notFound } from '../core/fault.ts';
import type { Page, PageQuery } from '../core/page.ts';
import type { CatalogueTable } from '../core/ports.ts';
import type { Directory } from './directory.ts';
import { sliceOf } from './slice.ts';

export type ServiceDraft = Pick<Service, 'name' | 'description' | 'providerId'>;

/** Other HTTP services that keys guard: made by the operator for a project, seen by that project. */
export interface Services {
  create(project: Project, draft: ServiceDraft): Promise<Service>;
  list(project: Project, query: PageQuery): Page<Service>;
  /** Throws `not_found` for what the caller may not know. */
  get(caller: Caller, id: string): Service;
  change(id: string, change: Partial<ServiceDraft>): Promise<Service>;
  remove(id: string): Promise<void>;
}

export function createServices(options: {
  table: CatalogueTable<Service>;
  directory: Directory;
  clock: Clock;
  newId: NewId;
}): Services {
  const { table, directory, clock, newId } = options;

  function mustBeHttp(providerId: string): void {
    const provider = directory.catalogue().providers.find(({ id }) => id === providerId);
    if (!provider)
      throw invalidField(
        '/providerId',
        `There is no provider ${providerId.slice(0, 80)}. \`GET /api/v1/providers\` lists them.`,
      );
    if (provider.kind !== 'http')
      throw invalidField(
        '/providerId',
        `A service needs a provider of kind http; ${provider.name} is of kind ${provider.kind}.`,
      );
  }

  return {
    async create(project, draft) {
      mustBeHttp(draft.providerId);
      const service: Service = {
        ...draft,
        id: newId('svc'),
        accountId: project.accountId,
        projectId: project.id,
        createdAtMs: clock(),
      };
      await table.create(service);
      await directory.reload();
      return service;
    },
    list: (project, query) =>
      sliceOf(
        directory.catalogue().services.filter(({ projectId }) => projectId === project.id),
        query,
      ),
    get(caller, id) {
      const found = directory.catalogue().services.find((service) => service.id === id);
      if (!found || !reaches(caller, found)) throw notFound('service', id);
      return found;
    },
    async change(id, change) {
      if (change.providerId !== undefined) mustBeHttp(change.providerId);
      const changed = await table.update(id, change);
      if (!changed) throw notFound('service', id);
      await directory.reload();
      return changed;
    },
    async remove(id) {
      if (!(await table.remove(id))) throw notFound('service', id);
      await directory.reload();
    },
  };
}
